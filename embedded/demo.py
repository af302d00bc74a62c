"""The whole product on this machine, with sample data: `make demo`.

Prepares the data, shows who to talk to first, then serves the admin until Ctrl-C,
with the worker that keeps scores fresh. On PostgreSQL it starts that server and
Redis too, and the workers are Celery's. What it keeps lies in var/: starting
again is quick and loses nothing.
"""

import argparse
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from embedded.child import Child
from embedded.errors import ServiceError
from embedded.postgres import Postgres
from embedded.redis import Redis

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
LOGS = VAR / "log"
ADDRESS = "127.0.0.1"
FIRST_PORT = 8000
PORTS = 100
PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.1
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# What to do with the data before anyone looks at it, in this order.
STEPS = {
    "Preparing the database": ["migrate", "--verbosity", "0"],
    "Loading the sample": ["demo_data"],
    "Scoring every company": ["rescore"],
    "Who to talk to first": ["ranked"],
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 after Ctrl-C, 1 when something failed, which is then told."""
    parser = argparse.ArgumentParser(prog="make demo", description="ICP CRM with sample data.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args(arguments)
    for ending in ENDINGS:
        signal.signal(ending, signal.default_int_handler)
    try:
        run(options.database)
    except KeyboardInterrupt:
        print("\nStopped. `make demo` goes on where this ended.", flush=True)
        return 0
    except ServiceError as error:
        print(f"\nmake demo: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


def run(database: str) -> None:
    """Never returns by itself: runs until interrupted, or until one of the programs ends."""
    started = time.monotonic()
    LOGS.mkdir(parents=True, exist_ok=True)
    password = kept_password(VAR / "demo_password")
    with ExitStack() as running:
        try:
            environment, children = start_services(database, running)
            environment["DEMO_PASSWORD"] = password
            for title, command in STEPS.items():
                print(f"{title} …", flush=True)
                manage(command, environment)
            port = free_port()
            children += start_programs(port, environment, running)
            await_answer(f"http://{ADDRESS}:{port}/healthz/live", children)
            print(banner(port, password, environment, time.monotonic() - started), flush=True)
            while all(child.running() for child in children):
                time.sleep(PAUSE_SECONDS)
            raise next(child for child in children if not child.running()).ended()
        finally:
            for ending in ENDINGS:
                signal.signal(ending, signal.SIG_IGN)  # once is enough: let everything stop in order


def start_services(database: str, running: ExitStack) -> tuple[dict[str, str], list[Child]]:
    """The environment for every program of the demo, and the servers that it names, now up.

    Addresses in our own environment are not used: the demo must not fill another database.
    """
    servers = []
    addresses = {"DATABASE_URL": f"sqlite:///{quote(str(VAR))}/db.sqlite3", "REDIS_URL": ""}
    if database == "postgres":
        print("Starting PostgreSQL …", flush=True)
        postgres = running.enter_context(Postgres(data=VAR / "postgres", log=LOGS / "postgres.log"))
        print(f"  its data is in {postgres.data}", flush=True)
        print("Starting Redis …", flush=True)
        redis = running.enter_context(Redis(log=LOGS / "redis.log"))
        servers += [postgres.child, redis.child]
        addresses = {"DATABASE_URL": postgres.database("icp_crm"), "REDIS_URL": redis.url(0)}
    environment = {**os.environ, "ICP_ENVIRONMENT": "development", "DEBUG": "off", **addresses}
    return environment, servers


def manage(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Returns when the management command has done its work; its output is shown."""
    status = subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=False).returncode
    if status:
        raise ServiceError(f"`manage.py {' '.join(command)}` ended with status {status}; what it said stands above.")


def start_programs(port: int, environment: Mapping[str, str], running: ExitStack) -> list[Child]:
    """The web server and what keeps scores fresh; `running` stops them, the last one first."""
    if os.geteuid() == 0:  # Celery's warning about root has its place in production
        environment = {**environment, "PYTHONWARNINGS": "ignore::RuntimeWarning:celery.platforms"}
    children = []
    for name, command in programs(port, broker=bool(environment["REDIS_URL"])).items():
        child = Child(name, command, log=LOGS / f"{name}.log", environment=environment, folder=ROOT)
        running.callback(child.stop)
        children.append(child)
    return children


def programs(port: int, *, broker: bool) -> dict[str, list[str]]:
    """The commands to run, by name: the web server, and Celery's worker and beat or the worker that needs no broker."""
    web = [
        *(sys.executable, "-m", "gunicorn", "config.wsgi"),
        *("--bind", f"{ADDRESS}:{port}", "--workers", "2", "--threads", "4", "--no-control-socket"),
    ]
    if not broker:
        return {"web": web, "worker": [sys.executable, "manage.py", "scoring_worker"]}
    celery = [sys.executable, "-m", "celery", "-A", "config"]
    return {
        "worker": [
            *(*celery, "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO"),
            *("--without-gossip", "--without-mingle"),  # what workers tell each other nobody here asks for
        ],
        "web": web,
        "beat": [*celery, "beat", "--loglevel", "INFO", "--pidfile", ""],
    }


def await_answer(url: str, children: Sequence[Child]) -> None:
    """Returns when the web server answers and the other programs run."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not answers(url):
        for child in children:
            if not child.running():
                raise child.ended()
        if time.monotonic() > deadline:
            raise ServiceError(f"{url} gave no answer for {PATIENCE_SECONDS} seconds. See {LOGS}/web.log.")
        time.sleep(PAUSE_SECONDS)


def answers(url: str) -> bool:
    """Whether the address answers with 200."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def free_port() -> int:
    """The first port that no program listens to, from 8000 on."""
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                continue
            return port
    raise ServiceError(f"Every port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1} is taken.")


def kept_password(path: Path) -> str:
    """The password of the demo's users: DEMO_PASSWORD, else the one in the file, made when missing."""
    given = os.environ.get("DEMO_PASSWORD")
    if given or not path.exists():
        path.touch(mode=0o600)
        path.write_text(given or secrets.token_urlsafe(9))
    return path.read_text().strip()


def banner(port: int, password: str, environment: Mapping[str, str], seconds: float) -> str:
    """What to know once it runs."""
    return f"""
ICP CRM is ready after {seconds:.0f} seconds.

  http://{ADDRESS}:{port}/
  user      demo, or rep, manager or revops to see what each role sees
  password  {password}

  logs      {LOGS}
  database  DATABASE_URL='{environment["DATABASE_URL"]}'

Ctrl-C stops it.
"""


if __name__ == "__main__":
    sys.exit(main())
