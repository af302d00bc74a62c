"""What one profile says of one account."""

from .account import Account
from .binding import BoundProfile, nodes_of
from .facts import Kind
from .reckoning import Reckoning
from .results import ComponentResult, ProfileResult
from .truth import NO, OPEN, YES, Truth, asked, assumptions, truth


def profile_result(account: Account, bound: BoundProfile) -> ProfileResult:
    """The result of one profile, as section 4 of the rules says."""
    disqualifiers = account.answers(bound.disqualify)
    fired = next((line for line in bound.disqualify if disqualifiers[line.key] is YES), None)
    if fired:
        return without_number(account, bound, "disqualified", NO, 0, reason=fired.reason)
    risks = tuple(key for key, answer in disqualifiers.items() if answer is OPEN)
    if bound.enough_data is not None and truth(bound.enough_data, account.cells) is not YES:
        return without_number(account, bound, "insufficient_data", OPEN, None, risks=risks)
    return counted(account, bound, risks)


def without_number(
    account: Account,
    bound: BoundProfile,
    status: str,
    verdict: Truth,
    points: int | None,
    *,
    reason: str | None = None,
    risks: tuple[str, ...] = (),
) -> ProfileResult:
    """A result in which no line counts: disqualified (all 0), or not enough data (all None)."""
    questions = Reckoning(account, bound).questions() if status == "insufficient_data" else []
    return ProfileResult(
        key=bound.profile.key,
        status=status,
        verdict=verdict,
        points=points,
        low=points,
        high=points,
        known=points,
        band=None,
        possible_bands=(),
        bounds="tight",
        must=account.answers(bound.must),
        components={
            part.key: ComponentResult(points, points, points, account.answers(part.rows), account.gate(part))
            for part in bound.components
        },
        bonus=account.answers(bound.bonus),
        flags=account.answers(bound.flags),
        risks=risks,
        reason=reason,
        missing=missing(account, bound),
        assumed=assumed(account, bound),
        questions=tuple(questions),
        settled_by_any_answer_to=(),
        could_be_settled_by=(),
    )


def counted(account: Account, bound: BoundProfile, risks: tuple[str, ...]) -> ProfileResult:
    reckoning = Reckoning(account, bound)
    low, high = reckoning.interval()
    exact = low == high
    bands = reckoning.bands()
    settlers = reckoning.settlers()
    components = {part.key: reckoning.component(part) for part in bound.components}
    return ProfileResult(
        key=bound.profile.key,
        status="exact" if exact else "open",
        verdict=reckoning.verdict,
        points=low if exact else None,
        low=low,
        high=high,
        known=sum(each.points for each in components.values() if each.points is not None),
        band=bands[0] if len(bands) == 1 else None,
        possible_bands=tuple(band for band in bands if band is not None),
        bounds=reckoning.bounds,
        must=account.answers(bound.must),
        components=components,
        bonus=account.answers(bound.bonus),
        flags=account.answers(bound.flags),
        risks=risks,
        reason=None,
        missing=missing(account, bound),
        assumed=assumed(account, bound),
        questions=tuple(reckoning.questions()),
        settled_by_any_answer_to=tuple(settlers[0]),
        could_be_settled_by=tuple(settlers[1]),
    )


def missing(account: Account, bound: BoundProfile) -> tuple[str, ...]:
    """The facts the profile reads that are unknown, or known only in part and cut by its rules."""
    cut_through = {account.places[slot][0] for slot in spans(account, bound)}
    return tuple(fact for fact in bound.reads if fact not in account.cells.known or fact in cut_through)


def spans(account: Account, bound: BoundProfile) -> set[int]:
    """The questions that a number known only as a range leaves open."""
    left = {slot for node in nodes_of(bound) for slot in asked(node) if account.cells.answers[slot] is OPEN}
    facts = {slot: account.places[slot][0] for slot in left}
    return {
        slot
        for slot, fact in facts.items()
        if fact in account.cells.known and account.cuts[fact].fact.kind is not Kind.SET
    }


def assumed(account: Account, bound: BoundProfile) -> tuple[str, ...]:
    found = {fact for node in nodes_of(bound) for fact in assumptions(node, account.cells)}
    return tuple(sorted(found))


# The segment
