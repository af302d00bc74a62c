"""Celery doors to the work, and what queues them."""

import logging
import time

from celery import shared_task
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from crm.scoring.drain import drain, rescore_all
from crm.scoring.write import Written
from personas.publishing import NoRuleset

logger = logging.getLogger(__name__)

SLICE_SECONDS = 20
SWEEP_SHARE = 0.05

next_sweep: dict[int, float] = {}


@shared_task(ignore_result=True)
def drain_lane(lane: int, lanes: int) -> None:
    """Doorbell: bring this lane up to date. Losing or doubling a call does no harm."""
    close_old_connections()
    stop = time.monotonic() + SLICE_SECONDS
    done = drain(lane=lane, lanes=lanes, at=timezone.now(), until=lambda: time.monotonic() >= stop)
    done += sweep_lane(lane, lanes)
    logger.info("drained lane=%d lanes=%d seen=%d changed=%d", lane, lanes, done.seen, done.changed)


def sweep_lane(lane: int, lanes: int) -> Written:
    """Accounts of this lane whose cells differ from the stored ones are up to date.

    This finds changes that nobody marked. It takes at most SWEEP_SHARE of the
    time, so on a large population it comes round less often.
    """
    started = time.monotonic()
    if started < next_sweep.get(lane, 0.0):
        return Written()
    try:
        done = rescore_all(at=timezone.now(), lane=lane, lanes=lanes)
    except NoRuleset:
        done = Written()
    spent = time.monotonic() - started
    next_sweep[lane] = time.monotonic() + spent / SWEEP_SHARE
    return done


@shared_task(ignore_result=True)
def drain_all_lanes() -> None:
    """Ring the doorbell of every lane."""
    lanes = settings.SCORING_LANES
    for lane in range(lanes):
        drain_lane.delay(lane, lanes)
