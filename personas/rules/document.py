"""The rule document as a whole: reading it, writing it, and what it is known by."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from . import texts
from .errors import RuleError
from .facts import Fact
from .parts import Band, Case, Component, Entry, Line, NamedList, Persona, Profile, Statement
from .reading import FORMAT, DocumentReader
from .writing import case_data, fact_data, list_data, persona_data, profile_data


@dataclass(frozen=True)
class Document:
    """One whole set of rules.

    `profiles` are those of companies; those of people stand in `contact_profiles`.
    """

    lists: tuple[NamedList, ...] = ()
    facts: tuple[Fact, ...] = ()
    profiles: tuple[Profile, ...] = ()
    personas: tuple[Persona, ...] = ()
    cases: tuple[Case, ...] = ()
    vocabulary: Mapping[str, Fact] = field(default_factory=dict, compare=False, repr=False)
    contact_profiles: tuple[Profile, ...] = ()

    def ranked(self) -> tuple[Profile, ...]:
        """The segments, the one looked at first in front."""
        return tuple(sorted((each for each in self.profiles if each.rank is not None), key=lambda each: each.rank or 0))

    def for_contacts(self) -> "Document":
        """The same lists, facts and personas with the profiles of people as its profiles; no golden cases."""
        return replace(self, profiles=self.contact_profiles, contact_profiles=(), cases=())

    def content_hash(self) -> str:
        """64 hexadecimal digits that are the same for the same content, however it was written."""
        return hashlib.sha256(texts.dump_json(to_data(self), canonical=True).encode()).hexdigest()


def parse(text: str) -> Document:
    """The document that `text` (YAML or JSON) describes; raises RuleError with every fault."""
    return from_data(texts.load(text))


def from_data(data: object) -> Document:
    """The document that `data` (dicts and lists) describes; raises RuleError with every fault."""
    reader = DocumentReader()
    parts = reader.document(data)
    if reader.faults:
        raise RuleError(reader.faults)
    return Document(*parts)


def to_data(document: Document) -> dict[str, object]:
    """`document` as dicts and lists; what says nothing is left out."""
    out: dict[str, object] = {"format": FORMAT}
    if document.lists:
        out["lists"] = {each.key: list_data(each) for each in document.lists}
    if document.facts:
        out["facts"] = {each.key: fact_data(each) for each in document.facts}
    for key, members, make in (
        ("profiles", (*document.profiles, *document.contact_profiles), profile_data),
        ("personas", document.personas, persona_data),
        ("cases", document.cases, case_data),
    ):
        if members:
            out[key] = [cast(Callable[[object], object], make)(each) for each in members]
    return out


def to_yaml(document: Document) -> str:
    """`document` as YAML; parsing it gives an equal document with an equal hash."""
    return texts.dump_yaml(to_data(document))


def to_json(document: Document) -> str:
    """`document` as JSON; parsing it gives an equal document with an equal hash."""
    return texts.dump_json(to_data(document))


__all__ = [
    "Band",
    "Case",
    "Component",
    "Document",
    "Entry",
    "Line",
    "NamedList",
    "Persona",
    "Profile",
    "Statement",
    "from_data",
    "parse",
    "to_data",
    "to_json",
    "to_yaml",
]
