"""What is wrong with a rule document: where, what, and what would do."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a fault weighs: an ERROR is refused, a WARNING is shown to whoever publishes."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Fault:
    """One thing wrong at one place of a rule document."""

    path: str
    message: str
    hint: str = ""
    level: Level = Level.ERROR

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.path}: {self.message}{hint}"


class RuleError(Exception):
    """The document is refused. `faults` holds every reason, in the document's order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def guess(name: str, known: Iterable[str]) -> str:
    """A hint that names the known word nearest to `name`, or an empty text."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else ""


def choices_hint(known: Mapping[str, object] | Iterable[str]) -> str:
    """A hint that lists what may stand here."""
    return "one of: " + ", ".join(known)
