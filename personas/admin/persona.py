"""Personas in plain words."""

from typing import Any

from django.contrib import admin

from personas.models import Persona, Ruleset

from .reading import ReadingAdmin

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
