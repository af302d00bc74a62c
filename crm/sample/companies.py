"""Companies by chance: a name, what is known of them, and what makes each the sort that it is."""

from dataclasses import replace
from datetime import timedelta

from .chance import Chance
from .rows import SampleCompany
from .vocabulary import (
    ENDS,
    HEADCOUNTS,
    INDUSTRIES,
    LEADING_ACCELERATORS,
    LEADING_INVESTORS,
    MILLION,
    OTHER_ACCELERATORS,
    OTHER_INVESTORS,
    PLACES,
    PROJECT_WORDS,
    SERVICES,
    SOURCES,
    STARTS,
    TECHNOLOGIES,
    TRADES,
    VOWELS,
    Industry,
)


class Companies:
    """Makes companies; every choice comes from `draw`."""

    def __init__(self, draw: Chance) -> None:
        self.draw = draw

    def name(self, crowd: str, industry: Industry) -> tuple[str, str]:
        """A name nobody has had yet, and its domain."""
        core = self.core()
        while core in self.draw.taken:
            core = self.core() if self.draw.chance(0.9) else core + self.draw.one(ENDS.split())
        self.draw.taken.add(core)
        words = PROJECT_WORDS if crowd == "project" else industry.words
        name = f"{core} {self.draw.one(words)}" if self.draw.chance(0.45) else core
        return name, name.casefold().replace(" ", "-") + ".example"

    def core(self) -> str:
        """The first word of a company's name, one that can be spoken."""
        start = self.draw.one(STARTS.split())
        middle = self.draw.one(VOWELS) if start[-1] not in VOWELS and self.draw.chance(0.6) else ""
        return start + middle + self.draw.one(ENDS.split())

    def company(self, crowd: str) -> SampleCompany:
        """A company with a name and what hardly matters to its segment, more of it or less."""
        industry = self.draw.one(INDUSTRIES)
        if crowd == "firm" and self.draw.chance(0.45):
            industry = self.draw.one((SERVICES, TRADES))
        name, domain = self.name(crowd, industry)
        known = self.draw.one((0.35, 0.7, 0.7, 0.95)) if crowd != "nobody" else 0.15
        city, country = self.draw.one(PLACES)
        company = SampleCompany(
            name=name, domain=domain, source=self.draw.one(SOURCES), observed_on=self.draw.observed()
        )
        return replace(
            company,
            country=country if self.draw.chance(known + 0.2) else None,
            city=city if self.draw.chance(known) else None,
            industry=industry.name if self.draw.chance(known) else None,
            tags=self.draw.some(industry.tags, 1, 3) if self.draw.chance(known) else (),
            technologies=self.draw.some(TECHNOLOGIES, 2, 6) if self.draw.chance(known - 0.1) else (),
            tags_researched_on=self.draw.day(5, 200) if self.draw.chance(known - 0.3) else None,
        )

    def people_known(self, company: SampleCompany, number: int, low: int, high: int) -> SampleCompany:
        """`company` with `number` employees, told exactly or as a usual range within `low` and `high`."""
        ranges = [each for each in HEADCOUNTS if low <= each[0] <= number <= each[1] <= high]
        first, last = ranges[0] if ranges and self.draw.chance(0.5) else (number, number)
        return replace(company, employees_low=first, employees_high=last)

    def earning(self, company: SampleCompany, amount: int, low: int, high: int) -> SampleCompany:
        """`company` with a monthly revenue, told exactly or as a range within `low` and `high`."""
        first, last = (
            (max(low, amount * 3 // 4), min(high, amount * 5 // 4)) if self.draw.chance(0.3) else (amount, amount)
        )
        return replace(company, monthly_revenue_low=first, monthly_revenue_high=last)

    def reaching(self, company: SampleCompany, number: int) -> SampleCompany:
        return replace(company, consumer_users_low=number, consumer_users_high=number)

    def founded(self, youngest: int, oldest: int) -> int | None:
        return self.draw.today.year - self.draw.between(youngest, oldest) if self.draw.chance(0.7) else None

    def growing(self, company: SampleCompany) -> SampleCompany:
        """What a company that grows with leading investors has besides size, sales and status."""
        stage, total = self.draw.one(
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
            investors=(*self.draw.some(LEADING_INVESTORS, 1, 3), *self.draw.some(OTHER_INVESTORS, 0, 2)),
            accelerators=self.draw.some(LEADING_ACCELERATORS, 1, 1) if self.draw.chance(0.3) else (),
            funding_stage=stage if self.draw.chance(0.8) else None,
            funding_total=self.draw.about(*total) * MILLION if self.draw.chance(0.7) else None,
            funding_researched_on=self.draw.day(5, 200) if self.draw.chance(0.6) else None,
            people_researched_on=self.draw.day(5, 200) if self.draw.chance(0.4) else None,
            founded=self.founded(4, 12),
            company_type="startup" if self.draw.chance(0.7) else None,
            project_stage="growth" if self.draw.chance(0.4) else None,
        )

    def high_growth(self, company: SampleCompany) -> SampleCompany:
        company = replace(self.growing(company), status="operating")
        company = self.people_known(company, self.draw.about(18, 480), 15, 500)
        if self.draw.chance(0.25):
            return self.reaching(company, self.draw.about(1.1, 30) * MILLION)
        return self.earning(company, self.draw.about(110_000, 4_000_000), 100_000, 100 * MILLION)

    def starting(self, company: SampleCompany) -> SampleCompany:
        """What a young company has besides pedigree, size and revenue."""
        return replace(
            company,
            status="operating" if self.draw.chance(0.6) else None,
            founded=self.founded(0, 3),
            company_type="startup" if self.draw.chance(0.6) else None,
            project_stage=self.draw.one((None, None, "very_early", "startup", "startup")),
            funding_stage=self.draw.one((None, "pre_seed", "pre_seed", "seed", "bootstrapped")),
            funding_total=self.draw.about(120_000, 3 * MILLION) if self.draw.chance(0.5) else None,
            investors=self.draw.some(OTHER_INVESTORS, 1, 2) if self.draw.chance(0.4) else (),
            people_researched_on=self.draw.day(5, 150) if self.draw.chance(0.4) else None,
        )

    def high_potential(self, company: SampleCompany) -> SampleCompany:
        """From a leading accelerator."""
        company = replace(
            self.founded_well(company),
            accelerators=(*self.draw.some(LEADING_ACCELERATORS, 1, 1), *self.draw.some(OTHER_ACCELERATORS, 0, 1)),
            funding_researched_on=self.draw.day(5, 150) if self.draw.chance(0.5) else None,
        )
        if self.draw.chance(0.4):
            return replace(company, investors=(*company.investors, "Y Combinator"))
        return company

    def founded_well(self, company: SampleCompany) -> SampleCompany:
        """Young and small; the pedigree is added by accelerators or founders."""
        company = self.starting(company)
        revenue = 0 if self.draw.chance(0.35) else self.draw.about(400, 70_000)
        company = replace(company, monthly_revenue_low=revenue, monthly_revenue_high=revenue)
        if revenue and self.draw.chance(0.3):
            company = replace(company, monthly_revenue_low=0, monthly_revenue_high=revenue)
        if self.draw.chance(0.15):
            company = self.reaching(replace(company, status="operating"), self.draw.about(500, 200_000))
            return self.people_known(company, self.draw.between(15, 19), 15, 19)
        return self.people_known(company, self.draw.about(2, 14.9), 1, 14)

    def side_project(self, company: SampleCompany) -> SampleCompany:
        number = 1 if self.draw.chance(0.65) else self.draw.between(2, 3)
        revenue = self.draw.one((None, None, 0, 0, self.draw.about(20, 600)))
        company = replace(
            company,
            employees_low=number,
            employees_high=number,
            monthly_revenue_low=revenue,
            monthly_revenue_high=revenue,
            funding_total=0 if self.draw.chance(0.8) else self.draw.about(2_000, 40_000),
            funding_stage="bootstrapped" if self.draw.chance(0.6) else None,
            founded=self.founded(0, 4),
            company_type="project" if self.draw.chance(0.6) else None,
            project_stage="side_project",
        )
        return self.reaching(company, self.draw.about(30, 20_000)) if self.draw.chance(0.3) else company

    def small_venture(self, company: SampleCompany) -> SampleCompany:
        """Very early and commercial, with no pedigree, and that was looked up."""
        return replace(
            self.side_project(company),
            project_stage="very_early",
            funding_researched_on=self.draw.day(5, 120),
            people_researched_on=self.draw.day(5, 120),
            status="operating" if self.draw.chance(0.5) else None,
        )

    # Undecided, each for a reason of its own

    def hardly_known(self, company: SampleCompany) -> SampleCompany:
        return company

    def without_revenue(self, company: SampleCompany) -> SampleCompany:
        company = replace(self.growing(company), status="operating")
        return self.people_known(company, self.draw.about(18, 480), 15, 500)

    def without_size(self, company: SampleCompany) -> SampleCompany:
        company = replace(self.growing(company), status="operating" if self.draw.chance(0.7) else None)
        return self.earning(company, self.draw.about(110_000, 2_000_000), 100_000, 100 * MILLION)

    def size_as_range(self, company: SampleCompany) -> SampleCompany:
        company = replace(self.growing(company), status="operating", employees_low=11, employees_high=50)
        return self.earning(company, self.draw.about(120_000, 900_000), 100_000, 100 * MILLION)

    def backers_open(self, company: SampleCompany) -> SampleCompany:
        company = replace(
            self.growing(company),
            status="operating",
            investors=self.draw.some(OTHER_INVESTORS, 0, 2),
            accelerators=(),
            funding_researched_on=None,
        )
        company = self.people_known(company, self.draw.about(22, 400), 20, 500)
        return self.earning(company, self.draw.about(110_000, 2_000_000), 100_000, 100 * MILLION)

    def status_open(self, company: SampleCompany) -> SampleCompany:
        return replace(self.high_growth(company), status=None)

    def early_without_revenue(self, company: SampleCompany) -> SampleCompany:
        company = replace(self.starting(company), accelerators=self.draw.some(LEADING_ACCELERATORS, 1, 1))
        return self.people_known(company, self.draw.about(2, 14.9), 1, 14)

    def reach_open(self, company: SampleCompany) -> SampleCompany:
        """High-potential for now; consumer reach would make it high-growth."""
        company = replace(
            self.starting(company),
            status="operating",
            accelerators=("Y Combinator",),
            investors=("Y Combinator", *self.draw.some(OTHER_INVESTORS, 0, 1)),
        )
        company = self.people_known(company, self.draw.between(15, 19), 15, 19)
        return self.earning(company, self.draw.about(20_000, 75_000), 0, 99_000)

    def funding_open(self, company: SampleCompany) -> SampleCompany:
        return replace(self.side_project(company), funding_total=None, funding_stage=None)

    # In no segment

    def enterprise(self, company: SampleCompany) -> SampleCompany:
        company = self.people_known(company, self.draw.about(520, 9_500), 501, 10_000)
        company = replace(
            company,
            status=self.draw.one((None, "operating", "operating", "public")),
            founded=self.founded(10, 60),
            company_type="enterprise" if self.draw.chance(0.6) else None,
        )
        return (
            self.earning(company, self.draw.about(4, 90) * MILLION, MILLION, 900 * MILLION)
            if self.draw.chance(0.5)
            else company
        )

    def listed(self, company: SampleCompany) -> SampleCompany:
        company = replace(
            self.growing(company),
            status="public",
            funding_stage=self.draw.one((None, "public")),
            founded=self.founded(8, 25),
        )
        company = self.people_known(company, self.draw.about(60, 490), 51, 500)
        return self.earning(company, self.draw.about(1.2, 9) * MILLION, MILLION, 100 * MILLION)

    def unbacked(self, company: SampleCompany) -> SampleCompany:
        """Middling, with investors looked up and none of them leading."""
        company = self.people_known(company, self.draw.about(21, 450), 20, 500)
        company = replace(
            company,
            investors=self.draw.some(OTHER_INVESTORS, 1, 2) if self.draw.chance(0.3) else (),
            funding_researched_on=self.draw.day(10, 300),
            founded=self.founded(5, 40),
            status=self.draw.one((None, "operating", "operating", "operating", "acquired", "closed")),
            company_type=self.draw.one((None, "startup", "agency", "school", "nonprofit")),
        )
        return (
            self.earning(company, self.draw.about(60_000, 3_000_000), 0, 100 * MILLION)
            if self.draw.chance(0.6)
            else company
        )

    def slow(self, company: SampleCompany) -> SampleCompany:
        """More than 20 people and little revenue: one of the holes between the segments."""
        company = replace(self.growing(company), status="operating" if self.draw.chance(0.8) else None)
        company = self.people_known(company, self.draw.about(21, 120), 20, 500)
        company = self.earning(company, self.draw.about(15_000, 75_000), 0, 99_000)
        return self.reaching(company, self.draw.about(300, 300_000))

    def small_and_rich(self, company: SampleCompany) -> SampleCompany:
        """Too few people for the revenue: another hole."""
        company = replace(self.growing(company), status="operating")
        company = replace(
            self.people_known(company, self.draw.between(6, 14), 5, 14), funding_stage=None, funding_total=None
        )
        return self.earning(company, self.draw.about(130_000, 600_000), 100_000, 100 * MILLION)

    def small_firm(self, company: SampleCompany) -> SampleCompany:
        """Small, with founders and funding looked up and neither remarkable."""
        company = self.people_known(company, self.draw.between(4, 14), 4, 14)
        company = replace(
            company,
            accelerators=self.draw.some(OTHER_ACCELERATORS, 0, 1),
            investors=self.draw.some(OTHER_INVESTORS, 0, 1),
            funding_researched_on=self.draw.day(10, 300),
            people_researched_on=self.draw.day(10, 300),
            founded=self.founded(2, 20),
            company_type=self.draw.one((None, "agency", "agency", "nonprofit", "startup")),
            project_stage=self.draw.one((None, "startup")),
            status="operating" if self.draw.chance(0.6) else None,
        )
        return self.earning(company, self.draw.about(5_000, 90_000), 0, 99_000) if self.draw.chance(0.6) else company

    # Named examples

    def example(self, company: SampleCompany) -> SampleCompany:
        self.draw.taken.add(company.name)
        days = self.draw.between(5, 40)
        researched = self.draw.today - timedelta(days=days)
        return replace(
            company,
            observed_on=researched,
            funding_researched_on=researched,
            people_researched_on=researched if company.employees_high and company.employees_high < 15 else None,
        )
