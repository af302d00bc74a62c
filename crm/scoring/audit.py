"""The audit: fresh results worked out again, a few a minute, so that a change that nobody marked is found."""

import logging
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from crm.models import (
    Audit,
    ContactFit,
    Fit,
    IdempotentCall,
    Outbox,
    PersonaChange,
    WebhookDelivery,
    WebhookSubscription,
)
from crm.models.fit import ENGINE
from personas.publishing import NoRuleset
from personas.rules.stored_result import StoredResult

from . import marks
from .classify import CELLS, Scope
from .dialect import differs
from .drain import Run, running, snapshot
from .failures import FAULTS
from .write import FIT_COLUMNS, RESULTS, SCORE_COLUMNS, SCORES

logger = logging.getLogger(__name__)

ACCOUNTS = 50
MOST_ORPHANS = 10_000
MOST_FORGOTTEN = 500
KEPT_IDS = 20
CALLS_KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Audited:
    """How many fresh results were worked out again, which were wrong, and how many companies had no fit."""

    looked: int = 0
    wrong: tuple[int, ...] = ()
    orphans: int = 0


def audit(at: datetime, accounts: int = ACCOUNTS) -> Audited:
    """Fresh results are worked out again; those that are wrong are marked, so that the drain mends them.

    Companies without a fit get one. What was found is counted by day. The
    outbox loses what no webhook has asked for in OUTBOX_DAYS; an Idempotency-Key
    is forgotten after a day, and what webhooks sent after WEBHOOK_LOG_DAYS.
    """
    orphans = marks.adopt(MOST_ORPHANS)
    forget(at)
    looked, wrong = 0, tuple[int, ...]()
    with suppress(NoRuleset), running(at) as run:
        looked, wrong = compare(run, sample(run.ruleset.number, at, accounts))
    if wrong:
        logger.error("audit found wrong results companies=%s", ",".join(map(str, wrong[:KEPT_IDS])))
        marks.mark(wrong)
    keep(Audited(looked, wrong, orphans), at)
    return Audited(looked, wrong, orphans)


def forget(at: datetime) -> None:
    """What nobody waits for any more is gone: of the outbox only while no webhook listens."""
    if not WebhookSubscription.objects.listening().exists():
        Outbox.objects.filter(at__lt=at - timedelta(days=settings.OUTBOX_DAYS)).delete()
        PersonaChange.objects.all().delete()
    IdempotentCall.objects.filter(at__lt=at - CALLS_KEPT).delete()
    forget_deliveries(at)


def forget_deliveries(at: datetime) -> None:
    """The log of webhooks lost what is too old, a batch at a time.

    What has waited for so long is given up first, and says so for as long again: nothing goes unseen.
    """
    limit = at - timedelta(days=settings.WEBHOOK_LOG_DAYS)
    old = WebhookDelivery.objects.filter(created_at__lt=limit).order_by("created_at")
    waited = dict(old.waiting().filter(next_try_at__lt=limit).values_list("pk", "subscription")[:MOST_FORGOTTEN])
    if waited:
        with transaction.atomic():
            # First the subscriptions, then what goes to them: so does everybody.
            hooks = WebhookSubscription.objects.filter(pk__in=set(waited.values()))
            list(hooks.order_by("pk").select_for_update(of=("self",), no_key=True))
            WebhookDelivery.objects.waiting().filter(pk__in=waited, next_try_at__lt=limit).update(
                state=WebhookDelivery.State.FAILED,
                finished_at=at,
                next_try_at=None,
                leased_until=None,
                error=f"It waited for {settings.WEBHOOK_LOG_DAYS} days and was given up.",
            )
        logger.warning("webhook deliveries given up count=%d", len(waited))
    ids = list(old.filter(finished_at__lt=limit).values_list("pk", flat=True)[:MOST_FORGOTTEN])
    WebhookDelivery.objects.filter(pk__in=ids).delete()


def sample(ruleset: int, at: datetime, accounts: int) -> list[int]:
    """Some companies whose result is said to be up to date: neighbours by id, from anywhere."""
    fresh = Fit.objects.filter(stale_since=None, scored_ruleset=ruleset, scored_engine=ENGINE).exclude(
        review_at__lte=at
    )
    last = Fit.objects.order_by("-pk").values_list("pk", flat=True).first()
    if last is None:
        return []
    start = random.randint(0, last)  # noqa: S311 - a sample, no secret
    ids = list(fresh.filter(pk__gte=start).order_by("pk").values_list("pk", flat=True)[:accounts])
    if len(ids) < accounts:
        ids += fresh.filter(pk__lt=start).order_by("pk").values_list("pk", flat=True)[: accounts - len(ids)]
    return sorted(ids)


def compare(run: Run, ids: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """How many of these were fresh when looked at, and those whose stored result is not what the rules say.

    Facts and results are read in one snapshot, so an edit meanwhile is no error.
    """
    if not ids:
        return 0, ()
    with snapshot():
        run.look(Scope(), ids, everything=True)
        with connection.cursor() as cursor:
            # What was marked since the sample was taken is the drain's.
            cursor.execute(
                f"""DELETE FROM {CELLS} WHERE EXISTS (SELECT 1 FROM crm_fit f WHERE f.company_id = {CELLS}.company_id
                    AND (f.stale_since IS NOT NULL OR f.scored_ruleset <> {run.ruleset.number}))"""
            )
            cursor.execute(f"SELECT COUNT(*) FROM {CELLS}")
            looked = int(cursor.fetchone()[0])
        run.writer.take(results_of(run))
        wrong = different_fits(run) | different_scores(run)
        people = run.people.wrong()
    # Without its ContactFit a contact is to be scored, whatever its cells.
    ContactFit.objects.filter(pk__in=[contact for contact, _ in people]).delete()
    return looked, tuple(sorted(wrong | {company for _, company in people}))


def results_of(run: Run) -> Iterator[tuple[str, StoredResult]]:
    """The results of what is at hand; what cannot be scored has none, and so counts as wrong."""
    for text in run.texts():
        try:
            yield text, run.result(text)
        except FAULTS as error:
            logger.warning("audit could not score cells=%s error=%s", text, type(error).__name__)


def different_fits(run: Run) -> set[int]:
    """The companies at hand whose fit does not say what was found."""
    wanted = {column: f"r.{column}" for column in FIT_COLUMNS} | run.writer.in_force()
    moved = " OR ".join(differs(f"f.{column}", found) for column, found in wanted.items())
    return companies(
        f"""SELECT x.company_id FROM {CELLS} x LEFT JOIN {RESULTS} r ON r.cells = x.cells
        JOIN crm_fit f ON f.company_id = x.company_id
        WHERE r.cells IS NULL OR {moved} OR {differs("f.cells", "x.cells")}
           OR {differs("f.review_at", "x.review_at")}"""
    )


def different_scores(run: Run) -> set[int]:
    """The companies at hand with a score that does not say what was found, or is missing."""
    moved = " OR ".join(differs(f"s.{column}", f"r.{column}") for column in SCORE_COLUMNS)
    return companies(
        f"""SELECT DISTINCT x.company_id FROM ({run.writer.scores()}) x JOIN {SCORES} r ON r.number = x.number
        LEFT JOIN crm_score s ON s.company_id = x.company_id AND s.profile_id = r.profile_id
        WHERE s.id IS NULL OR {moved}"""
    )


def companies(sql: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {int(key) for (key,) in cursor.fetchall()}


def keep(found: Audited, at: datetime) -> None:
    """The day's counters include what was found."""
    with transaction.atomic():
        Audit.objects.bulk_create([Audit(day=at.date())], ignore_conflicts=True)
        today = Audit.objects.filter(day=at.date())
        today.update(
            runs=F("runs") + 1,
            looked=F("looked") + found.looked,
            wrong=F("wrong") + len(found.wrong),
            orphans=F("orphans") + found.orphans,
            last_at=at,
        )
        if found.wrong:
            today.update(last_wrong_at=at, last_wrong=",".join(map(str, found.wrong[:KEPT_IDS])))
