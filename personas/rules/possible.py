"""What the unknown could still change: all worlds that fit what is known, tried at once.

A world gives every fact that matters one of the answers its cell leaves open.
Worlds are bits of one integer, so a condition is evaluated in all of them by
a few operations on whole numbers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce

from .cells import MOST_WORLDS, Cut
from .truth import Masks

Spread = dict[int, int]


class Worlds(Masks):
    """Every combination of the answers that the facts in `choices` leave open.

    `choices` gives for each fact its possible answers; `places` says for each
    question number to which fact and bit it belongs.
    """

    def __init__(
        self,
        choices: Mapping[str, Sequence[int]],
        places: Sequence[tuple[str, int]],
        *,
        complete: bool = False,
    ) -> None:
        self.choices = choices
        self.places = places
        self.complete = complete
        self.strides: dict[str, int] = {}
        self.count = 1
        for fact, answers in choices.items():
            self.strides[fact] = self.count
            self.count *= len(answers)
        self.everywhere = (1 << self.count) - 1
        self.memo: dict[int, int] = {}

    def where(self, fact: str, chosen: Callable[[int], bool]) -> int:
        """The worlds in which the answers of `fact` are among the chosen."""
        answers = self.choices[fact]
        stride = self.strides[fact]
        block = (1 << stride) - 1
        pattern = 0
        for place, each in enumerate(answers):
            if chosen(each):
                pattern |= block << (place * stride)
        period = stride * len(answers)
        return pattern * (self.everywhere // ((1 << period) - 1))

    def answers(self, slot: int) -> int:
        found = self.memo.get(slot)
        if found is None:
            fact, bit = self.places[slot]
            found = self.memo[slot] = self.where(fact, lambda each: bool(each >> bit & 1))
        return found

    def shares(self, fact: str) -> list[int]:
        """The worlds parted by the answers of `fact`."""
        return [self.where(fact, lambda each, this=this: each == this) for this in self.choices[fact]]  # type: ignore[misc]

    def without(self, fact: str, worlds: int) -> int:
        """`worlds` and all that differ from one of them in `fact` only, drawn together on the first answer."""
        stride = self.strides[fact]
        size = len(self.choices[fact])
        spread = reduce(lambda found, place: found | worlds >> (place * stride), range(1, size), worlds)
        first = ((1 << stride) - 1) * (self.everywhere // ((1 << stride * size) - 1))
        return spread & first

    def swing(self, fact: str, spread: Spread) -> int:
        """The greatest difference that `fact` alone makes between the totals of `spread`."""
        drawn = {total: self.without(fact, worlds) for total, worlds in spread.items()}
        totals = sorted(drawn)
        most = 0
        for place, low in enumerate(totals):
            for high in reversed(totals[place + 1 :]):
                if high - low <= most:
                    break
                if drawn[low] & drawn[high]:
                    most = high - low
                    break
        return most

    def settlers(self, outcomes: Iterable[int]) -> tuple[list[str], list[str]]:
        """The facts that settle which of `outcomes` (sets of worlds) holds: by any answer, by some answer.

        Both are empty where only one outcome is possible.
        """
        reached = [worlds for worlds in outcomes if worlds]
        if len(reached) < 2:
            return [], []
        always, sometimes = [], []
        for fact in sorted(self.choices):
            settled = [sum(1 for worlds in reached if worlds & share) < 2 for share in self.shares(fact)]
            if all(settled):
                always.append(fact)
            if any(settled):
                sometimes.append(fact)
        return always, sometimes


def open_answers(
    open_slots: Iterable[int],
    places: Sequence[tuple[str, int]],
    cuts: Mapping[str, Cut],
    cells: Mapping[str, int],
) -> dict[str, tuple[int, ...]] | None:
    """For each fact that the open questions touch, its possible answers; None beyond MOST_WORLDS worlds."""
    asked: dict[str, int] = {}
    for slot in open_slots:
        fact, bit = places[slot]
        asked[fact] = asked.get(fact, 0) | 1 << bit
    choices: dict[str, tuple[int, ...]] = {}
    count = 1
    for fact in sorted(asked):
        answers = cuts[fact].possible(cells[fact], asked[fact])
        if answers is None:
            return None
        choices[fact] = answers
        count *= len(answers)
        if count > MOST_WORLDS:
            return None
    return choices
