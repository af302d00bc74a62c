"""How many contacts have each job title; stored with the title, so that lists of titles can go by it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import connection, transaction

from personas.models import Ruleset
from personas.rules.document import Document

from .classify import Span
from .dialect import differs, postgresql
from .survey_spans import Counts, Found, Survey, fetch

WRITTEN_AT_ONCE = 2_000


def count(span: Span, ruleset: Ruleset, at: datetime) -> Counts:
    """Nothing: people without a company count too, and one statement counts them all (see `report`)."""
    return Counter()


def report(counts: Counts, ruleset: Ruleset, at: datetime) -> Found:
    """`contact_count` of every title is right; says how many titles and contacts there are, and what has changed."""
    there = "COALESCE(n.contacts, 0)"
    changed = [
        (contacts, title)
        for title, contacts in fetch(
            f"""SELECT t.id, {there} FROM crm_jobtitle t LEFT JOIN (
                SELECT title_id, COUNT(*) AS contacts FROM crm_contact WHERE title_id IS NOT NULL GROUP BY title_id
            ) n ON n.title_id = t.id WHERE {differs("t.contact_count", there)} ORDER BY t.id"""
        )
    ]
    for start in range(0, len(changed), WRITTEN_AT_ONCE):
        write(changed[start : start + WRITTEN_AT_ONCE])
    [(titles, contacts)] = fetch("SELECT COUNT(*), COALESCE(SUM(contact_count), 0) FROM crm_jobtitle")
    return {"titles": titles, "contacts": int(contacts), "changed": len(changed)}


def write(counts: Sequence[tuple[int, int]]) -> None:
    """These numbers are stored with the titles: pairs of a number and a title's id."""
    with transaction.atomic(), connection.cursor() as cursor:
        if postgresql():
            cursor.execute(
                "UPDATE crm_jobtitle AS t SET contact_count = n.contacts"
                " FROM unnest(%s::bigint[], %s::bigint[]) AS n (contacts, id) WHERE t.id = n.id",
                [*map(list, zip(*counts, strict=True))],
            )
        else:
            cursor.executemany("UPDATE crm_jobtitle SET contact_count = %s WHERE id = %s", counts)


def text(found: Found, document: Document) -> Iterator[str]:
    yield f"{found['titles']:,} titles, which {found['contacts']:,} contacts have; {found['changed']:,} counts changed"


TITLES = Survey(count, report, text)
