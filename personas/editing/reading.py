"""Reading one part of the draft with the words of the whole: what is wrong with it, and as of when it was read."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import models
from django.forms.models import model_to_dict

from personas.models import CustomFact, NamedList, Persona, Profile
from personas.publishing import fact_row
from personas.rules.conditions import Compare, Condition, comparisons
from personas.rules.document import Document, Entry
from personas.rules.document import NamedList as ListOfNames
from personas.rules.document import Persona as Someone
from personas.rules.errors import Fault, RuleError
from personas.rules.facts import BUILT_IN, Fact
from personas.rules.operators import OPERATORS, Takes
from personas.rules.reading import DocumentReader

from .revisions import ChangedMeanwhile, hash_of


def draft_reader(subject: str = Profile.Subject.COMPANY) -> DocumentReader:
    """A reader that knows the facts and lists of the draft; of the lists only their names.

    Its conditions are those of a profile with this subject.
    """
    reader = DocumentReader()
    reader.conditions.subject = subject
    reader.vocabulary.update(custom_facts(reader))
    reader.conditions.lists = draft_lists()
    reader.faults.clear()
    return reader


def custom_facts(reader: DocumentReader) -> dict[str, Fact]:
    return {row.key: reader.custom_fact(row.key, fact_row(row)) for row in CustomFact.objects.all()}


def draft_lists() -> Mapping[str, ListOfNames]:
    """The lists of the draft by key, without their entries."""
    return {row.key: ListOfNames(row.key, row.title, row.match) for row in NamedList.objects.all()}


def draft_words(reader: DocumentReader, conditions: Iterable[Condition]) -> Document:
    """A document without profiles, with the facts, lists and personas of the draft that these conditions read."""
    asked = [each for condition in conditions for each in comparisons(condition)]
    facts = {each.fact for each in asked}
    keys = {each.value for each in asked if isinstance(each, Compare) and OPERATORS[each.operator].takes is Takes.LIST}
    lists = NamedList.objects.filter(key__in=keys).prefetch_related("entries") if keys else ()
    people = Persona.objects.all() if "buying_roles" in facts else ()
    return Document(
        lists=tuple(
            ListOfNames(
                row.key,
                row.title,
                row.match,
                row.contains_from,
                tuple(Entry(each.name, tuple(each.aliases)) for each in row.entries.all()),
            )
            for row in lists
        ),
        facts=tuple(
            fact
            for key, fact in reader.vocabulary.items()
            if key in facts and (fact.custom or fact != BUILT_IN.get(key))
        ),
        personas=tuple(Someone(row.key, row.key, buying_roles=tuple(row.buying_roles)) for row in people),
        vocabulary=dict(reader.vocabulary),
    )


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
