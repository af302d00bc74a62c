"""Published rulesets."""

from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from personas.models import Ruleset
from personas.rules.text import difference

from .reading import ReadingAdmin


@admin.register(Ruleset)
class RulesetAdmin(ReadingAdmin):
    """Every ruleset that was ever published, the newest first."""

    list_display = ["named", "state", "note", "by", "published_at", "short_hash"]
    list_display_links = ["named"]
    list_select_related = ["author"]
    change_form_outer_before_template = "personas/ruleset.html"

    @admin.display(description="Ruleset", ordering="number")
    def named(self, ruleset: Ruleset) -> str:
        return str(ruleset)

    @admin.display(description="State", ordering="active")
    def state(self, ruleset: Ruleset) -> SafeString:
        return render_to_string("personas/state.html", {"ruleset": ruleset})

    @admin.display(description="Published by")
    def by(self, ruleset: Ruleset) -> str:
        return author(ruleset)

    @admin.display(description="Content hash")
    def short_hash(self, ruleset: Ruleset) -> str:
        return ruleset.content_hash[:12]

    def page(self, row: Ruleset, ruleset: Ruleset | None) -> dict[str, Any]:
        before = Ruleset.objects.filter(number__lt=row.number).first()
        document = row.document()
        return {
            "shown": row,
            "author": author(row),
            "document": document,
            "before": before,
            "changes": difference(before.document(), document) if before else [],
        }


def author(ruleset: Ruleset) -> str:
    """Who published it."""
    if ruleset.author is None:
        return "a command"
    return ruleset.author.get_full_name() or ruleset.author.get_username()
