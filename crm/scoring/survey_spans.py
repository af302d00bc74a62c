"""What the subjects of surveys have in common: counting in spans of ids, and counts that can be kept between turns."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import connection

from crm.models import Company
from personas.models import Ruleset
from personas.rules.document import Document

from .classify import Span

SPAN = 20_000
NONE = "none"
UNDECIDED = "undecided"
UNSCORED = "unscored"

Key = tuple[Any, ...]
Counts = Counter[Key]
Found = dict[str, Any]


@dataclass(frozen=True)
class Survey:
    """How one subject is counted: `count` looks at the accounts of one span, `report` makes the figures of all.

    `text` says them as lines.
    """

    count: Callable[[Span, Ruleset, datetime], Counts]
    report: Callable[[Counts, Ruleset, datetime], Found]
    text: Callable[[Found, Document], Iterable[str]]


def end_of_span(last: int) -> int:
    """The id up to which the span after `last` goes; `last` itself where no account is left."""
    ids = Company.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
    found = ids[SPAN - 1 : SPAN].first() or ids.order_by("-pk").first()
    return found or last


def fetch(sql: str, parameters: Sequence[str | datetime] = ()) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cast(list[tuple[Any, ...]], cursor.fetchall())


def counted(rows: Iterable[Sequence[Any]]) -> Counts:
    """Rows that end in a number, as counts of what stands before it."""
    counts: Counts = Counter()
    for *key, number in rows:
        counts[tuple(key)] += number
    return counts


def as_json(counts: Counts) -> list[list[Any]]:
    """Counts as they are kept between two turns."""
    return [[*key, number] for key, number in counts.items()]


def keys_of(text: str | None) -> list[str]:
    """The keys of a list kept with commas; none of nothing."""
    return text.split(",") if text else []


def ranked_keys(document: Document) -> list[str]:
    """The segments, the one looked at first in front."""
    return [profile.key for profile in document.ranked()]


def share(part: int, whole: int) -> int:
    """Percent, rounded, but never 100 or 0 where some are missing or there."""
    if not whole:
        return 0
    percent = round(100 * part / whole)
    if part and not percent:
        return 1
    return 99 if percent == 100 and part < whole else percent
