"""Where a scenario happens: a database, a broker, and the programs of the product around them."""

import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from embedded import places
from embedded.child import Child
from embedded.postgres import Postgres
from embedded.redis import ADDRESS, Redis
from tests import migrated

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "icp_crm"
PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.1

# Ports that the system never gives to a client: one that calls a closed port again and again would
# in the end reach itself there, and the server could not come back.
PORTS = range(20_000, 30_000)

# Power stays on here, so nothing has to be synchronous but the order of things: what was
# acknowledged must outlive the processes of the server.
SETTINGS = {"synchronous_commit": "on", "max_connections": "60", "autovacuum_naptime": "5s"}

STALE = """
    SELECT count(*) FROM crm_company c LEFT JOIN crm_fit f ON f.company_id = c.id
    WHERE f.company_id IS NULL OR f.stale_since IS NOT NULL OR f.review_at <= CURRENT_TIMESTAMP
       OR f.scored_ruleset < (SELECT number FROM personas_ruleset WHERE active)"""


class Impatient(AssertionError):
    """Something did not come true in its time."""


class Place:
    """A database with companies in it, a broker unless there is none, and programs; `url` and `broker` name them."""

    def __init__(self, folder: Path, url: str, broker: str, postgres: Postgres | None, redis: Redis | None) -> None:
        self.folder = folder
        self.url = url
        self.postgres = postgres
        self.redis = redis
        self.programs: dict[str, Child] = {}
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))},
            "ICP_ENVIRONMENT": "development",
            "DEBUG": "off",
            "SECRET_KEY": "a key for chaos, which protects nothing",
            "DATABASE_URL": url,
            "REDIS_URL": broker,
            "LOG_LEVEL": "INFO",
            "PYTHONWARNINGS": "ignore::RuntimeWarning:celery.platforms",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    # Programs

    def run(self, *command: str, **environment: str) -> str:
        """What a program said that has ended well; raises AssertionError with all it said when it has not."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS * 2,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def told(self, name: str, *arguments: str, **environment: str) -> Any:
        """The JSON that ends what a program of the suite says."""
        said = self.run("-m", "tests.chaos.program", name, *arguments, **environment)
        return json.loads(said.splitlines()[-1])

    def start(self, name: str, *command: str, **environment: str) -> Child:
        """A program of this name runs; it takes the place of the last one that had the name."""
        if name in self.programs:
            self.programs[name].kill()
        child = self.programs[name] = Child(
            name,
            [sys.executable, *command],
            log=self.log(name),
            environment=self.environment | environment,
            folder=ROOT,
        )
        return child

    def start_own(self, name: str, program: str, *arguments: str, **environment: str) -> Child:
        """A program of the suite runs."""
        return self.start(name, "-m", "tests.chaos.program", program, *arguments, **environment)

    def start_celery(self, name: str, **environment: str) -> Child:
        """A Celery worker of this name runs, with two processes."""
        command = ("-m", "celery", "-A", "config", "worker", "--pool", "prefork", "--concurrency", "2")
        quiet = ("--loglevel", "INFO", "--without-gossip", "--without-mingle", "--hostname", f"{name}@here")
        return self.start(name, *command, *quiet, **environment)

    def start_beat(self) -> Child:
        """Beat runs."""
        return self.start("beat", "-m", "celery", "-A", "config", "beat", "--loglevel", "INFO", "--pidfile", "")

    def start_loop(self, name: str = "loop") -> Child:
        """The worker that needs no broker runs."""
        return self.start(name, "manage.py", "scoring_worker")

    def stop(self, *names: str) -> None:
        """These programs have ended, asked kindly."""
        for name in names:
            self.programs.pop(name).stop(grace=20)

    def kill(self) -> None:
        """All programs are gone."""
        for child in self.programs.values():
            child.kill()

    def log(self, name: str) -> Path:
        """Where the output of a program goes."""
        return self.folder / f"{name}.log"

    # The database, seen from outside

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the database answers to a program that just came."""
        if self.postgres is None:
            with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20)) as file:
                return file.execute(sql).fetchall()
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            return connection.execute(sql.encode()).fetchall()

    def stale(self) -> int:
        """How many companies have a result that is not up to date, or none at all."""
        return int(self.rows(STALE)[0][0])

    def until_fresh(self, patience: float = PATIENCE_SECONDS) -> float:
        """The seconds until nothing was stale any more; raises Impatient when something still is after `patience`."""
        return until(lambda: self.stale() == 0, "nothing is stale", patience)


def until(condition: Callable[[], bool], what: str, patience: float = PATIENCE_SECONDS) -> float:
    """The seconds until `condition` held; raises Impatient, saying `what` it waited for, when it does not in time."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > patience:
            raise Impatient(f"waited {patience:.0f} seconds in vain until {what}")
        time.sleep(PAUSE_SECONDS)
    return time.monotonic() - started


@contextmanager
def on_postgres(companies: int, *, with_redis: bool = True) -> Iterator[Place]:
    """A place on PostgreSQL with this many companies, none of them scored."""
    with ExitStack() as stack:
        folder = stack.enter_context(places.scratch())
        postgres = stack.enter_context(Postgres(settings=SETTINGS))
        redis = stack.enter_context(Redis(port=free_port())) if with_redis else None
        broker = redis.url(0) if redis else ""
        place = Place(folder, postgres.database(DATABASE), broker, postgres, redis)
        stack.callback(place.kill)
        place.run("manage.py", "migrate", "--verbosity", "0")
        place.told("population", str(companies))
        yield place


@contextmanager
def on_sqlite(companies: int) -> Iterator[Place]:
    """A place on SQLite with this many companies, none of them scored, and no broker."""
    with ExitStack() as stack:
        folder = stack.enter_context(places.scratch())
        place = Place(folder, f"sqlite:///{quote(str(folder))}/db.sqlite3", "", None, None)
        stack.callback(place.kill)
        migrated.copy_to_file(folder / "db.sqlite3")
        place.told("population", str(companies))
        yield place


def free_port() -> int:
    """A port of this machine that no program listens to and none is given by chance."""
    for port in random.sample(PORTS, 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                continue
            return port
    raise Impatient("no port is free")


def lines(path: Path) -> list[Mapping[str, Any]]:
    """The lines of a file that are JSON objects; one that is being written is left out."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().split("\n")[:-1] if line.startswith("{")]
