"""The few words in which SQLite and PostgreSQL differ."""

from datetime import date
from decimal import Decimal

from django.db import connection

from personas.rules.facts import Number


def postgresql() -> bool:
    return connection.vendor == "postgresql"


def day_of(moment: str) -> str:
    """The UTC day of a moment, in SQL."""
    return f"(({moment}) AT TIME ZONE 'UTC')::date" if postgresql() else f"date({moment})"


def literal(value: Number | date) -> str:
    """A number or day as SQL writes it."""
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'" if postgresql() else f"'{value.isoformat()}'"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def differs(left: str, right: str) -> str:
    """Whether two values differ, NULL being a value like any other."""
    return f"{left} IS DISTINCT FROM {right}" if postgresql() else f"{left} IS NOT {right}"


def as_text(expression: str) -> str:
    return f"({expression})::text" if postgresql() else f"CAST(({expression}) AS TEXT)"


def big(expression: str) -> str:
    """`expression` as a whole number of 64 bits."""
    return f"({expression})::bigint" if postgresql() else f"({expression})"


def union_of_bits(column: str, bits: int) -> str:
    """The bits that any row of a group has set in `column`."""
    if postgresql():
        return f"BIT_OR({column})"
    return " | ".join(f"MAX({column} & {1 << bit})" for bit in range(bits)) if bits else "0"


def temporary(name: str, columns: str) -> str:
    """The statement that makes an empty temporary table."""
    return f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({columns})"
