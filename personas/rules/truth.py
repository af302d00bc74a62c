"""Conditions made ready to answer: bound to cuts, with three answers and with masks of worlds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import cast

from .cells import Question, edge
from .conditions import AllOf, AnyOf, AtLeast, Compare, Condition, Known, Missing, Not
from .facts import NUMBERS, Fact, Kind, Number


class Truth(IntEnum):
    """The three answers; `all` is their minimum, `any` their maximum."""

    NO = 0
    OPEN = 1
    YES = 2

    @property
    def word(self) -> str:
        return self.name.lower()

    def __invert__(self) -> "Truth":
        return TRUTHS[2 - self]


TRUTHS = (Truth.NO, Truth.OPEN, Truth.YES)
NO, OPEN, YES = TRUTHS


@dataclass(frozen=True, slots=True)
class Ask:
    """One question put to one fact, by its number in the binder's list."""

    slot: int


@dataclass(frozen=True, slots=True)
class IsKnown:
    """Whether a fact is known: yes or no, never open."""

    fact: str


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Count:
    count: int
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Deny:
    part: "Node"


@dataclass(frozen=True, slots=True)
class Assume:
    """`part`, or `answer` where what is known leaves `part` open."""

    fact: str
    answer: Truth
    part: "Node"


Node = Ask | IsKnown | All | Any | Count | Deny | Assume


class Cells:
    """What is certain about one account: the facts that are known, and the answer to each question."""

    __slots__ = ("answers", "known")

    def __init__(self, known: frozenset[str], answers: Sequence[Truth]) -> None:
        self.known = known
        self.answers = answers


def truth(node: Node, cells: Cells) -> Truth:
    """Whether `node` holds in these cells: YES, NO or OPEN.

    OPEN means that the facts known so far do not say.
    """
    match node:
        case Ask(slot):
            return cells.answers[slot]
        case All(parts):
            return min(truth(part, cells) for part in parts)
        case Any(parts):
            return max(truth(part, cells) for part in parts)
        case Deny(part):
            return ~truth(part, cells)
        case IsKnown(fact):
            return YES if fact in cells.known else NO
        case Assume(_, answer, part):
            found = truth(part, cells)
            return answer if found is OPEN else found
        case Count(count, parts):
            found_all = [truth(part, cells) for part in parts]
            if found_all.count(YES) >= count:
                return YES
            return OPEN if len(found_all) - found_all.count(NO) >= count else NO


def asked(node: Node) -> Iterator[int]:
    """The number of every question in `node`."""
    match node:
        case Ask(slot):
            yield slot
        case All(parts) | Any(parts) | Count(_, parts):
            for part in parts:
                yield from asked(part)
        case Deny(part) | Assume(_, _, part):
            yield from asked(part)


def named(node: Node) -> Iterator[str]:
    """The facts in `node` that it asks whether they are known."""
    match node:
        case IsKnown(fact):
            yield fact
        case All(parts) | Any(parts) | Count(_, parts):
            for part in parts:
                yield from named(part)
        case Deny(part) | Assume(_, _, part):
            yield from named(part)


def left_open(node: Node, cells: Cells) -> Iterator[int]:
    """The numbers of the questions in `node` that could still change its answer."""
    if truth(node, cells) is not OPEN:
        return
    match node:
        case Ask(slot):
            yield slot
        case All(parts) | Any(parts) | Count(_, parts):
            for part in parts:
                yield from left_open(part, cells)
        case Deny(part) | Assume(_, _, part):
            yield from left_open(part, cells)


def assumptions(node: Node, cells: Cells) -> Iterator[str]:
    """The facts for which an answer is assumed because they are not known."""
    match node:
        case Assume(fact, _, part):
            if truth(part, cells) is OPEN:
                yield fact
        case All(parts) | Any(parts) | Count(_, parts):
            for part in parts:
                yield from assumptions(part, cells)
        case Deny(part):
            yield from assumptions(part, cells)


def mask(node: Node, cells: Cells, worlds: "Masks") -> int:
    """The worlds in which `node` holds, a bit for each."""
    if not worlds.complete and (settled := truth(node, cells)) is not OPEN:
        return worlds.everywhere if settled is YES else 0
    match node:
        case Ask(slot):
            found = cells.answers[slot]
            if found is OPEN:
                return worlds.answers(slot)
            return worlds.everywhere if found is YES else 0
        case All(parts):
            out = worlds.everywhere
            for part in parts:
                out &= mask(part, cells, worlds)
            return out
        case Any(parts):
            out = 0
            for part in parts:
                out |= mask(part, cells, worlds)
            return out
        case Deny(part):
            return worlds.everywhere & ~mask(part, cells, worlds)
        case IsKnown(fact):
            return worlds.everywhere if fact in cells.known or worlds.complete else 0
        case Assume(_, answer, part):
            if truth(part, cells) is OPEN:
                return worlds.everywhere if answer is YES else 0
            return mask(part, cells, worlds)
        case Count(count, parts):
            reached = [worlds.everywhere, *(0 for _ in range(count))]
            for part in parts:
                here = mask(part, cells, worlds)
                for level in range(count, 0, -1):
                    reached[level] |= reached[level - 1] & here
            return reached[count]


class Masks:
    """What `mask` needs of a set of worlds. With `complete`, every fact counts as known in them."""

    everywhere: int
    complete: bool

    def answers(self, slot: int) -> int:
        """The worlds in which the answer to this question is yes."""
        raise AssertionError  # pragma: no cover - Worlds has its own


class Binder:
    """Turns the conditions of a document into nodes; `slots` numbers the questions met."""

    def __init__(self, vocabulary: Mapping[str, Fact]) -> None:
        self.vocabulary = vocabulary
        self.slots: dict[tuple[str, Question], int] = {}

    def ask(self, fact: Fact, kind: str, value: object = None) -> Ask:
        """The question, with the number it already has or the next one."""
        return Ask(self.slots.setdefault((fact.key, Question(kind, value)), len(self.slots)))

    def bind(self, condition: Condition, missing: Missing) -> Node:
        """`condition` with every operator written out in questions; `missing` is the profile's policy."""
        match condition:
            case Compare():
                node = self.compare(condition)
                policy = condition.missing or missing
                if policy == "open":
                    return node
                return Assume(condition.fact, YES if policy == "yes" else NO, node)
            case Known(fact, wanted):
                return IsKnown(fact) if wanted else Deny(IsKnown(fact))
            case AllOf(parts):
                return All(tuple(self.bind(part, missing) for part in parts))
            case AnyOf(parts):
                return Any(tuple(self.bind(part, missing) for part in parts))
            case AtLeast(count, parts):
                return Count(count, tuple(self.bind(part, missing) for part in parts))
            case Not(part):
                return Deny(self.bind(part, missing))

    def compare(self, condition: Compare) -> Node:
        fact = self.vocabulary[condition.fact]
        if fact.kind in NUMBERS:
            return self.number(fact, condition)
        if fact.kind is Kind.DATE:
            return self.day(fact, condition)
        if fact.kind is Kind.BOOLEAN:
            node = self.ask(fact, "true")
            return node if condition.value else Deny(node)
        if fact.kind is Kind.SET:
            return self.members(fact, condition)
        return self.text(fact, condition)

    def number(self, fact: Fact, condition: Compare) -> Node:
        def reaches(value: object, *, beyond: bool = False) -> Ask:
            return self.ask(fact, "from", edge(fact, cast(Number, value), beyond))

        return ordered(condition, reaches)

    def day(self, fact: Fact, condition: Compare) -> Node:
        if condition.operator in ("within_days", "older_than_days"):
            node = self.ask(fact, "since", condition.value)
            return node if condition.operator == "within_days" else Deny(node)

        def reaches(value: object, *, beyond: bool = False) -> Ask:
            day = cast(date, value)
            if beyond:
                day = date.fromordinal(min(day.toordinal() + 1, date.max.toordinal()))
            return self.ask(fact, "from", day)

        return ordered(condition, reaches)

    def text(self, fact: Fact, condition: Compare) -> Node:
        value = condition.value
        match condition.operator:
            case "is":
                return self.ask(fact, "any", frozenset({value}))
            case "is_not":
                return Deny(self.ask(fact, "any", frozenset({value})))
            case "one_of":
                return self.ask(fact, "any", frozenset(cast(tuple[str, ...], value)))
            case "none_of":
                return Deny(self.ask(fact, "any", frozenset(cast(tuple[str, ...], value))))
            case "in_list":
                return self.ask(fact, "list", value)
            case "has_word":
                return self.ask(fact, "word", value)
            case "ends_with":
                return self.ask(fact, "ending", value)
            case operator:
                place = fact.choices.index(cast(str, value))
                chosen = fact.choices[place:] if operator == "at_least" else fact.choices[: place + 1]
                return self.ask(fact, "any", frozenset(chosen))

    def members(self, fact: Fact, condition: Compare) -> Node:
        match condition.operator:
            case "any_in_list":
                return self.ask(fact, "list", condition.value)
            case "empty":
                node = self.ask(fact, "empty")
                return node if condition.value else Deny(node)
            case "all_of":
                names = cast(tuple[str, ...], condition.value)
                return All(tuple(self.ask(fact, "any", frozenset({name})) for name in names))
            case operator:
                names = cast(tuple[str, ...], condition.value)
                node = self.ask(fact, "any", frozenset(names))
                return node if operator == "any_of" else Deny(node)


def ordered(condition: Compare, reaches: Callable[..., Ask]) -> Node:
    """A comparison of numbers or days, made of edges that a value reaches or not."""
    value = condition.value
    match condition.operator:
        case "at_least":
            return reaches(value)
        case "more_than":
            return reaches(value, beyond=True)
        case "less_than":
            return Deny(reaches(value))
        case "at_most":
            return Deny(reaches(value, beyond=True))
        case "between":
            low, high = cast(tuple[object, object], value)
            return All((reaches(low), Deny(reaches(high, beyond=True))))
        case "is":
            return All((reaches(value), Deny(reaches(value, beyond=True))))
        case _:
            return Any((Deny(reaches(value)), reaches(value, beyond=True)))
