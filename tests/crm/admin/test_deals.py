"""Deals: the pipeline, moving and closing, the list and the form."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from crm.models import Activity, Company, Deal, Fit
from crm.scoring.drain import rescore_all
from tests.crm.admin.test_company import submitted, text_of
from tests.factories import company, invested, member, now, ruleset

pytestmark = pytest.mark.django_db

BOARD = "/admin/crm/deal/board/"


def today() -> date:
    return now().date()


@pytest.fixture
def rep(client: Client) -> User:
    """Somebody of sales, who is signed in."""
    user = member("rep", "Sales", "North", first_name="Robin")
    client.force_login(user)
    return user


@pytest.fixture
def account(rep: User) -> Company:
    ruleset()
    made = invested(company(120, name="Rocket", owner=rep, team=Group.objects.get(name="North")), "Accel")
    rescore_all(at=now())
    return made


def deal(account: Company, name: str = "First year", **columns: Any) -> Deal:
    return Deal.objects.create(**{"company": account, "name": name, "opened_on": today() - timedelta(days=9)} | columns)


def names(client: Client, of: str = "all") -> dict[str, list[str]]:
    """The deals on the board by stage."""
    columns = client.get(BOARD, {"of": of}).context["columns"]
    return {column.key: [card.deal.name for card in column.cards] for column in columns}


# The board


def test_the_board_has_a_column_a_stage_with_count_and_sums_by_currency(client: Client, account: Company) -> None:
    deal(account, "Small", amount=1000, currency="USD")
    deal(account, "Great", amount=9000, currency="USD")
    deal(account, "Abroad", amount=500, currency="EUR")
    deal(account, "Unknown")
    deal(account, "Further", stage="proposal")
    deal(account, "Won", stage="won", closed_on=today())

    columns = client.get(BOARD).context["columns"]

    assert [(each.name, each.count) for each in columns] == [("Discovery", 4), ("Evaluation", 0), ("Proposal", 1)]
    assert columns[0].sums == ("500 EUR", "10,000 USD", "1 without an amount")
    assert [card.deal.name for card in columns[0].cards] == ["Great", "Small", "Abroad", "Unknown"]


def test_a_card_says_all_that_one_needs(client: Client, account: Company, rep: User) -> None:
    deal(account, amount=1500, currency="USD", owner=rep)
    Activity.objects.create(company=account, kind="task", summary="Later", due_on=today() + timedelta(days=9))
    Activity.objects.create(company=account, kind="task", summary="Send the offer", due_on=today())

    text = text_of(client, BOARD)

    for said in ("First year", "Rocket", "Growth", "1,500 USD", "Robin", "For 9 days", "Today", "Send the offer"):
        assert said in text, said
    assert "Later" not in text


def test_the_board_narrows_to_whose_deals(client: Client, account: Company, rep: User) -> None:
    mate = member("mate", "Sales", "North")
    deal(account, "Mine", owner=rep)
    deal(account, "A mate's", owner=mate)
    deal(company(), "Of nobody's account")
    deal(company(owner=member("other", "Sales", "South")), "Hidden")

    assert names(client, "mine")["discovery"] == ["Mine"]
    assert set(names(client, "team")["discovery"]) == {"Mine", "A mate's"}
    assert set(names(client)["discovery"]) == {"Mine", "A mate's", "Of nobody's account"}
    assert names(client, str(mate.pk))["discovery"] == ["A mate's"]
    assert names(client, "")["discovery"] == ["Mine"]


def test_a_colleague_who_cannot_be_asked_for_gives_nothing_away(client: Client, account: Company, rep: User) -> None:
    other = member("other", "Sales", "South")
    deal(account, "Theirs", owner=other)
    deal(account, "Mine", owner=rep)

    assert names(client, str(other.pk))["discovery"] == ["Mine"]


def test_closed_deals_of_the_last_90_days_are_listed_with_their_reason(client: Client, account: Company) -> None:
    deal(account, "Lost", stage="lost", closed_on=today(), outcome_reason="Too dear", opened_on="2020-01-01")
    deal(account, "Long ago", stage="won", closed_on=today() - timedelta(days=91), opened_on="2020-01-01")

    text = text_of(client, BOARD)

    assert "Lost: 1" in text
    assert "Too dear" in text
    assert "Long ago" not in text


@pytest.mark.parametrize("whose", ["mine", "team", "mate", "all"])
def test_the_smaller_deals_of_a_stage_are_listed_as_the_board_was_narrowed(
    client: Client, account: Company, rep: User, whose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.admin.deal_board.MOST_CARDS", 1)
    mate = member("mate", "Sales", "North")
    for owner, companies in ((rep, account), (rep, account), (mate, account), (mate, account), (None, company())):
        deal(companies, owner=owner)

    response = client.get(BOARD, {"of": str(mate.pk) if whose == "mate" else whose})
    link = re.search(r'smaller ones: <a href="([^"]+)"', response.content.decode())

    assert link is not None
    listed = client.get(unescape(link[1])).context["cl"].result_count
    assert listed == response.context["columns"][0].count == {"mine": 2, "team": 4, "mate": 2, "all": 5}[whose]


def test_every_card_has_its_own_next_task_however_many_another_has(client: Client, account: Company) -> None:
    other = company()
    deal(account), deal(other)
    Activity.objects.bulk_create(
        Activity(company=account, kind="task", summary="One of many", due_on=today()) for _ in range(600)
    )
    Activity.objects.create(company=other, kind="task", summary="The other", due_on=today() + timedelta(days=9))

    said = text_of(client, BOARD)

    assert "One of many" in said
    assert "The other" in said


@pytest.mark.parametrize("deals", [2, 60])
def test_the_board_takes_the_same_queries_for_any_number_of_deals(
    client: Client, account: Company, rep: User, deals: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(deals):
        deal(account, f"Deal {number}", owner=rep)
        deal(account, f"Won {number}", stage="won", closed_on=today())
        Activity.objects.create(company=account, kind="task", summary="Call")
    client.get(BOARD)

    with django_assert_num_queries(15):
        response = client.get(BOARD)

    column = response.context["columns"][0]
    assert (len(column.cards), column.count, column.hidden) == (min(deals, 50), deals, max(0, deals - 50))


def test_an_empty_board_says_what_to_do(client: Client, account: Company) -> None:
    assert "Add one" in text_of(client, BOARD)


def test_the_board_is_for_those_who_may_see_deals(client: Client) -> None:
    client.force_login(User.objects.create_user("new", is_staff=True))

    assert client.get(BOARD).status_code == 403


# Moving


def move(client: Client, row: Deal, stage: str, was: str = "discovery") -> Any:
    return client.post(
        reverse("admin:crm_deal_move", args=[row.pk]), {"stage": stage, "was": was, "of": "mine"}, follow=True
    )


def test_a_deal_moves_with_one_click_and_its_history_says_who_moved_it(
    client: Client, account: Company, rep: User
) -> None:
    row = deal(account)

    response = move(client, row, "proposal")

    row.refresh_from_db()
    assert (row.stage, row.stage_since, row.closed_on) == ("proposal", today(), None)
    assert response.redirect_chain == [(f"{BOARD}?of=mine", 302)]
    assert [record.history_user for record in row.history.all()] == [rep, None]


def test_a_double_click_moves_once(client: Client, account: Company) -> None:
    row = deal(account)

    for _ in range(2):
        assert "First year is in Proposal." in move(client, row, "proposal").content.decode()

    assert row.history.count() == 2


def test_a_stale_board_does_not_move_what_somebody_else_moved(client: Client, account: Company) -> None:
    row = deal(account, stage="evaluation")

    response = move(client, row, "proposal", was="discovery")

    assert "somebody else moved First year meanwhile" in response.content.decode()
    row.refresh_from_db()
    assert row.stage == "evaluation"


def close(client: Client, row: Deal, **said: Any) -> Any:
    data = {"stage": "lost", "closed_on": today(), "outcome_reason": "Too dear", "was": row.stage} | said
    return client.post(reverse("admin:crm_deal_close", args=[row.pk]), data)


def test_won_and_lost_ask_how_it_ended_first(client: Client, account: Company) -> None:
    row = deal(account)

    response = move(client, row, "lost")

    assert response.context["form"]["stage"].value() == "lost"
    assert response.context["form"]["closed_on"].value() == today()
    row.refresh_from_db()
    assert row.stage == "discovery"


def test_a_deal_is_closed_with_day_and_reason(
    client: Client, account: Company, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    ruleset(must=[{"key": "open", "when": {"fact": "open_deals", "at_least": 1}}])
    row = deal(account)
    rescore_all(at=now())

    with django_capture_on_commit_callbacks(execute=True):
        assert close(client, row).status_code == 302

    row.refresh_from_db()
    assert (row.stage, row.closed_on, row.outcome_reason, row.stage_since) == ("lost", today(), "Too dear", today())
    assert Fit.objects.get(pk=account.pk).segment_status == "none"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"outcome_reason": " "}, "outcome_reason"),
        ({"closed_on": today() + timedelta(days=2)}, "closed_on"),
        ({"closed_on": "2020-01-01"}, "closed_on"),
        ({"closed_on": ""}, "closed_on"),
        ({"stage": ""}, "stage"),
        ({"stage": "proposal"}, "stage"),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    client: Client, account: Company, said: dict[str, Any], field: str
) -> None:
    row = deal(account)

    response = close(client, row, **said)

    assert list(response.context["form"].errors) == [field]
    row.refresh_from_db()
    assert row.stage == "discovery"


def test_a_won_deal_needs_no_reason_and_can_be_opened_again(client: Client, account: Company) -> None:
    row = deal(account)
    close(client, row, stage="won", outcome_reason="")
    row.refresh_from_db()
    assert row.stage == "won"

    move(client, row, "proposal", was="won")

    row.refresh_from_db()
    assert (row.stage, row.closed_on, row.outcome_reason) == ("proposal", None, None)


@pytest.mark.parametrize(("team", "status"), [("North", 403), ("South", 404)])
def test_only_whoever_works_the_account_moves_its_deals(
    client: Client, account: Company, team: str, status: int
) -> None:
    row = deal(company(owner=member("other", "Sales", team), team=Group.objects.get(name=team)))

    assert move(client, row, "proposal").status_code == status
    assert close(client, row).status_code == status
    assert client.get(reverse("admin:crm_deal_move", args=[row.pk])).status_code == 405
    row.refresh_from_db()
    assert row.stage == "discovery"


# The form


def saved(client: Client, row: Deal, **said: Any) -> Any:
    address = reverse("admin:crm_deal_change", args=[row.pk])
    return client.post(address, submitted(client, address) | said)


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"amount": "100"}, "currency", "Say in which currency"),
        ({"amount": "100", "currency": "Dollar"}, "currency", ""),
        ({"amount": "100", "currency": "U5D"}, "currency", "three letters"),
        ({"amount": "-1", "currency": "USD"}, "amount", "at least 0"),
        ({"stage": "lost"}, "outcome_reason", "why it was lost"),
        ({"stage": "won", "closed_on": "2090-01-01"}, "closed_on", "still to come"),
        ({"stage": "won", "closed_on": "2020-01-01"}, "closed_on", "opened later"),
    ],
)
def test_the_form_says_what_is_wrong_at_its_field(
    client: Client, account: Company, said: dict[str, str], field: str, words: str
) -> None:
    errors = saved(client, deal(account), **said).context["adminform"].form.errors

    assert field in errors
    assert words in re.sub(r"<[^>]+>", "", str(errors[field]))


def test_closing_in_the_form_is_today_unless_said_otherwise_and_opening_again_takes_it_back(
    client: Client, account: Company
) -> None:
    row = deal(account)

    assert saved(client, row, stage="won", currency="usd", amount="100").status_code == 302
    row.refresh_from_db()
    assert (row.closed_on, row.stage_since, row.currency) == (today(), today(), "USD")
    assert saved(client, row, stage="proposal").status_code == 302
    row.refresh_from_db()
    assert (row.closed_on, row.stage_since) == (None, today())


def test_a_new_deal_begins_today_and_is_ones_own(client: Client, account: Company, rep: User) -> None:
    form = client.get(reverse("admin:crm_deal_add")).context["adminform"].form

    assert (form.initial["opened_on"], form.initial["owner"]) == (today(), rep.pk)


# The list


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"owned": "me"}, {"Mine", "Won"}),
        ({"owned": "nobody"}, {"Nobody's"}),
        ({"owned": "987654"}, set()),
        ({"owned": "x"}, set()),
        ({"state": "open"}, {"Mine", "Nobody's"}),
        ({"state": "closed"}, {"Won"}),
        ({"stage__exact": "proposal"}, {"Nobody's"}),
    ],
)
def test_the_list_narrows(client: Client, account: Company, rep: User, query: dict[str, str], found: set[str]) -> None:
    deal(account, "Mine", owner=rep)
    deal(account, "Won", owner=rep, stage="won", closed_on=today())
    deal(account, "Nobody's", stage="proposal")

    assert {each.name for each in client.get("/admin/crm/deal/", query).context["cl"].result_list} == found


@pytest.mark.parametrize("deals", [2, 20])
def test_the_list_takes_the_same_queries_for_any_number(
    client: Client, account: Company, rep: User, deals: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(deals):
        deal(account, f"Deal {number}", owner=rep)
    client.get("/admin/crm/deal/")

    with django_assert_num_queries(8):
        client.get("/admin/crm/deal/")
