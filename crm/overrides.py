"""Segments that people set by hand: made, ended, extended."""

from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from crm.history import keep_before
from crm.models import Company, Override

DAYS = 90
"""For how long one is set where nobody says otherwise, and by how much one click extends it."""

MOST_DAYS = 730


class NotPossible(ValueError):
    """The segment cannot be set so; the text says why, and what would do."""


def last_day(on: date) -> date:
    """The latest day until which one set on that day may hold."""
    return on + timedelta(days=MOST_DAYS)


def set_by_hand(
    company: Company, segment: str | None, *, reason: str, expires_on: date, by: User, at: datetime
) -> Override:
    """The override that now holds; one that has expired makes room for it. Raises NotPossible."""
    if not reason.strip():
        raise NotPossible("Say why: who reads it later has to understand it.")
    if expires_on <= at.date():
        raise NotPossible("Choose a day after today.")
    if expires_on > last_day(at.date()):
        raise NotPossible("Choose a day within the next two years; it can be extended then.")
    try:
        with transaction.atomic():
            Company.objects.select_for_update(of=("self",)).get(pk=company.pk)
            present = company.overrides.filter(ended_at=None).select_related("author").first()
            if present is not None and present.expires_on >= at.date():
                raise NotPossible(in_force(present))
            if present is not None:
                keep_before([present])
                present.ended_at = at
                present.save(update_fields=["ended_at"])
            return Override.objects.create(
                company=company, segment=segment or None, reason=reason.strip(), author=by, expires_on=expires_on
            )
    except IntegrityError as error:
        raise NotPossible("Somebody else set the segment a moment ago. Load the page again to see it.") from error


def in_force(present: Override) -> str:
    name = present.author.get_full_name() or present.author.get_username()
    return f"{name} has set the segment already, until {present.expires_on:%Y-%m-%d}. End that first."


def end(override: Override, *, at: datetime) -> bool:
    """Whether the override ended now; it no longer counts."""
    with transaction.atomic():
        row = Override.objects.select_for_update(of=("self",)).get(pk=override.pk)
        if row.ended_at is not None:
            return False
        keep_before([row])
        row.ended_at = at
        row.save(update_fields=["ended_at"])
    return True


def extend(override: Override, *, until: date, at: datetime) -> date:
    """The day until which the override now holds: `until`, or the latest possible. Raises NotPossible once it ended.

    Saying it twice is the same as saying it once.
    """
    with transaction.atomic():
        row = Override.objects.select_for_update(of=("self",)).get(pk=override.pk)
        if row.ended_at is not None:
            raise NotPossible("It was ended meanwhile. Set the segment by hand again if it should hold.")
        day = min(until, last_day(at.date()))
        if day > row.expires_on:
            keep_before([row])
            row.expires_on = day
            row.save(update_fields=["expires_on"])
    return row.expires_on


def extended(override: Override, *, on: date) -> date:
    """The day that one click extends the override to."""
    last = last_day(on)
    return last if override.expires_on >= last else min(max(override.expires_on, on) + timedelta(days=DAYS), last)
