"""Rows and rules for tests: each takes what matters and invents the rest."""

from datetime import datetime
from itertools import count
from typing import Any

from django.contrib.auth.models import Group, User
from django.utils import timezone

from crm.models import (
    Company,
    CompanyTerm,
    Contact,
    Employer,
    Employment,
    Investment,
    Investor,
    JobTitle,
    Override,
    Term,
)
from personas.models import Ruleset
from personas.publishing import publish
from personas.rules.document import from_data

numbers = count(1)

SEGMENTS = {
    "format": 1,
    "lists": {"leading": {"title": "Leading investors", "contains_from": 8, "entries": ["Sequoia Capital", "Accel"]}},
    "profiles": [
        {
            "key": "growth",
            "name": "Growth",
            "stance": "focus",
            "rank": 1,
            "must": [
                {"key": "size", "label": "15 to 500 people", "when": {"fact": "employees", "between": [15, 500]}},
                {"key": "backed", "label": "Backed", "when": {"fact": "investors", "any_in_list": "leading"}},
            ],
            "components": [
                {
                    "key": "size",
                    "label": "Size",
                    "combine": "first",
                    "rows": [
                        {"key": "big", "when": {"fact": "employees", "at_least": 100}, "points": 20},
                        {"key": "some", "when": {"fact": "employees", "at_least": 15}, "points": 10},
                    ],
                }
            ],
        },
        {
            "key": "early",
            "name": "Early",
            "stance": "develop",
            "rank": 2,
            "must": [{"key": "small", "label": "Small", "when": {"fact": "employees", "less_than": 15}}],
        },
    ],
}


def ruleset(data: dict[str, Any] | None = None, **profile: Any) -> Ruleset:
    """The active ruleset: `data`, or one profile made of the keywords, or two plain segments."""
    if data is None:
        data = SEGMENTS
    if profile:
        data = {"format": 1, "profiles": [{"key": "only", "name": "Only", "rank": 1} | profile]}
    return publish(from_data(data))


def company(employees: int | tuple[int | None, int | None] | None = None, **columns: Any) -> Company:
    """A company; `employees` is a number, a range (low, high), or unknown."""
    number = next(numbers)
    low, high = employees if isinstance(employees, tuple) else (employees, employees)
    return Company.objects.create(
        **{"name": f"Company {number}", "employees_low": low, "employees_high": high} | columns
    )


def invested(company: Company, *names: str) -> Company:
    """`company`, in which investors of these names have invested."""
    for name in names:
        investor, _ = Investor.objects.get_or_create(name=name)
        Investment.objects.create(company=company, investor=investor)
    return company


def termed(company: Company, vocabulary: str, *names: str) -> Company:
    """`company` with these terms."""
    for name in names:
        term, _ = Term.objects.get_or_create(vocabulary=vocabulary, name=name)
        CompanyTerm.objects.create(company=company, term=term)
    return company


def contact(company: Company | None = None, title: str | None = None, **columns: Any) -> Contact:
    """Someone at `company`, with a job title."""
    number = next(numbers)
    row = JobTitle.objects.get_or_create(text=title)[0] if title else None
    return Contact.objects.create(**{"name": f"Person {number}", "company": company, "title": row} | columns)


def worked(contact: Contact, employer: str, kind: str = "previous", company: Company | None = None) -> Contact:
    """`contact`, who works or worked at `employer`."""
    row, _ = Employer.objects.get_or_create(name=employer, defaults={"company": company})
    Employment.objects.create(contact=contact, employer=row, kind=kind)
    return contact


def by_hand(company: Company, segment: str | None, author: User, **columns: Any) -> Override:
    """The override that puts `company` into this segment, or into none."""
    said = {"segment": segment, "reason": "We know them", "author": author, "expires_on": "2999-01-01"}
    return Override.objects.create(company=company, **said | columns)


def now() -> datetime:
    return timezone.now()


def member(name: str, *groups: str, **columns: Any) -> User:
    """Somebody of staff in these groups, which are made where they are missing."""
    user = User.objects.create_user(name, **{"is_staff": True} | columns)
    user.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
    return user
