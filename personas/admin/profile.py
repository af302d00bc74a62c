"""Profiles: what the active rules say of them, and for whoever may, the editor of their draft."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse

from personas.models import Profile, Ruleset
from personas.rules.text import profile_text

from .draft.editor import editor_page
from .draft.field import identity
from .draft.page import bar, may_draft, show
from .draft.urls import profile_urls
from .reading import IN_FORCE, ReadingAdmin


@admin.register(Profile)
class ProfileAdmin(ReadingAdmin):
    """The kinds of company, in the order in which they are looked at."""

    list_display = ["name", "kind", "stance", "summary"]
    change_form_outer_before_template = "personas/profile.html"

    @admin.display(description="Kind", ordering="rank")
    def kind(self, profile: Profile) -> str:
        return profile.standing

    def get_urls(self) -> list[URLPattern]:
        return [*profile_urls(self.admin_site), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The profiles of the draft for whoever may draft, those that can be read for others."""
        if may_draft(request):
            profiles = list(Profile.objects.all())
            context = bar(request) | {
                "profiles": [each for each in profiles if not each.of_people],
                "people": [each for each in profiles if each.of_people],
            }
            return show(request, "profiles.html", "Profiles", context)
        return super().changelist_view(request, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The editor for whoever may draft; what the active rules say for others, and with `?in_force`."""
        if may_draft(request) and request.method == "GET" and IN_FORCE not in request.GET:
            profile = Profile.objects.filter(pk=identity(object_id)).first()
            if profile is None:
                messages.warning(request, "That profile is not in the draft any more.")
                return HttpResponseRedirect(reverse("admin:personas_profile_changelist"))
            return editor_page(request, profile)
        context = {"drafting": may_draft(request)} | (extra_context or {})
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def page(self, row: Profile, ruleset: Ruleset | None) -> dict[str, Any]:
        document = ruleset.document() if ruleset else None
        everything = (*document.profiles, *document.contact_profiles) if document else ()
        found = next((each for each in everything if each.key == row.key), None)
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
