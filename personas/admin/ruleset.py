"""Published rulesets."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import date
from django.template.loader import render_to_string
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString

from personas.models import Ruleset
from personas.publishing import ruleset_before

from .draft.page import bar, may_draft, may_publish, named_difference
from .draft.urls import ruleset_urls
from .effects import provider_for
from .reading import ReadingAdmin


@admin.register(Ruleset)
class RulesetAdmin(ReadingAdmin):
    """Every ruleset that was ever published, the newest first."""

    list_display = ["named", "state", "note", "effect", "by", "published", "short_hash"]
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

    @admin.display(description="Effect", empty_value="")
    def effect(self, ruleset: Ruleset) -> str | SafeString:
        said, link = getattr(ruleset, "effect_in_a_line", ("", ""))
        return format_html('<a class="icp-link" href="{}">{}</a>', link, said) if link else said

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Without the effect for who may not know of it."""
        shown = provider_for(request.user) is not None
        return [each for each in self.list_display if shown or each != "effect"]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        provider = provider_for(request.user)
        if provider is not None:
            said = provider.briefly(changelist.result_list)
            for row in changelist.result_list:
                row.effect_in_a_line = said[row.number]
        return changelist

    def get_urls(self) -> list[URLPattern]:
        return [*ruleset_urls(self.admin_site), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        drafting = may_draft(request) or may_publish(request)
        more = bar(request) if drafting else {}
        return super().changelist_view(request, {"drafting": drafting} | more | (extra_context or {}))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["may_publish"] = may_publish(request)
        ruleset = kwargs.get("obj") or (args[3] if len(args) > 3 else None)
        provider = provider_for(request.user)
        if provider is not None and isinstance(ruleset, Ruleset):
            context["effect"] = provider.of(ruleset, request.user)
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
