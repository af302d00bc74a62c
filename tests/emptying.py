"""Tables that are empty again after a test that committed, but for what migrations leave in them.

Django truncates every table and makes content types and permissions anew after
each such test, which takes ten times as long.
"""

from collections.abc import Sequence

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

KEPT = tuple(model._meta.db_table for model in (ContentType, Permission, Group, Group.permissions.through))
"""In the order in which their rows can be written."""


def remember() -> None:
    """What stands in the tables now is put back whenever they were emptied."""
    with connection.cursor() as cursor:
        for table in KEPT:
            cursor.execute(f"DROP TABLE IF EXISTS kept_{table}")
            cursor.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")


def empty(*_: object) -> None:
    """Every table is as the migrations left it, and no number that was given is given again."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")  # as they are on PostgreSQL
        # More than once, because triggers write down that a row has gone.
        while tables := to_empty():
            for table in tables:
                cursor.execute(f"DELETE FROM {table}")
            for table in KEPT:
                if table in tables:
                    cursor.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")


def to_empty() -> Sequence[str]:
    """The tables that hold a row, or other rows than those that are kept."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    asked = [f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names if name not in KEPT]
    for name in KEPT:
        for one, other in ((name, f"kept_{name}"), (f"kept_{name}", name)):
            asked.append(f"SELECT '{name}' WHERE EXISTS (SELECT * FROM {one} EXCEPT SELECT * FROM {other})")
    with connection.cursor() as cursor:
        cursor.execute(" UNION ".join(asked))
        return [name for (name,) in cursor.fetchall()]
