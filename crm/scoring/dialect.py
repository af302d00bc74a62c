"""The few words in which SQLite and PostgreSQL differ."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal

import psycopg
from django.db import OperationalError, connection, transaction
from psycopg import errors

from personas.rules.facts import Number

LARGE_TABLE = 128 * 1024
LOCK_WAIT = "500ms"

Moment = datetime | str


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


def make_temporary(name: str, columns: str) -> None:
    """Afterwards there is an empty temporary table of this shape, whatever was there."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns})")


def as_moment(at: datetime) -> Moment:
    """A moment as a parameter of a statement, in the form in which columns keep it."""
    return at if postgresql() else connection.ops.adapt_datetimefield_value(at) or ""


def moment_type() -> str:
    """The type of a column that keeps moments."""
    return "timestamptz" if postgresql() else "text"


def midnight_after(day: str, days: int) -> str:
    """The moment, in UTC, at which the day `days` after `day` is over, in SQL."""
    if postgresql():
        return f"(({day}) + {days + 1})::timestamp AT TIME ZONE 'UTC'"
    return f"strftime('%Y-%m-%d 00:00:00', {day}, '+{days + 1} days')"


def earliest(moments: Sequence[str]) -> str:
    """The first of these moments in SQL, NULL where all are NULL."""
    if not moments:
        return "CAST(NULL AS timestamptz)" if postgresql() else "NULL"
    if postgresql():
        return f"LEAST({', '.join(moments)})"
    if len(moments) == 1:
        return moments[0]
    never = "'9999'"
    return f"NULLIF(MIN({', '.join(f'COALESCE({each}, {never})' for each in moments)}), {never})"


def clear(name: str) -> None:
    """The temporary table `name` is empty.

    Cutting a file costs PostgreSQL milliseconds, so it is done only where dead rows have made the table large.
    """
    with connection.cursor() as cursor:
        if postgresql():
            cursor.execute("SELECT pg_relation_size(%s::regclass) > %s", [name, LARGE_TABLE])
            if cursor.fetchone()[0]:
                cursor.execute(f"TRUNCATE {name}")
                return
        cursor.execute(f"DELETE FROM {name}")


@contextmanager
def by_index() -> Iterator[None]:
    """Inside, PostgreSQL looks into indexes and reads no table from end to end, whatever its statistics say.

    They are of a while ago: what was a long queue then is empty now, and looking
    for its first row would read a million.
    """
    if not postgresql():
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_mergejoin = off")
            cursor.execute("SET LOCAL enable_hashjoin = off")
        yield


def give_way() -> None:
    """Whoever edits goes before whoever scores: this transaction gives up before it makes anyone else do so."""
    if postgresql():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")


def is_in_the_way(error: OperationalError) -> bool:
    """Whether another session held what this one needed: trying again later will do."""
    cause = error.__cause__
    if isinstance(cause, psycopg.Error):
        return isinstance(cause, errors.LockNotAvailable | errors.DeadlockDetected | errors.SerializationFailure)
    return "locked" in str(error)


def is_too_slow(error: OperationalError) -> bool:
    """Whether a statement took longer than it may."""
    return isinstance(error.__cause__, errors.QueryCanceled)
