"""What only the application above knows, told to the pages of rules by whoever registers for it."""

from typing import Generic, Protocol, TypeVar

from django.contrib.auth.models import AnonymousUser, User


class Asked(Protocol):
    """What knows something, and who may know it."""

    def may(self, user: User | AnonymousUser) -> bool:
        """Whether this person may know it."""


P = TypeVar("P", bound=Asked)


class Provided(Generic[P]):
    """The place of one provider, empty until it registers."""

    def __init__(self) -> None:
        self.provider: P | None = None

    def register(self, found: P | None) -> None:
        """From now on `found` is asked; None: nobody is, and nothing is shown."""
        self.provider = found

    def to(self, user: User | AnonymousUser) -> P | None:
        """Who tells this person; None where nobody does, or the person may not know."""
        return self.provider if self.provider is not None and self.provider.may(user) else None
