"""`manage.py scoring_worker`: scores stay fresh with nothing but the database."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InterfaceError, OperationalError, connection

from crm.management.commands import scoring_worker
from crm.management.commands.scoring_worker import Messenger, Worker
from crm.models import Fit, Lane
from crm.scoring import censuses, marks, simulations, surveys
from crm.scoring.write import Written
from crm.upserting import jobs
from tests.factories import company, ruleset

ROOT = Path(__file__).resolve().parents[2]


class Work:
    """Lanes with something to do, in place of the database."""

    def __init__(self, *lanes: int) -> None:
        self.lanes = list(lanes)
        self.drained: list[int] = []
        self.visited: list[int] = []
        self.faults: list[Exception] = []
        self.asked = 0

    def lanes_with_work(self, at: datetime) -> list[int]:
        self.asked += 1
        if self.faults:
            raise self.faults.pop(0)
        return sorted(self.lanes)

    def drain(self, *, lane: int, lanes: int, at: datetime, until: Callable[[], bool]) -> Written:
        self.drained.append(lane)
        if lane in self.lanes:
            self.lanes.remove(lane)
        return Written(seen=1)

    def visit(self, lanes: list[int]) -> None:
        self.visited += lanes


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """What the worker meets: four lanes, two of them with work."""
    work = Work(1, 2)
    monkeypatch.setattr(settings, "SCORING_LANES", 4)
    monkeypatch.setattr(marks, "require", lambda: None)
    monkeypatch.setattr(scoring_worker, "FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(scoring_worker, "writes_of_others", lambda: None)
    for queue in (censuses, jobs, simulations, surveys):
        monkeypatch.setattr(queue, "advance", lambda until: False)
    monkeypatch.setattr(jobs, "forget_old", lambda at: 0)
    monkeypatch.setattr(scoring_worker, "any_to_send", lambda at: False)
    monkeypatch.setattr(scoring_worker, "deliver", lambda until: None)
    for name in ("lanes_with_work", "drain", "visit"):
        monkeypatch.setattr(scoring_worker, name, getattr(work, name))
    return work


def test_once_it_drains_every_lane_with_work_and_ends(work: Work) -> None:
    Worker(poll=0.001).run(once=True)

    assert sorted(work.drained) == [1, 2]
    assert set(work.visited) == {0, 1, 2, 3}


def test_several_workers_do_not_all_begin_with_the_same_lane(work: Work) -> None:
    first = set()
    for _ in range(64):
        work.lanes, work.drained = [1, 2], []
        Worker(poll=0.001).run(once=True)
        first.add(work.drained[0])

    assert first == {1, 2}


def test_with_nothing_to_do_it_looks_again_until_told_to_stop(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(poll=0.001)
    work.lanes = []
    monkeypatch.setattr(scoring_worker, "visit", lambda lanes: worker.stop() if work.asked == 3 else None)

    worker.run()

    assert work.asked == 3


def test_told_to_stop_it_ends_after_the_batch_at_hand(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(poll=0.001)

    def drain(*, lane: int, lanes: int, at: datetime, until: Callable[[], bool]) -> Written:
        work.drained.append(lane)
        assert not until()
        worker.stop()
        assert until()
        return Written(seen=1)

    monkeypatch.setattr(scoring_worker, "drain", drain)

    worker.run()

    assert len(work.drained) == 1


def test_a_lane_that_takes_long_does_not_keep_the_others_waiting(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    def drain(*, lane: int, lanes: int, at: datetime, until: Callable[[], bool]) -> Written:
        while not until():
            time.sleep(0.001)
        return work.drain(lane=lane, lanes=lanes, at=at, until=until)

    monkeypatch.setattr(scoring_worker, "SLICE_SECONDS", 0.01)
    monkeypatch.setattr(scoring_worker, "drain", drain)

    Worker(poll=0.001).run(once=True)

    assert sorted(work.drained) == [1, 2]


def test_it_outlives_the_database_and_says_so_once(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    work.faults = [OperationalError("gone"), InterfaceError("closed"), OperationalError("starting up")]

    Worker(poll=0.001).run(once=True)

    assert sorted(work.drained) == [1, 2]
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said == [
        "database fails, trying again until it works error=OperationalError",
        "database works again",
    ]


def test_the_wait_for_the_database_grows_to_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(poll=0.001)
    waits: list[float] = []
    monkeypatch.setattr(worker.stopped, "wait", waits.append)

    for _ in range(7):
        worker.wait_for_database(OperationalError("gone"))

    assert waits == [1, 2, 3, 4, 5, 5, 5]


def test_without_its_triggers_it_does_not_start(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    def require() -> None:
        raise ImproperlyConfigured("The trigger is missing.")

    monkeypatch.setattr(marks, "require", require)

    with pytest.raises(CommandError, match="The trigger is missing"):
        call_command("scoring_worker")
    assert work.drained == []


def test_a_database_that_is_away_at_the_start_is_waited_for(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [OperationalError("starting up"), OperationalError("starting up")]

    def require() -> None:
        if faults:
            raise faults.pop()

    monkeypatch.setattr(marks, "require", require)

    Worker(poll=0.001).run(once=True)

    assert sorted(work.drained) == [1, 2]


def test_once_a_minute_it_audits(work: Work, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    audits: list[datetime] = []

    def audit(at: datetime) -> SimpleNamespace:
        audits.append(at)
        return SimpleNamespace(looked=50, wrong=(7,), orphans=0)

    monkeypatch.setattr(scoring_worker, "audit", audit)
    worker = Worker(poll=0.001)
    worker.look()
    assert audits == []

    worker.audited_at -= scoring_worker.AUDIT_SECONDS
    worker.look()
    worker.look()

    assert len(audits) == 1
    assert "audited looked=50 wrong=1 orphans=0" in caplog.text


@pytest.mark.parametrize("poll", ["0", "-1", "6", "often"])
def test_how_often_it_looks_has_limits(poll: str) -> None:
    with pytest.raises(CommandError):
        call_command("scoring_worker", "--poll", poll)


@pytest.mark.parametrize("fault", [OperationalError("gone"), IntegrityError("deleted meanwhile"), TypeError("odd")])
def test_messages_go_on_after_whatever_went_wrong(
    work: Work, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    messenger = Messenger(threading.Event())
    faults = [fault]

    def deliver(until: Callable[[], bool]) -> None:
        if faults:
            raise faults.pop()
        messenger.stopped.set()

    monkeypatch.setattr(scoring_worker, "any_to_send", lambda at: True)
    monkeypatch.setattr(scoring_worker, "deliver", deliver)
    monkeypatch.setattr(scoring_worker, "connection", SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(scoring_worker, "LONGEST_WAIT_SECONDS", 0.001)

    messenger.run()

    assert not faults
    assert f"error={type(fault).__name__}" in caplog.text


# For real


def write_and_close() -> None:
    company(40)
    connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(settings.POSTGRESQL, reason="PostgreSQL has no such number")
def test_on_sqlite_a_write_by_another_ends_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(poll=60)
    before = scoring_worker.writes_of_others()
    company(40)
    assert scoring_worker.writes_of_others() == before  # our own

    def write_elsewhere(seconds: float) -> None:
        writer = threading.Thread(target=write_and_close)
        writer.start()
        writer.join(10)

    monkeypatch.setattr(worker.stopped, "wait", write_elsewhere)
    started = time.monotonic()

    worker.rest(before)

    assert time.monotonic() - started < 30


@pytest.mark.django_db(transaction=True)
def test_once_everything_is_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    ruleset()
    edited = [company(size) for size in (5, 40, 400)]

    call_command("scoring_worker", "--once")

    assert Fit.objects.filter(pk__in=[each.pk for each in edited], stale_since=None).count() == 3
    assert "Scoring worker: lanes" in capsys.readouterr().out


@contextmanager
def workers(number: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Worker processes on the database of the test, each past its first line."""
    there = urlsplit(os.environ["DATABASE_URL"])
    query = f"?{there.query}" if there.query else ""
    url = f"{there.scheme}://{there.netloc}/{quote(str(connection.settings_dict['NAME']))}{query}"
    running = [
        subprocess.Popen(
            [sys.executable, "-u", "manage.py", "scoring_worker", "--poll", "0.05"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(number)
    ]
    try:
        for process in running:
            assert process.stdout
            assert process.stdout.readline().startswith("Scoring worker")
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait(60)
            if process.stdout:
                process.stdout.close()


def wait_until(true: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_score_what_is_saved_and_end_in_order_when_told_to() -> None:
    ruleset()
    with workers(2) as running:
        edited = [company(40) for _ in range(20)]
        ids = [each.pk for each in edited]

        assert wait_until(lambda: Fit.objects.filter(pk__in=ids, stale_since=None).count() == 20)
        assert wait_until(lambda: Lane.objects.filter(visited_at__isnull=False).count() == settings.SCORING_LANES)
        for process, farewell in zip(running, (signal.SIGTERM, signal.SIGINT), strict=True):
            process.send_signal(farewell)
        assert [process.wait(120) for process in running] == [0, 0]
