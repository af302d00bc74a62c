"""The sample data of the demo: believable, the same each time, and in every segment."""

from collections import Counter
from datetime import date, timedelta

import pytest

from crm.sample import Sample, SampleCompany, SamplePerson, sample
from personas.presets import preset_text
from personas.rules.document import parse
from personas.rules.facts import FUNDING_STAGES, PROJECT_STAGES, Known, read
from personas.rules.golden import outcome
from personas.rules.scoring import Scorer

TODAY = date(2026, 3, 1)

RANGES = ("employees", "monthly_revenue", "consumer_users")
PLAIN = (
    *("funding_stage", "funding_total", "founded", "company_type", "project_stage", "lifecycle_stage"),
    *("country", "city", "industry", "domain"),
)


@pytest.fixture(scope="module")
def made() -> Sample:
    return sample(today=TODAY)


def facts(scorer: Scorer, company: SampleCompany, people: list[SamplePerson]) -> dict[str, Known | None]:
    """What the rules may know of a company of the sample."""
    raw: dict[str, object] = {fact: getattr(company, fact) for fact in PLAIN}
    for fact in RANGES:
        ends = {end: getattr(company, f"{fact}_{end}") for end in ("low", "high")}
        raw[fact] = None if set(ends.values()) == {None} else ends
    raw["is_public"] = None if company.status is None else company.status == "public"
    vocabulary = scorer.document.vocabulary
    known = {fact: read(vocabulary[fact], value) for fact, value in raw.items()}
    founders = [employer for person in people if person.is_founder for employer in person.previous_employers]
    for fact, members, researched in (
        ("investors", company.investors, company.funding_researched_on),
        ("accelerators", company.accelerators, company.funding_researched_on),
        ("founder_employers", tuple(founders), company.people_researched_on),
        ("tags", company.tags, company.tags_researched_on),
        ("technologies", company.technologies, company.tags_researched_on),
    ):
        if members or researched:
            known[fact] = read(vocabulary[fact], members, complete=researched is not None)
    return known


def segments(made: Sample) -> dict[str, str]:
    """The segment of every company, by its domain."""
    scorer = Scorer(parse(preset_text()), TODAY)
    people: dict[str, list[SamplePerson]] = {}
    for person in made.people:
        people.setdefault(person.company, []).append(person)
    return {
        company.domain: outcome(scorer.score(scorer.cells_of(facts(scorer, company, people.get(company.domain, [])))))
        for company in made.companies
    }


def test_the_same_seed_gives_the_same_sample(made: Sample) -> None:
    assert sample(7, 300, 900, today=TODAY) == made
    assert sample(8, today=TODAY) != made


def test_a_later_day_gives_the_same_sample_just_as_fresh(made: Sample) -> None:
    later = sample(today=TODAY + timedelta(days=10))

    assert [company.name for company in later.companies] == [company.name for company in made.companies]
    assert {new.observed_on - old.observed_on for new, old in zip(later.companies, made.companies, strict=True)} == {
        timedelta(days=10)
    }


def test_it_is_as_large_as_asked_for(made: Sample) -> None:
    small = sample(7, 60, 120, today=TODAY)

    assert (len(made.companies), len(made.people)) == (300, 900)
    assert (len(small.companies), len(small.people)) == (60, 120)
    assert len(made.activities) > 200
    assert len(made.deals) > 50


def test_everything_has_a_name_of_its_own(made: Sample) -> None:
    for keys in (
        [company.name for company in made.companies],
        [company.domain for company in made.companies],
        [person.name for person in made.people],
        [person.email for person in made.people if person.email],
    ):
        assert [key for key, count in Counter(keys).items() if count > 1] == []


def test_nothing_in_it_can_be_reached(made: Sample) -> None:
    assert [company.domain for company in made.companies if not company.domain.endswith(".example")] == []
    assert [p.email for p in made.people if p.email and p.email.rpartition("@")[2] != p.company] == []
    assert [p.email for p in made.people if p.email and not p.email.isascii()] == []


def test_what_belongs_together_does(made: Sample) -> None:
    domains = {company.domain for company in made.companies}
    addresses = {person.email: person.company for person in made.people}

    assert {person.company for person in made.people} <= domains
    assert {person.day_job for person in made.people if person.day_job} <= domains
    assert {deal.company for deal in made.deals} <= domains
    assert [a for a in made.activities if a.person and addresses[a.person] != a.company] == []
    assert [deal for deal in made.deals if (deal.closed_on is None) == (deal.stage in ("won", "lost"))] == []
    assert [deal for deal in made.deals if deal.closed_on and deal.closed_on < deal.opened_on] == []
    assert [a for a in made.activities if (a.due_on is None) == (a.kind == "task")] == []


def test_no_fact_is_impossible(made: Sample) -> None:
    for company in made.companies:
        for fact in RANGES:
            low, high = getattr(company, f"{fact}_low"), getattr(company, f"{fact}_high")
            assert (low is None) == (high is None)
            assert low is None or 0 <= low <= high
        assert company.funding_stage in (None, *FUNDING_STAGES)
        assert company.project_stage in (None, *PROJECT_STAGES)
        assert company.status in (None, "operating", "public", "acquired", "closed")
        assert company.lifecycle_stage in (None, "lead", "qualified", "opportunity", "customer", "lost")
        assert company.founded is None or company.founded <= TODAY.year
        assert company.observed_on < TODAY


def test_nobody_knows_more_people_than_a_company_has(made: Sample) -> None:
    known = Counter(person.company for person in made.people)

    assert [c.name for c in made.companies if c.employees_high is not None and known[c.domain] > c.employees_high] == []


def test_every_segment_is_there_in_a_believable_mix(made: Sample) -> None:
    mix = Counter(segments(made).values())

    assert mix == {"high-growth-startup": 25, "high-potential": 40, "hobbyist": 40, "undecided": 60, "none": 135}


def test_the_mix_holds_for_other_seeds_and_sizes() -> None:
    mix = Counter(segments(sample(3, 1_200, 3_600, today=TODAY)).values())

    assert mix == {"high-growth-startup": 100, "high-potential": 160, "hobbyist": 160, "undecided": 240, "none": 540}


def test_the_named_examples_are_where_they_belong(made: Sample) -> None:
    found = segments(made)

    for name in ("posthog", "linear", "ramp", "vercel", "retool"):
        assert found[f"{name}.example"] == "high-growth-startup"
    assert found["pivotal-pair.example"] == "high-potential"
    assert found["weekend-larder.example"] == "hobbyist"
    named = [c for c in made.companies if c.domain in ("posthog.example", "linear.example", "ramp.example")]
    assert all(company.note and "llustrative" in company.note for company in named)


@pytest.mark.parametrize(
    "fact", ["employees_low", "monthly_revenue_low", "consumer_users_low", "city", "funding_stage"]
)
def test_some_facts_are_known_and_some_are_not(made: Sample, fact: str) -> None:
    known = sum(getattr(company, fact) is not None for company in made.companies)

    assert 30 < known < 300


def test_some_sizes_are_ranges(made: Sample) -> None:
    ranges = [c for c in made.companies if c.employees_low != c.employees_high]

    assert 40 < len(ranges) < 200
