"""What comes out of scoring one account: plain values, and the object that `evaluate` prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from .facts import Number
from .truth import Truth


def points_number(hundredths: int | None) -> Number | None:
    """Hundredths of a point as points: whole where there is no fraction."""
    if hundredths is None:
        return None
    return hundredths // 100 if hundredths % 100 == 0 else Decimal(hundredths) / 100


def points_json(hundredths: int | None) -> int | float | None:
    """Hundredths of a point as JSON prints them."""
    number = points_number(hundredths)
    return float(number) if isinstance(number, Decimal) else number


@dataclass(frozen=True, slots=True)
class ComponentResult:
    """Points of one component, in hundredths; all None where there is not enough data."""

    points: int | None
    low: int | None
    high: int | None
    rows: Mapping[str, Truth]
    gate: Truth | None = None


@dataclass(frozen=True, slots=True)
class ProfileResult:
    """What one profile says of one account. Points are hundredths.

    `status` is exact, open, insufficient_data or disqualified. `band` None is
    "not certain" or "no band". `missing` holds the unknown facts that the
    profile reads, stale and invalid ones included.
    """

    key: str
    status: str
    verdict: Truth
    points: int | None
    low: int | None
    high: int | None
    known: int | None
    band: str | None
    possible_bands: tuple[str, ...]
    bounds: str
    must: Mapping[str, Truth]
    components: Mapping[str, ComponentResult]
    bonus: Mapping[str, Truth]
    flags: Mapping[str, Truth]
    risks: tuple[str, ...]
    reason: str | None
    missing: tuple[str, ...]
    assumed: tuple[str, ...]
    questions: tuple[tuple[str, int], ...]
    settled_by_any_answer_to: tuple[str, ...]
    could_be_settled_by: tuple[str, ...]

    def as_json(self, stale: frozenset[str], invalid: frozenset[str]) -> dict[str, object]:
        """The object that `evaluate` prints for this profile."""
        reads = set(self.missing)
        return {
            "status": self.status,
            "verdict": self.verdict.word,
            "reason": self.reason,
            "risks": list(self.risks),
            "points": points_json(self.points),
            "low": points_json(self.low),
            "high": points_json(self.high),
            "known": points_json(self.known),
            "band": self.band,
            "possible_bands": list(self.possible_bands),
            "bounds": self.bounds,
            "must": words(self.must),
            "components": {
                key: {
                    "points": points_json(each.points),
                    "low": points_json(each.low),
                    "high": points_json(each.high),
                    "rows": words(each.rows),
                }
                for key, each in self.components.items()
            },
            "bonus": words(self.bonus),
            "flags": words(self.flags),
            "missing": list(self.missing),
            "stale": sorted(stale & reads),
            "invalid": sorted(invalid & reads),
            "questions": [{"fact": fact, "swing": points_json(swing)} for fact, swing in self.questions],
            "settled_by_any_answer_to": list(self.settled_by_any_answer_to),
            "could_be_settled_by": list(self.could_be_settled_by),
            "assumed": list(self.assumed),
        }


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """Which segment an account is in: settled, undecided, or none."""

    status: str
    key: str | None
    provisional: str | None
    also: tuple[str, ...]
    possible: tuple[str, ...]
    settled_by_any_answer_to: tuple[str, ...] = ()
    could_be_settled_by: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The object that `evaluate` prints for the segment."""
        return {
            "status": self.status,
            "key": self.key,
            "provisional": self.provisional,
            "also": list(self.also),
            "possible": list(self.possible),
            "settled_by_any_answer_to": list(self.settled_by_any_answer_to),
            "could_be_settled_by": list(self.could_be_settled_by),
        }


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that a set of rules says of one account."""

    segment: SegmentResult
    profiles: Mapping[str, ProfileResult] = field(default_factory=dict)

    def as_json(self, stale: frozenset[str] = frozenset(), invalid: frozenset[str] = frozenset()) -> dict[str, object]:
        """The object that `evaluate` prints, without the id."""
        return {
            "segment": self.segment.as_json(),
            "profiles": {key: each.as_json(stale, invalid) for key, each in self.profiles.items()},
        }


def words(answers: Mapping[str, Truth]) -> dict[str, str]:
    """Answers as the words yes, no and open."""
    return {key: answer.word for key, answer in answers.items()}
