"""The triggers that mark: their definitions for both databases, generated from what the facts read."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .dialect import differs, postgresql
from .reads import COMPANY, FIT, NAMED_FIRST, ROUTES, Route, name_columns, reads

PREFIX = "crm_mark"
STAMPS = ("facts_rev", "scored_facts_rev", "scored_ruleset", "scored_engine")
NAMES = "crm_namerevision"
RIPPLES = "crm_ripple"
GUARD = "A stamp of crm_fit never decreases: leave crm.fit out of what you load, it is worked out again"


@dataclass(frozen=True)
class Trigger:
    """A trigger as it should be; on PostgreSQL with the function that it calls."""

    name: str
    table: str
    sql: str
    function: str = ""
    body: str = ""

    @property
    def fingerprint(self) -> str:
        """Changes with the definition."""
        return hashlib.sha256(f"{self.sql}\n{self.body}".encode()).hexdigest()[:16]


def triggers() -> list[Trigger]:
    """Every trigger that this version of the product needs, on the database at hand."""
    return list(postgresql_triggers() if postgresql() else sqlite_triggers())


def events(table: str) -> tuple[str, ...]:
    """The events after which rows of `table` change facts."""
    if table == COMPANY:
        return ("insert", "update")
    return ("update", "delete") if table in NAMED_FIRST else ("insert", "update", "delete")


# PostgreSQL: one statement, one mark or ripple, however many rows

MARK = f"""
CREATE OR REPLACE FUNCTION {PREFIX}(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    -- In ascending order, as everyone who locks fits does.
    IF cardinality(ids) > 1 THEN
        PERFORM 1 FROM crm_fit WHERE company_id = ANY (ids) ORDER BY company_id FOR NO KEY UPDATE;
    END IF;
    UPDATE crm_fit SET facts_rev = facts_rev + 1, stale_since = COALESCE(stale_since, now()), retry_at = NULL
    WHERE company_id = ANY (ids);
END $body$"""


def postgresql_triggers() -> Iterator[Trigger]:
    for table in reads():
        for event in events(table):
            yield statement_trigger(table, event, mark_body(table, event))
        if table != FIT:
            yield statement_trigger(table, "truncate", all_body())
    lower = " OR ".join(f"NEW.{stamp} < OLD.{stamp}" for stamp in STAMPS)
    yield Trigger(
        f"{PREFIX}_guard",
        FIT,
        f"CREATE TRIGGER {PREFIX}_guard BEFORE UPDATE ON {FIT} FOR EACH ROW WHEN ({lower})"
        f" EXECUTE FUNCTION {PREFIX}_guard()",
        f"{PREFIX}_guard",
        f"BEGIN RAISE EXCEPTION '{GUARD}' USING ERRCODE = 'integrity_constraint_violation'; END",
    )


def statement_trigger(table: str, event: str, body: str) -> Trigger:
    name = f"{PREFIX}_{event}"
    function = f"{PREFIX}_{table.removeprefix('crm_')}_{event}"
    rows = {
        "insert": " REFERENCING NEW TABLE AS new_rows",
        "update": " REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "delete": " REFERENCING OLD TABLE AS old_rows",
        "truncate": "",
    }[event]
    # Marks are updates of crm_fit themselves, of columns that no fact reads.
    unless_marking = " WHEN (pg_trigger_depth() = 0)" if table == FIT else ""
    return Trigger(
        name,
        table,
        f"CREATE TRIGGER {name} AFTER {event.upper()} ON {table}{rows} FOR EACH STATEMENT{unless_marking}"
        f" EXECUTE FUNCTION {function}()",
        function,
        body,
    )


def changed_rows(table: str, event: str) -> str:
    """A query of the rows whose columns that facts read are new, gone or different."""
    columns = ", ".join(dict.fromkeys((key_of(table), *reads()[table])))
    old, new = f"SELECT {columns} FROM old_rows", f"SELECT {columns} FROM new_rows"
    if event == "insert":
        return new
    if event == "delete":
        return old
    return f"({old} EXCEPT {new}) UNION ALL ({new} EXCEPT {old})"


def key_of(table: str) -> str:
    return {FIT: "company_id", "crm_contactfit": "contact_id"}.get(table, "id")


def mark_body(table: str, event: str) -> str:
    """The body of the function that marks the companies of the changed rows, or has them followed later."""
    if (table, event) == (COMPANY, "insert"):
        return """BEGIN
    INSERT INTO crm_fit (company_id, facts_rev, scored_facts_rev, scored_ruleset, scored_engine, failures, stale_since)
    SELECT id, 1, 0, 0, 0, 0, now() FROM new_rows ON CONFLICT (company_id) DO NOTHING;
    RETURN NULL;
END"""
    route = ROUTES[table]
    return ripple_body(table, event, route) if route.through else own_body(table, event, route)


def own_body(table: str, event: str, route: Route) -> str:
    return f"""DECLARE ids bigint[];
BEGIN
    ids := (SELECT array_agg(company_id ORDER BY company_id) FROM (SELECT DISTINCT x.{route.key} AS company_id
        FROM ({changed_rows(table, event)}) x WHERE x.{route.key} IS NOT NULL) found);
    IF ids IS NOT NULL THEN
        PERFORM {PREFIX}(ids);
    END IF;
    RETURN NULL;
END"""


def ripple_body(table: str, event: str, route: Route) -> str:
    """Who points to the changed rows is looked up once they are committed (crm.scoring.ripples)."""
    only = f" AND {route.only}" if route.only else ""
    return f"""BEGIN
    -- A plan made for many rows must not serve for one: EXECUTE plans anew.
    EXECUTE $query$
        INSERT INTO {RIPPLES} (source, key, since) SELECT DISTINCT '{table}', x.{route.key}, now()
        FROM ({changed_rows(table, event)}) x WHERE x.{route.key} IS NOT NULL{only}
    $query$;{names_changed(table, event)}
    RETURN NULL;
END"""


def names_changed(table: str, event: str) -> str:
    """The statements that raise the revision of the names in `table`."""
    column = name_columns().get(table)
    if column is None or event == "insert":
        return ""
    raise_it = f"""INSERT INTO {NAMES} AS n (table_name, revision) VALUES ('{table}', 1)
            ON CONFLICT (table_name) DO UPDATE SET revision = n.revision + 1;"""
    moved = f"SELECT id, {column} FROM old_rows"
    if event == "update":
        moved += f" EXCEPT SELECT id, {column} FROM new_rows"
    return f"""
    IF EXISTS ({moved}) THEN
        {raise_it}
    END IF;"""


def all_body() -> str:
    return """BEGIN
    UPDATE crm_fit SET facts_rev = facts_rev + 1, stale_since = COALESCE(stale_since, now()), retry_at = NULL;
    RETURN NULL;
END"""


# SQLite: row by row

NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
RAISE = f"UPDATE {FIT} SET facts_rev = facts_rev + 1, stale_since = COALESCE(stale_since, {NOW}), retry_at = NULL"


def sqlite_triggers() -> Iterator[Trigger]:
    for table, columns in reads().items():
        for event in events(table):
            yield row_trigger(table, event, columns)
    lower = " OR ".join(f"NEW.{stamp} < OLD.{stamp}" for stamp in STAMPS)
    yield Trigger(
        f"{PREFIX}_guard",
        FIT,
        f"CREATE TRIGGER {PREFIX}_guard BEFORE UPDATE ON {FIT} WHEN {lower} BEGIN SELECT RAISE(ABORT, '{GUARD}'); END",
    )


def row_trigger(table: str, event: str, columns: Sequence[str]) -> Trigger:
    name = f"{PREFIX}_{table.removeprefix('crm_')}_{event}"
    if (table, event) == (COMPANY, "insert"):
        body = (
            f"INSERT INTO {FIT} (company_id, facts_rev, scored_facts_rev, scored_ruleset, scored_engine, failures,"
            f" stale_since) SELECT NEW.id, 1, 0, 0, 0, 0, {NOW}"
            f" WHERE NOT EXISTS (SELECT 1 FROM {FIT} WHERE company_id = NEW.id);"
        )
        return Trigger(name, table, f"CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN {body} END")
    rows = {"insert": ("NEW",), "delete": ("OLD",), "update": ("OLD", "NEW")}[event]
    of, when = "", ""
    if event == "update":
        of = f" OF {', '.join(columns)}"
        when = " WHEN " + " OR ".join(differs(f"OLD.{column}", f"NEW.{column}") for column in columns)
    concerned = " UNION ".join(companies_of(table, row) for row in rows)
    body = f"{RAISE} WHERE company_id IN ({concerned});"
    column = name_columns().get(table)
    if column and event != "insert":
        body += (
            f" INSERT INTO {NAMES} (table_name, revision) VALUES ('{table}', 1)"
            f" ON CONFLICT (table_name) DO UPDATE SET revision = revision + 1;"
        )
    return Trigger(name, table, f"CREATE TRIGGER {name} AFTER {event.upper()}{of} ON {table}{when} BEGIN {body} END")


def companies_of(table: str, row: str) -> str:
    """A query of the companies whose facts the row OLD or NEW holds."""
    route = ROUTES[table]
    key = f"{row}.{route.key}"
    return (
        f"SELECT {route.company} FROM {route.through} WHERE {route.on.format(key=key)}"
        if route.through
        else f"SELECT {key}"
    )
