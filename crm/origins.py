"""Where what is known of a contact comes from: whose word it is, of which day, and whether a person said it."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from django.contrib.auth.models import User

from crm.models import Contact, ContactSource

BY_HAND = "entered by hand"

FACTS = (
    "name", "company", "title", "linkedin_url", "city", "followers", "is_founder", "consent", "persona", "roles",
    "is_champion",
)  # fmt: skip
"""What a contact has a source for. An e-mail address has none: it says who they are."""

COLUMNS = {fact: Contact._meta.get_field(fact).attname for fact in FACTS}  # type: ignore[union-attr]


class Origin(NamedTuple):
    """Whose word it is, of which day, and the id of the person who said it; None where a program did."""

    source: str
    on: date | None
    person: int | None = None


def word_of(user: User | None, on: date) -> Origin:
    """What this user says as observed on that day: by hand, or in the name of the program that they are."""
    if user is None:
        return Origin(BY_HAND, on)
    if hasattr(user, "integration"):
        return Origin(user.get_username(), on)
    return Origin(BY_HAND, on, user.pk)


def sign(contact: Contact, facts: Collection[str], origin: Origin) -> None:
    """These facts of the contact come from there; those that are unknown come from nowhere."""
    known = [fact for fact in sorted(set(facts)) if getattr(contact, COLUMNS[fact]) is not None]
    unknown = set(facts) - set(known)
    if unknown:
        ContactSource.objects.filter(contact=contact, fact__in=unknown).delete()
    ContactSource.objects.bulk_create(
        [
            ContactSource(
                contact=contact,
                fact=fact,
                source=origin.source[:200],
                observed_on=origin.on,
                person_id=origin.person,
            )
            for fact in known
        ],
        update_conflicts=True,
        unique_fields=["contact", "fact"],
        update_fields=["source", "observed_on", "person"],
    )
