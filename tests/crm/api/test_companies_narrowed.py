"""The list of companies narrowed: the same rows as in the list of the admin."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from crm.models import Company, CompanyDomain, ExternalId, FitChange
from crm.scoring.drain import rescore
from tests import factories

from .calling import integration, program

pytestmark = pytest.mark.django_db

COMPANIES = "/api/v1/companies/"
RULES = factories.SEGMENTS | {
    "personas": [
        {"key": "sam", "name": "Sam", "tier": "primary", "buying_roles": ["initiator"], "titles": ["engineer"]},
        {"key": "pam", "name": "Pam", "tier": "primary", "buying_roles": ["user"], "titles": ["product manager"]},
    ],
    "profiles": [
        factories.SEGMENTS["profiles"][0]  # type: ignore[index]
        | {"bands": [{"key": "hot", "from": 15}, {"key": "cold", "from": 0}]},
        factories.SEGMENTS["profiles"][1],  # type: ignore[index]
    ],
}


@pytest.fixture
def client() -> Any:
    return program()


@pytest.fixture
def accounts() -> None:
    """One that grows, a small one, one that may be either, and one not scored yet."""
    factories.ruleset(RULES)
    team = Group.objects.create(name="North")
    owner = factories.member("rep", "Sales", "North")
    big = factories.invested(
        factories.company(200, name="Big", domain="big.example", country="DE", owner=owner, team=team), "Accel"
    )
    small = factories.termed(factories.company(3, name="Small", lifecycle_stage="customer", parent=big), "tags", "saas")
    factories.invested(factories.company(name="Open"), "Accel")
    factories.contact(small, "Engineer")
    Company.objects.filter(pk=small.pk).update(people_researched_on=date(2026, 1, 1))
    CompanyDomain.objects.create(company=small, domain="small.example")
    ExternalId.objects.create(company=small, system="hubspot", value="a:7")
    rescore(list(Company.objects.values_list("pk", flat=True)), at=timezone.now())
    factories.company(7, name="New")


def names(client: Any, **query: Any) -> set[str]:
    answer = client.get(COMPANIES, query)
    assert answer.status_code == 200, answer.content
    return {each["name"] for each in answer.json()["results"]}


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"segment": "growth"}, {"Big"}),
        ({"possible_segment": "growth"}, {"Big", "Open"}),
        ({"segment_status": "undecided"}, {"Open"}),
        ({"segment_status": "unscored"}, {"New"}),
        ({"band": "growth:hot"}, {"Big"}),
        ({"band": "growth:open"}, {"Open"}),
        ({"points_min": 20}, {"Big"}),
        ({"points_max": 0, "points_min": 0}, {"Small", "Open"}),
        ({"criterion": "growth:size:met"}, {"Big"}),
        ({"criterion": "growth:must:size:missed"}, {"Small"}),
        ({"criterion": "growth:size:open"}, {"Open"}),
        ({"missing": "employees"}, {"Open"}),
        ({"settled_by": "employees"}, {"Open"}),
        ({"persona": "sam:present"}, {"Small"}),
        ({"persona": "pam:missing"}, {"Small"}),
        ({"persona": "pam:unknown"}, {"Big", "Open", "New"}),
        ({"role": "initiator:present"}, {"Small"}),
        ({"role": "user:missing"}, {"Small"}),
        ({"owner": "nobody"}, {"Small", "Open", "New"}),
        ({"owner": "me"}, set()),
        ({"team": "nobody"}, {"Small", "Open", "New"}),
        ({"lifecycle_stage": "customer"}, {"Small"}),
        ({"lifecycle_stage": "unknown"}, {"Big", "Open", "New"}),
        ({"country": "DE"}, {"Big"}),
        ({"country": "unknown"}, {"Small", "Open", "New"}),
        ({"tag": "saas"}, {"Small"}),
        ({"domain": "https://www.big.example/x"}, {"Big"}),
        ({"domain": "small.example"}, {"Small"}),
        ({"external_id": "hubspot:a:7"}, {"Small"}),
        ({"stale": "true"}, {"New"}),
        ({"stale": "false"}, {"Big", "Small", "Open"}),
        ({"failing": "true"}, set()),
        ({"search": "small.example"}, {"Small"}),
        ({"search": "big", "country": "DE"}, {"Big"}),
    ],
    ids=lambda value: "&".join(f"{name}={each}" for name, each in value.items()) if isinstance(value, dict) else "",
)
def test_companies_are_found_by(client: Any, query: dict[str, Any], found: set[str]) -> None:
    assert names(client, **query) == found


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    "query",
    [
        "segment=grwth", "possible_segment=x", "segment_status=x", "band=growth:x", "band=x", "points_min=x",
        "points_min=NaN", "points_min=1e30", "criterion=growth:size", "criterion=x:y:met", "missing=colour",
        "settled_by=x",
        "persona=sam", "persona=sam:x", "role=boss:present", "owner=x", f"owner={10**30}", "team=x", "country=XX",
        "domain=gmail.com", "external_id=7", f"parent={10**30}", "stale=1", "changed_since=yesterday", "ordering=size",
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_name(client: Any, query: str) -> None:
    answer = client.get(f"{COMPANIES}?{query}")

    assert answer.status_code == 400
    assert [each["parameter"] for each in answer.json()["errors"]] == [query.partition("=")[0]]


@pytest.mark.usefixtures("accounts")
def test_the_nearest_is_named(client: Any) -> None:
    said = client.get(COMPANIES, {"segment": "grwth"}).json()["errors"][0]["detail"]

    assert said == "The active rules have no such segment. Did you mean 'growth'?"


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    ("api", "admin"),
    [
        ("segment=growth", "segment=growth"),
        ("possible_segment=growth", "possible=growth"),
        ("band=growth:open", "band=growth:open"),
        ("criterion=growth:size:open", "criterion=growth:size:open"),
        ("persona=pam:unknown", "persona=pam:unknown"),
        ("missing=employees", "missing=employees"),
        ("stale=true", "scoring=waiting"),
    ],
)
def test_the_list_of_the_admin_finds_the_same(client: Any, admin_client: Client, api: str, admin: str) -> None:
    shown = admin_client.get(f"/admin/crm/company/?{admin}").context["cl"].result_list

    found = client.get(f"{COMPANIES}?{api}").json()["results"]

    assert [each["id"] for each in found] == [company.pk for company in shown]


@pytest.mark.usefixtures("accounts")
def test_what_changed_since_is_what_was_edited_or_has_another_result(client: Any) -> None:
    Company.objects.update(updated_at="2026-01-01T00:00:00Z")
    FitChange.objects.update(at="2026-01-01T00:00:00Z")
    since = "2026-01-02T00:00:00Z"
    assert names(client, changed_since=since) == set()

    Company.objects.filter(name="Big").update(updated_at=timezone.now())
    small = Company.objects.get(name="Small")
    Company.objects.filter(pk=small.pk).update(employees_low=300, employees_high=300)
    rescore([small.pk], at=timezone.now() + timedelta(seconds=1))

    assert names(client, changed_since=since) == {"Big", "Small"}
    assert names(client, moved_since=since) == {"Small"}


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    ("scopes", "found"), [(["companies:read", "contacts:read"], {"Small"}), (["companies:read"], set())]
)
def test_people_are_searched_by_who_may_read_them(scopes: list[str], found: set[str]) -> None:
    factories.contact(Company.objects.get(name="Small"), name="Ada Lovelace")

    assert names(program(integration(scopes=scopes)), search="lovelace") == found


def test_before_the_first_rules_nothing_stands_in_the_way(client: Any) -> None:
    factories.company(name="A")

    assert names(client) == {"A"}
    assert names(client, stale="true") == {"A"}
    assert client.get(COMPANIES, {"criterion": "growth:size:met"}).status_code == 400
