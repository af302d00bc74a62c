"""Where facts come from that a person typed in."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from crm import origins
from crm.imports.columns import is_column, value_of
from crm.models import Company, Contact, FactSource
from crm.stating import BY_HAND, sign

# The fact behind each field of the company form that states one.
FACT_OF_FIELD = {
    "employees": "employees",
    "consumer_users": "consumer_users",
    "monthly_revenue_usd": "monthly_revenue",
    "funding_total_usd": "funding_total",
    "funding_stage": "funding_stage",
    "status": "is_public",
    "founded": "founded",
    "company_type": "company_type",
    "project_stage": "project_stage",
    "country": "country",
    "city": "city",
    "industry": "industry",
    "domain": "domain",
    "lifecycle_stage": "lifecycle_stage",
}


def note_edit(company: Company, facts: Iterable[str], person: int | None, on: date) -> None:
    """These facts of the company were stated on that day by this user (an id); the emptied ones by nobody."""
    emptied = {fact for fact in facts if is_column(fact) and value_of(company, fact) is None}
    FactSource.objects.filter(company=company, fact__in=emptied).delete()
    sign(company, set(facts) - emptied, source=BY_HAND, person=person, on=on)


def note_contact_edit(request: HttpRequest, contact: Contact, fields: Iterable[str]) -> None:
    """What this person has changed of the contact is their word, as of today; what they have emptied is nobody's."""
    facts = [field for field in fields if field in origins.FACTS]
    if facts:
        by = request.user if isinstance(request.user, User) else None
        origins.sign(contact, facts, origins.word_of(by, timezone.now().date()))


def note_contact_rows(request: HttpRequest, formset: Any) -> None:
    """The same for the contacts in the rows of a company's form, which are stored."""
    gone = set(formset.deleted_forms)
    for row in formset.forms:
        if row.has_changed() and row not in gone and row.instance.pk is not None:
            new = [] if row in formset.initial_forms else ["company"]
            note_contact_edit(request, row.instance, [*row.changed_data, *new])
