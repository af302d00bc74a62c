"""Activities: what one needs, what only a task has, and which one was the last."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet

from crm.models import Activity

EARLIEST = 1970
SLACK = timedelta(minutes=5)
"""How far ahead the clock of whoever writes it down may be."""

TASKS_ONLY = ("due_on", "done_at", "assignee")


def wrong_with_activity(said: Mapping[str, Any], *, at: datetime) -> Iterator[tuple[str, str]]:
    """What is wrong with an activity of these values, and where; it has happened, or it is a task."""
    if said.get("kind") == Activity.Kind.TASK:
        return
    happened_at = said.get("happened_at")
    if happened_at and happened_at > at + SLACK:
        yield "happened_at", "This has not happened yet. Make a task of what is still to come."
    elif happened_at and happened_at.year < EARLIEST:
        yield "happened_at", f"This is too long ago. Write a day from {EARLIEST} on."
    for name in TASKS_ONLY:
        if said.get(name):
            yield name, "Only a task has this. Empty it, or choose the kind Task."


def last_done(link: str, at: datetime) -> QuerySet[Activity]:
    """For a subquery: what was done until `at` with the row that `link` (company or contact) names, the last first.

    What is still to be done does not count.
    """
    done = Activity.objects.filter(**{link: OuterRef("pk")}, happened_at__lte=at)
    return done.exclude(Q(kind=Activity.Kind.TASK) & Q(done_at=None)).order_by("-happened_at", "-pk")
