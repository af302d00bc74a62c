"""The log of edits: every edit keeps the rows as they were, so that it can be taken back and done again."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.core import serializers
from django.db import connection, models, transaction
from django.utils import timezone

from personas.models import (
    Component,
    Criterion,
    CustomFact,
    DraftRevision,
    GoldenCase,
    ListEntry,
    NamedList,
    Persona,
    Profile,
    Statement,
    TitlePattern,
)

Model = type[models.Model]
Rows = dict[str, list[Any]]

RULES: tuple[Model, ...] = (Profile, Component, Criterion, GoldenCase)
EVERYTHING: tuple[Model, ...] = (*RULES, NamedList, ListEntry, CustomFact, Persona, Statement, TitlePattern)
BY_NAME = {each._meta.label_lower: each for each in EVERYTHING}

DRAFT_LOCK = 4_720
# So many edits can be taken back; older ones stay in the log without their rows.
KEPT = 100


class NothingToUndo(LookupError):
    """No edit can be taken back, or done again; the text says why."""


class ChangedMeanwhile(Exception):
    """Somebody else saved the same thing since it was opened."""


@contextmanager
def edit(said: str, author: User | None, *, over: Sequence[Model] = RULES) -> Iterator[None]:
    """One edit of the rows of `over`, all or nothing, that `undo` can take back.

    Edits happen one after the other. One that changes nothing leaves no trace.
    """
    with transaction.atomic():
        wait_for_others()
        before = rows_of(over)
        yield
        left = rows_of(over)
        if left == before:
            return
        DraftRevision.objects.create(
            said=said[:300], author=author, made_at=timezone.now(), before=before, left=hash_of(left)
        )
        too_old = DraftRevision.objects.values_list("pk", flat=True)[KEPT : KEPT + 1]
        for pk in too_old:
            DraftRevision.objects.filter(pk__lte=pk).update(before=None, after=None)


def wait_for_others() -> None:
    """Whoever edits the draft at the same time comes before or after, never between; also while it has no row yet.

    On SQLite the transaction itself lets nobody else write.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [DRAFT_LOCK])


def last_done() -> DraftRevision | None:
    """The edit that `undo` would take back."""
    return DraftRevision.objects.done().exclude(before=None).select_related("author").first()


def next_undone() -> DraftRevision | None:
    """The edit that `redo` would do again: none once something else was edited since it was taken back."""
    done = DraftRevision.objects.done().first()
    undone = DraftRevision.objects.undone().exclude(after=None).select_related("author")
    return undone.filter(pk__gt=done.pk if done else 0).last()


def undo(author: User | None, *, only: int | None = None) -> DraftRevision:
    """The last edit that is in the draft, taken back; with `only`, where it has this id. Raises NothingToUndo."""
    with transaction.atomic():
        wait_for_others()
        if only and DraftRevision.objects.undone().filter(pk=only).exists():
            raise NothingToUndo("That edit was undone already.")
        revision = last_done()
        if revision is not None and only not in (None, revision.pk):
            raise NothingToUndo(f"Nothing was undone. The last edit is now {signed(revision)}. Look at it first.")
        if revision is None or revision.before is None:
            raise NothingToUndo("There is no edit to take back.")
        now = rows_of(models_in(revision.before))
        if hash_of(now) != revision.left:
            raise NothingToUndo(f"The draft was changed in another way since “{revision.said}”; it cannot be undone.")
        put_back(revision.before)
        revision.after, revision.undone_at, revision.undone_by = now, timezone.now(), author
        revision.save(update_fields=["after", "undone_at", "undone_by"])
        return revision


def redo(*, only: int | None = None) -> DraftRevision:
    """The edit that was taken back last, done again; with `only`, where it has this id. Raises NothingToUndo."""
    with transaction.atomic():
        wait_for_others()
        if only and DraftRevision.objects.done().filter(pk=only).exists():
            raise NothingToUndo("That edit was done again already.")
        revision = next_undone()
        if revision is not None and only not in (None, revision.pk):
            raise NothingToUndo(f"Nothing was done again. What was undone last is now {signed(revision)}.")
        if revision is None or revision.after is None or revision.before is None:
            raise NothingToUndo("There is no edit to do again.")
        if hash_of(rows_of(models_in(revision.before))) != hash_of(revision.before):
            raise NothingToUndo(f"The draft was changed since “{revision.said}” was undone; it cannot be done again.")
        put_back(revision.after)
        revision.after, revision.undone_at, revision.undone_by = None, None, None
        revision.save(update_fields=["after", "undone_at", "undone_by"])
        return revision


def signed(revision: DraftRevision) -> str:
    """The edit in quotes, and by whom."""
    author = revision.author
    return f"“{revision.said}”" + (f" by {author.get_full_name() or author.get_username()}" if author else "")


def rows_of(over: Sequence[Model]) -> Rows:
    """All rows of these models as JSON."""
    return {
        each._meta.label_lower: json.loads(serializers.serialize("json", each._default_manager.order_by("pk")))
        for each in over
    }


def models_in(rows: Rows) -> tuple[Model, ...]:
    return tuple(each for name, each in BY_NAME.items() if name in rows)


def put_back(rows: Rows) -> None:
    """The tables hold these rows and no others."""
    over = models_in(rows)
    for each in reversed(over):
        each._default_manager.all().delete()
    for each in over:
        for found in serializers.deserialize("python", rows[each._meta.label_lower], ignorenonexistent=True):
            found.save()


def hash_of(rows: object) -> str:
    """64 hexadecimal digits that are the same for the same rows."""
    return hashlib.sha256(json.dumps(rows, sort_keys=True, default=str).encode()).hexdigest()
