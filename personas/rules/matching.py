"""Whether a name stands on an owned list."""

from .parts import NamedList
from .words import domain_key, name_key


class ListMatcher:
    """Answers, for one list, whether a name or domain is on it."""

    def __init__(self, named: NamedList) -> None:
        self.named = named
        self.domains = named.match == "domain"
        self.names = [name for entry in named.entries for name in (entry.name, *entry.aliases)]
        self.keys = {self.key(name) for name in self.names} - {""}
        self.inner: dict[str, list[tuple[str, ...]]] = {}
        if named.contains_from is not None and not self.domains:
            for name in self.names:
                key = self.key(name)
                if sum(letter.isalnum() for letter in key) >= named.contains_from:
                    parts = tuple(key.split())
                    self.inner.setdefault(parts[0], []).append(parts)

    def key(self, name: str) -> str:
        return domain_key(name) if self.domains else name_key(name)

    def matches(self, name: str) -> bool:
        """Whether `name` is an entry, an alias of one, a subdomain of one, or holds a long one."""
        key = self.key(name)
        if key in self.keys:
            return True
        if self.domains:
            labels = key.split(".")
            return any(".".join(labels[start:]) in self.keys for start in range(1, len(labels) - 1))
        if not self.inner:
            return False
        parts = tuple(key.split())
        return any(
            parts[start : start + len(inner)] == inner
            for start, word in enumerate(parts)
            for inner in self.inner.get(word, ())
        )

    def exact_names(self) -> list[str]:
        """Names that are on the list, each also in a spelling that no rule gives."""
        mark = "/" if self.domains else "."
        return [spelling for name in self.names for spelling in (name, name + mark)]

    def inner_names(self) -> list[str]:
        """Names that count inside a longer name too."""
        return [" ".join(parts) for found in self.inner.values() for parts in found]
