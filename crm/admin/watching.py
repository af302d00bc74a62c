"""Pages on how scoring is going, which can be read and not edited."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.scoring.reasons import clock, span
from personas.admin.reading import ReadingAdmin
from personas.models import Ruleset

Facts = list[tuple[str, str | SafeString]]


class WatchingAdmin(ReadingAdmin):
    """A list and a page about the work itself; `about` says what they tell."""

    list_before_template = "crm/watching/about.html"
    change_form_outer_before_template = "crm/watching/page.html"
    about = ""

    def facts(self, row: Any) -> Facts:
        """What stands on the page: labels, and what is said of the row."""
        return []

    def page(self, row: Any, ruleset: Ruleset | None) -> dict[str, Any]:
        return {"facts": self.facts(row), "about": self.about}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"about": self.about} | (extra_context or {}))


def moment(at: datetime | None, otherwise: str = "never") -> SafeString:
    """A moment in UTC, with how long ago it was; a muted word when there is none."""
    if at is None:
        return format_html('<span class="icp-unknown">{}</span>', otherwise)
    now = timezone.now()
    ago = f"{span((now - at).total_seconds())} ago" if at <= now else f"in {span((at - now).total_seconds())}"
    return format_html('<time datetime="{}">{}</time>, {}', at.isoformat(), clock(at, now), ago)


def state(icon: str, kind: str, word: str) -> SafeString:
    """A state as icon and word; `kind` is yes, no or open and gives the colour."""
    return format_html(
        '<span class="icp-answer icp-answer--{}">'
        '<span class="material-symbols-outlined icp-icon" aria-hidden="true">{}</span>{}</span>',
        kind,
        icon,
        word,
    )
