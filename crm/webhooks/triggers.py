"""The triggers that note what happens to contacts, deals and rulesets, for whoever asked to be told.

And those that keep ids in the order of commits (crm.webhooks.order).

Database triggers do it, because every path of writing passes them and none
passes anything else: an event is there exactly if what it tells of was
committed. While nobody asks for an event, nothing is written for it.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from crm.models import Outbox

PREFIX = "crm_tell"
INSTALL_LOCK = 4_714
CLAIMS = {"crm_outbox": 4_716, "crm_fitchange": 4_717}
"""The tables that are read in the order of their ids, with what tells their locks from others."""
ID_BITS = 48
TABLES = (*CLAIMS, "crm_personachange", "crm_webhooksubscription", "crm_titlepersona", "personas_ruleset")

DEAL_COLUMNS = (
    "name", "stage", "amount", "currency", "opened_on", "closed_on", "outcome_reason", "owner_id", "company_id",
)  # fmt: skip


@dataclass(frozen=True)
class Trigger:
    """A trigger as it should be; on PostgreSQL with the body of the function that it calls."""

    name: str
    table: str
    sql: str
    body: str = ""

    @property
    def fingerprint(self) -> str:
        """Changes with the definition."""
        return hashlib.sha256(f"{self.sql}\n{self.body}".encode()).hexdigest()[:16]


def postgresql() -> bool:
    return connection.vendor == "postgresql"


def asked_for(event: str) -> str:
    """Whether anybody is to be told of this event, in SQL."""
    return (
        "EXISTS (SELECT 1 FROM crm_webhooksubscription w WHERE w.state <> 'disabled'"
        f""" AND CAST(w.events AS text) LIKE '%"{event}"%')"""
    )


def triggers() -> list[Trigger]:
    """Every trigger that events need, on the database at hand."""
    return list(postgresql_triggers() if postgresql() else sqlite_triggers())


def changed(row: str, before: str, columns: tuple[str, ...]) -> str:
    """Whether any of these columns differs between two rows, in SQL."""
    word = "IS DISTINCT FROM" if postgresql() else "IS NOT"
    return " OR ".join(f"{before}.{column} {word} {row}.{column}" for column in columns)


def deal_json(row: str) -> str:
    """The columns of a deal as JSON, in SQL; the amount as text, as the column has it."""
    make = "json_build_object" if postgresql() else "json_object"
    pairs = ", ".join(
        f"'{column}', " + (f"CAST({row}.{column} AS text)" if column == "amount" else f"{row}.{column}")
        for column in DEAL_COLUMNS
    )
    return f"CAST({make}({pairs}) AS text)"


def personas_before(row: str) -> str:
    """The personas of the contact `row` as it was, by comma, in SQL: decided, or those of its title.

    A title that was matched again since, of which this contact was not told
    yet, still stands for what it stood for before.
    """
    said = (
        f"(SELECT string_agg(t.persona, ',' ORDER BY t.place, t.id) FROM crm_titlepersona t"
        f" WHERE t.title_id = {row}.title_id)"
        if postgresql()
        else "(SELECT group_concat(persona, ',') FROM (SELECT t.persona FROM crm_titlepersona t"
        f" WHERE t.title_id = {row}.title_id ORDER BY t.place, t.id))"
    )
    pending = (
        f"(SELECT p.before FROM crm_personachange p WHERE p.title = {row}.title_id AND p.done_to < {row}.id"
        " ORDER BY p.id LIMIT 1)"
    )
    return f"COALESCE({row}.persona, {pending}, {said}, '')"


# PostgreSQL: one statement, however many rows


def postgresql_triggers() -> Iterator[Trigger]:
    yield from map(claim, CLAIMS)
    note = (
        "INSERT INTO crm_personachange AS p (contact, before, after, done_to, since) {rows} ORDER BY 1"
        # The row is held, so that nobody tells of it before this transaction is over.
        " ON CONFLICT (contact) DO UPDATE SET since = p.since;"
    )
    inserted = note.format(rows="SELECT n.id, '', '', 0, now() FROM new_rows n")
    updated = note.format(
        rows=f"SELECT n.id, {personas_before('o')}, '', 0, now() FROM old_rows o JOIN new_rows n ON n.id = o.id"
        f" WHERE {changed('n', 'o', ('title_id', 'persona'))}"
    )
    persona = asked_for(Outbox.Event.PERSONA.value)
    yield statement("crm_contact", "insert", persona, inserted)
    yield statement("crm_contact", "update", persona, updated)

    tell = "INSERT INTO crm_outbox (event, company_id, deal, cause, before, after, at) "
    event, deal = Outbox.Event.DEAL.value, asked_for(Outbox.Event.DEAL.value)
    yield statement(
        "crm_deal",
        "insert",
        deal,
        f"{tell}SELECT '{event}', n.company_id, n.id, 'created', NULL, {deal_json('n')}, now() FROM new_rows n"
        " ORDER BY n.id;",
    )
    yield statement(
        "crm_deal",
        "update",
        deal,
        f"{tell}SELECT '{event}', n.company_id, n.id, 'updated', {deal_json('o')}, {deal_json('n')}, now()"
        f" FROM old_rows o JOIN new_rows n ON n.id = o.id WHERE {changed('n', 'o', DEAL_COLUMNS)} ORDER BY n.id;",
    )
    yield statement(
        "crm_deal",
        "delete",
        deal,
        f"{tell}SELECT '{event}', o.company_id, o.id, 'deleted', {deal_json('o')}, NULL, now() FROM old_rows o"
        " ORDER BY o.id;",
    )
    yield statement(
        "personas_ruleset",
        "insert",
        asked_for(Outbox.Event.RULESET.value),
        f"INSERT INTO crm_outbox (event, ruleset, cause, at) SELECT '{Outbox.Event.RULESET.value}', n.number,"
        " 'published', now() FROM new_rows n WHERE n.active ORDER BY n.number;",
    )


def claim(table: str) -> Trigger:
    """Whoever adds rows holds a lock that names the last id before theirs, until they are committed.

    One lock a transaction, however many statements it has: those to come take higher ids.
    """
    name, setting = f"{PREFIX}_claim", f"{PREFIX}.{table}"
    return Trigger(
        name,
        table,
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION {function_of(table, name)}()",
        f"""BEGIN
    IF COALESCE(current_setting('{setting}', true), '') = '' THEN
        PERFORM pg_advisory_xact_lock_shared({CLAIMS[table]}::bigint << {ID_BITS}
            | COALESCE(pg_sequence_last_value(pg_get_serial_sequence('{table}', 'id')::regclass), 0));
        PERFORM set_config('{setting}', 'claimed', true);
    END IF;
    RETURN NULL;
END""",
    )


def statement(table: str, event: str, when: str, action: str) -> Trigger:
    name = f"{PREFIX}_{event}"
    rows = {
        "insert": "NEW TABLE AS new_rows",
        "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "delete": "OLD TABLE AS old_rows",
    }[event]
    return Trigger(
        name,
        table,
        f"CREATE TRIGGER {name} AFTER {event.upper()} ON {table} REFERENCING {rows} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION {function_of(table, name)}()",
        f"BEGIN\n    IF {when} THEN\n        {action}\n    END IF;\n    RETURN NULL;\nEND",
    )


def function_of(table: str, name: str) -> str:
    return f"{PREFIX}_{table}_{name.removeprefix(PREFIX + '_')}"


# SQLite: row by row

NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"


def sqlite_triggers() -> Iterator[Trigger]:
    persona = asked_for(Outbox.Event.PERSONA.value)
    note = "INSERT INTO crm_personachange (contact, before, after, done_to, since) SELECT {}, {}, '', 0, " + NOW
    once = " WHERE NOT EXISTS (SELECT 1 FROM crm_personachange p WHERE p.contact = NEW.id)"
    yield row("crm_contact", "insert", "", persona, note.format("NEW.id", "''") + once)
    yield row(
        "crm_contact",
        "update",
        " OF title_id, persona",
        f"({changed('NEW', 'OLD', ('title_id', 'persona'))}) AND {persona}",
        note.format("NEW.id", personas_before("OLD")) + once,
    )
    event, deal = Outbox.Event.DEAL.value, asked_for(Outbox.Event.DEAL.value)
    tell = "INSERT INTO crm_outbox (event, company_id, deal, cause, before, after, at) SELECT "
    for what, word, known, before, after in (
        ("insert", "created", "NEW", "NULL", deal_json("NEW")),
        ("update", "updated", "NEW", deal_json("OLD"), deal_json("NEW")),
        ("delete", "deleted", "OLD", deal_json("OLD"), "NULL"),
    ):
        when = f"({changed('NEW', 'OLD', DEAL_COLUMNS)}) AND {deal}" if what == "update" else deal
        values = f"'{event}', {known}.company_id, {known}.id, '{word}', {before}, {after}, {NOW}"
        yield row("crm_deal", what, "", when, f"{tell}{values}")
    yield row(
        "personas_ruleset",
        "insert",
        "",
        f"NEW.active AND {asked_for(Outbox.Event.RULESET.value)}",
        "INSERT INTO crm_outbox (event, ruleset, cause, at)"
        f" SELECT '{Outbox.Event.RULESET.value}', NEW.number, 'published', {NOW}",
    )


def row(table: str, event: str, of: str, when: str, action: str) -> Trigger:
    name = f"{PREFIX}_{table}_{event}"
    return Trigger(
        name, table, f"CREATE TRIGGER {name} AFTER {event.upper()}{of} ON {table} WHEN {when} BEGIN {action}; END"
    )


# What is there, and putting it there


def installed() -> dict[tuple[str, str], str]:
    """The fingerprint of each trigger that is there, by table and name; of another version where it was altered."""
    with connection.cursor() as cursor:
        if not postgresql():
            cursor.execute(
                f"SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '{PREFIX}%%'"
            )
            return {(table, name): Trigger(name, table, sql).fingerprint for name, table, sql in cursor.fetchall()}
        cursor.execute(
            f"""SELECT t.tgname, c.relname, t.tgenabled <> 'D', COALESCE(obj_description(t.oid, 'pg_trigger'), '')
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE NOT t.tgisinternal AND t.tgname LIKE '{PREFIX}%%' AND pg_table_is_visible(c.oid)"""
        )
        return {(table, name): said if enabled else "switched off" for name, table, enabled, said in cursor.fetchall()}


def faults() -> list[str]:
    """One sentence for each trigger that is missing, out of date or too many; empty when all is well."""
    wanted = {(each.table, each.name): each.fingerprint for each in triggers()}
    there = installed()
    return [
        f"The trigger {name} on {table} is {'out of date' if (table, name) in there else 'missing'}."
        for (table, name), fingerprint in wanted.items()
        if there.get((table, name)) != fingerprint
    ] + [
        f"The trigger {name} on {table} is not of this version." for table, name in there if (table, name) not in wanted
    ]


def install() -> None:
    """Afterwards every trigger is in place. Does nothing while the tables are not all there."""
    with connection.cursor() as cursor:
        if not set(TABLES) <= set(connection.introspection.table_names(cursor)):
            return
    if not faults():
        return
    with connection.cursor() as cursor:
        if postgresql():
            cursor.execute("SELECT pg_advisory_lock(%s, 0)", [INSTALL_LOCK])
        try:
            remove()
            for each in triggers():
                if each.body:
                    cursor.execute(
                        f"CREATE OR REPLACE FUNCTION {function_of(each.table, each.name)}() RETURNS trigger"
                        f" LANGUAGE plpgsql AS $body$\n{each.body}\n$body$"
                    )
                cursor.execute(each.sql)
                if postgresql():
                    cursor.execute(f"COMMENT ON TRIGGER {each.name} ON {each.table} IS '{each.fingerprint}'")
        finally:
            if postgresql():
                cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [INSTALL_LOCK])


def remove() -> None:
    """Afterwards none of these triggers is there."""
    there = installed()
    with connection.cursor() as cursor:
        for table, name in there:
            cursor.execute(f"DROP TRIGGER {name}{f' ON {table}' if postgresql() else ''}")
