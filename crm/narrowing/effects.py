"""Which companies a published ruleset moved, and how."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q

from crm.models import FitChange, Rollout
from crm.models.fit import moved
from crm.scoring.effects import BY_RULES
from crm.scoring.survey_spans import NONE, UNDECIDED, UNSCORED

ELSEWHERE = moved("status") | (Q(status_before="settled", status_after="settled") & moved("segment"))

KINDS: Mapping[str, Q] = {
    "segment": ELSEWHERE,
    "band": ~ELSEWHERE & moved("band"),
    "points": ~ELSEWHERE & ~moved("band"),
}
"""What a change did most: another segment, or in one and out of it; another band; less than that."""


def stood(when: str, place: str) -> Q:
    """Changes whose account stood in this place `before` or `after`: a segment for certain, undecided, in none."""
    if place == UNSCORED:
        return Q(**{f"status_{when}": None})
    if place in (UNDECIDED, NONE):
        return Q(**{f"status_{when}": place})
    return Q(**{f"status_{when}": "settled", f"segment_{when}": place})


def moved_by(rollout: Rollout, what: str) -> Q | None:
    """Companies that this ruleset moved: one of KINDS, or BEFORE:AFTER; None where that is not known."""
    before, _, after = what.partition(":")
    did = stood("before", before) & stood("after", after) if after else KINDS.get(what)
    if rollout.effect is None or did is None:
        return None
    since, until = (datetime.fromisoformat(rollout.effect[end]) for end in ("since", "until"))
    changes = FitChange.objects.filter(
        did, at__gte=since, at__lte=until, ruleset_after=rollout.ruleset, cause__in=BY_RULES
    )
    return Q(pk__in=changes.order_by().values("company"))
