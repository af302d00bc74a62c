"""The companies, people and rules that a scenario begins with: `population 300`."""

import json
from collections.abc import Sequence
from random import Random

from django.contrib.auth.models import User
from django.utils import timezone

from crm.job_titles import fingerprint
from crm.models import (
    Company,
    Contact,
    Employer,
    Employment,
    Investment,
    Investor,
    JobTitle,
    Term,
    TitlePersona,
)
from personas.publishing import publish
from personas.rules.document import from_data

from .rules import FIRST

INVESTORS = 12
TITLES = 10
TERMS = 6
EMPLOYERS = 8


def main(arguments: Sequence[str]) -> int:
    """Afterwards the database holds so many companies; 0."""
    [companies] = arguments
    fill(int(companies), Random(7))
    print(json.dumps({"companies": Company.objects.count()}))
    return 0


def fill(number: int, rng: Random) -> None:
    """This many companies are there, with people, investors and rules, all of them new."""
    User.objects.create_superuser("chaos", password="chaos")
    document = from_data(FIRST)
    publish(document)
    today = timezone.localdate()
    companies = Company.objects.bulk_create(
        Company(
            name=f"Company {place}",
            employees_low=5 + place % 40,
            employees_high=5 + place % 40,
            founded=2000 + place % 25,
            funding_researched_on=today,
            people_researched_on=today,
            tags_researched_on=today,
        )
        for place in range(number)
    )
    investors = Investor.objects.bulk_create(Investor(name=f"Quiet Money {place}") for place in range(INVESTORS))
    by = fingerprint(document.personas)
    titles = JobTitle.objects.bulk_create(
        JobTitle(text=f"Title {place}", result=JobTitle.Result.MATCH, matched_with=by) for place in range(TITLES)
    )
    TitlePersona.objects.bulk_create(TitlePersona(title=title, persona="pam") for title in titles)
    Term.objects.bulk_create(Term(vocabulary="tags", name=f"Tag {place}") for place in range(TERMS))
    employers = Employer.objects.bulk_create(
        Employer(name=f"Plain Works {place}", company=rng.choice(companies)) for place in range(EMPLOYERS)
    )
    Investment.objects.bulk_create(
        (Investment(company=company, investor=rng.choice(investors)) for company in companies), ignore_conflicts=True
    )
    contacts = Contact.objects.bulk_create(
        Contact(name=f"Person {place}", company=rng.choice(companies), title=rng.choice(titles), is_founder=True)
        for place in range(number)
    )
    Employment.objects.bulk_create(
        Employment(contact=contact, employer=rng.choice(employers), kind=rng.choice(Employment.Kind.values))
        for contact in contacts[::2]
    )
