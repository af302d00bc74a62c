"""Pytest plugin: the database and the Redis server that the tests run against.

It is loaded by `-p tests.services`, before the settings are read. `--database`
says which database; TEST_DATABASE_URL and TEST_REDIS_URL name servers to use
instead of those started here. With pytest-xdist the first process starts them
for all; each worker has its own test database and its own Redis database number.
"""

import os
from collections.abc import Generator
from contextlib import ExitStack
from urllib.parse import quote, urlsplit

import pytest

from embedded import places
from embedded.postgres import Postgres
from embedded.redis import Redis
from tests import migrated

# Tests run on the defaults, whatever the person who runs them has set.
SETTINGS_READ_FROM_ENVIRONMENT = [
    "ALLOWED_HOSTS",
    "API_BODY_BYTES",
    "API_CALLS_A_MINUTE",
    "API_PROXIES",
    "API_WRONG_KEYS_A_MINUTE",
    "CSRF_COOKIE_SECURE",
    "CSRF_TRUSTED_ORIGINS",
    "DEBUG",
    "ICP_ENVIRONMENT",
    "JOB_BYTES",
    "JOB_DAYS",
    "JOB_ROWS",
    "LOG_LEVEL",
    "METRICS_TOKEN",
    "OUTBOX_DAYS",
    "SCORING_BATCH",
    "SCORING_LAG_LIMIT_SECONDS",
    "SCORING_LANES",
    "SECRET_KEY_FALLBACKS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_SSL_HEADER",
    "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_SECURE",
    "STATEMENT_TIMEOUT_SECONDS",
    "STATIC_ROOT",
    "SURVEY_MINUTES",
    "WEBHOOK_FAILING_DAYS",
    "WEBHOOK_LOG_DAYS",
    "WEBHOOK_NETWORKS",
    "WEBHOOK_PLAIN_HTTP",
]

services = ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--database`."""
    parser.addoption(
        "--database",
        choices=["sqlite", "postgres"],
        default="sqlite",
        help="the database that the tests run on (sqlite)",
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Give the settings their addresses, before pytest-django reads them."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        os.environ["REDIS_URL"] = redis_of(worker)
    else:
        start(early_config.known_args_namespace.database)
    yield


def pytest_unconfigure() -> None:
    """Stop what this process has started."""
    services.close()


def start(database: str) -> None:
    """Start what is missing; the environment then says where everything is."""
    for name in SETTINGS_READ_FROM_ENVIRONMENT:
        os.environ.pop(name, None)
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    os.environ["SECRET_KEY"] = "a key for tests, which protects nothing"
    os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or own_database(database)
    os.environ.pop(migrated.FOLDER, None)
    if not os.environ.get("TEST_DATABASE_URL"):
        os.environ[migrated.FOLDER] = str(services.enter_context(places.scratch()))
    os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL") or own_redis()


def own_database(kind: str) -> str:
    """The URL of a database started here; it lasts as long as the tests."""
    if kind == "postgres":
        return services.enter_context(Postgres()).database("icp_crm")
    folder = services.enter_context(places.scratch())
    return f"sqlite:///{quote(str(folder))}/icp_crm.sqlite3"


def own_redis() -> str:
    """The URL of a Redis server started here."""
    return services.enter_context(Redis()).url(0)


def redis_of(worker: str) -> str:
    """The Redis address of one xdist worker: gw0 takes database 1, gw1 database 2, …"""
    number = int(worker.removeprefix("gw")) + 1
    return urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}").geturl()
