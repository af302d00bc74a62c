"""What every test may use."""

import gc
import os
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase, override_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from pytest_django import DjangoDbBlocker

from crm.scoring import contacts, drain, freshness, lanes
from tests import emptying, migrated

# A busy machine is no fault of what is tested; with HYPOTHESIS_EXAMPLES new cases are made up, else the same each time.
hypothesis.register_profile(
    "house",
    deadline=None,
    derandomize=not os.environ.get("HYPOTHESIS_EXAMPLES"),
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
hypothesis.load_profile("house")


A_DATABASE = {"db", "transactional_db"}
OWN_DATABASES = "tests/chaos/"
"""These start databases themselves, each test the one that it is about."""

LONGEST = ("tests/browser/test_every_page.py", "tests/browser/test_journeys.py", "tests/chaos/test_short.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What uses no database is tested once, on SQLite. What takes long comes first: no worker is left alone with it."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    if config.getoption("database") != "postgres":
        return
    once = [item for item in items if not uses_a_database(item)]
    config.hook.pytest_deselected(items=once)
    items[:] = [item for item in items if uses_a_database(item)]


def pytest_collection_finish() -> None:
    """What was imported stays; nobody looks through it for what can go, again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def uses_a_database(item: pytest.Item) -> bool:
    """Whether the test may come out otherwise with another database."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    asks = item.get_closest_marker("django_db") is not None or not A_DATABASE.isdisjoint(fixtures)
    return asks or item.nodeid.startswith(OWN_DATABASES)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The database of this process is a copy of one that was migrated for all of them."""
    if migrated.is_shared():
        migrated.copy_to(connection.settings_dict["TEST"]["NAME"] or f"test_{connection.settings_dict['NAME']}")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What migrations leave, the roles above all, is there for every test, also after one that empties every table."""
    with django_db_blocker.unblock():
        emptying.remember()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", emptying.empty)
        yield


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    """A copy is used as it is; it goes with the server or the folder that was made for these tests."""
    return migrated.is_shared() or bool(request.config.getvalue("reuse_db"))


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """A password takes no quarter of a second to hash; a third of the time of all tests went there."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_are_found_when_asked_for() -> Iterator[None]:
    """A client does not list every static file before its first request."""
    with override_settings(WHITENOISE_AUTOREFRESH=True):
        yield


@pytest.fixture(autouse=True)
def no_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test rings by the way; one that is about bells has its own."""
    monkeypatch.setattr("crm.broker.bell.ring", lambda: None)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a worker keeps from batch to batch ends with the test, as its rows do; no count is dear here."""
    monkeypatch.setattr(freshness, "COUNT_IS_CHEAP_SECONDS", float("inf"))
    yield
    drain.forget_run()
    lanes.last_beat.clear()
    contacts.alike.clear()
    freshness.remembered.clear()


@pytest.fixture
def redis_server() -> Iterator[redis.Redis]:
    """A client of this worker's Redis database, which is emptied before and after."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client
        client.flushdb()
