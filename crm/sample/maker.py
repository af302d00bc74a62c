"""Putting companies, people, activities and deals together by chance, in believable shares."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import TypeVar

from .rows import Sample, SampleActivity, SampleCompany, SampleDeal, SamplePerson
from .vocabulary import (
    AT_HOME,
    CROWDS,
    DONE,
    DUE,
    ENDS,
    FAMILIES,
    HEADCOUNTS,
    ILLUSTRATIVE,
    INDUSTRIES,
    LEADING_ACCELERATORS,
    LEADING_INVESTORS,
    MILLION,
    NAMES,
    OTHER_ACCELERATORS,
    OTHER_EMPLOYERS,
    OTHER_INVESTORS,
    PLACES,
    PROJECT_WORDS,
    REASONS,
    SERVICES,
    SOURCES,
    STARTS,
    TECHNOLOGIES,
    TITLES,
    TITLES_ABROAD,
    TOP_EMPLOYERS,
    TRADES,
    VOWELS,
    Industry,
)

T = TypeVar("T")

MOVERS = 2
"""Champions who have moved to another account."""


@dataclass(frozen=True)
class Sort:
    """One sort of company: how many in 300, what is known of them, and who is found there.

    `make` adds what counts for its segment to a company that has a name, `crowd`
    says what its people do, `people` how many of them we know beside those of
    other sorts. `founders` is `top` where one must come from a top-tier company,
    `ordinary` where none may, and `any` where it does not matter.
    """

    share: float
    make: Callable[["Maker", SampleCompany], SampleCompany]
    crowd: str
    people: float
    founders: str = "any"


class Maker:
    """Makes one sample; every choice comes from `rng`, in one order."""

    def __init__(self, rng: Random, today: date) -> None:
        self.rng = rng
        self.today = today
        self.taken: set[str] = set()

    # Chance

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def one(self, choices: Sequence[T]) -> T:
        return choices[int(self.rng.random() * len(choices))]

    def some(self, choices: Sequence[T], least: int, most: int) -> tuple[T, ...]:
        """From `least` to `most` different members, in the order they were drawn."""
        left = list(dict.fromkeys(choices))
        count = min(self.between(least, most), len(left))
        return tuple(left.pop(int(self.rng.random() * len(left))) for _ in range(count))

    def between(self, low: int, high: int) -> int:
        return low + int(self.rng.random() * (high - low + 1))

    def about(self, low: float, high: float) -> int:
        """A number from `low` to `high`, small ones likelier, with two digits that count."""
        number = int(low * (high / low) ** self.rng.random())
        scale = int(10 ** max(0, len(str(number)) - 2))
        return number // scale * scale

    def weighted(self, weights: Sequence[float]) -> int:
        """A place in `weights`, heavy ones likelier."""
        sums = list(accumulate(weights))
        return bisect_right(sums, self.rng.random() * sums[-1])

    def shuffled(self, items: Sequence[T]) -> list[T]:
        left = list(items)
        return [left.pop(int(self.rng.random() * len(left))) for _ in range(len(left))]

    def day(self, nearest: int, farthest: int) -> date:
        """A day from `nearest` to `farthest` days before today."""
        return self.today - timedelta(days=self.between(nearest, farthest))

    # The whole

    def sample(self, companies: int, people: int) -> Sample:
        sorts = self.shuffled([sort for sort, count in shares(companies) for _ in range(count)])
        named = dict.fromkeys(NAMED_SORTS, 0)
        made = []
        for sort in sorts:
            examples = NAMED_SORTS.get(sort, ())
            place = named.get(sort, 0)
            if place < len(examples):
                named[sort] = place + 1
                made.append(self.example(examples[place]))
            else:
                made.append(sort.make(self, self.company(sort)))
        made = [self.with_sales(sort, company) for sort, company in zip(sorts, made, strict=True)]
        persons = self.people(sorts, made, people)
        activities, deals = self.activities(made, persons), self.deals(made)
        return Sample(tuple(made), self.with_champions(persons, activities, deals), activities, deals)

    # Companies

    def name(self, sort: Sort, industry: Industry) -> tuple[str, str]:
        """A name nobody has had yet, and its domain."""
        core = self.core()
        while core in self.taken:
            core = self.core() if self.chance(0.9) else core + self.one(ENDS.split())
        self.taken.add(core)
        words = PROJECT_WORDS if sort.crowd == "project" else industry.words
        name = f"{core} {self.one(words)}" if self.chance(0.45) else core
        return name, name.casefold().replace(" ", "-") + ".example"

    def core(self) -> str:
        """The first word of a company's name, one that can be spoken."""
        start = self.one(STARTS.split())
        middle = self.one(VOWELS) if start[-1] not in VOWELS and self.chance(0.6) else ""
        return start + middle + self.one(ENDS.split())

    def company(self, sort: Sort) -> SampleCompany:
        """A company with a name and what hardly matters to its segment, more of it or less."""
        industry = self.one(INDUSTRIES)
        if sort.crowd == "firm" and self.chance(0.45):
            industry = self.one((SERVICES, TRADES))
        name, domain = self.name(sort, industry)
        known = self.one((0.35, 0.7, 0.7, 0.95)) if sort.crowd != "nobody" else 0.15
        city, country = self.one(PLACES)
        company = SampleCompany(name=name, domain=domain, source=self.one(SOURCES), observed_on=self.observed())
        return replace(
            company,
            country=country if self.chance(known + 0.2) else None,
            city=city if self.chance(known) else None,
            industry=industry.name if self.chance(known) else None,
            tags=self.some(industry.tags, 1, 3) if self.chance(known) else (),
            technologies=self.some(TECHNOLOGIES, 2, 6) if self.chance(known - 0.1) else (),
            tags_researched_on=self.day(5, 200) if self.chance(known - 0.3) else None,
        )

    def observed(self) -> date:
        """Mostly of the last months, sometimes older."""
        return self.day(2, 90) if self.chance(0.6) else self.day(91, 400) if self.chance(0.8) else self.day(401, 900)

    def people_known(self, company: SampleCompany, number: int, low: int, high: int) -> SampleCompany:
        """`company` with `number` employees, told exactly or as a usual range within `low` and `high`."""
        ranges = [each for each in HEADCOUNTS if low <= each[0] <= number <= each[1] <= high]
        first, last = ranges[0] if ranges and self.chance(0.5) else (number, number)
        return replace(company, employees_low=first, employees_high=last)

    def earning(self, company: SampleCompany, amount: int, low: int, high: int) -> SampleCompany:
        """`company` with a monthly revenue, told exactly or as a range within `low` and `high`."""
        first, last = (max(low, amount * 3 // 4), min(high, amount * 5 // 4)) if self.chance(0.3) else (amount, amount)
        return replace(company, monthly_revenue_low=first, monthly_revenue_high=last)

    def reaching(self, company: SampleCompany, number: int) -> SampleCompany:
        return replace(company, consumer_users_low=number, consumer_users_high=number)

    def founded(self, youngest: int, oldest: int) -> int | None:
        return self.today.year - self.between(youngest, oldest) if self.chance(0.7) else None

    def growing(self, company: SampleCompany) -> SampleCompany:
        """What a company that grows with leading investors has besides size, sales and status."""
        stage, total = self.one(
            (
                ("series_a", (8, 20)),
                ("series_b", (20, 60)),
                ("series_b", (25, 70)),
                ("series_c", (60, 180)),
                ("series_d_plus", (150, 600)),
            )
        )
        return replace(
            company,
            investors=(*self.some(LEADING_INVESTORS, 1, 3), *self.some(OTHER_INVESTORS, 0, 2)),
            accelerators=self.some(LEADING_ACCELERATORS, 1, 1) if self.chance(0.3) else (),
            funding_stage=stage if self.chance(0.8) else None,
            funding_total=self.about(*total) * MILLION if self.chance(0.7) else None,
            funding_researched_on=self.day(5, 200) if self.chance(0.6) else None,
            people_researched_on=self.day(5, 200) if self.chance(0.4) else None,
            founded=self.founded(4, 12),
            company_type="startup" if self.chance(0.7) else None,
            project_stage="growth" if self.chance(0.4) else None,
        )

    def high_growth(self, company: SampleCompany) -> SampleCompany:
        company = replace(self.growing(company), status="operating")
        company = self.people_known(company, self.about(18, 480), 15, 500)
        if self.chance(0.25):
            return self.reaching(company, self.about(1.1, 30) * MILLION)
        return self.earning(company, self.about(110_000, 4_000_000), 100_000, 100 * MILLION)

    def starting(self, company: SampleCompany) -> SampleCompany:
        """What a young company has besides pedigree, size and revenue."""
        return replace(
            company,
            status="operating" if self.chance(0.6) else None,
            founded=self.founded(0, 3),
            company_type="startup" if self.chance(0.6) else None,
            project_stage=self.one((None, None, "very_early", "startup", "startup")),
            funding_stage=self.one((None, "pre_seed", "pre_seed", "seed", "bootstrapped")),
            funding_total=self.about(120_000, 3 * MILLION) if self.chance(0.5) else None,
            investors=self.some(OTHER_INVESTORS, 1, 2) if self.chance(0.4) else (),
            people_researched_on=self.day(5, 150) if self.chance(0.4) else None,
        )

    def high_potential(self, company: SampleCompany) -> SampleCompany:
        """From a leading accelerator."""
        company = replace(
            self.founded_well(company),
            accelerators=(*self.some(LEADING_ACCELERATORS, 1, 1), *self.some(OTHER_ACCELERATORS, 0, 1)),
            funding_researched_on=self.day(5, 150) if self.chance(0.5) else None,
        )
        if self.chance(0.4):
            return replace(company, investors=(*company.investors, "Y Combinator"))
        return company

    def founded_well(self, company: SampleCompany) -> SampleCompany:
        """Young and small; the pedigree is added by accelerators or founders."""
        company = self.starting(company)
        revenue = 0 if self.chance(0.35) else self.about(400, 70_000)
        company = replace(company, monthly_revenue_low=revenue, monthly_revenue_high=revenue)
        if revenue and self.chance(0.3):
            company = replace(company, monthly_revenue_low=0, monthly_revenue_high=revenue)
        if self.chance(0.15):
            company = self.reaching(replace(company, status="operating"), self.about(500, 200_000))
            return self.people_known(company, self.between(15, 19), 15, 19)
        return self.people_known(company, self.about(2, 14.9), 1, 14)

    def side_project(self, company: SampleCompany) -> SampleCompany:
        number = 1 if self.chance(0.65) else self.between(2, 3)
        revenue = self.one((None, None, 0, 0, self.about(20, 600)))
        company = replace(
            company,
            employees_low=number,
            employees_high=number,
            monthly_revenue_low=revenue,
            monthly_revenue_high=revenue,
            funding_total=0 if self.chance(0.8) else self.about(2_000, 40_000),
            funding_stage="bootstrapped" if self.chance(0.6) else None,
            founded=self.founded(0, 4),
            company_type="project" if self.chance(0.6) else None,
            project_stage="side_project",
        )
        return self.reaching(company, self.about(30, 20_000)) if self.chance(0.3) else company

    def small_venture(self, company: SampleCompany) -> SampleCompany:
        """Very early and commercial, with no pedigree, and that was looked up."""
        return replace(
            self.side_project(company),
            project_stage="very_early",
            funding_researched_on=self.day(5, 120),
            people_researched_on=self.day(5, 120),
            status="operating" if self.chance(0.5) else None,
        )

    # Undecided, each for a reason of its own

    def hardly_known(self, company: SampleCompany) -> SampleCompany:
        return company

    def without_revenue(self, company: SampleCompany) -> SampleCompany:
        company = replace(self.growing(company), status="operating")
        return self.people_known(company, self.about(18, 480), 15, 500)

    def without_size(self, company: SampleCompany) -> SampleCompany:
        company = replace(self.growing(company), status="operating" if self.chance(0.7) else None)
        return self.earning(company, self.about(110_000, 2_000_000), 100_000, 100 * MILLION)

    def size_as_range(self, company: SampleCompany) -> SampleCompany:
        company = replace(self.growing(company), status="operating", employees_low=11, employees_high=50)
        return self.earning(company, self.about(120_000, 900_000), 100_000, 100 * MILLION)

    def backers_open(self, company: SampleCompany) -> SampleCompany:
        company = replace(
            self.growing(company),
            status="operating",
            investors=self.some(OTHER_INVESTORS, 0, 2),
            accelerators=(),
            funding_researched_on=None,
        )
        company = self.people_known(company, self.about(22, 400), 20, 500)
        return self.earning(company, self.about(110_000, 2_000_000), 100_000, 100 * MILLION)

    def status_open(self, company: SampleCompany) -> SampleCompany:
        return replace(self.high_growth(company), status=None)

    def early_without_revenue(self, company: SampleCompany) -> SampleCompany:
        company = replace(self.starting(company), accelerators=self.some(LEADING_ACCELERATORS, 1, 1))
        return self.people_known(company, self.about(2, 14.9), 1, 14)

    def reach_open(self, company: SampleCompany) -> SampleCompany:
        """High-potential for now; consumer reach would make it high-growth."""
        company = replace(
            self.starting(company),
            status="operating",
            accelerators=("Y Combinator",),
            investors=("Y Combinator", *self.some(OTHER_INVESTORS, 0, 1)),
        )
        company = self.people_known(company, self.between(15, 19), 15, 19)
        return self.earning(company, self.about(20_000, 75_000), 0, 99_000)

    def funding_open(self, company: SampleCompany) -> SampleCompany:
        return replace(self.side_project(company), funding_total=None, funding_stage=None)

    # In no segment

    def enterprise(self, company: SampleCompany) -> SampleCompany:
        company = self.people_known(company, self.about(520, 9_500), 501, 10_000)
        company = replace(
            company,
            status=self.one((None, "operating", "operating", "public")),
            founded=self.founded(10, 60),
            company_type="enterprise" if self.chance(0.6) else None,
        )
        return (
            self.earning(company, self.about(4, 90) * MILLION, MILLION, 900 * MILLION) if self.chance(0.5) else company
        )

    def listed(self, company: SampleCompany) -> SampleCompany:
        company = replace(
            self.growing(company),
            status="public",
            funding_stage=self.one((None, "public")),
            founded=self.founded(8, 25),
        )
        company = self.people_known(company, self.about(60, 490), 51, 500)
        return self.earning(company, self.about(1.2, 9) * MILLION, MILLION, 100 * MILLION)

    def unbacked(self, company: SampleCompany) -> SampleCompany:
        """Middling, with investors looked up and none of them leading."""
        company = self.people_known(company, self.about(21, 450), 20, 500)
        company = replace(
            company,
            investors=self.some(OTHER_INVESTORS, 1, 2) if self.chance(0.3) else (),
            funding_researched_on=self.day(10, 300),
            founded=self.founded(5, 40),
            status=self.one((None, "operating", "operating", "operating", "acquired", "closed")),
            company_type=self.one((None, "startup", "agency", "school", "nonprofit")),
        )
        return self.earning(company, self.about(60_000, 3_000_000), 0, 100 * MILLION) if self.chance(0.6) else company

    def slow(self, company: SampleCompany) -> SampleCompany:
        """More than 20 people and little revenue: one of the holes between the segments."""
        company = replace(self.growing(company), status="operating" if self.chance(0.8) else None)
        company = self.people_known(company, self.about(21, 120), 20, 500)
        company = self.earning(company, self.about(15_000, 75_000), 0, 99_000)
        return self.reaching(company, self.about(300, 300_000))

    def small_and_rich(self, company: SampleCompany) -> SampleCompany:
        """Too few people for the revenue: another hole."""
        company = replace(self.growing(company), status="operating")
        company = replace(
            self.people_known(company, self.between(6, 14), 5, 14), funding_stage=None, funding_total=None
        )
        return self.earning(company, self.about(130_000, 600_000), 100_000, 100 * MILLION)

    def small_firm(self, company: SampleCompany) -> SampleCompany:
        """Small, with founders and funding looked up and neither remarkable."""
        company = self.people_known(company, self.between(4, 14), 4, 14)
        company = replace(
            company,
            accelerators=self.some(OTHER_ACCELERATORS, 0, 1),
            investors=self.some(OTHER_INVESTORS, 0, 1),
            funding_researched_on=self.day(10, 300),
            people_researched_on=self.day(10, 300),
            founded=self.founded(2, 20),
            company_type=self.one((None, "agency", "agency", "nonprofit", "startup")),
            project_stage=self.one((None, "startup")),
            status="operating" if self.chance(0.6) else None,
        )
        return self.earning(company, self.about(5_000, 90_000), 0, 99_000) if self.chance(0.6) else company

    # Named examples

    def example(self, company: SampleCompany) -> SampleCompany:
        self.taken.add(company.name)
        days = self.between(5, 40)
        researched = self.today - timedelta(days=days)
        return replace(
            company,
            observed_on=researched,
            funding_researched_on=researched,
            people_researched_on=researched if company.employees_high and company.employees_high < 15 else None,
        )

    # Sales

    def with_sales(self, sort: Sort, company: SampleCompany) -> SampleCompany:
        """`company` with where it stands with us; the named examples stand nowhere."""
        if company.note:
            return company
        stages: dict[str, tuple[str | None, ...]] = {
            "startup": (None, "lead", "lead", "qualified", "qualified", "opportunity", "opportunity", "customer"),
            "young": (None, "lead", "lead", "qualified", "opportunity", "customer"),
            "project": (None, None, None, "lead"),
            "firm": (None, None, None, "lead", "lead", "qualified", "opportunity", "customer", "lost"),
        }
        return replace(company, lifecycle_stage=self.one(stages.get(sort.crowd, (None, None, "lead"))))

    def activities(
        self, companies: Sequence[SampleCompany], people: Sequence[SamplePerson]
    ) -> tuple[SampleActivity, ...]:
        addresses: dict[str, list[str]] = {}
        for person in people:
            if person.email:
                addresses.setdefault(person.company, []).append(person.email)
        eager = {"lead": 1, "qualified": 2, "opportunity": 4, "customer": 4, "lost": 2}
        out = []
        for company in companies:
            count = eager.get(company.lifecycle_stage or "", 0)
            there = addresses.get(company.domain, [])
            for kind, summary, body in self.some(DONE, 0, count):
                who = self.one(there) if there and kind != "note" else None
                happened = self.day(1, 60) if self.chance(0.6) else self.day(61, 400)
                out.append(SampleActivity(company.domain, kind, summary, body, happened, who))
            if count > 1 and self.chance(0.5):
                out.append(self.task(company))
        return tuple(out)

    def task(self, company: SampleCompany) -> SampleActivity:
        summary, body = self.one(DUE)
        due = self.today + timedelta(days=self.between(-6, 20))
        done = due if due < self.today and self.chance(0.5) else None
        return SampleActivity(company.domain, "task", summary, body, self.day(7, 14), due_on=due, done_on=done)

    def deals(self, companies: Sequence[SampleCompany]) -> tuple[SampleDeal, ...]:
        out = []
        for company in companies:
            amount = self.about(1_000, 6_000) if (company.employees_high or 0) < 20 else self.about(6_000, 90_000)
            deal = SampleDeal(company.domain, f"{company.name}: first year", "discovery", amount, self.day(5, 120))
            match company.lifecycle_stage:
                case "opportunity":
                    out.append(replace(deal, stage=self.one(("discovery", "evaluation", "evaluation", "proposal"))))
                case "customer":
                    out.append(self.closed(deal, "won"))
                case "lost":
                    out.append(self.closed(deal, "lost"))
                case "qualified" if self.chance(0.15):
                    out.append(self.closed(deal, "lost"))
                case _:
                    pass
        return tuple(out)

    def closed(self, deal: SampleDeal, stage: str) -> SampleDeal:
        closed = self.day(10, 300)
        opened = closed - timedelta(days=self.between(10, 90))
        reason = self.one(REASONS) if stage == "lost" else None
        return replace(deal, stage=stage, opened_on=opened, closed_on=closed, outcome_reason=reason)

    # People

    def people(self, sorts: Sequence[Sort], companies: Sequence[SampleCompany], count: int) -> tuple[SamplePerson, ...]:
        """`count` people: a founder where one matters, and the others by weight."""
        room = [most_people(company) for company in companies]
        places = [place for place, sort in enumerate(sorts) if sort.founders in ("top", "ordinary")][:count]
        founding = [True] * len(places)
        here = [0] * len(companies)
        for place in places:
            here[place] += 1
        weights = [sort.people if room[place] > here[place] else 0.0 for place, sort in enumerate(sorts)]
        while len(places) < count and any(weights):
            place = self.weighted(weights)
            here[place] += 1
            if here[place] >= room[place]:
                weights[place] = 0.0
            places.append(place)
            founding.append(sorts[place].crowd == "young" and here[place] == 1)
        jobs = [
            company.domain
            for sort, company in zip(sorts, companies, strict=True)
            if sort.make is Maker.high_growth or (sort.crowd == "firm" and (company.employees_low or 0) > 20)
        ]
        best = [
            company.domain for sort, company in zip(sorts, companies, strict=True) if sort.make is Maker.high_growth
        ]
        return tuple(
            self.person(sorts[place], companies[place], founder, best if self.chance(0.5) else jobs)
            for place, founder in zip(places, founding, strict=True)
        )

    def with_champions(
        self, people: Sequence[SamplePerson], activities: Sequence[SampleActivity], deals: Sequence[SampleDeal]
    ) -> tuple[SamplePerson, ...]:
        """Of those whom somebody talked with, a few speak for us; two of these have moved to another account since."""
        met = {each.person for each in activities if each.person}
        known = [
            replace(each, is_champion=self.chance(0.7)) if each.email in met and self.chance(0.3) else each
            for each in people
        ]
        open_for = [each.company for each in deals if each.stage in ("discovery", "evaluation", "proposal")]
        places = [place for place, each in enumerate(known) if each.is_champion and not each.is_founder]
        for place in places[:MOVERS] if open_for else ():
            target = self.one(open_for)
            if target != known[place].company:
                known[place] = replace(known[place], moved_to=target, moved_on=self.day(3, 25))
        return tuple(known)

    def person(self, sort: Sort, company: SampleCompany, founding: bool, jobs: Sequence[str]) -> SamplePerson:
        home = AT_HOME.get(company.country or "")
        first, last = self.person_name(home)
        family = FAMILIES[self.weighted(CROWDS[sort.crowd])]
        if founding and sort.crowd != "project":
            family = "founder"
        founder = True if founding or family in ("founder", "hobbyist") else None if self.chance(0.6) else False
        hobby = family == "hobbyist"
        consent = "given" if self.chance(0.25) else "refused" if self.chance(0.04) else None
        person = SamplePerson(
            company=company.domain,
            first_name=first,
            last_name=last,
            source=self.one(SOURCES),
            observed_on=self.observed(),
            email=self.address(first, last, company.domain) if self.chance(0.85) else None,
            title=self.title(family, home) if self.chance(0.96) else None,
            city=company.city if self.chance(0.7) else self.one(PLACES)[0] if self.chance(0.5) else None,
            is_founder=founder,
            previous_employers=self.employers(sort, founder=bool(founder), must=founding),
            consent=consent,
        )
        if self.chance(0.75 if hobby else 0.3):
            person = replace(person, followers=self.about(40, 60_000) if hobby else self.about(20, 15_000))
        if hobby and jobs and self.chance(0.55):
            person = replace(person, day_job=self.one(jobs))
        return person

    def person_name(self, home: str | None) -> tuple[str, str]:
        """A first and a last name that nobody has had together yet."""
        firsts, lasts = (names.split() for names in NAMES[home if home and self.chance(0.4) else self.one(list(NAMES))])
        first, last = self.one(firsts), self.one(lasts)
        while f"{first} {last}" in self.taken:
            first, last = self.one(firsts), self.one(lasts) if self.chance(0.9) else f"{last}-{self.one(lasts)}"
        self.taken.add(f"{first} {last}")
        return first, last

    def title(self, family: str, home: str | None) -> str:
        abroad = TITLES_ABROAD.get(home or "", {}).get(family)
        return self.one(abroad if abroad and self.chance(0.4) else TITLES[family])

    def address(self, first: str, last: str, domain: str) -> str:
        """An address at `domain` that nobody has had yet."""
        first, last = plain_letters(first), plain_letters(last)
        local = self.one((f"{first}.{last}", f"{first}.{last}", f"{first[0]}.{last}", f"{first}_{last}"))
        while f"{local}@{domain}" in self.taken:
            local += str(self.between(2, 9))
        self.taken.add(f"{local}@{domain}")
        return f"{local}@{domain}"

    def employers(self, sort: Sort, *, founder: bool, must: bool) -> tuple[str, ...]:
        """Where somebody worked before, as the sort of company allows for its founders."""
        ordinary = self.some(OTHER_EMPLOYERS, 0, 2)
        if must and sort.founders == "top":
            return (*self.some(TOP_EMPLOYERS, 1, 2), *ordinary[:1])
        if (founder and sort.founders == "ordinary") or not self.chance(0.3):
            return ordinary
        return (*self.some(TOP_EMPLOYERS, 1, 1), *ordinary[:1])


def most_people(company: SampleCompany) -> int:
    """How many of its people we can know at most: never more than it has, and not a crowd."""
    return 12 if company.employees_high is None else min(12, company.employees_high)


LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae"})


def plain_letters(name: str) -> str:
    """`name` in the letters of an address."""
    decomposed = unicodedata.normalize("NFD", name.casefold().translate(LETTERS))
    return re.sub(r"[^a-z]", "", decomposed)


def shares(companies: int) -> list[tuple[Sort, int]]:
    """How many companies of each sort, by their shares; together `companies`."""
    whole = sum(sort.share for sort in SORTS)
    ends = [round(end * companies / whole) for end in accumulate(sort.share for sort in SORTS)]
    return [(sort, end - start) for sort, start, end in zip(SORTS, [0, *ends], ends, strict=False)]


HIGH_GROWTH = Sort(25, Maker.high_growth, "startup", 7.5)
HIGH_POTENTIAL = Sort(26, Maker.high_potential, "young", 3.0)
HOBBYIST = Sort(30, Maker.side_project, "project", 1.2)

SORTS = (
    HIGH_GROWTH,
    HIGH_POTENTIAL,
    Sort(14, Maker.founded_well, "young", 3.0, "top"),
    HOBBYIST,
    Sort(10, Maker.small_venture, "project", 1.2, "ordinary"),
    # Undecided
    Sort(14, Maker.hardly_known, "nobody", 0.7),
    Sort(12, Maker.without_revenue, "startup", 4.0),
    Sort(6, Maker.without_size, "startup", 3.0),
    Sort(7, Maker.size_as_range, "startup", 4.0),
    Sort(6, Maker.backers_open, "startup", 3.0),
    Sort(4, Maker.status_open, "startup", 4.0),
    Sort(5, Maker.early_without_revenue, "young", 2.0),
    Sort(2, Maker.reach_open, "young", 3.0),
    Sort(4, Maker.funding_open, "project", 1.0),
    # In no segment
    Sort(25, Maker.enterprise, "firm", 3.5),
    Sort(12, Maker.listed, "firm", 3.5),
    Sort(43, Maker.unbacked, "firm", 3.0),
    Sort(17, Maker.slow, "firm", 3.0),
    Sort(12, Maker.small_and_rich, "firm", 2.5),
    Sort(26, Maker.small_firm, "firm", 2.0, "ordinary"),
)


def named(
    name: str, city: str, country: str, employees: int, revenue: int, investors: Sequence[str], stage: str
) -> SampleCompany:
    """A well-known company under an address that leads nowhere, with illustrative figures."""
    return SampleCompany(
        name=name,
        domain=f"{name.casefold()}.example",
        source="research",
        observed_on=date.min,
        employees_low=employees,
        employees_high=employees,
        monthly_revenue_low=revenue,
        monthly_revenue_high=revenue,
        investors=tuple(investors),
        funding_stage=stage,
        status="operating",
        company_type="startup",
        project_stage="growth",
        city=city,
        country=country,
        tags=("b2b", "saas"),
        technologies=("React", "TypeScript"),
        note=ILLUSTRATIVE,
    )


NAMED_SORTS: dict[Sort, tuple[SampleCompany, ...]] = {
    HIGH_GROWTH: (
        named("PostHog", "San Francisco", "US", 100, 1_000_000, ("Y Combinator", "GV"), "series_d_plus"),
        named("Linear", "San Francisco", "US", 80, 2_000_000, ("Sequoia Capital", "Accel"), "series_c"),
        named("Ramp", "New York", "US", 400, 5_000_000, ("Founders Fund", "Thrive Capital"), "series_d_plus"),
        named("Vercel", "San Francisco", "US", 450, 5_000_000, ("Accel", "GV"), "series_d_plus"),
        named("Retool", "San Francisco", "US", 300, 4_000_000, ("Sequoia Capital", "Y Combinator"), "series_c"),
    ),
    HIGH_POTENTIAL: (
        SampleCompany(
            name="Pivotal Pair",
            domain="pivotal-pair.example",
            source="event",
            observed_on=date.min,
            employees_low=2,
            employees_high=2,
            monthly_revenue_low=0,
            monthly_revenue_high=0,
            accelerators=("Y Combinator",),
            funding_stage="pre_seed",
            project_stage="very_early",
            status="operating",
            city="San Francisco",
            country="US",
            note="Invented: two founders who change their idea during an accelerator.",
        ),
    ),
    HOBBYIST: (
        SampleCompany(
            name="Weekend Larder",
            domain="weekend-larder.example",
            source="web form",
            observed_on=date.min,
            employees_low=1,
            employees_high=1,
            monthly_revenue_low=0,
            monthly_revenue_high=0,
            funding_total=0,
            project_stage="side_project",
            city="London",
            country="GB",
            note="Invented: a consultant's weekend project.",
        ),
    ),
}
