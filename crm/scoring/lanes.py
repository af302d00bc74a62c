"""Lanes: the shares in which workers divide the accounts, and who last looked after each."""

import os
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import OperationalError, connection
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from crm.models import Lane

from .dialect import postgresql
from .failures import FAULTS
from .write import Written

LANE_LOCK = 4_711
# A worker that is frozen between two batches loses its lane after this long; one that works is never idle.
IDLE_LIMIT = "60s"
BEAT_SECONDS = 5.0
SMOOTHING = 0.3

last_beat: dict[int, float] = {}


@contextmanager
def lane_of_its_own(lane: int) -> Iterator[bool]:
    """Whether nobody else drains this lane now; on SQLite always, as it has one writer."""
    if not postgresql():
        yield True
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LANE_LOCK, lane])
        mine = bool(cursor.fetchone()[0])
        if mine:
            cursor.execute(f"SET idle_session_timeout = '{IDLE_LIMIT}'")
    try:
        yield mine
    finally:
        if mine and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LANE_LOCK, lane])
                cursor.execute("RESET idle_session_timeout")


def worker_name() -> str:
    """This process, as other people can find it."""
    program = Path(sys.argv[0])
    name = program.parent.name if program.stem == "__main__" else program.name
    if program.name == "manage.py" and len(sys.argv) > 1:
        name = sys.argv[1]
    return f"{name or 'python'} {os.getpid()} on {socket.gethostname()}"[:200]


def visit(lanes: Iterable[int]) -> None:
    """These lanes are being looked after now; written at most once in BEAT_SECONDS by one process.

    By the clock of the database, as those who read it do: hosts may disagree.
    """
    now = time.monotonic()
    due = [lane for lane in lanes if now - last_beat.get(lane, -BEAT_SECONDS) >= BEAT_SECONDS]
    if not due:
        return
    Lane.objects.bulk_create([Lane(number=lane) for lane in due], ignore_conflicts=True)
    Lane.objects.filter(number__in=due).update(visited_at=Now(), worker=worker_name())
    last_beat.update(dict.fromkeys(due, now))


def tally(lane: int, done: Written, seconds: float) -> None:
    """The lane counts what was done there, and how fast."""
    Lane.objects.bulk_create([Lane(number=lane)], ignore_conflicts=True)
    speed = done.seen / seconds if done.seen and seconds > 0 else None
    rate = {} if speed is None else {"rate": Coalesce(F("rate"), speed) * (1 - SMOOTHING) + SMOOTHING * speed}
    Lane.objects.filter(number=lane).update(
        seen=F("seen") + done.seen,
        changed=F("changed") + done.changed,
        failed=F("failed") + done.failed,
        visited_at=Now(),
        worker=worker_name(),
        **rate,
    )
    last_beat[lane] = time.monotonic()


@contextmanager
def errors_reported(lane: int) -> Iterator[None]:
    """What stops a drain is noted with its lane, where the database still answers: the kind of error only, no data."""
    try:
        yield
    except (*FAULTS, OperationalError) as error:
        if not connection.in_atomic_block and connection.is_usable():
            Lane.objects.bulk_create([Lane(number=lane)], ignore_conflicts=True)
            Lane.objects.filter(number=lane).update(error=type(error).__name__, error_at=Now())
        raise
