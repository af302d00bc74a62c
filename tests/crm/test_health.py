"""What machines are told: whether this process lives, can serve, and how old the scores are."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from crm import health, installation
from crm.installation import Question, missing_migrations
from crm.models import Audit, BrokerOutage, Fit, Lane, Rollout
from crm.models.fit import ENGINE
from tests.factories import company, now, ruleset

pytestmark = pytest.mark.django_db

ADDRESSES = ["/healthz/live", "/healthz/ready", "/healthz/scoring", "/metrics"]


@pytest.fixture(autouse=True)
def _set_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """One lane, no broker, triggers as they should be."""
    settings.SCORING_LANES = 1
    settings.REDIS_URL = ""
    monkeypatch.setattr(health, "faults", list)


def waiting(seconds: float, **columns: Any) -> None:
    """An account whose facts changed so many seconds ago."""
    number = ruleset().number
    values = {
        "facts_rev": 2, "scored_facts_rev": 1, "stale_since": now() - timedelta(seconds=seconds),
        "scored_ruleset": number, "scored_engine": ENGINE,
    }  # fmt: skip
    Fit.objects.update_or_create(company=company(), defaults=values | columns)


def worker(**columns: Any) -> None:
    Lane.objects.create(number=0, visited_at=now(), worker="one", **columns)


def answer(client: Client, what: str) -> tuple[int, dict[str, Any]]:
    response = client.get(f"/healthz/{what}")
    return response.status_code, response.json()


def away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "database_answers", lambda: False)


def test_a_process_lives_without_a_database(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    away(monkeypatch)

    with django_assert_num_queries(0):
        response = client.get("/healthz/live")

    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_answer_is_kept_by_anybody(client: Client, address: str) -> None:
    assert "no-store" in client.get(address).headers["Cache-Control"]
    assert client.post(address).status_code == 405


# Ready


def test_a_process_is_ready_when_database_tables_and_triggers_are(client: Client) -> None:
    assert answer(client, "ready") == (
        200, {"status": "ok", "checks": {"database": "ok", "migrations": "ok", "triggers": "ok"}},
    )  # fmt: skip


def test_it_is_not_ready_without_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    away(monkeypatch)

    assert answer(client, "ready") == (
        503, {"status": "fault", "checks": {"database": "The database does not answer."}},
    )  # fmt: skip


def test_it_is_not_ready_when_the_database_goes_away_meanwhile(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> list[str]:
        raise OperationalError("server closed the connection; password=secret")

    monkeypatch.setattr(health, "missing_migrations", gone)

    code, told = answer(client, "ready")

    assert (code, told["checks"]["migrations"]) == (503, "The database does not answer.")


def test_it_is_not_ready_before_migrate(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'crm'")

    code, told = answer(client, "ready")

    assert code == 503
    assert told["checks"]["migrations"].startswith("Missing: crm.0001_initial (and ")
    assert missing_migrations()[0] == "crm.0001_initial"


def test_it_is_not_ready_when_changes_would_not_be_marked(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "faults", lambda: ["A trigger is missing."])

    assert answer(client, "ready") == (
        503,
        {
            "status": "fault",
            "checks": {
                "database": "ok", "migrations": "ok", "triggers": "A trigger is missing. Run: python manage.py migrate",
            },
        },
    )  # fmt: skip


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A database that answers nobody until the event is set."""
    thawed = threading.Event()

    def ask(answers: list[bool]) -> None:
        thawed.wait(60)
        answers.append(True)

    monkeypatch.setattr(installation, "ask", ask)
    yield thawed
    thawed.set()


def test_a_silent_database_is_not_waited_for(frozen: threading.Event) -> None:
    question = Question()

    assert not question.answered(0.01)
    first = question.asking
    assert not question.answered(0.01)
    assert question.asking is first

    frozen.set()
    assert question.answered(5)


def test_who_asks_at_the_same_time_gets_the_same_answer(frozen: threading.Event) -> None:
    question = Question()
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(question.answered, 5) for _ in range(4)]
        frozen.set()

    assert [each.result() for each in answers] == [True] * 4


# Scoring


def test_fresh_scores_are_well(client: Client) -> None:
    ruleset()

    code, told = answer(client, "scoring")

    assert (code, told["status"], told["lag_seconds"], told["waiting"], told["reason"]) == (200, "ok", 0, 0, None)


def test_scores_a_little_behind_are_well_as_long_as_somebody_works(client: Client) -> None:
    waiting(100)
    worker(rate=2.0)

    code, told = answer(client, "scoring")

    assert (code, told["status"], told["waiting"], told["eta_seconds"]) == (200, "behind", 1, 0)
    assert 100 <= told["lag_seconds"] < 110
    assert told["reason"] == {"code": "backlog", "sentence": "1 account is waiting."}


def test_scores_are_ill_when_nobody_works(client: Client) -> None:
    waiting(1)

    code, told = answer(client, "scoring")

    assert (code, told["reason"]["code"]) == (503, "no_worker")


@pytest.mark.parametrize(("limit", "expected"), [(200, 200), (50, 503)])
def test_scores_are_ill_when_further_behind_than_the_limit(
    client: Client, settings: Settings, limit: int, expected: int
) -> None:
    settings.SCORING_LAG_LIMIT_SECONDS = limit
    waiting(100)
    worker()

    assert answer(client, "scoring")[0] == expected


def broken() -> None:
    raise OperationalError("could not connect to server at 10.0.0.7, password=secret")


@pytest.mark.parametrize("early", [True, False], ids=["before", "meanwhile"])
def test_nobody_knows_how_old_scores_are_without_the_database(
    client: Client, monkeypatch: pytest.MonkeyPatch, early: bool
) -> None:
    if early:
        away(monkeypatch)
    monkeypatch.setattr(health, "freshness", broken)

    assert answer(client, "scoring") == (
        503,
        {"status": "unknown", "reason": {"code": "no_database", "sentence": "The database does not answer."}},
    )
    assert issubclass(OperationalError, Error)


def test_names_of_people_and_texts_of_rules_are_not_for_everyone(client: Client, admin_user: Any) -> None:
    waiting(1, failures=1, failure="'secret' fits nothing", failed_ruleset=1, retry_at=now())
    worker()
    assert "secret" not in client.get("/healthz/scoring").content.decode()
    ruleset(must=[{"key": "any", "when": {"fact": "employees", "at_least": 1}}])
    admin_user.first_name = "Kim"
    admin_user.save()
    Rollout.objects.create(ruleset=2, started_at=now(), accounts=4, paused_at=now(), paused_by=admin_user)

    text = client.get("/healthz/scoring").content.decode()

    assert '"code": "paused"' in text
    assert "Kim" not in text
    assert admin_user.username not in text


# Metrics


@pytest.mark.parametrize(
    ("token", "production", "sent", "expected"),
    [
        ("", False, None, 200),
        ("", True, None, 404),
        ("", True, "Bearer ", 404),
        ("sesame", True, "Bearer sesame", 200),
        ("sesame", True, "Bearer sésame", 401),
        ("sesame", False, "sesame", 401),
        ("sesame", False, None, 401),
    ],
    ids=["development", "production", "production-empty", "token", "wrong", "bare", "missing"],
)
def test_figures_are_for_whoever_has_the_token(
    client: Client, settings: Settings, token: str, production: bool, sent: str | None, expected: int
) -> None:
    settings.METRICS_TOKEN = token
    settings.PRODUCTION = production
    headers = {"Authorization": sent} if sent else None

    assert client.get("/metrics", headers=headers).status_code == expected


def figures(client: Client) -> dict[str, float]:
    text = client.get("/metrics").content.decode()
    return {name: float(value) for name, value in re.findall(r"^(icp_\S+) (\S+)$", text, re.MULTILINE)}


def test_figures_say_lag_work_audits_and_broker(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    waiting(100)
    worker(seen=9, changed=4, failed=2)
    Audit.objects.create(day=now().date(), looked=50, wrong=1, orphans=3)
    BrokerOutage.objects.create(began_at=now(), reason="TimeoutError", errors=7)

    found = figures(client)

    assert found.pop("icp_scoring_lag_seconds") == pytest.approx(100, abs=10)
    assert found.pop('icp_lane_heartbeat_age_seconds{lane="0"}') == pytest.approx(0, abs=5)
    assert found == {
        "icp_database_up": 1,
        "icp_scoring_waiting_accounts": 1,
        "icp_scoring_failing_accounts": 0,
        "icp_scoring_ruleset": 1,
        'icp_scoring_behind{reason="backlog"}': 1,
        "icp_rollout_accounts": 0,
        "icp_rollout_done_accounts": 0,
        "icp_rollout_paused": 0,
        'icp_scoring_seen_total{lane="0"}': 9,
        'icp_scoring_changed_total{lane="0"}': 4,
        'icp_scoring_failed_total{lane="0"}': 2,
        "icp_audit_looked_total": 50,
        "icp_audit_wrong_total": 1,
        "icp_audit_orphans_total": 3,
        "icp_broker_errors_total": 7,
        "icp_broker_up": 0,
        "icp_outbox_waiting": 0,
        "icp_webhook_dead": 0,
        "icp_webhook_oldest_seconds": 0,
        "icp_webhook_switched_off": 0,
        "icp_webhook_waiting": 0,
    }


def test_figures_say_when_the_database_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    away(monkeypatch)

    assert figures(client) == {"icp_database_up": 0}
