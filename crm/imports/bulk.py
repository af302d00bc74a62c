"""Many rows into one table at once: COPY on PostgreSQL, one prepared statement on SQLite.

The ORM makes an object for each row, which costs more than all the rest of an
import. Triggers and constraints work as ever.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models


def insert(model: type[models.Model], attributes: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Afterwards these rows, each a value an attribute, are in the model's table; other columns are NULL."""
    by_attribute = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_attribute[attribute] for attribute in attributes]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            raw: Any = cursor
            # The cursor raises errors of its own here, unless they are made those of every database.
            with connection.wrap_database_errors, raw.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(fields))
            if ready := prepared(fields, rows):
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", ready)  # noqa: S608


def update(
    model: type[models.Model], keys: Sequence[str], attributes: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Afterwards the rows with these keys have these values; each row gives the keys first, then the values.

    Callers have locked the rows, and give them in ascending key.
    """
    by_attribute = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_attribute[attribute] for attribute in (*keys, *attributes)]
    ready = prepared(fields, rows)
    if not ready:
        return
    quote = connection.ops.quote_name
    table, columns = quote(model._meta.db_table), [quote(str(field.column)) for field in fields]
    changed, found_by = columns[len(keys) :], columns[: len(keys)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            types = [(field.db_type(connection) or "text").partition("(")[0].partition(" CHECK")[0] for field in fields]
            cursor.execute(
                f"UPDATE {table} AS t SET {', '.join(f'{each} = n.{each}' for each in changed)}"  # noqa: S608
                f" FROM unnest({', '.join(f'%s::{each}[]' for each in types)}) AS n ({', '.join(columns)})"
                f" WHERE {' AND '.join(f't.{each} = n.{each}' for each in found_by)}",
                [list(column) for column in zip(*ready, strict=True)],
            )
        else:
            cursor.executemany(
                f"UPDATE {table} SET {', '.join(f'{each} = %s' for each in changed)}"  # noqa: S608
                f" WHERE {' AND '.join(f'{each} = %s' for each in found_by)}",
                [[*row[len(keys) :], *row[: len(keys)]] for row in ready],
            )


def prepared(fields: Sequence[Any], rows: Iterable[Sequence[object]]) -> list[list[Any]]:
    """The values as the database takes them."""
    # Not the proxy that finds it anew for each value.
    database = connections[DEFAULT_DB_ALIAS]
    ways = [field.get_db_prep_save for field in fields]
    return [
        [None if value is None else way(value, database) for way, value in zip(ways, row, strict=True)] for row in rows
    ]


def new_keys(model: type[models.Model], number: int) -> list[int]:
    """Ascending primary keys that no row has and that no other session is given."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, number]
            )
            return sorted(key for (key,) in cursor.fetchall())
        # The write lock is ours, and the rows that follow move the sequence on.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        last: int = found[0] if found else 0
        return list(range(last + 1, last + 1 + number))
