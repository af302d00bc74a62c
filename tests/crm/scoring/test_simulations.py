"""Simulations wait, run in turns, and end, whoever dies meanwhile."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from crm.models import Simulation
from crm.scoring import simulations
from crm.scoring.drain import rescore_all
from crm.scoring.simulate import simulate
from crm.scoring.simulation_report import report
from personas.rules.document import Document, from_data
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LARGE = {"key": "size", "when": {"fact": "employees", "at_least": 50}}
BIG = from_data({"format": 1, "profiles": [{"key": "big", "name": "Big", "rank": 1, "must": [LARGE]}]})


@pytest.fixture(autouse=True)
def _accounts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Four accounts that fit today's rules, looked at two by two."""
    monkeypatch.setattr(settings, "SCORING_BATCH", 2)
    factories.ruleset()
    for size in (20, 60, 100, 5):
        factories.invested(factories.company(size), "Accel")
    rescore_all(at=timezone.now())
    yield
    simulations.forget()


def asked(document: Document = BIG) -> Simulation:
    return simulations.ask(document, asked_by=None, at=timezone.now())


def once() -> bool:
    """The turn ends after one batch."""
    return True


def never() -> bool:
    return False


def test_a_simulation_runs_to_its_end() -> None:
    made = asked()

    assert simulations.advance(never)

    made.refresh_from_db()
    assert made.state == "done"
    assert (made.looked, made.percent) == (4, 100)
    assert made.result is not None
    assert made.result["moved"] == 4
    assert made.progress is None


def test_turns_of_several_workers_give_what_one_walk_gives() -> None:
    made = asked()

    turns = 0
    while simulations.advance(once):
        simulations.forget()
        turns += 1

    made.refresh_from_db()
    assert turns > 2
    walk = simulate(BIG, at=timezone.now())
    assert made.result == report(walk)
    assert made.accounts == walk.tally.ids


def test_one_that_is_running_is_left_to_its_worker_until_that_is_dead() -> None:
    made = asked()
    Simulation.objects.update(state="running", beat_at=timezone.now(), claim="other")

    assert not simulations.advance(never)

    Simulation.objects.update(beat_at=timezone.now() - timedelta(minutes=2))
    assert simulations.advance(never)
    made.refresh_from_db()
    assert made.state == "done"


def test_a_worker_that_was_thought_dead_changes_nothing_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked()

    def taken_by_another() -> bool:
        Simulation.objects.update(claim="another")
        return False

    simulations.advance(taken_by_another)

    made.refresh_from_db()
    assert (made.state, made.claim, made.result) == ("running", "another", None)


def test_only_one_runs_at_a_time() -> None:
    asked()
    simulations.advance(once)
    other = asked(from_data({"format": 1, "profiles": []}))

    simulations.advance(once)

    other.refresh_from_db()
    assert other.state == "waiting"


def test_a_cancelled_simulation_stops_after_the_batch_at_hand() -> None:
    made = asked()

    def cancelled() -> bool:
        simulations.cancel(made.pk, at=timezone.now())
        return False

    simulations.advance(cancelled)

    made.refresh_from_db()
    assert made.state == "cancelled"
    assert made.looked == 2
    assert not simulations.any_to_take()


def test_asking_twice_gives_the_same_simulation() -> None:
    assert asked() == asked()


def test_rules_published_meanwhile_start_it_anew() -> None:
    made = asked()
    simulations.advance(once)
    factories.ruleset({"format": 1, "profiles": [{"key": "other", "rank": 1}]})

    simulations.advance(never)

    made.refresh_from_db()
    assert made.base == 2
    assert made.looked == 4
    assert simulations.is_out_of_date(made, made.content_hash, 2) == ""
    assert simulations.is_out_of_date(made, "other", 2) == "The draft has changed since."
    assert simulations.is_out_of_date(made, made.content_hash, 3) == "Ruleset 3 was published since."


def test_a_simulation_that_cannot_be_done_says_why() -> None:
    made = asked()
    Simulation.objects.update(document='{"format": 2}', content_hash="other")

    simulations.advance(never)

    made.refresh_from_db()
    assert made.state == "failed"
    assert "format" in made.error
