"""What PostgreSQL knows of the size of the tables that scoring reads."""

from django.db import connection

from .dialect import postgresql

# Autovacuum gets to it within a minute or so; until then plans are slow. A table that was empty when it was
# looked at last is the worst case: a few hundred contacts in it, joined by nested loops, take minutes.
OUTDATED = """
    SELECT quote_ident(schemaname) || '.' || quote_ident(relname) FROM pg_stat_user_tables
    WHERE relname LIKE 'crm\\_%' AND relname NOT IN ('crm_fitchange', 'crm_outbox')
        AND n_mod_since_analyze > 50 + 0.2 * n_live_tup"""


def refresh_statistics() -> list[str]:
    """Tables of which a fifth or more has changed are looked at again; returns which. Nothing on SQLite."""
    if not postgresql():
        return []
    with connection.cursor() as cursor:
        cursor.execute(OUTDATED)
        tables = [name for (name,) in cursor.fetchall()]
        for name in tables:
            cursor.execute(f"ANALYZE {name}")
    return tables
