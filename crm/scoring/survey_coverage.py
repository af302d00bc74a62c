"""What is known of each fact: exactly, in part, or not at all; and how old it is."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from crm.facts import (
    DaySource,
    FlagSource,
    NumberSource,
    SetSource,
    Source,
    WordSource,
    is_of_contacts,
    join_query,
    source_of,
)
from personas.models import Ruleset
from personas.rules.document import Document
from personas.rules.facts import Fact, InvalidValue, read

from .classify import Span
from .dialect import literal
from .digits import bounds, day_sql
from .survey_spans import Counts, Found, Survey, fetch, keys_of, ranked_keys, share

CHUNK = 6
UNKNOWN, PART, EXACT, INVALID, STALE = range(5)
UNDATED, RECENT, THIS_YEAR, OLDER = range(4)
AGES = 4
RECENT_DAYS = 90
YEAR_DAYS = 365
EVERYBODY = ""
LIVE = frozenset({"people", "deals", "activity", "day_jobs", "moves", "contact_fits"})


def is_worked_out(fact: Fact) -> bool:
    """Whether nobody states the fact of a company: it follows from its contacts, deals or activities."""
    source = source_of(fact)
    return bool(LIVE & set(source.joins)) or (isinstance(source, SetSource) and "crm_contact" in source.rows)


def count(span: Span, ruleset: Ruleset, at: datetime) -> Counts:
    """Accounts by what they could be, and for each fact by how well it is known and how old that is."""
    counts: Counts = Counter()
    facts = (each for each in ruleset.document().vocabulary.values() if not is_of_contacts(each))
    while chunk := list(islice(facts, CHUNK)):
        columns = ", ".join(f"k{place}" for place in range(len(chunk)))
        sql, parameters = states(chunk, span, at)
        for possible, *codes, number in fetch(
            f"SELECT possible, {columns}, COUNT(*) FROM ({sql}) found GROUP BY possible, {columns}", parameters
        ):
            for fact, code in zip(chunk, codes, strict=True):
                counts[possible, fact.key, code] += number
    return counts


KINDS = {
    "known": (PART, EXACT), "exact": (EXACT,), "part": (PART,), "missing": (UNKNOWN, INVALID, STALE),
    "invalid": (INVALID,), "stale": (STALE,),
}  # fmt: skip
KNOWN_FOR = {"recent": RECENT, "year": THIS_YEAR, "older": OLDER, "undated": UNDATED}


def codes_of(kind: str) -> list[int] | None:
    """The codes behind one of the figures: a state whatever its age, or an age of what is known; None where none is."""
    if kind in KNOWN_FOR:
        return [state * AGES + KNOWN_FOR[kind] for state in (PART, EXACT)]
    return [state * AGES + age for state in KINDS[kind] for age in range(AGES)] if kind in KINDS else None


def accounts_behind(fact: Fact, kind: str, segment: str, span: Span, at: datetime, most: int) -> list[int]:
    """The first `most` accounts of this span behind a figure of the fact; those that are or could be in `segment`."""
    sql, parameters = states([fact], span, at)
    codes = ", ".join(map(str, codes_of(kind) or [-1]))
    here = " AND ',' || possible || ',' LIKE %s" if segment else ""
    rows = fetch(
        f"SELECT company_id FROM ({sql}) found WHERE k0 IN ({codes}){here} ORDER BY company_id LIMIT {most}",
        [*parameters, *([f"%,{segment},%"] if segment else [])],
    )
    return [company for (company,) in rows]


def states(facts: Sequence[Fact], span: Span, at: datetime) -> tuple[str, list[str]]:
    """A query of the accounts of this span: what each could be, and a code of how each fact is known there."""
    ids = span.holds("p.company_id")
    aliases: dict[str, None] = {}
    joins: list[str] = []
    columns: list[str] = []
    parameters: list[str] = []
    for place, fact in enumerate(facts):
        source = source_of(fact)
        aliases |= dict.fromkeys(source.joins)
        if isinstance(source, SetSource):
            rows = source.rows.format(ids=ids)
            joins.append(
                f"LEFT JOIN (SELECT DISTINCT m.company_id FROM ({rows}) m) h{place} ON h{place}.company_id = c.id"
            )
        wrong = wrong_texts(fact, source, span)
        parameters += wrong
        columns.append(code_sql(place, fact, source, at, len(wrong)))
    dates = ", ".join(
        f"MAX(CASE WHEN p.fact = '{fact.key}' THEN p.observed_on END) AS o{place}" for place, fact in enumerate(facts)
    )
    named = ", ".join(f"'{fact.key}'" for fact in facts)
    joins.append(
        f"LEFT JOIN (SELECT p.company_id, {dates} FROM crm_factsource p WHERE p.fact IN ({named}) AND {ids}"
        " GROUP BY p.company_id) o ON o.company_id = c.id"
    )
    shared = [
        f"LEFT JOIN ({join_query(alias).format(ids=ids)}) {alias} ON {alias}.company_id = c.id" for alias in aliases
    ]
    sql = f"""SELECT c.id AS company_id, f.possible, {", ".join(columns)}
        FROM {span.companies} JOIN crm_fit f ON f.company_id = c.id
        {" ".join([*shared, *joins])} WHERE {span.holds("c.id")} AND {span.holds("f.company_id")}"""
    return sql, parameters


def code_sql(place: int, fact: Fact, source: Source, at: datetime, wrong: int) -> str:
    """How a fact is known and how old that is, as one number: the state times AGES, plus the age."""
    observed = observed_sql(place, source)
    state = state_sql(place, fact, source, wrong)
    if fact.fresh_for_days is not None:
        oldest = literal(at.date() - timedelta(days=fact.fresh_for_days))
        state = f"CASE WHEN o.o{place} < {oldest} AND ({known_sql(place, source)}) THEN {STALE} ELSE {state} END"
    ages = " ".join(
        f"WHEN {observed} >= {literal(at.date() - timedelta(days=days))} THEN {age}"
        for age, days in ((RECENT, RECENT_DAYS), (THIS_YEAR, YEAR_DAYS))
    )
    return f"({state}) * {AGES} + (CASE WHEN {observed} IS NULL THEN {UNDATED} {ages} ELSE {OLDER} END) AS k{place}"


def observed_sql(place: int, source: Source) -> str:
    """The day a value was observed; of a set without one, the day it was researched."""
    found = re.search(r"c\.\w+_researched_on", source.complete) if isinstance(source, SetSource) else None
    return f"COALESCE(o.o{place}, {found.group()})" if found else f"o.o{place}"


def known_sql(place: int, source: Source) -> str:
    """Whether anything is stored of the fact."""
    if isinstance(source, NumberSource):
        return f"{source.low} IS NOT NULL OR {source.high} IS NOT NULL"
    if isinstance(source, WordSource):
        return f"{source.text} IS NOT NULL"
    if isinstance(source, FlagSource):
        return f"({source.flag}) IS NOT NULL"
    if isinstance(source, DaySource):
        return f"{day_sql(source)} IS NOT NULL"
    return f"h{place}.company_id IS NOT NULL OR ({source.complete})"


def state_sql(place: int, fact: Fact, source: Source, wrong: int) -> str:
    """How well the fact is known, whatever its age."""
    known = known_sql(place, source)
    if isinstance(source, NumberSource):
        impossible = [*bounds(fact, source.low), *bounds(fact, source.high)]
        bad = f"WHEN {' OR '.join(impossible)} THEN {INVALID}" if impossible else ""
        return f"CASE {bad} WHEN {source.low} = {source.high} THEN {EXACT} WHEN {known} THEN {PART} ELSE {UNKNOWN} END"
    if isinstance(source, SetSource):
        return f"CASE WHEN {source.complete} THEN {EXACT} WHEN {known} THEN {PART} ELSE {UNKNOWN} END"
    bad = ""
    if wrong and isinstance(source, WordSource):
        bad = f"WHEN {source.text} IN ({', '.join(['%s'] * wrong)}) THEN {INVALID}"
    return f"CASE {bad} WHEN {known} THEN {EXACT} ELSE {UNKNOWN} END"


def wrong_texts(fact: Fact, source: Source, span: Span) -> list[str]:
    """The texts stored in this span that the fact cannot have."""
    if not fact.choices or not isinstance(source, WordSource):
        return []
    joins = " ".join(
        f"LEFT JOIN ({join_query(alias).format(ids=span.holds('p.company_id'))}) {alias} ON {alias}.company_id = c.id"
        for alias in source.joins
    )
    texts = fetch(
        f"SELECT DISTINCT {source.text} FROM {span.companies} {joins}"
        f" WHERE {source.text} IS NOT NULL AND {span.holds('c.id')}"
    )
    return [text for (text,) in texts if is_wrong(fact, text)]


def is_wrong(fact: Fact, text: str) -> bool:
    try:
        read(fact, text)
    except InvalidValue:
        return True
    return False


def report(counts: Counts, ruleset: Ruleset, at: datetime) -> Found:
    """For all accounts, and for those that are or could be in each segment, what is known of each fact."""
    document = ruleset.document()
    segments = ranked_keys(document)
    found: dict[str, dict[str, Counter[int]]] = {}
    for (possible, fact, code), number in counts.items():
        for group in (EVERYBODY, *(key for key in keys_of(possible) if key in segments)):
            found.setdefault(group, {}).setdefault(fact, Counter())[code] += number
    return {
        "groups": [
            {
                "segment": group,
                "accounts": max((sum(codes.values()) for codes in found.get(group, {}).values()), default=0),
                "facts": {fact: figures(codes) for fact, codes in found.get(group, {}).items()},
            }
            for group in (EVERYBODY, *segments)
        ]
    }


def figures(codes: Counter[int]) -> dict[str, object]:
    """How many accounts are in each state, and how old what is known is: within 90 days, a year, older, no date."""
    states: Counter[int] = Counter()
    ages: Counter[int] = Counter()
    for code, number in codes.items():
        state, age = divmod(code, AGES)
        states[state] += number
        if state in (PART, EXACT):
            ages[age] += number
    return {
        "exact": states[EXACT],
        "part": states[PART],
        "unknown": states[UNKNOWN],
        "invalid": states[INVALID],
        "stale": states[STALE],
        "ages": [ages[RECENT], ages[THIS_YEAR], ages[OLDER], ages[UNDATED]],
    }


def text(found: Found, document: Document) -> Iterator[str]:
    everybody = found["groups"][0]
    for key, row in everybody["facts"].items():
        known = row["exact"] + row["part"]
        extra = "".join(f", {row[state]:,} {state}" for state in ("invalid", "stale") if row[state])
        yield (
            f"{document.vocabulary[key].label if key in document.vocabulary else key}:"
            f" {share(known, everybody['accounts'])} % known ({known:,}; {row['part']:,} in part{extra})"
        )


COVERAGE = Survey(count, report, text)
