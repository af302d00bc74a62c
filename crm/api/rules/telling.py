"""The parts of a rule document as the API tells them: whole, and with every condition in plain words."""

from collections.abc import Iterator
from typing import Any

from personas.rules.conditions import Compare, Condition, comparisons, write
from personas.rules.document import Document, Line, NamedList, Persona, Profile
from personas.rules.operators import OPERATORS, Takes
from personas.rules.text import profile_text, sentence
from personas.rules.texts import jsonable


def persona_json(persona: Persona) -> dict[str, Any]:
    """A persona, whole."""

    def said(kind: str) -> list[str]:
        return [each.text for each in persona.statements if each.kind == kind]

    return {
        "key": persona.key,
        "name": persona.name,
        "aliases": list(persona.aliases),
        "tier": persona.tier,
        "buying_roles": list(persona.buying_roles),
        "titles": list(persona.titles),
        "exclude": list(persona.exclude),
        "story": persona.story,
        "pain_tolerance": persona.pain_tolerance,
        "technical_level": persona.technical_level,
        "found_at": list(persona.found_at),
        "statements": [{"kind": each.kind, "text": each.text} for each in persona.statements],
        "goals": said("goal"),
        "challenges": said("challenge"),
        "deal_makers": said("deal_maker"),
        "deal_breakers": said("deal_breaker"),
    }


class Telling:
    """Tells profiles and lists in the words of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lists = {each.key: each for each in document.lists}

    def condition(self, condition: Condition | None) -> dict[str, Any] | None:
        if condition is None:
            return None
        said = sentence(condition, self.document.vocabulary, self.lists)
        return {"sentence": said, "when": jsonable(write(condition))}

    def line(self, line: Line) -> dict[str, Any]:
        return {
            "key": line.key,
            "label": line.label,
            **(self.condition(line.when) or {}),
            "points": jsonable(line.points),
            "reason": line.reason,
            "rationale": line.rationale,
        }

    def profile(self, profile: Profile) -> dict[str, Any]:
        """A profile, whole."""
        return {
            "key": profile.key,
            "name": profile.name,
            "subject": profile.subject,
            "is_segment": profile.subject == "company" and profile.rank is not None,
            "rank": profile.rank,
            "stance": profile.stance,
            "summary": profile.summary,
            "action": profile.action,
            "examples": list(profile.examples),
            "wanted_personas": list(profile.wanted_personas),
            "wanted_roles": list(profile.wanted_roles),
            "missing": profile.missing,
            "enough_data": self.condition(profile.enough_data),
            "disqualify": [self.line(each) for each in profile.disqualify],
            "must": [self.line(each) for each in profile.must],
            "components": [
                {
                    "key": each.key,
                    "label": each.label,
                    "combine": each.combine,
                    "gate": self.condition(each.gate),
                    "cap": jsonable(each.cap),
                    "floor": jsonable(each.floor),
                    "otherwise": jsonable(each.otherwise),
                    "rows": [self.line(row) for row in each.rows],
                }
                for each in profile.components
            ],
            "bonus": [self.line(each) for each in profile.bonus],
            "flags": [self.line(each) for each in profile.flags],
            "bands": [{"key": each.key, "start": jsonable(each.start)} for each in profile.bands],
            "maximum": jsonable(profile.maximum),
            "text": profile_text(self.document, profile),
        }

    def named_list(self, named: NamedList) -> dict[str, Any]:
        """A list with its entries, and where it is used."""
        return {
            "key": named.key,
            "title": named.title,
            "match": named.match,
            "contains_from": named.contains_from,
            "used_by": list(self.uses(named.key)),
            "entries": [{"name": each.name, "aliases": list(each.aliases)} for each in named.entries],
        }

    def uses(self, key: str) -> Iterator[dict[str, Any]]:
        """The criteria, gates and conditions on data that ask the list with this key."""
        for profile in (*self.document.profiles, *self.document.contact_profiles):
            for line, condition in placed(profile):
                if any(asks(each, key) for each in comparisons(condition)):
                    yield {"profile": profile.key, "line": line}


def placed(profile: Profile) -> Iterator[tuple[str | None, Condition]]:
    """Every condition of a profile with the key of its line; None where it has no line."""
    rows = [row for component in profile.components for row in component.rows]
    for line in (*profile.disqualify, *profile.must, *rows, *profile.bonus, *profile.flags):
        yield line.key, line.when
    for condition in (profile.enough_data, *(component.gate for component in profile.components)):
        if condition is not None:
            yield None, condition


def asks(comparison: object, key: str) -> bool:
    """Whether the comparison looks something up in the list with this key."""
    return (
        isinstance(comparison, Compare)
        and OPERATORS[comparison.operator].takes is Takes.LIST
        and comparison.value == key
    )
