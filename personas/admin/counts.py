"""A place for how many accounts a criterion holds for. What fills it lies outside: this package knows no accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.contrib.auth.models import AnonymousUser, User

from personas.rules.conditions import Condition, Missing
from personas.rules.document import Document


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


class Provider(Protocol):
    """What counts accounts. A document brings the facts, lists and personas that the conditions read."""

    def may(self, user: User | AnonymousUser) -> bool:
        """Whether this person may know how many accounts there are of a kind."""

    def sample(self, words: Document, conditions: Sequence[Condition], missing: Missing) -> Sample:
        """The counts of some accounts, at once."""

    def find(self, words: Document, conditions: Sequence[Condition], missing: Missing) -> Whole | None:
        """The counts of all accounts, as far as they are; None where nobody asked."""

    def start(self, words: Document, conditions: Sequence[Condition], missing: Missing) -> Whole:
        """The counts of all accounts, which are now on their way."""


provider: Provider | None = None


def register(found: Provider | None) -> None:
    """From now on `found` counts; None: nothing is shown."""
    global provider
    provider = found


def provider_for(user: User | AnonymousUser) -> Provider | None:
    """Who counts for this person; None where nobody does, or the person may not know."""
    return provider if provider is not None and provider.may(user) else None
