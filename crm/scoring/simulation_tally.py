"""What a simulation counts while it walks: pairs of results, before and after, added up by what people ask."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from crm.models.fit import beside

MOST_IDS = 1_000
MOST_MOVERS = 50
MOST_BUCKETS = 400

Name = Literal["before", "after"]
Key = tuple[str, ...]


class ProfileOutcome(NamedTuple):
    """What one profile says, in the columns of Score; points are hundredths."""

    key: str
    verdict: int
    status: int
    points: int | None
    low: int | None
    high: int | None
    band: str | None


class Outcome(NamedTuple):
    """What the rules say of an account, in the columns of Fit; `status` may also be failed or unscored."""

    status: str
    segment: str | None = None
    headline: str | None = None
    points: int | None = None
    low: int | None = None
    high: int | None = None
    band: str | None = None
    profiles: tuple[ProfileOutcome, ...] = ()

    @property
    def place(self) -> str:
        """Where the account stands in the matrix: settled:KEY, provisional:KEY, undecided, none, failed or unscored."""
        if self.status == "settled":
            return f"settled:{self.segment}"
        if self.status == "undecided" and self.segment:
            return f"provisional:{self.segment}"
        return self.status

    @property
    def counts_as(self) -> str:
        """The segment whose book the account is in, where nobody has set another; empty for none."""
        return self.segment or "" if self.status == "settled" else ""

    @property
    def certain(self) -> bool:
        return self.status in ("settled", "none")


UNSCORED = Outcome("unscored")
FAILED = Outcome("failed")


class Mover(NamedTuple):
    """An account whose certain points move by `delta` hundredths."""

    delta: int
    company_id: int


@dataclass
class Tally:
    """Everything counted so far; `last` is the id up to which the walk has come.

    `counts` adds up accounts by what happens to them, `ids` keeps some of the
    accounts behind each of those, `lines` the answers to the lines that change.
    """

    last: int = 0
    looked: int = 0
    stale: int = 0
    counts: Counter[Key] = field(default_factory=Counter)
    lines: Counter[Key] = field(default_factory=Counter)
    owners: Counter[Key] = field(default_factory=Counter)
    ids: dict[str, list[int]] = field(default_factory=dict)
    movers: list[Mover] = field(default_factory=list)

    def count(self, before: Outcome, after: Outcome, accounts: int) -> None:
        """So many accounts have these two results."""
        for key in keys_of(before, after):
            self.counts[key] += accounts

    def wants(self, bucket: str) -> bool:
        """Whether more accounts are to be named for `bucket`."""
        found = self.ids.get(bucket)
        return len(found) < MOST_IDS if found is not None else len(self.ids) < MOST_BUCKETS

    def name(self, bucket: str, company_ids: Iterable[int]) -> None:
        """These accounts are among those behind `bucket`."""
        found = self.ids.setdefault(bucket, [])
        found.extend(list(company_ids)[: MOST_IDS - len(found)])

    def is_mover(self, delta: int) -> bool:
        """Whether an account that moves so far is among the biggest movers so far."""
        return bool(delta) and (len(self.movers) < MOST_MOVERS or abs(delta) > abs(self.movers[-1].delta))

    def move(self, movers: Iterable[Mover]) -> None:
        """The biggest movers are chosen anew, these among them."""
        self.movers = sorted([*self.movers, *movers], key=lambda each: (-abs(each.delta), each.company_id))[
            :MOST_MOVERS
        ]

    # Kept between two processes

    def as_json(self) -> dict[str, object]:
        return {
            "last": self.last,
            "looked": self.looked,
            "stale": self.stale,
            "counts": pairs(self.counts),
            "lines": pairs(self.lines),
            "owners": pairs(self.owners),
            "ids": self.ids,
            "movers": self.movers,
        }

    @classmethod
    def from_json(cls, data: dict[str, object]) -> "Tally":
        return cls(
            last=int(str(data["last"])),
            looked=int(str(data["looked"])),
            stale=int(str(data["stale"])),
            counts=counter(data["counts"]),
            lines=counter(data["lines"]),
            owners=counter(data["owners"]),
            ids={name: list(ids) for name, ids in data["ids"].items()},  # type: ignore[attr-defined]
            movers=[Mover(*each) for each in data["movers"]],  # type: ignore[attr-defined]
        )


def pairs(counted: Counter[Key]) -> list[list[object]]:
    return [[*key, accounts] for key, accounts in counted.items()]


def counter(rows: object) -> Counter[Key]:
    return Counter({tuple(row[:-1]): row[-1] for row in rows})  # type: ignore[attr-defined]


def keys_of(before: Outcome, after: Outcome) -> Iterator[Key]:
    """What an account with these two results counts for."""
    yield "segment", before.place, after.place
    for side, each in (("before", before), ("after", after)):
        yield "points", "", side, step_of(each.points, each.low)
        for score in each.profiles:
            yield "points", score.key, side, step_of(score.points, score.low)
    old = {score.key: score for score in before.profiles}
    new = {score.key: score for score in after.profiles}
    for key in dict.fromkeys((*old, *new)):
        yield "band", key, band_of(old.get(key)), band_of(new.get(key))
    yield from certainty(before, after)


def certainty(before: Outcome, after: Outcome) -> Iterator[Key]:
    """Whether segment or points become certain, or are no longer."""
    if before.place in ("unscored", "failed") or after.place == "failed":
        return
    if before.certain != after.certain:
        yield "certainty", "segment", "opens" if before.certain else "settles"
    if (before.points is None) != (after.points is None):
        yield "certainty", "points", "settles" if before.points is None else "opens"


def buckets_of(before: Outcome, after: Outcome) -> Iterator[str]:
    """The numbers of the report that an account with these two results stands behind, by name."""
    if before.place != after.place:
        yield bucket("segment", before.place, after.place)
    old = {score.key: band_of(score) for score in before.profiles}
    new = {score.key: band_of(score) for score in after.profiles}
    for key in dict.fromkeys((*old, *new)):
        pair = old.get(key, band_of(None)), new.get(key, band_of(None))
        if pair[0] != pair[1]:
            yield bucket("band", key, *pair)
    for parts in certainty(before, after):
        yield bucket(*parts)


def bucket(*parts: str) -> str:
    return "|".join(parts)


def delta_of(before: Outcome, after: Outcome) -> int:
    """By how many hundredths the points move; 0 where they are not certain on both sides."""
    return 0 if before.points is None or after.points is None else after.points - before.points


def step_of(points: int | None, low: int | None) -> str:
    """Whole points as text, open where they are not certain, nothing where there is no number."""
    if points is not None:
        return str(points // 100)
    return "nothing" if low is None else "open"


def band_of(score: ProfileOutcome | None) -> str:
    """The band, or why there is none."""
    if score is None:
        return "no profile"
    if score.band is not None:
        return f"band:{score.band}"
    match score.status:
        case 2:
            return "not enough data"
        case 3:
            return "disqualified"
        case _:
            return "below all bands" if score.low == score.high else "open"


def override_state(segment: str | None, outcome: Outcome) -> str:
    """How an override to `segment` (None: to no segment) stands beside a computed result."""
    return beside(segment, computed=outcome.counts_as, certain=outcome.certain)


def answers_key(place: Sequence[str], side: Name, answer: str) -> Key:
    return (*place, side, answer)
