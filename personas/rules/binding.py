"""Profiles whose conditions are ready to answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from .conditions import comparisons
from .facts import Number
from .parts import Combine, Component, Line, Profile
from .truth import Binder, Count, Node


def hundredths(points: Number | None) -> int:
    """Points as a whole number of hundredths; None is 0."""
    return int((points or 0) * 100)


@dataclass(frozen=True)
class BoundLine:
    key: str
    node: Node
    points: int
    reason: str


@dataclass(frozen=True)
class BoundComponent:
    key: str
    combine: Combine
    gate: Node | None
    cap: int | None
    floor: int | None
    rows: tuple[BoundLine, ...]
    otherwise: int

    def limited(self, points: int) -> int:
        """`points` within cap and floor."""
        if self.cap is not None and points > self.cap:
            points = self.cap
        return self.floor if self.floor is not None and points < self.floor else points


@dataclass(frozen=True)
class BoundProfile:
    """A profile whose conditions are ready to answer. `reads` holds every fact it mentions."""

    profile: Profile
    disqualify: tuple[BoundLine, ...]
    enough_data: Node | None
    must: tuple[BoundLine, ...]
    components: tuple[BoundComponent, ...]
    bonus: tuple[BoundLine, ...]
    flags: tuple[BoundLine, ...]
    bands: tuple[tuple[str, int | None], ...]
    reads: tuple[str, ...]

    def band(self, total: int) -> str | None:
        """The band that `total` (hundredths) falls in."""
        for key, start in self.bands:
            if start is None or total >= start:
                return key
        return None


def bind(profile: Profile, binder: Binder) -> BoundProfile:
    """`profile` with every condition made of questions that `binder` numbers."""
    missing = profile.missing

    def node(line: Line) -> BoundLine:
        bound = binder.bind(line.when, missing)
        return BoundLine(line.key, bound, hundredths(line.points), line.reason or line.key)

    def component(part: Component) -> BoundComponent:
        return BoundComponent(
            part.key,
            part.combine,
            None if part.gate is None else binder.bind(part.gate, missing),
            None if part.cap is None else hundredths(part.cap),
            None if part.floor is None else hundredths(part.floor),
            tuple(node(row) for row in part.rows),
            hundredths(part.otherwise),
        )

    return BoundProfile(
        profile,
        tuple(node(line) for line in profile.disqualify),
        None if profile.enough_data is None else binder.bind(profile.enough_data, missing),
        tuple(node(line) for line in profile.must),
        tuple(component(part) for part in profile.components),
        tuple(node(line) for line in profile.bonus),
        tuple(node(line) for line in profile.flags),
        tuple((band.key, None if band.start is None else hundredths(band.start)) for band in profile.bands),
        tuple(sorted(facts_of(profile))),
    )


def facts_of(profile: Profile) -> set[str]:
    """Every fact that a condition of `profile` mentions."""
    return {each.fact for condition in profile.conditions() for each in comparisons(condition)}


def nodes_of(bound: BoundProfile) -> Iterable[Node]:
    """Every condition of a profile, bound."""
    for line in (*bound.disqualify, *bound.must, *bound.bonus, *bound.flags):
        yield line.node
    if bound.enough_data is not None:
        yield bound.enough_data
    for part in bound.components:
        if part.gate is not None:
            yield part.gate
        for row in part.rows:
            yield row.node


def all_of(lines: tuple[BoundLine, ...]) -> Node | None:
    """One condition that holds where all `lines` do."""
    return Count(len(lines), tuple(line.node for line in lines)) if lines else None


def deciding_nodes(bound: BoundProfile) -> Iterable[Node]:
    """The conditions of a profile that have a say in the segment."""
    for line in (*bound.disqualify, *bound.must):
        yield line.node
    if bound.enough_data is not None:
        yield bound.enough_data


def counting_nodes(bound: BoundProfile) -> Iterable[Node]:
    """The conditions of a profile that have a say in its points or verdict: all but the flags."""
    yield from deciding_nodes(bound)
    for line in bound.bonus:
        yield line.node
    for part in bound.components:
        if part.gate is not None:
            yield part.gate
        for row in part.rows:
            yield row.node
