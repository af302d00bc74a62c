"""Many rows into one table at once: COPY on PostgreSQL, one prepared statement on SQLite.

The ORM makes an object for each row, which costs more than all the rest of an
import. Triggers and constraints work as ever.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def insert(model: type[models.Model], attributes: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Afterwards these rows, each a value an attribute, are in the model's table; other columns are NULL."""
    by_attribute = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_attribute[attribute] for attribute in attributes]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            raw: Any = cursor
            with raw.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(fields))
            prepared = [
                [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)]
                for row in rows
            ]
            if prepared:
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", prepared)  # noqa: S608


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
