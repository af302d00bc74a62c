"""Celery doors to the work, and what queues them.

The database is the queue. A message carries no work, it only says "look now":
losing or doubling one does no harm.
"""

import logging
import time

from celery import shared_task
from celery.signals import worker_init
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from crm.broker import SEND_ERRORS, bell
from crm.scoring import censuses, marks, simulations, surveys
from crm.scoring.audit import audit
from crm.scoring.drain import drain
from crm.scoring.due import lanes_with_work
from crm.scoring.lanes import visit
from crm.upserting import jobs
from crm.webhooks.delivering import any_to_send, deliver

logger = logging.getLogger(__name__)

SLICE_SECONDS = 20.0
EXPIRES_SECONDS = 20


@worker_init.connect
def refuse_to_start_unmarked(**kwargs: object) -> None:
    """A worker does not start where changes would not be marked."""
    try:
        marks.require_where_reachable()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None  # Celery goes on after any other exception


def wake() -> None:
    """Workers are called to look for work, when there is a broker. Does not wait for it and never raises."""
    if settings.REDIS_URL:
        bell.ring()


def wake_after_commit() -> None:
    """Workers are called once this transaction is committed, once however often it is said; at once outside of one."""
    if not any(function is wake for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(wake, robust=True)


@shared_task(ignore_result=True)
def drain_all_lanes() -> None:
    """Doorbell: each lane with work is drained or has someone sent to it; the others have been looked after.

    The first of them is drained here: for one edit that is half the way.
    """
    close_old_connections()
    bell.heard()
    at = timezone.now()
    lanes = settings.SCORING_LANES
    busy = lanes_with_work(at)
    visit([lane for lane in range(lanes) if lane not in busy])
    for lane in busy[1:]:
        send_to(lane, lanes)
    if censuses.any_to_take() or simulations.any_to_take():
        send_to_simulation()
    elif not busy and surveys.any_due(at):
        send_to_survey()
    if any_to_send(at):
        send_to_webhooks()
    if jobs.any_to_take():
        send_to_jobs()
    for lane in busy[:1]:
        drain_for_a_while(lane, lanes)


@shared_task(ignore_result=True)
def drain_lane(lane: int, lanes: int) -> None:
    """Doorbell: bring this lane up to date."""
    close_old_connections()
    bell.heard()
    drain_for_a_while(lane, lanes)


def drain_for_a_while(lane: int, lanes: int) -> None:
    """This lane is up to date, or someone will come back to it after SLICE_SECONDS.

    Rings once more after any change, until there is none.
    """
    started = time.monotonic()
    stop = started + SLICE_SECONDS
    done = drain(lane=lane, lanes=lanes, at=timezone.now(), until=lambda: time.monotonic() >= stop)
    if done.seen or done.failed:
        logger.info(
            "drained lane=%d lanes=%d seen=%d changed=%d failed=%d seconds=%.1f",
            *(lane, lanes, done.seen, done.changed, done.failed, time.monotonic() - started),
        )
    if time.monotonic() >= stop:
        send_to(lane, lanes)
    elif done.changed:
        wake()  # a segment that moved marks accounts of other lanes


@shared_task(ignore_result=True)
def audit_some() -> None:
    """A sample of fresh results has been worked out again; what was wrong is repaired and logged."""
    close_old_connections()
    bell.heard()
    jobs.forget_old(timezone.now())
    found = audit(timezone.now())
    if found.wrong or found.orphans:
        logger.error("audited looked=%d wrong=%d orphans=%d", found.looked, len(found.wrong), found.orphans)


@shared_task(ignore_result=True, soft_time_limit=240, time_limit=270)
def simulate_for_a_while() -> None:
    """Doorbell: the next census or simulation has come further, or someone will come back to it after SLICE_SECONDS.

    A census goes first: it is short, and whoever asked looks at the page.
    """
    close_old_connections()
    bell.heard()
    stop = time.monotonic() + SLICE_SECONDS
    done = censuses.advance(lambda: time.monotonic() >= stop) or simulations.advance(lambda: time.monotonic() >= stop)
    if done and (censuses.any_to_take() or simulations.any_to_take()):
        send_to_simulation()


def send_to_simulation() -> None:
    """Someone is sent to the next simulation; if that fails, beat or another bell will do it."""
    try:
        simulate_for_a_while.apply_async(expires=EXPIRES_SECONDS, retry=False)
    except SEND_ERRORS as error:
        logger.warning("simulation not called error=%s", type(error).__name__)


@shared_task(ignore_result=True, soft_time_limit=240, time_limit=270)
def survey_for_a_while() -> None:
    """Doorbell: the next subject of the dashboard has been counted further. Everything else goes first."""
    close_old_connections()
    bell.heard()
    stop = time.monotonic() + SLICE_SECONDS

    def until() -> bool:
        return (
            time.monotonic() >= stop
            or bool(lanes_with_work(timezone.now()))
            or censuses.any_to_take()
            or simulations.any_to_take()
        )

    if not until() and surveys.advance(until) and surveys.any_due(timezone.now()):
        send_to_survey()


def send_to_survey() -> None:
    """Someone is sent to count for the dashboard; if that fails, beat or another bell will do it."""
    try:
        survey_for_a_while.apply_async(expires=EXPIRES_SECONDS, retry=False)
    except SEND_ERRORS as error:
        logger.warning("survey not called error=%s", type(error).__name__)


@shared_task(ignore_result=True)
def deliver_for_a_while() -> None:
    """Doorbell: what others asked to be told is on its way, or someone will come back to it after SLICE_SECONDS."""
    close_old_connections()
    bell.heard()
    stop = time.monotonic() + SLICE_SECONDS
    deliver(lambda: time.monotonic() >= stop)
    if time.monotonic() >= stop and any_to_send(timezone.now()):
        send_to_webhooks()


def send_to_webhooks() -> None:
    """Someone is sent to tell others what happened; if that fails, beat or another bell will do it."""
    try:
        deliver_for_a_while.apply_async(expires=EXPIRES_SECONDS, retry=False)
    except SEND_ERRORS as error:
        logger.warning("webhooks not called error=%s", type(error).__name__)


@shared_task(ignore_result=True, soft_time_limit=240, time_limit=270)
def upsert_for_a_while() -> None:
    """Doorbell: the jobs that wait have come further, or someone will come back to them after SLICE_SECONDS."""
    close_old_connections()
    bell.heard()
    stop = time.monotonic() + SLICE_SECONDS
    if jobs.advance(lambda: time.monotonic() >= stop):
        wake()
        if jobs.any_to_take():
            send_to_jobs()


def send_to_jobs() -> None:
    """Someone is sent to the jobs that wait; if that fails, beat or another bell will do it."""
    try:
        upsert_for_a_while.apply_async(expires=EXPIRES_SECONDS, retry=False)
    except SEND_ERRORS as error:
        logger.warning("jobs not called error=%s", type(error).__name__)


def send_to(lane: int, lanes: int) -> None:
    """Someone is sent to this lane; if that fails, beat or another bell will do it."""
    try:
        drain_lane.apply_async((lane, lanes), expires=EXPIRES_SECONDS, retry=False)
    except SEND_ERRORS as error:
        logger.warning("lane not called lane=%d error=%s", lane, type(error).__name__)
