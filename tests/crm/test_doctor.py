"""What is wrong with an installation, and what to do about it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.conf import settings as current
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings

from crm import doctor
from crm.doctor import Finding, Level, examine
from crm.models import Audit, BrokerOutage, Fit, Lane, Rollout
from crm.models.fit import ENGINE
from embedded.redis import Redis
from tests.factories import company, now, ruleset

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _healthy(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """All is well, with one lane and no broker."""
    settings.SCORING_LANES = 1
    settings.REDIS_URL = ""
    monkeypatch.setattr("crm.scoring.marks.faults", list)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=50 * 1024**3, total=100 * 1024**3))
    ruleset()
    Lane.objects.update_or_create(number=0, defaults={"visited_at": now(), "worker": "one"})


def found(check: str) -> Finding:
    """The worst finding of this check."""
    findings = [each for each in examine() if each.check == check]
    return max(findings, key=lambda each: list(Level).index(each.level))


def waiting(seconds: float, **columns: Any) -> None:
    values = {
        "facts_rev": 2, "scored_facts_rev": 1, "stale_since": now() - timedelta(seconds=seconds), "scored_ruleset": 1,
        "scored_engine": ENGINE,
    }  # fmt: skip
    Fit.objects.update_or_create(company=company(), defaults=values | columns)


def run(*options: str) -> tuple[int, str]:
    """Exit status and output of the command."""
    out = StringIO()
    try:
        call_command("doctor", *options, stdout=out, no_color=True)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_healthy_installation_has_nothing_to_do() -> None:
    findings = list(examine())

    assert [(each.level, each.remedy) for each in findings] == [(Level.OK, "")] * len(findings)
    assert [each.check for each in findings] == [
        "settings", "disk", "broker", "database", "migrations", "triggers", "rules", "workers", "scores", "audit",
        "webhooks",
    ]  # fmt: skip


def test_the_exit_status_tells_of_faults_and_not_of_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    status, text = run()
    assert status == 0
    assert text.endswith("no faults, no warnings.\n")
    Audit.objects.create(day=now().date(), wrong=2)
    status, text = run()
    assert status == 0
    assert "warning  audit" in text
    monkeypatch.setattr("crm.scoring.marks.faults", lambda: ["One is missing.", "Another is."])

    status, text = run()

    assert status == 1
    assert "fault    triggers    One is missing. And 1 more.\n" in text
    assert text.endswith("1 fault, 1 warning.\n")


def test_scripts_get_json() -> None:
    Lane.objects.all().delete()

    status, text = run("--json")

    told = json.loads(text)
    assert (status, told["status"]) == (1, "fault")
    assert {
        "check": "workers",
        "level": "fault",
        "found": "None has run yet.",
        "remedy": "Start one: python manage.py scoring_worker",
    } in told["findings"]


# Each thing that may be wrong


def no_migrations(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'crm' AND name = '0001_initial'")


def no_rules(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    current_rules = ruleset()
    type(current_rules).objects.all().delete()


def worker_gone(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    Lane.objects.update(visited_at=now() - timedelta(seconds=25))


def lane_missing(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.SCORING_LANES = 2


def lane_beyond(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    Lane.objects.create(number=3, visited_at=now())


def late(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    waiting(400)


def soon(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    Lane.objects.update(rate=1.0)
    waiting(4)


def failing(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    waiting(4, failures=1, failure="too large", retry_at=now())


def paused(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    Rollout.objects.create(ruleset=1, started_at=now(), accounts=1, paused_at=now())


def full(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=1024**2, total=100 * 1024**3))


def nearly_full(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=1024**3, total=100 * 1024**3))


def broker_refuses(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"


def bells_lost(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    BrokerOutage.objects.create(began_at=now(), reason="TimeoutError")


def clock_wrong(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    ahead = timezone.now() + timedelta(hours=12)
    monkeypatch.setattr("crm.doctor.timezone", SimpleNamespace(now=lambda: ahead))


def table_missing(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    def gone() -> None:
        raise OperationalError("password=secret")

    monkeypatch.setattr(doctor, "freshness", gone)


WRONG: list[tuple[Callable[[pytest.MonkeyPatch, Settings], None], str, Level, str, str]] = [
    (no_migrations, "migrations", Level.FAULT, "crm.0001_initial", "manage.py migrate"),
    (no_rules, "rules", Level.FAULT, "None were published", "load_preset"),
    (worker_gone, "workers", Level.FAULT, "None since ", "scoring_worker"),
    (lane_missing, "workers", Level.FAULT, "lane 1 of 2", "SCORING_LANES"),
    (lane_beyond, "workers", Level.WARNING, "lane 3", "SCORING_LANES"),
    (late, "scores", Level.FAULT, "Behind for 7 min. 1 account is waiting.", ""),
    (soon, "scores", Level.OK, " s, done in 1 s", ""),
    (failing, "failing", Level.WARNING, "1 account, mostly: too large", "tried again"),
    (paused, "rollout", Level.WARNING, "Ruleset 1 is paused", "Resume"),
    (full, "disk", Level.FAULT, "0.0 GB free", "Make room"),
    (nearly_full, "disk", Level.WARNING, "1.0 GB free", "Make room"),
    (broker_refuses, "broker", Level.FAULT, "ConnectionError", "scoring_worker"),
    (bells_lost, "bells", Level.WARNING, "since ", "broker"),
    (clock_wrong, "clock", Level.WARNING, "12 h ahead of", "NTP"),
    (table_missing, "scores", Level.FAULT, "OperationalError", "migrate"),
]


@pytest.mark.parametrize(
    ("break_it", "check", "level", "said", "remedy"), WRONG, ids=[each.__name__ for each, *_ in WRONG]
)
def test_each_fault_comes_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    break_it: Callable[[pytest.MonkeyPatch, Settings], None],
    check: str,
    level: Level,
    said: str,
    remedy: str,
) -> None:
    break_it(monkeypatch, settings)

    worst = found(check)

    assert (worst.level, said in worst.found, remedy in worst.remedy) == (level, True, True), worst
    assert "secret" not in str(list(examine()))


@pytest.mark.parametrize(
    ("policy", "level", "said"),
    [
        ("noeviction", Level.OK, "noeviction, append-only file off, which loses bells only"),
        ("allkeys-lru", Level.FAULT, "throws messages away when it is full (maxmemory-policy allkeys-lru)"),
    ],
)
def test_a_broker_must_not_throw_messages_away(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, policy: str, level: Level, said: str
) -> None:
    monkeypatch.setattr(doctor, "BROKER_SECONDS", 10)
    with Redis() as server:
        settings.REDIS_URL = server.url(0)
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            client.config_set("maxmemory-policy", policy)

        worst = found("broker")

    assert (worst.level, said in worst.found) == (level, True), worst


def test_it_says_so_when_the_database_is_away() -> None:
    environment = os.environ | {"DATABASE_URL": "postgresql://ann:secret@127.0.0.1:1/crm", "REDIS_URL": ""}

    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--no-color"],
        cwd=current.BASE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "fault    database  It does not answer." in done.stdout
    assert (done.stderr, "secret" in done.stdout) == ("", False)
