"""Scores and fit changes through the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from crm.models import Company, FitChange, Score
from crm.scoring.drain import rescore_all
from tests.factories import company, invested, member, now, ruleset

from .calling import integration, person, program

pytestmark = pytest.mark.django_db

SCORES = "/api/v1/scores/"
CHANGES = "/api/v1/fit-changes/"


@pytest.fixture
def api() -> APIClient:
    return program(scopes=["scores:read"])


@pytest.fixture
def account() -> Company:
    """A company that is in the segment Growth."""
    ruleset()
    made = invested(company(120, name="Rocket"), "Accel")
    rescore_all(at=now())
    return made


def employ(account: Company, employees: int | None) -> None:
    Company.objects.filter(pk=account.pk).update(employees_low=employees, employees_high=employees)
    rescore_all(at=now())


def rows(client: APIClient, address: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.json()
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


# Scores


def test_a_score_says_what_a_profile_says_of_a_company(api: APIClient, account: Company) -> None:
    growth, early = rows(api, SCORES)

    assert growth.pop("seen_at").endswith("Z")
    assert growth == {
        "company": account.pk,
        "profile": "growth",
        "ruleset": 1,
        "verdict": "yes",
        "status": "exact",
        "points": 20,
        "low": 20,
        "high": 20,
        "band": None,
        "stale_since": None,
    }
    assert (early["profile"], early["verdict"]) == ("early", "no")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"profile": "growth"}, 2),
        ({"profile": "growth,early"}, 4),
        ({"profile": "growth", "verdict": "yes"}, 1),
        ({"verdict": "open,no"}, 3),
        ({"status": "open"}, 1),
        ({"points_min": "15"}, 1),
        ({"points_max": "5"}, 3),
        ({"ruleset": "1"}, 4),
        ({"ruleset": "2"}, 0),
        ({"band": "a"}, 0),
    ],
)
def test_scores_narrow(api: APIClient, account: Company, query: dict[str, str], count: int) -> None:
    unknown = company()
    rescore_all(at=now())
    Company.objects.filter(pk=unknown.pk).update(city="Berlin", employees_low=3)

    assert len(rows(api, SCORES, **query)) == count


@pytest.mark.parametrize(
    "query", [{"verdict": "maybe"}, {"points_min": "many"}, {"stale": "1"}, {"ruleset": 10**20}, {"changed_since": "x"}]
)
def test_what_cannot_be_asked_of_scores_is_refused(api: APIClient, query: dict[str, str]) -> None:
    assert api.get(SCORES, query).status_code == 400


def test_a_score_that_waits_says_since_when_and_can_be_asked_for(api: APIClient, account: Company) -> None:
    other = company(3)
    rescore_all(at=now())
    Company.objects.filter(pk=account.pk).update(employees_low=3, employees_high=3)

    waiting = rows(api, SCORES, stale="true")

    assert [row["company"] for row in waiting] == [account.pk] * 2
    assert all(row["stale_since"] for row in waiting)
    assert {row["company"] for row in rows(api, SCORES, stale="false")} == {other.pk}


# Fit changes


def test_a_fit_change_says_what_moved_and_why(api: APIClient, account: Company) -> None:
    employ(account, 3)

    first, change = rows(api, CHANGES, company=account.pk)

    assert (first["before"], first["cause"], first["said"]) == (None, "first", ["Scored for the first time"])
    assert (change["kind"], change["cause"]) == ("segment", "facts")
    side = {"status": "settled", "band": None, "ruleset": 1}
    growth = side | {"segment": "growth", "effective_segment": "growth", "points": 20, "low": 20, "high": 20}
    assert change["before"] == growth
    assert change["after"] == side | {
        "segment": "early",
        "effective_segment": "early",
        "points": 0,
        "low": 0,
        "high": 0,
    }
    assert change["because"] == [
        {"fact": "employees", "label": "Employees", "before": "100–500", "after": "below 15 people"}
    ]
    assert change["said"] == ["Employees went from 100–500 to below 15 people"]
    assert api.get(f"{CHANGES}{change['id']}/").json() == change
    assert rows(api, f"/api/v1/companies/{account.pk}/fit-changes/") == [first, change]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"cause": "first"}, 1),
        ({"cause": "facts,time"}, 2),
        ({"kind": "segment"}, 2),
        ({"kind": "fit"}, 1),
        ({"kind": "band,fit"}, 1),
        ({"segment_before": "growth"}, 2),
        ({"segment_before": "none"}, 0),
        ({"segment_after": "none"}, 1),
        ({"segment_after": "growth,none"}, 3),
        ({"since": (now() + timedelta(days=30)).isoformat()}, 0),
        ({"since": (now() - timedelta(days=30)).isoformat(), "before": (now() + timedelta(days=30)).isoformat()}, 3),
    ],
)
def test_fit_changes_narrow(api: APIClient, account: Company, query: dict[str, str], count: int) -> None:
    employ(account, 20)
    employ(account, 900)

    assert len(rows(api, CHANGES, **query)) == count


def test_a_kind_that_is_narrowed_by_is_the_kind_that_is_told(api: APIClient, account: Company) -> None:
    employ(account, 20)
    employ(account, 900)
    employ(account, None)

    for kind in ("segment", "band", "fit"):
        assert {row["kind"] for row in rows(api, CHANGES, kind=kind)} <= {kind}
    assert sum(len(rows(api, CHANGES, kind=kind)) for kind in ("segment", "band", "fit")) == 4


# Who sees what


def test_results_of_hidden_accounts_are_not_there(account: Company) -> None:
    team = Group.objects.create(name="North")
    Company.objects.update(owner=member("other"))
    api = program(team=team)
    change = FitChange.objects.get()

    assert rows(api, SCORES) == rows(api, CHANGES) == rows(api, SCORES, company=account.pk) == []
    assert api.get(f"{CHANGES}{change.pk}/").status_code == 404
    assert api.get(f"/api/v1/companies/{account.pk}/fit-changes/").status_code == 404
    assert api.get("/api/v1/companies/987654/fit-changes/").status_code == 404


def test_results_are_read_with_the_scope_and_by_those_who_may_and_never_written(account: Company) -> None:
    for address in (SCORES, CHANGES, f"/api/v1/companies/{account.pk}/fit-changes/"):
        assert program(scopes=["companies:read"]).get(address).status_code == 403
        assert person(member(f"nobody {address}")).get(address).status_code == 403
        assert program().post(address, {}, format="json").status_code in (403, 405)
    assert Score.objects.count() == 2


@pytest.mark.parametrize("count", [2, 9])
@pytest.mark.parametrize(("address", "queries"), [(SCORES, 5), (CHANGES, 8 if settings.POSTGRESQL else 7)])
def test_lists_take_the_same_queries_for_any_number(
    address: str, queries: int, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ruleset()
    for _ in range(count):
        company(3)
    rescore_all(at=now())
    api = program(integration(scopes=["scores:read"]))
    api.get(address)

    with django_assert_num_queries(queries):
        assert len(rows(api, address)) >= count


def test_the_fit_changes_of_one_account_are_of_no_other(api: APIClient, account: Company) -> None:
    address = f"/api/v1/companies/{account.pk}/fit-changes/"

    assert api.get(address, {"company": account.pk + 1}).status_code == 400
    assert {row["company"] for row in api.get(address).json()["results"]} <= {account.pk}
