"""Ids in the order in which they are committed, for whoever reads on from the last one that they have seen.

On PostgreSQL a transaction takes its ids before it is committed, so a lower id
may appear after a higher one was read. A trigger (crm.webhooks.triggers) has
each transaction that adds rows hold a lock which names the last id before its
own; up to the lowest of these nothing appears any more. SQLite has one writer
at a time.
"""

from django.db import connection, models

from .triggers import CLAIMS, ID_BITS, postgresql


def settled(model: type[models.Model]) -> int:
    """The id up to which every row is there that ever will be; to be asked before the rows are read.

    What this connection has written itself and not committed counts as there.
    """
    if not postgresql():
        return model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
    table = model._meta.db_table
    with connection.cursor() as cursor:
        # In this order: who begins between the two takes ids above the first number.
        cursor.execute(
            "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass), 0)", [table]
        )
        last = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT MIN((classid::bigint & %s) << 32 | objid::bigint) FROM pg_locks"
            " WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> %s = %s AND pid <> pg_backend_pid()"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [(1 << ID_BITS - 32) - 1, ID_BITS - 32, CLAIMS[table]],
        )
        (lowest,) = cursor.fetchone()
    return last if lowest is None else min(last, int(lowest))
