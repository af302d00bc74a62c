"""One account while its result is worked out: what is certain about it, and what is possible."""

from collections.abc import Iterable, Mapping, Sequence

from .binding import BoundComponent, BoundLine
from .cells import Cut
from .facts import Kind
from .possible import Worlds, open_answers
from .truth import NO, OPEN, YES, Cells, Node, Truth, left_open, truth


class Account:
    """One account's cells under a scorer, while its result is worked out."""

    def __init__(self, cuts: Mapping[str, Cut], places: Sequence[tuple[str, int]], cells: Sequence[int]) -> None:
        self.cuts = cuts
        self.places = places
        self.cell_of = dict(zip(cuts, cells, strict=True))
        certain = {fact: cut.certain(self.cell_of[fact]) for fact, cut in cuts.items()}
        answers = []
        for fact, bit in places:
            yes, no = certain[fact]
            answers.append(YES if yes >> bit & 1 else NO if no >> bit & 1 else OPEN)
        known = frozenset(fact for fact, cut in cuts.items() if is_known(cut, self.cell_of[fact]))
        self.cells = Cells(known, answers)

    def worlds(self, open_slots: Iterable[int], *, complete: bool = False) -> Worlds | None:
        """Every world over these open questions; None when they are too many."""
        choices = open_answers(open_slots, self.places, self.cuts, self.cell_of)
        return None if choices is None else Worlds(choices, self.places, complete=complete)

    def answers(self, lines: Iterable[BoundLine]) -> dict[str, Truth]:
        return {line.key: truth(line.node, self.cells) for line in lines}

    def open_in(self, nodes: Iterable[Node]) -> set[int]:
        return {slot for node in nodes for slot in left_open(node, self.cells)}

    # One profile

    def gate(self, part: BoundComponent) -> Truth | None:
        return None if part.gate is None else truth(part.gate, self.cells)


def is_known(cut: Cut, cell: int) -> bool:
    """Whether `cell` says anything; a set's hits do not count, only its state."""
    return cell % 3 != 0 if cut.fact.kind is Kind.SET else cell != 0
