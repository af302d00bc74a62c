"""From an edit to a fresh score: through Celery, through the loop, and what the marks cost."""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from crm.models import Company, Fit
from crm.scoring import marks, rollout
from crm.tasks import wake
from embedded.child import Child
from embedded.redis import Redis

from .one_each import app, score_one

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60.0
LONG_PATIENCE_SECONDS = 3_600.0
GLANCE_SECONDS = 0.001
LOOK_SECONDS = 0.05
SAVES = 200
BULK = 20_000
OPTIONS = ["--pool", "prefork", "--concurrency", "1", "--without-gossip", "--without-mingle", "--loglevel", "ERROR"]


class Timeout(Exception):
    """What was waited for did not come."""


def until(done: Callable[[], bool], *, every: float, patience: float = PATIENCE_SECONDS) -> float:
    """Seconds until `done` says so, looking `every` so many."""
    started = time.perf_counter()
    while not done():
        if time.perf_counter() - started > patience:
            raise Timeout(f"nothing after {patience:.0f} s")
        time.sleep(every)
    return time.perf_counter() - started


# Workers


@contextmanager
def broker() -> Iterator[None]:
    """A Redis server that this process and its workers ring by."""
    with Redis() as server:
        use_broker(server.url(0))
        try:
            yield
        finally:
            use_broker("")


def use_broker(url: str) -> None:
    os.environ["REDIS_URL"] = settings.REDIS_URL = url
    app.conf.update(broker_url=url)


@contextmanager
def celery_workers(number: int) -> Iterator[None]:
    """So many Celery workers with one process each; beat is not running, so only bells count."""
    command = [sys.executable, "-W", "ignore", "-m", "celery", "-A", "config", "worker"]
    options = ["--include", "tests.benchmarks.one_each", *OPTIONS]
    with programs([[*command, *options, "--hostname", f"bench{place}@%h"] for place in range(number)]):
        until(lambda: len(app.control.ping(timeout=1) or []) == number, every=0.1)
        yield


@contextmanager
def loops(number: int) -> Iterator[None]:
    """So many scoring workers without a broker."""
    with programs([[sys.executable, "manage.py", "scoring_worker"]] * number):
        time.sleep(3)
        yield


@contextmanager
def programs(commands: Sequence[Sequence[str]]) -> Iterator[None]:
    log = Path(os.environ.get("BENCH_LOG") or os.devnull)
    with ExitStack() as running:
        for command in commands:
            child = Child(command[-1], command, log=log, environment=os.environ, folder=ROOT)
            running.callback(child.stop)
        yield


# What is measured


def execute(sql: str, parameters: Sequence[int] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))


def edit(ids: Sequence[int], employees: int) -> None:
    """These companies have so many employees: one statement, committed."""
    marks_ = ", ".join(["%s"] * len(ids))
    execute(
        f"UPDATE crm_company SET employees_low = %s, employees_high = %s WHERE id IN ({marks_})",
        [employees, employees, *ids],
    )


def fresh(ids: Sequence[int]) -> bool:
    return not Fit.objects.filter(pk__in=ids, stale_since__isnull=False).exists()


def nothing_waits() -> bool:
    return not Fit.objects.filter(stale_since__isnull=False).exists()


def latencies(ids: Sequence[int], *, ring: bool) -> list[float]:
    """Seconds from the commit of one edit to its fresh score, one account after the other."""
    out = []
    for place, company in enumerate(ids):
        edit([company], 40 + place % 2 * 400)
        started = time.perf_counter()
        if ring:
            wake()
        until(lambda company=company: fresh([company]), every=GLANCE_SECONDS)  # type: ignore[misc]
        out.append(time.perf_counter() - started)
        time.sleep(0.02)
    return out


def in_one_go(ids: Sequence[int], employees: int) -> float:
    """Seconds from an edit of all these to fresh scores, rung for once."""
    edit(ids, employees)
    started = time.perf_counter()
    wake()
    until(lambda: fresh(ids), every=LOOK_SECONDS / 10)
    return time.perf_counter() - started


def as_one_task_each(ids: Sequence[int], employees: int) -> float:
    """The same with a task for each account."""
    edit(ids, employees)
    wanted = dict(Fit.objects.filter(pk__in=ids).values_list("pk", "facts_rev"))
    started = time.perf_counter()
    for company in ids:
        score_one.delay(company)

    def seen() -> bool:
        # A segment that moves marks others, and no task is sent for those.
        there = Fit.objects.filter(pk__in=ids).values_list("pk", "scored_facts_rev")
        return all(revision >= wanted[company] for company, revision in there)

    until(seen, every=LOOK_SECONDS, patience=600)
    return time.perf_counter() - started


def rolled_out(ruleset: int) -> float:
    """Seconds until every account shows the new rules, rung for now and by nobody else."""
    started = time.perf_counter()
    wake()
    until(lambda: not rollout.any_remaining(ruleset), every=LOOK_SECONDS, patience=LONG_PATIENCE_SECONDS)
    return time.perf_counter() - started


def percentile(values: Sequence[float], share: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def save_each(ids: Sequence[int]) -> None:
    """Each of these companies is saved with another size."""
    for company in Company.objects.filter(pk__in=ids).order_by("pk"):
        company.employees_low = company.employees_high = 50 if company.employees_low != 50 else 51
        company.save()


def update_many(companies: int) -> None:
    """The first so many companies have another size, by one statement."""
    execute(
        "UPDATE crm_company SET employees_low = COALESCE(employees_high, 0) + 1,"
        " employees_high = COALESCE(employees_high, 0) + 1 WHERE id <= %s",
        [companies],
    )


@contextmanager
def without_marks() -> Iterator[None]:
    """Inside nothing is marked."""
    marks.remove()
    try:
        yield
    finally:
        marks.replace_triggers()
