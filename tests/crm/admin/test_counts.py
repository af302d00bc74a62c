"""The rule editor says how many accounts a criterion holds for, to whoever may see them all."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import Census
from crm.scoring import censuses, counting
from personas.models import Criterion, Profile
from personas.publishing import save_draft
from personas.rules.document import from_data
from tests.factories import SEGMENTS, company, invested

pytestmark = pytest.mark.django_db(transaction=True)

SIZE = {"fact": "employees", "between": [15, 500]}


@pytest.fixture(autouse=True)
def _accounts() -> None:
    save_draft(from_data(SEGMENTS))
    for size in (20, 60, 5, None):
        invested(company(size), "Accel")


def signed_in(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("ann", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


@pytest.fixture
def drafter(client: Client) -> Client:
    """Somebody who may edit the draft and see all accounts."""
    return signed_in(client, "view_profile", "change_profile", "see_all_companies")


def growth() -> Profile:
    return Profile.objects.get(key="growth")


def of_condition(client: Client, condition: object = SIZE, **more: str) -> dict[str, Any]:
    body = json.dumps({"condition": condition, **more})
    response = client.post(reverse("admin:personas_condition_counts"), body, content_type="application/json")
    found: dict[str, Any] = response.json()
    return found


def of_profile(client: Client, **more: str) -> dict[str, Any]:
    found: dict[str, Any] = client.post(reverse("admin:personas_profile_counts", args=[growth().pk]), more).json()
    return found


def test_a_condition_is_counted_while_it_is_typed(drafter: Client) -> None:
    assert of_condition(drafter) == {
        "may": True,
        "sample": {"counts": [{"hold": 2, "fail": 1, "open": 1}], "of": 4, "every": True},
    }
    assert of_condition(drafter, missing="no")["sample"]["counts"] == [{"hold": 2, "fail": 2, "open": 0}]
    assert of_condition(drafter, {"fact": "investors", "any_in_list": "leading"})["sample"]["counts"] == [
        {"hold": 4, "fail": 0, "open": 0}
    ]


@pytest.mark.parametrize("condition", [{"fact": "nothing", "is": 1}, {}, None, {"fact": "employees"}])
def test_a_condition_that_is_wrong_is_not_counted(drafter: Client, condition: object) -> None:
    assert of_condition(drafter, condition) == {"may": True}


def test_every_criterion_of_a_profile_is_counted(drafter: Client) -> None:
    found = of_profile(drafter)

    said = dict(zip(found["rows"], found["sample"]["counts"], strict=True))
    assert said[Criterion.objects.get(kind="must", key="size").pk] == {"hold": 2, "fail": 1, "open": 1}
    assert len(said) == 4


def test_of_many_accounts_a_sample_is_counted(drafter: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting.sample, "__kwdefaults__", {"most": 3})

    assert of_condition(drafter)["sample"]["of"] == 3
    assert of_condition(drafter)["sample"]["every"] is False


def test_all_accounts_are_counted_in_the_background(drafter: Client) -> None:
    started = of_condition(drafter, whole="start")["whole"]
    assert (started["state"], started["total"], started["counts"]) == ("waiting", 4, [])

    censuses.advance(lambda: False)

    done = of_condition(drafter, whole="look")
    assert (done["whole"]["state"], done["whole"]["looked"]) == ("done", 4)
    assert done["whole"]["counts"] == [{"hold": 2, "fail": 1, "open": 1}]
    assert re.fullmatch(r"\d+ \w+ \d{4} \d\d:\d\d UTC", done["whole"]["as_of"])
    assert "sample" not in done
    assert "whole" not in of_condition(drafter, {"known": "employees"})


def test_all_criteria_are_counted_in_one_walk(drafter: Client) -> None:
    of_profile(drafter, whole="start")
    of_profile(drafter, whole="start")
    assert Census.objects.count() == 1

    censuses.advance(lambda: False)

    assert len(of_profile(drafter)["whole"]["counts"]) == 4


def test_who_may_not_see_all_accounts_is_told_no_number(client: Client) -> None:
    drafter = signed_in(client, "view_profile", "change_profile")

    assert of_condition(drafter) == of_condition(drafter, whole="start") == {"may": False}
    assert of_profile(drafter) == {"may": False}
    assert not Census.objects.exists()
    page = drafter.get(reverse("admin:personas_profile_change", args=[growth().pk])).content.decode()
    assert "data-counts" not in page
    assert "data-counted" not in page


def test_who_may_not_draft_gets_no_counts(client: Client) -> None:
    reader = signed_in(client, "view_profile", "see_all_companies")

    for name, args in (("condition_counts", []), ("profile_counts", [growth().pk])):
        assert reader.post(reverse(f"admin:personas_{name}", args=args)).status_code == 403


def test_a_link_counts_nothing(drafter: Client) -> None:
    assert drafter.get(reverse("admin:personas_condition_counts")).status_code == 405


def test_simulations_are_in_the_sidebar_only_of_who_may_open_them(client: Client) -> None:
    drafter = signed_in(client, "view_profile", "change_profile")
    link = reverse("admin:crm_simulation_changelist")

    assert link not in drafter.get(reverse("admin:personas_profile_changelist")).content.decode()


def test_counting_asks_no_more_for_more_accounts(drafter: Client) -> None:
    of_condition(drafter)
    with CaptureQueriesContext(connection) as few:
        of_condition(drafter)
    for size in range(20):
        company(size)

    with CaptureQueriesContext(connection) as many:
        of_condition(drafter)

    # PostgreSQL is also told how many rows the temporary tables hold.
    assert len(few) == len(many) <= (40 if connection.vendor == "postgresql" else 22)
