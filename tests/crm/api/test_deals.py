"""Deals through the API."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from crm.models import Company, Deal, Fit
from crm.scoring.drain import rescore_all
from tests.factories import company, member, now, ruleset

from .calling import integration, person, program

pytestmark = pytest.mark.django_db

HERE = "/api/v1/deals/"


def today() -> date:
    return now().date()


def long_ago() -> date:
    return today() - timedelta(days=30)


@pytest.fixture
def api() -> APIClient:
    return program(scopes=["deals:read", "deals:write"])


def deal(account: Company | None = None, **columns: Any) -> Deal:
    return Deal.objects.create(
        **{"company": account or company(), "name": "First year", "opened_on": long_ago()} | columns
    )


def post(client: APIClient, account: Company, **said: Any) -> Any:
    return client.post(HERE, {"company": account.pk, "name": "First year"} | said, format="json")


def patch(client: APIClient, row: Deal, **said: Any) -> Any:
    return client.patch(f"{HERE}{row.pk}/", said, format="json")


def found(client: APIClient, **query: Any) -> list[str]:
    answer = client.get(HERE, query)
    assert answer.status_code == 200, answer.json()
    return [row["name"] for row in answer.json()["results"]]


def test_a_new_deal_begins_today_in_discovery_and_is_whose_the_account_is(api: APIClient) -> None:
    owner = member("owner", "Sales")
    account = company(owner=owner)

    answer = post(api, account, amount=1200.5, currency="eur")

    row = Deal.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": row.pk,
        "company": account.pk,
        "name": "First year",
        "stage": "discovery",
        "amount": 1200.5,
        "currency": "EUR",
        "opened_on": str(today()),
        "closed_on": None,
        "outcome_reason": None,
        "owner": owner.pk,
        "stage_since": str(today()),
    }
    assert str(row.history.get().history_user).startswith("api: ")


def test_a_person_owns_the_deal_they_enter_unless_they_say_otherwise() -> None:
    ops = member("ops", "RevOps")
    account = company(owner=member("owner"))

    assert post(person(ops), account).json()["owner"] == ops.pk
    assert post(person(ops), account, owner=None).json()["owner"] is None


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"amount": 5}, "/currency"),
        ({"amount": -1, "currency": "USD"}, "/amount"),
        ({"amount": "NaN", "currency": "USD"}, "/amount"),
        ({"amount": True, "currency": "USD"}, "/amount"),
        ({"amount": 10**17, "currency": "USD"}, "/amount"),
        ({"amount": 1, "currency": "dollars"}, "/currency"),
        ({"amount": 1, "currency": "€€€"}, "/currency"),
        ({"stage": "signed"}, "/stage"),
        ({"stage": "lost"}, "/outcome_reason"),
        ({"stage": "won", "closed_on": "2999-01-01"}, "/closed_on"),
        ({"stage": "won", "closed_on": "2020-01-01", "opened_on": "2020-02-01"}, "/closed_on"),
        ({"closed_on": "2020-01-01"}, "/closed_on"),
        ({"owner": 987654}, "/owner"),
        ({"name": ""}, "/name"),
        ({"won": True}, "/won"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(api: APIClient, said: dict[str, Any], pointer: str) -> None:
    answer = post(api, company(), **said)

    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (400, [pointer])
    assert not Deal.objects.exists()


def test_a_deal_is_closed_with_a_day_and_a_reason_and_opened_again_without(api: APIClient) -> None:
    row = deal(amount=10, currency="USD")

    assert patch(api, row, stage="lost").status_code == 400
    lost = patch(api, row, stage="lost", outcome_reason="No budget", closed_on=str(today() - timedelta(days=2))).json()
    again = patch(api, row, stage="proposal").json()
    won = patch(api, row, stage="won").json()

    assert (lost["closed_on"], lost["stage_since"]) == (str(today() - timedelta(days=2)),) * 2
    assert (again["closed_on"], again["outcome_reason"], again["stage_since"]) == (None, None, str(today()))
    assert (won["closed_on"], won["amount"]) == (str(today()), 10)
    assert [record.stage for record in row.history.order_by("history_id")] == ["discovery", "lost", "proposal", "won"]


def test_a_deal_that_stays_where_it_is_keeps_how_long_it_has_been_there(api: APIClient) -> None:
    row = deal(stage="won", closed_on=long_ago(), stage_since=long_ago(), outcome_reason="Price")

    said = patch(api, row, name="Second year", stage="won").json()

    day = str(long_ago())
    assert (said["closed_on"], said["stage_since"], said["outcome_reason"]) == (day, day, "Price")


def test_the_accounts_of_a_deal_that_moves_are_scored_again(
    api: APIClient, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    ruleset(must=[{"key": "open", "label": "Open deal", "when": {"fact": "open_deals", "at_least": 1}}])
    row, other = deal(), company()
    rescore_all(at=now())

    with django_capture_on_commit_callbacks(execute=True):
        patch(api, row, company=other.pk)

    segments = dict(Fit.objects.values_list("company", "segment"))
    assert segments == {row.company_id: None, other.pk: "only"}


def test_of_two_who_change_a_deal_the_second_is_told(api: APIClient) -> None:
    row = deal()
    seen = api.get(f"{HERE}{row.pk}/")["ETag"]
    headers = {"if-match": seen}

    first = api.patch(f"{HERE}{row.pk}/", {"stage": "proposal"}, format="json", headers=headers)
    second = api.patch(f"{HERE}{row.pk}/", {"stage": "evaluation"}, format="json", headers=headers)

    assert (first.status_code, second.status_code) == (200, 412)
    assert api.delete(f"{HERE}{row.pk}/", headers=headers).status_code == 412
    assert api.delete(f"{HERE}{row.pk}/", headers={"if-match": first["ETag"]}).status_code == 204


# Who sees and changes what


def test_a_key_without_the_scope_reads_and_writes_nothing() -> None:
    row = deal()

    assert program(scopes=["deals:write", "activities:read"]).get(HERE).status_code == 403
    reader = program(scopes=["deals:read"])
    assert [post(reader, row.company).status_code, patch(reader, row).status_code] == [403, 403]
    assert reader.delete(f"{HERE}{row.pk}/").status_code == 403


def test_what_is_hidden_is_not_there() -> None:
    team = Group.objects.create(name="North")
    hidden, ours = deal(company(owner=member("other")), name="Hidden"), deal(company(team=team), name="Ours")
    api = program(team=team)

    assert found(api) == ["Ours"]
    assert found(api, search="hidden") == []
    assert [api.get(f"{HERE}{hidden.pk}/").status_code, patch(api, hidden).status_code] == [404, 404]
    assert api.delete(f"{HERE}{hidden.pk}/").status_code == 404
    for said in ({"company": hidden.company_id}, {"owner": hidden.company.owner_id}):
        assert patch(api, ours, **said).status_code == post(api, ours.company, **said).status_code == 400
    ours.refresh_from_db()
    assert (ours.company.team, ours.owner) == (team, None)


def test_an_account_that_is_only_seen_takes_no_deal() -> None:
    rep = member("rep", "Sales", "North")
    row = deal(company(team=Group.objects.get(name="North"), owner=member("other")))
    api = person(rep)

    assert api.get(f"{HERE}{row.pk}/").status_code == 200
    assert [post(api, row.company).status_code, patch(api, row, name="x").status_code] == [403, 403]
    assert api.delete(f"{HERE}{row.pk}/").status_code == 403
    assert patch(api, deal(company(owner=rep)), company=row.company_id).status_code == 403


def test_what_nobody_may_set_stays_as_it_was(api: APIClient) -> None:
    row = deal(stage_since=long_ago())

    patch(api, row, id=row.pk + 1, stage_since=str(today()))

    assert Deal.objects.values_list("pk", "stage_since").get() == (row.pk, long_ago())


# Lists


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"stage": "won,lost"}, {"Won"}),
        ({"open": "true"}, {"Small", "Great", "Unknown"}),
        ({"open": "false"}, {"Won"}),
        ({"amount_min": "100"}, {"Great"}),
        ({"amount_max": "100", "currency": "usd"}, {"Small"}),
        ({"closed_since": str(today())}, {"Won"}),
        ({"owner": "nobody"}, {"Great", "Won", "Unknown"}),
        ({"search": "rocket gre"}, {"Great"}),
        ({"opened_before": str(long_ago())}, {"Unknown"}),
        ({"changed_since": (now() - timedelta(hours=1)).isoformat()}, {"Small", "Great", "Won"}),
    ],
)
def test_the_list_narrows(api: APIClient, query: dict[str, str], names: set[str]) -> None:
    deal(name="Small", amount=5, currency="USD", owner=member("owner"))
    deal(company(name="Rocket"), name="Great", amount=9000, currency="EUR")
    deal(name="Won", stage="won", closed_on=today())
    Deal.objects.bulk_create([Deal(company=company(), name="Unknown", opened_on=long_ago() - timedelta(days=9))])

    assert set(found(api, **query)) == names


def test_deals_without_an_amount_come_last(api: APIClient) -> None:
    for amount in (5, None, 900):
        deal(name=str(amount), amount=amount, currency="USD")

    assert found(api, ordering="amount") == ["5", "900", "None"]
    assert found(api, ordering="-amount") == ["900", "5", "None"]


@pytest.mark.parametrize("count", [2, 9])
def test_the_list_takes_the_same_queries_for_any_number(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        deal(owner=None)
    api = program(integration(scopes=["deals:read"]))
    api.get(HERE)

    with django_assert_num_queries(5):
        assert len(found(api)) == count
