"""The bell that calls workers, and the record of the times in which it could not be rung.

The database is the queue, so a bell may be lost or doubled: beat rings every few
seconds as well. What must not happen is that someone who saves waits for the
broker or fails with it. So a thread of its own does the sending, and whoever
rings goes on at once. Limits on the socket alone would not do: a new connection
takes seven round trips, each with its own limit, and a name server has none.
"""

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import F
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from crm.models import BrokerOutage

logger = logging.getLogger(__name__)

BELL = "crm.tasks.drain_all_lanes"
EXPIRES_SECONDS = 60
PAUSE_SECONDS = 10.0
PATIENCE_SECONDS = 0.6

SEND_ERRORS = (KombuError, RedisError, OSError, ValueError)
"""How sending fails; ValueError is a broker that does not speak the protocol."""

REOPENING = timedelta(seconds=2 * PAUSE_SECONDS)
"""An outage that ended less than this ago has not ended: one process reaches the broker, another does not."""


class Bell:
    """Rings from this process. Safe between threads, and in a fork.

    After a failure nothing is sent for PAUSE_SECONDS. Bells that are wanted
    while one is being sent become one more.
    """

    def __init__(self, send: Callable[[], None]) -> None:
        """`send` sends one message, or raises one of SEND_ERRORS."""
        self.send = send
        self.forget()

    def forget(self) -> None:
        """Nothing is known of the broker. A fork begins so: the thread and who held the lock stayed behind."""
        self.changed = threading.Condition()
        self.wanted = False
        self.sender: threading.Thread | None = None
        self.works: bool | None = None
        self.judged_at = self.recorded_at = float("-inf")

    def ring(self) -> None:
        """Workers will be called, unless the broker failed a moment ago. Returns at once and never raises."""
        with self.changed:
            if self.pausing():
                return
            self.wanted = True
            if self.sender:
                return
            self.sender = threading.Thread(target=self.send_while_wanted, name="bell", daemon=True)
            try:
                self.sender.start()
            except RuntimeError as error:  # no more threads, or the process is ending
                self.sender = None
                logger.warning("bell not rung error=%s", error)

    def reachable(self) -> bool:
        """Whether a bell can be sent: known from the last PAUSE_SECONDS, else tried by sending one.

        Waits PATIENCE_SECONDS for the answer at most, and no more than once in PAUSE_SECONDS.
        """
        with self.changed:
            asked = time.monotonic()
            if asked - self.judged_at >= PAUSE_SECONDS:
                self.ring()
                if not self.changed.wait_for(lambda: self.judged_at >= asked, PATIENCE_SECONDS):
                    self.judge(works=False)
            return self.works is True

    def heard(self) -> None:
        """Note that a message arrived: an outage that is on record has ended. Never raises."""
        if self.to_be_recorded():
            end_outage(timezone.now())

    def finish(self) -> None:
        """What is wanted has been sent, or PATIENCE_SECONDS have passed."""
        sender = self.sender
        if sender:
            sender.join(PATIENCE_SECONDS)

    def send_while_wanted(self) -> None:
        try:
            while self.take():
                self.send_one()
        finally:
            with self.changed:
                if self.sender is threading.current_thread():
                    self.sender = None
            connection.close()  # this thread's own

    def take(self) -> bool:
        """Whether there is a bell to send now; if not, the thread is discharged in the same moment."""
        with self.changed:
            taken = self.wanted and not self.pausing()
            self.wanted = False
            if not taken:
                self.sender = None
            return taken

    def send_one(self) -> None:
        try:
            self.send()
        except SEND_ERRORS as error:
            reason = type(origin(error)).__name__
            if self.judge(works=False):
                logger.warning("broker failed error=%s", reason)
            record_failure(reason, timezone.now())
        else:
            if self.judge(works=True):
                logger.info("broker works again")
                end_outage(timezone.now())
            elif self.to_be_recorded():
                end_outage(timezone.now())

    def judge(self, *, works: bool) -> bool:
        """Note what an attempt found, for all who wait to know; returns whether that is a turn."""
        with self.changed:
            turned = works != (self.works is not False)
            self.works, self.judged_at = works, time.monotonic()
            self.changed.notify_all()
            return turned

    def pausing(self) -> bool:
        return self.works is False and time.monotonic() - self.judged_at < PAUSE_SECONDS

    def to_be_recorded(self) -> bool:
        """Whether it is time again to look for an outage that another process has on record."""
        with self.changed:
            due = time.monotonic() - self.recorded_at >= PAUSE_SECONDS
            if due:
                self.recorded_at = time.monotonic()
            return due


def origin(error: BaseException) -> BaseException:
    """The error that led to this one."""
    while True:
        before = error.__cause__ or error.__context__
        if before is None or not (error.__cause__ or isinstance(before, OSError)):
            return error
        error = before


def record_failure(reason: str, at: datetime) -> None:
    """An outage is on record, with one more error. Never raises: what cannot be stored is logged.

    `reason` is the kind of error, of which the last stays; addresses and passwords have no place in it.
    """
    try:
        with transaction.atomic():
            last = BrokerOutage.objects.order_by("-began_at").first()
            if last and last.ended_at and at - last.ended_at < REOPENING:
                BrokerOutage.objects.filter(pk=last.pk).update(ended_at=None)
            # Of processes that come at once the database lets one in; the others count on its row.
            BrokerOutage.objects.bulk_create(
                [BrokerOutage(began_at=at, reason=reason, errors=0)], ignore_conflicts=True
            )
            BrokerOutage.objects.filter(ended_at=None).update(errors=F("errors") + 1, reason=reason)
    except Error as error:
        logger.warning("broker outage not recorded error=%s", type(error).__name__)


def end_outage(at: datetime) -> None:
    """No outage is open on the record. Never raises: what cannot be stored is logged."""
    try:
        lasting = BrokerOutage.objects.filter(ended_at=None)
        if lasting.exists():  # reading does not wait for SQLite's one writer
            lasting.update(ended_at=at)
    except Error as error:
        logger.warning("end of broker outage not recorded error=%s", type(error).__name__)


def send_bell(connection: Connection | None = None) -> None:
    """A message has been sent that has the workers look for work; raises one of SEND_ERRORS."""
    current_app.send_task(BELL, connection=connection, expires=EXPIRES_SECONDS, retry=False, ignore_result=True)


bell = Bell(send_bell)
os.register_at_fork(after_in_child=bell.forget)
atexit.register(bell.finish)  # a command that ends at once still rings


def reachable() -> bool:
    """Whether workers can be called through the broker; False without one."""
    return bool(settings.REDIS_URL) and bell.reachable()
