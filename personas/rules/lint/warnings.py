"""The checks of each profile, line by line, and the list of all warnings."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from personas.rules.binding import BoundComponent, BoundLine, BoundProfile, hundredths
from personas.rules.cells import show
from personas.rules.conditions import AllOf, AnyOf, AtLeast, Compare, Condition, Known, Not
from personas.rules.document import Component, Document, Profile
from personas.rules.errors import Fault, Level
from personas.rules.reckoning import Reckoning
from personas.rules.results import points_number
from personas.rules.text.values import names_text, points_text

from .segments import segment_warnings
from .survey import Room, Survey
from .tiers import tier_warnings

MOST_TOTALS = 20_000


def warnings(document: Document, at: date) -> list[Fault]:
    """Everything in `document` that is worth a second look, in its order; segments come last.

    Profiles of people follow those of companies, as they do in a document that is written.

    Exact as long as the facts that a check needs have few enough combinations
    (65,536; for totals 4,096 in each group of components that share facts);
    above that the check says nothing. `at` places the ages of dates.
    """
    survey = Survey(document, at)
    found = profile_warnings(survey)
    if document.contact_profiles:
        people = Survey(document.for_contacts(), at, who="contact")
        found += profile_warnings(people, first=len(document.profiles))
    found += segment_warnings(survey)
    return found


def profile_warnings(survey: Survey, *, first: int = 0) -> list[Fault]:
    """The warnings of each profile; `first` is the place of the first one in the whole document."""
    found: list[Fault] = []
    for number, (profile, bound) in enumerate(zip(survey.document.profiles, survey.profiles, strict=True), first):
        place = f"profiles[{number}]"
        found += assumptions(survey.document, profile, place)
        found += lines(survey, bound, place)
        for row, (part, component) in enumerate(zip(bound.components, profile.components, strict=True)):
            found += component_warnings(survey, f"{place}.components[{row}]", part, component)
        found += totals(survey, profile, bound, place)
    return found


def warning(place: str, message: str, hint: str = "") -> Fault:
    return Fault(place, message, hint, Level.WARNING)


# What unknown facts are taken for


def assumptions(document: Document, profile: Profile, place: str) -> Iterator[Fault]:
    """Every comparison that has an answer though its fact is unknown."""
    for path, compare in placed_comparisons(profile, place):
        policy = compare.missing or profile.missing
        if policy != "open":
            label = document.vocabulary[compare.fact].label
            whose = "the comparison's own policy" if compare.missing else "the profile's policy"
            yield warning(path, f"where {label} is unknown this counts as {policy}", whose)


def placed_comparisons(profile: Profile, place: str) -> Iterator[tuple[str, Compare]]:
    """Every comparison of `profile` with its place."""
    for kind, found in (("disqualify", profile.disqualify), ("must", profile.must)):
        for number, line in enumerate(found):
            yield from placed(line.when, f"{place}.{kind}[{number}].when")
    if profile.enough_data:
        yield from placed(profile.enough_data, f"{place}.enough_data")
    for number, component in enumerate(profile.components):
        at = f"{place}.components[{number}]"
        if component.gate:
            yield from placed(component.gate, f"{at}.gate")
        for row, line in enumerate(component.rows):
            yield from placed(line.when, f"{at}.rows[{row}].when")
    for kind, found in (("bonus", profile.bonus), ("flags", profile.flags)):
        for number, line in enumerate(found):
            yield from placed(line.when, f"{place}.{kind}[{number}].when")


def placed(condition: Condition, path: str) -> Iterator[tuple[str, Compare]]:
    """Every comparison in `condition` with its place."""
    match condition:
        case Compare():
            yield path, condition
        case Known():
            return
        case Not(part):
            yield from placed(part, f"{path}.not")
        case AllOf(parts) | AnyOf(parts) | AtLeast(_, parts):
            word = "all" if isinstance(condition, AllOf) else "any" if isinstance(condition, AnyOf) else "of"
            for number, part in enumerate(parts):
                yield from placed(part, f"{path}.{word}[{number}]")


# Lines that cannot hold


def lines(survey: Survey, bound: BoundProfile, place: str) -> Iterator[Fault]:
    """Conditions outside of components that no account fulfils."""
    for kind, found in (("disqualify", bound.disqualify), ("must", bound.must)):
        for number, line in enumerate(found):
            if never(survey, [line]):
                yield warning(f"{place}.{kind}[{number}]", f"{line.key} can never hold")
    if len(bound.must) > 1 and not any(never(survey, [line]) for line in bound.must) and never(survey, bound.must):
        yield warning(f"{place}.must", f"no {survey.who} can fulfil all of these together")
    if bound.enough_data is not None:
        room = survey.room([bound.enough_data])
        if room and not room.where(bound.enough_data):
            yield warning(f"{place}.enough_data", f"can never hold: no {survey.who} will ever have a result")
    for number, line in enumerate(bound.bonus):
        if never(survey, [line]):
            yield warning(f"{place}.bonus[{number}]", f"{line.key} can never hold")
        elif not never(survey, bound.must) and never(survey, [*bound.must, line]):
            yield warning(f"{place}.bonus[{number}]", f"{line.key} can never hold where all musts do")
    for number, line in enumerate(bound.flags):
        if never(survey, [line]):
            yield warning(f"{place}.flags[{number}]", f"{line.key} can never hold")


def never(survey: Survey, found: Iterable[BoundLine]) -> bool:
    """Whether no account fulfils all of these lines; False too where the accounts are too many to try."""
    together = list(found)
    room = survey.room(line.node for line in together)
    if room is None:
        return False
    left = room.everywhere
    for line in together:
        left &= room.where(line.node)
    return not left


def component_warnings(survey: Survey, place: str, part: BoundComponent, component: Component) -> Iterator[Fault]:
    """Rows that never count, tiers that overlap or leave a hole; one warning where nothing ever counts."""
    opened = survey.room([part.gate]) if part.gate is not None else None
    if opened and not opened.where(part.gate):
        yield warning(f"{place}.gate", f"can never hold: no {survey.who} can reach this component")
        return
    unreached = {row.key: why for row in part.rows if (why := unreachable(survey, part, row))}
    if len(unreached) == len(part.rows):
        yield warning(place, f"no {survey.who} can reach this component: none of its rows can hold")
        return
    for number, row in enumerate(part.rows):
        if row.key in unreached:
            yield warning(f"{place}.rows[{number}]", f"{row.key} can never be reached", unreached[row.key])
    yield from tier_warnings(survey, place, part, component)


def unreachable(survey: Survey, part: BoundComponent, row: BoundLine) -> str:
    """Why a row never counts; empty where it can, or where the accounts are too many to try."""
    gate = [] if part.gate is None else [part.gate]
    room = survey.room([*gate, row.node])
    if room is None:
        return ""
    if not room.where(row.node):
        return "its conditions contradict each other"
    if not room.where(row.node) & room.where(part.gate):
        return "it holds only where the gate is closed"
    place = part.rows.index(row)
    ahead = {
        "sum": (),
        "first": part.rows[:place],
        "max": tuple(other for other in part.rows if other.points > row.points),
    }[part.combine]
    room = survey.room([*gate, row.node, *(other.node for other in ahead)]) if ahead else None
    return "" if room is None else covered(room, part, row, ahead)


def covered(room: Room, part: BoundComponent, row: BoundLine, ahead: tuple[BoundLine, ...]) -> str:
    """Which rows always count before `row` does; empty where they leave it something."""
    here = room.where(part.gate) & room.where(row.node)
    left = here
    for other in ahead:
        left &= ~room.where(other.node)
    if left:
        return ""
    names = names_text([other.key for other in ahead if here & room.where(other.node)], "and")
    return f"{names} always {'stands first' if part.combine == 'first' else 'gives more'}"


# Totals


def totals(survey: Survey, profile: Profile, bound: BoundProfile, place: str) -> Iterator[Fault]:
    """Bands that no total reaches, and a greatest total above the one intended."""
    groups = reachable_points(survey, bound)
    if groups is None:
        return
    low, high = sum(min(group) for group in groups), sum(max(group) for group in groups)
    if profile.maximum is not None and high > hundredths(profile.maximum):
        most = points_text(points_number(high))
        yield warning(
            f"{place}.maximum", f"the greatest total is {most}, above the intended maximum of {show(profile.maximum)}"
        )
    reached = sums(groups)
    if reached is None:
        return
    bands = {bound.band(total) for total in reached}
    for number, (key, _) in enumerate(bound.bands):
        if key not in bands:
            span = f"from {show(points_number(low) or 0)} to {points_text(points_number(high))}"
            yield warning(f"{place}.bands[{number}]", f"no total reaches {key}: totals go {span}")


def reachable_points(survey: Survey, bound: BoundProfile) -> list[set[int]] | None:
    """The points (hundredths) of each group of components that share no fact with another group.

    Groups are independent, so every sum of one member of each is some
    account's total. None where a group has too many accounts to try.
    """
    parts: list[tuple[set[str], BoundProfile]] = []
    bare = replace(bound, components=(), bonus=(), must=())
    for component in bound.components:
        nodes = [row.node for row in component.rows] + ([component.gate] if component.gate is not None else [])
        parts.append((survey.facts_of(nodes), replace(bare, components=(component,))))
    if bound.bonus:
        nodes = [line.node for line in (*bound.must, *bound.bonus)]
        parts.append((survey.facts_of(nodes), replace(bare, must=bound.must, bonus=bound.bonus)))
    groups: list[tuple[set[str], BoundProfile]] = []
    for facts, part in parts:
        joined = part
        for other in [each for each in groups if each[0] & facts]:
            groups.remove(other)
            facts = facts | other[0]
            joined = replace(
                joined,
                components=other[1].components + joined.components,
                must=other[1].must or joined.must,
                bonus=other[1].bonus or joined.bonus,
            )
        groups.append((facts, joined))
    spreads = [Reckoning(survey.account, part).spread for _, part in groups]
    found = [set(spread) for spread in spreads if spread is not None]
    return found if len(found) == len(spreads) else None


def sums(groups: Iterable[set[int]]) -> set[int] | None:
    """Every sum of one number of each group; None when they are too many."""
    out = {0}
    for group in groups:
        if len(out) * len(group) > MOST_TOTALS * 50:
            return None
        out = {total + points for total in out for points in group}
        if len(out) > MOST_TOTALS:
            return None
    return out
