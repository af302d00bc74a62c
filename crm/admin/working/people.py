"""The buying group of an account: who is there, which personas and buying roles they cover, and which are missing."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from crm.admin.navigation import may_view
from crm.admin.scoped import may_edit
from crm.models import Company, Contact, JobTitle
from personas.models import Persona as StoredPersona
from personas.models import Ruleset
from personas.rules.document import Document
from personas.rules.parts import Persona

MOST_SHOWN = 100
TIERS = {tier.value: (place, str(tier.label)) for place, tier in enumerate(StoredPersona.Tier)}
ROLES = ("initiator", "influencer", "decision_maker", "user")
WANTED = ("primary", "usable_by", "experiment")
"""The tiers whose personas one looks for in an account."""

STATES = {
    "present": ("Present", "check_circle", "yes"),
    "perhaps": ("Perhaps", "contrast", "open"),
    "missing": ("Missing", "person_off", "no"),
    "unknown": ("Not known", "help", "open"),
}


@dataclass(frozen=True)
class Talk:
    """What to say to a persona, and what to avoid."""

    key: str
    name: str
    tier: str
    roles: str
    story: str
    goals: tuple[str, ...]
    deal_makers: tuple[str, ...]
    deal_breakers: tuple[str, ...]


@dataclass(frozen=True)
class Someone:
    """A contact with the personas they are or may be.

    `how` is decided (by a person), certain, ambiguous, none, excluded or untitled.
    """

    contact: Contact
    how: str
    talks: tuple[Talk, ...]

    @property
    def certain(self) -> Talk | None:
        return self.talks[0] if self.how in ("decided", "certain") and self.talks else None

    @property
    def said(self) -> str:
        """The persona in words: "Sam", "Sam or Pam", "no persona fits the title"."""
        if self.talks:
            return " or ".join(talk.name for talk in self.talks)
        if self.how == "excluded":
            return "the title rules personas out"
        return "no persona fits the title" if self.how == "none" else "persona not known: no job title"

    @property
    def refuses(self) -> bool:
        return bool(self.contact.consent == Contact.Consent.REFUSED)


@dataclass(frozen=True)
class Cover:
    """Whether a persona or a buying role is there, and who covers it for certain or perhaps."""

    name: str
    note: str
    state: str
    people: tuple[Someone, ...]

    @property
    def word(self) -> str:
        return STATES[self.state][0]

    @property
    def icon(self) -> str:
        return STATES[self.state][1]

    @property
    def kind(self) -> str:
        return STATES[self.state][2]


@dataclass(frozen=True)
class BuyingGroup:
    """Everybody we know at the account, as far as MOST_SHOWN, and what they cover. `gaps` says it in one line."""

    people: tuple[Someone, ...]
    more: bool
    personas: tuple[Cover, ...]
    roles: tuple[Cover, ...]
    researched: bool
    may_add: bool

    @property
    def gaps(self) -> str:
        """What to look for, in one line; empty where nothing is missing."""
        missing = [each.name for each in self.personas if each.state == "missing"]
        missing += [each.name.lower() for each in self.roles if each.state == "missing"]
        return f"Missing: {', '.join(missing)}" if missing else ""


def buying_group(request: HttpRequest, company: Company, ruleset: Ruleset | None) -> BuyingGroup | None:
    """The people of the account, two queries for any number of them; None for who may not see contacts."""
    if not may_view(request, "crm.contact"):
        return None
    document = ruleset.document() if ruleset else Document()
    contacts = (
        Contact.objects.visible_to(request.user)
        .filter(company=company)
        .select_related("title")
        .prefetch_related("title__personas")
        .order_by("name", "pk")
    )
    found = list(contacts[: MOST_SHOWN + 1])
    people = tuple(someone(contact, document) for contact in found[:MOST_SHOWN])
    # The rules read people so: complete once somebody looked, and everybody there has a persona.
    complete = company.people_researched_on is not None and all(each.certain for each in people)
    personas = sorted((each for each in document.personas if each.tier in WANTED), key=lambda each: TIERS[each.tier][0])
    return BuyingGroup(
        people=people,
        more=len(found) > MOST_SHOWN,
        personas=tuple(
            cover(each.name, TIERS[each.tier][1], people, {each.key}, complete=complete) for each in personas
        ),
        roles=tuple(
            cover(role_name(role), "", people, with_role(document, role), complete=complete)
            for role in ROLES
            if document.personas
        ),
        researched=company.people_researched_on is not None,
        may_add=request.user.has_perm("crm.add_contact") and may_edit(request, company),
    )


def someone(contact: Contact, document: Document) -> Someone:
    """The contact with their personas; the title comes with its own."""
    personas = {each.key: each for each in document.personas}
    if contact.persona:
        keys, how = [contact.persona], "decided"
    elif contact.title is None:
        keys, how = [], "untitled"
    else:
        keys = [each.persona for each in contact.title.personas.all()]
        how = "excluded" if contact.title.result == JobTitle.Result.EXCLUDED else "none"
        if keys:
            how = "certain" if len(keys) == 1 else "ambiguous"
    return Someone(contact, how, tuple(talk(personas.get(key), key) for key in keys))


def talk(persona: Persona | None, key: str) -> Talk:
    """What to say to this persona; only its key where the rules no longer have it."""
    if persona is None:
        return Talk(key, key, "", "", "", (), (), ())

    def texts(kind: str) -> tuple[str, ...]:
        return tuple(each.text for each in persona.statements if each.kind == kind)

    return Talk(
        key=persona.key,
        name=persona.name,
        tier=TIERS[persona.tier][1],
        roles=", ".join(role_name(role).lower() for role in persona.buying_roles),
        story=persona.story,
        goals=texts("goal"),
        deal_makers=texts("deal_maker"),
        deal_breakers=texts("deal_breaker"),
    )


def cover(name: str, note: str, people: Iterable[Someone], keys: set[str], *, complete: bool) -> Cover:
    """Who is one of these personas; without anybody it is missing only where the people are complete."""
    sure = [each for each in people if each.certain and each.certain.key in keys]
    perhaps = [each for each in people if each.how == "ambiguous" and keys & {talk.key for talk in each.talks}]
    if sure:
        return Cover(name, note, "present", tuple(sure))
    # Whichever of several personas somebody is, all of them may have the role.
    if any({talk.key for talk in each.talks} <= keys for each in perhaps):
        return Cover(name, note, "present", tuple(perhaps))
    if perhaps:
        return Cover(name, note, "perhaps", tuple(perhaps))
    return Cover(name, note, "missing" if complete else "unknown", ())


def with_role(document: Document, role: str) -> set[str]:
    return {each.key for each in document.personas if role in each.buying_roles}


def role_name(role: str) -> str:
    return role.replace("_", " ").capitalize()
