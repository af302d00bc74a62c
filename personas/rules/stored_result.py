"""The part of a result that is stored for every account, and nothing that only a receipt shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from .account import Account
from .binding import BoundProfile
from .reckoning import Reckoning
from .results import SegmentResult
from .truth import NO, OPEN, YES, Truth, truth


@dataclass(frozen=True, slots=True)
class StoredScore:
    """What one profile says of one account, in short; points are hundredths. See ProfileResult."""

    status: str
    verdict: Truth
    points: int | None
    low: int | None
    high: int | None
    band: str | None
    risks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredResult:
    """What all rules say of one account, in short."""

    segment: SegmentResult
    profiles: Mapping[str, StoredScore]


def stored_score(account: Account, bound: BoundProfile) -> StoredScore:
    """The numbers of `profile_result`, without its lines, questions and settlers."""
    answers = [(line.key, truth(line.node, account.cells)) for line in bound.disqualify]
    if any(answer is YES for _, answer in answers):
        return StoredScore("disqualified", NO, 0, 0, 0, None, ())
    risks = tuple(key for key, answer in answers if answer is OPEN)
    if bound.enough_data is not None and truth(bound.enough_data, account.cells) is not YES:
        return StoredScore("insufficient_data", OPEN, None, None, None, None, risks)
    reckoning = Reckoning(account, bound)
    low, high = reckoning.interval()
    exact = low == high
    bands = reckoning.bands()
    return StoredScore(
        "exact" if exact else "open",
        reckoning.verdict,
        low if exact else None,
        low,
        high,
        bands[0] if len(bands) == 1 else None,
        risks,
    )
