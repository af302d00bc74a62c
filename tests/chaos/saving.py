"""Saving with a broker that fails: nothing fails with it, and nobody waits."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from embedded.redis import Redis
from tests.brokers import refusing, silent, unanswered

from .figures import Table, seconds
from .places import ROOT, Place, on_postgres

SAVES = 10
MOST_ADDED = 0.8


class Sitting:
    """One process of the web server: some saves, then something happens, then the saves that count."""

    def __init__(self, place: Place, broker: str, *, before: int) -> None:
        command = [sys.executable, "-m", "tests.chaos.program", "clerk", "times", str(before), str(SAVES)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=place.environment | {"REDIS_URL": broker},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        if before:
            self.process.stdout.readline()

    def times(self) -> tuple[list[float], list[str]]:
        """How long each save took, and what went wrong."""
        said, _ = self.process.communicate("go on\n", timeout=120)
        told = json.loads(said.splitlines()[-1])
        return told["seconds"], told["errors"]


def saving() -> Table:
    """Ten saves in a row in a fresh process, for each way in which a broker can fail, against a healthy one."""
    table = Table(f"Saving {SAVES} times in a row in a fresh process (seconds each; added against a healthy broker)")
    with on_postgres(20) as place:
        assert place.redis is not None
        healthy = place.redis.url(0)
        usual, _ = Sitting(place, healthy, before=0).times()
        usual_later, _ = Sitting(place, healthy, before=3).times()
        table.note("healthy", seconds(usual))
        for name, broker in (("refused", refusing()), ("silent", silent()), ("unanswered", unanswered())):
            with broker as address:
                judge(table, f"{name} from the start", *Sitting(place, address, before=0).times(), usual)
        for name in ("frozen", "refused"):
            sitting = Sitting(place, healthy, before=3)
            with broken(place.redis, name):
                judge(table, f"{name} after three saves", *sitting.times(), usual_later)
    return table


@contextmanager
def broken(redis: Redis, name: str) -> Iterator[None]:
    """Inside, Redis stands still, or is gone."""
    if name == "frozen":
        redis.child.freeze()
        yield
        redis.child.thaw()
    else:
        redis.crash()
        yield
        redis.start_again()


def judge(table: Table, name: str, times: list[float], errors: list[str], usual: list[float]) -> None:
    """Nothing failed; one save in these ten seconds took longer at most, and by MOST_ADDED at most."""
    added = [each - before for each, before in zip(times, usual, strict=True)]
    slow = sum(each > MOST_ADDED / 2 for each in added)
    table.judge(name, f"{seconds(times)} added at most {max(added):.2f}", right=max(added) <= MOST_ADDED and slow <= 1)
    table.judge("  failed", errors[:2] or 0, right=not errors)
