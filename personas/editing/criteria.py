"""Criteria of the draft: adding, changing, duplicating, moving, turning off, removing."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet

from personas import publishing
from personas.models import Component, Criterion, Profile
from personas.rules.document import Line
from personas.rules.errors import Fault, RuleError

from .reading import draft_reader, require, too_long
from .revisions import ChangedMeanwhile, edit

WORTH_POINTS = (Criterion.Kind.POINTS, Criterion.Kind.BONUS)
PLACES = {
    Criterion.Kind.MUST: "must",
    Criterion.Kind.POINTS: "rows",
    Criterion.Kind.BONUS: "bonus",
    Criterion.Kind.DISQUALIFY: "disqualify",
    Criterion.Kind.FLAG: "flags",
}


def siblings(profile: Profile, kind: str, component: Component | None) -> QuerySet[Criterion]:
    """The criteria that stand in one group, in order."""
    return Criterion.objects.filter(profile=profile, kind=kind, component=component)


def read_line(raw: Mapping[str, object], profile: Profile, kind: str, taken: Iterable[str] = ()) -> Line:
    """The criterion that `raw` describes as in a document; raises RuleError with paths like `when.all[1]`."""
    reader = draft_reader(profile.subject)
    worth = kind in WORTH_POINTS
    line = reader.line(raw, "", PLACES[Criterion.Kind(kind)], points=worth)
    faults = [*reader.faults, *too_long(raw, label=300, reason=300)]
    if raw.get("key") in set(taken):
        faults.append(Fault("key", f"the key {raw['key']!r} stands twice in this group"))
    if faults or line is None:
        raise RuleError(faults)
    return line


def add_criterion(
    profile: Profile, kind: str, component: Component | None, raw: Mapping[str, object], author: User | None
) -> Criterion:
    """A new criterion at the end of its group; raises RuleError."""
    line = read_line(raw, profile, kind, siblings(profile, kind, component).values_list("key", flat=True))
    with edit(f"Added “{line.label}” to {profile}", author):
        place = siblings(profile, kind, component).count()
        row = publishing.criterion(profile, component, Criterion.Kind(kind), line, place)
        row.save()
    return row


def change_criterion(row: Criterion, raw: Mapping[str, object], author: User | None, *, base: str = "") -> Criterion:
    """The criterion now says what `raw` says. Raises RuleError, and ChangedMeanwhile when it is not as in `base`."""
    others = siblings(row.profile, row.kind, row.component).exclude(pk=row.pk)
    line = read_line(raw, row.profile, row.kind, others.values_list("key", flat=True))
    with edit(f"Changed “{line.label}” of {row.profile}", author):
        now = Criterion.objects.filter(pk=row.pk).first()
        if now is None:
            raise ChangedMeanwhile
        require(base, now)
        changed = publishing.criterion(now.profile, now.component, Criterion.Kind(now.kind), line, now.position)
        changed.pk, changed.enabled = now.pk, now.enabled
        changed.save()
    return changed


def duplicate_criterion(row: Criterion, author: User | None) -> Criterion:
    """A copy right below the criterion, with a key of its own."""
    group = siblings(row.profile, row.kind, row.component)
    with edit(f"Duplicated “{row.label}” of {row.profile}", author):
        copy = Criterion.objects.get(pk=row.pk)
        copy.pk = None
        copy._state.adding = True
        copy.key = free_key(row.key, group.values_list("key", flat=True))
        copy.label = f"{row.label[:290]} (copy)"
        copy.save()
        order = [each for each in group if each.pk != copy.pk]
        order.insert(order.index(row) + 1, copy)
        renumber(order)
    return copy


def move_criterion(row: Criterion, by: int, author: User | None) -> None:
    """The criterion changes places with its neighbour above (-1) or below (1), where there is one."""
    with edit(f"Moved “{row.label}” of {row.profile} {'down' if by > 0 else 'up'}", author):
        move(list(siblings(row.profile, row.kind, row.component)), row, by)


def turn_criterion(row: Criterion, author: User | None, *, on: bool) -> None:
    """The criterion is published with the draft, or with `on` False kept in the draft only."""
    with edit(f"Turned “{row.label}” of {row.profile} {'on' if on else 'off'}", author):
        Criterion.objects.filter(pk=row.pk).update(enabled=on)


def remove_criterion(row: Criterion, author: User | None) -> None:
    """The criterion is no longer in the draft."""
    with edit(f"Removed “{row.label}” from {row.profile}", author):
        Criterion.objects.filter(pk=row.pk).delete()


def free_key(key: str, taken: Iterable[str]) -> str:
    """`key` with the lowest number behind it that no other has."""
    used = set(taken)
    stem = key[:70]
    return next(each for number in range(2, len(used) + 3) if (each := f"{stem}-{number}") not in used)


def move(rows: list[Any], row: Any, by: int) -> None:
    """`row` changes places with its neighbour; positions are numbered anew."""
    at = rows.index(row)
    to = min(max(at + by, 0), len(rows) - 1)
    rows.insert(to, rows.pop(at))
    renumber(rows)


def renumber(rows: Iterable[Any]) -> None:
    """Positions from 0 up in this order."""
    for place, row in enumerate(rows):
        if row.position != place:
            row.position = place
            row.save(update_fields=["position"])
