"""What heals without a hand: each time an edit, a death, and the seconds until all is fresh again."""

import subprocess
import sys
from collections.abc import Callable

from .figures import Table
from .places import ROOT, Place, on_postgres, until

CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"""
STALLED = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT ''stalled''' AND state = 'idle in transaction'"
EDIT = "UPDATE crm_company SET founded = 1990 + (founded + 1) % 30 WHERE id % 3 = 0 RETURNING id"
MOST_SECONDS = 60.0


def healing(companies: int = 100) -> Table:
    """The seconds until all is fresh after each kind of death, with Celery and with the worker without a broker."""
    table = Table("Heals without a hand (seconds from the end of the fault until all is fresh)")
    with on_postgres(companies) as place:
        place.start_celery("worker")
        place.start_beat()
        judge_faults(place, table, "Celery")
        place.stop("worker", "beat")
        place.start_loop()
        judge_faults(place, table, "loop")
        place.stop("loop")
        killed_in_mid_batch(place)
        table.judge("loop: worker killed in mid-batch", f"{heals(place):.1f}", right=place.stale() == 0)
        verdict = place.told("judge", str(place.folder))
        table.none("wrong at rest", verdict["wrong"], f"{verdict['accounts']} accounts")
        for example in verdict["examples"]:
            table.judge("  such as", example, right=False)
    return table


def heals(place: Place) -> float:
    return place.until_fresh(MOST_SECONDS)


def judge_faults(place: Place, table: Table, worker: str) -> None:
    """The seconds until all is fresh again after each of the faults."""
    place.until_fresh()
    for what, fault in FAULTS.items():
        fault(place)
        table.judge(f"{worker}: {what}", f"{heals(place):.1f}", right=place.stale() == 0)


def edit(place: Place) -> None:
    """A third of the companies have changed, and nobody has been told."""
    assert place.rows(EDIT)


def postgres_restarts(place: Place) -> None:
    assert place.postgres is not None
    edit(place)
    place.postgres.crash()
    place.postgres.start_again()
    edit(place)


def connections_die(place: Place) -> None:
    place.rows(CUT)
    edit(place)


def killed_before_the_bell(place: Place) -> None:
    """A process of the web server is killed after COMMIT and before it could call anyone."""
    before = place.rows("SELECT sum(facts_rev) FROM crm_fit")
    command = [sys.executable, "-m", "tests.chaos.program", "clerk", "die"]
    done = subprocess.run(command, cwd=ROOT, env=place.environment, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 9
    assert place.rows("SELECT sum(facts_rev) FROM crm_fit") != before


def redis_forgets(place: Place) -> None:
    assert place.redis is not None
    place.redis.crash()
    edit(place)
    place.redis.start_again()


def killed_in_mid_batch(place: Place) -> None:
    """A worker is killed with its batch written and not committed; another one starts."""
    sick = place.start_own("sick", "sick", "stalling")
    edit(place)
    until(lambda: place.rows(STALLED)[0][0] > 0, "the worker is in the midst of a batch")
    sick.kill()
    assert place.stale() > 0
    place.start_loop()


FAULTS: dict[str, Callable[[Place], None]] = {
    "PostgreSQL stops at once and comes back": postgres_restarts,
    "all connections die": connections_die,
    "killed between COMMIT and the bell": killed_before_the_bell,
    "Redis comes back empty": redis_forgets,
}
