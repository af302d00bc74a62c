"""The preset says what the ideal customer profile says, and its golden cases hold."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from personas.presets import preset_text
from personas.rules.document import Case, Document, parse, to_json, to_yaml
from personas.rules.evaluate import read_facts
from personas.rules.golden import failing, outcome
from personas.rules.lint import warnings
from personas.rules.results import Result
from personas.rules.scoring import Scorer
from personas.rules.truth import Truth

TODAY = date(2026, 3, 1)

HIGH_GROWTH: Mapping[str, object] = {
    "employees": 100,
    "monthly_revenue": 500_000,
    "consumer_users": 0,
    "investors": ["Accel"],
    "accelerators": [],
    "founder_employers": [],
    "is_public": False,
    "project_stage": "growth",
    "funding_total": 20_000_000,
}
HIGH_POTENTIAL: Mapping[str, object] = {
    **HIGH_GROWTH,
    "employees": 6,
    "monthly_revenue": 5_000,
    "investors": [],
    "accelerators": ["Techstars"],
    "project_stage": "startup",
    "funding_total": 500_000,
}
HOBBYIST: Mapping[str, object] = {
    **HIGH_POTENTIAL,
    "employees": 1,
    "monthly_revenue": 0,
    "accelerators": [],
    "project_stage": "side_project",
    "funding_total": 0,
}


@pytest.fixture(scope="module")
def document() -> Document:
    return parse(preset_text())


@pytest.fixture(scope="module")
def scorer(document: Document) -> Scorer:
    return Scorer(document, TODAY)


def result(scorer: Scorer, facts: Mapping[str, object], **changed: object) -> Result:
    posted = read_facts({**facts, **changed}, scorer.document.vocabulary, TODAY)
    assert not posted.invalid
    assert not posted.unnamed
    return scorer.score(scorer.cells_of(posted.known))


def segment(scorer: Scorer, facts: Mapping[str, object], **changed: object) -> str:
    return outcome(result(scorer, facts, **changed))


def test_only_what_was_decided_gives_a_warning(document: Document) -> None:
    assumed = (
        "where Project stage is unknown this counts as yes",
        "where Last activity with the contact is unknown this counts as no",
    )
    decided = (*assumed, "overlaps with", "a hole between")

    found = [str(fault) for fault in warnings(document, TODAY)]

    assert [warning for warning in found if not any(reading in warning for reading in decided)] == []
    assert [sum(each in warning for warning in found) for each in assumed] == [1, 1]
    assert sum("unknown" in warning and "counts as" in warning for warning in found) == len(assumed)


def test_every_golden_case_holds(document: Document) -> None:
    assert failing(document) == []
    assert len(document.cases) >= 20


def test_written_out_and_read_again_it_is_the_same(document: Document) -> None:
    assert parse(to_yaml(document)).content_hash() == document.content_hash()
    assert parse(to_json(document)).content_hash() == document.content_hash()


def test_there_are_three_segments_and_a_scorecard(document: Document) -> None:
    assert [(p.key, p.stance, p.rank) for p in document.profiles] == [
        ("high-growth-startup", "focus", 1),
        ("high-potential", "develop", 2),
        ("hobbyist", "maintain", 3),
        ("account-fit", None, None),
    ]
    assert all(profile.summary and profile.action for profile in document.profiles)


def test_each_segment_says_whom_it_wants(document: Document) -> None:
    assert {p.key: (p.wanted_personas, p.wanted_roles) for p in document.ranked()} == {
        "high-growth-startup": (
            ("sam-software", "pam-product"),
            ("initiator", "influencer", "decision_maker", "user"),
        ),
        "high-potential": (("technical-founder",), ("initiator", "decision_maker", "user")),
        "hobbyist": (("sam-software",), ("user",)),
    }


SOMEBODY: Mapping[str, object] = {
    "contact_persona": ["sam-software"],
    "contact_roles": ["decision_maker", "user"],
    "contact_seniority": "senior",
    "contact_is_champion": False,
    "contact_has_email": True,
    "contact_consent": "given",
}


@pytest.fixture(scope="module")
def of_people(document: Document) -> Scorer:
    return Scorer(document.for_contacts(), TODAY)


def points(scorer: Scorer, **changed: object) -> tuple[str, str | None, float, float]:
    """Status, band, and the interval of the points of somebody, in points."""
    found = result(scorer, {**SOMEBODY, **HIGH_GROWTH}, **changed).profiles["whom-to-write-first"]
    return found.status, found.band, (found.low or 0) / 100, (found.high or 0) / 100


def test_people_have_one_profile_of_their_own(document: Document) -> None:
    assert [(p.key, p.rank, p.maximum) for p in document.contact_profiles] == [("whom-to-write-first", None, 100)]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ("exact", "first", 70, 70)),
        ({"contact_is_champion": True, "contact_last_activity": "2026-02-01"}, ("exact", "first", 100, 100)),
        ({"contact_last_activity": "2025-12-01"}, ("exact", "first", 70, 70)),
        ({"contact_persona": ["designer"]}, ("exact", "next", 50, 50)),
        ({"contact_persona": []}, ("exact", "next", 40, 40)),
        ({"contact_persona": None}, ("open", None, 40, 70)),
        ({"contact_roles": []}, ("exact", "next", 55, 55)),
        ({"contact_seniority": "vp"}, ("exact", "first", 68, 68)),
        ({"contact_is_champion": None}, ("open", "first", 70, 90)),
        ({"contact_consent": None}, ("open", "first", 65, 70)),
        ({"contact_consent": "refused"}, ("disqualified", None, 0, 0)),
        ({"contact_has_email": False}, ("exact", "first", 60, 60)),
    ],
)
def test_whom_to_write_to_first(
    of_people: Scorer, changed: Mapping[str, object], expected: tuple[str, str | None, float, float]
) -> None:
    assert points(of_people, **changed) == expected


def test_a_technical_founder_leads_in_a_high_potential_account(of_people: Scorer) -> None:
    founder = {"contact_persona": ["technical-founder"]}

    assert points(of_people, **founder)[2:] == (60, 60)
    assert points(of_people, **{**HIGH_POTENTIAL, **founder})[2:] == (70, 70)


@pytest.mark.parametrize(
    ("employees", "expected"),
    [(14, "none"), (15, "high-growth-startup"), (500, "high-growth-startup"), (501, "none")],
)
def test_high_growth_has_15_to_500_people(scorer: Scorer, employees: int, expected: str) -> None:
    assert segment(scorer, HIGH_GROWTH, employees=employees) == expected


@pytest.mark.parametrize(
    ("revenue", "users", "expected"),
    [
        (100_000, 0, "high-growth-startup"),
        (99_999.99, 0, "none"),
        (0, 1_000_000, "high-growth-startup"),
        (0, 999_999, "none"),
        (None, 1_000_000, "high-growth-startup"),
        (None, 999_999, "undecided"),
        (99_999.99, None, "undecided"),
        (100_000, None, "high-growth-startup"),
    ],
)
def test_high_growth_sells_for_100k_a_month_or_reaches_a_million(
    scorer: Scorer, revenue: float | None, users: int | None, expected: str
) -> None:
    assert segment(scorer, HIGH_GROWTH, monthly_revenue=revenue, consumer_users=users) == expected


@pytest.mark.parametrize(
    ("investors", "expected"),
    [
        (["Accel"], "high-growth-startup"),
        (["A16Z"], "high-growth-startup"),
        (["Y Combinator"], "high-growth-startup"),
        (["Invented Angels", "Index Ventures (Growth)"], "high-growth-startup"),
        (["Invented Angels"], "none"),
        ([], "none"),
        (None, "undecided"),
        ({"value": ["Invented Angels"], "complete": False}, "undecided"),
        ({"value": ["Accel"], "complete": False}, "high-growth-startup"),
    ],
)
def test_high_growth_has_a_leading_investor(scorer: Scorer, investors: object, expected: str) -> None:
    assert segment(scorer, HIGH_GROWTH, investors=investors) == expected


@pytest.mark.parametrize(("listed", "expected"), [(False, "high-growth-startup"), (True, "none"), (None, "undecided")])
def test_high_growth_is_not_listed(scorer: Scorer, listed: bool | None, expected: str) -> None:
    assert segment(scorer, HIGH_GROWTH, is_public=listed) == expected


@pytest.mark.parametrize(("employees", "expected"), [(1, "high-potential"), (19, "high-potential"), (20, "none")])
def test_high_potential_has_fewer_than_20_people(scorer: Scorer, employees: int, expected: str) -> None:
    assert segment(scorer, HIGH_POTENTIAL, employees=employees) == expected


@pytest.mark.parametrize(
    ("revenue", "expected"),
    [(0, "high-potential"), (99_999.99, "high-potential"), (100_000, "none"), (None, "undecided")],
)
def test_high_potential_sells_for_less_than_100k_a_month(scorer: Scorer, revenue: float | None, expected: str) -> None:
    assert segment(scorer, HIGH_POTENTIAL, monthly_revenue=revenue) == expected


@pytest.mark.parametrize(
    ("accelerators", "employers", "expected"),
    [
        (["Y Combinator"], [], "high-potential"),
        (["Techstars Berlin"], None, "high-potential"),
        ([], ["Facebook"], "high-potential"),
        (None, ["Google LLC"], "high-potential"),
        ([], [], "none"),
        (["Invented Incubator"], ["Invented Bakery"], "none"),
        ([], None, "undecided"),
        (None, [], "undecided"),
    ],
)
def test_high_potential_comes_from_an_accelerator_or_a_top_tier_company(
    scorer: Scorer, accelerators: object, employers: object, expected: str
) -> None:
    found = segment(scorer, HIGH_POTENTIAL, accelerators=accelerators, founder_employers=employers)

    assert found == expected


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (None, "high-potential"),
        ("startup", "high-potential"),
        ("very_early", "high-potential"),
        ("growth", "high-potential"),
        ("side_project", "none"),
    ],
)
def test_only_a_known_side_project_is_kept_from_high_potential(
    scorer: Scorer, stage: str | None, expected: str
) -> None:
    assert segment(scorer, HIGH_POTENTIAL, project_stage=stage) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"employees": 3}, "hobbyist"),
        ({"employees": 4}, "none"),
        ({"funding_total": 100_000}, "hobbyist"),
        ({"funding_total": 100_000.01}, "none"),
        ({"funding_total": None}, "undecided"),
        ({"project_stage": "very_early"}, "hobbyist"),
        ({"project_stage": "startup"}, "none"),
        ({"project_stage": None}, "undecided"),
    ],
    ids=str,
)
def test_a_hobbyist_is_early_small_and_hardly_funded(
    scorer: Scorer, changed: Mapping[str, object], expected: str
) -> None:
    assert segment(scorer, HOBBYIST, **changed) == expected


@pytest.mark.parametrize("employees", [15, 19])
@pytest.mark.parametrize(("revenue", "expected"), [(100_000, "high-growth-startup"), (99_999.99, "high-potential")])
def test_revenue_parts_the_overlap(scorer: Scorer, employees: int, revenue: float, expected: str) -> None:
    both = {"investors": ["YC"], "accelerators": ["YC"], "employees": employees}

    assert segment(scorer, HIGH_GROWTH, **both, monthly_revenue=revenue) == expected


def test_rank_breaks_a_tie(scorer: Scorer) -> None:
    found = result(
        scorer, HIGH_POTENTIAL, employees=17, investors=["YC"], accelerators=["YC"], consumer_users=2_000_000
    ).segment

    assert (found.key, found.also) == ("high-growth-startup", ("high-potential",))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, 10),
        ({"project_stage": "very_early"}, 20),
        ({"day_job_segments": ["high-growth-startup"]}, 50),
        ({"day_job_segments": ["high-potential"]}, 10),
        ({"social_followers": 10_000}, 35),
        ({"social_followers": 9_999}, 10),
        ({"city": "Berlin"}, 25),
        ({"city": "münchen"}, 25),
        ({"city": "NYC"}, 25),
        ({"city": "Little Hamlet"}, 10),
        ({"day_job_segments": ["high-growth-startup"], "social_followers": 50_000, "city": "Austin"}, 90),
    ],
    ids=str,
)
def test_day_job_reach_and_city_lift_a_hobbyist(scorer: Scorer, changed: Mapping[str, object], expected: int) -> None:
    known = {"day_job_segments": [], "social_followers": 0, "city": "Little Hamlet"}

    profile = result(scorer, HOBBYIST, **{**known, **changed}).profiles["hobbyist"]

    assert profile.points == expected * 100


def test_points_never_move_an_account_between_segments(scorer: Scorer) -> None:
    everything = {"personas": ["sam-software", "pam-product", "data-team"], "technologies": ["React"]}

    found = result(scorer, HIGH_GROWTH, **everything, employees=501)

    assert found.profiles["high-growth-startup"].known > 5_000  # type: ignore[operator]
    assert outcome(found) == "none"


@pytest.mark.parametrize("profile", ["high-growth-startup", "high-potential", "hobbyist"])
def test_a_segment_gives_0_to_100_points_and_nothing_known_leaves_it_all_open(scorer: Scorer, profile: str) -> None:
    found = result(scorer, {}).profiles[profile]

    assert (found.low, found.high, found.bounds) == (0, 10_000, "tight")


def test_the_scorecard_gives_no_number_for_nothing_and_an_interval_for_little(scorer: Scorer) -> None:
    nothing = result(scorer, {"city": "Berlin"}).profiles["account-fit"]
    little = result(scorer, {"employees": 100, "investors": ["Accel"]}).profiles["account-fit"]

    assert (nothing.status, nothing.low) == ("insufficient_data", None)
    assert (little.low, little.high, little.bounds) == (4_500, 10_000, "tight")
    assert little.possible_bands == ("high", "medium")


def test_the_scorecard_gives_a_complete_account_its_points(scorer: Scorer) -> None:
    people = ["sam-software", "pam-product", "technical-founder"]

    best = result(scorer, HIGH_GROWTH, monthly_revenue=1_000_000, personas=people).profiles["account-fit"]
    least = result(scorer, HOBBYIST, personas=[]).profiles["account-fit"]

    assert (best.points, best.band) == (10_000, "high")
    assert (least.points, least.band) == (0, "low")


def test_every_entry_of_a_list_is_found_by_its_names(document: Document, scorer: Scorer) -> None:
    for named in document.lists:
        for entry in named.entries:
            assert all(scorer.lists[named.key].matches(name) for name in (entry.name, *entry.aliases)), entry


def test_sam_and_pam_carry_everything_sales_needs(document: Document) -> None:
    personas = {persona.key: persona for persona in document.personas}

    assert {key: persona.tier for key, persona in personas.items()} == {
        "sam-software": "primary",
        "pam-product": "primary",
        "technical-founder": "other",
        "designer": "usable_by",
        "product-manager-light": "usable_by",
        "marketer": "usable_by",
        "data-team": "experiment",
    }
    for key in ("sam-software", "pam-product"):
        persona = personas[key]
        assert persona.buying_roles == ("initiator", "influencer", "decision_maker", "user")
        assert {each.kind for each in persona.statements} == {"goal", "challenge", "deal_breaker", "deal_maker"}
        assert all([persona.story, persona.found_at, persona.pain_tolerance, persona.technical_level, persona.exclude])
        assert "product engineer" in persona.titles


def test_no_other_title_stands_with_two_personas(document: Document) -> None:
    owners: dict[str, set[str]] = {}
    for persona in document.personas:
        assert len(set(persona.titles)) == len(persona.titles)
        for title in persona.titles:
            owners.setdefault(title, set()).add(persona.key)

    shared = {title for title, keys in owners.items() if len(keys) > 1}

    assert shared == {
        "product engineer",
        "produktingenieur",
        "produktingenieurin",
        "ingénieur produit",
        "ingénieure produit",
        "ingeniero de producto",
        "ingeniera de producto",
    }


def test_a_case_that_comes_out_otherwise_is_named_with_its_reason(document: Document) -> None:
    wrong = Case("Too small", {**HIGH_GROWTH, "employees": 14, "monthly_revenue": -1}, "high-growth-startup")

    found = failing(replace(document, cases=(*document.cases, wrong)))

    assert [(each.name, each.expected, each.found) for each in found] == [("Too small", "high-growth-startup", "none")]
    assert "high-growth-startup no: size no (employees 5 to 14), money-or-reach open" in found[0].reason
    assert "monthly_revenue is invalid" in found[0].reason


def test_a_case_that_leaves_more_than_one_answer_is_undecided(document: Document) -> None:
    wrong = Case("Size unknown", {**HIGH_GROWTH, "employees": None}, "none")

    (found,) = failing(replace(document, cases=(wrong,)))

    assert (found.found, found.expected) == ("undecided", "none")
    assert found.reason.startswith("high-growth-startup open: size open (employees unknown)")


def test_the_verdicts_of_a_settled_account_are_certain(scorer: Scorer) -> None:
    profiles = result(scorer, HIGH_GROWTH).profiles

    assert [profiles[key].verdict for key in ("high-growth-startup", "high-potential", "hobbyist")] == [
        Truth.YES,
        Truth.NO,
        Truth.NO,
    ]
