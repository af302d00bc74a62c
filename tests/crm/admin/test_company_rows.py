"""Activities and deals that are entered on the page of their company: under the same rules as on their own pages."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.models import Activity, Company, Deal
from tests.crm.admin.test_company import submitted
from tests.factories import company, ruleset

pytestmark = pytest.mark.django_db

OPENED = date(2026, 1, 5)


@pytest.fixture
def account() -> Company:
    ruleset()
    return company(name="Rocket")


def saved(client: Client, account: Company, rows: str, **values: object) -> Any:
    """What saving the page answers, after the first row of a kind was filled in or changed."""
    address = reverse("admin:crm_company_change", args=[account.pk])
    data = submitted(client, address)
    data[f"{rows}-TOTAL_FORMS"] = "1"
    return client.post(address, data | {f"{rows}-0-{name}": value for name, value in values.items()})


def errors(response: Any, rows: str) -> Any:
    """What is wrong with the first row of a kind, by field."""
    found = [each.formset for each in response.context["inline_admin_formsets"] if each.formset.prefix == rows]
    return found[0].forms[0].errors


def deal(account: Company, **values: Any) -> Deal:
    return Deal.objects.create(**{"company": account, "name": "Pilot", "opened_on": OPENED} | values)


def test_a_lost_deal_says_why_at_the_field(admin_client: Client, account: Company) -> None:
    lost = {"stage": "lost", "closed_on": "2026-02-01"}
    pilot = deal(account)

    refused = saved(admin_client, account, "deals", **lost)

    assert list(errors(refused, "deals")) == ["outcome_reason"]
    assert saved(admin_client, account, "deals", **lost, outcome_reason="Price").status_code == 302
    pilot.refresh_from_db()
    assert (pilot.stage, pilot.closed_on, pilot.outcome_reason) == ("lost", date(2026, 2, 1), "Price")
    assert pilot.stage_since == date(2026, 2, 1)


def test_a_deal_that_is_won_without_a_day_was_closed_today(admin_client: Client, account: Company) -> None:
    pilot = deal(account)

    assert saved(admin_client, account, "deals", stage="won").status_code == 302

    pilot.refresh_from_db()
    assert pilot.closed_on == pilot.stage_since == timezone.now().date()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"stage": "won", "closed_on": "2062-01-01"}, "closed_on"),
        ({"stage": "won", "closed_on": "2025-12-31"}, "closed_on"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "10"}, "currency"),
        ({"currency": "euro"}, "currency"),
    ],
)
def test_what_is_wrong_with_a_deal_stands_at_its_field(
    admin_client: Client, account: Company, values: dict[str, str], field: str
) -> None:
    deal(account)

    assert list(errors(saved(admin_client, account, "deals", **values), "deals")) == [field]


def test_a_deal_is_in_its_stage_since_it_was_moved_there(admin_client: Client, account: Company) -> None:
    long_ago = timezone.now().date() - timedelta(days=90)
    pilot = deal(account, stage_since=long_ago)

    saved(admin_client, account, "deals", name="Large pilot")
    pilot.refresh_from_db()
    assert (pilot.name, pilot.stage_since) == ("Large pilot", long_ago)

    saved(admin_client, account, "deals", stage="proposal")
    pilot.refresh_from_db()
    assert pilot.stage_since == timezone.now().date()


def test_a_new_deal_is_owned_by_who_enters_it(admin_client: Client, admin_user: User, account: Company) -> None:
    saved(admin_client, account, "deals", name="Pilot", stage="discovery", opened_on="2026-01-05")

    pilot = account.deals.get()
    assert (pilot.owner, pilot.stage_since) == (admin_user, timezone.now().date())


def activity(**values: str) -> dict[str, str]:
    happened = {"happened_at_0": "2026-01-01", "happened_at_1": "10:00"}
    return {"kind": "call", "summary": "First call", "due_on": ""} | happened | values


def test_a_task_is_for_who_enters_it_to_do(admin_client: Client, admin_user: User, account: Company) -> None:
    saved(admin_client, account, "activities", **activity(kind="task", summary="Call back", due_on="2026-12-01"))

    assert Activity.objects.to_do().get().assignee == admin_user


def test_a_task_that_nobody_has_stays_so_when_it_is_edited(admin_client: Client, account: Company) -> None:
    Activity.objects.create(company=account, kind="task", summary="Call back")

    saved(admin_client, account, "activities", summary="Call them back")

    task = Activity.objects.get()
    assert (task.summary, task.assignee) == ("Call them back", None)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"happened_at_0": "2062-01-01"}, "happened_at"),
        ({"happened_at_0": "1066-10-14"}, "happened_at"),
        ({"due_on": "2026-12-01"}, "due_on"),
    ],
)
def test_a_call_has_happened(admin_client: Client, account: Company, values: dict[str, str], field: str) -> None:
    refused = saved(admin_client, account, "activities", **activity(**values))

    assert list(errors(refused, "activities")) == [field]
    assert not Activity.objects.exists()


def test_a_task_that_somebody_has_is_made_something_else_on_its_own_page(
    admin_client: Client, admin_user: User, account: Company
) -> None:
    Activity.objects.create(company=account, kind="task", summary="Call back", assignee=admin_user)

    refused = saved(admin_client, account, "activities", kind="call")

    assert list(errors(refused, "activities")) == ["kind"]
