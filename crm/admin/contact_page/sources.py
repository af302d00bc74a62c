"""What the page of a contact says of where each fact comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.admin.history import who
from crm.models import Contact
from crm.origins import FACTS


@dataclass(frozen=True)
class Line:
    """One fact: its label, whose word it is, of which day, and whether a person said it."""

    label: str
    source: str
    on: date | None
    by_person: bool


def sources_of(contact: Contact) -> Sequence[Line]:
    """The facts of the contact that have a source, in the order of the form; one query."""
    rows = {row.fact: row for row in contact.sources.select_related("person")}
    return [
        Line(
            label=str(label_of(fact)),
            source=f"Entered by {who(row.person)}" if row.person else row.source,
            on=row.observed_on,
            by_person=row.person_id is not None,
        )
        for fact in FACTS
        if (row := rows.get(fact)) is not None
    ]


def label_of(fact: str) -> str:
    field: Any = Contact._meta.get_field(fact)
    label = str(field.verbose_name)
    return label[:1].upper() + label[1:]
