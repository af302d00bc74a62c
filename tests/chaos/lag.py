"""Lag and its reason: in each outage what is said must not be less than the truth, and the reason the true one."""

import time
from collections.abc import Mapping
from typing import Any

from .figures import Table
from .places import Place, lines, on_postgres, until
from .together import write_file

CLOCK_SECONDS = 0.1
"""Two clocks are compared: the one of the database and the one of the watch, on one machine."""
HOLD_SECONDS = 1.5
PATIENCE_SECONDS = 60.0
FINE = {"SCORING_BATCH": "1"}
SOME = "UPDATE crm_company SET founded = 1990 + (founded + 1) % 30 WHERE id <= 120 AND founded IS NOT NULL"
IN_BERLIN = "UPDATE crm_company SET city = 'Berlin' WHERE id = 1"
Sample = Mapping[str, Any]


class Watched:
    """A place with a watch over it, and what the watch says."""

    def __init__(self, place: Place, table: Table) -> None:
        self.place = place
        self.table = table
        self.probe()
        place.start_own("watch", "watch", str(place.folder))

    def probe(self, *, on: bool = True) -> None:
        """Whether the watch edits accounts of its own."""
        flag = self.place.folder / "probing"
        if on:
            flag.touch()
        else:
            flag.unlink(missing_ok=True)

    def samples(self, since: float = 0.0) -> list[Sample]:
        return [line for line in lines(self.place.folder / "watch.lines") if line["at"] >= since]

    def phase(self, what: str, reason: str, *, broker: bool | None = None, hold: float = HOLD_SECONDS) -> None:
        """This reason is shown in time, and then no other for `hold` seconds while anything waits.

        `broker` says whether the broker must be said to be away beside it, None that it does not matter.
        """
        began = time.time()
        try:
            until(lambda: self.shown(began, reason, broker), f"the reason is {reason}", PATIENCE_SECONDS)
        except AssertionError:
            seen = sorted({f"{each['reason']}, broker {each['broker']}" for each in self.samples(began)})
            self.table.judge(what, f"not {reason}: {'; '.join(seen)}", right=False)
            return
        time.sleep(hold)
        found = next(each for each in self.samples(began) if each["reason"] == reason)
        others = {each["reason"] for each in self.samples(found["at"]) if each["waiting"]} - {reason}
        said = f"{found['sentence']}{' Broker away.' if broker else ''}"
        self.table.judge(what, f"{said} Also: {', '.join(others)}" if others else said, right=not others)

    def shown(self, since: float, reason: str, broker: bool | None) -> bool:
        return any(each["reason"] == reason and broker in (None, each["broker"]) for each in self.samples(since))

    def fresh(self) -> None:
        """Nothing waits, and the watch has seen it."""
        self.probe(on=False)
        self.place.until_fresh()
        began = time.time()
        until(lambda: any(each["waiting"] == 0 for each in self.samples(began)), "it is said that nothing waits")
        self.probe()


def lag() -> Table:
    """What was said in each outage, and how often it was less than the truth."""
    table = Table("Lag: never less than the truth; the reason that is shown in each outage")
    with on_postgres(150) as place:
        assert place.redis is not None
        place.start_loop()
        place.until_fresh()
        watched = Watched(place, table)
        until(lambda: len(watched.samples()) > 20, "the watch has looked around")
        watched.fresh()
        slow_phases(watched)
        failing_phase(watched)
        import_phase(watched)
        broker_phase(watched)
        database_phase(watched)
        judge_lag(table, watched.samples())
    return table


def slow_phases(watched: Watched) -> None:
    """A worker that takes its time, so that each state can be seen."""
    place = watched.place
    place.stop("loop")
    place.start_own("slow", "sick", "slow", **FINE)
    place.rows(f"{SOME} RETURNING id")
    watched.phase("many edits", "backlog")
    watched.fresh()
    place.told("publishing", "second")
    watched.phase("a ruleset was published", "rollout")
    place.told("pausing", "pause")
    watched.phase("it was paused", "paused")
    place.told("pausing", "resume")
    watched.phase("it goes on", "rollout")
    watched.fresh()


def failing_phase(watched: Watched) -> None:
    """One account fails, and all others are fresh."""
    place = watched.place
    place.stop("slow")
    place.start_own("failing", "sick", "failing")
    watched.probe(on=False)
    place.rows(f"{IN_BERLIN} RETURNING id")
    watched.phase("an account fails", "failing")
    place.stop("failing")
    place.rows("UPDATE crm_company SET city = NULL WHERE id = 1 RETURNING id")
    place.start_loop()
    watched.fresh()


def import_phase(watched: Watched) -> None:
    """A file is imported, faster than the worker scores."""
    place = watched.place
    place.stop("loop")
    place.start_own("slow", "sick", "slow", **FINE)
    path = write_file(place.folder / "companies.csv", 0, rows=3_000)
    place.start("import", "manage.py", "import_companies", str(path))
    watched.phase("a file is imported", "import", hold=0.5)
    place.programs["import"].process.wait(120)
    place.stop("import", "slow")
    place.start_loop()
    watched.fresh()


def broker_phase(watched: Watched) -> None:
    """Celery without its broker cannot know of anything; then there is a broker and no worker."""
    place = watched.place
    assert place.redis is not None
    place.stop("loop")
    place.start_celery("worker")
    place.start_beat()
    watched.fresh()
    place.redis.crash()
    watched.phase("Redis refuses", "no_worker", broker=True)
    place.redis.start_again()
    watched.fresh()
    place.redis.child.freeze()
    watched.phase("Redis is frozen", "no_worker", broker=True)
    place.redis.child.thaw()
    watched.fresh()
    until(lambda: watched.samples()[-1]["broker"] is False, "it is said that the broker is back")
    watched.table.note("Redis is back", "nothing is said of the broker")
    place.programs.pop("worker").kill()
    place.programs.pop("beat").kill()
    watched.phase("the workers were killed", "no_worker", broker=False)
    place.start_loop()
    watched.fresh()


def database_phase(watched: Watched) -> None:
    """PostgreSQL stops at once and comes back."""
    place = watched.place
    assert place.postgres is not None
    place.postgres.crash()
    time.sleep(1)
    place.postgres.start_again()
    watched.fresh()
    watched.table.note("PostgreSQL is back", "it is said that nothing waits")


def judge_lag(table: Table, samples: list[Sample]) -> None:
    """Nothing that was said is less than the truth."""
    short = [each for each in samples if each["lag"] < each["truth"] - CLOCK_SECONDS]
    silent = [each for each in samples if each["waiting"] < each["unseen"] and each["truth"] > CLOCK_SECONDS]
    waited = [each for each in samples if each["unseen"]]
    table.judge("looked", f"{len(samples):,} times", right=len(samples) > 0)
    table.judge("  while an edit waited", f"{len(waited):,} times", right=len(waited) > 0)
    table.note("longest that an edit waited", f"{max((each['truth'] for each in samples), default=0):.1f} s")
    table.none("lag less than the truth", len(short))
    table.none("waiting less than the truth", len(silent))
    for each in (short + silent)[:3]:
        table.judge("  such as", str(dict(each)), right=False)
