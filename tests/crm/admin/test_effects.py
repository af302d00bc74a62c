"""The history of rulesets says what each of them did to the accounts."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.models import Company, Fit, Rollout
from crm.scoring import rollout, simulations
from crm.scoring.drain import Run, drain, rescore_all
from personas.models import Ruleset
from personas.publishing import publish
from personas.rules.document import from_data
from tests.crm.scoring.test_simulate import changed
from tests.factories import SEGMENTS, by_hand, company, invested, member, now, ruleset

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/personas/ruleset/"


@pytest.fixture
def population() -> list[Company]:
    """Five accounts scored by ruleset 1; the changed rules take one into Growth and leave one undecided."""
    ruleset()
    made = [
        invested(company(600), "Accel"), invested(company((10, 100)), "Accel"), invested(company(120), "Accel"),
        company(3), company(5_000),
    ]  # fmt: skip
    drained()
    return made


@pytest.fixture
def revops(client: Client) -> Client:
    client.force_login(member("remy", "RevOps"))
    return client


def drained() -> None:
    drain(lane=0, lanes=1, at=timezone.now(), until=lambda: False)


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", text))


def page(published: Ruleset) -> str:
    return f"{LIST}{published.pk}/change/"


def test_what_a_ruleset_changed_is_kept_and_every_number_leads_to_as_many_accounts(
    revops: Client, population: list[Company]
) -> None:
    company(4)
    published = publish(changed((15, 800), components=[]))
    drained()
    by_hand(population[4], "growth", member("rep"))
    Company.objects.filter(pk=population[3].pk).update(employees_low=900, employees_high=900)
    drained()

    effect = Rollout.objects.get(ruleset=published.number).effect
    said = text_of(revops, page(published))
    links = re.findall(r'href="([^"]*by_ruleset=[^"]*)">([\d,]+)', revops.get(page(published)).content.decode())

    assert effect is not None
    assert effect["moves"] == [["none", "growth", 1]]
    assert {each: effect[each] for each in ("band", "points", "first", "unchanged", "failing")} == {
        "band": 0, "points": 3, "first": 1, "unchanged": 1, "failing": 0,
    }  # fmt: skip
    assert "1 account went to another segment" in said
    assert "1 account kept the result as it was" in said
    assert "In no segment Growth 1" in said
    assert len(links) == 3
    for link, number in links:
        assert revops.get(unescape(link)).context["cl"].result_count == int(number), link
    assert "1 account moved: 1 In no segment to Growth" in text_of(revops, LIST)


def test_the_simulation_that_was_read_before_stands_beside_it(revops: Client, population: list[Company]) -> None:
    made = simulations.ask(changed(), asked_by=None, at=timezone.now())
    simulations.advance(lambda: False)
    Company.objects.filter(pk=population[4].pk).update(employees_low=3, employees_high=3)
    published = publish(changed())
    drained()
    simulations.forget()

    said = text_of(revops, page(published))

    assert "In no segment Growth 1 1" in said
    assert "In no segment Early 1 0" in said
    assert f"Predicted by simulation {made.pk} , as of" in said
    assert "compared with ruleset 1: 1 account moves" in said
    assert "Nobody had simulated" in text_of(revops, page(Ruleset.objects.get(number=1)))


def test_while_it_is_on_its_way_it_says_what_is_known_so_far(revops: Client, population: list[Company]) -> None:
    published = publish(changed())
    said = text_of(revops, page(published))
    assert "No account has these rules yet" in said
    assert "On its way" in text_of(revops, LIST)

    rollout.begin(published, timezone.now())
    rollout.pause(timezone.now())
    Company.objects.filter(pk=population[0].pk).update(name="Edited", employees_low=601, employees_high=601)
    drained()
    said = text_of(revops, page(published))

    assert "On its way: 1 of 5 accounts; paused. What follows is all that is known by now." in said
    assert "1 account went to another segment" in said
    assert "by_ruleset" not in revops.get(page(published)).content.decode()

    publish(from_data(SEGMENTS))
    assert "A later ruleset took its place" in text_of(revops, page(published))
    assert "Replaced before it was known" in text_of(revops, LIST)


def test_accounts_that_cannot_be_scored_do_not_hide_the_effect(
    revops: Client, population: list[Company], monkeypatch: pytest.MonkeyPatch
) -> None:
    published = publish(changed())
    results, failing = Run.result, population[3]
    cells = Fit.objects.get(pk=failing.pk).cells

    def result(self: Run, text: str) -> Any:
        if self.ruleset.number == published.number and self.texts() and failing_text(self) == text:
            raise ArithmeticError("too large")
        return results(self, text)

    def failing_text(run: Run) -> str | None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT cells FROM scoring_cells WHERE company_id = %s", [failing.pk])
            row = cursor.fetchone()
        return row[0] if row else None

    assert cells
    monkeypatch.setattr(Run, "result", result)
    drained()
    assert "all accounts but 1 account that could not be scored" in text_of(revops, page(published))

    monkeypatch.undo()
    Fit.objects.filter(pk=failing.pk).update(retry_at=timezone.now())
    drained()
    found = Rollout.objects.get(ruleset=published.number)
    assert found.finished_at is not None
    assert found.effect is not None
    assert found.effect["failing"] == 0


def test_who_does_not_see_every_account_is_told_no_effect(client: Client, population: list[Company]) -> None:
    client.force_login(member("rep", "Sales"))

    assert "What it changed" not in text_of(client, page(Ruleset.objects.get()))
    assert "Effect" not in text_of(client, LIST)


@pytest.mark.parametrize("value", ["", "x", "1", "1:x", "9:segment", f"{10**20}:segment", "1:a:b", "²:points"])
def test_a_filter_by_an_effect_that_is_not_known_finds_nothing(
    revops: Client, population: list[Company], value: str
) -> None:
    response = revops.get(f"/admin/crm/company/?by_ruleset={value}")

    assert response.context["cl"].result_count == (0 if value else 5)


def test_the_history_asks_the_same_however_many_rulesets_there_are(
    revops: Client, population: list[Company], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    revops.get(LIST)
    with django_assert_num_queries(19) as few:
        revops.get(LIST)
    for most in (700, 800, 900):
        publish(changed((15, most)))
        drained()
    with django_assert_num_queries(len(few)):
        revops.get(LIST)


def test_rules_that_every_account_was_scored_by_from_the_beginning_have_arrived(revops: Client) -> None:
    first = ruleset(SEGMENTS)
    company(120)
    rescore_all(at=now())

    said = text_of(revops, page(first))

    assert "Every account has these rules." in said
    assert "On its way" not in text_of(revops, LIST)
