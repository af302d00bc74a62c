"""What a published ruleset changed: how many accounts it moved, and from where to where."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from crm.models import Fit, FitChange
from crm.models.fit import ENGINE
from personas.models import Ruleset

from .dialect import as_moment, differs
from .survey_movers import place_of
from .survey_spans import Found, fetch

LOOKED = 10_000
"""So many of the latest changes are looked at while a ruleset is still on its way."""

BY_RULES = (FitChange.Cause.RULESET, FitChange.Cause.BOTH)


def effect_of(ruleset: Ruleset, *, failing: int = 0) -> Found:
    """What this ruleset changed, counted over all accounts that it has reached; `failing` are left without."""
    found = counted(ruleset, f"crm_fitchange h WHERE {of_ruleset(ruleset)}", [as_moment(ruleset.published_at)])
    reached = Fit.objects.filter(scored_engine=ENGINE, scored_ruleset=ruleset.number).count()
    moved = sum(accounts for *_, accounts in found["moves"])
    latest = FitChange.objects.filter(
        at__gte=ruleset.published_at, ruleset_after=ruleset.number, cause__in=BY_RULES
    ).order_by("-at")
    until = latest.values_list("at", flat=True).first()
    return found | {
        "names": names_of(ruleset),
        "unchanged": max(reached - moved - found["band"] - found["points"] - found["first"], 0),
        "failing": failing,
        "since": ruleset.published_at.isoformat(),
        "until": (until or ruleset.published_at).isoformat(),
    }


def names_of(ruleset: Ruleset) -> dict[str, str]:
    """The names of segments by key, those of the rules before as well."""
    before = Ruleset.objects.filter(number__lt=ruleset.number).first()
    return {
        profile.key: profile.name
        for each in (before, ruleset)
        if each is not None
        for profile in each.document().ranked()
    }


def effect_so_far(ruleset: Ruleset) -> tuple[Found, bool]:
    """The same of the latest LOOKED changes, and whether these are all there are by now."""
    latest = "SELECT * FROM crm_fitchange WHERE at >= %s ORDER BY at DESC LIMIT"
    found = counted(
        ruleset,
        f"({latest} {LOOKED}) h WHERE {of_ruleset(ruleset)}",
        [as_moment(ruleset.published_at)] * 2,
    ) | {"names": names_of(ruleset)}
    return found, FitChange.objects.filter(at__gte=ruleset.published_at)[LOOKED : LOOKED + 1].first() is None


def of_ruleset(ruleset: Ruleset) -> str:
    """The condition of the changes that this ruleset made, or in which it scored an account for the first time."""
    causes = ", ".join(f"'{cause.value}'" for cause in (*BY_RULES, FitChange.Cause.FIRST))
    return f"h.at >= %s AND h.ruleset_after = {ruleset.number} AND h.cause IN ({causes})"


def counted(ruleset: Ruleset, source: str, parameters: list[Any]) -> Found:
    """Accounts that went elsewhere, the most first, whose band alone differs, or less than that; in one pass."""
    moves: Counter[tuple[str, str]] = Counter()
    rest: Counter[str] = Counter()
    for first, status_before, before, status_after, after, other_band, accounts in fetch(
        f"""SELECT CASE WHEN h.cause = 'first' THEN 1 ELSE 0 END,
            h.status_before, CASE WHEN h.status_before = 'settled' THEN h.segment_before END,
            h.status_after, CASE WHEN h.status_after = 'settled' THEN h.segment_after END,
            CASE WHEN {differs("h.band_before", "h.band_after")} THEN 1 ELSE 0 END, COUNT(*)
        FROM {source} GROUP BY 1, 2, 3, 4, 5, 6""",
        parameters,
    ):
        places = place_of(status_before, before), place_of(status_after, after)
        if first:
            rest["first"] += accounts
        elif places[0] != places[1]:
            moves[places] += accounts
        else:
            rest["band" if other_band else "points"] += accounts
    ordered: Iterable[tuple[tuple[str, str], int]] = sorted(moves.items(), key=lambda each: (-each[1], each[0]))
    return {
        "moves": [[*places, accounts] for places, accounts in ordered],
        **{each: rest[each] for each in ("band", "points", "first")},
    }
