"""The points of a contact on their page: the receipt line by line, and where they stand in their account."""

import logging
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from crm.admin.fit_card import Section
from crm.admin.freshness import freshness_of
from crm.admin.navigation import may_view
from crm.admin.stamp import Stamp, stamp_of
from crm.admin.standing import points_of
from crm.models import Contact, ContactFit
from crm.scoring.explain import AskFirst, ContactReceipt, explain_contact
from crm.scoring.failures import FAULTS
from personas.models import Ruleset

logger = logging.getLogger(__name__)

QUESTIONS = 5
HERE = "Fill it in on this page"
ABOVE = {
    "contact_persona": "Choose the persona above",
    "contact_roles": "Tick the buying roles above",
    "contact_is_champion": "Say it above",
    "contact_title": "Fill in the job title below",
    "contact_seniority": "A job title that names it says it",
    "contact_function": "A job title that names it says it",
    "contact_last_activity": "Log what you do with them",
}
"""Where the answer to a question about a person is noted."""


@dataclass(frozen=True)
class Question:
    """A fact worth asking for, and where the answer goes; `address` leads there where that is another page."""

    ask: AskFirst
    hint: str
    address: str = ""


@dataclass(frozen=True)
class ContactCard:
    """All that the page says of the points; `place` of `there` contacts with points in the account, 0 where unknown."""

    receipt: ContactReceipt
    head: Section | None
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    stamp: Stamp
    place: int
    there: int


def contact_card(request: HttpRequest, contact: Contact, ruleset: Ruleset) -> dict[str, Any]:
    """The context of the block: a card, or why there is none; nothing where the rules give people no points."""
    if not ruleset.document().contact_profiles:
        return {}
    if contact.company is None:
        return {"contact_card": None, "no_contact_card": "no company"}
    try:
        receipt = explain_contact(contact, at=timezone.now(), ruleset=ruleset)
    except FAULTS as error:  # what keeps them from being scored must not keep people from mending it
        logger.warning("contact receipt not shown contact=%d error=%s", contact.pk, type(error).__name__)
        receipt = None
    if receipt is None:
        return {"contact_card": None, "no_contact_card": "cannot"}
    document = ruleset.document()
    profiles = {each.key: each for each in document.contact_profiles}
    sections = tuple(
        Section(each, points_of(each.result.low, each.result.high, profiles[each.key]), own=False)
        for each in receipt.profiles
    )
    own = receipt.own.key if receipt.own else None
    place, there = place_of(contact)
    return {
        "contact_card": ContactCard(
            receipt=receipt,
            head=next((each for each in sections if each.receipt.key == own), None),
            # The one that counts comes first.
            sections=tuple(sorted(sections, key=lambda each: each.receipt.key != own)),
            questions=tuple(question(request, contact, ruleset, ask) for ask in receipt.questions[:QUESTIONS]),
            stamp=stamp_of(contact.company, ruleset, freshness_of(request)),
            place=place,
            there=there,
        )
    }


def place_of(contact: Contact) -> tuple[int, int]:
    """Which of the contacts with points in the account this is, the best being 1, and how many there are."""
    stored = ContactFit.objects.filter(pk=contact.pk, company=contact.company_id).first()
    others = ContactFit.objects.filter(company=contact.company_id, profile__isnull=False).exclude(status="disqualified")
    if stored is None or stored.profile is None or stored.status == "disqualified":
        return 0, 0
    places = list(others.values_list("place", flat=True))
    return 1 + sum(1 for each in places if each < stored.place), len(places)


def question(request: HttpRequest, contact: Contact, ruleset: Ruleset, ask: AskFirst) -> Question:
    """The question with where its answer is noted: with the person, or with their company."""
    fact = ruleset.document().vocabulary[ask.fact]
    if fact.subject == "contact":
        return Question(ask, ABOVE.get(fact.key, HERE))
    address = reverse("admin:crm_company_change", args=[contact.company_id]) if may_view(request, "crm.company") else ""
    return Question(ask, f"A fact of {contact.company}", address)
