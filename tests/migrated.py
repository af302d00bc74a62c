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
    if settings.POSTGRESQL:
        copy_on_server(name)
    else:
        copy_to_file(Path(name))


@contextmanager
def turn(name: str) -> Iterator[Path]:
    """One process at a time; what is yielded is there once there is something to copy."""
    folder = Path(os.environ[FOLDER])
    with (folder / f"{name}.turn").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / name


def copy_on_server(name: str) -> None:
    server = urlsplit(os.environ["DATABASE_URL"])
    with (
        turn("server") as done,
        psycopg.connect(server._replace(path="/postgres").geturl(), autocommit=True) as connection,
    ):
        if not done.exists():
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(NAME)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
            migrate(server._replace(path=f"/{NAME}").geturl())
            done.touch()
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(copy.format(sql.Identifier(name), sql.Identifier(NAME)))


def copy_to_file(name: Path) -> None:
    """The file is a migrated database, also where the tests run on PostgreSQL or on a server of somebody else's."""
    if not is_shared():
        migrate(f"sqlite:///{name}")
        return
    with turn(f"{NAME}.sqlite3") as origin:
        if not origin.exists():
            half = origin.with_suffix(".half")
            half.unlink(missing_ok=True)
            migrate(f"sqlite:///{half}")
            half.rename(origin)
        shutil.copyfile(origin, name)


def migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url},
        check=True,
    )
