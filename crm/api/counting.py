"""Calls and wrong keys counted minute by minute: in Redis for all processes, and where there is none, in each."""

import logging
import time
from collections import Counter
from threading import Lock

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

WINDOW = 60
PAUSE = 10.0
PATIENCE = 0.2


class Counts:
    """How often something happened in this minute and in the one before.

    While Redis does not answer, each process counts for itself: a caller may
    then call more often, and nobody is turned away by mistake.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Nothing was counted here, and Redis is tried again."""
        self.here: Counter[tuple[str, int]] = Counter()
        self.redis: Redis | None = None
        self.silent_until = 0.0

    def add(self, name: str) -> float:
        """How often it happened in the last 60 seconds, as two minutes show it, this time among them."""
        return self.lately(name, add=True)

    def look(self, name: str) -> float:
        """How often it happened in the last 60 seconds, as two minutes show it."""
        return self.lately(name, add=False)

    def lately(self, name: str, *, add: bool) -> float:
        moment = time.time()
        minute = int(moment // WINDOW)
        before, now = self.two_minutes(name, minute, add=add)
        return before * (1 - moment % WINDOW / WINDOW) + now

    def two_minutes(self, name: str, minute: int, *, add: bool) -> tuple[int, int]:
        """How often it happened in the minute before and in this one."""
        if settings.REDIS_URL and time.monotonic() >= self.silent_until:
            try:
                return self.in_redis(name, minute, add=add)
            except (RedisError, OSError) as error:
                self.silent_until = time.monotonic() + PAUSE
                logger.warning("calls counted in this process error=%s", type(error).__name__)
        with self.lock:
            for old in [each for each in self.here if each[1] < minute - 1]:
                del self.here[old]
            if add:
                self.here[name, minute] += 1
            return self.here[name, minute - 1], self.here[name, minute]

    def in_redis(self, name: str, minute: int, *, add: bool) -> tuple[int, int]:
        if self.redis is None:
            self.redis = Redis.from_url(
                settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, max_connections=20
            )
        key, key_before = f"calls:{name}:{minute}", f"calls:{name}:{minute - 1}"
        if not add:
            before, now = self.redis.mget(key_before, key)
            return int(before or 0), int(now or 0)
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.get(key_before)
            pipe.incr(key)
            pipe.expire(key, 2 * WINDOW)
            before, now, _ = pipe.execute()
        return int(before or 0), int(now)


counts = Counts()


def until_next_minute() -> float:
    """After so many seconds a caller who was turned away may try again."""
    return WINDOW - time.time() % WINDOW
