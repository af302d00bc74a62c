"""Programs that never outlive us."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from embedded import places
from embedded.child import Child
from tests.embedded.processes import alive

ROOT = Path(__file__).resolve().parents[2]

OWNER = """
import time
from embedded.postgres import Postgres
from embedded.redis import Redis
first, second = Postgres().start(), Redis().start()
print(first.child.process.pid, second.child.process.pid, first.socket.parent, flush=True)
time.sleep(600)
"""

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("here", flush=True)
time.sleep(600)
"""


def waiting_for(condition: Callable[[], bool]) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of such a death")
def test_killing_the_owner_ends_its_servers_and_the_next_start_clears_up() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        *processes, folder = owner.stdout.readline().split()
        assert all(alive(int(process)) for process in processes)

        owner.kill()

    assert waiting_for(lambda: not any(alive(int(process)) for process in processes))
    with places.scratch():
        assert waiting_for(lambda: not Path(folder).exists())  # another start may be clearing up


def test_one_that_will_not_end_is_killed(tmp_path: Path) -> None:
    child = Child("Stubborn", [sys.executable, "-c", STUBBORN], log=tmp_path / "log")
    assert waiting_for(lambda: "here" in child.tail())

    child.stop(grace=0.1)

    assert child.process.returncode == -signal.SIGKILL
    assert not alive(child.process.pid)


def test_what_it_has_started_goes_with_it(tmp_path: Path) -> None:
    script = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True); input()"
    child = Child("Parent", [sys.executable, "-c", script], log=tmp_path / "log")
    assert waiting_for(lambda: not child.running())
    grandchild = int(child.tail().split()[0])

    child.stop()

    assert waiting_for(lambda: not alive(grandchild))


def test_its_failure_shows_the_end_of_this_run_alone(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("an earlier run\n")
    child = Child("Talker", ["sh", "-c", "echo one; echo two; exit 3"], log=log)

    failure = str(child.ended())

    assert failure.startswith("Talker ended with status 3.")
    assert "    one\n    two" in failure
    assert "earlier" not in failure


def test_it_reads_what_it_is_given(tmp_path: Path) -> None:
    child = Child("Echo", ["cat"], log=tmp_path / "log", text="given", environment=dict(os.environ))
    child.process.wait()

    assert child.tail().strip() == "given"


def test_what_is_frozen_goes_on_where_it_was(tmp_path: Path) -> None:
    script = "import itertools, time\nfor n in itertools.count(): print(n, flush=True); time.sleep(0.01)"
    child = Child("Counter", [sys.executable, "-c", script], log=tmp_path / "log")
    assert waiting_for(lambda: bool(child.tail()))

    child.freeze()
    assert waiting_for(lambda: psutil.Process(child.process.pid).status() == psutil.STATUS_STOPPED)
    said = child.tail()
    time.sleep(0.1)
    assert child.tail() == said

    child.thaw()
    assert waiting_for(lambda: child.tail() != said)
    child.kill()
    assert not alive(child.process.pid)


def test_what_is_frozen_can_be_stopped(tmp_path: Path) -> None:
    child = Child("Sleeper", ["sleep", "600"], log=tmp_path / "log")
    child.freeze()

    child.stop(grace=30)

    assert child.process.returncode == -signal.SIGTERM
