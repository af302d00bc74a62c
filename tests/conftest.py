"""What every test may use."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from crm.scoring import drain, lanes

# A busy machine is no fault of what is tested.
hypothesis.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("house")


@pytest.fixture(autouse=True)
def no_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test rings by the way; one that is about bells has its own."""
    monkeypatch.setattr("crm.broker.bell.ring", lambda: None)


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """What a worker keeps from batch to batch ends with the test, as its rows do."""
    yield
    drain.forget_run()
    lanes.last_beat.clear()


@pytest.fixture
def redis_server() -> Iterator[redis.Redis]:
    """A client of this worker's Redis database, which is emptied before and after."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client
        client.flushdb()
