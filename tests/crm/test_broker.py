"""Bells: ringing one costs nothing and fails nobody, and what fails is on record."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial

import pytest
import redis
from celery import current_app
from django.db import OperationalError
from django.db.models.query import QuerySet
from django.test import override_settings
from django.utils import timezone

from crm import broker
from crm.broker import Bell, end_outage, record_failure, send_bell
from crm.models import BrokerOutage
from embedded.redis import Redis
from tests import brokers

FAULTS: dict[str, tuple[Callable[[], AbstractContextManager[str]], str]] = {
    "refusing": (brokers.refusing, "ConnectionRefusedError"),
    "silent": (brokers.silent, "TimeoutError"),
    "unanswered": (brokers.unanswered, "TimeoutError"),
    "slow": (brokers.slow, "TimeoutError"),
    "babbling": (brokers.babbling, "ValueError"),
    "locked": (brokers.locked, "AuthenticationError"),
    "full": (brokers.full, "OutOfMemoryError"),
    "read_only": (brokers.read_only, "ReadOnlyError"),
}


class Sender:
    """Sends nothing, but counts; fails while told to, and waits while held."""

    def __init__(self) -> None:
        self.sent = 0
        self.error: Exception | None = None
        self.free = threading.Event()
        self.free.set()

    def __call__(self) -> None:
        self.sent += 1
        assert self.free.wait(60)
        if self.error:
            raise self.error


@pytest.fixture
def sender() -> Iterator[Sender]:
    sender = Sender()
    yield sender
    sender.free.set()
    settle()


def settle() -> None:
    """Whoever rings here has done all that it had to, the record included."""
    for thread in threading.enumerate():
        if thread.name == "bell":
            thread.join(60)
            assert not thread.is_alive()


def rung(bell: Bell) -> None:
    """A bell has been rung, or it is known why not."""
    bell.ring()
    settle()


def pass_pause(bell: Bell) -> None:
    """As if PAUSE_SECONDS had gone by."""
    bell.judged_at -= broker.PAUSE_SECONDS
    bell.recorded_at -= broker.PAUSE_SECONDS


def on_record() -> list[tuple[str, int, bool]]:
    """Each outage: its reason, its errors, and whether it lasts."""
    return [(each.reason, each.errors, each.ended_at is None) for each in BrokerOutage.objects.order_by("began_at")]


# Ringing


@pytest.mark.django_db(transaction=True)
def test_ringing_does_not_wait_for_what_is_sent(sender: Sender) -> None:
    bell = Bell(sender)
    sender.free.clear()

    bell.ring()

    assert bell.sender is not None


@pytest.mark.django_db(transaction=True)
def test_bells_wanted_while_one_is_sent_become_one_more(sender: Sender) -> None:
    bell = Bell(sender)
    sender.free.clear()
    bell.ring()
    thread = bell.sender
    assert wait_until(lambda: sender.sent == 1)

    for _ in range(5):
        bell.ring()
        assert bell.sender is thread
    sender.free.set()
    settle()

    assert sender.sent == 2


@pytest.mark.django_db(transaction=True)
def test_after_a_failure_there_is_a_pause(sender: Sender) -> None:
    bell = Bell(sender)
    sender.error = ConnectionRefusedError()

    rung(bell)
    rung(bell)

    assert sender.sent == 1
    pass_pause(bell)
    rung(bell)
    assert sender.sent == 2


@pytest.mark.django_db(transaction=True)
def test_an_error_that_nobody_thought_of_ends_the_thread_and_not_the_bell(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda arguments: None)
    bell = Bell(sender)
    sender.error = ZeroDivisionError()
    rung(bell)
    sender.error = None

    rung(bell)

    assert sender.sent == 2


def test_a_process_without_room_for_a_thread_goes_on(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    bell = Bell(sender)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        bell.ring()

    assert "bell not rung" in caplog.text
    assert bell.sender is None


def test_a_fork_rings_though_the_thread_and_the_lock_stayed_behind() -> None:
    script = """if True:
        import django, os, threading
        django.setup()
        from crm.broker import bell
        bell.to_be_recorded = lambda: False
        with bell.changed:
            bell.sender = threading.current_thread()
            threading.Thread(target=bell.changed.acquire, daemon=True).start()
        child = os.fork()
        if not child:
            sent = threading.Event()
            bell.send = sent.set
            bell.ring()
            os._exit(0 if sent.wait(60) else 1)
        print(os.waitpid(child, 0)[1], flush=True)
        os._exit(0)
        """
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings", "SECRET_KEY": "x", "PATH": ""}

    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=30, check=True
    )

    assert done.stdout.strip() == "0"


@pytest.mark.usefixtures("redis_server")
@pytest.mark.django_db(transaction=True)
def test_a_bell_is_one_message_to_the_workers() -> None:
    rung(Bell(send_bell))

    assert brokers.queued() == 1


# What fails is on record


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_a_broker_is_an_outage_on_record(fault: str) -> None:
    broken, reason = FAULTS[fault]
    with broken() as url, current_app.connection_for_write(url) as connection:
        rung(Bell(partial(send_bell, connection)))

    assert on_record() == [(reason, 1, True)]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_stands_still_in_the_middle_of_a_connection_is_an_outage_until_it_goes_on() -> None:
    with Redis() as server, current_app.connection_for_write(server.url(0)) as connection:
        bell = Bell(partial(send_bell, connection))
        rung(bell)
        assert on_record() == []
        with brokers.stopped(server):
            rung(bell)
            assert on_record() == [("TimeoutError", 1, True)]
        pass_pause(bell)

        rung(bell)

    assert on_record() == [("TimeoutError", 1, False)]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_was_restarted_while_nobody_rang_is_no_outage() -> None:
    with Redis() as server, current_app.connection_for_write(server.url(0)) as connection:
        bell = Bell(partial(send_bell, connection))
        rung(bell)
        with redis.Redis.from_url(server.url(0)) as client:
            client.client_kill_filter(_type="normal", skipme=True)

        rung(bell)

    assert on_record() == []


@pytest.mark.django_db(transaction=True)
def test_the_first_bell_that_is_sent_ends_the_outage_that_another_process_recorded(sender: Sender) -> None:
    record_failure("TimeoutError", timezone.now() - timedelta(hours=1))

    rung(Bell(sender))

    assert on_record() == [("TimeoutError", 1, False)]


@pytest.mark.django_db(transaction=True)
def test_a_bell_looks_for_the_outages_of_others_once_in_a_pause(sender: Sender) -> None:
    bell = Bell(sender)
    rung(bell)
    record_failure("TimeoutError", timezone.now())

    rung(bell)
    assert on_record() == [("TimeoutError", 1, True)]

    pass_pause(bell)
    rung(bell)
    assert on_record() == [("TimeoutError", 1, False)]


@pytest.mark.django_db
def test_a_message_that_arrives_ends_an_outage(sender: Sender) -> None:
    record_failure("TimeoutError", timezone.now())

    Bell(sender).heard()

    assert on_record() == [("TimeoutError", 1, False)]


@pytest.mark.django_db(transaction=True)
def test_processes_that_fail_at_once_share_one_record() -> None:
    start = threading.Barrier(4)

    def fail() -> None:
        start.wait(60)
        bell = Bell(raise_refused)
        bell.wanted = True
        bell.send_while_wanted()

    threads = [threading.Thread(target=fail) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert on_record() == [("ConnectionRefusedError", 4, True)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("after", "outages"),
    [
        (timedelta(seconds=19), [("ConnectionRefusedError", 2, True)]),
        (timedelta(seconds=21), [("TimeoutError", 1, False), ("ConnectionRefusedError", 1, True)]),
    ],
    ids=["at-once", "later"],
)
def test_an_outage_that_ended_a_moment_ago_goes_on(after: timedelta, outages: list[tuple[str, int, bool]]) -> None:
    ended = timezone.now()
    record_failure("TimeoutError", ended - timedelta(minutes=5))
    end_outage(ended)

    record_failure("ConnectionRefusedError", ended + after)

    assert on_record() == outages


@pytest.mark.django_db
def test_without_the_database_an_outage_is_only_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*arguments: object, **options: object) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(QuerySet, "update", away)
    monkeypatch.setattr(QuerySet, "exists", away)

    record_failure("TimeoutError", timezone.now())
    end_outage(timezone.now())

    assert "broker outage not recorded error=OperationalError" in caplog.text
    assert "end of broker outage not recorded error=OperationalError" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_log_names_the_fault_once_and_no_address(sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    bell = Bell(sender)
    sender.error = ConnectionRefusedError("redis://:secret@10.0.0.1 refused")
    for _ in range(3):
        rung(bell)
        pass_pause(bell)
    sender.error = None
    rung(bell)

    said = [record.getMessage() for record in caplog.records if record.name == "crm.broker"]
    assert said == ["broker failed error=ConnectionRefusedError", "broker works again"]


# Whether it can be reached


@pytest.mark.django_db(transaction=True)
def test_what_was_found_a_moment_ago_is_not_tried_again(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "PATIENCE_SECONDS", 20)
    bell = Bell(sender)

    assert [bell.reachable(), bell.reachable()] == [True, True]
    settle()
    assert sender.sent == 1

    sender.error = TimeoutError()
    pass_pause(bell)
    assert [bell.reachable(), bell.reachable()] == [False, False]
    settle()
    assert sender.sent == 2


def test_asking_waits_for_a_slow_broker_once(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bell, "to_be_recorded", lambda bell: False)
    monkeypatch.setattr(broker, "end_outage", lambda at: None)
    monkeypatch.setattr(broker, "PATIENCE_SECONDS", 2)
    bell = Bell(sender)
    sender.free.clear()
    started = time.monotonic()

    assert [bell.reachable() for _ in range(5)] == [False] * 5

    assert time.monotonic() - started < 4 * 2


@override_settings(REDIS_URL="")
def test_without_a_broker_none_can_be_reached() -> None:
    assert broker.reachable() is False


def raise_refused() -> None:
    raise ConnectionRefusedError


def wait_until(true: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.005)
    return true()
