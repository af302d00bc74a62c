"""What the sample is made of: plain values, with no database."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class SampleCompany:
    """A company and what is known of it. None is unknown, and so is an empty set that was not researched.

    A number has two ends, equal where it is known exactly. Money is in USD,
    revenue a month. Investors and accelerators are complete since funding was
    researched, founders' employers since people were, tags and technologies
    since tags were.
    """

    name: str
    domain: str
    source: str
    observed_on: date
    employees_low: int | None = None
    employees_high: int | None = None
    monthly_revenue_low: int | None = None
    monthly_revenue_high: int | None = None
    consumer_users_low: int | None = None
    consumer_users_high: int | None = None
    funding_total: int | None = None
    funding_stage: str | None = None
    status: str | None = None
    founded: int | None = None
    company_type: str | None = None
    project_stage: str | None = None
    country: str | None = None
    city: str | None = None
    industry: str | None = None
    tags: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()
    accelerators: tuple[str, ...] = ()
    investors: tuple[str, ...] = ()
    funding_researched_on: date | None = None
    people_researched_on: date | None = None
    tags_researched_on: date | None = None
    lifecycle_stage: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class SamplePerson:
    """Someone at a company. `company`, `day_job` and `moved_to` are domains of companies in the sample.

    `consent` is given or refused, None where nobody asked; whether they are a
    champion is None where nobody noted it. They left for `moved_to` on `moved_on`.
    """

    company: str
    first_name: str
    last_name: str
    source: str
    observed_on: date
    email: str | None = None
    title: str | None = None
    city: str | None = None
    followers: int | None = None
    is_founder: bool | None = None
    previous_employers: tuple[str, ...] = ()
    day_job: str | None = None
    consent: str | None = None
    is_champion: bool | None = None
    moved_to: str | None = None
    moved_on: date | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class SampleActivity:
    """Something that was done with a company, or a task, which alone has a day on which it is due.

    `kind` is note, call, email, meeting or task; `person` is an address at the
    company. A task happened on the day it was written down.
    """

    company: str
    kind: str
    summary: str
    body: str
    happened_on: date
    person: str | None = None
    due_on: date | None = None
    done_on: date | None = None


@dataclass(frozen=True)
class SampleDeal:
    """A sale. `stage` is discovery, evaluation, proposal, won or lost; the amount is in USD.

    `closed_on` is set for won and lost ones only, `outcome_reason` for lost ones.
    """

    company: str
    name: str
    stage: str
    amount: int
    opened_on: date
    closed_on: date | None = None
    outcome_reason: str | None = None


@dataclass(frozen=True)
class Sample:
    companies: tuple[SampleCompany, ...]
    people: tuple[SamplePerson, ...]
    activities: tuple[SampleActivity, ...]
    deals: tuple[SampleDeal, ...]
