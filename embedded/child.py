"""Running a program that never outlives us."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from embedded.errors import ServiceError

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
TAIL = 15


class Child:
    """A running program, and the file that its output goes to."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        account: pwd.struct_passwd | None = None,
        text: str = "",
        farewell: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Start `command` as `account` (None: our own), with `text` as its standard input.

        `farewell` asks it to end; on Linux it also gets it when this process dies.
        Start it from the main thread: Linux counts the death of the thread.
        """
        self.name = name
        self.log = log
        self.farewell = farewell
        with log.open("ab") as output, tempfile.TemporaryFile() as given:
            given.write(text.encode())
            given.seek(0)
            self.log_start = output.tell()
            self.process = subprocess.Popen(
                command,
                stdin=given,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                start_new_session=True,
                preexec_fn=_dying_with(os.getpid(), farewell),
            )

    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def stop(self, grace: float = 10) -> None:
        """Ask it to end, wait `grace` seconds, then kill it and all that it has started."""
        if self.running():
            self.process.send_signal(self.farewell)
            self.thaw()  # one that is frozen hears nothing
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(grace)
        self.kill()

    def kill(self) -> None:
        """It and all that it has started are gone, without having been asked."""
        self._tell_all(signal.SIGKILL)
        self.process.wait()

    def freeze(self) -> None:
        """It and all that it has started do nothing until `thaw`, and keep all that they hold."""
        self._tell_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on, if it was frozen."""
        self._tell_all(signal.SIGCONT)

    def _tell_all(self, what: signal.Signals) -> None:
        with suppress(ProcessLookupError):  # nothing is left of the group
            os.killpg(self.process.pid, what)

    def failure(self, what: str) -> ServiceError:
        """An error that says what happened to it, with the last lines of its output."""
        return ServiceError(f"{self.name} {what}. The end of {self.log}:\n\n{self.tail()}\n")

    def ended(self) -> ServiceError:
        """The error of having ended by itself."""
        return self.failure(f"ended with status {self.process.wait()}")

    def tail(self) -> str:
        """The last lines of its output, none of an earlier run."""
        with self.log.open("rb") as output:
            output.seek(self.log_start)
            lines = deque(output, TAIL)
        return "".join(f"    {line.decode(errors='replace').rstrip()}\n" for line in lines).rstrip()


def _dying_with(parent: int, farewell: signal.Signals) -> Callable[[], None] | None:
    """What a new process must do before anything else, to end when `parent` ends."""
    return partial(_bind, LIBC, parent, farewell) if LIBC else None


def _bind(libc: ctypes.CDLL, parent: int, farewell: signal.Signals) -> None:
    libc.prctl(PR_SET_PDEATHSIG, int(farewell), 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)
