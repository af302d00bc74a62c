"""Marks: whatever changes a fact raises the revision of its company, in the same transaction.

Database triggers do it, because `update`, `bulk_create`, cascades, raw SQL and
imports by COPY pass every hook that Django has. They are generated from what
the facts read, so a new fact cannot be forgotten. `install` runs after every
migrate; `faults` says what is missing.
"""

import hashlib
import logging
from collections.abc import Iterable

from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, connection, transaction

from crm.models import Fit

from .dialect import postgresql
from .reads import FIT, reads
from .triggers import MARK, NAMES, NOW, PREFIX, RAISE, RIPPLES, STAMPS, Trigger, triggers

logger = logging.getLogger(__name__)

INSTALL_LOCK = 4_712
MARK_BATCH = 20_000
REMEDY = "Run: python manage.py migrate"

# What is there

INSTALLED_POSTGRESQL = f"""
    SELECT t.tgname, c.relname, t.tgenabled <> 'D', COALESCE(obj_description(t.oid, 'pg_trigger'), ''), p.prosrc
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal AND t.tgname LIKE '{PREFIX}%%' AND pg_table_is_visible(c.oid)"""
MARK_FINGERPRINT = hashlib.sha256(MARK.encode()).hexdigest()[:16]


def faults() -> list[str]:
    """One sentence for each trigger that is missing, switched off, out of date or too many; empty when all is well."""
    wanted = {(each.table, each.name): each for each in triggers()}
    there = installed()
    out = []
    for (table, name), trigger in wanted.items():
        found = there.get((table, name))
        if found is None:
            out.append(f"The trigger {name} on {table} is missing.")
        elif found != trigger.fingerprint:
            out.append(f"The trigger {name} on {table} is {found or 'out of date'}.")
    out += [
        f"The trigger {name} on {table} is not of this version." for table, name in there if (table, name) not in wanted
    ]
    if postgresql() and not out and mark_fingerprint() != MARK_FINGERPRINT:
        out.append(f"The function {PREFIX} is missing or out of date.")
    return out


def installed() -> dict[tuple[str, str], str]:
    """The fingerprint of each trigger that is there, by table and name.

    "switched off" for one that is, and empty when its function was altered.
    """
    with connection.cursor() as cursor:
        if not postgresql():
            cursor.execute(
                f"SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '{PREFIX}%%'"
            )
            return {(table, name): Trigger(name, table, sql).fingerprint for name, table, sql in cursor.fetchall()}
        cursor.execute(INSTALLED_POSTGRESQL)
        wanted = {(each.table, each.name): each for each in triggers()}
        out = {}
        for name, table, enabled, fingerprint, source in cursor.fetchall():
            trigger = wanted.get((table, name))
            altered = trigger is not None and source.strip() != trigger.body.strip()
            out[table, name] = "switched off" if not enabled else "" if altered else fingerprint
        return out


def mark_fingerprint() -> str:
    """What the comment of the function that marks says; empty when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT obj_description(oid, 'pg_proc') FROM pg_proc WHERE proname = %s AND pg_function_is_visible(oid)",
            [PREFIX],
        )
        row = cursor.fetchone()
    return str(row[0] or "") if row else ""


def require() -> None:
    """Returns when every change will be marked; raises ImproperlyConfigured saying what is missing."""
    if found := faults():
        more = f" {len(found) - 1} more faults of this kind." if len(found) > 1 else ""
        raise ImproperlyConfigured(
            f"Changes would not be scored. {found[0]}{more} {REMEDY}, which installs what is missing."
        )


def require_where_reachable() -> None:
    """The same for a program that starts, which may do so before its database does."""
    try:
        require()
    except (InterfaceError, OperationalError) as error:
        logger.warning("triggers not looked at error=%s", type(error).__name__)
    finally:
        connection.close()


# Putting it there


def install() -> bool:
    """Afterwards every trigger is in place; True when one was not, and then every account is stale.

    What was changed while a trigger was missing nobody knows, so everything is looked at again.
    Does nothing while the tables of this version are not all there.
    """
    if not faults() or not tables_ready():
        return False
    if not postgresql():
        with transaction.atomic():
            replace_triggers()
            adopt()
            with connection.cursor() as cursor:
                cursor.execute(RAISE)
        return True
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [INSTALL_LOCK])
            cursor.execute(MARK)
        replace_triggers()
    adopt()
    mark_all()
    # Said last: an installation that was cut short before is done again.
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON FUNCTION {PREFIX}(bigint[]) IS '{MARK_FINGERPRINT}'")
    return True


def replace_triggers() -> None:
    """Afterwards the triggers of this version are there, and no others of ours."""
    remove()
    with connection.cursor() as cursor:
        for each in triggers():
            if each.function:
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {each.function}() RETURNS trigger LANGUAGE plpgsql AS $body$\n"
                    f"{each.body}\n$body$"
                )
            cursor.execute(each.sql)
            if postgresql():
                cursor.execute(f"COMMENT ON TRIGGER {each.name} ON {each.table} IS '{each.fingerprint}'")


def remove() -> None:
    """Afterwards none of our triggers is there; nothing is marked until they are installed again."""
    there = installed()
    with connection.cursor() as cursor:
        for table, name in there:
            cursor.execute(f"DROP TRIGGER {name}{f' ON {table}' if postgresql() else ''}")


def tables_ready() -> bool:
    """Whether every table and column is there that triggers read or write."""
    wanted = {
        **reads(),
        FIT: (*reads()[FIT], *STAMPS, "stale_since", "retry_at"),
        NAMES: ("table_name", "revision"),
        RIPPLES: ("source", "key", "since"),
    }
    with connection.cursor() as cursor:
        if not set(wanted) <= set(connection.introspection.table_names(cursor)):
            return False
        for table, columns in wanted.items():
            cursor.execute(f"SELECT * FROM {table} LIMIT 0")
            if not set(columns) <= {each[0] for each in cursor.description}:
                return False
    return True


# Marking by hand


def mark(companies: Iterable[int]) -> None:
    """These companies are stale, as if a fact of theirs had changed."""
    ids = sorted(set(companies))
    for start in range(0, len(ids), MARK_BATCH):
        batch = ids[start : start + MARK_BATCH]
        with connection.cursor() as cursor:
            if postgresql():
                cursor.execute(f"SELECT {PREFIX}(%s::bigint[])", [batch])
            else:
                cursor.execute(f"{RAISE} WHERE company_id IN ({', '.join(str(int(each)) for each in batch)})")


def mark_all() -> None:
    """Every company is stale, marked batch by batch so that nobody waits long."""
    above = 0
    while ids := list(Fit.objects.filter(pk__gt=above).order_by("pk").values_list("pk", flat=True)[:MARK_BATCH]):
        mark(ids)
        above = ids[-1]


def adopt(limit: int = 0) -> int:
    """Companies without a fit have one, stale; returns how many there were, `limit` (0: none) at most."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO crm_fit (company_id, facts_rev, scored_facts_rev, scored_ruleset, scored_engine, failures,
                stale_since)
            SELECT c.id, 1, 0, 0, 0, 0, {"now()" if postgresql() else NOW} FROM crm_company c
            WHERE NOT EXISTS (SELECT 1 FROM crm_fit f WHERE f.company_id = c.id)
            ORDER BY c.id{f" LIMIT {int(limit)}" if limit else ""} ON CONFLICT (company_id) DO NOTHING"""
        )
        return int(cursor.rowcount)
