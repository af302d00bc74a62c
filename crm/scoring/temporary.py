"""Temporary tables: filled quickly, and known to the planner."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from .dialect import postgresql

INSERT_ROWS = 400
MANY_ROWS = 200


def insert_rows(table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Insert `rows` into a temporary table: by COPY on PostgreSQL, many a statement on SQLite.

    Where they are many PostgreSQL learns so; without that it may join by nested loops.
    """
    with connection.cursor() as cursor:
        if postgresql():
            count = 0
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for count, row in enumerate(rows, 1):  # noqa: B007 - counted
                    copy.write_row(row)
            if count >= MANY_ROWS:
                analyze(table)
            return
        batch: list[Sequence[Any]] = []

        def flush() -> None:
            if batch:
                marks = "(" + ", ".join(["%s"] * len(batch[0])) + ")"
                values = ", ".join([marks] * len(batch))
                cursor.execute(f"INSERT INTO {table} VALUES {values}", [each for row in batch for each in row])
                batch.clear()

        for row in rows:
            batch.append(row)
            if len(batch) * len(row) >= INSERT_ROWS * 10:
                flush()
        flush()


def analyze(*tables: str) -> None:
    """PostgreSQL knows how many rows these temporary tables hold; without that it may join by nested loops."""
    if postgresql():
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(tables)}")


def use_memory() -> None:
    """Sorts and hashes of this transaction may use more memory on PostgreSQL; no compiling of small queries."""
    if postgresql():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64MB'")
            cursor.execute("SET LOCAL jit = off")
