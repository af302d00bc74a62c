"""What moved this week, and why."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from crm.admin.active import ruleset_of
from crm.admin.fit_card import points_move, segment_move
from crm.models import FitChange, Survey
from crm.narrowing.effects import ELSEWHERE, stood
from crm.scoring.causes import causes
from crm.scoring.reasons import clock
from crm.scoring.survey_spans import NONE, UNDECIDED, UNSCORED, Found, ranked_keys
from personas.rules.document import Document

from .frame import companies, for_who_sees_all, names_of, show

CAUSES = {
    FitChange.Cause.FIRST: "First scored",
    FitChange.Cause.FACTS: "Facts",
    FitChange.Cause.RULESET: "Rules",
    FitChange.Cause.BOTH: "Facts and rules",
    FitChange.Cause.TIME: "Time",
    FitChange.Cause.ENGINE: "Upgrade",
    FitChange.Cause.OVERRIDE: "By hand",
}
SHOWN = 200


def moves_shown(document: Document, found: Found) -> dict[str, Any]:
    """The moves as a table, and the accounts whose points moved most."""
    names = names_of(document)
    order = {place: at for at, place in enumerate([*ranked_keys(document), UNDECIDED, NONE, UNSCORED])}
    moves = sorted(found["moves"], key=lambda each: (order.get(each["before"], 99), order.get(each["after"], 99)))
    met = [cause for cause in CAUSES if any(each["causes"].get(cause) for each in moves)]
    return {
        "accounts": found["accounts"],
        "accounts_link": companies(moved="7"),
        "columns": [CAUSES[cause] for cause in met],
        "rows": [
            {
                "before": names.get(each["before"], each["before"]),
                "after": names.get(each["after"], each["after"]),
                "cells": [
                    (each["causes"].get(cause, 0), behind(each["before"], each["after"], cause)) for cause in met
                ],
                "total": sum(each["causes"].values()),
                "link": behind(each["before"], each["after"], ""),
            }
            for each in moves
        ],
        "points_only": sum(found["points_only"].values()),
        "points_only_link": f"{reverse('overview_moves')}?points=only",
        "top": list(changes_told(found["top"], document)),
    }


def behind(before: str, after: str, cause: str) -> str:
    """The accounts behind one number of the table."""
    query = {"before": before, "after": after} | ({"cause": str(cause)} if cause else {})
    return f"{reverse('overview_moves')}?{urlencode(query)}"


def changes_told(ids: list[int], document: Document) -> Iterator[dict[str, Any]]:
    """These changes in words, in this order, without those whose account is gone."""
    rows = FitChange.objects.select_related("company").in_bulk(ids)
    yield from told([rows[each] for each in ids if each in rows], document)


def told(changes: list[FitChange], document: Document) -> Iterator[dict[str, Any]]:
    """These changes in words, with the facts that made them."""
    why = causes(changes)
    names = {profile.key: profile.name for profile in document.profiles}
    now = timezone.now()
    for change in changes:
        delta = None
        if change.low_before is not None and change.low_after is not None:
            delta = f"{(change.low_after - change.low_before) / 100:+g}".replace("-", "−")
        yield {
            "company": change.company,
            "at": change.at,
            "clock": clock(change.at, now),
            "segment": segment_move(change, names),
            "points": points_move(change),
            "delta": delta,
            "why": why[change.pk].said,
        }


@for_who_sees_all
def moves_page(request: HttpRequest) -> HttpResponse:
    """The accounts behind one number of the table of moves: the changes of the days that it counts."""
    ruleset = ruleset_of(request)
    survey = Survey.objects.filter(subject=Survey.Subject.MOVERS).first()
    before, after, cause, points = (request.GET.get(name, "") for name in ("before", "after", "cause", "points"))
    asked = points == "only" or (before and after and "\0" not in before + after)
    if ruleset is None or survey is None or survey.found is None or not asked:
        raise Http404("Nothing was counted yet.")
    since, until = (datetime.fromisoformat(survey.found[end]) for end in ("since", "until"))
    went = ~ELSEWHERE if points == "only" else stood("before", before) & stood("after", after)
    found = FitChange.objects.visible_to(request.user).filter(went, at__gte=since, at__lte=until)
    found = found.exclude(cause=FitChange.Cause.OVERRIDE)
    if cause in FitChange.Cause.values:
        found = found.filter(cause=cause)
    changes = list(found.order_by("-at", "-pk").select_related("company")[:SHOWN])
    document = ruleset.document()
    names = names_of(document)
    title = f"From {names.get(before, before)} to {names.get(after, after)}"
    if points == "only":
        title = "In the same segment, with other points"
    why = CAUSES.get(FitChange.Cause(cause), "") if cause in FitChange.Cause.values else ""
    return show(
        request,
        "moves.html",
        title,
        {
            "why": why,
            "rows": list(told(changes, document)),
            "most": SHOWN,
            "since": since,
            "until": until,
        },
    )
