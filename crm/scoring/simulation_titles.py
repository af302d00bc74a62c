"""Whom job titles would stand for by the patterns of a draft, for as long as a simulation looks."""

from django.db import connection

from crm.job_titles import fingerprint, rematched
from personas.rules.document import Document

from .dialect import make_temporary
from .temporary import analyze, insert_rows

TITLES = "simulation_jobtitle"
PERSONAS = "simulation_titlepersona"
REMATCHED = "simulation_rematched"

OF_TITLES = frozenset({"personas", "buying_roles"})
"""The facts of a company that follow from whom titles stand for."""


def reads_patterns(facts: frozenset[str], before: Document, after: Document) -> bool:
    """Whether a rule asks for one of `facts` that follows from the patterns, and these are not the same."""
    return bool(OF_TITLES & facts) and fingerprint(before.personas) != fingerprint(after.personas)


def match_titles_of_draft(before: Document, after: Document) -> None:
    """TITLES and PERSONAS hold what stands in crm_jobtitle and crm_titlepersona once `after` is published.

    REMATCHED holds the titles that may then stand for somebody else.
    """
    found = dict(rematched(before, after))
    make_temporary(TITLES, "id bigint PRIMARY KEY, result text")
    make_temporary(PERSONAS, "title_id bigint, persona text, place integer, PRIMARY KEY (title_id, place)")
    make_temporary(REMATCHED, "title_id bigint PRIMARY KEY")
    insert_rows(REMATCHED, ((pk,) for pk in found))
    kept = f"NOT EXISTS (SELECT 1 FROM {REMATCHED} r WHERE r.title_id ="
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TITLES} SELECT n.id, n.result FROM crm_jobtitle n WHERE {kept} n.id)")
        cursor.execute(
            f"INSERT INTO {PERSONAS} SELECT n.title_id, n.persona, n.place FROM crm_titlepersona n"
            f" WHERE {kept} n.title_id)"
        )
    insert_rows(TITLES, ((pk, str(match.result)) for pk, match in found.items()))
    insert_rows(
        PERSONAS,
        ((pk, persona, place) for pk, match in found.items() for place, persona in enumerate(match.personas)),
    )
    analyze(TITLES, PERSONAS, REMATCHED)


def forget_titles_of_draft() -> None:
    """Those tables are gone."""
    with connection.cursor() as cursor:
        for name in (TITLES, PERSONAS, REMATCHED):
            cursor.execute(f"DROP TABLE IF EXISTS {name}")


def with_titles_of_draft(query: str) -> str:
    """`query`, reading titles as the draft matches them."""
    return query.replace("crm_jobtitle ", f"{TITLES} ").replace("crm_titlepersona ", f"{PERSONAS} ")
