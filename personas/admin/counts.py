"""A place for how many accounts a criterion holds for. What fills it lies outside: this package knows no accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from personas.rules.conditions import Condition, Missing
from personas.rules.document import Document

from .provided import Asked, Provided


@dataclass(frozen=True)
class Counts:
    """How many accounts a condition holds for, fails for, and is open for."""

    hold: int
    fail: int
    open: int

    @property
    def of(self) -> int:
        return self.hold + self.fail + self.open


@dataclass(frozen=True)
class Sample:
    """The counts of each condition among `of` accounts; `every`: these are all there are."""

    counts: Sequence[Counts]
    of: int
    every: bool


@dataclass(frozen=True)
class Whole:
    """The counts of each condition among all accounts, as of a moment; none of them before they are `done`."""

    state: str
    percent: int
    looked: int
    total: int
    as_of: datetime
    counts: Sequence[Counts] = ()


class Provider(Asked, Protocol):
    """What counts accounts. A document brings the facts, lists and personas that the conditions read."""

    def sample(self, words: Document, conditions: Sequence[Condition], missing: Missing) -> Sample:
        """The counts of some accounts, at once."""

    def find(self, words: Document, conditions: Sequence[Condition], missing: Missing) -> Whole | None:
        """The counts of all accounts, as far as they are; None where nobody asked."""

    def start(self, words: Document, conditions: Sequence[Condition], missing: Missing) -> Whole:
        """The counts of all accounts, which are now on their way."""


provided = Provided[Provider]()
register, provider_for = provided.register, provided.to
