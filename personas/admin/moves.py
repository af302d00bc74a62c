"""A place for what a change of title patterns moves. What fills it lies outside: this package knows no contacts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from personas.rules.document import Document
from personas.titles import Answer, Move, Moves

from .provided import Asked, Provided

SHOWN = 8


@dataclass(frozen=True)
class Line:
    """A move in words."""

    title: str
    contacts: str
    before: str
    after: str


@dataclass(frozen=True)
class Group:
    """Moves of one kind, with the first of them."""

    name: str
    icon: str
    titles: int
    contacts: int
    lines: tuple[Line, ...]

    @property
    def said(self) -> str:
        """How much the group holds, in words."""
        return f"{many(self.titles, 'title')}, {many(self.contacts, 'contact')}"

    @property
    def more(self) -> str:
        """How many titles are not among the lines; empty where all are."""
        return f"{self.titles - len(self.lines):,}" if self.titles > len(self.lines) else ""


class Provider(Asked, Protocol):
    """What knows the job titles of contacts."""

    def moved(self, before: Document, after: Document) -> Moves:
        """What the personas of `after` make of the titles that those of `before` do not."""


provided = Provided[Provider]()
register, provider_for = provided.register, provided.to


NOBODY: Mapping[str, str] = {"excluded": "nobody, ruled out", "unknown": "nobody, it has no words"}
ORDER = ("gains", "loses", "ambiguous", "settled", "swaps", "other")


def shown(moves: Moves | None, names: Mapping[str, str]) -> dict[str, Any]:
    """The moves as the page shows them; `moves` is None where somebody may not know them."""
    if moves is None:
        return {"moves": None}
    return {
        "moves": moves,
        "move_groups": grouped(moves, names),
        "moves_said": said(moves),
        "moves_left_out": left_out(moves),
    }


def grouped(moves: Moves, names: Mapping[str, str]) -> list[Group]:
    """The moves by what happens: gained, lost, ambiguous from now on, or no longer so."""
    kinds: dict[tuple[int, str, str], list[Move]] = {}
    for each in moves.rows:
        kind, name, icon = kind_of(each, names)
        kinds.setdefault((ORDER.index(kind), name, icon), []).append(each)
    return [
        Group(name, icon, len(rows), sum(row.contacts for row in rows), tuple(lines(rows[:SHOWN], names)))
        for (_, name, icon), rows in sorted(kinds.items(), key=lambda pair: pair[0])
    ]


def said(moves: Moves) -> str:
    """How much moves, in words. A title that was nobody's and is ruled out now moves no contact."""
    moving = [row for row in moves.rows if row.before.personas != row.after.personas]
    rest = len(moves.rows) - len(moving)
    contacts = sum(row.contacts for row in moving)
    parts = [f"{many(len(moving), 'title')} and {many(contacts, 'contact')} move" if moving else "No contact moves"]
    if rest:
        parts.append(f"{many(rest, 'title')} {'stays' if rest == 1 else 'stay'} with nobody, for another reason")
    return "; ".join(parts)


def left_out(moves: Moves) -> str:
    """What was not looked at, in words; empty where everything was."""
    if moves.whole:
        return ""
    return f"Looked at are the {moves.looked:,} titles of most contacts; rarer ones may move too."


def kind_of(move: Move, names: Mapping[str, str]) -> tuple[str, str, str]:
    """What happens to a title: its kind, in words, and an icon."""
    before, after = move.before.personas, move.after.personas
    if len(after) > 1 and len(before) < 2:
        return "ambiguous", "Become ambiguous", "help"
    if len(before) > 1 and len(after) < 2:
        return "settled", "Stop being ambiguous", "check_circle"
    if not before and after:
        return "gains", f"{names.get(after[0], after[0])} gains", "add_circle"
    if before and not after:
        return "loses", f"{names.get(before[0], before[0])} loses", "do_not_disturb_on"
    if before:
        return "swaps", "Stand for others than before", "swap_horiz"
    return "other", "Stay with nobody, for another reason", "block"


def lines(rows: Iterable[Move], names: Mapping[str, str]) -> Iterable[Line]:
    for each in rows:
        yield Line(each.title, many(each.contacts, "contact"), whom(each.before, names), whom(each.after, names))


def whom(answer: Answer, names: Mapping[str, str]) -> str:
    """Whom a title stands for, in words."""
    return " or ".join(names.get(key, key) for key in answer.personas) or NOBODY.get(answer.result, "nobody")


def many(number: int, thing: str) -> str:
    """The number with its thing: "1 title", "2,000 contacts"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
