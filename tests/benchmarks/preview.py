"""Drafts to preview: nothing changed, one number, and a list that every investor is held against."""

from collections.abc import Iterator
from typing import NamedTuple

from personas.presets import preset_text
from personas.rules.document import Document, parse

EDITS = {
    "one number changed": ("{fact: employees, between: [15, 500]}", "{fact: employees, between: [15, 800]}"),
    "a list changed": ("      - Benchmark\n", "      - Benchmark\n      - A Name That Nobody Has\n"),
}


class Draft(NamedTuple):
    """A document, and how it differs from the preset."""

    name: str
    document: Document


def drafts() -> Iterator[Draft]:
    """The documents to preview; raises LookupError where the preset no longer says what is to be changed."""
    text = preset_text()
    yield Draft("nothing changed", parse(text))
    for name, (old, new) in EDITS.items():
        if old not in text:
            raise LookupError(f"the preset no longer says {old!r}")
        yield Draft(name, parse(text.replace(old, new, 1)))
