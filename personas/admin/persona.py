"""Personas in plain words."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse

from personas.models import Persona, Ruleset

from .draft.field import identity
from .draft.page import may_draft
from .draft.people import persona_page, personas_page
from .draft.urls import persona_urls
from .reading import IN_FORCE, ReadingAdmin

KINDS = (
    ("goal", "Goals", "flag"),
    ("challenge", "Challenges", "landscape"),
    ("deal_maker", "Deal-makers: say this", "thumb_up"),
    ("deal_breaker", "Deal-breakers: avoid this", "block"),
)


@admin.register(Persona)
class PersonaAdmin(ReadingAdmin):
    """Whom we build for and sell to."""

    list_display = ["name", "tier", "roles", "also_called"]
    change_form_outer_before_template = "personas/persona.html"

    @admin.display(description="Buying roles")
    def roles(self, persona: Persona) -> str:
        return words(persona.buying_roles) or "none"

    @admin.display(description="Also called")
    def also_called(self, persona: Persona) -> str:
        return ", ".join(persona.aliases) or "nothing else"

    def get_urls(self) -> list[URLPattern]:
        return [*persona_urls(self.admin_site), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The personas of the draft for whoever may draft, those that can be read for others."""
        return personas_page(request) if may_draft(request) else super().changelist_view(request, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form of the persona for whoever may draft; what is in force for others, and with `?in_force`."""
        if may_draft(request) and request.method == "GET" and IN_FORCE not in request.GET:
            if not Persona.objects.filter(pk=identity(object_id)).exists():
                messages.warning(request, "That persona is not in the draft any more.")
                return HttpResponseRedirect(reverse("admin:personas_persona_changelist"))
            return persona_page(request, int(object_id))
        context = {"drafting": may_draft(request)} | (extra_context or {})
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def page(self, row: Persona, ruleset: Ruleset | None) -> dict[str, Any]:
        document = ruleset.document() if ruleset else None
        found = next((each for each in document.personas if each.key == row.key), None) if document else None
        if found is None:
            return {"persona": None}
        return {
            "persona": found,
            "tier": Persona.Tier(found.tier).label,
            "roles": words(found.buying_roles),
            "statements": [
                (title, icon, [each.text for each in found.statements if each.kind == kind])
                for kind, title, icon in KINDS
            ],
        }


def words(keys: Any) -> str:
    """Keys as people write them."""
    return ", ".join(str(key).replace("_", " ") for key in keys)
