"""Who of those we sell to is among the contacts of accounts in each segment."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from crm.buying_group import MISSING, PRESENT, UNKNOWN, wanted_personas
from personas.models import Ruleset
from personas.rules.document import Document

from .classify import Span
from .survey_spans import Counts, Found, Survey, fetch, ranked_keys

STATES = (PRESENT, MISSING, UNKNOWN)


def wanted_in(document: Document) -> dict[str, list[str]]:
    """The personas that accounts of each segment should have."""
    return {key: [each.key for each in wanted_personas(document, key)] for key in ranked_keys(document)}


def count(span: Span, ruleset: Ruleset, at: datetime) -> Counts:
    """Accounts by segment, and by which of the personas wanted there are present, missing or unknown.

    What that means is decided in crm.buying_group; one who is perhaps there counts as unknown.
    """
    wanted = wanted_in(ruleset.document())
    personas = list(dict.fromkeys(key for keys in wanted.values() for key in keys))
    counts: Counts = Counter()
    if not personas:
        return counts
    hits = ", ".join(
        f"""MAX(CASE WHEN p.persona = '{key}' THEN 1 WHEN p.persona IS NOT NULL OR t.persona <> '{key}' THEN 0
            WHEN j.result = 'match' AND t.persona = '{key}' THEN 1 ELSE 0 END) AS p{place}"""
        for place, key in enumerate(personas)
    )
    states = ", ".join(
        f"""CASE WHEN h.p{place} = 1 THEN '{PRESENT}'
            WHEN c.people_researched_on IS NOT NULL AND COALESCE(h.unclear, 0) = 0 THEN '{MISSING}'
            ELSE '{UNKNOWN}' END AS k{place}"""
        for place in range(len(personas))
    )
    columns = ", ".join(f"k{place}" for place in range(len(personas)))
    rows = fetch(
        f"""SELECT segment, {columns}, COUNT(*) FROM (
            SELECT f.effective_segment AS segment, {states}
            FROM {span.companies} JOIN crm_fit f ON f.company_id = c.id
            LEFT JOIN (
                SELECT p.company_id, {hits},
                    MAX(CASE WHEN p.persona IS NULL AND COALESCE(j.result, 'unknown') IN ('ambiguous', 'unknown')
                        THEN 1 ELSE 0 END) AS unclear
                FROM crm_contact p LEFT JOIN crm_jobtitle j ON j.id = p.title_id
                LEFT JOIN crm_titlepersona t ON t.title_id = j.id
                WHERE {span.holds("p.company_id")} GROUP BY p.company_id
            ) h ON h.company_id = c.id
            WHERE f.effective_segment IS NOT NULL AND {span.holds("c.id")} AND {span.holds("f.company_id")}
        ) found GROUP BY segment, {columns}"""
    )
    for segment, *found, number in rows:
        counts[segment, "", ""] += number
        for key, state in zip(personas, found, strict=True):
            if key in wanted.get(segment, ()):
                counts[segment, key, state] += number
    return counts


def report(counts: Counts, ruleset: Ruleset, at: datetime) -> Found:
    """For each segment how many accounts it has, and in how many each persona is present, missing, or unknown."""
    return {
        "segments": [
            {
                "segment": segment,
                "accounts": counts[segment, "", ""],
                "personas": [
                    {
                        "persona": key,
                        **{state: counts[segment, key, state] for state in STATES},
                    }
                    for key in keys
                ],
            }
            for segment, keys in wanted_in(ruleset.document()).items()
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
