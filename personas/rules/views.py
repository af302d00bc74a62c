"""What a part of the rules can tell apart: cells that answer its own questions alike are one view."""

from collections.abc import Iterable, Mapping, Sequence

from .account import is_known
from .cells import Cut
from .truth import Node, asked, named

View = tuple[int, ...]


class FactView:
    """The views of one fact: `cell` numbers become the numbers of views, in the order they are met."""

    def __init__(self, cut: Cut, bits: int) -> None:
        self.cut = cut
        self.bits = bits
        self.views: dict[object, int] = {}
        self.of_cell: dict[int, int] = {}

    def view(self, cell: int) -> int:
        """The number of the view that `cell` falls in."""
        found = self.of_cell.get(cell)
        if found is None:
            found = self.of_cell[cell] = self.views.setdefault(self.identity(cell), len(self.views))
        return found

    def identity(self, cell: int) -> object:
        """All that these questions can find out about `cell`; the cell itself where that is too much to say."""
        possible = self.cut.possible(cell, self.bits)
        if possible is None:
            return cell
        yes, no = self.cut.certain(cell)
        return is_known(self.cut, cell), yes & self.bits, no & self.bits, frozenset(possible)


class Views:
    """What the conditions `nodes` together can tell apart in the cells of one account."""

    def __init__(self, nodes: Iterable[Node], cuts: Mapping[str, Cut], places: Sequence[tuple[str, int]]) -> None:
        bits: dict[str, int] = {}
        for node in nodes:
            for fact in named(node):
                bits.setdefault(fact, 0)
            for slot in asked(node):
                fact, bit = places[slot]
                bits[fact] = bits.get(fact, 0) | 1 << bit
        self.facts = [(place, FactView(cuts[fact], bits[fact])) for place, fact in enumerate(cuts) if fact in bits]
        self.lookups = [(place, fact.of_cell, fact) for place, fact in self.facts]

    def view(self, cells: Sequence[int]) -> View:
        """Equal for all cells between which the conditions see no difference."""
        try:
            return tuple([seen[cells[place]] for place, seen, _ in self.lookups])
        except KeyError:
            return tuple([fact.view(cells[place]) for place, _, fact in self.lookups])
