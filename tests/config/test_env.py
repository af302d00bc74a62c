"""Reading the environment."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection

from config import env

BASE = Path("/srv/icp")


@pytest.fixture
def variable(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Sets variables for one test; `X` starts out missing."""
    monkeypatch.delenv("X", raising=False)
    return monkeypatch


def test_a_missing_variable_gives_the_default(variable: pytest.MonkeyPatch) -> None:
    assert env.text("X", "here") == "here"
    assert env.boolean("X", default=True) is True
    assert env.integer("X", 7) == 7
    assert env.items("X", ["a"]) == ["a"]
    assert env.header("X") is None
    assert env.redis("X") == ""


def test_an_empty_variable_is_a_missing_one(variable: pytest.MonkeyPatch) -> None:
    variable.setenv("X", "  ")

    assert env.text("X", "here") == "here"
    assert env.boolean("X", default=True) is True
    assert env.integer("X", 7) == 7
    assert env.items("X", ["a"]) == ["a"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("1", True), ("Yes", True), ("ON", True), ("0", False), ("no", False), ("False", False)],
)
def test_truth_has_many_spellings(written: str, meant: bool, variable: pytest.MonkeyPatch) -> None:
    variable.setenv("X", written)

    assert env.boolean("X", default=not meant) is meant


def test_a_list_has_commas_between_its_parts(variable: pytest.MonkeyPatch) -> None:
    variable.setenv("X", " a.example , ,.b.example")

    assert env.items("X") == ["a.example", ".b.example"]


def test_a_header_is_read_as_django_names_it(variable: pytest.MonkeyPatch) -> None:
    variable.setenv("X", "X-Forwarded-Proto: https")

    assert env.header("X") == ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///var/db.sqlite3", {"NAME": BASE / "var/db.sqlite3"}),
        ("sqlite:////data/db.sqlite3", {"NAME": Path("/data/db.sqlite3")}),
        (
            "postgresql://ann:p%40ss@db.example:5433/crm?sslmode=require",
            {
                "NAME": "crm",
                "USER": "ann",
                "PASSWORD": "p@ss",
                "HOST": "db.example",
                "PORT": "5433",
                "OPTIONS": {"sslmode": "require"},
            },
        ),
        (
            "postgres:///crm?host=/run/postgresql",
            {"NAME": "crm", "USER": "", "HOST": "/run/postgresql", "PORT": "", "OPTIONS": {}},
        ),
        ("postgresql:///crm?user=ann&port=5433", {"USER": "ann", "PORT": "5433", "OPTIONS": {}}),
    ],
    ids=["file-below-base", "file-anywhere", "server", "socket", "all-in-the-query"],
)
def test_a_database_url_names_every_part(url: str, expected: dict[str, object], variable: pytest.MonkeyPatch) -> None:
    variable.setenv("X", url)

    database = env.database("X", "", base=BASE)

    assert database.items() >= expected.items()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ann:hidden@db.example/crm",
        "postgresql://ann:hidden@db.example",
        "postgresql://ann:hidden@db.example:port/crm",
        "sqlite:var/db.sqlite3",
        "sqlite://host/db.sqlite3",
        "sqlite:///",
        "sqlite:///db.sqlite3?timeout=5",
        "db.sqlite3",
    ],
)
def test_a_database_url_that_will_not_do_is_refused_without_its_password(
    url: str, variable: pytest.MonkeyPatch
) -> None:
    variable.setenv("X", url)

    with pytest.raises(ImproperlyConfigured, match=r"^X: .* will not do. Set it to sqlite:") as error:
        env.database("X", "", base=BASE)
    assert "hidden" not in str(error.value)


def test_a_redis_address_that_will_not_do_is_refused_without_its_password(
    variable: pytest.MonkeyPatch,
) -> None:
    variable.setenv("X", "http://:hidden@cache.example")

    with pytest.raises(ImproperlyConfigured, match=r"^X: 'http://…@cache\.example' .*redis://") as error:
        env.redis("X")
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("", ""),
        ("redis://user:secret@cache.example:6380/2", "redis://user:secret@cache.example:6380/2"),
        ("redis+socket:///run/redis.sock", "redis+socket:///run/redis.sock"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
        ("unix://:p%40ss@/run/redis.sock?db=3", "redis+socket://:p%40ss@/run/redis.sock?virtual_host=3"),
        ("rediss://:secret@cache.example/1", "rediss://:secret@cache.example/1?ssl_cert_reqs=required"),
        ("rediss://cache.example/1?ssl_cert_reqs=none", "rediss://cache.example/1?ssl_cert_reqs=none"),
    ],
    ids=["none", "tcp", "socket", "unix", "unix-with-database", "tls", "tls-unverified"],
)
def test_celery_reads_every_redis_address_and_verifies_certificates(address: str, written: str) -> None:
    assert env.broker(address) == written
    if written:
        connection = Connection(written)
        assert connection.transport_cls in ("redis", "rediss")
        assert (connection.ssl is not False) == address.startswith("rediss")


def test_a_refusal_names_the_variable_what_was_read_and_what_would_do(
    variable: pytest.MonkeyPatch,
) -> None:
    variable.setenv("X", "-3")
    with pytest.raises(ImproperlyConfigured, match=r"^X: '-3' will not do. .* number of 1 or more"):
        env.integer("X", 1, at_least=1)

    variable.setenv("X", "many")
    with pytest.raises(ImproperlyConfigured, match=r"^X: 'many' will not do. .* number of 0 or more"):
        env.integer("X", 1)

    variable.setenv("X", "maybe")
    with pytest.raises(ImproperlyConfigured, match=r"^X: 'maybe' will not do. .* true, yes or on"):
        env.boolean("X", default=True)

    variable.setenv("X", "staging")
    with pytest.raises(ImproperlyConfigured, match=r"^X: 'staging' will not do. .* one of here, there"):
        env.choice("X", ["here", "there"], "here")

    variable.setenv("X", "https")
    with pytest.raises(ImproperlyConfigured, match=r"^X: 'https' will not do. .*X-Forwarded-Proto"):
        env.header("X")
