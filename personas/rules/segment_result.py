"""Which segment an account is in."""

from collections.abc import Mapping, Sequence

from .account import Account
from .binding import BoundProfile
from .possible import Worlds
from .results import ProfileResult, SegmentResult
from .stored_result import StoredScore
from .truth import NO, OPEN, YES, Truth, asked, mask

Judged = ProfileResult | StoredScore


def segment_result(account: Account, ranked: Sequence[BoundProfile], profiles: Mapping[str, Judged]) -> SegmentResult:
    """Which segment the account is in, walking the ranked profiles in order."""
    keys = [bound.profile.key for bound in ranked]
    verdicts = {key: profiles[key].verdict for key in keys}
    reached, settlers = outcomes(account, ranked, verdicts, profiles)
    possible = tuple(key for key in (*keys, "none") if reached[key])
    holds = [key for key in keys if verdicts[key] is YES]
    if len(possible) == 1:
        key = None if possible[0] == "none" else possible[0]
        status = "settled" if key else "none"
        also = tuple(each for each in holds if each != key) if key else ()
        return SegmentResult(status, key, None, also, possible)
    first = next((key for key in keys if verdicts[key] is not NO), None)
    if first and verdicts[first] is YES:
        return SegmentResult("settled", first, None, tuple(holds[1:]), possible, *settlers)
    provisional = holds[0] if holds else None
    return SegmentResult("undecided", None, provisional, tuple(holds[1:]), possible, *settlers)


def outcomes(
    account: Account,
    ranked: Sequence[BoundProfile],
    verdicts: Mapping[str, Truth],
    profiles: Mapping[str, Judged],
) -> tuple[dict[str, int], tuple[tuple[str, ...], tuple[str, ...]]]:
    """For each outcome (segment or "none") the worlds in which it comes out, and what settles it."""
    live = [bound for bound in ranked if profiles[bound.profile.key].status != "disqualified"]
    open_slots: set[int] = set()
    for bound in live:
        insufficient = profiles[bound.profile.key].status == "insufficient_data"
        nodes = [line.node for line in (*bound.disqualify, *bound.must)]
        if insufficient and bound.enough_data is not None:
            open_slots |= {slot for slot in asked(bound.enough_data) if account.cells.answers[slot] is OPEN}
        open_slots |= account.open_in(nodes)
        if verdicts[bound.profile.key] is YES and not insufficient and not profiles[bound.profile.key].risks:
            break
    worlds = account.worlds(open_slots)
    reached = dict.fromkeys([*(bound.profile.key for bound in ranked), "none"], 0)
    if worlds is None:
        return loose_outcomes(ranked, reached, verdicts, profiles), ((), ())
    complete = Worlds(worlds.choices, worlds.places, complete=True)
    left = worlds.everywhere
    for bound in live:
        if not left:
            break
        holds = worlds.everywhere
        for line in bound.must:
            holds &= mask(line.node, account.cells, worlds)
        for line in bound.disqualify:
            holds &= ~mask(line.node, account.cells, worlds)
        reached[bound.profile.key] = left & holds
        if profiles[bound.profile.key].status == "insufficient_data" and bound.enough_data is not None:
            holds &= mask(bound.enough_data, account.cells, complete)
        left &= ~holds
    reached["none"] = left
    always, sometimes = worlds.settlers(reached.values())
    return reached, (tuple(always), tuple(sometimes))


def loose_outcomes(
    ranked: Sequence[BoundProfile],
    reached: dict[str, int],
    verdicts: Mapping[str, Truth],
    profiles: Mapping[str, Judged],
) -> dict[str, int]:
    """Outcomes by the three answers alone, where the worlds are too many to try."""
    for bound in ranked:
        key = bound.profile.key
        if verdicts[key] is not NO:
            reached[key] = 1
        if verdicts[key] is YES and not profiles[key].risks:
            return reached
    reached["none"] = 1
    return reached
