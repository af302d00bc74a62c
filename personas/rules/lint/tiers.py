"""Tiers: rows of a component that part the values of one fact among them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from personas.rules.binding import BoundComponent
from personas.rules.cells import BooleanCut, Cut, DateCut, NumberCut, SetCut, TextCut
from personas.rules.conditions import Compare, Condition, comparisons
from personas.rules.document import Component
from personas.rules.errors import Fault, Level
from personas.rules.facts import Kind
from personas.rules.operators import OPERATORS, Takes
from personas.rules.possible import Worlds
from personas.rules.text.values import name_text, names_text
from personas.rules.truth import mask

from .survey import MaybeUnknown, Survey, steps_text


class Scale:
    """The values of one fact that rules can tell apart, in their order where they have one.

    `answers` has for each value what it answers to the questions of the cut.
    """

    answers: tuple[int, ...] = ()
    ordered = True

    def name(self, first: int, last: int) -> str:
        """The values from one place to another, in words."""
        raise AssertionError  # pragma: no cover - every scale has its own


class NumberScale(Scale):
    def __init__(self, cut: NumberCut) -> None:
        self.cut = cut
        self.answers = tuple((1 << step) - 1 for step in range(cut.lowest, cut.highest + 1))

    def name(self, first: int, last: int) -> str:
        return steps_text(self.cut, first + self.cut.lowest, last + self.cut.lowest)


class DateScale(Scale):
    """Days, named by their age where the rules ask for ages only."""

    def __init__(self, cut: DateCut, at: date) -> None:
        self.at = at
        self.by_age = not cut.fixed
        self.days = sorted({date.min, *cut.fixed, *cut.starts})
        self.answers = tuple(cut.answers(cut.cell(day)) for day in self.days)

    def name(self, first: int, last: int) -> str:
        start = None if first == 0 else self.days[first]
        end = None if last + 1 == len(self.days) else self.days[last + 1] - timedelta(days=1)
        if self.by_age:
            least = None if end is None else (self.at - end).days
            most = None if start is None else (self.at - start).days
            if least is None:
                return f"within {most} days"
            return f"{least} days ago or more" if most is None else f"{least} to {most} days ago"
        if start is None:
            return f"{end} or earlier"
        if end is None:
            return f"{start} or later"
        return str(start) if start == end else f"{start} to {end}"


class NameScale(Scale):
    """Words and names, in order only where the fact's choices are."""

    def __init__(self, cut: Cut, named: Sequence[tuple[str, int]], *, ordered: bool = False) -> None:
        self.names = [name_text(cut.fact, name) for name, _ in named]
        self.answers = tuple(answers for _, answers in named)
        self.ordered = ordered

    def name(self, first: int, last: int) -> str:
        if self.ordered and first != last:
            return f"{self.names[first]} to {self.names[last]}"
        return names_text(self.names[first : last + 1])


def scale_of(cut: Cut, at: date) -> Scale | None:
    """The values of a fact one by one; for a set, the empty one and each member. None when they are too many."""
    if isinstance(cut, MaybeUnknown):
        cut = cut.inner
    if isinstance(cut, NumberCut):
        return NumberScale(cut)
    if isinstance(cut, DateCut):
        return DateScale(cut, at)
    if isinstance(cut, BooleanCut):
        return NameScale(cut, [("no", 0), ("yes", 1)])
    if isinstance(cut, SetCut):
        members = [(name, cut.answers(hits)) for hits, name in cut.elements().items()]
        return NameScale(cut, [("none", cut.answers(0)), *members])
    if isinstance(cut, TextCut):
        if cut.fact.choices:
            named = [(choice, cut.answers(choice)) for choice in cut.fact.choices]
            return NameScale(cut, named, ordered=cut.fact.ordered)
        samples = cut.samples()
        return None if samples is None else NameScale(cut, [(text, answers) for answers, text in samples.items()])
    return None


@dataclass(frozen=True)
class Tier:
    """One row that asks for one fact only, with the places of the scale that it holds."""

    place: int
    key: str
    holds: int


def tier_warnings(survey: Survey, place: str, part: BoundComponent, component: Component) -> Iterator[Fault]:
    """Values that two rows share, and values that fall between two rows."""
    rows_of: dict[str, list[int]] = {}
    for number, row in enumerate(component.rows):
        for fact in {each.fact for each in comparisons(row.when)}:
            rows_of.setdefault(fact, []).append(number)
    for fact, numbers in rows_of.items():
        alone = [number for number in numbers if is_tier(component.rows[number].when)]
        scale = scale_of(survey.cuts[fact], survey.at)
        if len(alone) < 2 or scale is None:
            continue
        tiers = [Tier(number, component.rows[number].key, held(survey, fact, scale, part, number)) for number in alone]
        if survey.document.vocabulary[fact].kind is Kind.SET:
            tiers = [tier for tier in tiers if not tier.holds & 1]
        yield from shared(place, component, scale, tiers)
        if scale.ordered and len(alone) == len(numbers):
            yield from holes(place, component, survey.document.vocabulary[fact].label, scale, tiers)


def is_tier(condition: Condition) -> bool:
    """Whether a row asks for the value of one fact; words looked for in a text are no tiers."""
    found = list(comparisons(condition))
    return len({each.fact for each in found}) == 1 and all(
        isinstance(each, Compare) and OPERATORS[each.operator].takes not in (Takes.PHRASES, Takes.FLAG)
        for each in found
    )


def held(survey: Survey, fact: str, scale: Scale, part: BoundComponent, row: int) -> int:
    """The places of the scale at which a row holds, a bit for each."""
    cut = survey.cuts[fact]
    known = cut.is_known if isinstance(cut, MaybeUnknown) else 0
    worlds = Worlds({fact: tuple(each | known for each in scale.answers)}, survey.places)
    return mask(part.rows[row].node, survey.account.cells, worlds)


def shared(place: str, component: Component, scale: Scale, tiers: Sequence[Tier]) -> Iterator[Fault]:
    """A warning for each run of values that the same two or more rows hold.

    Where only one row counts (first, max), a row within another is the usual
    way to write tiers; there only rows that reach beyond each other are told.
    """
    size = len(scale.answers)
    owners = [tuple(tier for tier in tiers if tier.holds >> each & 1) for each in range(size)]
    for first, last in runs(owners):
        both = owners[first]
        if component.combine != "sum":
            both = tuple(tier for tier in both if any(beyond(tier, other) for other in both))
        if len(both) < 2:
            continue
        names = names_text([tier.key for tier in both], "and")
        ends = {"sum": "all of them count", "first": f"{both[0].key} counts, it stands first", "max": "the best counts"}
        message = f"{scale.name(first, last)} is in rows {names}"
        yield Fault(f"{place}.rows[{both[-1].place}]", message, ends[component.combine], Level.WARNING)


def beyond(one: Tier, other: Tier) -> bool:
    """Whether each of two rows holds values that the other does not."""
    return bool(one.holds & ~other.holds and other.holds & ~one.holds)


def holes(place: str, component: Component, label: str, scale: Scale, tiers: Sequence[Tier]) -> Iterator[Fault]:
    """A warning for each run of values that no row holds, with rows on either side."""
    owners = [tuple(tier for tier in tiers if tier.holds >> each & 1) for each in range(len(scale.answers))]
    found = runs(owners)
    for (_, before), (first, last), (after, _) in zip(found, found[1:], found[2:], strict=False):
        if owners[first]:
            continue
        between = f"rows {owners[before][-1].key} and {owners[after][-1].key}"
        message = f"a hole between {between}: {label} {scale.name(first, last)} is in no row"
        yield Fault(place, message, level=Level.WARNING)


def runs(owners: Sequence[tuple[Tier, ...]]) -> list[tuple[int, int]]:
    """The first and last place of each run of equal owners."""
    out: list[tuple[int, int]] = []
    for each, owner in enumerate(owners):
        if out and owners[out[-1][0]] == owner:
            out[-1] = (out[-1][0], each)
        else:
            out.append((each, each))
    return out
