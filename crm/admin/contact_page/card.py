"""What the page of a contact says of their persona: what to say, what to avoid, and why we think so."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from crm.admin.scoped import may_edit
from crm.admin.titles.words import BARRIERS, by_words, kind_of
from crm.admin.working.people import Someone, as_decided, role_name, someone
from crm.models import Contact, JobTitle
from personas.admin.handbook import MAY_READ
from personas.models import Ruleset
from personas.rules.document import Document
from personas.rules.parts import BUYING_ROLES

from .deciding import READERS, decided_by, stored


@dataclass(frozen=True)
class PersonCard:
    """The card; `why` are short sentences, `links` lead to the pages of personas by key.

    `decided` says by whom each decision was taken; `by_title` is who they are without any, `by_persona` without one on
    their roles.
    """

    someone: Someone
    why: tuple[str, ...]
    settle: str
    choices: tuple[tuple[str, str, bool], ...]
    links: dict[str, str]
    may_correct: bool
    decided: dict[str, str]
    by_title: Someone
    by_persona: Someone

    @property
    def was(self) -> dict[str, str]:
        """What each form that decides something was built from, by column."""
        return {column: stored(self.someone.contact, column) for column in READERS}

    @property
    def roles(self) -> list[tuple[str, str, bool]]:
        """The buying roles to tick: key, name, and whether they have it now."""
        return [(key, role_name(key), key in self.someone.roles) for key in BUYING_ROLES]


def person_card(request: HttpRequest, contact: Contact, ruleset: Ruleset) -> PersonCard:
    """The card of a saved contact; one query beside those for the contact, for who decided what."""
    document = ruleset.document()
    found = someone(contact, document)
    chosen = contact.persona or ""
    keys = [talk.key for talk in found.talks]
    names = {each.key: each.name for each in document.personas}
    may_read = any(request.user.has_perm(each) for each in MAY_READ)
    choices = [("", "As the title says"), *names.items()]
    if chosen not in dict(choices):
        choices.append((chosen, f"{chosen} (not in the rules in force)"))
    return PersonCard(
        someone=found,
        why=tuple(reasons(contact, found, document)),
        settle="Choose which of them this person is; that settles it for this contact only."
        if found.how == "ambiguous"
        else "",
        choices=tuple((key, name, key == chosen) for key, name in choices),
        links={key: reverse("persona", args=[key]) for key in keys if may_read and key in names},
        may_correct=request.user.has_perm("crm.change_contact") and may_edit(request, contact),
        decided=decided_by(contact),
        by_title=as_decided(contact, document, persona=None, roles=None),
        by_persona=as_decided(contact, document, persona=contact.persona, roles=None),
    )


def reasons(contact: Contact, found: Someone, document: Document) -> list[str]:
    """Why we think so, one sentence each: a person's word first, then what was read in the title."""
    said = []
    if contact.persona:
        said.append("Decided by a person, for this contact only.")
    if contact.title is None:
        return [*said, "The job title is not known. Fill it in below, and the personas it fits are found."]
    names = {each.key: each.name for each in document.personas}
    matched = [each.persona for each in contact.title.personas.all()]
    said += read_in(contact.title, matched, names)
    if contact.persona and matched and contact.persona not in matched:
        by_title = " or ".join(names.get(key, key) for key in matched)
        said.append(f"By the title alone it would be {by_title}.")
    return said


def read_in(title: JobTitle, matched: Sequence[str], names: Mapping[str, str]) -> Iterator[str]:
    """What the matcher read in a title: the words that speak for each persona, what speaks against, and the level."""
    reading = title.reading if isinstance(title.reading, dict) else {}
    speaks_for = {each["persona"]: each for each in reading.get("evidence") or ()}
    for key in matched:
        name = names.get(key, key)
        if each := speaks_for.get(key):
            yield f"The title “{title.text}” fits “{each['pattern']}” on the list of {name}{by_words(each)}."
        else:
            yield f"The title “{title.text}” was matched to {name}; which words say so is not known."
    if not matched:
        yield unmatched(title)
    for each in reading.get("excluded") or ():
        yield ruled_out(each, names)
    for flag in reading.get("flags") or ():
        kind, _, word = str(flag).partition(":")
        yield f"“{word}” has several meanings; the usual one was taken." if kind == "ambiguous" else f"It is {flag}."
    if others := [each for each in reading.get("alternatives") or () if each != "other"]:
        yield f"The title names work in {' and '.join(others)} too."
    if said := kind_of({"seniority": title.seniority, "function": title.function}):
        yield f"Level and kind of work: {said}."


def unmatched(title: JobTitle) -> str:
    """That a title stands for no persona, and what to do about it."""
    match title.result:
        case JobTitle.Result.EXCLUDED:
            return f"The title “{title.text}” is ruled out."
        case JobTitle.Result.UNKNOWN:
            return f"The title “{title.text}” has no words."
        case JobTitle.Result.NONE:
            return f"No persona fits the title “{title.text}”. If one should, tell whoever keeps the personas."
        case _:
            return f"The title “{title.text}” has not been read yet. A worker reads it before it scores the account."


def ruled_out(exclusion: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What a title holds that speaks against a persona, or against any."""
    pattern, key = str(exclusion["pattern"]), exclusion["persona"]
    if key is None:
        met = " ".join(exclusion.get("words") or ()) or pattern
        return f"“{met}” {BARRIERS.get(pattern, f'rules it out: {pattern}')}."
    return f"It is never {names.get(key, key)}: “{pattern}” is on the list of what they are not{by_words(exclusion)}."
