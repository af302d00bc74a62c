"""Titles matched and stored, in batches: only what differs is written."""

import gc
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from crm.models import JobTitle, Outbox, PersonaChange, TitlePersona, WebhookSubscription
from personas.models import Ruleset
from personas.publishing import NoRuleset, active_ruleset
from personas.rules.document import Document
from personas.titles import Match, Result, TitleMatcher, probe_of, touches

from .patterns import fingerprint, matcher_of, versions_after

logger = logging.getLogger(__name__)

MANY = 1_000
TURN_LOCK = 4_713
RULESETS_BEFORE = 5
UNREADABLE = "unreadable"
# What a title that nobody foresaw can raise.
STUMBLES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True)
class Matched:
    """How many titles were matched, and of how many the match is another than before."""

    looked: int = 0
    changed: int = 0

    def __add__(self, other: "Matched") -> "Matched":
        return Matched(self.looked + other.looked, self.changed + other.changed)


def titles_for(texts: Iterable[str]) -> dict[str, JobTitle]:
    """The row of each title; rows that were missing are made, and new ones matched by the rules in force."""
    wanted = {text: " ".join(text.split())[:300] for text in texts if text.strip()}
    names = sorted(set(wanted.values()))
    rows: dict[str, JobTitle] = {}
    for start in range(0, len(names), MANY):
        some = names[start : start + MANY]
        JobTitle.objects.bulk_create((JobTitle(text=name) for name in some), ignore_conflicts=True)
        rows |= {row.text: row for row in JobTitle.objects.filter(text__in=some)}
        new = sorted(row.pk for row in rows.values() if row.matched_with is None)
        if new and match_listed(new).looked:
            rows |= {row.text: row for row in JobTitle.objects.filter(pk__in=new)}
    return {text: rows[name] for text, name in wanted.items()}


def match_listed(ids: Sequence[int]) -> Matched:
    """Those of these titles that were never matched are, by the rules in force; none before the first publication."""
    try:
        document = active_ruleset().document()
    except NoRuleset:
        return Matched()
    with transaction.atomic():
        return match_rows(lock(JobTitle.objects.filter(matched_with=None, pk__in=ids)), document, {})


def match_titles(
    document: Document, *, only_new: bool = False, go_on: Callable[[], bool] = lambda: True
) -> tuple[Matched, bool]:
    """Every title is matched by the patterns of this document, or only those that never were.

    Returns what was done, and whether it came to its end: `go_on` is asked
    before each batch. A batch is one transaction, so whoever is killed has lost
    one batch; of several at once each takes the next. Titles that somebody else
    holds are left to them. What a later version of the matcher said stays.
    """
    total = Matched()
    matched_with = fingerprint(document.personas)
    probes = probes_of(document)
    last: int | None = None
    with without_collecting():
        while go_on():
            with transaction.atomic():
                take_turns()
                if last is None:
                    rows = [row for each in unread(matched_with, only_new=only_new) for row in lock(each[:MANY])]
                else:
                    rows = lock(unread_after(last, matched_with, only_new=only_new)[:MANY])
                total += match_rows(rows, document, probes)
            if len(rows) < MANY:
                return total, True
            # A few are found by an index, many by one walk over all.
            last = 0 if last is None else rows[-1].pk
    return total, False


def unread(matched_with: str, *, only_new: bool = False) -> list[QuerySet[JobTitle]]:
    """The titles that were not matched so; each part is one stretch of an index."""
    titles = JobTitle.objects.order_by()
    new = titles.filter(matched_with=None)
    before = titles.filter(matched_with__lt=matched_with)
    after = titles.filter(matched_with__gt=matched_with, matched_with__lt=versions_after(matched_with))
    return [new] if only_new else [new, before, after]


def unread_after(last: int, matched_with: str, *, only_new: bool = False) -> QuerySet[JobTitle]:
    """The same behind the id `last`, in the order of their ids."""
    # Not the column itself: an index of it would have all of them sorted for each batch.
    titles = JobTitle.objects.filter(pk__gt=last).order_by("pk").annotate(said=Coalesce("matched_with", Value("")))
    if only_new:
        return titles.filter(said="")
    return titles.filter(said__lt=versions_after(matched_with)).exclude(said=matched_with)


def probes_of(document: Document) -> Mapping[str, TitleMatcher]:
    """By what a title was matched with before: the lines that differ since.

    A title that none of them fits stands for the same as then. Taken from the
    rulesets before the one in force, the latest few.
    """
    found: dict[str, TitleMatcher] = {}
    for ruleset in Ruleset.objects.order_by("-number")[:RULESETS_BEFORE]:
        personas = ruleset.document().personas
        probe = probe_of(personas, document.personas)
        if probe is not None:
            found.setdefault(fingerprint(personas), probe)
    return found


@contextmanager
def without_collecting() -> Iterator[None]:
    """Inside, nobody looks for garbage: a million small objects come, and none of them in circles."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


# A batch


class Row(NamedTuple):
    """A title, and what it was matched with."""

    pk: int
    text: str
    matched_with: str | None


class Stored(NamedTuple):
    """What is stored of a title's match."""

    result: str | None
    seniority: str | None
    function: str | None
    reading: Any
    personas: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """A title of which the match is another than what is stored."""

    pk: int
    before: Stored
    match: Match
    reading: dict[str, object]


def match_rows(rows: Sequence[Row], document: Document, probes: Mapping[str, TitleMatcher]) -> Matched:
    """These titles, which are ours for this transaction, are matched; only what differs is written."""
    matcher = matcher_of(document)
    touched = [row for row in rows if is_touched(row, probes)]
    stored = stored_of([row.pk for row in touched])
    changes = []
    for row in touched:
        match, before = match_of(row, matcher), stored[row.pk]
        reading = match.data()
        if before != Stored(str(match.result), match.seniority, match.function, reading, match.personas):
            changes.append(Change(row.pk, before, match, reading))
    write(rows, changes, fingerprint(document.personas))
    return Matched(len(rows), len(changes))


def is_touched(row: Row, probes: Mapping[str, TitleMatcher]) -> bool:
    """Whether the title may stand for somebody else than it did; one that cannot be read always may."""
    probe = probes.get(row.matched_with or "")
    try:
        return probe is None or touches(probe, row.text)
    except STUMBLES:
        return True


def match_of(row: Row, matcher: TitleMatcher) -> Match:
    """What the matcher says; a title that it stumbles over is flagged and holds up no other."""
    try:
        return matcher.match(row.text)
    except STUMBLES as error:
        logger.warning("title not matched title=%d error=%s", row.pk, type(error).__name__)
        return Match(row.text, Result.UNKNOWN, flags=(UNREADABLE,))


def take_turns() -> None:
    """Until the end of this transaction no other worker matches. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [TURN_LOCK])


def lock(titles: QuerySet[JobTitle]) -> list[Row]:
    """These titles, ours until the end of the transaction; one that somebody else holds is left out."""
    found = list(titles.select_for_update(skip_locked=True, no_key=True).values_list("pk", "text", "matched_with"))
    return sorted(Row(*columns) for columns in found)


def stored_of(titles: Sequence[int]) -> Mapping[int, Stored]:
    """What is stored of these titles' matches, by title."""
    personas = personas_of(titles)
    found: dict[int, Stored] = {}
    for start in range(0, len(titles), MANY):
        rows = JobTitle.objects.filter(pk__in=titles[start : start + MANY]).order_by()
        for pk, result, seniority, function, reading in rows.values_list(
            "pk", "result", "seniority", "function", "reading"
        ):
            found[pk] = Stored(result, seniority, function, reading, personas.get(pk, ()))
    return found


def personas_of(titles: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    """The personas of these titles as they are stored, the likeliest first."""
    found: dict[int, tuple[str, ...]] = {}
    for start in range(0, len(titles), MANY):
        rows = TitlePersona.objects.filter(title__in=titles[start : start + MANY]).order_by("title", "place", "pk")
        for title, persona in rows.values_list("title", "persona"):
            found[title] = (*found.get(title, ()), persona)
    return found


def write(rows: Sequence[Row], changes: Sequence[Change], matched_with: str) -> None:
    """These changes are stored, and of all rows by what they were matched."""
    changed = {change.pk for change in changes}
    same = [row.pk for row in rows if row.pk not in changed]
    JobTitle.objects.filter(pk__in=same).update(matched_with=matched_with)
    write_readings(changes, matched_with)
    moved = [change for change in changes if change.before.personas != change.match.personas]
    TitlePersona.objects.filter(title__in=[change.pk for change in moved if change.before.personas]).delete()
    TitlePersona.objects.bulk_create(
        TitlePersona(title_id=change.pk, persona=persona, place=place)
        for change in moved
        for place, persona in enumerate(change.match.personas)
    )
    note(moved)


def note(moved: Sequence[Change]) -> None:
    """Whoever asked will be told that people with these titles have other personas than before."""
    if not moved or not WebhookSubscription.objects.any_for(Outbox.Event.PERSONA):
        return
    PersonaChange.objects.bulk_create(
        PersonaChange(
            title=change.pk,
            before=",".join(change.before.personas),
            after=",".join(change.match.personas),
            since=timezone.now(),
        )
        for change in moved
    )


def write_readings(changes: Sequence[Change], matched_with: str) -> None:
    """The columns of these titles say what their matches do: one statement on PostgreSQL, a prepared one on SQLite."""
    rows = [
        (str(each.match.result), each.match.seniority, each.match.function, json.dumps(each.reading), each.pk)
        for each in changes
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                """UPDATE crm_jobtitle AS t SET result = n.result, seniority = n.seniority, function = n.function,
                    reading = n.reading::jsonb, matched_with = %s
                FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
                    AS n (result, seniority, function, reading, id) WHERE t.id = n.id""",
                [matched_with, *map(list, zip(*rows, strict=True))],
            )
        else:
            cursor.executemany(
                "UPDATE crm_jobtitle SET matched_with = %s, result = %s, seniority = %s, function = %s, reading = %s"
                " WHERE id = %s",
                [(matched_with, *row) for row in rows],
            )
