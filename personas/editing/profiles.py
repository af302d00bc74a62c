"""Profiles of the draft: adding, changing, duplicating, moving, removing."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import Max

from personas.models import Component, Criterion, GoldenCase, Persona, Profile
from personas.rules import document as rules
from personas.rules.errors import Fault
from personas.rules.facts import Number
from personas.rules.texts import jsonable
from personas.rules.writing import profile_data

from .criteria import free_key, renumber
from .reading import draft_reader, refuse, require, too_long
from .revisions import ChangedMeanwhile, edit


def read_profile(raw: Mapping[str, object], row: Profile | None) -> rules.Profile:
    """The head of a profile that `raw` describes as in a document; raises RuleError."""
    reader = draft_reader()
    profile = reader.profile(raw, "")
    faults = [*reader.faults, *too_long(raw, name=200)]
    others = Profile.objects.exclude(pk=row.pk) if row else Profile.objects.all()
    if others.filter(key=profile.key).exists():
        faults.append(Fault("key", f"the key {profile.key!r} stands twice"))
    held = others.filter(rank=profile.rank).first() if profile.rank is not None else None
    if held:
        faults.append(Fault("rank", f"rank {profile.rank} is held by {held}", "every segment has a rank of its own"))
    if row and profile.subject != row.subject:
        faults.append(Fault("subject", "stays as it was when the profile was made", "make a new profile instead"))
    known = set(Persona.objects.values_list("key", flat=True))
    faults += [
        Fault(f"wanted_personas[{place}]", f"there is no persona {key!r}", "leave it out")
        for place, key in enumerate(profile.wanted_personas)
        if key not in known
    ]
    refuse(faults)
    return profile


def add_profile(raw: Mapping[str, object], author: User | None) -> Profile:
    """A new profile behind the others of its subject; raises RuleError."""
    profile = read_profile(raw, None)
    with edit(f"Added the profile {profile.name}", author):
        row = Profile(position=Profile.objects.count())
        fill(row, profile)
        row.save()
    return row


def change_profile(row: Profile, raw: Mapping[str, object], author: User | None, *, base: str = "") -> Profile:
    """The head of the profile now says what `raw` says; golden cases follow a new key.

    Raises RuleError, and ChangedMeanwhile when it is not as in `base`.
    """
    profile = read_profile(raw, row)
    with edit(f"Changed the head of {profile.name}", author):
        now = Profile.objects.filter(pk=row.pk).first()
        if now is None:
            raise ChangedMeanwhile
        require(base, now)
        if now.key != profile.key:
            GoldenCase.objects.filter(segment=now.key).update(segment=profile.key)
        fill(now, profile)
        now.save()
    return now


def fill(row: Profile, profile: rules.Profile) -> None:
    data = profile_data(profile)
    row.key, row.name, row.stance, row.rank = profile.key, profile.name, profile.stance, profile.rank
    row.missing, row.summary, row.action = profile.missing, profile.summary, profile.action
    row.examples = list(profile.examples)
    row.subject = profile.subject
    row.wanted_personas, row.wanted_roles = list(profile.wanted_personas), list(profile.wanted_roles)
    row.enough_data = jsonable(data.get("enough_data"))
    row.bands = jsonable(data.get("bands", []))
    row.maximum = exact(profile.maximum)


def exact(number: Number | None) -> Decimal | None:
    """The number as a column holds it."""
    return None if number is None else Decimal(number)


def duplicate_profile(row: Profile, author: User | None) -> Profile:
    """A copy behind the others, with a key and a rank of its own."""
    with edit(f"Duplicated {row.name}", author):
        copy = Profile.objects.get(pk=row.pk)
        copy.pk, copy._state.adding = None, True
        copy.key = free_key(row.key, Profile.objects.values_list("key", flat=True))
        copy.name = f"{row.name[:190]} (copy)"
        copy.position = Profile.objects.count()
        if row.rank is not None:
            copy.rank = (Profile.objects.aggregate(last=Max("rank"))["last"] or 0) + 1
        copy.save()
        copy_criteria(Criterion.objects.filter(profile=row, component=None), copy, None)
        for part in Component.objects.filter(profile=row):
            rows = list(part.rows.all())
            part.pk, part._state.adding, part.profile = None, True, copy
            part.save()
            copy_criteria(rows, copy, part)
    return copy


def copy_criteria(rows: Iterable[Criterion], profile: Profile, component: Component | None) -> None:
    """The same criteria once more, in another profile or component."""
    for each in rows:
        each.pk, each._state.adding, each.profile, each.component = None, True, profile, component
        each.save()


def move_profile(row: Profile, by: int, author: User | None) -> None:
    """The profile changes places with its neighbour of the same subject; two segments also change ranks."""
    rows = list(Profile.objects.filter(subject=row.subject))
    at = rows.index(row)
    to = min(max(at + by, 0), len(rows) - 1)
    if to == at:
        return
    other = rows[to]
    with edit(f"Moved {row.name} {'down' if by > 0 else 'up'}", author):
        if row.rank is not None and other.rank is not None:
            ranks = row.rank, other.rank
            Profile.objects.filter(pk=row.pk).update(rank=None)
            Profile.objects.filter(pk=other.pk).update(rank=ranks[0])
            Profile.objects.filter(pk=row.pk).update(rank=ranks[1])
        rows.insert(to, rows.pop(at))
        renumber(rows)


def remove_profile(row: Profile, author: User | None) -> None:
    """The profile and all that is in it are no longer in the draft."""
    with edit(f"Removed the profile {row.name}", author):
        Profile.objects.filter(pk=row.pk).delete()
