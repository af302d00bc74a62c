"""Which tables and columns the facts are read from, and whose facts a row is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crm.facts import (
    JOINS,
    JOINS_OF_CONTACTS,
    OBSERVED,
    OVERRIDES,
    SOURCES,
    SOURCES_OF_CONTACTS,
    SetSource,
    Source,
    join_query,
    source_of,
)
from personas.rules.facts import Fact, Kind

COMPANY = "crm_company"
CONTACT = "crm_contact"
FIT = "crm_fit"
TABLE = re.compile(r"\b(?:FROM|JOIN)\s+(crm_\w+)\s+(\w+)")
COLUMN = re.compile(r"\b([a-z]\w*)\.(\w+)")


@dataclass(frozen=True)
class Route:
    """From a row to the companies whose facts it holds.

    `key` is the column by which accounts are found. Without `through` it is the
    company's id; else `company` is the id in the tables of `through`, tied to
    the key by `on`. `only` says which rows can concern anybody.
    """

    key: str
    company: str = ""
    through: str = ""
    on: str = ""
    only: str = ""


PEOPLE = "crm_contact p"
PEOPLE_WHO_WORKED = "crm_employment e JOIN crm_contact p ON p.id = e.contact_id"

ROUTES: Mapping[str, Route] = {
    COMPANY: Route("id"),
    **{
        table: Route("company_id")
        for table in (
            "crm_activity",
            "crm_attribute",
            "crm_companyterm",
            "crm_contact",
            "crm_contactfit",
            "crm_contactmove",
            "crm_deal",
            "crm_factsource",
            "crm_investment",
            "crm_override",
        )
    },
    "crm_investor": Route("id", "p.company_id", "crm_investment p", "p.investor_id = {key}"),
    "crm_term": Route("id", "p.company_id", "crm_companyterm p", "p.term_id = {key}"),
    "crm_jobtitle": Route("id", "p.company_id", PEOPLE, "p.title_id = {key}"),
    "crm_titlepersona": Route("title_id", "p.company_id", PEOPLE, "p.title_id = {key}"),
    "crm_employment": Route("contact_id", "p.company_id", PEOPLE, "p.id = {key}"),
    "crm_employer": Route("id", "p.company_id", PEOPLE_WHO_WORKED, "e.employer_id = {key}"),
    # The segment of a company is a fact of those whose people have a day job there.
    FIT: Route(
        "company_id",
        "p.company_id",
        f"{PEOPLE_WHO_WORKED} JOIN crm_employer w ON w.id = e.employer_id",
        "w.company_id = {key} AND e.kind = 'day_job'",
        only="EXISTS (SELECT 1 FROM crm_employer w WHERE w.company_id = x.company_id)",
    ),
}

# A new row of these belongs to nobody yet: what ties it to a company is a row of another table.
NAMED_FIRST = frozenset({"crm_investor", "crm_term", "crm_jobtitle", "crm_employer", FIT})


def statements(sources: Mapping[str, Source]) -> Iterator[str]:
    """Everything that these sources say in SQL."""
    aliases: dict[str, None] = {}
    for source in sources.values():
        aliases |= dict.fromkeys(source.joins)
        for name, value in vars(source).items():
            if name != "joins" and isinstance(value, str):
                yield value
    for alias in aliases:
        yield join_query(alias)


def every_source() -> dict[str, Source]:
    """The sources of the built-in facts, and one of a custom fact of each kind."""
    custom = {f"custom_{kind}": source_of(Fact(key="custom", kind=kind, label="")) for kind in Kind}
    return {**SOURCES, **SOURCES_OF_CONTACTS, **custom}


def reads() -> dict[str, tuple[str, ...]]:
    """The columns that facts are read from, by table, in order.

    Taken from the SQL of the sources itself, so that a new fact is in it by being written.
    """
    found: dict[str, set[str]] = {COMPANY: set()}
    for sql in (*statements(every_source()), *JOINS.values(), *JOINS_OF_CONTACTS.values(), OBSERVED, OVERRIDES):
        tables = {alias: table for table, alias in TABLE.findall(sql)} | {"c": COMPANY, "k": CONTACT}
        for alias, column in COLUMN.findall(sql):
            if alias in tables:
                found.setdefault(tables[alias], set()).add(column)
    return {table: tuple(sorted(found[table])) for table in sorted(found)}


def name_columns() -> dict[str, str]:
    """The column with the names of members, by table: what a worker remembers between two batches."""
    out = {}
    for source in every_source().values():
        if isinstance(source, SetSource) and source.names:
            [(table, alias)] = TABLE.findall(source.names)
            out[table] = next(
                column for found, column in COLUMN.findall(source.names) if found == alias and column != "id"
            )
    return out
