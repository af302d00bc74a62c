"""Reading one part of the draft with the words of the whole: what is wrong with it, and as of when it was read."""

from collections.abc import Mapping, Sequence

from django.db import models
from django.forms.models import model_to_dict

from personas.models import CustomFact, NamedList
from personas.publishing import fact_row
from personas.rules.conditions import Condition
from personas.rules.document import NamedList as ListOfNames
from personas.rules.errors import Fault, RuleError
from personas.rules.facts import Fact
from personas.rules.reading import DocumentReader

from .revisions import ChangedMeanwhile, hash_of


def draft_reader() -> DocumentReader:
    """A reader that knows the facts and lists of the draft; of the lists only their names."""
    reader = DocumentReader()
    reader.vocabulary.update(custom_facts(reader))
    reader.conditions.lists = draft_lists()
    reader.faults.clear()
    return reader


def custom_facts(reader: DocumentReader) -> dict[str, Fact]:
    return {row.key: reader.custom_fact(row.key, fact_row(row)) for row in CustomFact.objects.all()}


def draft_lists() -> Mapping[str, ListOfNames]:
    """The lists of the draft by key, without their entries."""
    return {row.key: ListOfNames(row.key, row.title, row.match) for row in NamedList.objects.all()}


def read_condition(reader: DocumentReader, raw: object, path: str, *, bonus: bool) -> Condition | None:
    """The condition that `raw` describes; None with the faults in the reader."""
    return reader.conditions.read(raw, path, bonus=bonus)


def refuse(faults: Sequence[Fault]) -> None:
    """Raise RuleError where there is a fault."""
    if faults:
        raise RuleError(faults)


def too_long(raw: Mapping[str, object], **longest: int) -> list[Fault]:
    """A fault for every text that is longer than its column."""
    return [
        Fault(name, f"has {len(text):,} characters", f"at most {most}")
        for name, most in longest.items()
        if isinstance(text := raw.get(name), str) and len(text) > most
    ]


def version(row: models.Model, *more: models.Model) -> str:
    """A word that changes whenever the rows do."""
    return hash_of([model_to_dict(each) for each in (row, *more)])[:16]


def require(base: str, row: models.Model, *more: models.Model) -> None:
    """Raise ChangedMeanwhile unless the rows are still as they were when `base` was their version."""
    if base and base != version(row, *more):
        raise ChangedMeanwhile
