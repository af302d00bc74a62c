"""Two versions of the same rules: whether they can tell an account from itself.

Rules of the same shape differ only in what is asked of facts: 15 to 500 people,
or 15 to 800; a list with one more name. To an account of which every question
has the same answers in both versions, certain and possible, both say the same.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest

from .account import is_known
from .binding import BoundProfile
from .cells import Cut
from .scoring import Scorer
from .truth import All, Any, Ask, Assume, Count, Deny, IsKnown, Node

Slots = tuple[int, int]


class OtherShape(Exception):
    """The rules differ in more than in what is asked of facts."""


class Alike:
    """Two scorers of the same shape. Raises OtherShape where they are not.

    `facts` are those whose cells do not mean the same to both.
    """

    def __init__(self, before: Scorer, after: Scorer, facts: Collection[str]) -> None:
        old = {bound.profile.key: bound for bound in before.profiles}
        if list(old) != [bound.profile.key for bound in after.profiles]:
            raise OtherShape
        if [bound.profile.key for bound in before.ranked] != [bound.profile.key for bound in after.ranked]:
            raise OtherShape
        slots = {each for bound in after.profiles for each in profile_slots(old[bound.profile.key], bound)}
        asked: dict[str, set[Slots]] = {fact: set() for fact in after.cuts}
        differing = set(facts)
        for one, other in slots:
            (fact, first), (same, second) = before.places[one], after.places[other]
            if fact != same:
                raise OtherShape
            asked[fact].add((first, second))
            if before.cuts[fact].questions[first] != after.cuts[fact].questions[second]:
                differing.add(fact)
        if not differing <= before.cuts.keys() & after.cuts.keys():
            raise OtherShape
        old_places, new_places = ({fact: place for place, fact in enumerate(each.cuts)} for each in (before, after))
        self.facts = [
            (
                old_places[fact],
                new_places[fact],
                FactAlike(before.cuts[fact], after.cuts[fact], sorted(asked[fact])),
            )
            for fact in sorted(differing)
        ]

    def says_the_same(self, before: Sequence[int], after: Sequence[int]) -> bool:
        """Whether both scorers say the same of an account that is in these cells of each."""
        return all(fact.is_same(before[old], after[new]) for old, new, fact in self.facts)


class FactAlike:
    """The answers to the questions asked of one fact, in both versions; `pairs` are their bits in each cut."""

    def __init__(self, before: Cut, after: Cut, pairs: Sequence[Slots]) -> None:
        self.before = before
        self.after = after
        self.first = [first for first, _ in pairs]
        self.second = [second for _, second in pairs]
        self.seen: dict[Slots, bool] = {}

    def is_same(self, before: int, after: int) -> bool:
        """Whether both questions of each pair have the same answers in these cells."""
        found = self.seen.get((before, after))
        if found is None:
            one = identity(self.before, before, self.first)
            found = self.seen[before, after] = one is not None and one == identity(self.after, after, self.second)
        return found


def identity(cut: Cut, cell: int, bits: Sequence[int]) -> object | None:
    """All that the questions of these bits, in this order, can find out about `cell`; None where that is too much."""
    possible = cut.possible(cell, sum(1 << bit for bit in set(bits)))
    if possible is None:
        return None
    yes, no = cut.certain(cell)
    return (
        is_known(cut, cell),
        picked(yes, bits),
        picked(no, bits),
        frozenset(picked(answers, bits) for answers in possible),
    )


def picked(answers: int, bits: Sequence[int]) -> tuple[int, ...]:
    """The bits of `answers` in this order."""
    return tuple([answers >> bit & 1 for bit in bits])


def profile_slots(one: BoundProfile, other: BoundProfile) -> Iterator[Slots]:
    """The numbers of the questions that correspond. Raises OtherShape where the profiles differ otherwise."""
    if plain(one) != plain(other):
        raise OtherShape
    for mine, theirs in zip_longest(nodes(one), nodes(other)):
        yield from slots_of(mine, theirs)


def plain(bound: BoundProfile) -> object:
    """Everything about a profile that has a say in a result, but for its conditions."""
    lines = (bound.disqualify, bound.must, bound.bonus, bound.flags)
    return (
        bound.profile.rank,
        [[(line.key, line.points, line.reason) for line in each] for each in lines],
        [
            (
                part.key,
                part.combine,
                part.gate is None,
                part.cap,
                part.floor,
                part.otherwise,
                [(row.key, row.points) for row in part.rows],
            )
            for part in bound.components
        ],
        bound.enough_data is None,
        bound.bands,
    )


def nodes(bound: BoundProfile) -> Iterator[Node | None]:
    """Every condition of a profile, in its place."""
    for line in (*bound.disqualify, *bound.must, *bound.bonus, *bound.flags):
        yield line.node
    yield bound.enough_data
    for part in bound.components:
        yield part.gate
        for row in part.rows:
            yield row.node


def slots_of(one: Node | None, other: Node | None) -> Iterator[Slots]:
    """The numbers of the questions that stand in the same places of two conditions."""
    match one, other:
        case None, None:
            return
        case Ask(mine), Ask(theirs):
            yield mine, theirs
        case IsKnown(mine), IsKnown(theirs) if mine == theirs:
            return
        case (All(mine), All(theirs)) | (Any(mine), Any(theirs)) if len(mine) == len(theirs):
            for part, counterpart in zip(mine, theirs, strict=True):
                yield from slots_of(part, counterpart)
        case Count(least, mine), Count(most, theirs) if least == most and len(mine) == len(theirs):
            for part, counterpart in zip(mine, theirs, strict=True):
                yield from slots_of(part, counterpart)
        case Deny(part), Deny(counterpart):
            yield from slots_of(part, counterpart)
        case Assume(fact, answer, part), Assume(same, said, counterpart) if fact == same and answer is said:
            yield from slots_of(part, counterpart)
        case _:
            raise OtherShape
