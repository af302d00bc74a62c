"""System checks: wiring that would make scores wrong stops the start."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution
from django.db import OperationalError

from crm.facts import SOURCES, SOURCES_OF_CONTACTS, SetSource, Source
from crm.models import Company, Contact
from crm.scoring.marks import REMEDY, faults, tables_ready
from crm.scoring.reads import ROUTES, reads
from personas.rules.facts import BUILT_IN, OF_CONTACTS, Fact

COLUMN = {"c": re.compile(r"\bc\.(\w+)"), "k": re.compile(r"\bk\.(\w+)")}


def check_facts(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """An error for every built-in fact that has no source, or reads a column that is missing or never NULL."""
    return [
        *problems(BUILT_IN, SOURCES),
        *problems(OF_CONTACTS, SOURCES_OF_CONTACTS),
        *unmarked_tables(reads()),
    ]


def unmarked_tables(tables: Iterable[str]) -> Iterator[CheckMessage]:
    for table in tables:
        if table not in ROUTES:
            yield Error(
                f"Facts are read from the table {table!r}, and nothing says whose facts its rows are.",
                hint="Give it a route in crm.scoring.reads.ROUTES, so that changes there are marked.",
                id="crm.E004",
            )


def check_marks(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A warning when a trigger is missing or out of date; nothing while the tables are not there either.

    No error, because `migrate` runs the checks of the database first and then
    mends it. What would leave changes unscored, the web and the workers,
    refuses to start (`marks.require`).
    """
    if not databases:
        return []
    try:
        found = faults() if tables_ready() else []
    except OperationalError:
        return []
    if not found:
        return []
    more = f" {len(found) - 1} more of this kind." if len(found) > 1 else ""
    return [Caution(f"Changes would not be scored. {found[0]}{more}", hint=REMEDY, id="crm.W005")]


def problems(facts: Mapping[str, Fact], sources: Mapping[str, Source]) -> Iterator[CheckMessage]:
    for key in facts:
        source = sources.get(key)
        if source is None:
            yield Error(
                f"The fact {key!r} is read from nowhere.",
                hint="Give it a source in crm.facts, with a column of Company or Contact, or a query.",
                id="crm.E001",
            )
            continue
        for alias, model in (("c", Company), ("k", Contact)):
            for column in sorted(set(COLUMN[alias].findall(said(source)))):
                yield from wrong_column(key, model, column)


def wrong_column(key: str, model: type[Company | Contact], column: str) -> Iterator[CheckMessage]:
    fields = {field.column: field for field in model._meta.concrete_fields}
    if column not in fields:
        yield Error(
            f"The fact {key!r} reads the column {column!r}, which {model.__name__} does not have.",
            hint="Add the column and a migration, or correct crm.facts.SOURCES.",
            id="crm.E002",
        )
    elif not fields[column].null:
        yield Error(
            f"The fact {key!r} reads the column {column!r}, which cannot be NULL, so it could not be unknown.",
            hint="Make the field null=True.",
            id="crm.E003",
        )


def said(source: Source) -> str:
    """Everything that a source says in SQL about the company or the contact."""
    if isinstance(source, SetSource):
        return source.complete
    return " ".join(str(value) for name, value in vars(source).items() if name != "joins")
