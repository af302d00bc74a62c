"""Where the facts of a record come from, and which of it is still to be stored."""

from collections.abc import Iterator
from typing import Generic, TypeVar

Origin = TypeVar("Origin")
"""What is known of where a fact comes from."""


class Sources(Generic[Origin]):
    """Where each fact of one record comes from, as it stands or will stand once this is written."""

    def __init__(self) -> None:
        self.by_fact: dict[str, Origin] = {}
        self.new: set[str] = set()
        self.changed: set[str] = set()
        self.gone: set[str] = set()

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.new or self.changed or self.gone)

    def get(self, fact: str) -> Origin | None:
        return self.by_fact.get(fact)

    def load(self, fact: str, origin: Origin) -> None:
        """This is what is stored of the fact."""
        self.by_fact[fact] = origin

    def put(self, fact: str, origin: Origin) -> None:
        """Afterwards the fact comes from there."""
        if fact in self.gone:
            self.gone.discard(fact)
            self.changed.add(fact)
        elif fact not in self.by_fact:
            self.new.add(fact)
        elif fact not in self.new:
            self.changed.add(fact)
        self.by_fact[fact] = origin

    def drop(self, fact: str) -> bool:
        """Whether the fact had a source, which it then has no more."""
        if self.by_fact.pop(fact, None) is None:
            return False
        if fact in self.new:
            self.new.discard(fact)
        else:
            self.changed.discard(fact)
            self.gone.add(fact)
        return True

    def to_insert(self) -> Iterator[tuple[str, Origin]]:
        """The facts that had no source, with the one that they have now."""
        return ((fact, self.by_fact[fact]) for fact in sorted(self.new))

    def to_update(self) -> Iterator[tuple[str, Origin]]:
        """The facts that had another source, with the one that they have now."""
        return ((fact, self.by_fact[fact]) for fact in sorted(self.changed))

    def written(self) -> None:
        """Afterwards all of it is taken for stored."""
        for each in (self.new, self.changed, self.gone):
            each.clear()

    def clear(self) -> None:
        """Nothing is known of any source."""
        self.by_fact.clear()
        self.written()
