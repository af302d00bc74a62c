"""Profiles in plain words."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin

from personas.models import Profile, Ruleset
from personas.rules.text import profile_text

from .reading import ReadingAdmin


@admin.register(Profile)
class ProfileAdmin(ReadingAdmin):
    """The kinds of company, in the order in which they are looked at."""

    list_display = ["name", "kind", "stance", "summary"]
    change_form_outer_before_template = "personas/profile.html"

    @admin.display(description="Kind", ordering="rank")
    def kind(self, profile: Profile) -> str:
        return "Scorecard" if profile.rank is None else f"Segment, rank {profile.rank}"

    def page(self, row: Profile, ruleset: Ruleset | None) -> dict[str, Any]:
        document = ruleset.document() if ruleset else None
        found = next((each for each in document.profiles if each.key == row.key), None) if document else None
        if document is None or found is None:
            return {"profile": None}
        # The first two lines say name and standing, which the head of the page says.
        return {"profile": found, "blocks": blocks(profile_text(document, found)[1:])}


def blocks(lines: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Lines of plain words as paragraphs, each with the indented lines below it."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith("  ") and found:
            found[-1][1].append(line.strip())
        else:
            found.append((line, []))
    return found
