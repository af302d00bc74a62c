"""Activities: what one needs, and what only a task has."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

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
