"""`make demo`: it serves until told to stop, and says what went wrong."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from embedded import demo
from embedded.errors import ServiceError
from tests import migrated
from tests.embedded.processes import alive, children_of

ROOT = Path(__file__).resolve().parents[2]

# The demo with another folder for what it keeps, and other steps.
RUN = """
import os
import sys
from pathlib import Path
from embedded import demo
demo.VAR = Path(sys.argv[1])
demo.LOGS = demo.VAR / "log"
demo.FIRST_PORT = 20_000 + os.getpid() % 10_000  # another one may look for a port at the same time
demo.STEPS = {"Preparing": sys.argv[2:]}
sys.exit(demo.main([]))
"""


@contextmanager
def running_demo(folder: Path, *step: str) -> Iterator[subprocess.Popen[str]]:
    """The demo, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder), *step],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": "sqlite:////nowhere/to/be/used.sqlite3"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def output_until(process: subprocess.Popen[str], end: str) -> list[str]:
    """The lines that it prints up to and including the one that starts with `end`."""
    assert process.stdout is not None
    lines: list[str] = []
    while not (lines and lines[-1].startswith(end)):
        lines.append(process.stdout.readline().strip())
        assert lines[-1] or process.poll() is None, lines
    return lines


def test_it_serves_until_told_to_stop_and_leaves_nothing_running(tmp_path: Path) -> None:
    migrated.copy_to_file(tmp_path / "db.sqlite3")
    with running_demo(tmp_path, "migrate", "--verbosity", "0") as process:
        lines = output_until(process, "Ctrl-C stops it.")
        address = next(line for line in lines if line.startswith("http://"))
        children = children_of(process.pid)
        with urllib.request.urlopen(f"{address}healthz/live") as response:
            assert response.status == 200

        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0

    assert len(children) == 2
    assert not any(alive(child) for child in children)
    assert {path.name for path in tmp_path.iterdir()} >= {"db.sqlite3", "demo_password", "log"}


def test_when_a_program_ends_it_is_named_and_the_others_are_stopped(tmp_path: Path) -> None:
    migrated.copy_to_file(tmp_path / "db.sqlite3")
    with running_demo(tmp_path, "migrate", "--verbosity", "0") as process:
        output_until(process, "Ctrl-C stops it.")
        children = children_of(process.pid)

        os.kill(children[-1], signal.SIGKILL)  # the one started last: the worker
        rest, _ = process.communicate(timeout=120)

    assert process.returncode == 1
    assert "make demo: worker ended with status -9." in rest
    assert "worker.log" in rest
    assert not any(alive(child) for child in children)


@pytest.mark.parametrize(
    ("broker", "names"), [(False, ["web", "worker"]), (True, ["worker", "web", "beat"])], ids=["alone", "broker"]
)
def test_the_worker_that_runs_is_the_one_for_what_there_is(broker: bool, names: list[str]) -> None:
    programs = demo.programs(8000, broker=broker)

    assert list(programs) == names
    assert ("celery" in programs["worker"]) == broker
    assert ("scoring_worker" in programs["worker"]) != broker


def test_a_step_that_fails_ends_it(tmp_path: Path) -> None:
    with running_demo(tmp_path, "no_such_command") as process:
        said, _ = process.communicate(timeout=120)

    assert process.returncode == 1
    assert "Unknown command: 'no_such_command'" in said
    assert "make demo: `manage.py no_such_command` ended with status 1" in said


def test_the_password_is_made_once_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    path = tmp_path / "demo_password"

    password = demo.kept_password(path)

    assert demo.kept_password(path) == password
    assert path.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("DEMO_PASSWORD", "chosen")
    assert demo.kept_password(path) == "chosen"


def test_a_port_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(demo, "FIRST_PORT", port)

        assert demo.free_port() > port

        monkeypatch.setattr(demo, "PORTS", 1)
        with pytest.raises(ServiceError, match=f"Every port from {port} to {port} is taken"):
            demo.free_port()
