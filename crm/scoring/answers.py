"""Which accounts answer one condition of the rules with yes, no or open, as a condition over their packed cells.

The rules themselves answer, for every combination of what the condition can
tell apart; SQL only reads the digits of the cells.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

from django.db.models import BigIntegerField, F, Func, Q
from django.db.models.lookups import In

from crm.models.fit import ENGINE
from personas.models import Ruleset
from personas.rules.conditions import Condition
from personas.rules.cut import Cut
from personas.rules.document import Profile
from personas.rules.facts import Kind
from personas.rules.scoring import Scorer
from personas.rules.truth import Truth, asked, named

from .packing import Packing

MOST_COMBINATIONS = 4_096

NOBODY = Q(pk__in=[])
EVERYBODY = ~NOBODY


class TooManyCombinations(Exception):
    """The condition reads more than can be tried one by one."""


class Digit(Func):
    """A digit of packed cells: what stands at `scale` in the word at `place`, below `radix`."""

    output_field = BigIntegerField()

    def __init__(self, cells: str, place: int, scale: int, radix: int) -> None:
        super().__init__(F(cells))
        self.place, self.scale, self.radix = place, scale, radix

    def digit_of(self, word: str) -> str:
        scaled = word if self.scale == 1 else f"({word} / {self.scale})"
        return f"({scaled} %% {self.radix})"

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple[Any, ...]]:
        text, values = compiler.compile(self.source_expressions[0])
        return self.digit_of(f"CAST(SPLIT_PART({text}, '.', {self.place + 1}) AS bigint)"), tuple(values)

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple[Any, ...]]:
        text, values = compiler.compile(self.source_expressions[0])
        times = 1
        for _word in range(self.place):
            # What follows the next dot; reading a number ends at a dot by itself.
            text, times = f"SUBSTR({text}, INSTR({text}, '.') + 1)", times * 2
        return self.digit_of(f"CAST({text} AS INTEGER)"), tuple(values) * times


@dataclass(frozen=True)
class Part:
    """Something about one fact that a condition can tell apart.

    `classes` are the digits that look alike to it; a digit adds `worth` times
    itself to the cell of the fact, whose number is `cut`.
    """

    cut: int
    place: int
    scale: int
    radix: int
    worth: int
    classes: tuple[tuple[int, ...], ...]

    def among(self, cells: str, digits: Sequence[int]) -> Q:
        digit: Any = Digit(cells, self.place, self.scale, self.radix)
        return Q(In(digit, list(digits)))


@dataclass(frozen=True)
class Position:
    """Where the first digit of a fact's cell stands, and each further one: word, scale, radix."""

    digits: tuple[tuple[int, int, int], ...]


def positions(packing: Packing) -> dict[str, Position]:
    """Where the cell of each fact stands in packed cells."""
    places = [
        (word, prod(radices[:at]), radix)
        for word, radices in enumerate(packing.words)
        for at, radix in enumerate(radices)
    ]
    found, rest = {}, iter(places)
    for cut in packing.cuts:
        found[cut.fact.key] = Position(tuple(next(rest) for _ in cut.radices))
    return found


class Reader:
    """Turns questions about accounts into conditions over the column that keeps their packed cells."""

    def __init__(self, scorer: Scorer, cells: str = "cells") -> None:
        self.scorer = scorer
        self.cells = cells
        self.positions = positions(Packing(scorer))
        self.order = {fact: place for place, fact in enumerate(scorer.cuts)}

    def unknown(self, fact: str) -> Q:
        """The accounts of which the rules know nothing about this fact; raises KeyError where they do not read it."""
        word, scale, radix = self.positions[fact].digits[0]
        digit: Any = Digit(self.cells, word, scale, radix)
        return Q(In(digit, [0]))

    def answered(self, condition: Condition, profile: Profile, answer: Truth) -> Q:
        """The accounts for which `condition`, which stands somewhere in `profile`, is answered so.

        Raises TooManyCombinations where the condition tells too much apart to try it all.
        """
        parts = self.parts(condition, profile)
        if prod(len(part.classes) for part in parts) > MOST_COMBINATIONS:
            raise TooManyCombinations
        zero = [0] * len(self.scorer.cuts)
        outcomes = []
        for chosen in product(*(part.classes for part in parts)):
            cells = list(zero)
            for part, digits in zip(parts, chosen, strict=True):
                cells[part.cut] += digits[0] * part.worth
            outcomes.append(self.scorer.answer(condition, profile, cells) is answer)
        return self.tree(parts, outcomes)

    def tree(self, parts: Sequence[Part], outcomes: Sequence[bool]) -> Q:
        """What is true in these outcomes, told by the parts in order; what leads to the same is taken together."""
        if all(outcomes):
            return EVERYBODY
        if not any(outcomes):
            return NOBODY
        part, *rest = parts
        size = len(outcomes) // len(part.classes)
        branches: dict[tuple[bool, ...], list[int]] = {}
        for at, digits in enumerate(part.classes):
            branches.setdefault(tuple(outcomes[at * size : (at + 1) * size]), []).extend(digits)
        if len(branches) == 1:
            return self.tree(rest, next(iter(branches)))
        found = Q()
        for outcome, chosen in branches.items():
            if any(outcome):
                here = part.among(self.cells, chosen)
                found |= here if all(outcome) else here & self.tree(rest, outcome)
        return found

    def parts(self, condition: Condition, profile: Profile) -> list[Part]:
        """Everything that `condition` can tell apart."""
        node = self.scorer.binder.bind(condition, profile.missing)
        bits: dict[str, int] = dict.fromkeys(named(node), 0)
        for slot in asked(node):
            fact, bit = self.scorer.places[slot]
            bits[fact] = bits.get(fact, 0) | 1 << bit
        return [part for fact in sorted(bits) for part in self.parts_of(fact, bits[fact])]

    def parts_of(self, fact: str, asked_bits: int) -> Iterator[Part]:
        cut, at = self.scorer.cuts[fact], self.order[fact]
        (word, scale, radix), *further = self.positions[fact].digits
        if cut.fact.kind not in (Kind.TEXT, Kind.CHOICE, Kind.SET):
            yield Part(at, word, scale, radix, 1, tuple(classes(cut, asked_bits)))
            return
        yield Part(at, word, scale, radix, 1, tuple((digit,) for digit in range(radix)))
        # One bit a question follows; of a set the last one says whether it holds anything.
        worth, bit = radix, 0
        for word, scale, radix in further:
            for power in range(radix.bit_length() - 1):
                if asked_bits >> bit & 1:
                    yield Part(at, word, scale << power, 2, worth << power, ((0,), (1,)))
                bit += 1
            worth *= radix


def classes(cut: Cut, asked_bits: int) -> Iterable[tuple[int, ...]]:
    """The cells of a fact with one digit, those together that answer these questions alike."""
    alike: dict[object, list[int]] = {}
    for cell in range(cut.radices[0]):
        yes, no = cut.certain(cell)
        alike.setdefault((cell == 0, yes & asked_bits, no & asked_bits), []).append(cell)
    return (tuple(cells) for cells in alike.values())


def current(ruleset: Ruleset, path: str = "") -> Q:
    """The accounts whose cells are those of `ruleset`; `path` leads to their fit, as in "fit__"."""
    return Q(
        **{
            f"{path}scored_ruleset": ruleset.number,
            f"{path}scored_engine": ENGINE,
            f"{path}cells__isnull": False,
        }
    )


@lru_cache(maxsize=16)
def reader_for(scorer: Scorer, cells: str) -> Reader:
    """The reader of a scorer; made once for each."""
    return Reader(scorer, cells)
