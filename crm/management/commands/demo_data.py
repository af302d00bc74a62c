"""Fill an empty database with the invented sample."""

import os
from datetime import UTC, datetime, time

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from crm.job_titles import titles_for
from crm.models import (
    Activity,
    Company,
    CompanyTerm,
    Contact,
    Deal,
    Employer,
    Employment,
    FactSource,
    Investment,
    Investor,
    Term,
)
from crm.moving import move
from crm.sample import STAFF, Sample, SampleCompany, owners, sample, team_of
from personas.models import Ruleset

RANGES = {
    "employees": "employees",
    "monthly_revenue": "monthly_revenue_usd",
    "consumer_users": "consumer_users",
}
PLAIN = (
    "funding_stage", "status", "founded", "company_type", "project_stage", "country", "city", "industry",
    "funding_researched_on", "people_researched_on", "tags_researched_on", "lifecycle_stage",
)  # fmt: skip


class Command(BaseCommand):
    """Loads preset, sample and demo users into an empty database; leaves a filled one as it is."""

    help = "Fill an empty database with invented companies and people."

    def handle(self, **options: object) -> None:
        if not Ruleset.objects.active().exists():
            call_command("load_preset", stdout=self.stdout)
        password = os.environ.get("DEMO_PASSWORD", "")
        user = demo_user(password)
        staff = demo_staff(password)
        if Company.objects.exists():
            self.stdout.write("There are companies already; the sample was left out.")
            return
        made = sample(today=timezone.now().date())
        with transaction.atomic():
            store(made, user, staff)
        self.stdout.write(f"{len(made.companies)} invented companies and {len(made.people)} people loaded.")


def demo_user(password: str) -> User:
    """The user `demo`, who may do everything, with `password` where one is given."""
    user, _ = User.objects.get_or_create(
        username="demo", defaults={"is_staff": True, "is_superuser": True, "first_name": "Demo"}
    )
    set_password(user, password)
    return user


def demo_staff(password: str) -> dict[str, User]:
    """A user for each role, by name, with the same password; two teams, of which each sees its own accounts."""
    staff = {}
    for each in STAFF:
        user, made = User.objects.get_or_create(
            username=each.name,
            defaults={
                "email": each.email,
                "first_name": each.first_name,
                "last_name": each.last_name,
                "is_staff": True,
            },
        )
        if made:
            user.groups.set([Group.objects.get_or_create(name=name)[0] for name in (each.role, each.team) if name])
        set_password(user, password)
        staff[each.name] = user
    return staff


def set_password(user: User, password: str) -> None:
    """The user has this password; one that was made without any cannot sign in."""
    if password and not user.check_password(password):
        user.set_password(password)
        user.save()
    elif not user.password:
        user.set_unusable_password()
        user.save()


def store(made: Sample, user: User, staff: dict[str, User]) -> None:
    """The sample as rows; what no rep owns is signed by `user`."""
    companies = {each.domain: company(each) for each in made.companies}
    owned = owners(made.companies)
    teams = {team.name: team for team in Group.objects.all()}
    for each in made.companies:
        row, team = companies[each.domain], team_of(each)
        row.owner = staff[owned[each.domain]] if each.domain in owned else None
        row.team = teams[team] if team else None
    Company.objects.bulk_create(companies.values(), batch_size=200)
    store_terms(made, companies)
    store_investors(made, companies)
    FactSource.objects.bulk_create(
        (
            FactSource(company=companies[each.domain], fact=fact, source=each.source, observed_on=each.observed_on)
            for each in made.companies
            for fact in known(each)
        ),
        batch_size=200,
    )
    people = store_people(made, companies)
    store_work(made, companies, people, user)
    store_moves(made, companies, people, user)


def company(each: SampleCompany) -> Company:
    row = Company(name=each.name, domain=each.domain, notes=each.note or "")
    for fact, column in RANGES.items():
        setattr(row, f"{column}_low", getattr(each, f"{fact}_low"))
        setattr(row, f"{column}_high", getattr(each, f"{fact}_high"))
    row.funding_total_usd_low = row.funding_total_usd_high = each.funding_total
    for name in PLAIN:
        setattr(row, name, getattr(each, name))
    return row


def known(each: SampleCompany) -> list[str]:
    """The facts that the sample gives for a company."""
    ranges = [fact for fact in RANGES if (getattr(each, f"{fact}_low"), getattr(each, f"{fact}_high")) != (None, None)]
    sets = [fact for fact in ("tags", "technologies", "accelerators", "investors") if getattr(each, fact)]
    plain = [fact for fact in PLAIN[:8] if getattr(each, fact) is not None]
    plain = ["is_public" if fact == "status" else fact for fact in plain]
    return [*ranges, *sets, *plain, *(["funding_total"] if each.funding_total is not None else [])]


def store_terms(made: Sample, companies: dict[str, Company]) -> None:
    pairs = [
        (each.domain, vocabulary, name)
        for each in made.companies
        for vocabulary in ("tags", "technologies", "accelerators")
        for name in dict.fromkeys(getattr(each, vocabulary))
    ]
    terms = {pair: Term(vocabulary=pair[0], name=pair[1]) for pair in sorted({(kind, name) for _, kind, name in pairs})}
    Term.objects.bulk_create(terms.values(), batch_size=200)
    CompanyTerm.objects.bulk_create(
        (CompanyTerm(company=companies[domain], term=terms[kind, name]) for domain, kind, name in pairs), batch_size=200
    )


def store_investors(made: Sample, companies: dict[str, Company]) -> None:
    names = sorted({name for each in made.companies for name in each.investors})
    investors = {name: Investor(name=name) for name in names}
    Investor.objects.bulk_create(investors.values(), batch_size=200)
    Investment.objects.bulk_create(
        (
            Investment(company=companies[each.domain], investor=investors[name])
            for each in made.companies
            for name in dict.fromkeys(each.investors)
        ),
        batch_size=200,
    )


def store_people(made: Sample, companies: dict[str, Company]) -> dict[str | None, Contact]:
    """The people with their former employers and day jobs, by address."""
    titles = titles_for(each.title for each in made.people if each.title)
    employers = {
        name: Employer(name=name) for name in sorted({name for each in made.people for name in each.previous_employers})
    } | {
        domain: Employer(name=f"{companies[domain].name} ({domain})", company=companies[domain])
        for domain in sorted({each.day_job for each in made.people if each.day_job})
    }
    Employer.objects.bulk_create(employers.values(), batch_size=200)
    contacts = [
        Contact(
            company=companies[each.company],
            owner=companies[each.company].owner,
            name=each.name,
            email=each.email,
            title=titles[each.title] if each.title else None,
            city=each.city,
            followers=each.followers,
            is_founder=each.is_founder,
            consent=each.consent,
            is_champion=each.is_champion,
        )
        for each in made.people
    ]
    Contact.objects.bulk_create(contacts, batch_size=200)
    Employment.objects.bulk_create(
        (
            Employment(contact=contact, employer=employers[name], kind=kind)
            for contact, each in zip(contacts, made.people, strict=True)
            for kind, names in (("previous", each.previous_employers), ("day_job", filter(None, [each.day_job])))
            for name in dict.fromkeys(names)
        ),
        batch_size=200,
    )
    return {contact.email: contact for contact in contacts if contact.email}


def store_moves(made: Sample, companies: dict[str, Company], people: dict[str | None, Contact], user: User) -> None:
    """Those who moved to another account are there, with what they were before."""
    for each in made.people:
        if each.moved_to and each.moved_on:
            contact = people[each.email]
            was = companies[each.company].pk
            move(contact, companies[each.moved_to], was=was, on=each.moved_on, title=each.title, by=user)


def store_work(made: Sample, companies: dict[str, Company], people: dict[str | None, Contact], user: User) -> None:
    """Activities and deals."""

    def moment(day: object) -> datetime:
        return datetime.combine(day, time(10, 0), UTC)  # type: ignore[arg-type]

    Activity.objects.bulk_create(
        (
            Activity(
                company=companies[each.company],
                contact=people.get(each.person),
                kind=each.kind,
                summary=each.summary,
                body=each.body,
                happened_at=moment(each.happened_on),
                due_on=each.due_on,
                done_at=moment(each.done_on) if each.done_on else None,
                author=companies[each.company].owner or user,
                assignee=(companies[each.company].owner or user) if each.kind == "task" else None,
            )
            for each in made.activities
        ),
        batch_size=200,
    )
    Deal.objects.bulk_create(
        (
            Deal(
                company=companies[each.company],
                name=each.name,
                stage=each.stage,
                amount=each.amount,
                currency="USD",
                opened_on=each.opened_on,
                closed_on=each.closed_on,
                outcome_reason=each.outcome_reason,
                owner=companies[each.company].owner or user,
            )
            for each in made.deals
        ),
        batch_size=200,
    )
