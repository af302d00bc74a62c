"""A database that was migrated once, which each process that tests takes a copy of.

Migrating takes ten seconds of a processor, and as many processes as there are workers would do it for themselves.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from psycopg import sql

FOLDER = "TEST_MIGRATED_FOLDER"
"""The variable that says where those who want a copy wait for each other; without it each migrates its own."""

NAME = "icp_crm_migrated"
ROOT = Path(__file__).parents[1]


def is_shared() -> bool:
    """Whether the server is one that was started for these tests, where databases may be left behind."""
    return FOLDER in os.environ


def copy_to(name: str) -> None:
    """A migrated database of this name is there; the first who asks migrates the one that all are copied from."""
    with turn() as done:
        if settings.POSTGRESQL:
            copy_on_server(name, done)
        else:
            copy_file(Path(name), done)
        done.touch()


@contextmanager
def turn() -> Iterator[Path]:
    """One process at a time; the file is there once there is something to copy."""
    folder = Path(os.environ[FOLDER])
    with (folder / "turn").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / "done"


def copy_on_server(name: str, done: Path) -> None:
    server = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(server._replace(path="/postgres").geturl(), autocommit=True) as connection:
        if not done.exists():
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(NAME)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
            migrate(server._replace(path=f"/{NAME}").geturl())
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(copy.format(sql.Identifier(name), sql.Identifier(NAME)))


def copy_file(name: Path, done: Path) -> None:
    origin = name.with_name(f"{NAME}.sqlite3")
    if not done.exists():
        origin.unlink(missing_ok=True)
        migrate(f"sqlite:///{origin}")
    shutil.copyfile(origin, name)


def migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url},
        check=True,
    )
