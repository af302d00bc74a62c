"""One fact of one account, stated by a person: kept with source and history, and nothing else touched."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from crm.models import Attribute, Company, FactSource, Investor
from crm.stating import Names, Statement, can_be_stated, state
from personas.rules.facts import BUILT_IN, Fact, InvalidValue, Kind, Span
from tests.factories import company, invested, member, termed

TODAY = date(2026, 11, 22)
CUSTOM = {
    kind: Fact(f"custom_{kind}", f"Custom {kind}", kind, custom=True)
    for kind in (Kind.INTEGER, Kind.DECIMAL, Kind.PERCENT, Kind.MONEY, Kind.DATE, Kind.BOOLEAN, Kind.TEXT, Kind.SET)
}
STAGE = Fact("custom_stage", "Custom stage", Kind.CHOICE, choices=("one", "two"), custom=True)

pytestmark = pytest.mark.django_db


@pytest.fixture
def robin() -> User:
    return member("robin", "Sales")


def say(account: Company, fact: Fact | str, value: Statement, by: User | None = None, **more: Any) -> bool:
    found = BUILT_IN[fact] if isinstance(fact, str) else fact
    return state(account.pk, found, value, **({"by": by, "on": TODAY} | more))


def columns(account: Company, *names: str) -> tuple[object, ...]:
    account.refresh_from_db()
    return tuple(getattr(account, name) for name in names)


@pytest.mark.parametrize(
    ("fact", "value", "stored"),
    [
        ("employees", 42, {"employees_low": 42, "employees_high": 42}),
        ("employees", Span(11, 50), {"employees_low": 11, "employees_high": 50}),
        ("consumer_users", Span(10_000, None), {"consumer_users_low": 10_000, "consumer_users_high": None}),
        ("monthly_revenue", Decimal("99.50"), {"monthly_revenue_usd_low": Decimal("99.50")}),
        ("funding_total", Span(None, 100_000), {"funding_total_usd_low": None, "funding_total_usd_high": 100_000}),
        ("is_public", True, {"status": "public"}),
        ("is_public", False, {"status": "operating"}),
        ("founded", 2019, {"founded": 2019}),
        ("funding_stage", "series_a", {"funding_stage": "series_a"}),
        ("country", "de", {"country": "DE"}),
        ("city", "  São   Paulo ", {"city": "São Paulo"}),
        ("domain", "https://www.rocket.example/about", {"domain": "rocket.example"}),
        ("lifecycle_stage", "lead", {"lifecycle_stage": "lead"}),
    ],
)
def test_a_stated_fact_stands_in_its_column(fact: str, value: Statement, stored: dict[str, object]) -> None:
    account = company()

    assert say(account, fact, value)

    assert columns(account, *stored) == tuple(stored.values())


@pytest.mark.parametrize(
    ("fact", "value", "stored"),
    [
        (CUSTOM[Kind.INTEGER], Span(3, 9), {"low": 3, "high": 9}),
        (CUSTOM[Kind.DECIMAL], Decimal("0.125"), {"low": Decimal("0.125"), "high": Decimal("0.125")}),
        (CUSTOM[Kind.PERCENT], -12, {"low": -12, "high": -12}),
        (CUSTOM[Kind.MONEY], Span(5, None), {"low": 5, "high": None}),
        (CUSTOM[Kind.DATE], date(2025, 1, 2), {"day": date(2025, 1, 2)}),
        (CUSTOM[Kind.BOOLEAN], False, {"boolean": False}),
        (CUSTOM[Kind.TEXT], "Two words", {"text": "Two words"}),
        (STAGE, "two", {"text": "two"}),
    ],
    ids=lambda value: value.key if isinstance(value, Fact) else "",
)
def test_a_stated_custom_fact_stands_in_its_attribute(fact: Fact, value: Statement, stored: dict[str, object]) -> None:
    account = company()

    assert say(account, fact, value)

    row = Attribute.objects.get(company=account, fact=fact.key)
    assert {name: getattr(row, name) for name in stored} == stored
    assert say(account, fact, None)
    row.refresh_from_db()
    assert {getattr(row, name) for name in stored} == {None}


def test_it_keeps_who_said_so_and_when_and_what_was_there_before(robin: User) -> None:
    account = company(7)

    say(account, "employees", 40, by=robin, source="Their CEO", on=date(2026, 11, 1))

    source = account.fact_sources.get()
    assert (source.fact, source.source, source.observed_on, source.person) == (
        "employees",
        "Their CEO",
        date(2026, 11, 1),
        robin,
    )
    latest = account.history.latest()
    assert (latest.history_user, latest.employees_low, latest.prev_record.employees_low) == (robin, 40, 7)


def test_saying_it_twice_changes_nothing_the_second_time(robin: User) -> None:
    account = company()

    assert say(account, "city", "Bonn", by=robin)
    assert not say(account, "city", "Bonn", by=robin)

    assert account.history.filter(city="Bonn").count() == 1


@pytest.mark.parametrize("fact", ["employees", "city", "country", "is_public", "founded", "investors", "tags"])
def test_what_is_not_known_after_all_is_unknown_again(fact: str) -> None:
    account = termed(
        invested(company(5, city="Bonn", country="DE", status="closed", founded=2001), "Accel"), "tags", "x"
    )
    FactSource.objects.create(company=account, fact=fact, source="somewhere")

    assert say(account, fact, None)
    assert not say(account, fact, None)

    held: dict[str, Callable[[], object]] = {
        "investors": account.investments.exists,
        "tags": account.terms.exists,
        "employees": lambda: columns(account, "employees_low")[0],
        "is_public": lambda: columns(account, "status")[0],
        "country": lambda: columns(account, "country")[0],
    }
    assert not held.get(fact, lambda: columns(account, fact)[0])()
    assert not account.fact_sources.exists()


def test_one_that_was_closed_stays_closed_when_it_is_said_not_to_be_listed() -> None:
    account = company(status="closed")

    assert not say(account, "is_public", False)

    assert columns(account, "status") == ("closed",)


def test_names_are_added_to_a_set_and_taken_out_of_it(robin: User) -> None:
    account = invested(company(), "Accel", "Benchmark")

    assert say(account, "investors", Names(("Sequoia Capital", "accel"), ("Benchmark",)), by=robin)

    assert sorted(str(each) for each in account.investments.all()) == ["Accel", "Sequoia Capital"]
    assert columns(account, "funding_researched_on") == (None,)
    assert Investor.objects.filter(name__iexact="accel").count() == 1
    assert {
        each.history_user for each in account.investments.model.history.filter(company=account, history_type="-")
    } == {robin}


@pytest.mark.parametrize(
    ("fact", "column"), [("accelerators", "funding_researched_on"), ("technologies", "tags_researched_on")]
)
def test_a_set_may_be_said_to_be_complete_and_empty(fact: str, column: str) -> None:
    account = company()

    assert say(account, fact, Names(complete=True))
    assert columns(account, column) == (TODAY,)
    assert not say(account, fact, Names(complete=True))
    assert say(account, fact, Names(complete=False))
    assert columns(account, column) == (None,)


def test_a_custom_set_is_complete_by_its_attribute() -> None:
    account = company()

    say(account, CUSTOM[Kind.SET], Names(("Red", "Blue"), complete=True))

    assert sorted(each.term.name for each in account.terms.filter(term__vocabulary="custom_set")) == ["Blue", "Red"]
    assert account.attributes.get().complete


@pytest.mark.parametrize(
    ("fact", "value", "says"),
    [
        ("employees", -3, "below 0"),
        ("employees", 2**63, "less than or equal"),
        ("founded", 800, "below 1000"),
        ("founded", Span(2001, 2003), "one value"),
        ("funding_stage", "series_z", "none of"),
        ("lifecycle_stage", "unheard", "not a valid choice"),
        ("country", "XX", "not a valid choice"),
        ("city", "a\x00b", "no database takes"),
        ("city", "a\ud800b", "no database takes"),
        ("city", 5, "not text"),
        ("company_type", "x" * 61, "60"),
        ("domain", "gmail.com", "mail provider"),
        ("domain", "taken.example", "another company"),
        ("investors", "Accel", "list of names"),
        ("employees", Names(("Accel",)), "list of names"),
        ("personas", Names(("sam-software",)), "worked out"),
        (CUSTOM[Kind.DECIMAL], Decimal("0.1234567"), "decimal places"),
        (STAGE, "three", "none of"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(fact: Fact | str, value: Statement, says: str) -> None:
    company(domain="taken.example")
    account = company(12)

    with pytest.raises(InvalidValue, match=says):
        say(account, fact, value)

    assert columns(account, "employees_low") == (12,)
    assert not account.fact_sources.exists()
    assert not account.attributes.exists()


def test_facts_from_contacts_deals_and_activities_are_not_stated() -> None:
    assert {key for key, fact in BUILT_IN.items() if not can_be_stated(fact)} == {
        "personas", "buying_roles", "titles", "social_followers", "contacts", "founder_employers", "day_job_segments",
        "champions", "champions_joined", "champions_left", "best_contact_points", "open_deals", "last_activity",
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_people_who_answer_at_once_lose_nothing() -> None:
    account = company()
    answers: list[tuple[str, Statement]] = [
        ("employees", 40), ("city", "Bonn"), ("founded", 2019), ("investors", Names(("Accel",), complete=True)),
        ("accelerators", Names(("Y Combinator",), complete=True)), ("industry", "Software"),
    ]  # fmt: skip

    def answer(one: tuple[str, Statement]) -> bool:
        try:
            return say(account, *one)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(answers)) as people:
        assert all(people.map(answer, answers))

    assert columns(account, "employees_low", "city", "founded", "industry", "funding_researched_on") == (
        40, "Bonn", 2019, "Software", TODAY,
    )  # fmt: skip
    assert (account.investments.count(), account.terms.count(), account.fact_sources.count()) == (1, 1, 6)
