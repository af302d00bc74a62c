"""What the settings refuse, and what they amount to."""

import os
import secrets
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from celery.beat import PersistentScheduler
from django.conf import settings
from django.db import connection
from django.test import Client
from kombu.utils.imports import symbol_by_name

import config
from config.secret_key import development_key
from tests import migrated

ROOT = Path(__file__).resolve().parents[2]
STRONG = secrets.token_urlsafe(50)
PRODUCTION = {
    "ICP_ENVIRONMENT": "production",
    "SECRET_KEY": STRONG,
    "ALLOWED_HOSTS": "crm.example.com",
}


def manage(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The outcome of a management command started with only this environment."""
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", *command],
        cwd=ROOT,
        env={"PATH": os.defpath, "DATABASE_URL": os.environ["DATABASE_URL"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def printed(expression: str, **environment: str) -> str:
    """The value of an expression over the settings, as it prints."""
    done = manage(
        "shell",
        "-v0",
        "-c",
        f"from django.conf import settings as s; print({expression})",
        **environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_production_on_its_defaults_passes_the_deployment_check() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY: not set."),
        ({"SECRET_KEY": "#~7"}, "SECRET_KEY: only 3 characters long."),
        ({"SECRET_KEY": "ab" * 30}, "SECRET_KEY: made of only 2 different characters."),
        ({"SECRET_KEY": f"django-insecure-{STRONG}"}, "SECRET_KEY: a placeholder."),
        ({"DEBUG": "on"}, "DEBUG: on,"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS: '' will not do"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS: '*' will not do"),
        ({"ALLOWED_HOSTS": "a.example,*.b.example"}, "ALLOWED_HOSTS: 'a.example,*.b.example' will"),
        ({"ICP_ENVIRONMENT": "prod"}, "ICP_ENVIRONMENT: 'prod' will not do."),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_production_does_not_start_when_unsafe(change: dict[str, str], refusal: str) -> None:
    done = manage("check", **PRODUCTION | change)

    assert done.returncode != 0
    assert f"ImproperlyConfigured: {refusal}" in done.stderr
    if change.get("SECRET_KEY"):
        assert change["SECRET_KEY"] not in done.stderr


def test_behind_a_proxy_each_part_of_transport_can_be_set() -> None:
    behind = PRODUCTION | {
        "SECURE_SSL_REDIRECT": "off",
        "SECURE_HSTS_SECONDS": "60",
        "SECURE_PROXY_SSL_HEADER": "X-Forwarded-Proto: https",
    }

    assert (
        printed("[s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.SECURE_PROXY_SSL_HEADER]", **behind)
        == "[False, 60, ('HTTP_X_FORWARDED_PROTO', 'https')]"
    )


def test_postgresql_has_limits_on_waiting() -> None:
    url = "postgresql:///crm?host=/run/postgresql"

    options = printed("s.DATABASES['default']['OPTIONS']['options']", DATABASE_URL=url)

    assert "lock_timeout=5s" in options
    assert "statement_timeout=120s" in options
    assert "idle_in_transaction_session_timeout=30s" in options


def started(door: str, database: Path) -> subprocess.CompletedProcess[str]:
    """What the door for servers does with this database file."""
    read = f"import config.{door}\nfrom django.conf import settings\nprint(settings.STATEMENT_TIMEOUT_SECONDS)"
    environment = {"PATH": os.defpath, "SECRET_KEY": STRONG, "DATABASE_URL": f"sqlite:///{database}"}
    return subprocess.run(
        [sys.executable, "-c", read], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_pages_give_up_on_a_query_sooner_than_commands(tmp_path: Path) -> None:
    database = tmp_path / "db.sqlite3"
    migrated.copy_to_file(database)

    assert [started(door, database).stdout.strip() for door in ("wsgi", "asgi")] == ["15", "15"]


def test_the_pages_refuse_to_start_where_changes_would_not_be_marked(tmp_path: Path) -> None:
    refused = started("wsgi", tmp_path / "empty.sqlite3")

    assert refused.returncode == 1
    assert "Changes would not be scored" in refused.stderr
    assert "manage.py migrate" in refused.stderr


@pytest.mark.parametrize(("url", "lanes"), [("sqlite:///var/db.sqlite3", "1"), ("postgresql:///crm", "4")])
def test_lanes_are_as_many_as_the_database_takes_writers(url: str, lanes: str) -> None:
    assert printed("s.SCORING_LANES", DATABASE_URL=url) == lanes


def test_beat_needs_no_folder_to_write_to() -> None:
    scheduler = symbol_by_name(config.app.conf.beat_scheduler)

    assert not issubclass(scheduler, PersistentScheduler)
    assert {each["schedule"] <= timedelta(minutes=1) for each in config.app.conf.beat_schedule.values()} == {True}


def test_without_a_broker_sending_says_so() -> None:
    done = manage("shell", "-v0", "-c", "import config; config.app.send_task('x')")

    assert "ImproperlyConfigured: REDIS_URL: not set" in done.stderr


def test_the_development_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"

    key = development_key(path)

    assert development_key(path) == key
    assert len(key) >= 50
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret_key"]


@pytest.mark.django_db
def test_the_database_is_set_up_for_keeping_and_for_company() -> None:
    with connection.cursor() as cursor:
        if settings.POSTGRESQL:
            cursor.execute("SELECT current_setting('lock_timeout')")
            assert cursor.fetchone() == ("5s",)
        else:
            for pragma, value in {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
            }.items():
                cursor.execute(f"PRAGMA {pragma}")
                assert cursor.fetchone() == (value,), pragma


def test_the_way_in_leads_to_the_admin(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/admin/"
    assert client.get("/admin/").headers["Location"] == "/admin/login/?next=/admin/"


def test_a_live_process_says_so_without_the_database(client: Client) -> None:
    response = client.get("/healthz/live")

    assert (response.status_code, response.content) == (200, b"ok")
