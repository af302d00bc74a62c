"""What every test may use."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings


@pytest.fixture
def redis_server() -> Iterator[redis.Redis]:
    """A client of this worker's Redis database, which is emptied before and after."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client
        client.flushdb()
