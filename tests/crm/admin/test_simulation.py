"""Whoever drafts rules sees in the admin what publishing them would do."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.models import Company, Simulation
from crm.scoring import simulations
from crm.scoring.drain import rescore_all
from crm.scoring.explain import explain
from personas.models import Criterion
from personas.publishing import save_draft
from personas.rules.document import from_data, to_yaml
from tests import factories
from tests.crm.scoring.test_simulate import changed

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/crm/simulation/"


@pytest.fixture
def account() -> Any:
    """A company that the draft, and not the rules in force, takes into Growth."""
    factories.ruleset()
    made = factories.invested(factories.company(600, name="Rocket"), "Accel")
    rescore_all(at=timezone.now())
    save_draft(changed())
    yield made
    simulations.forget()


@pytest.fixture
def drafter(client: Client) -> Client:
    """Somebody who may draft rules and see all companies."""
    user = User.objects.create_user("drafter", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["change_profile", "view_company", "see_all_companies"])
    )
    client.force_login(user)
    return client


def started(client: Client) -> Simulation:
    response = client.post(f"{LIST}start/")
    made = Simulation.objects.get()
    assert response.headers["Location"] == f"{LIST}{made.pk}/change/"
    return made


def text_of(client: Client, address: str) -> str:
    """What a page says, without its tags."""
    response = client.get(address)
    assert response.status_code == 200
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", text)


def test_the_draft_is_simulated_and_read(drafter: Client, account: Company) -> None:
    made = started(drafter)
    page = f"{LIST}{made.pk}/change/"
    assert "Waiting for a worker" in text_of(drafter, page)

    simulations.advance(lambda: False)

    said = text_of(drafter, page)
    assert "Accounts that move 1" in said
    assert "Rocket" in said
    assert "Out of date" not in said
    assert "HX-Refresh" in drafter.get(f"{LIST}{made.pk}/progress/").headers
    assert "Simulate the draft" in text_of(drafter, LIST)


def test_a_number_leads_to_its_accounts_and_those_to_their_receipts(drafter: Client, account: Company) -> None:
    made = started(drafter)
    simulations.advance(lambda: False)
    page = drafter.get(f"{LIST}{made.pk}/change/").content.decode()
    link = re.search(r'href="([^"]*behind=segment[^"]*)"', page)
    assert link is not None

    listed = text_of(drafter, link[1].replace("&amp;", "&"))
    receipts = text_of(drafter, f"{LIST}{made.pk}/company/{account.pk}/")

    assert "From In no segment to Growth" in listed
    assert "Rocket" in listed
    assert "Size Growth, Must all hold no yes yes" in receipts


def test_what_stood_in_a_segment_before_leads_to_as_many_companies(drafter: Client, account: Company) -> None:
    early, none = factories.company(3), factories.company(3)
    factories.by_hand(early, "growth", factories.member("rep"))
    factories.by_hand(none, None, factories.member("other"))
    rescore_all(at=timezone.now())
    made = started(drafter)
    simulations.advance(lambda: False)

    page = drafter.get(f"{LIST}{made.pk}/change/").content.decode()
    links = re.findall(r'href="(/admin/crm/company/[^"]*by_rules=[^"]*)">([\d,]+)<', page)

    assert dict(links) == {
        "/admin/crm/company/?by_rules=early": "2", "/admin/crm/company/?by_rules=none": "1",
    }  # fmt: skip
    for link, number in links:
        assert drafter.get(link).context["cl"].result_count == int(number)


@pytest.mark.parametrize(("side", "said"), [(0, "by this draft"), (1, "by the rules it is compared with")])
def test_an_account_that_cannot_be_scored_says_by_which_rules(
    drafter: Client, account: Company, monkeypatch: pytest.MonkeyPatch, side: int, said: str
) -> None:
    made = started(drafter)
    simulations.advance(lambda: False)

    def fails(company: Company, *, at: Any, ruleset: Any) -> Any:
        if ruleset.number == side:
            raise ArithmeticError("too large")
        return explain(company, at=at, ruleset=ruleset)

    monkeypatch.setattr("crm.admin.simulation.explain", fails)

    told = text_of(drafter, f"{LIST}{made.pk}/company/{account.pk}/")

    assert f"Cannot be scored {said}" in told
    assert "ArithmeticError: too large" in told


def test_the_page_shows_books_overrides_certainty_and_the_biggest_movers(drafter: Client, account: Company) -> None:
    owner = factories.member("rep", first_name="Robin")
    Company.objects.filter(pk=account.pk).update(owner=owner)
    overridden = factories.invested(factories.company(700, name="By hand"), "Accel")
    factories.by_hand(overridden, None, owner)
    factories.invested(factories.company((505, 900), name="Perhaps"), "Accel")
    rescore_all(at=timezone.now())
    made = started(drafter)
    simulations.advance(lambda: False)

    said = text_of(drafter, f"{LIST}{made.pk}/change/")

    for each in (
        "Robin 1 Growth none", "the rules say the same", "the rules say otherwise", "Rocket", "becomes certain",
        "no longer certain",
    ):  # fmt: skip
        assert each in said, each


def test_the_pages_of_a_simulation_ask_the_same_however_many_accounts_move(
    drafter: Client, account: Company, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def pages() -> list[str]:
        made = started(drafter)
        simulations.advance(lambda: False)
        simulations.forget()
        page = f"{LIST}{made.pk}/"
        link = re.search(r'href="([^"]*behind=segment[^"]*)"', drafter.get(f"{page}change/").content.decode())
        assert link is not None
        Simulation.objects.exclude(pk=made.pk).delete()
        return [LIST, f"{page}change/", link[1].replace("&amp;", "&"), f"{page}company/{account.pk}/"]

    owner = factories.member("rep")
    Company.objects.filter(pk=account.pk).update(owner=owner)
    asked = []
    for page in pages():
        with CaptureQueriesContext(connection) as queries:
            assert drafter.get(page).status_code == 200
        asked.append(len(queries))
    Simulation.objects.all().delete()
    for _ in range(4):
        factories.invested(factories.company(600, owner=owner), "Accel")
    rescore_all(at=timezone.now())

    for page, most in zip(pages(), asked, strict=True):
        with django_assert_num_queries(most):
            assert drafter.get(page).status_code == 200


def test_a_result_of_another_draft_says_so(drafter: Client, account: Company) -> None:
    made = started(drafter)
    simulations.advance(lambda: False)
    save_draft(changed((15, 900)))

    assert "Out of date. The draft has changed since." in text_of(drafter, f"{LIST}{made.pk}/change/")


def test_a_waiting_simulation_can_be_cancelled(drafter: Client, account: Company) -> None:
    made = started(drafter)

    response = drafter.post(f"{LIST}{made.pk}/cancel/", follow=True)

    made.refresh_from_db()
    assert made.state == "cancelled"
    assert "Nothing was changed" in response.content.decode()


def test_a_draft_with_faults_is_told_so(drafter: Client, account: Company) -> None:
    Criterion.objects.filter(key="size").update(condition={"fact": "employes", "at_least": 1})

    response = drafter.post(f"{LIST}start/", follow=True)

    assert "The draft has faults" in response.content.decode()
    assert not Simulation.objects.exists()


@pytest.mark.parametrize("address", ["", "1/change/", "1/progress/", "1/accounts/?behind=x", "1/company/1/"])
def test_whoever_may_not_draft_sees_no_simulation(client: Client, account: Company, address: str) -> None:
    simulations.ask(changed(), asked_by=None, at=timezone.now())
    Simulation.objects.update(id=1)
    user = User.objects.create_user("rep", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_company", "view_simulation"]))
    client.force_login(user)

    assert client.get(f"{LIST}{address}").status_code == 403
    assert client.post(f"{LIST}start/").status_code == 403


def test_who_does_not_see_all_companies_sees_no_simulation(client: Client, drafter: Client, account: Company) -> None:
    made = started(drafter)
    simulations.advance(lambda: False)
    user = User.objects.create_user("narrow", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["change_profile", "view_company"]))
    client.force_login(user)

    assert client.post(f"{LIST}start/").status_code == 403
    assert client.get(f"{LIST}{made.pk}/change/").status_code == 403
    assert client.get(f"{LIST}{made.pk}/company/{account.pk}/").status_code == 403


def test_the_command_prints_the_matrix_and_the_movers(
    account: Company, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(to_yaml(from_data({"format": 1, "profiles": [{"key": "all", "name": "All", "rank": 1}]})))

    call_command("simulate", str(rules))
    assert "1 accounts looked at; 1 come to stand elsewhere." in capsys.readouterr().out

    call_command("simulate", "--draft", "--json")
    assert '"moved": 1' in capsys.readouterr().out
