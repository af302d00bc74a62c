"""The one bridge from stored accounts to the rule language: where each fact is read.

A source says, in SQL over the aliases below, what a fact is for a company;
`scoring.classify` sorts accounts into cells with it, and `known_facts` reads
the values themselves with it. Aliases: `c` the company, `people`, `deals` and
`activity` one row of aggregates a company, `a_KEY` the attribute of a custom
fact; for facts of people `k` the contact, and `k_title` and `k_activity` one row
a contact.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from personas.rules.document import Document
from personas.rules.facts import NUMBERS, Fact, Kind


@dataclass(frozen=True)
class NumberSource:
    """A number by its lowest and highest value; both NULL is unknown, one NULL is no limit."""

    low: str
    high: str
    joins: tuple[str, ...] = ()


@dataclass(frozen=True)
class WordSource:
    """A text or choice."""

    text: str
    joins: tuple[str, ...] = ()


@dataclass(frozen=True)
class FlagSource:
    """A condition that is true, false or NULL."""

    flag: str
    joins: tuple[str, ...] = ()


@dataclass(frozen=True)
class DaySource:
    """A date."""

    day: str
    joins: tuple[str, ...] = ()


@dataclass(frozen=True)
class SetSource:
    """A set: its rows (company_id, member), the names of members, and when it is complete.

    The rows of a fact of people are (contact_id, member).

    `names` is a query of (member, name); without one the member is the name.
    With `roles` a member is a persona and stands for its buying roles, or it is
    "=" and the roles that somebody chose.
    """

    rows: str
    complete: str
    names: str | None = None
    roles: bool = False
    joins: tuple[str, ...] = ()


Source = NumberSource | WordSource | FlagSource | DaySource | SetSource

# Aggregates that several facts share; {ids} narrows to the accounts at hand.
JOINS: Mapping[str, str] = {
    "people": """
        SELECT p.company_id,
               COUNT(*) AS contacts,
               MAX(p.followers) AS followers,
               SUM(CASE WHEN p.followers IS NULL THEN 1 ELSE 0 END) AS without_followers,
               SUM(CASE WHEN p.is_champion THEN 1 ELSE 0 END) AS champions,
               SUM(CASE WHEN p.is_champion IS NULL THEN 1 ELSE 0 END) AS perhaps_champions,
               SUM(CASE WHEN p.title_id IS NULL THEN 1 ELSE 0 END) AS without_title,
               SUM(CASE WHEN p.persona IS NULL AND COALESCE(t.result, 'unknown') IN ('ambiguous', 'unknown')
                   THEN 1 ELSE 0 END) AS without_persona,
               SUM(CASE WHEN p.roles IS NULL AND p.persona IS NULL
                   AND COALESCE(t.result, 'unknown') IN ('ambiguous', 'unknown') THEN 1 ELSE 0 END) AS without_roles
        FROM crm_contact p LEFT JOIN crm_jobtitle t ON t.id = p.title_id
        WHERE {ids} GROUP BY p.company_id""",
    "day_jobs": """
        SELECT p.company_id,
               SUM(CASE WHEN f.segment_status IN ('settled', 'none') THEN 0 ELSE 1 END) AS unclear
        FROM crm_contact p
        JOIN crm_employment e ON e.contact_id = p.id AND e.kind = 'day_job'
        JOIN crm_employer w ON w.id = e.employer_id
        LEFT JOIN crm_fit f ON f.company_id = w.company_id
        WHERE {ids} GROUP BY p.company_id""",
    "moves": """
        SELECT p.company_id,
               COUNT(DISTINCT CASE WHEN p.direction = 'joined' AND p.was_champion AND k.company_id = p.company_id
                     THEN p.contact_id END) AS champions_joined,
               COUNT(DISTINCT CASE WHEN p.direction = 'left' AND p.was_champion
                     AND COALESCE(k.company_id, 0) <> p.company_id THEN p.contact_id END) AS champions_left
        FROM crm_contactmove p JOIN crm_contact k ON k.id = p.contact_id
        WHERE {ids} GROUP BY p.company_id""",
    "contact_fits": """
        SELECT p.company_id,
               MAX(CASE WHEN p.verdict = 'yes' THEN p.low END) / 100.0 AS low,
               CASE WHEN SUM(CASE WHEN p.verdict = 'yes' AND p.high IS NOT NULL THEN 0 ELSE 1 END) = 0
                    THEN MAX(p.high) / 100.0 END AS high
        FROM crm_contactfit p JOIN crm_contact k ON k.id = p.contact_id AND k.company_id = p.company_id
        WHERE p.profile IS NOT NULL AND {ids} GROUP BY p.company_id""",
    "people_reviews": """
        SELECT p.company_id, MIN(p.review_at) AS review_at FROM crm_contactfit p
        WHERE p.review_at IS NOT NULL AND {ids} GROUP BY p.company_id""",
    "deals": """
        SELECT p.company_id, COUNT(*) AS open_deals FROM crm_deal p
        WHERE p.closed_on IS NULL AND {ids} GROUP BY p.company_id""",
    "activity": """
        SELECT p.company_id, MAX(p.happened_at) AS last_at FROM crm_activity p
        WHERE p.kind <> 'task' AND {ids} GROUP BY p.company_id""",
}

# The same of one contact. What was done with them at another company than theirs is no fact of them:
# it changes without a mark on the company where they are.
JOINS_OF_CONTACTS: Mapping[str, str] = {
    "k_title": """
        SELECT p.id AS contact_id, t.text, t.result, t.function, t.seniority
        FROM crm_contact p JOIN crm_jobtitle t ON t.id = p.title_id WHERE {ids}""",
    "k_activity": """
        SELECT p.contact_id, MAX(p.happened_at) AS last_at
        FROM crm_activity p JOIN crm_contact n ON n.id = p.contact_id AND n.company_id = p.company_id
        WHERE p.kind <> 'task' AND {ids} GROUP BY p.contact_id""",
}

# When each value was observed, for facts that count only so long; what a person has set instead of the result.
OBSERVED = "SELECT p.company_id, p.fact, p.observed_on FROM crm_factsource p"
OVERRIDES = "SELECT p.company_id, p.segment, p.expires_on FROM crm_override p WHERE p.ended_at IS NULL"

FUNDING_COMPLETE = "c.funding_researched_on IS NOT NULL"
PEOPLE_COMPLETE = "c.people_researched_on IS NOT NULL"
TAGS_COMPLETE = "c.tags_researched_on IS NOT NULL"


def column_range(name: str) -> NumberSource:
    return NumberSource(f"c.{name}_low", f"c.{name}_high")


def noted(count: str, alias: str, more: str = "0") -> NumberSource:
    """People of whom something was noted, at least `count`, and at most `more` beside them once all are known."""
    found = f"COALESCE({count}, 0)"
    return NumberSource(
        f"CASE WHEN {PEOPLE_COMPLETE} OR {found} > 0 THEN {found} END",
        f"CASE WHEN {PEOPLE_COMPLETE} THEN {found} + COALESCE({more}, 0) END",
        joins=(alias,),
    )


def terms(vocabulary: str, complete: str) -> SetSource:
    """The terms of one vocabulary that a company has."""
    return SetSource(
        rows=f"""SELECT p.company_id, p.term_id AS member FROM crm_companyterm p
            JOIN crm_term n ON n.id = p.term_id AND n.vocabulary = '{vocabulary}' WHERE {{ids}}""",
        names="SELECT n.id AS member, n.name FROM crm_term n",
        complete=complete,
    )


SOURCES: Mapping[str, Source] = {
    "employees": column_range("employees"),
    "monthly_revenue": column_range("monthly_revenue_usd"),
    "consumer_users": column_range("consumer_users"),
    "funding_total": column_range("funding_total_usd"),
    "funding_stage": WordSource("c.funding_stage"),
    "is_public": FlagSource("CASE WHEN c.status = 'public' THEN 1 WHEN c.status IS NOT NULL THEN 0 END"),
    "founded": NumberSource("c.founded", "c.founded"),
    "company_type": WordSource("c.company_type"),
    "project_stage": WordSource("c.project_stage"),
    "country": WordSource("c.country"),
    "city": WordSource("c.city"),
    "industry": WordSource("c.industry"),
    "domain": WordSource("c.domain"),
    "lifecycle_stage": WordSource("c.lifecycle_stage"),
    "tags": terms("tags", TAGS_COMPLETE),
    "technologies": terms("technologies", TAGS_COMPLETE),
    "accelerators": terms("accelerators", FUNDING_COMPLETE),
    "investors": SetSource(
        rows="SELECT p.company_id, p.investor_id AS member FROM crm_investment p WHERE {ids}",
        names="SELECT n.id AS member, n.name FROM crm_investor n",
        complete=FUNDING_COMPLETE,
    ),
    "founder_employers": SetSource(
        rows="""SELECT p.company_id, e.employer_id AS member FROM crm_contact p
            JOIN crm_employment e ON e.contact_id = p.id AND e.kind = 'previous'
            WHERE p.is_founder AND {ids}""",
        names="SELECT n.id AS member, n.name FROM crm_employer n",
        complete=PEOPLE_COMPLETE,
    ),
    "personas": SetSource(
        rows="""SELECT p.company_id, COALESCE(p.persona, t.persona) AS member FROM crm_contact p
            LEFT JOIN crm_jobtitle j ON j.id = p.title_id AND j.result = 'match'
            LEFT JOIN crm_titlepersona t ON t.title_id = j.id AND t.place = 0
            WHERE COALESCE(p.persona, t.persona) IS NOT NULL AND {ids}""",
        complete=f"{PEOPLE_COMPLETE} AND COALESCE(people.without_persona, 0) = 0",
        joins=("people",),
    ),
    "titles": SetSource(
        rows="SELECT p.company_id, p.title_id AS member FROM crm_contact p WHERE p.title_id IS NOT NULL AND {ids}",
        names="SELECT n.id AS member, n.text AS name FROM crm_jobtitle n",
        complete=f"{PEOPLE_COMPLETE} AND COALESCE(people.without_title, 0) = 0",
        joins=("people",),
    ),
    "social_followers": NumberSource(
        "people.followers",
        f"CASE WHEN {PEOPLE_COMPLETE} AND people.without_followers = 0 THEN people.followers END",
        joins=("people",),
    ),
    "contacts": NumberSource("COALESCE(people.contacts, 0)", "COALESCE(people.contacts, 0)", joins=("people",)),
    "day_job_segments": SetSource(
        rows="""SELECT p.company_id, f.effective_segment AS member FROM crm_contact p
            JOIN crm_employment e ON e.contact_id = p.id AND e.kind = 'day_job'
            JOIN crm_employer w ON w.id = e.employer_id
            JOIN crm_fit f ON f.company_id = w.company_id
            WHERE f.effective_segment IS NOT NULL AND {ids}""",
        complete=f"{PEOPLE_COMPLETE} AND COALESCE(day_jobs.unclear, 0) = 0",
        joins=("day_jobs",),
    ),
    "champions": noted("people.champions", "people", "people.perhaps_champions"),
    "champions_joined": noted("moves.champions_joined", "moves"),
    "champions_left": noted("moves.champions_left", "moves"),
    "best_contact_points": NumberSource(
        "contact_fits.low",
        f"CASE WHEN {PEOPLE_COMPLETE} THEN contact_fits.high END",
        joins=("contact_fits",),
    ),
    "open_deals": NumberSource("COALESCE(deals.open_deals, 0)", "COALESCE(deals.open_deals, 0)", joins=("deals",)),
    "last_activity": DaySource("{day:activity.last_at}", joins=("activity",)),
}
SOURCES = {
    **SOURCES,
    "buying_roles": SetSource(
        rows="""SELECT p.company_id, COALESCE('=' || p.roles, p.persona, t.persona) AS member FROM crm_contact p
            LEFT JOIN crm_jobtitle j ON j.id = p.title_id AND j.result = 'match'
            LEFT JOIN crm_titlepersona t ON t.title_id = j.id AND t.place = 0
            WHERE COALESCE('=' || p.roles, p.persona, t.persona) IS NOT NULL AND {ids}""",
        complete=f"{PEOPLE_COMPLETE} AND COALESCE(people.without_roles, 0) = 0",
        roles=True,
        joins=("people",),
    ),
}

PERSONA_DECIDED = "k.persona IS NOT NULL OR k_title.result IN ('match', 'none', 'excluded')"

# No e-mail address is a fact about us, and so never unknown.
SOURCES_OF_CONTACTS: Mapping[str, Source] = {
    "contact_persona": SetSource(
        rows="""SELECT p.id AS contact_id, COALESCE(p.persona, t.persona) AS member FROM crm_contact p
            LEFT JOIN crm_jobtitle j ON j.id = p.title_id AND j.result = 'match'
            LEFT JOIN crm_titlepersona t ON t.title_id = j.id AND t.place = 0
            WHERE COALESCE(p.persona, t.persona) IS NOT NULL AND {ids}""",
        complete=PERSONA_DECIDED,
        joins=("k_title",),
    ),
    "contact_roles": SetSource(
        rows="""SELECT p.id AS contact_id, COALESCE('=' || p.roles, p.persona, t.persona) AS member FROM crm_contact p
            LEFT JOIN crm_jobtitle j ON j.id = p.title_id AND j.result = 'match'
            LEFT JOIN crm_titlepersona t ON t.title_id = j.id AND t.place = 0
            WHERE COALESCE('=' || p.roles, p.persona, t.persona) IS NOT NULL AND {ids}""",
        complete=f"k.roles IS NOT NULL OR {PERSONA_DECIDED}",
        roles=True,
        joins=("k_title",),
    ),
    "contact_title": WordSource("k_title.text", joins=("k_title",)),
    "contact_function": WordSource("k_title.function", joins=("k_title",)),
    "contact_seniority": WordSource("k_title.seniority", joins=("k_title",)),
    "contact_is_founder": FlagSource("CASE WHEN k.is_founder THEN 1 WHEN NOT k.is_founder THEN 0 END"),
    "contact_is_champion": FlagSource("CASE WHEN k.is_champion THEN 1 WHEN NOT k.is_champion THEN 0 END"),
    "contact_followers": NumberSource("k.followers", "k.followers"),
    "contact_city": WordSource("k.city"),
    "contact_employers": SetSource(
        rows="""SELECT p.id AS contact_id, e.employer_id AS member FROM crm_contact p
            JOIN crm_employment e ON e.contact_id = p.id AND e.kind = 'previous' WHERE {ids}""",
        names="SELECT n.id AS member, n.name FROM crm_employer n",
        complete=PEOPLE_COMPLETE,
    ),
    "contact_has_email": FlagSource("CASE WHEN k.email IS NULL THEN 0 ELSE 1 END"),
    "contact_consent": WordSource("k.consent"),
    "contact_last_activity": DaySource("{day:k_activity.last_at}", joins=("k_activity",)),
}


def is_of_contacts(fact: Fact) -> bool:
    """Whether each contact has a value of its own of `fact`."""
    return fact.subject == "contact"


def keyed_by(fact: Fact) -> tuple[str, str]:
    """The column by which the rows of a set are told apart, and what it is equal to."""
    return ("contact_id", "k.id") if is_of_contacts(fact) else ("company_id", "c.id")


def joined_by(alias: str) -> str:
    """The condition that ties the row behind an alias to whom it is about."""
    return f"{alias}.contact_id = k.id" if alias in JOINS_OF_CONTACTS else f"{alias}.company_id = c.id"


def source_of(fact: Fact) -> Source:
    """Where `fact` is read: its columns, or the attribute of a custom fact."""
    if is_of_contacts(fact):
        return SOURCES_OF_CONTACTS[fact.key]
    if fact.key in SOURCES:
        return SOURCES[fact.key]
    alias = f"a_{fact.key}"
    joins = (alias,)
    if fact.kind in NUMBERS:
        return NumberSource(f"{alias}.low", f"{alias}.high", joins)
    if fact.kind is Kind.BOOLEAN:
        return FlagSource(f"CASE WHEN {alias}.boolean THEN 1 WHEN NOT {alias}.boolean THEN 0 END", joins)
    if fact.kind is Kind.DATE:
        return DaySource(f"{alias}.day", joins)
    if fact.kind is Kind.SET:
        known = terms(fact.key, f"COALESCE({alias}.complete, FALSE)")
        return SetSource(known.rows, known.complete, known.names, joins=joins)
    return WordSource(f"{alias}.text", joins)


def join_query(alias: str) -> str:
    """The query behind an alias of `Source.joins`."""
    if found := JOINS.get(alias) or JOINS_OF_CONTACTS.get(alias):
        return found
    fact = alias.removeprefix("a_")
    return f"""SELECT p.company_id, p.low, p.high, p.day, p.boolean, p.text, p.complete FROM crm_attribute p
        WHERE p.fact = '{fact}' AND {{ids}}"""


def roles_named(member: str, of_personas: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The buying roles that a member of a source with `roles` stands for."""
    if member.startswith("="):
        return tuple(each for each in member[1:].split(",") if each != "none")
    return of_personas.get(member, ())


def roles_of(document: Document) -> Mapping[str, tuple[str, ...]]:
    """The buying roles of each persona."""
    return {persona.key: persona.buying_roles for persona in document.personas}
