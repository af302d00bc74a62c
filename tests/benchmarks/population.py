"""Invented companies in any number, made inside the database, the same for the same number.

Every value is thrown from the row's id by arithmetic that PostgreSQL and SQLite
do alike. What is unknown is unknown as often as in lists that people import.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from crm.job_titles import fingerprint
from personas.publishing import active_ruleset

INVESTORS = 3_000
EMPLOYERS = 2_000
TITLES_PER_COMPANY = 0.06  # 60,000 distinct ones at a million companies
MOST_TITLES = 60_000
CONTACTS_PER_COMPANY = 3
MOST_INVESTORS = 8
RESEARCHED = "2026-01-15"
MOMENT = "2026-01-15 10:00:00+00:00"

COUNTRIES = ("US", "GB", "DE", "FR", "ES", "NL", "SE", "IN", "IL", "CA", "BR", "SG", "JP", "AU", "PL", "NG")
CITIES = (
    "San Francisco", "New York", "Austin", "Omaha", "London", "Leeds", "Berlin", "München", "Kassel", "Paris", "Lyon",
    "Madrid", "Lisboa", "Amsterdam", "Stockholm", "Oslo", "Tel Aviv", "Bengaluru", "Pune", "Singapore", "Tokyo",
    "Sydney", "Toronto", "Lagos", "São Paulo",
)  # fmt: skip
INDUSTRIES = ("Developer tools", "Financial services", "Health", "Logistics", "Education", "Energy", "Games", "Media")
FUNDING_STAGES = ("pre_seed", "seed", "series_a", "series_b", "series_c", "series_d_plus", "public")
PROJECT_STAGES = ("side_project", "very_early", "startup")
LIFECYCLE = ("lead", "qualified", "opportunity", "customer", "lost")
STATUS = ("operating", "operating", "operating", "operating", "public", "acquired", "closed")
LEADING_INVESTORS = (
    "Sequoia Capital", "Accel", "a16z", "Index Ventures", "Benchmark", "GV", "Founders Fund", "General Catalyst",
    "Insight Partners", "Lightspeed", "Greylock Partners", "Thrive Capital", "Felicis", "Spark Capital", "Y Combinator",
)  # fmt: skip
TOP_EMPLOYERS = ("Google", "Meta", "Stripe", "Apple", "Amazon", "Microsoft", "Airbnb", "Uber", "Shopify", "GitHub")
TERMS = {
    "tags": ("b2b", "saas", "agency", "fintech", "b2c", "mobile", "marketplace", "health", "games", "services"),
    "technologies": ("React", "TypeScript", "Django", "Go", "AWS", "Amplitude", "Vue", "Stripe", "Java", "Mixpanel"),
    "accelerators": ("Y Combinator", "Techstars", "Antler", "Riverbank Launch", "Old Mill Incubator", "Seedcamp"),
}
PERSONAS = (
    "sam-software", "sam-software", "pam-product", "technical-founder", "designer", "product-manager-light",
    "marketer", "data-team",
)  # fmt: skip
HEADCOUNTS = ((1, 10), (1, 10), (11, 50), (11, 50), (51, 200), (201, 500), (501, 1_000), (1_001, 5_000))
REVENUES = (
    (0, 9_999),
    (10_000, 49_999),
    (50_000, 99_999),
    (100_000, 249_999),
    (250_000, 999_999),
    (1_000_000, 4_999_999),
)
USERS = ((0, 9_999), (10_000, 999_999), (1_000_000, 9_999_999), (10_000_000, 90_000_000))
FUNDINGS = ((0, 100_000), (100_001, 999_999), (1_000_000, 9_999_999), (10_000_000, 99_999_999))


@dataclass(frozen=True)
class Population:
    """How many rows there are."""

    companies: int
    investments: int
    contacts: int
    titles: int


def throw(row: str, salt: int, sides: int) -> str:
    """SQL of a number from 0 to `sides` - 1 for the row and the salt.

    Three rounds of multiplication, each over another prime, leave no pattern
    between neighbours; no step exceeds 63 bits.
    """
    first = f"(({row}) * 1103515245 + {salt * 7_919 + 12_345}) % 2147483647"
    second = f"({first} * 48271 + {salt * 104_729 + 1}) % 2147483629"
    return f"(({second} * 69621 + {salt}) % 2147483587 % {sides})"


def pick(row: str, salt: int, names: Sequence[str]) -> str:
    """SQL of one of `names`."""
    cases = " ".join(f"WHEN {place} THEN '{name}'" for place, name in enumerate(names))
    return f"CASE {throw(row, salt, len(names))} {cases} END"


def known(row: str, salt: int, percent: int, value: str) -> str:
    """SQL of `value` in so many of a hundred rows, NULL in the others."""
    return f"CASE WHEN {throw(row, salt, 100)} < {percent} THEN {value} END"


def ends(row: str, salt: int, exact: int, ranged: int, bands: Sequence[tuple[int, int]]) -> tuple[str, str]:
    """SQL of a lowest and a highest value: exact in so many of a hundred rows, a band in others, else NULL."""
    band = throw(row, salt + 1, len(bands))
    low = f"CASE {band} " + " ".join(f"WHEN {at} THEN {first}" for at, (first, _) in enumerate(bands)) + " END"
    high = f"CASE {band} " + " ".join(f"WHEN {at} THEN {last}" for at, (_, last) in enumerate(bands)) + " END"
    inside = throw(row, salt + 2, 1_000)
    value = (
        f"CASE {band} "
        + " ".join(
            f"WHEN {at} THEN {first} + {inside} * {last - first} / 1000" for at, (first, last) in enumerate(bands)
        )
        + " END"
    )
    chance = throw(row, salt, 100)
    return tuple(  # type: ignore[return-value]
        f"CASE WHEN {chance} < {exact} THEN {value} WHEN {chance} < {exact + ranged} THEN {end} END"
        for end in (low, high)
    )


def numbers(last: int) -> str:
    """SQL of a table `t` with the whole numbers `i` from 1 to `last`."""
    if connection.vendor == "postgresql":
        return f"generate_series(1::bigint, {last}) AS t(i)"
    return f"(WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < {last}) SELECT i FROM t) AS t"


def run(sql: str) -> int:
    """The number of rows that the statement wrote."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.rowcount)


def insert(table: str, columns: dict[str, str], source: str) -> int:
    """Rows of `source`; each column is an expression over it."""
    return run(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} FROM {source}")


def populate(companies: int) -> Population:
    """The empty database holds so many companies and everything that belongs to them."""
    insert_companies(companies)
    investments = insert_investments()
    titles = min(MOST_TITLES, max(100, int(companies * TITLES_PER_COMPANY)))
    insert_titles(titles)
    contacts = insert_contacts(companies * CONTACTS_PER_COMPANY, companies, titles)
    insert_employments()
    insert_terms()
    return Population(companies, investments, contacts, titles)


def insert_companies(companies: int) -> None:
    employees = ends("i", 10, 29, 31, HEADCOUNTS)
    users = ends("i", 20, 6, 4, USERS)
    revenue = ends("i", 30, 15, 25, REVENUES)
    funding = ends("i", 40, 30, 0, FUNDINGS)
    insert(
        "crm_company",
        {
            "id": "i",
            "name": "'Company ' || i",
            "name_key": "'company ' || i",
            "domain": known("i", 1, 90, "'c' || i || '.example'"),
            "country": known("i", 2, 97, pick("i", 3, COUNTRIES)),
            "city": known("i", 4, 80, pick("i", 5, CITIES)),
            "industry": known("i", 6, 85, pick("i", 7, INDUSTRIES)),
            "employees_low": employees[0],
            "employees_high": employees[1],
            "consumer_users_low": users[0],
            "consumer_users_high": users[1],
            "monthly_revenue_usd_low": revenue[0],
            "monthly_revenue_usd_high": revenue[1],
            "funding_total_usd_low": funding[0],
            "funding_total_usd_high": funding[1],
            "funding_stage": known("i", 50, 30, pick("i", 51, FUNDING_STAGES)),
            "status": known("i", 52, 60, pick("i", 53, STATUS)),
            "founded": known("i", 54, 60, f"1995 + {throw('i', 55, 30)}"),
            "project_stage": known("i", 56, 20, pick("i", 57, PROJECT_STAGES)),
            "lifecycle_stage": known("i", 58, 50, pick("i", 59, LIFECYCLE)),
            "funding_researched_on": known("i", 60, 36, day(RESEARCHED)),
            "people_researched_on": known("i", 61, 20, day(RESEARCHED)),
            "tags_researched_on": known("i", 62, 40, day(RESEARCHED)),
            "notes": "''",
            "created_at": moment(),
            "updated_at": moment(),
        },
        numbers(companies),
    )


def day(text: str) -> str:
    return f"DATE '{text}'" if connection.vendor == "postgresql" else f"'{text}'"


def moment() -> str:
    return f"TIMESTAMPTZ '{MOMENT}'" if connection.vendor == "postgresql" else f"'{MOMENT[:19]}'"


def insert_investments() -> int:
    """One to MOST_INVESTORS of them where funding was researched, some far more often than others."""
    leading = " ".join(f"WHEN {at} THEN '{name}'" for at, name in enumerate(LEADING_INVESTORS, 1))
    name = f"CASE i {leading} ELSE 'Investor ' || i END"
    insert("crm_investor", {"id": "i", "name": name, "name_key": f"LOWER({name})"}, numbers(INVESTORS))
    row = f"c.id * {MOST_INVESTORS} + t.i"
    investor = f"1 + {throw(row, 70, INVESTORS)} * {throw(row, 71, 1_000)} / 1000 * {throw(row, 72, 1_000)} / 1000"
    return run(
        "INSERT INTO crm_investment (company_id, investor_id)"
        f" SELECT c.id, {investor} FROM crm_company c CROSS JOIN {numbers(MOST_INVESTORS)}"
        f" WHERE c.funding_researched_on IS NOT NULL AND t.i <= 1 + {throw('c.id', 73, MOST_INVESTORS)}"
        " ON CONFLICT DO NOTHING"
    )


def insert_titles(titles: int) -> None:
    """A third of the titles stands for one persona, as if the rules in force had said so."""
    by = fingerprint(active_ruleset().document().personas)
    result = (
        f"CASE WHEN {throw('i', 80, 100)} < 33 THEN 'match' WHEN {throw('i', 80, 100)} < 36 THEN 'ambiguous'"
        f" WHEN {throw('i', 80, 100)} < 92 THEN 'none' WHEN {throw('i', 80, 100)} < 96 THEN 'unknown' END"
    )
    columns = {"id": "i", "text": "'Title ' || i", "result": result, "matched_with": f"'{by}'"}
    insert("crm_jobtitle", columns, numbers(titles))
    insert(
        "crm_titlepersona",
        {"title_id": "id", "persona": pick("id", 81, PERSONAS), "place": "0"},
        "crm_jobtitle WHERE result = 'match'",
    )
    for place, salt in ((0, 82), (1, 83)):
        run(
            f"INSERT INTO crm_titlepersona (title_id, persona, place) SELECT id, {pick('id', salt, PERSONAS)}, {place}"
            " FROM crm_jobtitle WHERE result = 'ambiguous' ON CONFLICT DO NOTHING"
        )


def insert_contacts(contacts: int, companies: int, titles: int) -> int:
    """Some companies have many contacts and some none; few titles are held by many."""
    return insert(
        "crm_contact",
        {
            "id": "i",
            "company_id": f"1 + {throw('i', 90, companies)}",
            "name": "'Person ' || i",
            "email": known("i", 91, 80, "'p' || i || '@example.com'"),
            "title_id": known("i", 92, 85, f"1 + {throw('i', 93, titles)} * {throw('i', 94, 1_000)} / 1000"),
            "followers": known("i", 95, 4, throw("i", 96, 40_000)),
            "is_founder": known("i", 97, 15, "TRUE"),
            "created_at": moment(),
            "updated_at": moment(),
        },
        numbers(contacts),
    )


def insert_employments() -> None:
    """Former employers of half the founders, and a day job for one contact in fifty."""
    top = " ".join(f"WHEN {at} THEN '{name}'" for at, name in enumerate(TOP_EMPLOYERS, 1))
    name = f"CASE i {top} ELSE 'Employer ' || i END"
    insert(
        "crm_employer",
        {
            "id": "i",
            "name": name,
            "name_key": f"LOWER({name})",
            "company_id": f"(SELECT id FROM crm_company WHERE id = {throw('i', 98, 4_000)})",
        },
        numbers(EMPLOYERS),
    )
    employer = (
        f"1 + {throw('id', 100, EMPLOYERS)} * {throw('id', 101, 1_000)} / 1000 * {throw('id', 102, 1_000)} / 1000"
    )
    for kind, condition in (
        ("previous", f"is_founder AND {throw('id', 103, 100)} < 50"),
        ("day_job", f"{throw('id', 104, 100)} < 2"),
    ):
        insert(
            "crm_employment",
            {"contact_id": "id", "employer_id": employer, "kind": f"'{kind}'"},
            f"crm_contact WHERE {condition}",
        )


def insert_terms() -> None:
    """Tags and technologies of four companies in ten, an accelerator of one in twelve."""
    first = 1
    for place, (vocabulary, names) in enumerate(TERMS.items()):
        for at, name in enumerate(names):
            run(
                "INSERT INTO crm_term (id, vocabulary, name, name_key)"
                f" VALUES ({first + at}, '{vocabulary}', '{name}', '{name.lower()}')"
            )
        percent = 8 if vocabulary == "accelerators" else 40
        for salt in range(1 if vocabulary == "accelerators" else 2):
            chosen = throw("id", 110 + 10 * place + salt, len(names))
            run(
                f"INSERT INTO crm_companyterm (company_id, term_id) SELECT id, {first} + {chosen} FROM crm_company"
                f" WHERE {throw('id', 150 + place, 100)} < {percent} ON CONFLICT DO NOTHING"
            )
        first += len(names)


def settle() -> None:
    """Statistics are fresh and dead rows are gone, as a running database keeps them."""
    run("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def catch_up() -> None:
    """The counters of ids stand behind the rows that were made."""
    if connection.vendor != "postgresql":
        return
    for table in ("company", "investor", "jobtitle", "contact", "employer", "term"):
        run(f"SELECT setval(pg_get_serial_sequence('crm_{table}', 'id'), (SELECT max(id) FROM crm_{table}))")
