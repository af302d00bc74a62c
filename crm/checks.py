"""System checks: wiring that would make scores wrong stops the start."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error

from crm.facts import SOURCES, SetSource, Source
from crm.models import Company
from personas.rules.facts import BUILT_IN, Fact

COLUMN = re.compile(r"\bc\.(\w+)")


def check_facts(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """An error for every built-in fact that has no source, or reads a column that is missing or never NULL."""
    return list(problems(BUILT_IN, SOURCES))


def problems(facts: Mapping[str, Fact], sources: Mapping[str, Source]) -> Iterator[CheckMessage]:
    columns = {field.column: field for field in Company._meta.concrete_fields}
    for key in facts:
        source = sources.get(key)
        if source is None:
            yield Error(
                f"The fact {key!r} is read from nowhere.",
                hint="Give it a source in crm.facts.SOURCES, with a column of Company or a query.",
                id="crm.E001",
            )
            continue
        for column in sorted(set(COLUMN.findall(said(source)))):
            field = columns.get(column)
            if field is None:
                yield Error(
                    f"The fact {key!r} reads the column {column!r}, which Company does not have.",
                    hint="Add the column and a migration, or correct crm.facts.SOURCES.",
                    id="crm.E002",
                )
            elif not field.null:
                yield Error(
                    f"The fact {key!r} reads the column {column!r}, which cannot be NULL, so it could not be unknown.",
                    hint="Make the field null=True.",
                    id="crm.E003",
                )


def said(source: Source) -> str:
    """Everything that a source says in SQL about the company."""
    if isinstance(source, SetSource):
        return source.complete
    return " ".join(str(value) for name, value in vars(source).items() if name != "joins")
