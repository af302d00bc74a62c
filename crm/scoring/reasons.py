"""Why scores are behind, in words: the first reason that applies."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings

from crm.models import ImportRun


class Code(StrEnum):
    """What is in the way, the first that applies."""

    NO_RULES = "no_rules"
    NO_WORKER = "no_worker"
    LANE_UNVISITED = "lane_unvisited"
    WORKER_STUMBLES = "worker_stumbles"
    FAILING = "failing"
    PAUSED = "paused"
    TITLES = "titles"
    ROLLOUT = "rollout"
    IMPORT = "import"
    BACKLOG = "backlog"


@dataclass(frozen=True)
class Why:
    """A reason: `sentence` for everyone, `detail` for who is signed in (names and texts of rules), `remedy` to do."""

    code: Code
    sentence: str
    detail: str = ""
    remedy: str = ""

    @property
    def heals(self) -> bool:
        """Whether nobody needs to do anything."""
        return self.code in (Code.TITLES, Code.ROLLOUT, Code.IMPORT, Code.BACKLOG)


@dataclass(frozen=True)
class Rolling:
    """A ruleset on its way: `done` of `of` accounts have it; `paused_at` None while it goes on."""

    ruleset: int
    published_at: datetime
    done: int
    of: int
    paused_at: datetime | None
    paused_by: str

    @property
    def percent(self) -> int:
        """How far it is, rounded down, so that 100 is all."""
        return self.done * 100 // self.of if self.of else 100


@dataclass(frozen=True)
class Situation:
    """All that the reason depends on."""

    at: datetime
    ruleset: int | None
    waiting: int
    failing: int
    failure: str
    worker_at: datetime | None
    worker_gone: bool
    unvisited: list[int]
    lane_error: str
    titles: bool
    rollout: Rolling | None
    imports: ImportRun | None


def reason_for(found: Situation) -> Why:
    """The first reason that applies."""
    at, rollout = found.at, found.rollout
    if found.ruleset is None:
        return Why(
            Code.NO_RULES,
            "No rules were published yet, so nothing can be scored.",
            remedy="Load the ones that come with the product: python manage.py load_preset",
        )
    if found.worker_gone:
        since = f"No worker since {clock(found.worker_at, at)}." if found.worker_at else "No worker has run yet."
        return Why(Code.NO_WORKER, since, remedy=start_one())
    if found.unvisited:
        lanes = ", ".join(map(str, found.unvisited))
        return Why(
            Code.LANE_UNVISITED,
            f"No worker looks after lane {lanes} of {settings.SCORING_LANES}.",
            remedy="SCORING_LANES must be the same for the web, workers and beat. Restart those with another value.",
        )
    if found.lane_error:
        return Why(
            Code.WORKER_STUMBLES,
            "The worker cannot go on.",
            detail=found.lane_error,
            remedy="It tries again by itself. Look at its log, or run: python manage.py doctor",
        )
    if 0 < found.waiting <= found.failing:
        return Why(
            Code.FAILING,
            f"{accounts(found.failing)} {'fails' if found.failing == 1 else 'fail'}.",
            detail=found.failure,
            remedy="Tried again by itself now and then, and as soon as a fact or the rules change.",
        )
    if rollout and rollout.paused_at:
        return Why(
            Code.PAUSED,
            f"Ruleset {rollout.ruleset} has been paused since {clock(rollout.paused_at, at)}, {progress(rollout)}.",
            detail=f"Paused by {rollout.paused_by}." if rollout.paused_by else "",
            remedy="Resume it on the page of the rollout, or run: python manage.py rollout resume",
        )
    if found.titles:
        return Why(
            Code.TITLES,
            f"Job titles are being matched by ruleset {found.ruleset}. The accounts of those that changed come next.",
        )
    if rollout:
        return Why(
            Code.ROLLOUT,
            f"Ruleset {rollout.ruleset} published {clock(rollout.published_at, at)}, {progress(rollout)}.",
        )
    if found.imports:
        return Why(Code.IMPORT, f"An import is running, {found.imports.rows:,} rows so far.", detail=found.imports.name)
    left = found.waiting - found.failing
    return Why(Code.BACKLOG, f"{accounts(left)} {'is' if left == 1 else 'are'} waiting.")


def start_one() -> str:
    """How to start a worker."""
    if settings.REDIS_URL:
        return "Start one: celery -A config worker and celery -A config beat, or python manage.py scoring_worker"
    return "Start one: python manage.py scoring_worker"


def progress(rollout: Rolling) -> str:
    return f"{rollout.done:,} of {rollout.of:,} done"


def accounts(number: int) -> str:
    return "1 account" if number == 1 else f"{number:,} accounts"


def clock(moment: datetime, at: datetime) -> str:
    """A moment in UTC, with the day unless it is the one of `at`."""
    return moment.strftime("%H:%M:%S UTC" if moment.date() == at.date() else "%-d %b %Y %H:%M UTC")


def span(seconds: float) -> str:
    """A length of time in its largest units: 3 s, 2 min, 1 h 5 min, 3 days."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{round(hours / 24)} days"
