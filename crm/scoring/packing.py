"""How the cells of an account are written as one text: words of digits, joined by dots."""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from math import prod

from personas.rules.cells import Cut
from personas.rules.scoring import Scorer

WORD_BITS = 62


def packing(radices: Iterable[int]) -> list[list[int]]:
    """The radices shared out among words of at most WORD_BITS bits, in order."""
    words: list[list[int]] = [[]]
    size = 1
    for radix in radices:
        if size * radix > 1 << WORD_BITS:
            words.append([])
            size = 1
        words[-1].append(radix)
        size *= radix
    return words


def unpacking(cuts: Sequence[Cut], words: Sequence[Sequence[int]]) -> list[list[tuple[int, int, int]]]:
    """For each word what to take from it, in order: modulus, place of the cell, scale of the digit in it.

    The digits of one cell that stand side by side in a word are taken together.
    """
    parts = iter([(radix, place, at) for place, cut in enumerate(cuts) for at, radix in enumerate(cut.radices)])
    out = []
    for word in words:
        steps: list[tuple[int, int, int]] = []
        for radix, place, at in islice(parts, len(word)):
            if steps and steps[-1][1] == place:
                modulus, _, scale = steps[-1]
                steps[-1] = (modulus * radix, place, scale)
            else:
                steps.append((radix, place, prod(cuts[place].radices[:at])))
        out.append(steps)
    return out


class Packing:
    """How the cells of one ruleset, or of some of its facts, are written as text: words of digits, joined by dots."""

    def __init__(self, scorer: Scorer, facts: Collection[str] | None = None) -> None:
        self.cuts = tuple(cut for fact, cut in scorer.cuts.items() if facts is None or fact in facts)
        self.words = packing(radix for cut in self.cuts for radix in cut.radices)
        self.steps = unpacking(self.cuts, self.words)

    def text(self, cells: Sequence[int]) -> str:
        """The cells (one for each cut) as text."""
        digits = [digit for cut, cell in zip(self.cuts, cells, strict=True) for digit in cut.digits(cell)]
        out = []
        for word in self.words:
            number, scale = 0, 1
            for radix in word:
                number += digits.pop(0) * scale
                scale *= radix
            out.append(str(number))
        return ".".join(out)

    def cells(self, text: str) -> tuple[int, ...]:
        """The cells that `text` stands for."""
        out = [0] * len(self.cuts)
        for steps, said in zip(self.steps, text.split("."), strict=True):
            number = int(said)
            for modulus, place, scale in steps:
                number, digit = divmod(number, modulus)
                out[place] += digit * scale
        return tuple(out)
