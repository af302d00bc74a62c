"""The storm: three writers use every write path while everything around them dies again and again.

Its last act is an outage in which the last edits are made: nobody is there to
hear of them, and the broker comes back knowing nothing.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import psutil

from embedded.postgres import Postgres
from embedded.redis import Redis

from .figures import Table
from .journal import WRITERS, last_moment
from .places import Place, lines, on_postgres, until

WORKERS = ("worker1", "worker2")
KILL_EVERY = 3.0


class Storm:
    """Breaks things, in an order that the seed gives, and counts how often."""

    def __init__(self, place: Place, postgres: Postgres, redis: Redis, seed: int) -> None:
        self.place = place
        self.postgres = postgres
        self.redis = redis
        self.rng = Random(seed)
        self.counted: Counter[str] = Counter()

    def acts(self, *, short: bool) -> list[tuple[float, Callable[[], None]]]:
        """What is broken, and after which share of the time."""
        if short:
            return [(0.1, self.publish), (0.4, self.crash_postgres), (0.7, self.freeze_redis)]
        return [
            (0.10, self.freeze_redis),
            (0.25, self.crash_postgres),
            (0.35, self.refuse),
            (0.45, self.publish),
            (0.47, self.crash_postgres),
            (0.60, self.cut_connections),
            (0.70, self.empty_redis),
            (0.80, self.crash_postgres),
            (0.90, self.freeze_redis),
        ]

    def rage(self, seconds: float, acts: list[tuple[float, Callable[[], None]]]) -> None:
        """All these acts are over, and workers were killed all the time, for so many seconds at least."""
        began = time.monotonic()
        next_kill = began + KILL_EVERY / 2
        while acts or time.monotonic() < began + seconds:
            if acts and time.monotonic() >= began + acts[0][0] * seconds:
                acts.pop(0)[1]()
            if time.monotonic() >= next_kill:
                self.kill_a_worker()
                next_kill = time.monotonic() + self.rng.uniform(0.5, 1.5) * KILL_EVERY
            time.sleep(0.05)

    def kill_a_worker(self) -> None:
        """SIGKILL for a worker with all its processes, or its first process alone, or one that works for it."""
        name = self.rng.choice(WORKERS)
        process = self.place.programs[name].process.pid
        way = self.rng.choice(("all", "first", "one"))
        children = [child.pid for child in psutil.Process(process).children()] if psutil.pid_exists(process) else []
        if way == "one" and children:
            with suppress(ProcessLookupError):
                os.kill(self.rng.choice(children), signal.SIGKILL)
        else:
            if way == "first":
                os.kill(process, signal.SIGKILL)
                time.sleep(0.2)
            self.place.start_celery(name)
        self.counted["workers killed"] += 1

    def crash_postgres(self) -> None:
        """PostgreSQL stops at once and comes back."""
        self.postgres.crash()
        time.sleep(self.rng.uniform(0.2, 1.0))
        self.postgres.start_again()
        self.counted["PostgreSQL stopped at once"] += 1

    def cut_connections(self) -> None:
        """Every connection to PostgreSQL is dead."""
        self.place.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        self.counted["connections cut"] += 1

    def freeze_redis(self) -> None:
        """Redis stands still for a while."""
        self.redis.child.freeze()
        time.sleep(2)
        self.redis.child.thaw()
        self.counted["Redis frozen"] += 1

    def refuse(self) -> None:
        """Nobody listens at the port of Redis for a while; what comes back is empty."""
        self.redis.crash()
        time.sleep(2)
        self.redis.start_again()
        self.counted["Redis refused"] += 1

    def empty_redis(self) -> None:
        """Redis has forgotten everything."""
        self.redis.crash()
        self.redis.start_again()
        self.counted["Redis came back empty"] += 1

    def publish(self) -> None:
        """Another ruleset is active."""
        self.place.told("publishing", "second")
        self.counted["rulesets published"] += 1

    def end_in_an_outage(self) -> None:
        """Workers and Redis are gone, the last edits are made then, and what comes back has heard of none."""
        self.redis.crash()
        for name in WORKERS:
            self.place.programs[name].kill()
        time.sleep(1)
        for number in range(WRITERS):
            self.place.programs[f"writer{number}"].process.send_signal(signal.SIGTERM)
        for number in range(WRITERS):
            writer = self.place.programs[f"writer{number}"]
            if writer.process.wait(60):
                raise writer.ended()
        self.redis.start_again()
        for name in WORKERS:
            self.place.start_celery(name)


def storm(seconds: float, seed: int, companies: int = 300, *, short: bool = False) -> Table:
    """What stands after it; a `short` one breaks less and does not wait for calm before it begins."""
    table = Table(f"Storm: {seconds:.0f} s, seed {seed}, three writers on {companies} companies")
    with on_postgres(companies) as place:
        assert place.postgres is not None
        assert place.redis is not None
        weather = Storm(place, place.postgres, place.redis, seed)
        for name in WORKERS:
            place.start_celery(name)
        place.start_beat()
        if not short:
            table.note("seconds until all were scored first", f"{place.until_fresh():.1f}")
        for number in range(WRITERS):
            place.start_own(f"writer{number}", "writers", str(number), str(seed), str(place.folder))
        until(lambda: len(list(place.folder.glob("writer*.journal"))) == WRITERS, "all writers are at work")
        weather.rage(seconds, weather.acts(short=short))
        weather.end_in_an_outage()
        place.until_fresh()
        journals = sorted(place.folder.glob("*.journal"))
        table.note("seconds from the last write to fresh", f"{time.time() - last_moment(journals):.1f}")
        for what, times in sorted(weather.counted.items()):
            table.note(what, times)
        note_writers(place, table)
        note_verdict(place, table)
        table.note("deadlocks in PostgreSQL", place.rows("SELECT sum(deadlocks) FROM pg_stat_database")[0][0])
    return table


def note_writers(place: Place, table: Table) -> None:
    """What the writers did, what was refused to them, and what should not have been."""
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    faults: list[str] = []
    for number in range(WRITERS):
        told: Any = lines(place.log(f"writer{number}"))[-1]
        done.update(told["done"])
        refused.update(told["refused"])
        faults += told["faults"]
    for path, times in sorted(done.items()):
        table.judge(f"  by {path}", f"{times:,}", right=times > 0)
    for what, times in sorted(refused.items()):
        table.note(f"  not acknowledged: {what}", f"{times:,}")
    table.judge("saves that failed though the database was there", faults[:3] or 0, right=not faults)


def note_verdict(place: Place, table: Table) -> None:
    """What the judge found."""
    verdict: Any = place.told("judge", str(place.folder))
    table.none("wrong at rest", verdict["wrong"], f"{verdict['accounts']:,} accounts")
    audited = place.rows("SELECT COALESCE(sum(wrong), 0), COALESCE(sum(looked), 0) FROM crm_audit")[0]
    table.none("wrong before, mended by the audit", int(audited[0]), f"{int(audited[1]):,} looked at")
    table.none("people with wrong points", verdict["misjudged"], f"{verdict['people']:,} people")
    table.none("stale at rest", verdict["stale"])
    table.none("acknowledged edits lost", verdict["lost"], f"{verdict['edits']:,} values")
    table.none("breaks in the history", verdict["broken"], f"{verdict['changes']:,} changes")
    table.none("changes missing in the outbox", verdict["untold"])
    for example in verdict["examples"]:
        table.judge("  such as", example, right=False)
