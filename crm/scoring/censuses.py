"""Censuses as they wait, go on in turns, and end; any worker can take the next turn.

What was counted is stored with the id it was counted up to, and only over a row that still ends where the count began.
So two workers at once, or one that comes back from the dead, count nothing twice.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from crm.models import Census, Company
from crm.models.census import CensusQuerySet
from personas.rules.document import Document, parse, to_json
from personas.rules.errors import RuleError

from .classify import Span
from .counting import Answers, Counting
from .failures import FAULTS

logger = logging.getLogger(__name__)

KEPT = 200


def find(document: Document) -> Census | None:
    """The census of what `document` asks, if it was asked for."""
    return Census.objects.filter(content_hash=document.content_hash()).first()


def ask(document: Document, *, at: datetime) -> Census:
    """A census that waits for a worker; one that waits or runs already goes on, one that has ended begins anew."""
    content_hash = document.content_hash()
    fresh = {
        "document": to_json(document),
        "state": Census.State.WAITING,
        "asked_at": at,
        "started_at": None,
        "finished_at": None,
        "beat_at": None,
        "last": 0,
        "looked": 0,
        "total": Company.objects.count(),
        "answers": [],
    }
    with transaction.atomic():
        found, made = Census.objects.get_or_create(content_hash=content_hash, defaults=fresh)
        if not made and Census.objects.exclude(pk__in=Census.objects.unfinished()).filter(pk=found.pk).update(**fresh):
            found.refresh_from_db()
        old = Census.objects.exclude(pk__in=Census.objects.unfinished()).values_list("pk", flat=True)
        Census.objects.filter(pk__in=list(old[KEPT:])).delete()
    return found


def any_to_take() -> bool:
    """Whether a census could go on now."""
    return Census.objects.to_take().exists()


def advance(until: Callable[[], bool]) -> bool:
    """The next census has come further, until it ends or `until` says so; whether there was one."""
    census = take()
    if census is None:
        return False
    try:
        go_on(census, until)
    except (RuleError, *FAULTS) as error:
        logger.warning("census failed census=%d error=%s", census.pk, type(error).__name__)
        Census.objects.unfinished().filter(pk=census.pk).update(
            state=Census.State.FAILED, finished_at=timezone.now(), beat_at=None
        )
    return True


def take() -> Census | None:
    """The census whose turn it is; None when there is none, or another worker was quicker."""
    found = Census.objects.to_take().values_list("pk", flat=True).first()
    if found is None or not Census.objects.to_take().filter(pk=found).order_by().update(
        state=Census.State.RUNNING, beat_at=Now()
    ):
        return None
    census = Census.objects.get(pk=found)
    if census.started_at is None:
        census.started_at = timezone.now()
        Census.objects.filter(pk=found, started_at=None).update(started_at=census.started_at)
    return census


def go_on(census: Census, until: Callable[[], bool]) -> None:
    """Batch after batch, until the end, `until`, or somebody else is at it."""
    with Counting(parse(census.document), census.as_of().date()) as counting:
        while True:
            top = next_top(census.last)
            if top <= census.last:
                mine(census).update(state=Census.State.DONE, finished_at=timezone.now(), beat_at=None)
                return
            found = counting.answers(Span(census.last, top), many=True)
            before = census.answers or [Answers() for _ in found]
            answers = [each.plus(old) for each, old in zip(found, before, strict=True)]
            looked = census.looked + (sum(found[0]) if found else 0)
            if not mine(census).update(last=top, answers=answers, looked=looked, beat_at=Now()):
                return
            census.last, census.answers, census.looked = top, answers, looked
            if until():
                mine(census).update(beat_at=None)
                return


def mine(census: Census) -> CensusQuerySet:
    """The row as long as nobody has taken it further or begun it anew."""
    return Census.objects.filter(
        pk=census.pk, state=Census.State.RUNNING, started_at=census.started_at, last=census.last
    )


def next_top(last: int) -> int:
    """The id up to which the next batch goes; `last` where no account is left."""
    ids = Company.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
    full = list(ids[settings.SCORING_BATCH - 1 : settings.SCORING_BATCH])
    return full[0] if full else (ids.reverse().first() or last)
