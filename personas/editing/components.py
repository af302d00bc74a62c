"""Components of the draft with their rows: a table that is saved as a whole."""

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import User

from personas import publishing
from personas.models import Component, Criterion, Profile
from personas.rules import document as rules
from personas.rules.conditions import write
from personas.rules.errors import Fault
from personas.rules.texts import jsonable

from .criteria import free_key, move
from .profiles import copy_criteria, exact
from .reading import draft_reader, refuse, require, too_long
from .revisions import ChangedMeanwhile, edit


def read_component(raw: Mapping[str, object], profile: Profile, row: Component | None) -> rules.Component:
    """The component with its rows that `raw` describes as in a document; raises RuleError."""
    reader = draft_reader(profile.subject)
    component = reader.component(raw, "")
    faults = [*reader.faults, *too_long(raw, label=300)]
    given = raw.get("rows")
    for place, line in enumerate(given if isinstance(given, list) else []):
        faults += [
            Fault(f"rows[{place}].{fault.path}", fault.message, fault.hint) for fault in too_long(line, label=300)
        ]
    others = profile.components.exclude(pk=row.pk) if row else profile.components.all()
    if others.filter(key=component.key).exists():
        faults.append(Fault("key", f"the key {component.key!r} stands twice in this profile"))
    refuse(faults)
    return component


def save_component(
    profile: Profile,
    row: Component | None,
    raw: Mapping[str, object],
    ids: Sequence[int | None],
    off: Sequence[bool],
    author: User | None,
    *,
    base: str = "",
) -> Component:
    """The component, a new one where `row` is None, and its rows now say what `raw` says.

    `ids` and `off` say of each row which one it was, and whether it is off.
    Raises RuleError, and ChangedMeanwhile when it is not as in `base`.
    """
    component = read_component(raw, profile, row)
    said = f"{'Changed' if row else 'Added'} “{component.label}” of {profile}"
    with edit(said, author):
        part = Component(profile=profile, position=profile.components.count())
        kept: dict[int, Criterion] = {}
        if row is not None:
            found = Component.objects.filter(pk=row.pk).first()
            if found is None:
                raise ChangedMeanwhile
            part = found
            kept = {each.pk: each for each in part.rows.all()}
            require(base, part, *kept.values())
        part.key, part.label, part.combine = component.key, component.label, component.combine
        part.gate = jsonable(write(component.gate)) if component.gate else None
        part.cap, part.floor, part.otherwise = exact(component.cap), exact(component.floor), exact(component.otherwise)
        part.save()
        Criterion.objects.filter(component=part).delete()
        for place, line in enumerate(component.rows):
            new = publishing.criterion(profile, part, Criterion.Kind.POINTS, line, place)
            was = ids[place] if place < len(ids) else None
            new.pk = kept.pop(was).pk if was is not None and was in kept else None
            new.enabled = not (place < len(off) and off[place])
            new.save()
    return part


def duplicate_component(row: Component, author: User | None) -> Component:
    """A copy right below the component, with a key of its own."""
    profile = row.profile
    with edit(f"Duplicated “{row.label}” of {profile}", author):
        copy = Component.objects.get(pk=row.pk)
        copy.pk, copy._state.adding = None, True
        copy.key = free_key(row.key, profile.components.values_list("key", flat=True))
        copy.label = f"{row.label[:290]} (copy)"
        copy.save()
        copy_criteria(list(row.rows.all()), profile, copy)
        order = [each for each in profile.components.all() if each.pk != copy.pk]
        move([*order, copy], copy, order.index(row) + 1 - len(order))
    return copy


def move_component(row: Component, by: int, author: User | None) -> None:
    """The component changes places with its neighbour."""
    with edit(f"Moved “{row.label}” of {row.profile} {'down' if by > 0 else 'up'}", author):
        move(list(row.profile.components.all()), row, by)


def turn_component(row: Component, author: User | None, *, on: bool) -> None:
    """All rows of the component, and so the component, are published with the draft or kept in it only."""
    with edit(f"Turned “{row.label}” of {row.profile} {'on' if on else 'off'}", author):
        row.rows.update(enabled=on)


def remove_component(row: Component, author: User | None) -> None:
    """The component and its rows are no longer in the draft."""
    with edit(f"Removed “{row.label}” from {row.profile}", author):
        Component.objects.filter(pk=row.pk).delete()
