"""How old the scores are that people see: one answer for pages, health checks, metrics and integrations."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

from crm.broker import reachable
from crm.models import ImportRun, Lane, Rollout
from crm.models.fit import ENGINE

from . import titles
from .dialect import postgresql
from .reasons import Rolling, Situation, Why, reason_for

HEARTBEAT = timedelta(seconds=20)
"""A worker that has not been seen for so long is gone; it beats every 5 seconds."""
LANE_ERROR = timedelta(seconds=15)
IMPORT_BEAT = timedelta(seconds=60)
AUDIT_DAYS = 7

# Counting a large backlog takes a while. What was counted is used again for this many times as long.
COUNT_SHARE = 10
COUNT_KEPT_SECONDS = 2.0
COUNT_IS_CHEAP_SECONDS = 0.05


@dataclass(frozen=True)
class Freshness:
    """How old the stored scores are, at the moment `at` of the database's clock.

    Every fact and rule in force at `as_of` is in the scores; it is `at` when
    nothing waits. `waiting` counts the accounts whose score is older than
    their facts, the rules or the clock; `failing` are those of them whose last
    try failed, mostly for the reason `failure`. `ripples_since` is since when a
    change of what accounts share waits to be followed to them. `rate` is in accounts a second.
    `eta_seconds` is None when nobody can say. `broker_since` is None when the
    broker answers, is not needed, or `broker_down` is all that is known.
    """

    at: datetime
    as_of: datetime
    ruleset: int | None
    waiting: int
    failing: int
    failure: str
    rate: float | None
    eta_seconds: float | None
    reason: Why | None
    rollout: Rolling | None
    worker_at: datetime | None
    broker_down: bool
    broker_since: datetime | None
    audit_wrong: int
    ripples_since: datetime | None = None
    titles_since: datetime | None = None

    @property
    def behind(self) -> bool:
        """Whether any account has a score that is older than what is known."""
        return self.waiting > 0

    @property
    def lag_seconds(self) -> float:
        """How long the oldest change has waited that is not in the scores; 0 when none waits."""
        return (self.at - self.as_of).total_seconds()

    @property
    def only_failing(self) -> bool:
        """Whether all accounts that wait do so because they fail; the others are up to date then."""
        return 0 < self.waiting <= self.failing

    @property
    def worker_gone(self) -> bool:
        """Whether no worker has looked after any account lately."""
        return self.worker_at is None or self.at - self.worker_at > HEARTBEAT


@dataclass(frozen=True)
class Live:
    """What is read anew each time, all by index: whether anything waits, and since when."""

    at: datetime
    ruleset: int | None
    published_at: datetime | None
    stale_since: datetime | None
    ripples_since: datetime | None
    review_at: datetime | None
    rules_since: datetime | None
    engine_behind: bool
    worker_at: datetime | None
    rollout_at: datetime | None
    outage_at: datetime | None
    audit_wrong: int
    titles_behind: bool

    @property
    def as_of(self) -> datetime:
        """The oldest moment at which something changed that a stored score has not seen; `at` when there is none."""
        since = [self.stale_since, self.ripples_since, self.rules_since, self.engine_since, self.titles_since]
        if self.review_at and self.review_at <= self.at:
            since.append(self.review_at)
        return min([self.at, *(each for each in since if each)])

    @property
    def engine_since(self) -> datetime | None:
        """When a program that scores differently took over: nobody notes it, so the last that is known from before."""
        if not self.engine_behind:
            return None
        return self.rollout_at or self.worker_at or self.published_at

    @property
    def titles_since(self) -> datetime | None:
        """Since when job titles wait at the most: when a worker last looked, none did."""
        if not self.titles_behind:
            return None
        return self.worker_at or self.published_at

    @property
    def behind(self) -> bool:
        review = self.review_at is not None and self.review_at <= self.at
        since = (self.stale_since, self.ripples_since, self.rules_since)
        return review or self.engine_behind or self.titles_behind or any(each is not None for each in since)


@dataclass(frozen=True)
class Counts:
    """How many accounts wait: behind the rules, and in all; how many of them fail, and why most of them do."""

    by_rules: int
    waiting: int
    failing: int
    failure: str


def freshness() -> Freshness:
    """How old the stored scores are now, by the clock of the database.

    That something waits, and since when, is never remembered from before.
    Raises django.db.Error when the database does not answer.
    """
    live = read_live()
    lanes = list(Lane.objects.all())
    worker_at = live.worker_at
    gone = worker_at is None or live.at - worker_at > HEARTBEAT
    broker_down = live.outage_at is not None
    counts = Counts(0, 0, 0, "")
    rollout = None
    reason = None
    rate = rate_of(lanes, live.at)
    if live.behind:
        counts = count(live.ruleset or 0, live.at)
        rollout = rolling(live, counts)
        if gone and not broker_down and settings.REDIS_URL:
            broker_down = not reachable()
    if live.behind or live.ruleset is None:
        reason = reason_for(
            Situation(
                at=live.at,
                ruleset=live.ruleset,
                waiting=counts.waiting,
                failing=counts.failing,
                failure=counts.failure,
                worker_at=worker_at,
                worker_gone=gone,
                unvisited=unvisited(lanes, live),
                lane_error=lane_error(lanes, live.at),
                titles=live.titles_behind,
                rollout=rollout,
                imports=importing(live.at) if rollout is None else None,
            )
        )
    return Freshness(
        at=live.at,
        as_of=live.as_of,
        ruleset=live.ruleset,
        waiting=counts.waiting,
        failing=counts.failing,
        failure=counts.failure,
        rate=rate,
        eta_seconds=eta(counts, rate, rollout) if reason and not gone and live.ruleset else None,
        reason=reason,
        rollout=rollout,
        worker_at=worker_at,
        broker_down=broker_down,
        broker_since=live.outage_at,
        audit_wrong=live.audit_wrong,
        ripples_since=live.ripples_since,
        titles_since=live.titles_since,
    )


# What is read each time


def read_live() -> Live:
    """What waits and since when, in one statement."""
    # An account that was never scored says in stale_since how long it waits: it cannot be older than itself.
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH active AS (SELECT number, published_at FROM personas_ruleset WHERE active),
            behind AS (
                SELECT (SELECT MIN(scored_ruleset) FROM crm_fit WHERE scored_engine = {ENGINE}
                        AND scored_ruleset < (SELECT number FROM active)) AS ruleset,
                    (SELECT scored_ruleset FROM crm_fit WHERE scored_engine >= 1 AND scored_engine < {ENGINE}
                        ORDER BY scored_engine, scored_ruleset LIMIT 1) AS engine_ruleset)
            SELECT {clock()},
                (SELECT number FROM active),
                (SELECT published_at FROM active),
                (SELECT MIN(stale_since) FROM crm_fit WHERE stale_since IS NOT NULL),
                {ripples_since()},
                (SELECT MIN(review_at) FROM crm_fit WHERE review_at IS NOT NULL),
                (SELECT MIN(published_at) FROM personas_ruleset
                    WHERE number > behind.ruleset OR number > behind.engine_ruleset),
                behind.engine_ruleset,
                (SELECT MAX(visited_at) FROM crm_lane),
                (SELECT started_at FROM crm_rollout WHERE ruleset = (SELECT number FROM active)
                    AND finished_at IS NULL),
                (SELECT MIN(began_at) FROM crm_brokeroutage WHERE ended_at IS NULL),
                (SELECT SUM(wrong) FROM crm_audit WHERE day > %s),
                (SELECT content_hash FROM personas_ruleset WHERE active),
                EXISTS (SELECT 1 FROM crm_jobtitle t WHERE t.matched_with IS NULL
                    AND EXISTS (SELECT 1 FROM crm_contact p WHERE p.title_id = t.id)),
                (SELECT MIN(matched_with) FROM crm_jobtitle),
                (SELECT MAX(matched_with) FROM crm_jobtitle)
            FROM behind""",
            [connection.ops.adapt_datefield_value(datetime.now(UTC).date() - timedelta(days=AUDIT_DAYS))],
        )
        row = cursor.fetchone()
    return Live(
        at=aware(row[0]),
        ruleset=row[1],
        published_at=moment(row[2]),
        stale_since=moment(row[3]),
        ripples_since=moment(row[4]),
        review_at=moment(row[5]),
        rules_since=moment(row[6]),
        engine_behind=row[7] is not None,
        worker_at=moment(row[8]),
        rollout_at=moment(row[9]),
        outage_at=moment(row[10]),
        audit_wrong=int(row[11] or 0),
        titles_behind=row[1] is not None and (bool(row[13]) or titles.are_behind(row[1], row[12], row[14], row[15])),
    )


def ripples_since() -> str:
    """Since when a change waits to be followed to its accounts, in SQL; on SQLite none ever does."""
    return "(SELECT MIN(since) FROM crm_ripple)" if postgresql() else "NULL"


def clock() -> str:
    """Now by the clock of the database, in SQL; not the beginning of the transaction."""
    return "clock_timestamp()" if postgresql() else "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"


def database_time() -> datetime:
    """Now, by the clock of the database."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {clock()}", [])
        return aware(cursor.fetchone()[0])


def moment(value: datetime | str | None) -> datetime | None:
    """A moment as either database gives it, None where it gives none."""
    return None if value is None else aware(value)


def aware(value: datetime | str) -> datetime:
    """A moment as either database gives it: SQLite has text in UTC."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# What is counted, and remembered for a moment where counting is dear


@dataclass
class Remembered:
    """The last counts of this process, and until when they will do."""

    counts: Counts
    ruleset: int
    until: float


remembered: list[Remembered] = []


def count(ruleset: int, at: datetime) -> Counts:
    """How many accounts wait; at least one, for it was seen that one does."""
    started = time.monotonic()
    for last in remembered:
        if last.ruleset == ruleset and started < last.until:
            return last.counts
    counts = count_anew(ruleset, at)
    spent = time.monotonic() - started
    remembered.clear()
    if spent > COUNT_IS_CHEAP_SECONDS:
        kept = COUNT_KEPT_SECONDS + COUNT_SHARE * spent
        remembered.append(Remembered(counts, ruleset, time.monotonic() + kept))
    return counts


def count_anew(ruleset: int, at: datetime) -> Counts:
    current = f"scored_engine = {ENGINE} AND scored_ruleset >= %(ruleset)s"
    failing = "retry_at IS NOT NULL AND (failed_ruleset IS NULL OR failed_ruleset >= %(ruleset)s)"
    values = {"ruleset": ruleset, "at": connection.ops.adapt_datetimefield_value(at)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT
                (SELECT COUNT(*) FROM crm_fit WHERE scored_engine < {ENGINE})
                    + (SELECT COUNT(*) FROM crm_fit WHERE scored_engine = {ENGINE} AND scored_ruleset < %(ruleset)s),
                (SELECT COUNT(*) FROM crm_fit WHERE stale_since IS NOT NULL AND {current}),
                (SELECT COUNT(*) FROM crm_fit WHERE review_at <= %(at)s AND stale_since IS NULL AND {current}),
                (SELECT COUNT(*) FROM crm_fit WHERE {failing})""",
            values,
        )
        by_rules, edited, due, failed = cursor.fetchone()
        failure = ""
        if failed:
            cursor.execute(
                f"SELECT failure FROM crm_fit WHERE {failing} GROUP BY failure ORDER BY COUNT(*) DESC, failure LIMIT 1",
                values,
            )
            row = cursor.fetchone()
            failure = str(row[0] or "") if row else ""
    waiting = max(1, by_rules + edited + due)
    return Counts(by_rules, waiting, min(failed, waiting), failure)


# Who works, and on what


def unvisited(lanes: Sequence[Lane], live: Live) -> list[int]:
    """The lanes that nobody looks after, though others are.

    Fewer workers than lanes take turns, 20 seconds each, so a lane may wait its turn.
    """
    patience = HEARTBEAT * (settings.SCORING_LANES + 1)
    seen = {lane.number: lane.visited_at for lane in lanes}
    found = []
    for number in range(settings.SCORING_LANES):
        visited = seen.get(number)
        if live.at - (visited or live.as_of) > patience:
            found.append(number)
    return found


def lane_error(lanes: Sequence[Lane], at: datetime) -> str:
    """What the last run of a lane stumbled over; empty when that was long ago or never."""
    errors = [
        (lane.error_at, lane.error)
        for lane in lanes
        if lane.error and lane.error_at and at - lane.error_at <= LANE_ERROR
    ]
    return max(errors)[1] if errors else ""


def rate_of(lanes: Sequence[Lane], at: datetime) -> float | None:
    """Accounts a second that the workers do together; None when that is not known.

    A lane's rate was taken while it was drained, and fewer workers than lanes take turns.
    """
    live = [lane for lane in lanes if lane.visited_at and at - lane.visited_at <= HEARTBEAT]
    rates = [lane.rate for lane in live if lane.rate]
    workers = len({lane.worker for lane in live})
    return sum(rates) / len(rates) * workers if rates else None


def rolling(live: Live, counts: Counts) -> Rolling | None:
    """The active ruleset on its way to the accounts; None when it has arrived everywhere."""
    if live.ruleset is None or live.published_at is None or not counts.by_rules:
        return None
    row = Rollout.objects.select_related("paused_by").filter(ruleset=live.ruleset).first()
    if live.rules_since is None and not live.engine_behind and (row is None or row.finished_at):
        return None  # only accounts that are new
    of = max(row.accounts if row else 0, counts.by_rules)
    by = row.paused_by if row else None
    return Rolling(
        ruleset=live.ruleset,
        published_at=live.published_at,
        done=of - counts.by_rules,
        of=of,
        paused_at=row.paused_at if row else None,
        paused_by=(by.get_full_name() or by.get_username()) if by else "",
    )


def importing(at: datetime) -> ImportRun | None:
    """The import that runs now, if one does."""
    return ImportRun.objects.filter(finished_at=None, beat_at__gte=at - IMPORT_BEAT).order_by("-beat_at").first()


def eta(counts: Counts, rate: float | None, rollout: Rolling | None) -> float | None:
    """Seconds until all that can be scored is; None when nobody can say."""
    left = counts.waiting - counts.failing
    if not rate or left <= 0 or (rollout and rollout.paused_at):
        return None
    return left / rate
