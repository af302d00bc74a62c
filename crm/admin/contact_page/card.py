"""What the page of a contact says of their persona: what to say, what to avoid, and why we think so."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from crm.admin.navigation import may_view
from crm.admin.scoped import may_edit
from crm.admin.working.people import Someone, someone
from crm.models import Contact, JobTitle
from personas.models import Persona, Ruleset
from personas.rules.document import Document
from personas.rules.words import words


@dataclass(frozen=True)
class PersonCard:
    """The card; `why` are short sentences, `links` lead to the pages of personas by key."""

    someone: Someone
    why: tuple[str, ...]
    settle: str
    choices: tuple[tuple[str, str, bool], ...]
    links: dict[str, str]
    may_correct: bool

    @property
    def was(self) -> str:
        """What a form that corrects this was built from."""
        return self.someone.contact.persona or ""


def person_card(request: HttpRequest, contact: Contact, ruleset: Ruleset) -> PersonCard:
    """The card of a saved contact; two queries beside those for the contact."""
    document = ruleset.document()
    found = someone(contact, document)
    chosen = contact.persona or ""
    keys = [talk.key for talk in found.talks]
    pages = (
        Persona.objects.filter(key__in=keys).values_list("key", "pk") if may_view(request, "personas.persona") else ()
    )
    names = {each.key: each.name for each in document.personas}
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
        links={key: reverse("admin:personas_persona_change", args=[pk]) for key, pk in pages},
        may_correct=request.user.has_perm("crm.change_contact") and may_edit(request, contact),
    )


def reasons(contact: Contact, found: Someone, document: Document) -> list[str]:
    """Why we think so, one sentence each: a person's word first, then what the title says."""
    said = []
    if contact.persona:
        said.append("Decided by a person, for this contact only.")
    if contact.title is None:
        return [*said, "The job title is not known. Fill it in below, and the personas it fits are found."]
    text = contact.title.text
    matched = [each.persona for each in contact.title.personas.all()]
    for key in matched:
        persona = next((each for each in document.personas if each.key == key), None)
        pattern = next((each for each in persona.titles if words(each) == words(text)), None) if persona else None
        name = persona.name if persona else key
        if pattern:
            said.append(f"The title “{text}” is on the list of {name} as “{pattern}”.")
        else:
            said.append(f"The title “{text}” was matched to {name}; it is not word for word on the list in force.")
    if not matched:
        said.append(unmatched(text, contact.title.result, document))
    if contact.persona and matched and contact.persona not in matched:
        said.append("By the title alone it would be somebody else.")
    return said


def unmatched(text: str, result: str | None, document: Document) -> str:
    """Why a title stands for no persona."""
    for persona in document.personas:
        pattern = next((each for each in persona.exclude if words(each) == words(text)), None)
        if pattern:
            return f"The title “{text}” is ruled out: {persona.name} is never a “{pattern}”."
    if result == JobTitle.Result.EXCLUDED:
        return f"The title “{text}” is ruled out by the title lists."
    return f"The title “{text}” is on the list of no persona. If it should be, tell whoever keeps the personas."
