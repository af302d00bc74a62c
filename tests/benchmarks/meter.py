"""What a piece of work costs: CPU seconds of this process and of PostgreSQL, wall seconds, WAL, memory."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from django.db import connection

STATUS = Path("/proc/self/status")
PEAK = Path("/proc/self/clear_refs")


@dataclass
class Cost:
    """What was used; `wal` is in bytes, 0 on SQLite; `peak` in bytes, this process alone."""

    here: float = 0.0
    server: float = 0.0
    wall: float = 0.0
    wal: int = 0
    peak: int = 0

    @property
    def cpu(self) -> float:
        return self.here + self.server


@dataclass
class Meter:
    """Measures work on the database. `postmaster` is the server's first process, None on SQLite.

    The server's CPU time is that of all its processes: those that run, and
    those that have ended (parallel workers), which the postmaster adds up.
    """

    postmaster: int | None
    costs: dict[str, Cost] = field(default_factory=dict)

    @contextmanager
    def measure(self, name: str) -> Iterator[Cost]:
        cost = self.costs[name] = Cost()
        forget_peak()
        wal, server, here, wall = self.wal(), self.server_cpu(), time.process_time(), time.perf_counter()
        try:
            yield cost
        finally:
            cost.wall = time.perf_counter() - wall
            cost.here = time.process_time() - here
            cost.server = self.server_cpu() - server
            cost.wal = self.wal() - wal
            cost.peak = peak()

    def server_cpu(self) -> float:
        """The CPU seconds that PostgreSQL has used so far."""
        if self.postmaster is None:
            return 0.0
        first = psutil.Process(self.postmaster)
        times = first.cpu_times()
        total = times.user + times.system + times.children_user + times.children_system
        for child in first.children():
            try:
                times = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return float(total)

    def wal(self) -> int:
        """The bytes of write-ahead log so far."""
        if self.postmaster is None:
            return 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
            return int(cursor.fetchone()[0])


def forget_peak() -> None:
    """The peak of memory starts from what is used now, where the system allows that."""
    if os.access(PEAK, os.W_OK):
        PEAK.write_text("5")


def peak() -> int:
    """The most memory that this process has held since `forget_peak`, in bytes; 0 where nobody counts it."""
    if not STATUS.exists():
        return 0
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
