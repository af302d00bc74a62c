"""A place for what a published ruleset changed. What fills it lies outside: this package knows no accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.contrib.auth.models import AnonymousUser, User

from personas.models import Ruleset

from .provided import Asked, Provided


@dataclass(frozen=True)
class Figure:
    """So many accounts, and where they are listed; `link` empty where they are not."""

    said: str
    accounts: int
    link: str = ""

    @property
    def counted(self) -> str:
        return f"{self.accounts:,} account" if self.accounts == 1 else f"{self.accounts:,} accounts"


@dataclass(frozen=True)
class Move:
    """Accounts that went from one place to another; `predicted` None where nobody asked beforehand."""

    before: str
    after: str
    accounts: int
    link: str
    predicted: int | None = None

    @property
    def counted(self) -> str:
        return f"{self.accounts:,}"

    @property
    def foretold(self) -> str:
        return "" if self.predicted is None else f"{self.predicted:,}"


@dataclass(frozen=True)
class Prediction:
    """The simulation of the same rules that was read before they were published."""

    name: str
    link: str
    as_of: str
    compared_with: str
    said: str


@dataclass(frozen=True)
class Effect:
    """What a ruleset changed: `said` how far it is, `figures` and `moves` what is known by now.

    `final` says whether all accounts are counted.
    """

    said: str
    final: bool
    figures: Sequence[Figure] = ()
    moves: Sequence[Move] = ()
    prediction: Prediction | None = None


class Provider(Asked, Protocol):
    """What knows the effect of rulesets."""

    def briefly(self, rulesets: Sequence[Ruleset]) -> Mapping[int, tuple[str, str]]:
        """The effect of each of these in a line, and where the accounts are listed, by number."""

    def of(self, ruleset: Ruleset, user: User | AnonymousUser) -> Effect:
        """The effect of one of them."""


provided = Provided[Provider]()
register, provider_for = provided.register, provided.to
