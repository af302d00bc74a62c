"""The first page: whom to talk to next, what is to be done, and what moved."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm.models import Activity, Company, FitChange, Look
from crm.scoring.drain import rescore_all
from tests.factories import by_hand, company, contact, invested, member, now, ruleset

pytestmark = pytest.mark.django_db

HOME_QUERIES = 23


@pytest.fixture
def rep(client: Client) -> User:
    """Somebody of sales, who is signed in."""
    user = member("rep", "Sales", "North", first_name="Robin")
    client.force_login(user)
    return user


def best_account(name: str, **columns: Any) -> Company:
    """An account that is settled in the best segment."""
    return invested(company(120, name=name, **columns), "Accel")


def home(client: Client) -> Any:
    """What the first page shows."""
    response = client.get("/admin/")
    assert response.status_code == 200
    return response


def text(response: Any) -> str:
    """What a page says, without its tags."""
    return re.sub(
        r"\s+", " ", re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    )


def names(accounts: Any) -> list[str]:
    return [each.company.name for each in accounts]


# Whom to talk to next


def test_ones_own_accounts_come_best_first_and_those_just_touched_last(client: Client, rep: User) -> None:
    ruleset()
    touched, old = best_account("Just touched", owner=rep), best_account("Touched long ago", owner=rep)
    company(3, name="Second segment", owner=rep)
    company(5_000, name="In no segment", owner=rep)
    best_account("A colleague's", owner=member("mate", "Sales", "North"), team=Group.objects.get(name="North"))
    Activity.objects.create(company=touched, kind="call", summary="Call")
    Activity.objects.create(company=old, kind="call", summary="Call", happened_at=now() - timedelta(days=8))
    Activity.objects.create(company=old, kind="task", summary="A task is no touch")
    rescore_all(at=now())

    response = home(client)

    assert names(response.context["best"]) == ["Touched long ago", "Second segment", "Just touched"]
    assert response.context["choice"].title == "Your next best accounts"
    assert "7 days come last" in text(response)


def test_what_somebody_set_by_hand_decides_who_comes_first(client: Client, rep: User) -> None:
    ruleset()
    competitor = best_account("Competitor", owner=rep)
    company(3, name="By the rules", owner=rep)
    chosen = company(5_000, name="Chosen", owner=rep)
    by_hand(competitor, None, rep)
    by_hand(chosen, "growth", rep)
    rescore_all(at=now())

    assert names(home(client).context["best"]) == ["Chosen", "By the rules"]


def test_a_row_says_segment_points_reason_question_and_last_touch(client: Client, rep: User) -> None:
    ruleset()
    account = best_account("Rocket", owner=rep)
    company(120, name="Riddle", owner=rep)
    Activity.objects.create(company=account, kind="call", summary="Call", happened_at="2026-01-05T10:00Z")
    rescore_all(at=now())

    said = text(home(client))

    for each in (
        "Growth",
        "20 of 100",
        "120 people · Accel",
        "Last touch 5 Jan 2026",
        "Last touch never",
        "Ask first Investors",
    ):
        assert each in said, each


def test_whoever_owns_nothing_is_told_how_to_begin(client: Client, rep: User) -> None:
    ruleset()
    best_account("Free")
    best_account("Another team's", team=Group.objects.create(name="South"))
    rescore_all(at=now())

    response = home(client)

    assert names(response.context["best"]) == []
    assert names(response.context["free"]) == ["Free"]
    assert "You own no account yet" in text(response)


def test_who_sees_all_and_owns_none_gets_the_best_of_all(admin_client: Client, rep: User) -> None:
    ruleset()
    best_account("Owned", owner=rep)
    rescore_all(at=now())

    response = home(admin_client)

    assert response.context["choice"].title == "Talk to these first"
    assert names(response.context["best"]) == ["Owned"]
    assert "Owner Robin" in text(response)


def test_who_leads_a_team_gets_the_teams(client: Client) -> None:
    ruleset()
    client.force_login(member("manager", "Sales manager", "North"))
    mate = member("mate", "Sales", "North", first_name="Mia")
    best_account("The team's", owner=mate, team=Group.objects.get(name="North"))
    best_account("Nobody's")
    rescore_all(at=now())

    response = home(client)

    assert names(response.context["best"]) == ["The team's"]
    assert names(response.context["free"]) == ["Nobody's"]
    listed = client.get(response.context["choice"].link).context["cl"]
    assert [each.name for each in listed.result_list] == ["The team's"]


# Taking


def take(client: Client, account: Company) -> Any:
    return client.post(reverse("take", args=[account.pk]), follow=True)


def test_what_is_free_can_be_taken_with_one_click(client: Client, rep: User) -> None:
    free = company(name="Free")

    response = take(client, free)

    free.refresh_from_db()
    assert (free.owner, free.team) == (rep, Group.objects.get(name="North"))
    assert "Free is yours" in response.content.decode()
    record = free.history.first()
    assert record is not None
    assert record.history_user == rep


def test_the_first_who_asks_gets_it(client: Client, rep: User) -> None:
    mate = member("mate", "Sales", "North")
    taken = company(name="Taken", owner=mate, team=Group.objects.get(name="North"))

    response = take(client, taken)

    taken.refresh_from_db()
    assert taken.owner == mate
    assert "not free any more" in response.content.decode()


def test_taking_twice_does_no_harm(client: Client, rep: User) -> None:
    free = company(name="Free")

    for _ in range(2):
        assert take(client, free).status_code == 200

    assert free.history.count() == 2


def test_taking_takes_a_post_and_an_account_that_one_sees(client: Client, rep: User) -> None:
    hidden = company(owner=member("other", "Sales", "South"))

    assert client.get(reverse("take", args=[company().pk])).status_code == 405
    assert client.post(reverse("take", args=[hidden.pk])).status_code == 404


# Tasks


def test_tasks_come_the_first_due_first_and_only_ones_own(client: Client, rep: User) -> None:
    ruleset()
    account, today = company(owner=rep), now().date()
    for summary, due_on, assignee in (
        ("Whenever", None, rep), ("Later", today + timedelta(days=9), rep), ("Overdue", today - timedelta(days=1), rep),
        ("Today", today, rep), ("Nobody's", today, None),
    ):  # fmt: skip
        Activity.objects.create(company=account, kind="task", summary=summary, due_on=due_on, assignee=assignee)
    Activity.objects.create(company=account, kind="task", summary="Done", done_at=now(), assignee=rep)

    response = home(client)

    assert [each.activity.summary for each in response.context["tasks"]] == ["Overdue", "Today", "Later", "Whenever"]
    assert [each.activity.summary for each in response.context["done"]] == ["Done"]
    assert "1 overdue." in text(response)
    assert "Overdue by 1 day" in text(response)


def test_more_overdue_tasks_than_are_looked_at_are_said_to_be_more(client: Client, rep: User) -> None:
    ruleset()
    task = {"company": company(owner=rep), "kind": "task", "summary": "Call", "assignee": rep}
    Activity.objects.bulk_create(Activity(due_on="2026-01-01", **task) for _ in range(102))

    assert "100+ overdue." in text(home(client))


def test_a_call_dated_in_the_future_is_no_touch(client: Client, rep: User) -> None:
    ruleset()
    dated, other = best_account("Dated wrongly", owner=rep), company(3, name="Second segment", owner=rep)
    Activity.objects.create(company=dated, kind="call", summary="Call", happened_at="2062-01-05T10:00Z")
    Activity.objects.create(company=other, kind="call", summary="Call", happened_at="2026-01-05T10:00Z")
    rescore_all(at=now())

    response = home(client)

    assert names(response.context["best"]) == ["Dated wrongly", "Second segment"]
    assert "2062" not in text(response)


def test_a_task_is_checked_off_from_home(client: Client, rep: User) -> None:
    ruleset()
    task = Activity.objects.create(company=company(owner=rep), kind="task", summary="Call", assignee=rep)

    response = client.post(reverse("admin:crm_activity_done", args=[task.pk]), {"done": "1", "from": "home"})

    assert response.headers["Location"] == "/admin/"
    assert home(client).context["tasks"] == []


def test_a_task_on_an_account_that_was_given_away_is_not_shown(client: Client, rep: User) -> None:
    ruleset()
    company(owner=rep)
    hidden = company(name="Hidden", owner=member("other", "Sales", "South"))
    Activity.objects.create(company=hidden, kind="task", summary="Secret", assignee=rep)

    assert "Secret" not in text(home(client))


# What moved


def move(account: Company, employees: int) -> None:
    Company.objects.filter(pk=account.pk).update(employees_low=employees, employees_high=employees)
    rescore_all(at=now())


def test_what_moved_says_why(client: Client, rep: User) -> None:
    ruleset()
    account = company(3, name="Rocket", owner=rep)
    rescore_all(at=now())
    assert home(client).context["news"] == []

    move(account, 120)

    said = text(home(client))
    assert "Rocket Early → Undecided" in said
    assert "Employees went from below 15 to 100–500 people." in said


def test_what_one_has_looked_at_is_no_news(client: Client, rep: User) -> None:
    ruleset()
    account = company(3, owner=rep)
    rescore_all(at=now())
    move(account, 120)

    Look.objects.create(user=rep, company=account, at=now())
    assert home(client).context["news"] == []
    move(account, 3)
    assert len(home(client).context["news"]) == 1


def test_a_change_of_long_ago_is_news_only_since_one_looked(client: Client, rep: User) -> None:
    ruleset()
    account = company(3, owner=rep)
    rescore_all(at=now())
    move(account, 120)
    FitChange.objects.update(at=now() - timedelta(days=20))

    assert home(client).context["news"] == []
    Look.objects.create(user=rep, company=account, at=now() - timedelta(days=30))
    assert len(home(client).context["news"]) == 1


def test_accounts_of_others_are_no_news(client: Client, rep: User) -> None:
    ruleset()
    free = company(3)
    rescore_all(at=now())
    move(free, 120)

    assert home(client).context["news"] == []


# All of it


def test_home_takes_the_same_queries_for_any_number_of_accounts(
    client: Client, rep: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ruleset()
    for number in range(12):
        for owner in (rep, None):
            account = best_account(f"Account {number} {owner}", owner=owner)
            contact(account, "Engineer")
            Activity.objects.create(company=account, kind="task", summary="Call", assignee=rep)
            Activity.objects.create(company=account, kind="call", summary="Call")
    rescore_all(at=now())
    Company.objects.update(employees_low=90, employees_high=90)
    rescore_all(at=now())
    home(client)

    with django_assert_num_queries(HOME_QUERIES):
        response = home(client)

    assert (len(response.context["best"]), len(response.context["free"])) == (10, 5)
    assert (len(response.context["tasks"]), response.context["tasks_more"]) == (10, "14")
    assert (len(response.context["news"]), response.context["news_more"]) == (10, "2")
