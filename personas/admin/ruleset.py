"""Published rulesets."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import date
from django.template.loader import render_to_string
from django.urls import URLPattern
from django.utils.safestring import SafeString

from personas.models import Ruleset
from personas.publishing import ruleset_before

from .draft.page import bar, may_draft, may_publish, named_difference
from .draft.urls import ruleset_urls
from .reading import ReadingAdmin


@admin.register(Ruleset)
class RulesetAdmin(ReadingAdmin):
    """Every ruleset that was ever published, the newest first."""

    list_display = ["named", "state", "note", "by", "published", "short_hash"]
    list_display_links = ["named"]
    list_select_related = ["author"]
    list_before_template = "personas/rulesets_before.html"
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

    @admin.display(description="Published", ordering="published_at")
    def published(self, ruleset: Ruleset) -> str:
        return f"{date(ruleset.published_at, 'j M Y H:i')} UTC"

    @admin.display(description="Content hash")
    def short_hash(self, ruleset: Ruleset) -> str:
        return ruleset.content_hash[:12]

    def get_urls(self) -> list[URLPattern]:
        return [*ruleset_urls(self.admin_site), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        drafting = may_draft(request) or may_publish(request)
        more = bar(request) if drafting else {}
        return super().changelist_view(request, {"drafting": drafting} | more | (extra_context or {}))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["may_publish"] = may_publish(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def page(self, row: Ruleset, ruleset: Ruleset | None) -> dict[str, Any]:
        before = Ruleset.objects.filter(number__lt=row.number).first()
        document = row.document()
        return {
            "shown": row,
            "author": author(row),
            "document": document,
            "before": before,
            "changes": named_difference(before.document(), document) if before else [],
            "can_roll_back": row.active and ruleset_before(row) is not None,
        }


def author(ruleset: Ruleset) -> str:
    """Who published it."""
    if ruleset.author is None:
        return "a command"
    return ruleset.author.get_full_name() or ruleset.author.get_username()
