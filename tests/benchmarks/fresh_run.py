"""The steps that measure freshness; each prints its lines."""

from collections.abc import Callable

from django.db import connection

from personas.presets import preset_text
from personas.publishing import publish
from personas.rules.document import parse

from . import fresh
from .meter import Meter
from .population import settle
from .table import Table, Target, say

EDITS = 100
EDITED = 1_000
QUIET_P95_MS = 150
LINE = "when: {fact: employees, between: [5, 19]}, points: 10}"


class FreshBench:
    """One run over `companies` accounts that are scored already."""

    def __init__(self, companies: int, meter: Meter, table: Table) -> None:
        self.companies = companies
        self.meter = meter
        self.table = table

    def run(self) -> None:
        say("")
        self.marks()
        self.loop()
        if connection.vendor == "postgresql":
            with fresh.broker():
                self.bells()
                self.rollouts()

    def spread(self, count: int, offset: int = 0) -> list[int]:
        """So many ids from everywhere."""
        step = self.companies // count
        return [1 + offset + place * step for place in range(count)]

    def marks(self) -> None:
        """What the triggers add to a save, and to an update of many."""
        bulk = min(fresh.BULK, self.companies)
        works: dict[str, tuple[int, Callable[[], None]]] = {
            f"{fresh.SAVES} saves": (fresh.SAVES, lambda: fresh.save_each(self.spread(fresh.SAVES))),
            f"an update of {bulk:,} rows": (bulk, lambda: fresh.update_many(bulk)),
        }
        for name, (count, work) in works.items():
            with fresh.without_marks():
                work()
                with self.meter.measure(f"{name} bare") as bare:
                    work()
            work()
            with self.meter.measure(name) as marked:
                work()
            self.table.line(f"{name}, nothing marked", bare, count, 1.0)
            self.table.line(f"{name}, marked", marked, count, marked.cpu / bare.cpu, "nothing marked")
        settle()

    def loop(self) -> None:
        with fresh.loops(1):
            fresh.until(lambda: fresh.nothing_waits(), every=0.2, patience=fresh.LONG_PATIENCE_SECONDS)
            self.tell("one edit to fresh, through the loop", fresh.latencies(self.spread(EDITS), ring=False))

    def bells(self) -> None:
        with fresh.celery_workers(1):
            fresh.in_one_go(self.spread(1), 30)  # the worker is warm
            seconds = fresh.latencies(self.spread(EDITS, 1), ring=True)
            self.tell("one edit to fresh, through Celery", seconds, target=QUIET_P95_MS)
            ids = self.spread(EDITED, 2)
            each = fresh.as_one_task_each(ids, 25)
            together = fresh.in_one_go(ids, 700)
        ratio = self.table.verdict(
            f"{EDITED:,} edits to fresh", "a task each", each / together, Target(100, at_most=False)
        )
        say(f"{EDITED:,} edits to fresh: {together:.2f} s; as a task each {each:.1f} s; {ratio}")

    def rollouts(self) -> None:
        """Publishing on every account, with one worker and with two."""
        seconds = []
        for workers in (1, 2):
            text = preset_text()
            changed = text.replace(LINE, LINE.replace("10}", f"{11 + workers}}}"), 1)
            if text == changed:
                raise LookupError(f"the preset no longer says {LINE!r}")
            settle()
            with fresh.celery_workers(workers):
                ruleset = publish(parse(changed))
                seconds.append(fresh.rolled_out(ruleset.number))
            rate = self.companies / seconds[-1]
            say(
                f"publish on {self.companies:,} accounts, {workers} workers: {seconds[-1]:.1f} s ({rate:,.0f} a second)"
            )
        ratio = self.table.verdict("publish, two workers", "one", seconds[0] / seconds[1], Target(1.6, at_most=False))
        say(f"publish, two workers against one: {ratio}")

    def tell(self, what: str, seconds: list[float], target: int | None = None) -> None:
        """The median and the 95th percentile in milliseconds."""
        median, late = (fresh.percentile(seconds, share) * 1_000 for share in (50, 95))
        verdict = ""
        if target is not None:
            verdict = f" (to reach on a quiet machine: {target} ms) {'yes' if late <= target else 'NO'}"
            if late > target:
                self.table.missed.append(f"{what} (p95)")
        say(f"{what}: {median:.0f} ms at the median, {late:.0f} ms at p95 of {len(seconds)}{verdict}")
