"""The handbook: whom we look for, in plain words made from the active rules, to be read and printed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from personas.models import Persona, Ruleset
from personas.rules.conditions import Compare, Condition, comparisons
from personas.rules.document import Component, Document, Line, NamedList, Profile
from personas.rules.document import Persona as DocumentPersona
from personas.rules.facts import Fact, Kind
from personas.rules.operators import OPERATORS, Takes
from personas.rules.text.pages import COMBINED, wanted_text
from personas.rules.text.sentences import Speech, capital, speech
from personas.rules.text.values import points_text

from .persona import KINDS, words
from .ruleset import author

MAY_READ = ("personas.view_profile", "personas.change_profile")

BY_KEY = frozenset({"personas", "contact_persona", "day_job_segments"})
"""Facts whose values are keys of the rules themselves."""

KIND_WORDS: Mapping[Kind, str] = {
    Kind.INTEGER: "a whole number",
    Kind.DECIMAL: "a number",
    Kind.MONEY: "an amount of money",
    Kind.PERCENT: "a percentage",
    Kind.DATE: "a day",
    Kind.BOOLEAN: "yes or no",
    Kind.CHOICE: "one of several words",
    Kind.TEXT: "a word or name",
    Kind.SET: "a list of names",
}
UNKNOWN = {
    "open": "What is unknown stays open: it counts neither for nor against.",
    "yes": "What is unknown counts as a yes, unless a line says otherwise.",
    "no": "What is unknown counts as a no, unless a line says otherwise.",
}


@dataclass(frozen=True)
class Said:
    """One criterion as people read it."""

    label: str
    sentence: str
    points: str
    rationale: str
    reason: str


@dataclass(frozen=True)
class Group:
    """Criteria that belong together; `notes` say how they count."""

    title: str
    note: str
    lines: tuple[Said, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """One kind of company, or a profile of people."""

    anchor: str
    profile: Profile
    unknown: str
    enough: str
    groups: tuple[Group, ...]
    bands: tuple[str, ...]
    maximum: str
    wanted: str


@dataclass(frozen=True)
class FactSaid:
    """One thing to know about a company, and which profiles ask for it."""

    label: str
    kind: str
    unit: str
    choices: tuple[str, ...]
    explanation: str
    fresh: str
    asked_by: tuple[str, ...]


@dataclass(frozen=True)
class ListSaid:
    """A list, and which profiles look things up on it."""

    anchor: str
    named: NamedList
    asked_by: tuple[str, ...]


@dataclass(frozen=True)
class Portrait:
    """One persona: who they are, what to say, and what to avoid."""

    anchor: str
    persona: DocumentPersona
    tier: str
    roles: str
    statements: tuple[tuple[str, str, tuple[str, ...]], ...]


@require_safe
@never_cache
def handbook(request: HttpRequest) -> HttpResponse:
    """The rules in force as a book; 403 for people who may not see profiles."""
    if not any(request.user.has_perm(each) for each in MAY_READ):
        raise PermissionDenied
    ruleset = Ruleset.objects.active().select_related("author").first()
    context = {**admin.site.each_context(request), "title": "Handbook", "ruleset": ruleset}
    if ruleset is not None:
        context |= contents(ruleset.document()) | {"author": author(ruleset)}
    return render(request, "personas/handbook/page.html", context)


def contents(document: Document) -> dict[str, object]:
    """All chapters, in the order in which they are read."""
    said = Words(speech(document, whole=True), document)
    ranked = document.ranked()
    scorecards = [profile for profile in document.profiles if profile.rank is None]
    tiers = [
        (tier.label, [portrait(persona) for persona in document.personas if persona.tier == tier.value])
        for tier in Persona.Tier
    ]
    return {
        "segments": [chapter(said, profile) for profile in ranked],
        "scorecards": [chapter(said, profile) for profile in scorecards],
        "people": [chapter(said, profile) for profile in document.contact_profiles],
        "tiers": [(label, people) for label, people in tiers if people],
        "facts": list(facts_said(document)),
        "lists": [ListSaid(f"list-{each.key}", each, askers_of_list(document, each.key)) for each in document.lists],
    }


def everyone(document: Document) -> tuple[Profile, ...]:
    """All profiles: those of companies, then those of people."""
    return (*document.profiles, *document.contact_profiles)


class Words:
    """Says conditions with the names of personas and profiles in place of their keys."""

    def __init__(self, said: Speech, document: Document) -> None:
        self.speech = said
        names = {profile.key: profile.name for profile in everyone(document)}
        names |= {persona.key: persona.name for persona in document.personas if persona.name}
        self.names = names
        keys = "|".join(re.escape(key) for key in sorted(names, key=len, reverse=True))
        self.keys = re.compile(rf"(?<![\w-])(?:{keys})(?![\w-])") if keys else None

    def say(self, condition: Condition) -> str:
        """The condition as a clause."""
        text = self.speech.say(condition)
        if self.keys is None or not BY_KEY & {each.fact for each in comparisons(condition)}:
            return text
        return self.keys.sub(lambda found: self.names[found.group()], text)


def chapter(said: Words, profile: Profile) -> Chapter:
    """A profile, in the order in which it is worked out."""
    who = "contact" if profile.subject == "contact" else "company"
    groups = [
        Group("Rules out", f"As soon as one of these holds, the {who} is left out.", lines(said, profile.disqualify)),
        Group("Must", "All of these have to hold.", lines(said, profile.must)),
        *(component(said, each) for each in profile.components),
        Group(
            "Bonus",
            ("Counts where every must holds" if profile.must else "Counts on top")
            + (", and never moves a company to another segment." if profile.must and who == "company" else "."),
            lines(said, profile.bonus),
        ),
        Group("Flags", "Worth knowing, worth no points.", lines(said, profile.flags)),
    ]
    return Chapter(
        f"profile-{profile.key}",
        profile,
        UNKNOWN[profile.missing],
        capital(said.say(profile.enough_data)) if profile.enough_data else "",
        tuple(group for group in groups if group.lines),
        tuple(bands(profile)),
        points_text(profile.maximum) if profile.maximum is not None else "",
        wanted_text(profile, said.names),
    )


def lines(said: Words, found: Sequence[Line]) -> tuple[Said, ...]:
    return tuple(
        Said(
            line.label or line.key,
            capital(said.say(line.when)),
            points_text(line.points) if line.points is not None else "",
            line.rationale,
            line.reason,
        )
        for line in found
    )


def component(said: Words, found: Component) -> Group:
    """A group of points with what limits it."""
    notes = []
    if found.gate:
        notes.append(f"Counts only where {said.say(found.gate)}; else 0 points.")
    if found.combine != "sum":
        notes.append(f"{capital(points_text(found.otherwise))} where none of them holds.")
    if found.cap is not None:
        notes.append(f"Never more than {points_text(found.cap)}.")
    if found.floor is not None:
        notes.append(f"Never less than {points_text(found.floor)}.")
    return Group(
        f"Points: {found.label or found.key}",
        f"{capital(COMBINED[found.combine])}.",
        lines(said, found.rows),
        tuple(notes),
    )


def bands(profile: Profile) -> Iterator[str]:
    """The bands from the top down."""
    above = None
    for band in profile.bands:
        if band.start is not None:
            yield f"{band.key}: {points_text(band.start)} or more"
        else:
            yield f"{band.key}: " + ("any total" if above is None else f"below {points_text(above)}")
        above = band.start


def facts_said(document: Document) -> Iterator[FactSaid]:
    """The facts that some rule asks for, by label; then those of our own that no rule asks for."""
    asked: dict[str, dict[str, None]] = {}
    for profile in everyone(document):
        for condition in profile.conditions():
            for each in comparisons(condition):
                asked.setdefault(each.fact, {})[profile.name] = None
    own = [fact.key for fact in document.facts if fact.key not in asked]
    known = [key for key in (*asked, *own) if key in document.vocabulary]
    for fact in sorted((document.vocabulary[key] for key in known), key=lambda fact: (fact.key in own, fact.label)):
        yield fact_said(fact, tuple(asked.get(fact.key, ())))


def fact_said(fact: Fact, asked_by: tuple[str, ...]) -> FactSaid:
    days = fact.fresh_for_days
    return FactSaid(
        fact.label,
        KIND_WORDS[fact.kind],
        fact.unit,
        tuple(choice.replace("_", " ") for choice in fact.choices),
        fact.explanation,
        f"counts for {days:,} {'day' if days == 1 else 'days'} after it was observed" if days is not None else "",
        asked_by,
    )


def askers_of_list(document: Document, key: str) -> tuple[str, ...]:
    """The profiles with a criterion that names this list."""
    return tuple(
        profile.name
        for profile in everyone(document)
        if any(
            isinstance(each, Compare) and OPERATORS[each.operator].takes is Takes.LIST and each.value == key
            for condition in profile.conditions()
            for each in comparisons(condition)
        )
    )


def portrait(persona: DocumentPersona) -> Portrait:
    return Portrait(
        f"persona-{persona.key}",
        persona,
        Persona.Tier(persona.tier).label,
        words(persona.buying_roles),
        tuple(
            (title, icon, tuple(each.text for each in persona.statements if each.kind == kind))
            for kind, title, icon in KINDS
        ),
    )
