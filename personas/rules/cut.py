"""What every cut of a fact into cells has in common."""

from collections.abc import Iterable
from dataclasses import dataclass

from .facts import Fact, Known

MOST_WORLDS = 4_096

UNKNOWN = 0


@dataclass(frozen=True)
class Question:
    """One thing asked of a fact; every operator is made of these with and, or and not.

    kind `from` (a number or day of at least), `since` (at most so many days
    ago), `true`, `any` (one of these words), `list`, `word`, `ending`, `empty`.
    """

    kind: str
    value: object = None


class Cut:
    """What all cuts have in common. Cell 0 is always "unknown"."""

    fact: Fact
    questions: tuple[Question, ...]
    radices: tuple[int, ...]

    def cell(self, value: Known | None) -> int:
        """The cell that `value` falls in; None is unknown."""
        raise AssertionError  # pragma: no cover - every cut has its own

    def certain(self, cell: int) -> tuple[int, int]:
        """The questions answered yes and those answered no by all that may be in `cell`."""
        raise AssertionError  # pragma: no cover

    def possible(self, cell: int, asked: int) -> tuple[int, ...] | None:
        """The different answers to the questions in `asked` that `cell` leaves open.

        None when there are more than MOST_WORLDS of them.
        """
        raise AssertionError  # pragma: no cover

    def describe(self, cell: int) -> str:
        """`cell` in words: "15 to 19", "unknown"."""
        raise AssertionError  # pragma: no cover

    def sample(self, answers: int, asked: int) -> str:
        """A value in words that gives `answers` to the questions in `asked`."""
        raise AssertionError  # pragma: no cover

    def digits(self, cell: int) -> tuple[int, ...]:
        """`cell` as small numbers, each below its radix."""
        out = []
        for radix in self.radices[:-1]:
            cell, digit = divmod(cell, radix)
            out.append(digit)
        return (*out, cell)

    def undigits(self, digits: Iterable[int]) -> int:
        """The cell that these digits stand for."""
        cell, scale = 0, 1
        for digit, radix in zip(digits, self.radices, strict=True):
            cell += digit * scale
            scale *= radix
        return cell
