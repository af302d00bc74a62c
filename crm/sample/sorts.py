"""The sorts of company in a sample, in believable shares, and the well-known ones among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from .companies import Companies
from .rows import SampleCompany
from .vocabulary import ILLUSTRATIVE


@dataclass(frozen=True)
class Sort:
    """One sort of company: how many in 300, what is known of them, and who is found there.

    `make` adds what counts for its segment to a company that has a name, `crowd`
    says what its people do, `people` how many of them we know beside those of
    other sorts. `founders` is `top` where one must come from a top-tier company,
    `ordinary` where none may, and `any` where it does not matter.
    """

    share: float
    make: Callable[[Companies, SampleCompany], SampleCompany]
    crowd: str
    people: float
    founders: str = "any"


def shares(companies: int) -> list[tuple[Sort, int]]:
    """How many companies of each sort, by their shares; together `companies`."""
    whole = sum(sort.share for sort in SORTS)
    ends = [round(end * companies / whole) for end in accumulate(sort.share for sort in SORTS)]
    return [(sort, end - start) for sort, start, end in zip(SORTS, [0, *ends], ends, strict=False)]


HIGH_GROWTH = Sort(25, Companies.high_growth, "startup", 7.5)
HIGH_POTENTIAL = Sort(26, Companies.high_potential, "young", 3.0)
HOBBYIST = Sort(30, Companies.side_project, "project", 1.2)

SORTS = (
    HIGH_GROWTH,
    HIGH_POTENTIAL,
    Sort(14, Companies.founded_well, "young", 3.0, "top"),
    HOBBYIST,
    Sort(10, Companies.small_venture, "project", 1.2, "ordinary"),
    # Undecided
    Sort(14, Companies.hardly_known, "nobody", 0.7),
    Sort(12, Companies.without_revenue, "startup", 4.0),
    Sort(6, Companies.without_size, "startup", 3.0),
    Sort(7, Companies.size_as_range, "startup", 4.0),
    Sort(6, Companies.backers_open, "startup", 3.0),
    Sort(4, Companies.status_open, "startup", 4.0),
    Sort(5, Companies.early_without_revenue, "young", 2.0),
    Sort(2, Companies.reach_open, "young", 3.0),
    Sort(4, Companies.funding_open, "project", 1.0),
    # In no segment
    Sort(25, Companies.enterprise, "firm", 3.5),
    Sort(12, Companies.listed, "firm", 3.5),
    Sort(43, Companies.unbacked, "firm", 3.0),
    Sort(17, Companies.slow, "firm", 3.0),
    Sort(12, Companies.small_and_rich, "firm", 2.5),
    Sort(26, Companies.small_firm, "firm", 2.0, "ordinary"),
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
