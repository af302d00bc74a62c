"""Ripples: changes of what accounts point to, followed to those accounts once they are committed.

A contact's title is one fact with two ends: the contact says which title it
has, the title whom it stands for. Two transactions may change one end each at
the same time, and neither sees the other. A mark set by looking for contacts
before the commit would miss one. Whoever ties an account to something marks the
account itself; whoever changes what is tied leaves a ripple, and `spread` looks
for the accounts afterwards: what is tied by then is found, and what is tied
later comes with a mark of its own.

SQLite has one writer at a time, so there its triggers mark everything at once.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import OperationalError, connection, transaction

from crm.models import Ripple

from .dialect import give_way, is_in_the_way, postgresql
from .reads import COMPANY, ROUTES
from .triggers import RIPPLES

RIPPLES_AT_ONCE = 10_000
ACCOUNTS_AT_ONCE = 20_000


def spread() -> int:
    """The accounts that read what has changed are stale, as of when it did; returns how many were marked.

    Those that somebody edits meanwhile are left for the next time, noted as ripples of their own.
    """
    if not postgresql():
        return 0
    total = 0
    while Ripple.objects.exists():
        try:
            with transaction.atomic():
                give_way()
                marked = spread_some()
        except OperationalError as error:
            if not is_in_the_way(error):
                raise
            break
        if marked is None:
            break
        total += marked
    return total


def spread_some() -> int | None:
    """The same for the oldest ripples; None when there was nothing to be done, or somebody holds all of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""DELETE FROM {RIPPLES} WHERE id IN (
                SELECT id FROM {RIPPLES} ORDER BY id LIMIT {RIPPLES_AT_ONCE} FOR UPDATE SKIP LOCKED)
            RETURNING source, key, since"""
        )
        rows = cursor.fetchall()
    if not rows:
        return None
    since = min(row[2] for row in rows)
    keys: defaultdict[str, list[int]] = defaultdict(list)
    for source, key, _ in rows:
        keys[source].append(key)
    concerned = sorted(set().union(*(companies_that_read(source, found) for source, found in keys.items())))
    marked = mark_unlocked(concerned[:ACCOUNTS_AT_ONCE], since)
    left = set(concerned) - marked
    put_back(sorted(left), since)
    return None if left and not marked else len(marked)


def companies_that_read(source: str, keys: Sequence[int]) -> set[int]:
    """The companies that are tied to these keys now."""
    route = ROUTES[source]
    if source == COMPANY:
        return set(keys)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {route.company} FROM unnest(%s::bigint[]) AS x(key), {route.through}"
            f" WHERE {route.on.format(key='x.key')} AND {route.company} IS NOT NULL",
            [list(keys)],
        )
        return {key for (key,) in cursor.fetchall()}


def mark_unlocked(companies: Sequence[int], since: datetime) -> set[int]:
    """Those of these companies that nobody holds are stale since `since` or longer; returns which, or are gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT company_id FROM crm_fit WHERE company_id = ANY (%s)", [list(companies)])
        there = {key for (key,) in cursor.fetchall()}
        cursor.execute(
            "SELECT company_id FROM crm_fit WHERE company_id = ANY (%s) ORDER BY company_id"
            " FOR NO KEY UPDATE SKIP LOCKED",
            [list(companies)],
        )
        ours = [key for (key,) in cursor.fetchall()]
        cursor.execute(
            "UPDATE crm_fit SET facts_rev = facts_rev + 1, retry_at = NULL,"
            " stale_since = LEAST(COALESCE(stale_since, %s), %s) WHERE company_id = ANY (%s)",
            [since, since, ours],
        )
    return set(ours) | (set(companies) - there)


def put_back(companies: Sequence[int], since: datetime) -> None:
    """These companies are still to be marked."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {RIPPLES} (source, key, since)"
            f" SELECT '{COMPANY}', x.key, %s FROM unnest(%s::bigint[]) AS x(key)",
            [since, list(companies)],
        )
