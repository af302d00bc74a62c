"""Investors through the API."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from crm.models import Fit, Investor
from crm.scoring.drain import rescore_all
from tests.factories import company, invested, member, now, ruleset

from .calling import integration, person, program

pytestmark = pytest.mark.django_db

HERE = "/api/v1/investors/"


@pytest.fixture
def api() -> APIClient:
    return program(scopes=["investors:read", "investors:write"])


def investor(name: str) -> Investor:
    return Investor.objects.create(name=name)


def found(client: APIClient, **query: Any) -> list[str]:
    answer = client.get(HERE, query)
    assert answer.status_code == 200, answer.json()
    return [row["name"] for row in answer.json()["results"]]


def test_an_investor_says_in_how_many_companies_that_one_sees(api: APIClient) -> None:
    team = Group.objects.create(name="North")
    invested(company(team=team), "Accel")
    invested(company(owner=member("other")), "Accel", "Benchmark")

    def counts(client: APIClient) -> dict[str, int]:
        return {row["name"]: row["companies"] for row in client.get(HERE).json()["results"]}

    assert counts(api) == {"Accel": 2, "Benchmark": 1}
    assert counts(program(team=team)) == {"Accel": 1, "Benchmark": 0}


def test_an_investor_is_made_once(api: APIClient) -> None:
    first = api.post(HERE, {"name": "Accel"}, format="json")
    second = api.post(HERE, {"name": "Accel"}, format="json")

    row = Investor.objects.get()
    assert (first.status_code, first.json()) == (201, {"id": row.pk, "name": "Accel", "companies": 0})
    assert first["Location"].endswith(f"{HERE}{row.pk}/")
    assert (second.status_code, second.json()["errors"][0]["pointer"]) == (400, "/name")


def test_a_new_name_counts_for_the_accounts_of_the_investor(api: APIClient) -> None:
    ruleset()
    account = invested(company(120), "Axel")
    rescore_all(at=now())

    answer = api.patch(f"{HERE}{Investor.objects.get().pk}/", {"name": "Accel"}, format="json")
    rescore_all(at=now())

    assert (answer.status_code, answer.json()["name"]) == (200, "Accel")
    assert Fit.objects.get(pk=account.pk).segment == "growth"


def test_an_investor_of_a_company_stays_whoever_sees_the_company() -> None:
    invested(company(owner=member("other")), "Accel")
    alone = investor("Benchmark")
    api = program(team=Group.objects.create(name="North"))

    used = api.delete(f"{HERE}{Investor.objects.get(name='Accel').pk}/")
    free = api.delete(f"{HERE}{alone.pk}/")

    assert (used.status_code, free.status_code) == (409, 204)
    assert [each.name for each in Investor.objects.all()] == ["Accel"]


def test_an_investor_is_changed_and_removed_as_it_was_seen(api: APIClient) -> None:
    row = investor("Accel")
    here = f"{HERE}{row.pk}/"
    seen = api.get(here)["ETag"]
    Investor.objects.update(name="Excel")

    assert api.patch(here, {"name": "Mine"}, format="json", headers={"if-match": seen}).status_code == 412
    assert api.delete(here, headers={"if-match": seen}).status_code == 412
    assert Investor.objects.get().name == "Excel"


def test_a_new_company_is_no_other_version_of_its_investor(api: APIClient) -> None:
    row = investor("Accel")
    seen = api.get(f"{HERE}{row.pk}/")["ETag"]
    invested(company(), "Accel")

    answer = api.patch(f"{HERE}{row.pk}/", {"name": "Axel"}, format="json", headers={"if-match": seen})

    assert answer.status_code == 200


def test_what_an_investor_may_do_is_asked_of_scope_and_role(api: APIClient) -> None:
    here = f"{HERE}{investor('Accel').pk}/"

    assert program(scopes=["companies:read"]).get(HERE).status_code == 403
    for client in (program(scopes=["investors:read"]), person(member("rep", "Sales"))):
        assert client.get(here).status_code == 200
        assert client.patch(here, {"name": "x"}, format="json").status_code == 403
        assert client.delete(here).status_code == 403


def test_what_nobody_may_set_stays_as_it_was(api: APIClient) -> None:
    row = investor("Accel")

    api.patch(f"{HERE}{row.pk}/", {"id": 99, "companies": 7}, format="json")
    refused = api.patch(f"{HERE}{row.pk}/", {"name_key": "x"}, format="json")

    assert Investor.objects.values_list("pk", "name", "name_key").get() == (row.pk, "Accel", "accel")
    assert refused.status_code == 400
    assert api.patch(f"{HERE}99999/", {"name": "x"}, format="json").status_code == 404


def test_the_list_narrows_by_name_and_by_a_list_of_the_active_rules(api: APIClient) -> None:
    ruleset()
    for name in ("Accel", "Sequoia Capital India", "Benchmark"):
        investor(name)

    assert found(api, list="leading", ordering="name") == ["Accel", "Sequoia Capital India"]
    assert found(api, search="CAPITAL ind") == ["Sequoia Capital India"]
    assert found(api, ordering="-name") == ["Sequoia Capital India", "Benchmark", "Accel"]
    wrong = api.get(HERE, {"list": "leeding"})
    assert (wrong.status_code, "leading" in wrong.json()["errors"][0]["detail"]) == (400, True)


@pytest.mark.parametrize("count", [2, 9])
def test_the_list_takes_the_same_queries_for_any_number(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        invested(company(), f"Investor {number}")
    api = program(integration(scopes=["investors:read"]))
    api.get(HERE)

    with django_assert_num_queries(5):
        assert len(found(api)) == count
    with django_assert_num_queries(5):
        assert found(api, fields="id,name")


def test_of_two_who_take_a_name_at_once_the_second_is_told(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    investor("Accel")
    monkeypatch.setattr("rest_framework.validators.UniqueValidator.__call__", lambda *given: None)

    assert api.post(HERE, {"name": "Accel"}, format="json").status_code == 409
