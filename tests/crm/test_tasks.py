"""Celery's doors: each may be lost, doubled and late, and one bell is enough for a transaction."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from unittest.mock import Mock

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection, connections, transaction
from django.test import override_settings
from django.utils import timezone

from crm import tasks
from crm.broker import record_failure
from crm.models import Audit, BrokerOutage, Fit, Lane
from crm.scoring.write import Written
from tests import brokers
from tests.factories import company, ruleset


@pytest.fixture
def bell(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """The bell of this process."""
    bell = Mock()
    monkeypatch.setattr(tasks, "bell", bell)
    return bell


# Ringing


def test_with_a_broker_workers_are_called(bell: Mock) -> None:
    tasks.wake()

    assert bell.ring.call_count == 1


@override_settings(REDIS_URL="")
def test_without_a_broker_nobody_is_called(bell: Mock) -> None:
    tasks.wake()

    assert not bell.ring.called


@pytest.mark.django_db(transaction=True)
def test_workers_are_called_once_after_a_transaction_however_often_it_is_said(bell: Mock) -> None:
    with transaction.atomic():
        tasks.wake_after_commit()
        with transaction.atomic():
            tasks.wake_after_commit()
        tasks.wake_after_commit()
        assert not bell.ring.called

    assert bell.ring.call_count == 1


@pytest.mark.django_db(transaction=True)
def test_a_part_that_is_rolled_back_takes_no_bell_of_the_whole_with_it(bell: Mock) -> None:
    with transaction.atomic():
        roll_back_with_a_bell()
        tasks.wake_after_commit()

    assert bell.ring.call_count == 1


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_calls_nobody(bell: Mock) -> None:
    roll_back_with_a_bell()

    assert not bell.ring.called


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_workers_are_called_at_once(bell: Mock) -> None:
    tasks.wake_after_commit()

    assert bell.ring.call_count == 1


def roll_back_with_a_bell() -> None:
    with transaction.atomic():
        tasks.wake_after_commit()
        transaction.set_rollback(True)


# Working


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
def test_only_lanes_with_work_are_drained_and_the_others_show_that_a_worker_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visited: list[int] = []
    drained: list[int] = []
    monkeypatch.setattr(tasks, "lanes_with_work", lambda at: [1, 3])
    monkeypatch.setattr(tasks, "drain_for_a_while", lambda lane, lanes: drained.append(lane))
    monkeypatch.setattr(tasks, "visit", visited.extend)

    with override_settings(SCORING_LANES=4):
        tasks.drain_all_lanes()

    assert visited == [0, 2]
    assert drained == [1]
    assert brokers.queued() == 1


@pytest.mark.django_db(transaction=True)
def test_a_lane_whose_time_is_over_is_called_again(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[int, int]] = []
    monkeypatch.setattr(tasks, "send_to", lambda lane, lanes: called.append((lane, lanes)))
    monkeypatch.setattr(tasks, "SLICE_SECONDS", 0.05)

    def busy(*, lane: int, lanes: int, at: datetime, until: Callable[[], bool]) -> Written:
        while not until():
            time.sleep(0.01)
        return Written()

    def idle(*, lane: int, lanes: int, at: datetime, until: Callable[[], bool]) -> Written:
        assert not until()
        return Written()

    monkeypatch.setattr(tasks, "drain", idle)
    tasks.drain_lane(1, 4)
    assert called == []

    monkeypatch.setattr(tasks, "drain", busy)
    tasks.drain_lane(2, 4)
    assert called == [(2, 4)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("changed", "rings"), [(0, 0), (1, 1)])
def test_a_drain_that_changed_something_rings_for_what_it_marked_in_other_lanes(
    changed: int, rings: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(tasks, "wake", lambda: rung.append("bell"))
    monkeypatch.setattr(tasks, "drain", lambda **keywords: Written(seen=2, changed=changed))

    tasks.drain_lane(0, 1)

    assert len(rung) == rings


def test_a_broker_that_fails_while_lanes_are_called_fails_no_task(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with brokers.refusing() as url:
        monkeypatch.setattr(tasks.drain_lane, "apply_async", partial_send(url))
        tasks.send_to(2, 4)

    assert "lane not called lane=2" in caplog.text


def partial_send(url: str) -> Callable[..., None]:
    def send(arguments: tuple[int, ...], **options: object) -> None:
        with current_app.connection_for_write(url) as broken:
            current_app.send_task("crm.tasks.drain_lane", arguments, connection=broken, retry=False)

    return send


@pytest.mark.django_db(transaction=True)
def test_a_task_that_runs_ends_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.broker.bell.recorded_at", float("-inf"))
    record_failure("TimeoutError", timezone.now())

    tasks.drain_all_lanes()

    assert not BrokerOutage.objects.filter(ended_at=None).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not settings.POSTGRESQL, reason="a file cannot hang up")
def test_after_the_database_was_restarted_the_next_task_works() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    other = connections["default"].copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [process])
    other.close()

    tasks.drain_all_lanes()

    assert Lane.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_edit_is_scored_by_the_tasks_that_a_bell_sets_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "send_to", tasks.drain_lane)
    ruleset()
    edited = [company(40) for _ in range(8)]

    tasks.drain_all_lanes()

    fits = Fit.objects.filter(pk__in=[each.pk for each in edited])
    assert [fit.stale_since for fit in fits] == [None] * 8
    assert [fit.scored_facts_rev for fit in fits] == [fit.facts_rev for fit in fits]
    assert Lane.objects.filter(visited_at__isnull=False).count() == settings.SCORING_LANES


@pytest.mark.django_db(transaction=True)
def test_the_audit_runs() -> None:
    ruleset()
    company(40)
    tasks.drain_lane(0, 1)

    tasks.audit_some()

    assert Audit.objects.get().looked == 1


@pytest.mark.parametrize("name", sorted(settings.CELERY_BEAT_SCHEDULE))
def test_what_beat_rings_is_there_and_old_bells_are_thrown_away(name: str) -> None:
    entry: Any = settings.CELERY_BEAT_SCHEDULE[name]

    assert entry["task"] in current_app.tasks
    assert entry["options"]["expires"] <= 60


@pytest.mark.django_db
def test_a_worker_refuses_to_start_where_changes_would_not_be_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.scoring.marks.faults", lambda: ["The trigger crm_mark_update on crm_contact is missing."])

    with pytest.raises(SystemExit, match=r"crm_contact is missing.*manage\.py migrate"):
        tasks.refuse_to_start_unmarked()
