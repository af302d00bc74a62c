"""Bringing scores up to date: batch by batch, the same way for one account and for a million."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from crm.models import Company, Employment, Fit
from crm.models.fit import ENGINE
from personas.models import Ruleset
from personas.publishing import NoRuleset, active_ruleset
from personas.rules.scoring import Scorer

from .classify import CELLS, IDS, Classifier, Scope, Span, analyze, insert_rows, use_memory
from .dialect import postgresql
from .statistics import refresh_statistics
from .write import Writer, Written

LANE_LOCK = 4_711

scorers: dict[tuple[str, date], Scorer] = {}


def scorer_for(ruleset: Ruleset, at: date) -> Scorer:
    """The ruleset made ready to score on the day `at`; made once a process and day."""
    key = (ruleset.content_hash, at)
    if key not in scorers:
        if len(scorers) >= 4:
            scorers.clear()
        scorers[key] = Scorer(ruleset.document(), at)
    return scorers[key]


class Run:
    """One run of the scorer over any number of batches, on one connection."""

    def __init__(self, ruleset: Ruleset, at: datetime) -> None:
        self.ruleset = ruleset
        self.at = at
        self.scorer = scorer_for(ruleset, at.date())
        self.classifier = Classifier(self.scorer)
        self.writer = Writer(self.scorer, ruleset.number, ENGINE)

    def open(self) -> None:
        self.classifier.open()
        self.writer.open()

    def close(self) -> None:
        self.writer.close()
        self.classifier.close()

    def span(self, span: Span) -> Written:
        """The accounts of this span of ids are up to date; returns what was done."""
        return self.batch(span)

    def listed(self, ids: list[int]) -> Written:
        """The companies with these ids are up to date; returns what was done."""
        return self.batch(Scope(), ids)

    def batch(self, scope: Scope, ids: list[int] | None = None) -> Written:
        """The accounts in `scope` are up to date; returns what was done.

        What is read is one snapshot; what is written is one transaction, and
        never over a result that is newer than that snapshot.
        """
        self.classifier.scope = scope
        with snapshot():
            use_memory()
            if ids is not None:
                with connection.cursor() as cursor:
                    cursor.execute(f"DELETE FROM {IDS}")
                insert_rows(IDS, ((each,) for each in ids))
                analyze(IDS)
            if not self.classifier.classify(ruleset=self.ruleset.number, engine=ENGINE):
                return Written()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT cells FROM {CELLS}")
            texts = [text for (text,) in cursor.fetchall()]
        packing = self.classifier.packing
        results = [(text, self.scorer.stored(packing.cells(text))) for text in texts]
        with transaction.atomic():
            use_memory()
            self.writer.take(results)
            return self.writer.write(self.at)


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything read inside is of one moment, on both databases."""
    if connection.in_atomic_block:
        yield
        return
    if postgresql():
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
        return
    # atomic() would take SQLite's one write lock; temporary tables do not need it.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("COMMIT")


@contextmanager
def running(at: datetime, ruleset: Ruleset | None = None) -> Iterator[Run]:
    """A run of the active ruleset, or of `ruleset`; raises NoRuleset before the first publication."""
    run = Run(ruleset or active_ruleset(), at)
    run.open()
    try:
        yield run
    finally:
        run.close()


def rescore_all(
    *,
    at: datetime,
    progress: Callable[[int, Written], None] | None = None,
    batch: int = 0,
    lane: int = 0,
    lanes: int = 1,
) -> Written:
    """Every account of the lane is up to date with the active ruleset; nothing is written where nothing differs.

    `progress` is told after each batch how many accounts were looked at and
    what was done. Running it twice is the same as running it once.
    """
    size = batch or settings.SCORING_BATCH
    refresh_statistics()
    with running(at) as run:
        total = sweep(run, size, lane, lanes, progress)
        if total.changed and "day_job_segments" in run.scorer.cuts:
            # Segments may have moved that bonuses of others read. No bonus moves a segment: once more is enough.
            ids = with_day_jobs(lane, lanes)
            for start in range(0, len(ids), size):
                total += run.listed(ids[start : start + size])
        return total


def sweep(run: Run, size: int, lane: int, lanes: int, progress: Callable[[int, Written], None] | None) -> Written:
    """One walk over the accounts of the lane, in the order of their ids."""
    total, last = Written(), 0
    run.classifier.match_names()
    while True:
        ids = list(Company.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[size - 1 : size])
        top = ids[0] if ids else Company.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        if top <= last:
            return total
        done = run.span(Span(last, top, lane, lanes))
        total += done
        if progress:
            progress(size if ids else Company.objects.filter(pk__gt=last, pk__lte=top).count(), done)
        last = top


def with_day_jobs(lane: int, lanes: int) -> list[int]:
    """The companies of the lane with a contact whose day job is known: those that read segments of others."""
    ours = Employment.objects.filter(kind="day_job", employer__company__isnull=False, contact__company__isnull=False)
    ids = ours.order_by("contact__company").values_list("contact__company", flat=True).distinct()
    return [each for each in ids if each % lanes == lane]


def rescore(companies: list[int], *, at: datetime) -> Written:
    """The companies with these ids are up to date with the active ruleset."""
    with running(at) as run:
        return run.listed(sorted(set(companies)))


def drain(*, lane: int, lanes: int, at: datetime, until: Callable[[], bool]) -> Written:
    """Bring stale accounts of one lane up to date until none is left or `until` says so.

    Running it twice, or two at once, is the same as running it once.
    """
    total = Written()
    try:
        ruleset = active_ruleset()
    except NoRuleset:
        return total
    refresh_statistics()
    with lane_of_its_own(lane) as mine, running(at, ruleset) as run:
        if not mine:
            return total
        while not until():
            ids = stale_ids(ruleset.number, lane, lanes, settings.SCORING_BATCH)
            if not ids:
                break
            done = run.listed(ids)
            total += done
            if not done.seen:
                break
    return total


@contextmanager
def lane_of_its_own(lane: int) -> Iterator[bool]:
    """Whether nobody else drains this lane now; on SQLite always, as it has one writer."""
    if not postgresql():
        yield True
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LANE_LOCK, lane])
        mine = bool(cursor.fetchone()[0])
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LANE_LOCK, lane])


def stale_ids(ruleset: int, lane: int, lanes: int, limit: int) -> list[int]:
    """Companies of this lane that were never scored, then those whose result is not up to date."""
    in_lane = Company.objects.annotate(lane=F("pk") % lanes).filter(lane=lane)
    new = list(in_lane.filter(fit=None).order_by("pk").values_list("pk", flat=True)[:limit])
    stale = Fit.objects.stale(ruleset).in_lane(lane, lanes).order_by("stale_since", "pk")
    return sorted(new + list(stale.values_list("pk", flat=True)[: limit - len(new)]))
