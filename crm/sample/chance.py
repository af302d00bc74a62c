"""Choices by chance, which come from one source in one order."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Draws from `rng`; `taken` are the names and addresses that somebody has."""

    def __init__(self, rng: Random, today: date) -> None:
        self.rng = rng
        self.today = today
        self.taken: set[str] = set()

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def one(self, choices: Sequence[T]) -> T:
        return choices[int(self.rng.random() * len(choices))]

    def some(self, choices: Sequence[T], least: int, most: int) -> tuple[T, ...]:
        """From `least` to `most` different members, in the order they were drawn."""
        left = list(dict.fromkeys(choices))
        count = min(self.between(least, most), len(left))
        return tuple(left.pop(int(self.rng.random() * len(left))) for _ in range(count))

    def between(self, low: int, high: int) -> int:
        return low + int(self.rng.random() * (high - low + 1))

    def about(self, low: float, high: float) -> int:
        """A number from `low` to `high`, small ones likelier, with two digits that count."""
        number = int(low * (high / low) ** self.rng.random())
        scale = int(10 ** max(0, len(str(number)) - 2))
        return number // scale * scale

    def weighted(self, weights: Sequence[float]) -> int:
        """A place in `weights`, heavy ones likelier."""
        sums = list(accumulate(weights))
        return bisect_right(sums, self.rng.random() * sums[-1])

    def shuffled(self, items: Sequence[T]) -> list[T]:
        left = list(items)
        return [left.pop(int(self.rng.random() * len(left))) for _ in range(len(left))]

    def day(self, nearest: int, farthest: int) -> date:
        """A day from `nearest` to `farthest` days before today."""
        return self.today - timedelta(days=self.between(nearest, farthest))

    def observed(self) -> date:
        """Mostly of the last months, sometimes older."""
        return self.day(2, 90) if self.chance(0.6) else self.day(91, 400) if self.chance(0.8) else self.day(401, 900)
