"""How old the scores on a page are, said on top of it, and again while they are behind."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm.scoring.freshness import Freshness, freshness
from crm.scoring.reasons import Code, Why, accounts, clock, span

from .navigation import may_view

PAGES = (
    "index",
    "crm_company_changelist",
    "crm_company_change",
    "crm_rollout_changelist",
    "crm_rollout_change",
    "personas_ruleset_changelist",
    "personas_ruleset_change",
    "overview",
    "overview_worklist",
)
"""The pages that show scores, or how far new rules have come."""


@dataclass(frozen=True)
class Banner:
    """What stands on top of a page. `state` is fresh, behind (it passes by itself) or stuck (somebody must act).

    `spoken` is the same without numbers: a screen reader reads it out when the
    state changes, and not each time that one account fewer waits. `shown_at`
    is the moment of which the page tells.
    """

    state: str
    icon: str
    headline: str
    lines: tuple[str, ...]
    remedy: str
    link: str
    link_text: str
    spoken: str
    shown_at: datetime

    @property
    def again(self) -> str:
        """Where to ask again; empty when that is not needed."""
        if self.state == "fresh":
            return ""
        query = urlencode({"state": self.state, "shown": self.shown_at.isoformat()})
        return f"{reverse('freshness')}?{query}"


measured: WeakKeyDictionary[HttpRequest, Freshness] = WeakKeyDictionary()


def freshness_of(request: HttpRequest) -> Freshness:
    """How old the scores are, read once a request.

    To be asked before the scores are read: what is read later is not older.
    """
    if request not in measured:
        measured[request] = freshness()
    return measured[request]


def banner_of(request: HttpRequest, shown_at: datetime | None = None) -> Banner | None:
    """The banner for this person; None before there are rules, which pages say themselves.

    `shown_at` is when the page around it was made, None when that is now.
    """
    found = freshness_of(request)
    if found.reason and found.reason.code == Code.NO_RULES:
        return None
    at = clock(found.at, found.at)
    shown = shown_at or found.at
    lines: list[str] = []
    remedy = link = link_text = ""
    if not found.behind:
        state, icon, headline = "fresh", "check_circle", f"Scores are up to date as of {at}, ruleset {found.ruleset}."
        spoken = "Scores are up to date."
        if shown_at:
            lines.append(f"This page shows those of {clock(shown_at, found.at)}.")
            link_text = "Show the new ones"
    else:
        reason = found.reason
        state = "behind" if reason and reason.heals else "stuck"
        icon = "hourglass_top" if state == "behind" else "warning"
        if found.only_failing:
            headline = f"All scores but {found.failing:,} are up to date as of {at}."
        else:
            headline = f"Scores are as of {clock(found.as_of, found.at)}, {span(found.lag_seconds)} behind."
        spoken = "Scores are behind."
        if reason:
            lines.append(failing_line(found) if found.only_failing else told(reason))
            spoken = f"{spoken} {reason.sentence}" if state == "stuck" else spoken
            remedy = reason.remedy
            if reason.code != Code.BACKLOG and not found.only_failing:
                left = found.waiting - found.failing
                lines.append(f"{accounts(left)} {'waits' if left == 1 else 'wait'}.")
        if found.eta_seconds is not None:
            lines.append(f"Done in about {span(found.eta_seconds)}.")
        if found.failing and not found.only_failing:
            lines.append(failing_line(found))
        link, link_text = way_out(request, found)
    if found.broker_down:
        since = f" since {clock(found.broker_since, found.at)}" if found.broker_since else ""
        lines.append(f"Redis unreachable{since}.")
    if found.audit_wrong and request.user.has_perm("crm.view_audit"):
        lines.append(f"{found.audit_wrong:,} wrong results were found and repaired in the last 7 days.")
    return Banner(state, icon, headline, tuple(lines), remedy, link, link_text, spoken, shown)


def told(reason: Why) -> str:
    """The reason for somebody who is signed in."""
    detail = f"{reason.detail.rstrip('.')}." if reason.detail else ""
    return f"{reason.sentence} {detail}".strip()


def failing_line(found: Freshness) -> str:
    """How many accounts fail, and why most of them do."""
    verb = "fails" if found.failing == 1 else "fail"
    return f"{accounts(found.failing)} {verb}: {(found.failure or 'no reason is known').rstrip('.')}."


def way_out(request: HttpRequest, found: Freshness) -> tuple[str, str]:
    """Where this person can see or do more, and the words for it; empty where there is no such place."""
    if found.rollout and may_view(request, "crm.rollout"):
        return reverse("admin:crm_rollout_change", args=[found.rollout.ruleset]), "Show the rollout"
    if found.failing:
        return f"{reverse('admin:crm_company_changelist')}?scoring=failing", "Show those that fail"
    if found.worker_gone and may_view(request, "crm.lane"):
        return reverse("admin:crm_lane_changelist"), "Show who worked last"
    return "", ""


def shows_scores(request: HttpRequest) -> bool:
    """Whether this page shows scores that this person may see."""
    match = request.resolver_match
    return (
        match is not None
        and match.app_name in ("admin", "")
        and match.url_name in PAGES
        and may_view(request, "crm.company")
        and "_popup" not in request.GET
    )


@require_safe
@never_cache
def banner_again(request: HttpRequest) -> HttpResponse:
    """The banner once more, for a page that was made before; 403 to whoever is no longer signed in."""
    if not (request.user.is_active and request.user.is_staff and may_view(request, "crm.company")):
        return HttpResponse(status=403)
    try:
        shown = parse_datetime(request.GET.get("shown", ""))
    except ValueError:
        shown = None
    if shown is not None and shown.tzinfo is None:
        shown = None
    banner = banner_of(request, shown)
    turned = banner is not None and banner.state != request.GET.get("state")
    return render(request, "crm/freshness/banner.html", {"banner": banner, "turned": turned})
