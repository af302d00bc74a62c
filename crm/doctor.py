"""Everything that scoring depends on, looked at once: what was found, and what to do about it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import redis
from django.conf import settings
from django.core import checks
from django.db import Error, connection
from django.utils import timezone

from crm.installation import database_answers, missing_migrations
from crm.models import Lane, Rollout, WebhookSubscription
from crm.scoring import marks
from crm.scoring.freshness import HEARTBEAT, Freshness, database_time, freshness
from crm.scoring.reasons import clock, span, start_one
from crm.webhooks import triggers as telling
from personas.publishing import NoRuleset, active_ruleset

OLDEST_POSTGRESQL = 15
GIGABYTE = 1024**3
SKEW_SECONDS = 5.0
FAILING_FOR = timedelta(hours=1)
MOST_NAMED = 5
BROKER_SECONDS = 0.5
MIGRATE = "Run: python manage.py migrate"


class Level(StrEnum):
    """How bad it is: a fault keeps scores from being right or fresh, a warning may one day."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """What one check found; `remedy` says what to do, empty when nothing."""

    check: str
    level: Level
    found: str
    remedy: str = ""


def ok(check: str, found: str) -> Finding:
    return Finding(check, Level.OK, found)


def warning(check: str, found: str, remedy: str) -> Finding:
    return Finding(check, Level.WARNING, found, remedy)


def fault(check: str, found: str, remedy: str) -> Finding:
    return Finding(check, Level.FAULT, found, remedy)


def examine() -> Iterator[Finding]:
    """The findings of all checks. Those that need what is missing are left out."""
    yield from settings_in_use()
    yield from disk()
    yield from broker()
    if not database_answers():
        yield fault(
            "database",
            "It does not answer. Nothing that is stored in it was looked at.",
            "Start it, or correct DATABASE_URL. Everything goes on by itself when it is back.",
        )
        return
    yield from guarded(database)
    complete = list(guarded(migrations))
    yield from complete
    if all(each.level is Level.OK for each in complete):
        for check in (triggers, rules, workers, scores, audits, webhooks):
            yield from guarded(check)


def guarded(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What `check` finds, or that the database did not let it look."""
    try:
        yield from list(check())
    except Error as error:
        yield fault(
            check.__name__, f"Could not be looked at: {type(error).__name__}.", f"Is the database complete? {MIGRATE}"
        )


# What needs no database


def settings_in_use() -> Iterator[Finding]:
    """The kind of installation, and what Django itself finds wrong with it."""
    kind = "production" if settings.PRODUCTION else "development"
    found = f"{kind}, {'PostgreSQL' if settings.POSTGRESQL else 'SQLite'}, lanes {settings.SCORING_LANES}"
    try:
        said = checks.run_checks(include_deployment_checks=settings.PRODUCTION)
    except Error:
        said = []  # the database is looked at below
    bad = [each for each in said if each.level >= checks.WARNING and not each.is_silenced()]
    if not bad:
        yield ok("settings", found)
    for each in bad:
        make = fault if each.level >= checks.ERROR else warning
        yield make("settings", f"{each.id}: {' '.join(each.msg.split())}", " ".join((each.hint or "").split()))


def disk() -> Iterator[Finding]:
    """Room where this process writes: the SQLite file, or var."""
    name = connection.settings_dict["NAME"]
    folder = Path(name).parent if not settings.POSTGRESQL else settings.VAR
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    share = usage.free / usage.total
    found = f"{usage.free / GIGABYTE:.1f} GB free, {share:.0%}"
    what = "the database" if not settings.POSTGRESQL else "var"
    if usage.free < GIGABYTE / 2:
        yield fault("disk", f"{found}, where {what} is.", "Make room: a database that cannot write stops everything.")
    elif usage.free < 2 * GIGABYTE or share < 0.05:
        yield warning("disk", f"{found}, where {what} is.", "Make room.")
    else:
        yield ok("disk", f"{found}, where {what} is")


def broker() -> Iterator[Finding]:
    """Whether Redis answers, and keeps what it is given."""
    if not settings.REDIS_URL:
        yield ok("broker", "none set, and none needed: scoring_worker does the work")
        return
    address = settings.REDIS_URL.replace("redis+socket://", "unix://", 1)
    try:
        with redis.Redis.from_url(
            address, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS, decode_responses=True
        ) as client:
            client.ping()
            info = client.info()
    except (redis.RedisError, OSError, ValueError) as error:
        yield fault(
            "broker",
            f"Redis does not do what it should: {type(error).__name__}.",
            "Start it, or correct REDIS_URL. No change is lost; run python manage.py scoring_worker meanwhile.",
        )
        return
    policy = info.get("maxmemory_policy", "unknown")
    if policy not in ("noeviction", "unknown"):
        yield fault(
            "broker",
            f"Redis throws messages away when it is full (maxmemory-policy {policy}).",
            "Set maxmemory-policy to noeviction, and give caches a Redis of their own.",
        )
        return
    kept = "on" if info.get("aof_enabled") else "off, which loses bells only"
    yield ok("broker", f"Redis {info.get('redis_version')}, noeviction, append-only file {kept}")


# What is in the database


def database() -> Iterator[Finding]:
    """Its version, how it writes, and its clock."""
    if settings.POSTGRESQL:
        yield from postgresql()
    else:
        yield from sqlite()
    skew = (timezone.now() - database_time()).total_seconds()
    if abs(skew) > SKEW_SECONDS:
        yield warning(
            "clock",
            f"This host's clock is {span(abs(skew))} {'ahead of' if skew > 0 else 'behind'} the database's.",
            "Synchronise both with NTP: heartbeats and retries are told by them.",
        )


def postgresql() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), pg_size_pretty(pg_database_size(current_database()))")
        version, size = cursor.fetchone()
    if int(version.split(".")[0]) < OLDEST_POSTGRESQL:
        yield warning("database", f"PostgreSQL {version}", f"Upgrade it to {OLDEST_POSTGRESQL} or newer.")
    else:
        yield ok("database", f"PostgreSQL {version}, {size}")


def sqlite() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()")
        (version,) = cursor.fetchone()
        cursor.execute("PRAGMA journal_mode")
        (journal,) = cursor.fetchone()
        cursor.execute("PRAGMA synchronous")
        (synchronous,) = cursor.fetchone()
    if journal != "wal":
        yield fault(
            "database",
            f"SQLite {version} with journal_mode {journal}: readers and writers stop each other.",
            "Put the file on a local disk; WAL does not work on network drives.",
        )
    elif synchronous < 2:
        yield warning("database", f"SQLite {version}, synchronous {synchronous}", "Leave synchronous at FULL (2).")
    else:
        yield ok("database", f"SQLite {version}, WAL, synchronous FULL")


def migrations() -> Iterator[Finding]:
    """Whether the tables are those of this version."""
    missing = missing_migrations()
    if missing:
        yield fault("migrations", f"{len(missing)} missing, the first is {missing[0]}.", MIGRATE)
    else:
        yield ok("migrations", "all applied")


def triggers() -> Iterator[Finding]:
    """Whether every change to a fact is marked."""
    faults = marks.faults()
    if faults:
        more = f" And {len(faults) - 1} more." if len(faults) > 1 else ""
        yield fault(
            "triggers", f"{faults[0]}{more}", f"{MIGRATE}. It installs them and has every account scored again."
        )
    else:
        yield ok("triggers", "all in place")


def rules() -> Iterator[Finding]:
    """Whether there are rules to score by."""
    try:
        ruleset = active_ruleset()
    except NoRuleset:
        yield fault("rules", "None were published.", "Load those of the product: python manage.py load_preset")
        return
    at = timezone.now()
    yield ok("rules", f"ruleset {ruleset.number}, published {clock(ruleset.published_at, at)}")


def workers() -> Iterator[Finding]:
    """Who looks after each lane, and when they last did."""
    at = timezone.now()
    lanes = {lane.number: lane for lane in Lane.objects.all()}
    beats = [lane.visited_at for lane in lanes.values() if lane.visited_at]
    newest = max(beats, default=None)
    if newest is None or at - newest > HEARTBEAT:
        since = f"None since {clock(newest, at)}." if newest else "None has run yet."
        yield fault("workers", since, start_one())
        return
    late = []
    for number in range(settings.SCORING_LANES):
        visited = lanes[number].visited_at if number in lanes else None
        if visited is None or at - visited > HEARTBEAT * (settings.SCORING_LANES + 1):
            late.append(str(number))
    if late:
        yield fault(
            "workers",
            f"Nobody looks after lane {', '.join(late)} of {settings.SCORING_LANES}.",
            "Give every process the same SCORING_LANES, and restart those that have another.",
        )
    beyond = [
        str(number)
        for number, lane in lanes.items()
        if number >= settings.SCORING_LANES and lane.visited_at and at - lane.visited_at <= HEARTBEAT
    ]
    if beyond:
        yield warning(
            "workers",
            f"Somebody works in lane {', '.join(beyond)}, and here SCORING_LANES is {settings.SCORING_LANES}.",
            "Give every process the same SCORING_LANES.",
        )
    if not late and not beyond:
        names = {lane.worker for lane in lanes.values() if lane.visited_at and at - lane.visited_at <= HEARTBEAT}
        count = "1 is" if len(names) == 1 else f"{len(names)} are"
        yield ok("workers", f"{count} at work, last seen {span((at - newest).total_seconds())} ago")


def scores() -> Iterator[Finding]:
    """How old they are, and what is in the way."""
    found = freshness()
    reason = found.reason
    if not found.behind:
        yield ok("scores", "up to date")
    elif found.lag_seconds > settings.SCORING_LAG_LIMIT_SECONDS:
        said = reason.sentence if reason else ""
        yield fault("scores", f"Behind for {span(found.lag_seconds)}. {said}", reason.remedy if reason else "")
    else:
        eta = f", done in {span(found.eta_seconds)}" if found.eta_seconds is not None else ""
        yield ok("scores", f"{found.waiting:,} waiting for {span(found.lag_seconds)}{eta}")
    if found.failing:
        yield failing(found)
    for rollout in Rollout.objects.filter(ruleset=found.ruleset or 0, paused_at__isnull=False, finished_at=None):
        yield warning(
            "rollout",
            f"Ruleset {rollout.ruleset} is paused: accounts whose facts do not change keep their old score.",
            "Resume it on its page in the admin.",
        )
    if found.broker_down and settings.REDIS_URL:
        since = f" since {clock(found.broker_since, found.at)}" if found.broker_since else ""
        yield warning("bells", f"They could not be sent{since}.", "See broker. Until then work begins later.")


def failing(found: Freshness) -> Finding:
    count = "1 account" if found.failing == 1 else f"{found.failing:,} accounts"
    return warning(
        "failing",
        f"{count}, mostly: {found.failure or 'no reason is known'}",
        "They are tried again by themselves. The list of companies shows which, under Scoring: failing.",
    )


def audits() -> Iterator[Finding]:
    """Whether results that called themselves fresh were wrong."""
    wrong = freshness().audit_wrong
    if wrong:
        yield warning(
            "audit",
            f"{wrong:,} results of the last 7 days called themselves fresh and were wrong. They were repaired.",
            "Was something loaded with triggers off? If not, please report it. To be sure: python manage.py rescore",
        )
    else:
        yield ok("audit", "nothing wrong in the last 7 days")


def webhooks() -> Iterator[Finding]:
    """Whether what others asked to be told arrives."""
    if faults := telling.faults():
        yield fault("webhooks", f"{faults[0]} Not every event is told.", MIGRATE)
    off = list(WebhookSubscription.objects.in_trouble().values_list("name", "reason")[:MOST_NAMED])
    for name, reason in off:
        yield warning("webhooks", f"{name!r} does not send: {reason}", "Fix it, then switch it on, on its page.")
    at = timezone.now()
    failing = WebhookSubscription.objects.filter(
        state=WebhookSubscription.State.ACTIVE, failing_since__lte=at - FAILING_FOR
    )
    for hook in failing[:MOST_NAMED]:
        since = clock(hook.failing_since, at) if hook.failing_since else ""
        remedy = "Look at its deliveries in the admin, and send a test."
        yield warning("webhooks", f"Nothing has arrived at {hook.name!r} since {since}.", remedy)
    if not faults and not off and not failing.exists():
        count = WebhookSubscription.objects.listening().count()
        yield ok("webhooks", f"{count} in use" if count else "none in use")
