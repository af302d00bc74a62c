"""A place for how many accounts a criterion holds for. What fills it lies outside: this package knows no accounts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from personas.rules.conditions import Condition
from personas.rules.document import Document


@dataclass(frozen=True)
class Counts:
    """How many of `of` accounts a condition holds for, fails for, and is open for; `sampled`: of a sample only."""

    hold: int
    fail: int
    open: int
    sampled: bool = False

    @property
    def of(self) -> int:
        return self.hold + self.fail + self.open


# Takes a document that has the vocabulary, and conditions over it; gives the counts of each, or None for unknown.
Provider = Callable[[Document, Sequence[Condition]], Sequence[Counts | None]]

provider: Provider | None = None


def register(found: Provider | None) -> None:
    """From now on `found` counts; None: nothing is shown."""
    global provider
    provider = found


def count(document: Document, conditions: Sequence[Condition]) -> Sequence[Counts | None]:
    """The counts of each condition; None for each while nobody counts."""
    return [None] * len(conditions) if provider is None else provider(document, conditions)
