"""Turns at what does not exist yet: two calls that would make the same company or contact come one after the other.

Rows that exist are locked in ascending id; rows that do not cannot be. So
whoever may make rows first takes the turnstiles of their keys, in ascending
order, and only then looks what is there. There are few turnstiles: a call
holds a handful of locks however many rows it has, and two calls without a key
in common seldom meet. SQLite has one writer and needs none.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar
from zlib import crc32

from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from psycopg import errors

from crm.broker import origin

from .answers import AT_ODDS, Answer, Done, Fault

T = TypeVar("T")
R = TypeVar("R", bound="Row")

TURNSTILES = 64
SPACE = 4_717
PATIENCE = "20s"
STATEMENT_MS = 30_000
ATTEMPTS = 5


class Row(Protocol):
    """A row that is read; `line` is its place among the rows sent."""

    @property
    def line(self) -> int: ...


def be_patient() -> None:
    """Until the end of this transaction whoever holds a row that it needs is waited for, as long as for a turn.

    For calls that somebody waits for; a job comes back later instead.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, TRUE)", [PATIENCE])
        # To wait is part of a statement, which ends with a page's patience otherwise.
        cursor.execute(
            "SELECT set_config('statement_timeout', GREATEST(setting::integer, %s)::text, TRUE)"
            " FROM pg_settings WHERE name = 'statement_timeout' AND setting <> '0'",
            [STATEMENT_MS],
        )


def take_turns(keys: Iterable[str]) -> None:
    """Until the end of this transaction nobody else makes rows with these keys; waits for whoever does."""
    if connection.vendor != "postgresql":
        return
    turnstiles = sorted({crc32(key.encode("utf-8", "replace")) % TURNSTILES for key in keys})
    if not turnstiles:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('lock_timeout', %s, TRUE)", [PATIENCE])
        for each in turnstiles:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [SPACE, each])
        cursor.execute("SELECT set_config('lock_timeout', %s, TRUE)", [before])


def in_a_savepoint(work: Callable[[], T]) -> T:
    """What `work` returns, all of it done or none of it; tried again when somebody else was in its way."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return work()
        except IntegrityError:
            if attempt == ATTEMPTS:
                raise
        except OperationalError as error:
            # The locks that were taken inside went with the savepoint, so that the other one goes on.
            if attempt == ATTEMPTS or not isinstance(origin(error), errors.DeadlockDetected):
                raise
    raise AssertionError


def settled(rows: Sequence[R], settle: Callable[[Sequence[R]], Done]) -> Done:
    """What `settle` makes of these rows; where some go against what nobody foresaw, each of them alone."""
    try:
        return in_a_savepoint(lambda: settle(rows))
    except (IntegrityError, DataError):
        if len(rows) == 1:
            answer = Answer(rows[0].line)
            answer.refuse(Fault("", AT_ODDS))
            return Done([answer])
    middle = len(rows) // 2
    first, second = settled(rows[:middle], settle), settled(rows[middle:], settle)
    return Done(first.answers + second.answers, first.companies | second.companies)
