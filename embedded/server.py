"""What the servers have in common: start, wait for an answer, stop."""

import atexit
import os
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded import places
from embedded.child import Child

PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.02


class Server(ABC):
    """A server of our own. Use it in a `with`, or call `start` and `stop`.

    It ends when stopped, when the program ends, and on Linux also when the program is killed.
    """

    child: Child  # once started

    def __init__(self, *, log: Path | None = None) -> None:
        """`log` is where its output goes; None keeps it only as long as the server runs."""
        self.log = log
        self._folder = Path()
        self._open = ExitStack()
        self._owner = 0

    @abstractmethod
    def launch(self, folder: Path, log: Path) -> Child:
        """The server's process, just started; `folder` is its own until it stops."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it is ready for work."""

    def start(self) -> Self:
        """The server, ready for work."""
        self._owner = os.getpid()
        atexit.register(self.stop)
        with ExitStack() as opening:
            self._folder = opening.enter_context(places.scratch())
            self._begin()
            opening.callback(self._end)
            self._await_answer()
            self._open = opening.pop_all()
        return self

    def crash(self) -> None:
        """It is gone as if it had failed, with no farewell to anyone; `start_again` brings it back."""
        self.child.kill()

    def start_again(self) -> None:
        """After `crash`: it is ready for work, at the address that it had, with what it has kept."""
        self._begin()
        self._await_answer()

    def _begin(self) -> None:
        self.child = self.launch(self._folder, self.log or self._folder / "log")

    def _end(self) -> None:
        self.child.stop(grace=30)

    def _await_answer(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.answers():
            if not self.child.running():
                raise self.child.ended()
            if time.monotonic() > deadline:
                raise self.child.failure(f"gave no answer for {PATIENCE_SECONDS} seconds")
            time.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        """The server is gone, with its temporary files. Does nothing in a fork of its owner."""
        if self._owner == os.getpid():
            self._open.close()
            atexit.unregister(self.stop)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
