"""Who of those we sell to is among the contacts of accounts in each segment."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from personas.models import Ruleset
from personas.rules.document import Document

from .classify import Span
from .survey_spans import Counts, Found, Survey, fetch, ranked_keys

PRESENT, MISSING, UNKNOWN = "present", "missing", "unknown"


def primary_personas(document: Document) -> list[str]:
    """The personas that we build for first."""
    return [each.key for each in document.personas if each.tier == "primary"]


def count(span: Span, ruleset: Ruleset, at: datetime) -> Counts:
    """Accounts by segment, and by which of the primary personas are there, missing or unknown.

    One is missing where people are known or were researched, and none of them
    is or may be this persona.
    """
    personas = primary_personas(ruleset.document())
    counts: Counts = Counter()
    if not personas:
        return counts
    hits = ", ".join(
        f"""MAX(CASE WHEN p.persona = '{key}' THEN 2 WHEN p.persona IS NOT NULL OR t.persona <> '{key}' THEN 0
            WHEN j.result = 'match' THEN 2 WHEN j.result = 'ambiguous' THEN 1 ELSE 0 END) AS p{place}"""
        for place, key in enumerate(personas)
    )
    states = ", ".join(
        f"""CASE WHEN h.p{place} = 2 THEN '{PRESENT}'
            WHEN h.p{place} = 0 OR (h.p{place} IS NULL AND c.people_researched_on IS NOT NULL) THEN '{MISSING}'
            ELSE '{UNKNOWN}' END AS k{place}"""
        for place in range(len(personas))
    )
    columns = ", ".join(f"k{place}" for place in range(len(personas)))
    rows = fetch(
        f"""SELECT segment, {columns}, COUNT(*) FROM (
            SELECT f.effective_segment AS segment, {states}
            FROM {span.companies} JOIN crm_fit f ON f.company_id = c.id
            LEFT JOIN (
                SELECT p.company_id, {hits} FROM crm_contact p LEFT JOIN crm_jobtitle j ON j.id = p.title_id
                LEFT JOIN crm_titlepersona t ON t.title_id = j.id
                WHERE {span.holds("p.company_id")} GROUP BY p.company_id
            ) h ON h.company_id = c.id
            WHERE f.effective_segment IS NOT NULL AND {span.holds("c.id")} AND {span.holds("f.company_id")}
        ) found GROUP BY segment, {columns}"""
    )
    for segment, *found, number in rows:
        counts[segment, "", ""] += number
        for key, state in zip(personas, found, strict=True):
            counts[segment, key, state] += number
    return counts


def report(counts: Counts, ruleset: Ruleset, at: datetime) -> Found:
    """For each segment how many accounts it has, and in how many each persona is present, missing, or unknown."""
    document = ruleset.document()
    return {
        "segments": [
            {
                "segment": segment,
                "accounts": counts[segment, "", ""],
                "personas": [
                    {
                        "persona": key,
                        **{state: counts[segment, key, state] for state in (PRESENT, MISSING, UNKNOWN)},
                    }
                    for key in primary_personas(document)
                ],
            }
            for segment in ranked_keys(document)
        ]
    }


def text(found: Found, document: Document) -> Iterator[str]:
    for row in found["segments"]:
        yield f"{row['segment']}: {row['accounts']:,} accounts"
        for each in row["personas"]:
            yield (
                f"  {each['persona']}: {each[PRESENT]:,} present, {each[MISSING]:,} missing, {each[UNKNOWN]:,} unknown"
            )


PERSONAS = Survey(count, report, text)
