"""Where a list, a fact or a persona is used, as pages show it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from personas.editing.uses import Use
from personas.models import Component, Criterion, GoldenCase, Profile

from .editor import Speaker

Row = Profile | Component | Criterion | GoldenCase


@dataclass(frozen=True)
class Used:
    """One place in words, with the sentence of its condition and where it is edited."""

    where: str
    said: str
    link: str


def used(uses: Iterable[Use]) -> list[Used]:
    """The places as a page shows them."""
    places = list(uses)
    speaker = Speaker() if places else None
    out = []
    for use in places:
        of = subject(use.row)
        found = speaker.condition(use.condition, bonus=True, subject=of) if speaker and use.condition else None
        out.append(Used(str(use), speaker.say(found) if speaker and found else "", link(use.row)))
    return out


def subject(row: Row) -> str:
    """Whom the profile gives points that the row belongs to."""
    match row:
        case Profile():
            return row.subject
        case GoldenCase():
            return Profile.Subject.COMPANY
        case _:
            return row.profile.subject


def link(row: Row) -> str:
    """Where a row is edited."""
    match row:
        case Profile():
            return reverse("admin:personas_profile_change", args=[row.pk])
        case GoldenCase():
            return reverse("admin:personas_case", args=[row.pk])
        case Criterion():
            return reverse("admin:personas_criterion", args=[row.profile_id, row.pk])
        case _:
            return reverse("admin:personas_component", args=[row.profile_id, row.pk])
