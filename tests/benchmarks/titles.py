"""Job titles: how fast they are matched, and what a changed pattern costs by rewriting titles instead of contacts.

BENCH_CONTACTS says how many contacts (300,000); a third as many companies.
"""

import os
import time
from dataclasses import replace
from itertools import islice, product

from django.core.management import call_command
from django.db import connection, transaction

from crm.job_titles import match_titles, moved
from crm.job_titles.storing import without_collecting
from crm.models import JobTitle, Ripple
from crm.scoring.ripples import spread
from personas.presets import preset_text
from personas.rules.document import Document, parse
from personas.rules.words import words
from personas.titles import TitleMatcher

from .meter import Cost, Meter
from .population import catch_up, insert_companies, insert_contacts, settle
from .table import Table, Target, say

TITLES = 60_000
CONTACTS_OF_A_COMPANY = 3
LEVELS = ("", "Senior", "Sr.", "Junior", "Lead", "Staff", "Head of", "VP", "Director of", "Chief")
KINDS = (
    "", "Software", "Product", "Data", "Mechanical", "Sales", "Field", "Growth", "Backend", "Platform", "Customer",
    "Full-Stack", "Machine Learning", "Brand", "UX", "Process", "Marketing", "Clinical", "Supply Chain", "Payroll",
)  # fmt: skip
HEADS = (
    "Engineer", "Developer", "Manager", "Designer", "Analyst", "Owner", "Scientist", "Consultant", "Specialist",
    "Nurse", "Accountant", "Entwickler (m/w/d)", "Chef de produit", "Architect", "Coordinator", "Recruiter", "Partner",
    "Teacher", "Technician", "Writer",
)  # fmt: skip
TAILS = (
    "", ", EMEA", " - Payments", " (Remote)", " at Example", " & Team Lead", " / Founder", " II", ", Berlin",
    " for Startups", " – Growth", " | Speaker", ", Search", " (Contract)", " III", ", Nordics", " - Mobile",
)  # fmt: skip
MATCHING = Target(2)
AGAINST_CONTACTS = Target(5, at_most=False)
MANY_CONTACTS = 3_000_000  # what it takes to reach that: titles cost the same however many have them
CHANGED = "technician"


def distinct_titles() -> list[str]:
    """TITLES titles as people write them, each another one; most of them are nobody we look for."""
    made = (" ".join(f"{level} {kind} {head}{tail}".split()) for tail, level, kind, head in product(
        TAILS, LEVELS, KINDS, HEADS))  # fmt: skip
    return list(islice(dict.fromkeys(made), TITLES))


def run(contacts: int, postmaster: int | None) -> None:
    """Match titles without a database, then with one, and change a pattern."""
    document = parse(preset_text())
    titles = distinct_titles()
    table = Table()
    meter = Meter(postmaster)
    match_alone(table, titles, document)
    call_command("migrate", verbosity=0)
    call_command("load_preset", verbosity=0)
    companies = max(1, contacts // CONTACTS_OF_A_COMPANY)
    started = time.perf_counter()
    insert_companies(companies)
    JobTitle.objects.bulk_create((JobTitle(text=text) for text in titles), batch_size=1_000)
    with meter.measure("first"):
        match_titles(document)
    insert_contacts(contacts, companies, len(titles))
    catch_up()
    make_fresh()
    settle()
    say(
        f"{companies:,} companies, {contacts:,} contacts, {len(titles):,} titles, {time.perf_counter() - started:.0f} s"
    )
    table.line("titles matched and stored", meter.costs["first"], len(titles))
    change_a_pattern(table, meter, document, companies)


def match_alone(table: Table, titles: list[str], document: Document) -> None:
    """Titles into matches, in this process alone, against folding their words and no more."""
    folded, matched = Cost(), Cost()
    with without_collecting():
        started = time.process_time()
        for text in titles:
            words(text)
        folded.here = time.process_time() - started
        matcher = TitleMatcher(document.personas)
        started = time.process_time()
        found = [matcher.match(text) for text in titles]
        matched.here = time.process_time() - started
    claimed = sum(bool(match.personas) for match in found)
    say(f"{len(titles):,} distinct titles, of which {claimed:,} stand for a persona; to be matched in 2 CPU s")
    table.line("words folded", folded, len(titles))
    table.line("titles matched", matched, len(titles), matched.here / folded.here, "words folded")
    table.line("titles matched, seconds", matched, len(titles), matched.here, "CPU s", MATCHING)


def change_a_pattern(table: Table, meter: Meter, document: Document, companies: int) -> None:
    """Told, done by titles, and done by contacts in the same run; the last is taken back."""
    after = with_pattern(document, CHANGED)
    with meter.measure("told"):
        said = moved(document, after)
    with meter.measure("titles"):
        match_titles(after)
    with meter.measure("marks"):
        marked = spread()
    titles = [row.pk for row in said.rows]
    with meter.measure("contacts"), transaction.atomic():
        rewritten = rewrite_contacts(titles)
        transaction.set_rollback(True)
    with meter.measure("all"), transaction.atomic():
        everyone = rewrite_contacts(None)
        transaction.set_rollback(True)
    by_titles, by_contacts, by_all = (meter.costs[each] for each in ("titles", "contacts", "all"))
    say(f"{CHANGED!r} moves {said.titles:,} titles, {said.contacts:,} contacts, {marked:,} of {companies:,} accounts")
    table.line("what would move", meter.costs["told"], TITLES)
    table.line("titles rewritten", by_titles, TITLES)
    table.line(f"{marked:,} accounts marked", meter.costs["marks"], marked)
    table.line(f"their {rewritten:,} contacts", by_contacts, TITLES, by_contacts.cpu / by_titles.cpu, "by titles")
    target = AGAINST_CONTACTS if everyone * 2 > MANY_CONTACTS else None
    table.line(f"all {everyone:,} contacts", by_all, TITLES, by_all.cpu / by_titles.cpu, "by titles", target)


def with_pattern(document: Document, pattern: str) -> Document:
    """The document with one pattern more on the list of its first persona."""
    first, *others = document.personas
    return replace(document, personas=(replace(first, titles=(*first.titles, pattern)), *others))


def make_fresh() -> None:
    """Every account counts as scored, and nothing is left to be followed from the titles to it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE crm_fit SET scored_facts_rev = facts_rev, stale_since = NULL")
    Ripple.objects.all().delete()


def rewrite_contacts(titles: list[int] | None) -> int:
    """The contacts with these titles, or all, say themselves which persona they are; how many were written."""
    chosen = "" if titles is None else f" AND title_id IN ({', '.join(map(str, titles)) or 'NULL'})"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crm_contact SET persona = COALESCE((SELECT t.persona FROM crm_titlepersona t"
            f" WHERE t.title_id = crm_contact.title_id AND t.place = 0), 'none') WHERE title_id IS NOT NULL{chosen}"
        )
        return int(cursor.rowcount)


def contacts_wanted() -> int:
    return int(os.environ.get("BENCH_CONTACTS") or 300_000)
