"""Bringing scores up to date: batch by batch, the same way for one account and for a million."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from math import inf

from django.conf import settings
from django.db import OperationalError, connection, transaction

from crm.models import Company, Employer, Fit
from crm.models.fit import ENGINE
from personas.models import Ruleset
from personas.publishing import NoRuleset, active_ruleset
from personas.rules.scoring import Scorer
from personas.rules.stored_result import StoredResult

from . import rollout, titles
from .classify import CELLS, IDS, Classifier, Scope, Span
from .contacts import People, Settled
from .dialect import clear, give_way, is_in_the_way, is_too_slow, postgresql
from .due import due
from .failures import FAULTS, record_failures
from .lanes import errors_reported, lane_of_its_own, tally, visit
from .marks import adopt
from .ripples import spread
from .statistics import refresh_statistics
from .temporary import analyze, insert_rows, use_memory
from .write import Writer, Written

logger = logging.getLogger(__name__)

FIRST_BATCH = 1_000
LEAST_BATCH = 100
LONGEST_WRITE = 1.0
MANY_ACCOUNTS = 500

scorers: dict[tuple[str, date], Scorer] = {}
kept = threading.local()


def scorer_for(ruleset: Ruleset, at: date) -> Scorer:
    """The ruleset made ready to score on the day `at`; made once a process and day."""
    key = (ruleset.content_hash, at)
    if key not in scorers:
        if len(scorers) >= 4:
            scorers.clear()
        scorers[key] = Scorer(ruleset.document(), at)
    return scorers[key]


class Run:
    """Scoring by one ruleset on one day, over any number of batches, on one connection."""

    def __init__(self, ruleset: Ruleset, at: datetime) -> None:
        self.ruleset = ruleset
        self.day = at.date()
        self.scorer = scorer_for(ruleset, self.day)
        self.classifier = Classifier(self.scorer)
        self.writer = Writer(self.scorer, ruleset.number, ENGINE)
        self.people = People(ruleset, ENGINE, self.day)
        self.write_seconds = 0.0

    def open(self) -> None:
        self.classifier.open()
        self.writer.open()

    def close(self) -> None:
        self.people.close()
        self.writer.close()
        self.classifier.close()

    def reopen(self) -> None:
        """Nothing is left of a batch that failed."""
        self.close()
        self.open()

    def match_names(self) -> None:
        """Every member that any account may have is matched; for a walk over many of them."""
        self.classifier.match_names()
        self.people.match_names()

    def span(self, span: Span, at: datetime) -> Written:
        """The accounts of this span of ids are up to date; returns what was done."""
        return self.batch(span, None, at)

    def listed(self, ids: Sequence[int], at: datetime) -> Written:
        """The companies with these ids are up to date; returns what was done."""
        return self.batch(Scope(), ids, at)

    def batch(self, scope: Scope, ids: Sequence[int] | None, at: datetime) -> Written:
        """The accounts in `scope` are up to date; returns what was done.

        What is read is one snapshot; what is written is one transaction, and
        never over a result that is newer than that snapshot. Accounts with
        people whose points are not right come second (crm.scoring.contacts).
        """
        self.write_seconds = 0.0
        done = self.finish(at) if self.look(scope, ids) else Written()
        return done + self.after_people(at) if self.people.moved else done

    def finish(self, at: datetime) -> Written:
        """What is at hand is scored and written; returns what was done."""
        results, failed = self.results(at)
        return self.store(results, at) + Written(failed=failed)

    def after_people(self, at: datetime) -> Written:
        """The accounts whose people have other points than before are up to date; returns what was done."""
        failed = self.people.score(at)
        started = time.monotonic()
        self.people.write()
        self.write_seconds += time.monotonic() - started
        with snapshot():
            use_memory()
            self.classifier.scope = Settled()
            found = self.classifier.classify(ruleset=self.ruleset.number, engine=ENGINE)
        return (self.finish(at) if found else Written()) + Written(failed=failed)

    def look(self, scope: Scope, ids: Sequence[int] | None, *, everything: bool = False) -> int:
        """How many accounts in `scope` are not up to date; scoring_cells holds them as they stand in one snapshot.

        Those with people whose points are not right are left out, for later.
        With `everything` all accounts are there.
        """
        with snapshot():
            use_memory()
            if ids is not None:
                clear(IDS)
                insert_rows(IDS, ((each,) for each in ids))
                analyze(IDS)
            moved = self.people.look(scope, everything=everything)
            if ids is not None and moved == len(ids) and not everything:
                return 0
            self.classifier.scope = scope if everything else self.people.unmoved(scope)
            return self.classifier.classify(ruleset=self.ruleset.number, engine=ENGINE, everything=everything)

    def results(self, at: datetime) -> tuple[list[tuple[str, StoredResult]], int]:
        """The result of each distinct text of cells at hand, and how many accounts have none.

        Those say why, and are at hand no longer.
        """
        results, failed = [], 0
        for text in self.texts():
            try:
                results.append((text, self.result(text)))
            except FAULTS as error:
                failed += self.put_aside(text, error, at)
        return results, failed

    def texts(self) -> list[str]:
        """The distinct texts of cells at hand."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT cells FROM {CELLS}")
            return [text for (text,) in cursor.fetchall()]

    def result(self, text: str) -> StoredResult:
        return self.scorer.stored(self.classifier.packing.cells(text))

    def put_aside(self, text: str, error: Exception, at: datetime) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT company_id, facts_rev FROM {CELLS} WHERE cells = %s", [text])
            seen = dict(cursor.fetchall())
            cursor.execute(f"DELETE FROM {CELLS} WHERE cells = %s", [text])
        return record_failures(seen, error, ruleset=self.ruleset.number, at=at)

    def store(self, results: Sequence[tuple[str, StoredResult]], at: datetime) -> Written:
        """What was found is written, in one transaction; returns what was done."""
        started = time.monotonic()
        with transaction.atomic():
            use_memory()
            give_way()
            self.writer.take(results)
            written = self.writer.write(at)
        self.write_seconds += time.monotonic() - started
        return written


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything read inside is of one moment, on both databases."""
    if connection.in_atomic_block or getattr(kept, "in_snapshot", False):
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
        kept.in_snapshot = True
        try:
            yield
        finally:
            kept.in_snapshot = False
            cursor.execute("COMMIT")


@contextmanager
def running(at: datetime, ruleset: Ruleset | None = None) -> Iterator[Run]:
    """A run of the active ruleset, or of `ruleset`; raises NoRuleset before the first publication.

    Its temporary tables stay with the connection for the next run by the same
    rules on the same day; after an error they are made anew.
    """
    ruleset = ruleset or active_ruleset()
    if connection.in_atomic_block:
        forget_run()
        run = Run(ruleset, at)
        run.open()
        yield run
        run.close()
        return
    connection.ensure_connection()
    run = kept_run(ruleset, at)
    try:
        yield run
    except BaseException:
        forget_run()
        raise


def kept_run(ruleset: Ruleset, at: datetime) -> Run:
    """The run that this connection has open, or a new one."""
    found: Run | None = getattr(kept, "run", None)
    if (
        found is not None
        and kept.session is connection.connection
        and (found.ruleset.number, found.ruleset.content_hash, found.day)
        == (ruleset.number, ruleset.content_hash, at.date())
    ):
        return found
    forget_run()
    run = Run(ruleset, at)
    run.open()
    kept.run, kept.session = run, connection.connection
    return run


def forget_run() -> None:
    """This connection has no run open, and no temporary tables of one."""
    found: Run | None = getattr(kept, "run", None)
    kept.run = None
    if found is not None and kept.session is connection.connection and connection.is_usable():
        found.close()
    kept.session = None


# Over everything


def rescore_all(
    *,
    at: datetime,
    progress: Callable[[int, Written], None] | None = None,
    batch: int = 0,
) -> Written:
    """Every account is up to date with the active ruleset; nothing is written where nothing differs.

    It looks at every account, whether its facts were marked as changed or not.
    `progress` is told after each batch how many accounts were looked at and
    what was done. Running it twice is the same as running it once.
    """
    size = batch or settings.SCORING_BATCH
    refresh_statistics()
    with running(at) as run:
        titles.catch_up(run.ruleset, seconds=inf)
        adopt()
        total = employers(run, size, at) + sweep(run, size, at, progress)
        # What was marked meanwhile, and accounts whose people work at one that has moved.
        spread()
        while ids := due(run.ruleset.number, at, limit=size):
            done = run.listed(ids, at)
            total += done
            if not done.seen:
                break
            spread()
    forget_run()
    return total


def employers(run: Run, size: int, at: datetime) -> Written:
    """The accounts whose segment is a fact of others are up to date, before those others are looked at."""
    total = Written()
    ids = list(
        Employer.objects.filter(company__isnull=False, employments__kind="day_job")
        .order_by("company")
        .values_list("company", flat=True)
        .distinct()
    )
    for start in range(0, len(ids), size):
        total += run.listed(ids[start : start + size], at)
    spread()
    return total


def sweep(run: Run, size: int, at: datetime, progress: Callable[[int, Written], None] | None) -> Written:
    """One walk over all accounts, in the order of their ids."""
    total, last = Written(), 0
    run.match_names()
    while True:
        ids = list(Company.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[size - 1 : size])
        top = ids[0] if ids else Company.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        if top <= last:
            return total
        done = run.span(Span(last, top), at)
        total += done
        if progress:
            progress(size if ids else Company.objects.filter(pk__gt=last, pk__lte=top).count(), done)
        last = top


# Some accounts


def rescore(companies: Sequence[int], *, at: datetime) -> Written:
    """The companies with these ids are up to date with the active ruleset."""
    with running(at) as run:
        titles.catch_up(run.ruleset, only_new=True)
        return score(run, sorted(set(companies)), at)


def score(run: Run, ids: Sequence[int], at: datetime) -> Written:
    """These companies are up to date, or say why not: one that fails does not hold up the others.

    Where somebody is in the way nothing is done, and they stay stale.
    """
    try:
        return run.listed(ids, at)
    except FAULTS as error:
        return divided(run, ids, at, error)
    except OperationalError as error:
        if is_too_slow(error):
            return divided(run, ids, at, error)
        if not is_in_the_way(error):
            raise
        run.reopen()
        return Written()


def divided(run: Run, ids: Sequence[int], at: datetime, error: Exception) -> Written:
    """The same in two halves; a single account says what is wrong with it."""
    run.reopen()
    if len(ids) > 1:
        middle = len(ids) // 2
        return score(run, ids[:middle], at) + score(run, ids[middle:], at)
    seen = dict(Fit.objects.filter(pk__in=ids).values_list("pk", "facts_rev"))
    logger.warning("account not scored company=%s error=%s", ids[0], type(error).__name__)
    return Written(failed=record_failures(seen, error, ruleset=run.ruleset.number, at=at))


# What is due


class Pace:
    """How many accounts to take at once, so that nobody waits longer for a lock than LONGEST_WRITE seconds."""

    def __init__(self) -> None:
        self.size = min(FIRST_BATCH, settings.SCORING_BATCH)

    def learn(self, accounts: int, seconds: float) -> None:
        """The next batch is as large as this one showed to be fitting; twice as large at most."""
        if accounts and seconds > 0:
            fitting = int(accounts * LONGEST_WRITE / seconds)
            self.size = max(
                min(fitting, 2 * self.size, settings.SCORING_BATCH), min(LEAST_BATCH, settings.SCORING_BATCH)
            )


def drain(*, lane: int, lanes: int, at: datetime, until: Callable[[], bool]) -> Written:
    """Bring stale accounts of one lane up to date until none is left or `until` says so.

    Running it twice, or two at once, is the same as running it once. Returns
    how many accounts were looked at, how many results changed, and how many
    failed. The rules are those that are active when it begins.
    """
    total = Written()
    try:
        ruleset = active_ruleset()
    except NoRuleset:
        return total
    with lane_of_its_own(lane) as mine, errors_reported(lane):
        if not mine:
            return total
        pace = Pace()
        in_the_way: set[int] = set()
        while not until() and (ids := next_batch(ruleset, at, lane, lanes, pace.size, in_the_way)):
            visit([lane])
            if not total.seen:
                rollout.begin(ruleset, at)
            started = time.monotonic()
            with running(at, ruleset) as run:
                if len(ids) >= MANY_ACCOUNTS:
                    run.match_names()
                    if total.seen:  # and more than a handful: worth looking at the tables first
                        refresh_statistics()
                done = score(run, ids, at)
                pace.learn(len(ids), run.write_seconds)
            tally(lane, done, time.monotonic() - started)
            total += done
            if not done.seen + done.failed:
                in_the_way.update(ids)
    rollout.finish(ruleset, at)
    return total


def next_batch(ruleset: Ruleset, at: datetime, lane: int, lanes: int, size: int, without: set[int]) -> list[int]:
    """The next accounts of the lane to score; none when other rules were published meanwhile, or titles come first."""
    if not Ruleset.objects.active().filter(number=ruleset.number).exists() or not titles.catch_up(ruleset):
        return []
    spread()
    ids = due(ruleset.number, at, lane=lane, lanes=lanes, limit=size + len(without), employers=not without)
    return [each for each in ids if each not in without][:size]
