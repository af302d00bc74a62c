"""One run of all paths, and its table."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from crm.models import Company, Fit, FitChange, Score
from crm.scoring.drain import rescore, rescore_all, scorers
from crm.scoring.simulate import simulate
from personas.presets import preset_text
from personas.publishing import active_ruleset, publish
from personas.rules.document import parse
from personas.rules.scoring import Scorer

from . import engine, evaluating, first_byte, orm_loop, paths, preview
from .fresh_run import FreshBench
from .meter import Cost, Meter
from .population import catch_up, populate, settle
from .table import Table, Target, say

ORM_SAMPLE = 500
ALONE = 50
EDITED = 1_000
RECORDS = 2_000
LINES = 20_000
MUSTS, ALL_LINES = "musts", "all lines"
REWORDED = (
    "when: {fact: employees, between: [5, 19]}, points: 10}",
    "when: {fact: employees, between: [5, 19]}, points: 11}",
)
MIB = 1024 * 1024


def forget_scorers() -> None:
    """The next run starts with nothing remembered, as a new process does."""
    scorers.clear()


def run(companies: int, postmaster: int | None) -> None:
    """Make the companies, take all paths, print the table."""
    call_command("migrate", verbosity=0)
    call_command("load_preset", verbosity=0)
    list_of_few = first_byte.look_at_few()
    started = time.perf_counter()
    made = populate(companies)
    catch_up()
    settle()
    say(
        f"{made.companies:,} companies, {made.investments:,} investments, {made.contacts:,} contacts with"
        f" {made.titles:,} titles on {connection.vendor}, made in {time.perf_counter() - started:.0f} s"
    )
    bench = Bench(companies, Meter(postmaster))
    for step in (
        bench.scan, bench.orm, bench.engine, bench.first, bench.bare, bench.sweep, bench.previewed, bench.changed,
        bench.republished, bench.edited, bench.lines,
    ):  # fmt: skip
        step()
    FreshBench(companies, bench.meter, bench.table).run()
    first_byte.compare(bench.table, list_of_few, first_byte.look(companies), companies)
    bench.end()


class Bench:
    """The steps of one run; each prints its lines."""

    def __init__(self, companies: int, meter: Meter) -> None:
        self.companies = companies
        self.meter = meter
        self.document = active_ruleset().document()
        self.scorer = Scorer(self.document, timezone.now().date())
        self.sample = [1 + place * (companies // ORM_SAMPLE) for place in range(ORM_SAMPLE)]
        self.table = Table()
        self.costs = meter.costs

    def timed(self, name: str, work: Callable[[], object]) -> Cost:
        with self.meter.measure(name) as cost:
            work()
        return cost

    def scan(self) -> None:
        paths.scan(self.scorer)  # once to warm the caches
        cost = self.timed("scan", lambda: paths.scan(self.scorer))
        self.table.line("scan of all that the rules read (the floor)", cost, self.companies, 1.0)

    def orm(self) -> None:
        cost = self.timed("orm", lambda: orm_loop.loop(self.sample, self.scorer))
        orm_loop.forget(self.sample)
        self.table.line(f"ORM loop, update_or_create (sample of {ORM_SAMPLE})", cost, ORM_SAMPLE)

    def engine(self) -> None:
        """The engine's part alone: records are read before."""
        try:
            decisions = {each: engine.decision(self.document, musts_only=each == MUSTS) for each in (MUSTS, ALL_LINES)}
        except engine.NotInstalled as error:
            say(f"{engine.ENGINE}: left out, {error}")
            return
        raw = [orm_loop.raw_facts(each) for each in Company.objects.filter(pk__in=self.sample)]
        keys = [fact.key for fact in self.scorer.facts()]
        records = list(engine.records({**dict.fromkeys(keys), **facts} for facts in raw)) * (RECORDS // ORM_SAMPLE)
        for name, decision in decisions.items():
            cost = self.timed(name, lambda decision=decision: engine.evaluate(decision, records))  # type: ignore[misc]
            self.table.line(f"{engine.ENGINE}, {name}, records at hand ({len(records):,})", cost, len(records))

    def faster(self, cost: Cost) -> None:
        """The lines that hold a full scoring against the loop and the engine."""
        orm = self.costs["orm"].cpu / ORM_SAMPLE * self.companies
        self.table.line("", cost, self.companies, orm / cost.cpu, "faster than ORM loop", Target(300, at_most=False))
        for name in (MUSTS, ALL_LINES):
            if name in self.costs:
                rate = self.costs[name].cpu / RECORDS * self.companies / cost.cpu
                self.table.line("", cost, self.companies, rate, f"faster, {name}", Target(20, at_most=False))

    def first(self) -> None:
        settle()
        forget_scorers()
        cost = self.timed("first", lambda: rescore_all(at=timezone.now()))
        self.table.line("first scoring", cost, self.companies, cost.cpu / self.costs["scan"].cpu, "scan")
        self.faster(cost)
        settle()

    def bare(self) -> None:
        """The rows that first scoring has written, written once more as they are."""
        paths.make_bare_tables()
        cost = self.timed("bare", paths.insert_bare)
        paths.drop_bare_tables()
        self.table.line("bare insert of the same rows", cost, self.companies, 1.0)
        first = self.costs["first"]
        self.table.line(
            "first scoring, again", first, self.companies, first.cpu / cost.cpu, "bare insert", Target(4)
        )  # fmt: skip

    def sweep(self) -> None:
        forget_scorers()
        cost = self.timed("sweep", lambda: rescore_all(at=timezone.now()))
        self.table.line(
            f"sweep, nothing changed ({cost.wal:,} bytes of WAL)",
            cost, self.companies, cost.cpu / self.costs["scan"].cpu, "scan", Target(3),
        )  # fmt: skip

    def previewed(self) -> None:
        """What drafts would do to every account; the scan is taken again beside them."""
        again = self.timed("scan again", lambda: paths.scan(self.scorer))
        for draft in preview.drafts():
            forget_scorers()
            cost = self.timed(draft.name, lambda draft=draft: simulate(draft.document, at=timezone.now()))  # type: ignore[misc]
            self.table.line(
                f"preview of a draft, {draft.name} ({cost.wal:,} bytes of WAL)",
                cost, self.companies, cost.cpu / again.cpu, "scan", Target(2.5),
            )  # fmt: skip

    def republished(self) -> None:
        """Other points in one line: every account is scored anew."""
        text = preset_text()
        if text == text.replace(*REWORDED, 1):
            raise LookupError(f"the preset no longer says {REWORDED[0]!r}")
        publish(parse(text.replace(*REWORDED, 1)))
        forget_scorers()
        before = FitChange.objects.count()
        cost = self.timed("republished", lambda: rescore_all(at=timezone.now()))
        changed = FitChange.objects.count() - before
        self.table.line(
            f"full scoring by new rules ({changed:,} changed)",
            cost, self.companies, cost.cpu / self.costs["scan"].cpu, "scan",
        )  # fmt: skip
        self.faster(cost)
        settle()

    def changed(self) -> None:
        changed = paths.change_one_percent()
        settle()
        forget_scorers()
        cost = self.timed("changed", lambda: rescore_all(at=timezone.now()))
        self.table.line(
            f"sweep, 1 % changed ({cost.wal / max(changed, 1):,.0f} bytes of WAL each)",
            cost, self.companies, cost.cpu / self.costs["sweep"].cpu, "nothing changed",
        )  # fmt: skip

    def edited(self) -> None:
        step = self.companies // EDITED
        ids = [1 + place * step for place in range(EDITED)]
        rescore(ids[:1], at=timezone.now())
        alone = self.timed("alone", lambda: paths.edit_one_by_one(ids[:ALONE]))
        together = self.timed("together", lambda: paths.edit_together(ids))
        self.table.line(f"edited accounts, a call each (sample of {ALONE})", alone, ALONE)
        self.table.line(
            f"{EDITED:,} edited accounts in one call", together, EDITED,
            alone.wall / ALONE * EDITED / together.wall, "a call each (wall)", Target(100, at_most=False),
        )  # fmt: skip

    def lines(self) -> None:
        for name, different in (("repeated", LINES // 100), ("mostly different", LINES)):
            given = evaluating.lines(LINES, different=different)
            scorer = Scorer(self.document, timezone.now().date() + timedelta(days=1))
            cost = self.timed(name, lambda given=given, scorer=scorer: evaluating.evaluate(scorer, given))  # type: ignore[misc]
            self.table.line(f"evaluate, {name} ({LINES / cost.wall:,.0f} lines a second)", cost, LINES)

    def end(self) -> None:
        """What is not a time."""
        say("")
        rows = [model._default_manager.count() for model in (Fit, Score, FitChange)]
        cells = Fit.objects.values("cells").distinct().count()
        peak = max(self.costs[name].peak for name in ("first", "sweep"))
        memory = "not counted here" if not peak else f"{peak / MIB:.0f} MiB (to reach: 300)"
        say(f"rows written: {rows[0]:,} fits, {rows[1]:,} scores, {rows[2]:,} changes; {cells:,} distinct cells")
        say(f"most memory of this process while scoring: {memory}")
        say(f"WAL of first scoring: {self.costs['first'].wal / self.companies:,.0f} bytes an account")
        say("not reached:" if self.table.missed else "everything reached")
        for each in self.table.missed:
            say(f"  {each}")
