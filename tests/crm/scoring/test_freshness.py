"""How old the scores are that people see, and why."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries, Settings

from crm.models import Audit, BrokerOutage, Company, Fit, ImportRun, Lane, Rollout
from crm.models.fit import ENGINE
from crm.scoring import freshness as measuring
from crm.scoring.freshness import freshness
from crm.scoring.reasons import span
from personas.models import Ruleset
from tests.factories import company, now, ruleset

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_lane(settings: Settings) -> None:
    settings.SCORING_LANES = 1
    settings.REDIS_URL = ""


def seconds_ago(seconds: float) -> datetime:
    moment: datetime = now() - timedelta(seconds=seconds)
    return moment


def account(**columns: Any) -> Company:
    """A company with a fresh result of the active rules, but for `columns` of its fit."""
    made = company()
    number = Ruleset.objects.active().get().number
    fresh = {
        "facts_rev": 1, "scored_facts_rev": 1, "scored_ruleset": number, "scored_engine": ENGINE, "stale_since": None,
        "seen_at": now(),
    }  # fmt: skip
    Fit.objects.update_or_create(company=made, defaults=fresh | columns)
    return made


def waiting(seconds: float = 5, **columns: Any) -> Company:
    """A company whose facts changed so many seconds ago."""
    return account(facts_rev=2, stale_since=seconds_ago(seconds), **columns)


def failing(seconds: float = 5, failure: str = "no such fact", **columns: Any) -> Company:
    """A company whose facts changed so many seconds ago and whose last try failed."""
    later = now() + timedelta(minutes=1)
    return waiting(seconds, failures=3, failure=failure, retry_at=later, **columns)


def worker(seconds: float = 1, number: int = 0, **columns: Any) -> None:
    """Somebody looked after the lane so many seconds ago."""
    Lane.objects.update_or_create(
        number=number, defaults={"visited_at": seconds_ago(seconds), "worker": "one"} | columns
    )


def published(seconds: float) -> Ruleset:
    """Another ruleset, published so many seconds ago."""
    made = ruleset(must=[{"key": "any", "when": {"fact": "employees", "at_least": Ruleset.objects.count()}}])
    Ruleset.objects.filter(pk=made.pk).update(published_at=seconds_ago(seconds))
    return made


def reason() -> str:
    found = freshness().reason
    return found.code if found else "none"


def test_scores_are_of_now_when_nothing_waits() -> None:
    ruleset()
    account()
    worker()

    found = freshness()

    assert not found.behind
    assert (found.as_of, found.lag_seconds, found.reason, found.ruleset) == (found.at, 0, None, 1)
    assert abs((found.at - now()).total_seconds()) < 2


def test_the_lag_is_that_of_the_oldest_change() -> None:
    ruleset()
    account()
    worker()
    waiting(40)
    waiting(7_000)
    waiting(3)

    found = freshness()

    assert found.waiting == 3
    assert 7_000 <= found.lag_seconds < 7_010


def test_a_new_company_waits_from_its_own_beginning() -> None:
    published(90_000)
    worker()
    waiting(2, scored_ruleset=0, scored_engine=0, scored_facts_rev=0)

    found = freshness()

    assert found.waiting == 1
    assert 2 <= found.lag_seconds < 10
    assert reason() == "backlog"


def test_time_alone_makes_a_score_old() -> None:
    ruleset()
    worker()
    account(review_at=seconds_ago(60))
    account(review_at=now() + timedelta(days=1))

    found = freshness()

    assert found.waiting == 1
    assert 60 <= found.lag_seconds < 70


def test_rules_make_scores_old_since_the_first_ruleset_that_they_lack() -> None:
    published(9_000)
    worker()
    account()
    published(500)
    account()
    published(100)

    found = freshness()

    assert found.waiting == 2
    assert 500 <= found.lag_seconds < 510


@pytest.mark.parametrize("at_work", [True, False], ids=["rollout began", "not begun"])
def test_an_older_program_makes_scores_old(at_work: bool) -> None:
    published(9_000)
    worker(30)
    account(scored_engine=ENGINE)
    monkey = pytest.MonkeyPatch()
    monkey.setattr(measuring, "ENGINE", ENGINE + 1)
    if at_work:
        Rollout.objects.create(ruleset=1, started_at=seconds_ago(12), accounts=1)

    found = freshness()
    monkey.undo()

    assert found.waiting == 1
    assert found.lag_seconds == pytest.approx(12 if at_work else 30, abs=5)


def test_the_clock_is_that_of_the_database() -> None:
    ruleset()
    worker()
    waiting(30)

    with time_machine.travel(now() - timedelta(hours=1)):
        found = freshness()

    assert 30 <= found.lag_seconds < 40


def test_a_change_from_the_future_waits_for_no_time() -> None:
    ruleset()
    worker()
    waiting(-60)

    found = freshness()

    assert (found.waiting, found.lag_seconds) == (1, 0)


def test_that_something_waits_is_never_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "COUNT_IS_CHEAP_SECONDS", 0)
    monkeypatch.setattr(measuring, "COUNT_KEPT_SECONDS", 3600)
    ruleset()
    worker()
    first = waiting(50)
    assert freshness().waiting == 1
    waiting(70)

    found = freshness()
    assert (found.waiting, found.lag_seconds >= 70) == (1, True)

    Fit.objects.update(stale_since=None, scored_facts_rev=2)
    assert not freshness().behind
    Fit.objects.filter(company=first).update(stale_since=seconds_ago(1), facts_rev=3)
    assert freshness().behind


# Reasons


def before_rules() -> None:
    company()


def without_worker() -> None:
    ruleset()
    waiting()


def after_the_worker() -> None:
    without_worker()
    worker(25)


def lane_alone() -> None:
    ruleset()
    waiting(300)
    worker(0, 1)
    worker(0, 2)


def worker_in_trouble() -> None:
    without_worker()
    worker(error="OperationalError", error_at=seconds_ago(3))


def all_failing() -> None:
    ruleset()
    worker()
    failing(failure="rare")
    failing()
    failing()


def paused() -> None:
    ruleset()
    worker()
    account()
    made = published(60)
    user = User.objects.create_user("kim", first_name="Kim", last_name="Rivers")
    Rollout.objects.create(
        ruleset=made.number, started_at=seconds_ago(59), accounts=4, paused_at=seconds_ago(30), paused_by=user
    )


def rolling_out() -> None:
    ruleset()
    worker()
    account()
    made = published(60)
    account()
    Rollout.objects.create(ruleset=made.number, started_at=seconds_ago(59), accounts=20_000)


def first_rollout() -> None:
    made = ruleset()
    worker()
    waiting(5, scored_ruleset=0, scored_engine=0, scored_facts_rev=0)
    Rollout.objects.create(ruleset=made.number, started_at=seconds_ago(5), accounts=2)


def importing() -> None:
    ruleset()
    worker()
    waiting()
    ImportRun.objects.create(started_at=seconds_ago(90), beat_at=seconds_ago(50), name="leads.csv", rows=1_200)


def import_died() -> None:
    importing()
    ImportRun.objects.update(beat_at=seconds_ago(70))


REASONS: list[tuple[Callable[[], None], str, str]] = [
    (before_rules, "no_rules", "No rules were published yet"),
    (without_worker, "no_worker", "No worker has run yet."),
    (after_the_worker, "no_worker", "No worker since "),
    (lane_alone, "lane_unvisited", "No worker looks after lane 0 of 3."),
    (worker_in_trouble, "worker_stumbles", "The worker cannot go on."),
    (all_failing, "failing", "3 accounts fail."),
    (paused, "paused", "3 of 4 done."),
    (rolling_out, "rollout", "19,999 of 20,000 done."),
    (first_rollout, "rollout", "1 of 2 done."),
    (importing, "import", "An import is running, 1,200 rows so far."),
    (import_died, "backlog", "1 account is waiting."),
]


@pytest.mark.parametrize(("situation", "code", "said"), REASONS, ids=[each.__name__ for each, *_ in REASONS])
def test_the_reason_is_the_first_that_applies(
    situation: Callable[[], None], code: str, said: str, settings: Settings
) -> None:
    settings.SCORING_LANES = 3 if situation is lane_alone else 1
    situation()

    found = freshness().reason

    assert found is not None
    assert found.code == code
    assert said in found.sentence


def test_names_and_texts_of_rules_are_in_the_detail_alone() -> None:
    paused()
    found = freshness().reason
    assert found is not None
    assert found.detail == "Paused by Kim Rivers."
    Fit.objects.all().delete()
    failing(failure="'secret' fits nothing")

    found = freshness().reason

    assert found is not None
    assert (found.sentence, found.detail) == ("1 account fails.", "'secret' fits nothing")


def test_the_failure_that_is_told_is_the_most_frequent() -> None:
    all_failing()

    assert freshness().failure == "no such fact"


def test_accounts_that_fail_are_told_of_beside_another_reason() -> None:
    ruleset()
    worker()
    failing()
    waiting()

    found = freshness()

    assert (found.waiting, found.failing, found.only_failing, reason()) == (2, 1, False, "backlog")


def test_an_account_that_failed_by_older_rules_is_waiting_for_these() -> None:
    made = ruleset()
    worker()
    failing(failed_ruleset=made.number)
    assert freshness().failing == 1
    published(5)

    assert freshness().failing == 0


@pytest.mark.parametrize(
    ("visits", "unvisited"),
    [([1, 1], False), ([1, 45], False), ([1, 61], True)],
    ids=["both", "waits its turn", "nobody's"],
)
def test_a_lane_may_wait_its_turn(visits: list[float], unvisited: bool, settings: Settings) -> None:
    settings.SCORING_LANES = 2
    ruleset()
    waiting()
    for number, seconds in enumerate(visits):
        worker(seconds, number)

    assert (reason() == "lane_unvisited") is unvisited


def test_the_time_that_is_left_is_what_waits_by_the_rate_of_the_workers(settings: Settings) -> None:
    settings.SCORING_LANES = 2
    ruleset()
    worker(number=0, rate=2.0, worker="one")
    worker(number=1, rate=4.0, worker="one")
    for _ in range(6):
        waiting()
    failing()

    found = freshness()
    assert (found.rate, found.eta_seconds) == (3, 2)

    worker(number=1, rate=4.0, worker="two")
    assert freshness().rate == 6


@pytest.mark.parametrize("situation", [before_rules, after_the_worker, paused, all_failing])
def test_nobody_says_how_long_it_takes_when_it_would_take_for_ever(situation: Callable[[], None]) -> None:
    situation()
    Lane.objects.update(rate=100.0)

    assert freshness().eta_seconds is None


# The broker, the audit


def test_an_outage_of_the_broker_is_told() -> None:
    ruleset()
    outage = BrokerOutage.objects.create(began_at=seconds_ago(100), reason="ConnectionError")
    found = freshness()
    assert (found.broker_down, found.broker_since) == (True, outage.began_at)
    outage.ended_at = now()
    outage.save()

    assert not freshness().broker_down


@pytest.mark.parametrize(("beat", "asked"), [(1, False), (30, True)], ids=["workers live", "workers gone"])
def test_the_broker_is_asked_only_when_nobody_works(
    beat: float, asked: bool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(measuring, "reachable", lambda: False)
    ruleset()
    waiting()
    worker(beat)

    assert freshness().broker_down is asked


def test_wrong_results_of_the_last_week_are_told() -> None:
    ruleset()
    for days, wrong in ((0, 1), (6, 2), (8, 4)):
        Audit.objects.create(day=now().date() - timedelta(days=days), wrong=wrong)

    assert freshness().audit_wrong == 3


# What it costs


def test_asking_is_cheap(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ruleset()
    worker()
    account()
    with django_assert_num_queries(2):
        freshness()
    waiting()
    with django_assert_num_queries(4):
        freshness()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (75, "75 s"), (600, "10 min"), (7_500, "2 h 5 min"), (7_200, "2 h"), (260_000, "3 days")],
)
def test_a_length_of_time_is_said_in_its_largest_units(seconds: float, said: str) -> None:
    assert span(seconds) == said
