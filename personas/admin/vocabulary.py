"""What the condition builder offers: facts with their questions, lists, and the words for them."""

from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.urls import reverse

from personas.editing.reading import draft_reader
from personas.models import NamedList, Persona, Profile
from personas.rules.facts import NUMBERS, Fact, Kind
from personas.rules.operators import OPERATORS, Operator
from personas.rules.parts import BUYING_ROLES
from personas.titles.function import FUNCTIONS

KINDS = {
    Kind.INTEGER: "whole number",
    Kind.DECIMAL: "number",
    Kind.MONEY: "amount of money",
    Kind.PERCENT: "percentage",
    Kind.DATE: "day",
    Kind.BOOLEAN: "yes or no",
    Kind.CHOICE: "choice",
    Kind.TEXT: "text",
    Kind.SET: "set of names",
}


GROUPS = {Profile.Subject.CONTACT: "The person", Profile.Subject.COMPANY: "Their company"}
"""What the facts are of that a profile of people reads, in the order in which they are offered."""


def vocabulary(subject: str = Profile.Subject.COMPANY) -> dict[str, Any]:
    """Everything the builder needs for profiles with this subject, as JSON."""
    found = suggestions()
    return {
        "subject": subject,
        "facts": [
            fact_words(fact, found.get(fact.key, []))
            | {"group": GROUPS[of] if subject == Profile.Subject.CONTACT else ""}
            for fact, of in offered(subject)
        ],
        "lists": [
            {
                "key": row.key,
                "title": row.title,
                "size": row.size,
                "link": reverse("admin:personas_namedlist_change", args=[row.pk]),
            }
            for row in NamedList.objects.annotate(size=Count("entries"))
        ],
    }


def offered(subject: str) -> list[tuple[Fact, Profile.Subject]]:
    """The facts that profiles with this subject may read, each with what it is a fact of; those of the person first.

    A profile of people gives points that go into the results of companies, so it reads none of these results.
    """
    of_people = subject == Profile.Subject.CONTACT
    facts = [(fact, Profile.Subject(fact.subject)) for fact in draft_reader().vocabulary.values()]
    if not of_people:
        return [(fact, of) for fact, of in facts if of != Profile.Subject.CONTACT]
    free = [(fact, of) for fact, of in facts if not (fact.bonus_only or fact.result)]
    return sorted(free, key=lambda each: each[1] != Profile.Subject.CONTACT)


def fact_words(fact: Fact, suggested: list[str]) -> dict[str, Any]:
    """One fact with the questions it has."""
    return {
        "key": fact.key,
        "label": fact.label,
        "kind": fact.kind,
        "says": KINDS[fact.kind],
        "unit": fact.unit,
        "explanation": fact.explanation,
        "choices": [{"key": each, "label": each.replace("_", " ")} for each in fact.choices],
        "suggestions": suggested,
        "number": fact.kind in NUMBERS,
        "bonus_only": fact.bonus_only,
        "operators": [
            {"key": each.key, "takes": each.takes.name.lower(), "says": says(each, fact.kind)}
            # What a list starts with is what a new condition asks, so a denial must not stand first.
            for each in sorted(OPERATORS.values(), key=lambda each: each.key == "none_of")
            if each.suits(fact.kind, ordered=fact.ordered)
        ]
        + [
            {"key": "known", "takes": "nothing", "says": "is known"},
            {"key": "unknown", "takes": "nothing", "says": "is unknown"},
        ],
    }


def says(operator: Operator, kind: Kind) -> str:
    """How the question reads in front of its value: "is at least", "is within the last … days"."""
    if operator.key == "empty":
        return "have"
    return operator.words(kind).says.replace("{value}", "…").removesuffix("…").strip()


def suggestions() -> dict[str, list[str]]:
    """Names that the draft itself knows, by fact."""
    personas = list(Persona.objects.values_list("key", flat=True))
    return {
        "personas": personas,
        "contact_persona": personas,
        "buying_roles": list(BUYING_ROLES),
        "contact_roles": list(BUYING_ROLES),
        "contact_function": list(FUNCTIONS),
        "day_job_segments": list(Profile.objects.exclude(rank=None).values_list("key", flat=True)),
    }


def for_typing(condition: Any) -> Any:
    """A condition as it stands in a document, with the numbers it compares with as text, so that no digit is lost."""
    if not isinstance(condition, dict):
        return condition
    if "fact" in condition:
        return {key: value if key in ("fact", "missing") else digits(value) for key, value in condition.items()}
    out = dict(condition)
    for key in ("all", "any", "of"):
        if isinstance(out.get(key), list):
            out[key] = [for_typing(part) for part in out[key]]
    if "not" in out:
        out["not"] = for_typing(out["not"])
    return out


def digits(value: Any) -> Any:
    if isinstance(value, list):
        return [digits(each) for each in value]
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return format(Decimal(str(value)), "f")
    return value
