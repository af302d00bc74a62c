"""When to try again: soon at first, then less and less often, for three days."""

from collections.abc import Callable
from datetime import datetime, timedelta

DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=18),
    timedelta(hours=22),
)
"""Three days in all, the jitter left aside."""

JITTER = 0.2


def next_try(tries: int, at: datetime, dice: Callable[[], float]) -> datetime | None:
    """When to try again after `tries` failures, the last one `at`; None when it is given up.

    Up to a fifth earlier or later, as `dice` (0 to 1) falls: those who failed
    together do not all come back together.
    """
    if not 1 <= tries <= len(DELAYS):
        return None
    return at + DELAYS[tries - 1] * (1 + JITTER * (2 * dice() - 1))


TRIES_BEFORE_HOLDING = 3
LONGEST_HOLD = timedelta(minutes=5)


def hold(failures: int) -> timedelta | None:
    """How long a receiver of whom so many tries in a row failed is left alone; None for a few.

    However much waits for one that is down, it is knocked at every five minutes.
    """
    if failures < TRIES_BEFORE_HOLDING:
        return None
    doublings = min(failures - TRIES_BEFORE_HOLDING, 10)
    return min(DELAYS[0] * (1 << doublings), LONGEST_HOLD)
