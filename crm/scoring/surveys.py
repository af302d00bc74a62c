"""Surveys as they fall due, are counted in turns, and end; any worker can take the next turn."""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Max, Sum
from django.db.models.functions import Now
from django.utils import timezone

from crm.models import Company, Contact, FactSource, FitChange, Lane, Survey
from crm.models.survey import SurveyQuerySet
from personas.models import Ruleset

from .classify import Span
from .dialect import is_too_slow
from .drain import snapshot
from .failures import FAULTS
from .survey_bands import BANDS
from .survey_coverage import COVERAGE
from .survey_movers import MOVERS
from .survey_personas import PERSONAS
from .survey_spans import Counts, Found, as_json, counted, end_of_span
from .survey_spans import Survey as Subject
from .survey_titles import TITLES
from .survey_worklist import WORKLIST
from .temporary import use_memory

logger = logging.getLogger(__name__)

REASON_LENGTH = 500
# Whether anything has changed is asked at most so often by one process.
LOOK_SECONDS = 30.0

SUBJECTS: Mapping[str, Subject] = {
    Survey.Subject.WORKLIST.value: WORKLIST,
    Survey.Subject.BANDS.value: BANDS,
    Survey.Subject.MOVERS.value: MOVERS,
    Survey.Subject.PERSONAS.value: PERSONAS,
    Survey.Subject.COVERAGE.value: COVERAGE,
    Survey.Subject.TITLES.value: TITLES,
}


class Looked:
    """When this process last looked whether the accounts have changed since they were counted."""

    at = -LOOK_SECONDS


def active() -> Ruleset | None:
    return Ruleset.objects.active().first()


# When


def ask(subjects: list[str], *, at: datetime) -> None:
    """These subjects are counted as soon as a worker has time; those that wait or are being counted are no more so."""
    Survey.objects.bulk_create([Survey(subject=each) for each in subjects], ignore_conflicts=True)
    Survey.objects.filter(subject__in=subjects, asked_at=None, started_at=None).update(
        asked_at=at, error="", failed_at=None
    )


def any_due(at: datetime) -> bool:
    """Whether a subject is to be counted now."""
    return next_due(at) is not None


def next_due(at: datetime) -> str | None:
    """The subject whose turn it is: one that has begun, else one that was asked for, else one that is out of date."""
    kept = {each.subject: each for each in Survey.objects.defer("found", "progress").all()}
    begun = {each.subject for each in kept.values() if each.started_at is not None}
    asked = [each for each in SUBJECTS if each in kept and kept[each].asked_at is not None]
    waiting = [each for each in SUBJECTS if each in begun] + asked
    if waiting:
        return waiting[0]
    if not settings.SURVEY_MINUTES or time.monotonic() - Looked.at < LOOK_SECONDS:
        return None
    Looked.at = time.monotonic()
    return next((each for each in SUBJECTS if is_out_of_date(kept.get(each), at)), None)


def is_out_of_date(survey: Survey | None, at: datetime) -> bool:
    """Whether nobody has counted this lately, and counting it again would find something else."""
    ruleset = active()
    if ruleset is None:
        return False
    if survey is None:
        return True
    latest = max((each for each in (survey.as_of, survey.failed_at) if each), default=None)
    if latest is not None and latest > at - timedelta(minutes=settings.SURVEY_MINUTES):
        return not survey.error and survey.ruleset != ruleset.number
    return survey.mark != mark_of(ruleset, at)


def mark_of(ruleset: Ruleset, at: datetime) -> str:
    """What differs once anything has changed that surveys count. It is read from ends of indexes and small tables.

    Ages and weeks change with the day.
    """
    lasts = [
        model.objects.aggregate(last=Max("pk"))["last"] or 0
        for model in (Company, Contact, FitChange, FactSource, Company.history.model, Contact.history.model)
    ]
    done = Lane.objects.aggregate(done=Sum("seen"))["done"] or 0
    return ".".join(str(each) for each in (at.date().isoformat(), ruleset.number, done, *lasts))


# Turns


def advance(until: Callable[[], bool]) -> bool:
    """The next subject has been counted further, until it ends or `until` says so; whether there was one.

    Any number may call this at once: one at a time goes on, and one whose
    worker has died goes on from its last span.
    """
    survey = take(timezone.now())
    if survey is None:
        return False
    try:
        go_on(survey, until)
    except FAULTS as error:
        fail(survey, error)
    except OperationalError as error:
        if not is_too_slow(error):
            raise
        fail(survey, error)
    return True


def take(at: datetime) -> Survey | None:
    """The subject whose turn it is, now ours; None when there is none, or another worker was quicker."""
    subject = next_due(at)
    if subject is None:
        return None
    Survey.objects.bulk_create([Survey(subject=subject)], ignore_conflicts=True)
    try:
        with transaction.atomic():
            Survey.objects.left_alone().update(claim="")
            mine = Survey.objects.filter(subject=subject, claim="").update(claim=uuid4().hex, beat_at=Now())
    except IntegrityError:  # another one is being counted
        return None
    return Survey.objects.get(subject=subject) if mine else None


def go_on(survey: Survey, until: Callable[[], bool]) -> None:
    """Span after span, until the end, `until`, or somebody takes it away."""
    ruleset = active()
    if ruleset is None:
        ours(survey).update(**nothing_begun())
        return
    progress = survey.progress
    if progress is None or progress["ruleset"] != ruleset.number:
        progress = begin(survey, ruleset)
    at = datetime.fromisoformat(progress["at"])
    counts, last = counted(progress["counts"]), int(progress["last"])
    while (top := end_of_span(last)) > last:
        with snapshot():
            use_memory()
            counts += SUBJECTS[survey.subject].count(Span(last, top), ruleset, at)
        survey.looked += Company.objects.filter(pk__gt=last, pk__lte=top).count()
        last = top
        progress = progress | {"last": last, "counts": as_json(counts)}
        if not ours(survey).update(progress=progress, looked=survey.looked, beat_at=Now()):
            return
        if until():
            ours(survey).update(claim="", beat_at=None)
            return
    found = SUBJECTS[survey.subject].report(counts, ruleset, at)
    end(survey, found, ruleset, at, progress["mark"])


def begin(survey: Survey, ruleset: Ruleset) -> dict[str, Any]:
    """The count begins: what there is of it so far."""
    now = timezone.now()
    progress = {
        "at": now.isoformat(), "ruleset": ruleset.number, "mark": mark_of(ruleset, now), "last": 0, "counts": [],
    }  # fmt: skip
    survey.looked = 0
    ours(survey).update(
        started_at=now, asked_at=None, looked=0, total=Company.objects.count(), progress=progress, error="",
        failed_at=None,
    )  # fmt: skip
    return progress


def ours(survey: Survey) -> SurveyQuerySet:
    """The row, as long as no other worker has taken it."""
    return Survey.objects.filter(subject=survey.subject, claim=survey.claim)


def nothing_begun() -> dict[str, Any]:
    """The columns of a row that nobody counts and nobody has asked for."""
    return {"asked_at": None, "started_at": None, "progress": None, "looked": 0, "claim": "", "beat_at": None}


def end(survey: Survey, found: Found, ruleset: Ruleset, at: datetime, mark: str) -> None:
    """What was found stands there for everybody."""
    ours(survey).update(
        found=found, ruleset=ruleset.number, as_of=at, finished_at=timezone.now(), mark=mark, **nothing_begun()
    )
    Looked.at = -LOOK_SECONDS  # the next subject need not wait
    logger.info(
        "surveyed subject=%s accounts=%d seconds=%.1f",
        *(survey.subject, survey.looked, (timezone.now() - at).total_seconds()),
    )


def fail(survey: Survey, error: Exception) -> None:
    """The row says what went wrong; what was found before stays."""
    logger.warning("survey failed subject=%s error=%s", survey.subject, type(error).__name__)
    reason = f"{type(error).__name__}: {error}"[:REASON_LENGTH]
    ours(survey).update(error=reason, failed_at=timezone.now(), **nothing_begun())


# At once


def count_now(subject: str, ruleset: Ruleset, *, at: datetime) -> Found:
    """What there is to find on this subject, counted here and kept; a count that a worker has begun is dropped."""
    mark = mark_of(ruleset, at)
    counts: Counts = counted([])
    last = 0
    while (top := end_of_span(last)) > last:
        with snapshot():
            use_memory()
            counts += SUBJECTS[subject].count(Span(last, top), ruleset, at)
        last = top
    found = SUBJECTS[subject].report(counts, ruleset, at)
    Survey.objects.update_or_create(
        subject=subject,
        defaults={
            "found": found, "ruleset": ruleset.number, "as_of": at, "finished_at": timezone.now(), "mark": mark,
            "error": "", "failed_at": None, **nothing_begun(),
        },
    )  # fmt: skip
    return found
