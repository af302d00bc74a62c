"""The database and Python put every value into the same cell, and so give the same result."""

from dataclasses import astuple
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crm.facts import SOURCES, SOURCES_OF_CONTACTS
from crm.models import (
    Activity,
    Attribute,
    Company,
    CompanyTerm,
    Contact,
    ContactFit,
    Deal,
    Employer,
    Employment,
    FactSource,
    Fit,
    Investor,
    JobTitle,
    Term,
    TitlePersona,
)
from crm.scoring.contacts import NUMBERS as NUMBERS_OF_FITS
from crm.scoring.contacts import contact_points, contact_scorer_for
from crm.scoring.drain import rescore_all, scorer_for
from crm.scoring.known import known_facts, known_facts_of_contacts
from crm.scoring.packing import Packing
from personas.models import Ruleset
from personas.publishing import publish
from personas.rules.document import from_data
from personas.rules.facts import BUILT_IN, OF_CONTACTS, Span
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NUMBERS = [0, 1, 2, 14, 15, 20, 500, 501, 100_000, 1_000_000]
WORDS = ["Berlin", "berlin", "NEW  York", "Straße", "R&D", "r and d", "İzmir", "acme", "Acme, Inc.", "Łódź"]
NAMES = [
    "Sequoia Capital",
    "sequoia capital",
    "Sequoia Capital India",
    "Accel",
    "ACCEL",
    "Élan Ventures",
    "elan ventures",
]
DAYS = [date(2025, 1, 1), date(2025, 12, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1), date(2026, 4, 1)]

numbers = st.sampled_from(NUMBERS)
words = st.sampled_from(WORDS)
names = st.lists(st.sampled_from(NAMES), max_size=3, unique=True)
days = st.sampled_from(DAYS)
ends = st.one_of(
    st.just((None, None)),
    numbers.map(lambda number: (number, number)),
    st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair))),
    numbers.map(lambda number: (number, None)),
    numbers.map(lambda number: (None, number)),
)
CUSTOM = {
    "traffic": {"kind": "integer", "fresh_for_days": 30},
    "growth": {"kind": "percent", "minimum": 0},
    "trial_ends": {"kind": "date"},
    "self_serve": {"kind": "boolean"},
    "plan": {"kind": "choice", "choices": ["free", "team", "scale"], "ordered": True},
    "pitch": {"kind": "text"},
    "markets": {"kind": "set"},
    "employees": {"kind": "integer", "fresh_for_days": 60},
}
RANGES = ("employees", "monthly_revenue", "consumer_users", "funding_total", "social_followers", "open_deals")
TEXTS = ("city", "industry", "company_type", "pitch")
SETS = ("investors", "tags", "technologies", "accelerators", "founder_employers", "titles", "markets")


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """A comparison of any kind of fact."""
    kind = draw(st.sampled_from(["number", "text", "set", "day", "other"]))
    if kind == "number":
        fact = draw(st.sampled_from([*RANGES, "contacts", "founded", "traffic", "growth"]))
        operator = draw(st.sampled_from(["at_least", "at_most", "more_than", "less_than", "is", "is_not"]))
        return {"fact": fact, operator: draw(numbers)}
    if kind == "text":
        operator = draw(st.sampled_from(["is", "one_of", "has_word", "in_list"]))
        fact = draw(st.sampled_from(TEXTS if operator != "has_word" else ("city", "industry", "pitch")))
        value: Any = draw(words)
        return {"fact": fact, operator: {"one_of": [value], "in_list": "names"}.get(operator, value)}
    if kind == "set":
        fact = draw(st.sampled_from(SETS))
        operator = draw(st.sampled_from(["any_of", "all_of", "none_of", "any_in_list", "empty"]))
        return {"fact": fact, operator: {"any_in_list": "names", "empty": True}.get(operator, draw(names) or ["Accel"])}
    if kind == "day":
        fact = draw(st.sampled_from(["last_activity", "trial_ends"]))
        operator = draw(st.sampled_from(["within_days", "older_than_days", "at_least", "less_than"]))
        return {
            "fact": fact,
            operator: draw(st.sampled_from([0, 1, 28, 400])) if "days" in operator else str(draw(days)),
        }
    return draw(
        st.sampled_from(
            [
                {"fact": "is_public", "is": True},
                {"fact": "self_serve", "is": False},
                {"fact": "plan", "at_least": "team"},
                {"fact": "funding_stage", "at_least": "seed"},
                {"fact": "personas", "any_of": ["sam"]},
                {"fact": "buying_roles", "all_of": ["user", "influencer"]},
                {"fact": "domain", "ends_with": ".io"},
                {"fact": "country", "one_of": ["NO", "de"]},
                {"known": "city"},
                {"known": "markets"},
            ]
        )
    )


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Rules that put many questions to many facts."""
    rows = [
        {"key": f"row{place}", "when": draw(conditions()), "points": place + 1}
        for place in range(draw(st.integers(4, 24)))
    ]
    return {
        "format": 1,
        "facts": CUSTOM,
        "lists": {
            "names": {
                "contains_from": 8,
                "entries": ["Sequoia Capital", {"name": "Elan Ventures", "aliases": ["Berlin"]}],
            }
        },
        "personas": [{"key": "sam", "buying_roles": ["user", "influencer"]}, {"key": "pam", "buying_roles": ["user"]}],
        "profiles": [
            {"key": "card", "components": [{"key": "all", "combine": "sum", "rows": rows}]},
            {"key": "segment", "rank": 1, "must": [{"key": "first", "when": rows[0]["when"]}]},
        ],
    }


def fill(data: st.DataObject, place: int) -> None:
    """One company with facts of every kind, each known or not."""
    draw = data.draw
    company = factories.company(
        draw(ends),
        city=draw(words | st.none()),
        industry=draw(words | st.none()),
        company_type=draw(words | st.none()),
        country=draw(st.sampled_from(["NO", "DE", None])),
        domain=draw(st.sampled_from([f"acme{place}.io", f"beta{place}.com", None])),
        status=draw(st.sampled_from([*Company.Status.values, None])),
        founded=draw(st.sampled_from([1999, 2020, None])),
        funding_stage=draw(st.sampled_from(["seed", "bootstrapped", "public", None])),
        funding_researched_on=draw(days | st.none()),
        people_researched_on=draw(days | st.none()),
        tags_researched_on=draw(days | st.none()),
        **{
            f"{column}_{end}": value
            for column in ("monthly_revenue_usd", "consumer_users", "funding_total_usd")
            for end, value in zip(("low", "high"), draw(ends), strict=True)
        },
    )
    factories.invested(company, *draw(names))
    for vocabulary in ("tags", "technologies", "accelerators", "markets"):
        factories.termed(company, vocabulary, *draw(names))
    for _ in range(draw(st.integers(0, 2))):
        person = factories.contact(
            company,
            draw(st.sampled_from([*NAMES[:2], "Sam", "Pam", None])),
            followers=draw(numbers | st.none()),
            is_founder=draw(st.booleans() | st.none()),
            persona=draw(st.sampled_from(["sam", None])),
        )
        for name in draw(names):
            factories.worked(person, name)
    for amount in range(draw(st.integers(0, 2))):
        Deal.objects.create(company=company, name="Deal", amount=amount, currency="USD", opened_on=DAYS[0])
    for day in draw(st.lists(days, max_size=2)):
        moment = datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)
        Activity.objects.create(company=company, kind="call", summary="Call", happened_at=moment)
    attributes(company, data)
    for fact in draw(st.lists(st.sampled_from(["employees", "traffic"]), unique=True)):
        FactSource.objects.create(company=company, fact=fact, source="test", observed_on=draw(days))


def attributes(company: Company, data: st.DataObject) -> None:
    """Custom facts of `company`, each known or not."""
    draw = data.draw
    low, high = draw(ends)
    rows: list[dict[str, Any]] = [
        {"fact": "traffic", "low": low, "high": high},
        {"fact": "growth", "low": draw(st.sampled_from([Decimal("-1.5"), Decimal("14.5"), Decimal(15)]))},
        {"fact": "trial_ends", "day": draw(days | st.none())},
        {"fact": "self_serve", "boolean": draw(st.booleans() | st.none())},
        {"fact": "plan", "text": draw(st.sampled_from(["free", "Team", "platinum", None]))},
        {"fact": "pitch", "text": draw(words | st.none())},
        {"fact": "markets", "complete": draw(st.booleans() | st.none())},
    ]
    for row in draw(st.lists(st.sampled_from(rows), unique_by=lambda row: str(row["fact"]))):
        Attribute.objects.create(company=company, **row)


def persona_titles() -> None:
    """One title that is certainly Sam, and one that may be either."""
    for text, result, personas in (("Sam", "match", ["sam"]), ("Pam", "ambiguous", ["pam", "sam"])):
        title, _ = JobTitle.objects.get_or_create(text=text, defaults={"result": result})
        for place, persona in enumerate(personas):
            TitlePersona.objects.get_or_create(title=title, persona=persona, defaults={"place": place})


@settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
@given(data=st.data(), document=documents())
def test_the_database_and_python_agree_on_every_cell(data: st.DataObject, document: dict[str, Any]) -> None:
    for model in (Contact, Employment, Company, Employer, Investor, Term, CompanyTerm, JobTitle, Ruleset):
        model._default_manager.all().delete()
    persona_titles()
    ruleset = publish(from_data(document))
    for place in range(3):
        fill(data, place)

    rescore_all(at=NOW)

    scorer = scorer_for(ruleset, NOW.date())
    packing = Packing(scorer)
    for fit in Fit.objects.all():
        known = known_facts(fit.company_id, scorer)
        cells = scorer.cells_of({key: each.counted for key, each in known.items()})
        assert fit.cells is not None
        stored = dict(zip(scorer.cuts, packing.cells(fit.cells), strict=True))
        assert stored == dict(zip(scorer.cuts, cells, strict=True))
        assert packing.text(cells) == fit.cells
        score = scorer.score(cells).profiles["card"]
        stored_score = fit.company.scores.get(profile__key="card")
        assert (stored_score.points, stored_score.low, stored_score.high) == (score.points, score.low, score.high)


def test_every_built_in_fact_has_a_source() -> None:
    assert set(SOURCES) == set(BUILT_IN)
    assert set(SOURCES_OF_CONTACTS) == set(OF_CONTACTS)


# People

TITLES = [
    "Staff Software Engineer",
    "Product Engineer",
    "Junior Accountant",
    "Sales Engineer",
    "VP Berlin",
    "???",
    None,
]


@st.composite
def conditions_of_people(draw: st.DrawFn) -> dict[str, Any]:
    """A comparison of any fact of people, or of one of their company."""
    days = draw(st.sampled_from([0, 1, 28, 400]))
    return draw(
        st.one_of(
            conditions(),
            st.sampled_from(
                [
                    {"fact": "contact_persona", "any_of": ["sam"]},
                    {"fact": "contact_persona", "none_of": ["pam"]},
                    {"fact": "contact_persona", "empty": True},
                    {"fact": "contact_roles", "all_of": ["user", "influencer"]},
                    {"fact": "contact_roles", "empty": False},
                    {"fact": "contact_title", "has_word": "engineer"},
                    {"fact": "contact_function", "is": "engineering"},
                    {"fact": "contact_seniority", "at_least": "staff"},
                    {"fact": "contact_is_founder", "is": True},
                    {"fact": "contact_is_champion", "is": False},
                    {"fact": "contact_followers", "at_least": draw(numbers)},
                    {"fact": "contact_city", "in_list": "names"},
                    {"fact": "contact_employers", "any_in_list": "names"},
                    {"fact": "contact_employers", "all_of": draw(names) or ["Accel"]},
                    {"fact": "contact_has_email", "is": True},
                    {"fact": "contact_consent", "is": "refused"},
                    {"fact": "contact_last_activity", "within_days": days},
                    {"known": "contact_last_activity"},
                ]
            ),
        )
    )


@st.composite
def documents_of_people(draw: st.DrawFn) -> dict[str, Any]:
    """Rules that put many questions to people, one more profile that reads the best of them."""
    document = draw(documents())
    rows = [
        {"key": f"row{place}", "when": draw(conditions_of_people()), "points": place + 1}
        for place in range(draw(st.integers(4, 20)))
    ]
    people = {
        "key": "people",
        "subject": "contact",
        "must": [{"key": "must", "when": draw(conditions_of_people())}],
        "components": [{"key": "all", "combine": "sum", "rows": rows}],
    }
    other = people | {"key": "others", "must": [], "components": []}
    best = {"key": "b", "when": {"fact": "best_contact_points", "at_least": 9}, "points": 1}
    card = {"key": "best", "components": [{"key": "all", "rows": [best]}]}
    document["profiles"] += [card, people, *([other] if draw(st.booleans()) else [])]
    document["personas"] = [
        {"key": "sam", "titles": ["software engineer", "product engineer"], "buying_roles": ["user", "influencer"]},
        {"key": "pam", "titles": ["product manager", "product engineer"], "buying_roles": ["user"]},
    ]
    return document


def fill_people(data: st.DataObject, company: Company, elsewhere: Company) -> None:
    """Some people at `company` with facts of every kind, each known or not."""
    draw = data.draw
    for place in range(draw(st.integers(1, 3))):
        person = factories.contact(
            company,
            draw(st.sampled_from(TITLES)),
            followers=draw(numbers | st.none()),
            is_founder=draw(st.booleans() | st.none()),
            is_champion=draw(st.booleans() | st.none()),
            persona=draw(st.sampled_from([None, "sam", "gone"])),
            roles=draw(st.sampled_from([None, "none", "user", "user,influencer"])),
            city=draw(words | st.none()),
            email=f"p{company.pk}.{place}@example.com" if draw(st.booleans()) else None,
            consent=draw(st.sampled_from([None, "given", "refused"])),
        )
        for name in draw(names):
            factories.worked(person, name)
        for day, at in draw(st.lists(st.tuples(days, st.sampled_from([company, elsewhere])), max_size=2)):
            moment = datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)
            kind = draw(st.sampled_from(["call", "task"]))
            Activity.objects.create(company=at, contact=person, kind=kind, summary="Call", happened_at=moment)


@settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
@given(data=st.data(), document=documents_of_people())
def test_the_database_and_python_agree_on_every_cell_of_people(data: st.DataObject, document: dict[str, Any]) -> None:
    for model in (Contact, Employment, Company, Employer, Investor, Term, CompanyTerm, JobTitle, Ruleset):
        model._default_manager.all().delete()
    ruleset = publish(from_data(document))
    elsewhere = factories.company()
    for place in range(2):
        fill(data, place)
    for company in Company.objects.exclude(pk=elsewhere.pk):
        fill_people(data, company, elsewhere)

    rescore_all(at=NOW)

    scorer = contact_scorer_for(ruleset, NOW.date())
    packing = Packing(scorer)
    known = known_facts_of_contacts(list(Contact.objects.all()), scorer)
    assert ContactFit.objects.count() == len(known)
    for fit in ContactFit.objects.all():
        cells = scorer.cells_of({key: each.counted for key, each in known[fit.contact_id].items()})
        stored = dict(zip(scorer.cuts, packing.cells(fit.cells), strict=True))
        assert stored == dict(zip(scorer.cuts, cells, strict=True))
        points = contact_points(scorer.stored(cells))
        assert [getattr(fit, name) for name in NUMBERS_OF_FITS] == list(astuple(points))
    assert not Fit.objects.exclude(stale_since=None).exists()
    best_is_what_it_says(ruleset)


def best_is_what_it_says(ruleset: Ruleset) -> None:
    """The fact lies where the points of the contacts, once all is known of them, must lie."""
    scorer = scorer_for(ruleset, NOW.date())
    for company in Company.objects.all():
        found = known_facts(company.pk, scorer)["best_contact_points"].value
        fits = [each for each in ContactFit.objects.filter(company=company) if each.profile]
        certain = [each.low for each in fits if each.verdict == "yes" and each.low is not None]
        low, high = (found.low, found.high) if isinstance(found, Span) else (found, found)
        assert (low is None) == (not certain)
        if certain:
            assert low == Decimal(max(certain)) / 100
        if high is not None:
            assert company.people_researched_on is not None
            assert isinstance(high, int | Decimal)
            assert all(each.high is not None and Decimal(each.high) / 100 <= high for each in fits)
