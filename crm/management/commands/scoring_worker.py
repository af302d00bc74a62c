"""Keep scores fresh without a broker."""

import logging
import random
import signal
import threading
import time
from argparse import ArgumentParser, ArgumentTypeError
from types import FrameType

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from crm.broker import origin
from crm.scoring import censuses, marks, simulations, surveys
from crm.scoring.audit import audit
from crm.scoring.dialect import postgresql
from crm.scoring.drain import drain
from crm.scoring.due import lanes_with_work
from crm.scoring.lanes import visit
from crm.upserting import jobs
from crm.webhooks.delivering import any_to_send, deliver
from crm.webhooks.faults import FAULTS, where

logger = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError)
POLL_SECONDS = 0.1
GLANCE_SECONDS = 0.02
SLICE_SECONDS = 20.0
AUDIT_SECONDS = 60.0
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 5.0
SURVEY_SECONDS = 2.0
JOB_SECONDS = 2.0
MESSENGER_SECONDS = 0.5


def seconds(text: str) -> float:
    """A time to wait, above zero."""
    value = float(text)
    if not 0 < value <= LONGEST_WAIT_SECONDS:
        raise ArgumentTypeError(f"{text} is not above 0 and up to {LONGEST_WAIT_SECONDS:g}")
    return value


def writes_of_others() -> int | None:
    """A number that differs once any other connection has written; None on PostgreSQL, which has none.

    Asking costs microseconds, so that an edit need not wait for the next look.
    """
    if postgresql():
        return None
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA data_version")
        return int(cursor.fetchone()[0])


class Command(BaseCommand):
    """The worker that needs nothing but the database. Any number may run at once, and beside Celery."""

    help = "Score accounts whenever something changed, without a broker, until told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when nothing is left to score")
        parser.add_argument("--poll", type=seconds, default=POLL_SECONDS, metavar="SECONDS", help="look so often")

    def handle(self, *, once: bool, poll: float, **options: object) -> None:
        worker = Worker(poll)
        lanes = settings.SCORING_LANES
        self.stdout.write(
            f"Scoring worker: lanes {lanes}, a look every {poll:g} s. SIGTERM or Ctrl-C ends it in order."
        )
        before = {each: signal.signal(each, worker.stop) for each in (signal.SIGTERM, signal.SIGINT)}
        messenger = Messenger(worker.stopped)
        try:
            if not once:
                messenger.start()
            worker.run(once=once)
            if once:
                deliver(worker.stopped.is_set)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        finally:
            worker.stop()
            if messenger.is_alive():
                messenger.join()
            for each, handler in before.items():
                signal.signal(each, handler)


class Messenger(threading.Thread):
    """Tells others what they asked to be told, beside the scoring: a receiver that is slow holds up no score."""

    def __init__(self, stopped: threading.Event) -> None:
        super().__init__(name="messenger", daemon=True)
        self.stopped = stopped

    def run(self) -> None:
        """Returns soon after it was asked to end, and what is on its way then has arrived or has failed."""
        while not self.stopped.is_set():
            try:
                if any_to_send(timezone.now()):
                    deliver(self.stopped.is_set)
                self.stopped.wait(MESSENGER_SECONDS)
            except AWAY as error:
                logger.warning("messages wait for the database error=%s", type(origin(error)).__name__)
                connection.close()
                self.stopped.wait(LONGEST_WAIT_SECONDS)
            except FAULTS as error:
                # Nobody starts this thread again: a round that failed must not be its last.
                logger.error("messages wait error=%s at=%s", type(error).__name__, where(error))
                connection.close()
                self.stopped.wait(LONGEST_WAIT_SECONDS)
        connection.close()


class Worker:
    """Looks for work, does it, and outlives the database."""

    def __init__(self, poll: float) -> None:
        self.poll = poll
        self.stopped = threading.Event()
        self.required = False
        self.audited_at = time.monotonic()
        self.surveyed_at = time.monotonic()
        self.away = 0.0

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        """Ask it to end when the batch at hand is done."""
        self.stopped.set()

    def run(self, *, once: bool = False) -> None:
        """Returns when asked to end; with `once`, as soon as nothing is left to do."""
        while not self.stopped.is_set():
            try:
                before = writes_of_others()
                left, done = self.look()
                if self.away:
                    logger.warning("database works again")
                    self.away = 0.0
                if once and not left:
                    break
                if not done and not (not once and self.survey()):
                    self.rest(before)
            except AWAY as error:
                self.wait_for_database(error)

    def look(self) -> tuple[int, int]:
        """Drain each lane that has work, for SLICE_SECONDS at most; returns the lanes that had, and what was done."""
        if not self.required:
            marks.require()
            self.required = True
        at = timezone.now()
        lanes = settings.SCORING_LANES
        busy = lanes_with_work(at)
        visit([lane for lane in range(lanes) if lane not in busy])
        # Several workers at once begin with different lanes.
        done = sum(self.drain(lane, lanes) for lane in random.sample(busy, len(busy)))
        if time.monotonic() - self.audited_at >= AUDIT_SECONDS and not self.stopped.is_set():
            self.audited_at = time.monotonic()
            jobs.forget_old(timezone.now())
            found = audit(timezone.now())
            if found.wrong or found.orphans:
                logger.error("audited looked=%d wrong=%d orphans=%d", found.looked, len(found.wrong), found.orphans)
        upserted = not self.stopped.is_set() and self.upsert()
        simulated = not self.stopped.is_set() and self.simulate()
        return len(busy) + upserted + simulated, done + upserted + simulated

    def upsert(self) -> bool:
        """The jobs that wait are some parts further; whether there was any. Scores of what they wrote come between."""
        stop = time.monotonic() + JOB_SECONDS
        return jobs.advance(lambda: self.stopped.is_set() or time.monotonic() >= stop)

    def simulate(self) -> bool:
        """The next census or simulation is a batch further, or more; whether there was one. Edits go first."""
        stop = time.monotonic() + SLICE_SECONDS

        def until() -> bool:
            return self.stopped.is_set() or time.monotonic() >= stop or bool(lanes_with_work(timezone.now()))

        return censuses.advance(until) or simulations.advance(until)

    def survey(self) -> bool:
        """A subject of the dashboard has been counted further; whether there was one. Everything else goes first."""
        if time.monotonic() - self.surveyed_at < SURVEY_SECONDS:
            return False
        stop = time.monotonic() + SLICE_SECONDS

        def until() -> bool:
            return (
                self.stopped.is_set()
                or time.monotonic() >= stop
                or bool(lanes_with_work(timezone.now()))
                or censuses.any_to_take()
                or simulations.any_to_take()
            )

        found = surveys.advance(until)
        if not found:
            self.surveyed_at = time.monotonic()
        return found

    def drain(self, lane: int, lanes: int) -> int:
        """The lane is up to date, or its time is over; returns how many accounts were brought further."""
        if self.stopped.is_set():
            return 0
        started = time.monotonic()
        stop = started + SLICE_SECONDS
        done = drain(
            lane=lane,
            lanes=lanes,
            at=timezone.now(),
            until=lambda: self.stopped.is_set() or time.monotonic() >= stop,
        )
        if done.seen or done.failed:
            logger.info(
                "drained lane=%d lanes=%d seen=%d changed=%d failed=%d seconds=%.1f",
                *(lane, lanes, done.seen, done.changed, done.failed, time.monotonic() - started),
            )
        return done.seen + done.failed

    def rest(self, before: int | None) -> None:
        """It is time to look again: `poll` has passed, or on SQLite someone has written since `before`."""
        if before is None:
            self.stopped.wait(self.poll)
            return
        end = time.monotonic() + self.poll
        while time.monotonic() < end and writes_of_others() == before and not self.stopped.is_set():
            self.stopped.wait(GLANCE_SECONDS)

    def wait_for_database(self, error: Exception) -> None:
        """Some seconds have passed, more each time, and the next try begins with a new connection."""
        if not self.away:
            logger.warning("database fails, trying again until it works error=%s", type(origin(error)).__name__)
        self.away = min(self.away + FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS)
        connection.close()
        self.stopped.wait(self.away)
