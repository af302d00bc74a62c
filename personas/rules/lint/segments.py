"""How segments lie to each other: accounts that fit two of them, and accounts that fall between."""

from collections.abc import Iterator
from itertools import combinations

from personas.rules.binding import BoundProfile
from personas.rules.errors import Fault, Level
from personas.rules.facts import NUMBERS, Kind

from .survey import Room, Survey, gates

MOST_HOLES = 5


def segment_warnings(survey: Survey) -> Iterator[Fault]:
    """Overlaps and holes of the ranked profiles, each with an example account."""
    for higher, lower in combinations(survey.ranked, 2):
        yield from overlap(survey, higher, lower)
    yield from holes(survey)


def inside(room: Room, bound: BoundProfile) -> int:
    """The accounts that fit the segment, whatever the others say."""
    out = room.where(bound.enough_data)
    for line in bound.must:
        out &= room.where(line.node)
    for line in bound.disqualify:
        out &= ~room.where(line.node)
    return out


def overlap(survey: Survey, higher: BoundProfile, lower: BoundProfile) -> Iterator[Fault]:
    room = survey.room([*gates(higher), *gates(lower)])
    if room is None:
        return
    both = inside(room, higher) & inside(room, lower)
    if both:
        example, _ = room.example(both)
        message = f"overlaps with {higher.profile.key}: an account with {example} fits both"
        hint = f"{higher.profile.key} wins by its rank"
        place = survey.document.profiles.index(lower.profile)
        yield Fault(f"profiles[{place}]", message, hint, Level.WARNING)


def holes(survey: Survey) -> Iterator[Fault]:
    """Accounts in no segment, with one segment in one direction and another in another direction.

    A direction is more or less of one fact that has an order. Accounts of which
    a fact is unknown are left aside: they are undecided rather than in a hole.
    """
    room = survey.room(node for bound in survey.ranked for node in gates(bound))
    if room is None or len(survey.ranked) < 2:
        return
    areas = {bound.profile.key: inside(room, bound) for bound in survey.ranked}
    outside = room.well_known
    for area in areas.values():
        outside &= ~area
    ordered = ordered_facts(survey, room)
    near = {key: directions(room, ordered, area) for key, area in areas.items()}
    told = 0
    for one, other in combinations(near, 2):
        left = between(near[one], near[other]) & outside
        while left and told < MOST_HOLES:
            example, told_by = room.example(left)
            alike = room.everywhere
            for fact in ordered:
                alike &= told_by.get(fact, room.everywhere)
            left &= ~alike
            outside &= ~alike
            told += 1
            message = f"a hole between {one} and {other}: an account with {example} is in no segment"
            yield Fault("profiles", message, level=Level.WARNING)


def directions(room: Room, facts: list[str], area: int) -> list[int]:
    """For each direction the accounts that it brings into `area`."""
    return [found for fact in facts for found in (room.below(fact, area), room.above(fact, area))]


def between(one: list[int], other: list[int]) -> int:
    """The accounts with one area in one direction and the other area in another direction."""
    out = 0
    for place, here in enumerate(one):
        for another, there in enumerate(other):
            if place != another:
                out |= here & there
    return out


def ordered_facts(survey: Survey, room: Room) -> list[str]:
    """The facts whose values lie above and below each other: numbers and days; where there are none, choices."""
    facts = {key: survey.document.vocabulary[key] for key in room.worlds.choices}
    measured = [key for key, fact in facts.items() if fact.kind in NUMBERS or fact.kind is Kind.DATE]
    return measured or [key for key, fact in facts.items() if fact.ordered]
