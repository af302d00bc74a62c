"""How often a caller may call: counted in Redis for all processes, and where there is none, in each."""

import logging
import time
from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from crm.models import IntegrationKey

from .authentication import address_of

if TYPE_CHECKING:
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

WINDOW = 60
PAUSE = 10.0
PATIENCE = 0.2


class Counts:
    """How many calls each caller made in this minute and in the one before.

    While Redis does not answer, each process counts for itself: a caller may
    then call more often, and nobody is turned away by mistake.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.here: Counter[tuple[str, int]] = Counter()
        self.redis: Redis | None = None
        self.silent_until = 0.0

    def add(self, caller: str, minute: int) -> tuple[int, int]:
        """The calls of `caller` in the minute before and in this one, this call among them."""
        if settings.REDIS_URL and time.monotonic() >= self.silent_until:
            try:
                return self.add_in_redis(caller, minute)
            except (RedisError, OSError) as error:
                self.silent_until = time.monotonic() + PAUSE
                logger.warning("calls counted in this process error=%s", type(error).__name__)
        with self.lock:
            for old in [each for each in self.here if each[1] < minute - 1]:
                del self.here[old]
            self.here[caller, minute] += 1
            return self.here[caller, minute - 1], self.here[caller, minute]

    def add_in_redis(self, caller: str, minute: int) -> tuple[int, int]:
        if self.redis is None:
            self.redis = Redis.from_url(
                settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, max_connections=20
            )
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.get(f"calls:{caller}:{minute - 1}")
            pipe.incr(f"calls:{caller}:{minute}")
            pipe.expire(f"calls:{caller}:{minute}", 2 * WINDOW)
            before, now, _ = pipe.execute()
        return int(before or 0), int(now)

    def forget(self) -> None:
        """Nothing was counted, and Redis is tried again."""
        self.__init__()  # type: ignore[misc]


counts = Counts()


class CallsAMinute(BaseThrottle):
    """Refuses a caller who called more often than they may in the last 60 seconds, as two minutes show it."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        moment = time.time()
        minute, into = int(moment // WINDOW), moment % WINDOW
        before, now = counts.add(caller_of(request), minute)
        self.left = WINDOW - into
        return before * (1 - into / WINDOW) + now <= limit_of(request)

    def wait(self) -> float:
        return float(self.left)


def caller_of(request: Request) -> str:
    """Who is counted: an integration over all its keys, a person, or an address."""
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{address_of(request)}"


def limit_of(request: Request) -> int:
    """How many calls a minute this caller may make."""
    if isinstance(request.auth, IntegrationKey):
        return request.auth.integration.per_minute
    return int(settings.API_CALLS_A_MINUTE)
