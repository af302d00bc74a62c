"""What is allowed in a rule document and still worth a warning."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given

from personas.rules.document import Document, from_data
from personas.rules.errors import Fault, Level, RuleError
from personas.rules.evaluate import read_facts
from personas.rules.lint import warnings
from personas.rules.results import ProfileResult
from personas.rules.scoring import Scorer
from personas.rules.truth import Truth
from tests.personas.rules import strategies

AT = date(2026, 1, 31)
LISTS = {
    "investors": {"entries": ["Sequoia", "Y Combinator"]},
    "accelerators": {"entries": ["Y Combinator", "Techstars"]},
}
FACTS = {"growth": {"kind": "percent"}, "ratio": {"kind": "decimal"}, "signed": {"kind": "date"}}

NEVER = {"fact": "employees", "at_most": -1}
SMALL = {"fact": "employees", "at_most": 10}
LARGE = {"fact": "employees", "at_least": 20}


def make(*profiles: dict[str, Any]) -> Document:
    return from_data({"format": 1, "lists": LISTS, "facts": FACTS, "profiles": list(profiles)})


def found(*profiles: dict[str, Any]) -> list[str]:
    return [str(fault) for fault in warnings(make(*profiles), AT)]


def row(key: str, when: object, points: float = 1) -> dict[str, Any]:
    return {"key": key, "when": when, "points": points}


def component(*rows: dict[str, Any], **more: object) -> dict[str, Any]:
    """A profile with one component of these rows."""
    return {"key": "card", "components": [{"key": "part", "rows": list(rows), **more}]}


def segment(key: str, rank: int, *musts: dict[str, Any], **more: object) -> dict[str, Any]:
    lines = [{"key": f"m{place}", "when": when} for place, when in enumerate(musts)]
    return {"key": key, "rank": rank, "must": lines, **more}


def test_a_document_without_mistakes_has_no_warnings() -> None:
    card = component(
        row("small", {"fact": "employees", "between": [1, 14]}, 5),
        row("middle", {"fact": "employees", "between": [15, 500]}, 10),
        row("large", {"fact": "employees", "at_least": 501}, 3),
        combine="first",
    )

    assert found(card | {"maximum": 10, "bands": [{"key": "high", "from": 5}, {"key": "low"}]}) == []


def test_warnings_do_not_count_as_errors() -> None:
    (fault,) = warnings(make(component(row("never", {"fact": "employees", "at_most": -1}))), AT)

    assert fault.level is Level.WARNING


# Tiers

SHARED = [
    (
        "numbers that touch",
        [{"fact": "employees", "between": [15, 500]}, {"fact": "employees", "between": [500, 900]}],
        "500 is in rows a and b",
    ),
    (
        "money that touches",
        [{"fact": "funding_total", "between": [0, 10]}, {"fact": "funding_total", "between": [10, 20]}],
        "$10 is in rows a and b",
    ),
    (
        "numbers that overlap",
        [{"fact": "growth", "at_least": 15}, {"fact": "growth", "at_least": 40}],
        "at least 40% is in rows a and b",
    ),
    (
        "days",
        [{"fact": "signed", "at_least": "2026-01-01"}, {"fact": "signed", "at_most": "2026-01-01"}],
        "2026-01-01 is in rows a and b",
    ),
    (
        "ages",
        [{"fact": "signed", "within_days": 90}, {"fact": "signed", "older_than_days": 30}],
        "31 to 90 days ago is in rows a and b",
    ),
    (
        "choices",
        [{"fact": "funding_stage", "one_of": ["seed", "series_a"]}, {"fact": "funding_stage", "at_least": "series_a"}],
        "series a is in rows a and b",
    ),
    (
        "words",
        [{"fact": "country", "one_of": ["de", "at"]}, {"fact": "country", "one_of": ["at", "ch"]}],
        "at is in rows a and b",
    ),
    (
        "members on two lists",
        [{"fact": "investors", "any_in_list": "investors"}, {"fact": "investors", "any_in_list": "accelerators"}],
        "Y Combinator is in rows a and b",
    ),
]


@pytest.mark.parametrize(("conditions", "text"), [each[1:] for each in SHARED], ids=[each[0] for each in SHARED])
def test_a_value_that_two_rows_add_up_is_named(conditions: list[object], text: str) -> None:
    a, b = conditions

    assert found(component(row("a", a), row("b", b))) == [
        f"profiles[0].components[0].rows[1]: {text} (all of them count)"
    ]


@pytest.mark.parametrize(
    "conditions",
    [
        [{"fact": "employees", "between": [15, 499]}, {"fact": "employees", "at_least": 500}],
        [{"fact": "funding_total", "less_than": 10}, {"fact": "funding_total", "at_least": 10}],
        [{"fact": "tags", "any_of": ["a"]}, {"fact": "tags", "any_of": ["b"]}],
        [{"fact": "tags", "none_of": ["a"]}, {"fact": "tags", "none_of": ["b"]}],
        [{"fact": "industry", "has_word": "ai"}, {"fact": "industry", "has_word": "health"}],
        [{"fact": "employees", "at_least": 15}, {"fact": "growth", "at_least": 15}],
    ],
    ids=[
        "whole numbers side by side",
        "an end that belongs to one",
        "other members",
        "absences",
        "words of a text",
        "two facts",
    ],
)
def test_rows_that_share_no_value_pass(conditions: list[object]) -> None:
    a, b = conditions

    assert found(component(row("a", a), row("b", b))) == []


def test_each_run_of_shared_values_is_told_once() -> None:
    tiers = [row(f"t{low}", {"fact": "employees", "at_least": low}) for low in (10, 20, 30)]

    assert found(component(*tiers)) == [
        "profiles[0].components[0].rows[1]: 20 to 29 is in rows t10 and t20 (all of them count)",
        "profiles[0].components[0].rows[2]: at least 30 is in rows t10, t20 and t30 (all of them count)",
    ]


@pytest.mark.parametrize(("combine", "who"), [("first", "a counts, it stands first"), ("max", "the best counts")])
def test_where_one_row_counts_only_tiers_that_reach_beyond_each_other_are_told(combine: str, who: str) -> None:
    nested = component(
        row("a", {"fact": "growth", "at_least": 40}, 20),
        row("b", {"fact": "growth", "at_least": 15}, 12),
        combine=combine,
    )
    touching = component(
        row("a", {"fact": "growth", "between": [40, 100]}, 20),
        row("b", {"fact": "growth", "between": [15, 40]}, 12),
        combine=combine,
    )

    assert found(nested) == []
    assert found(touching) == [f"profiles[0].components[0].rows[1]: 40% is in rows a and b ({who})"]


HOLES = [
    (
        "whole numbers",
        [{"fact": "employees", "between": [1, 20]}, {"fact": "employees", "between": [50, 90]}],
        "Employees 21 to 49",
    ),
    (
        "fractions",
        [{"fact": "funding_total", "at_most": 10}, {"fact": "funding_total", "at_least": 11}],
        "Funding raised above $10 to below $11",
    ),
    (
        "ages",
        [{"fact": "signed", "older_than_days": 90}, {"fact": "signed", "within_days": 30}],
        "Signed 31 to 90 days ago",
    ),
    (
        "days",
        [{"fact": "signed", "less_than": "2026-01-01"}, {"fact": "signed", "more_than": "2026-01-05"}],
        "Signed 2026-01-01 to 2026-01-05",
    ),
    (
        "ordered choices",
        [{"fact": "funding_stage", "at_most": "seed"}, {"fact": "funding_stage", "at_least": "series_c"}],
        "Funding stage series a to series b",
    ),
]


@pytest.mark.parametrize("combine", ["sum", "max", "first"])
@pytest.mark.parametrize(("conditions", "text"), [each[1:] for each in HOLES], ids=[each[0] for each in HOLES])
def test_a_hole_between_tiers_is_named(conditions: list[object], text: str, combine: str) -> None:
    a, b = conditions

    assert found(component(row("a", a), row("b", b), combine=combine)) == [
        f"profiles[0].components[0]: a hole between rows a and b: {text} is in no row"
    ]


def test_a_hole_that_a_row_with_more_conditions_may_fill_passes() -> None:
    filler = {"all": [{"fact": "employees", "between": [21, 49]}, {"known": "city"}]}
    tiers = [
        row("a", {"fact": "employees", "at_most": 20}),
        row("b", filler),
        row("c", {"fact": "employees", "at_least": 50}),
    ]

    assert found(component(*tiers)) == []


# Rows and components that never count


@pytest.mark.parametrize(
    ("combine", "points", "why"), [("first", (5, 9), "stands first"), ("max", (9, 5), "gives more")]
)
def test_a_row_behind_rows_that_cover_it_is_never_reached(combine: str, points: tuple[int, int], why: str) -> None:
    card = component(
        row("some", {"fact": "growth", "at_least": 15}, points[0]),
        row("fast", {"fact": "growth", "at_least": 40}, points[1]),
        combine=combine,
    )

    assert found(card) == [f"profiles[0].components[0].rows[1]: fast can never be reached (some always {why})"]


def test_rows_cover_another_together() -> None:
    card = component(
        row("small", {"fact": "employees", "at_most": 20}),
        row("large", {"fact": "employees", "at_least": 21}),
        row("middle", {"fact": "employees", "between": [10, 30]}),
        combine="first",
    )

    assert (
        "profiles[0].components[0].rows[2]: middle can never be reached (small and large always stands first)"
        in found(card)
    )


@pytest.mark.parametrize(
    "when",
    [
        {"all": [{"fact": "employees", "at_least": 10}, {"fact": "employees", "at_most": 5}]},
        {"fact": "employees", "less_than": 0},
        {"all": [{"fact": "country", "is": "de"}, {"fact": "country", "is": "at"}]},
        {"all": [{"known": "city"}, {"unknown": "city"}]},
        {"all": [{"fact": "tags", "empty": True}, {"fact": "tags", "any_of": ["a"]}]},
    ],
    ids=["ends crossed", "below the least", "two words", "known and not", "empty and not"],
)
def test_a_row_whose_conditions_contradict_each_other_is_never_reached(when: object) -> None:
    card = component(row("ok", {"known": "domain"}), row("never", when))

    assert found(card) == [
        "profiles[0].components[0].rows[1]: never can never be reached (its conditions contradict each other)"
    ]


@pytest.mark.parametrize(
    "when",
    [
        {"all": [{"fact": "tags", "any_of": ["a"]}, {"fact": "tags", "any_of": ["b"]}]},
        {"unknown": "employees"},
        {"fact": "employees", "less_than": 0, "missing": "yes"},
        {"all": [{"unknown": "employees"}, {"fact": "employees", "at_least": 10, "missing": "yes"}]},
        {"all": [{"unknown": "employees"}, {"any": [SMALL, {"not": SMALL}]}]},
    ],
    ids=["a set can hold both", "unknown", "yes while unknown", "unknown and yes", "whatever the unknown"],
)
def test_a_row_that_some_account_reaches_passes(when: object) -> None:
    card = component(row("ok", {"known": "domain"}), row("rare", when))

    assert not any("can never" in each or "no account" in each for each in found(card))


def test_a_row_that_needs_a_closed_gate_is_never_reached() -> None:
    card = component(
        row("ok", {"fact": "growth", "at_least": 1}),
        row("never", {"fact": "employees", "at_most": 5}),
        gate={"fact": "employees", "at_least": 10},
    )

    assert found(card) == [
        "profiles[0].components[0].rows[1]: never can never be reached (it holds only where the gate is closed)"
    ]


def test_a_component_without_a_reachable_row_is_told_once() -> None:
    never = {"fact": "employees", "at_most": -1}

    assert found(component(row("a", never), row("b", never))) == [
        "profiles[0].components[0]: no account can reach this component: none of its rows can hold"
    ]


def test_a_component_behind_a_gate_that_never_opens_is_told_once() -> None:
    gate = {"all": [{"fact": "employees", "at_least": 10}, {"fact": "employees", "at_most": 5}]}

    assert found(component(row("a", {"known": "city"}), gate=gate)) == [
        "profiles[0].components[0].gate: can never hold: no account can reach this component"
    ]


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        ({"must": [{"key": "m", "when": NEVER}]}, "must[0]: m can never hold"),
        (
            {"must": [{"key": "a", "when": SMALL}, {"key": "b", "when": LARGE}]},
            "must: no account can fulfil all of these together",
        ),
        ({"disqualify": [{"key": "d", "when": NEVER}]}, "disqualify[0]: d can never hold"),
        ({"flags": [{"key": "f", "when": NEVER}]}, "flags[0]: f can never hold"),
        ({"bonus": [{"key": "b", "when": NEVER, "points": 1}]}, "bonus[0]: b can never hold"),
        (
            {"must": [{"key": "m", "when": SMALL}], "bonus": [{"key": "b", "when": LARGE, "points": 1}]},
            "bonus[0]: b can never hold where all musts do",
        ),
        ({"enough_data": NEVER}, "enough_data: can never hold: no account will ever have a result"),
    ],
    ids=["must", "musts", "disqualifier", "flag", "bonus", "bonus-against-must", "enough-data"],
)
def test_lines_outside_of_components_that_never_hold_are_told(profile: dict[str, Any], text: str) -> None:
    assert found({"key": "p", **profile}) == [f"profiles[0].{text}"]


# Totals


def two_components(*, bands: list[dict[str, Any]] | None = None, maximum: float | None = None) -> dict[str, Any]:
    """Totals of 0, 10, 7 and 17."""
    return {
        "key": "card",
        "components": [
            {"key": "one", "rows": [row("a", {"fact": "employees", "at_least": 10}, 10)]},
            {"key": "two", "rows": [row("b", {"fact": "growth", "at_least": 10}, 7)]},
        ],
        "bands": bands or [],
        **({} if maximum is None else {"maximum": maximum}),
    }


def test_a_band_that_no_total_reaches_is_told() -> None:
    bands: list[dict[str, Any]] = [
        {"key": "top", "from": 17.5},
        {"key": "high", "from": 17},
        {"key": "middle", "from": 11},
        {"key": "low"},
    ]

    assert found(two_components(bands=bands)) == [
        "profiles[0].bands[0]: no total reaches top: totals go from 0 to 17 points",
        "profiles[0].bands[2]: no total reaches middle: totals go from 0 to 17 points",
    ]


@pytest.mark.parametrize(("maximum", "warned"), [(17, False), (16.99, True)])
def test_a_total_above_the_intended_maximum_is_told(maximum: float, warned: bool) -> None:
    text = f"profiles[0].maximum: the greatest total is 17 points, above the intended maximum of {maximum}"

    assert found(two_components(maximum=maximum)) == ([text] if warned else [])


def test_rows_that_exclude_each_other_do_not_add_up() -> None:
    parts = [
        {"key": "one", "rows": [row("a", SMALL, 10)]},
        {"key": "two", "rows": [row("b", LARGE, 7)]},
    ]

    assert found({"key": "card", "components": parts, "maximum": 10}) == []


def test_a_bonus_counts_towards_the_total_where_the_musts_hold() -> None:
    parts = [{"key": "one", "rows": [row("a", SMALL, 10)]}]
    bonus = [{"key": "b", "when": {"fact": "city", "is": "berlin"}, "points": 5}]
    card = {"key": "card", "components": parts, "bonus": bonus, "maximum": 10}

    assert found(card) == ["profiles[0].maximum: the greatest total is 15 points, above the intended maximum of 10"]
    assert found(card | {"must": [{"key": "m", "when": LARGE}]}) == []


def test_totals_of_many_facts_are_exact_where_components_share_none() -> None:
    facts = {f"f{place}": {"kind": "boolean"} for place in range(20)}
    parts = [{"key": key, "rows": [row("r", {"fact": key, "is": True}, 5)]} for key in facts]
    card = {"key": "card", "components": parts, "maximum": 99}

    faults = warnings(from_data({"format": 1, "facts": facts, "profiles": [card]}), AT)

    assert [str(each) for each in faults] == [
        "profiles[0].maximum: the greatest total is 100 points, above the intended maximum of 99"
    ]


def test_too_many_combinations_give_no_warning() -> None:
    facts = {f"f{place}": {"kind": "boolean"} for place in range(17)}
    never = [{"fact": key, "is": True} for key in facts] + [{"fact": "f0", "is": False}]
    few = {"key": "p", "must": [{"key": "m", "when": {"all": [never[0], never[-1]]}}]}
    many = {"key": "p", "must": [{"key": "m", "when": {"all": never}}]}

    def told(profile: dict[str, Any]) -> int:
        return len(warnings(from_data({"format": 1, "facts": facts, "profiles": [profile]}), AT))

    assert told(few) == 1
    assert told(many) == 0


# Segments


def test_segments_that_overlap_are_told_with_an_account_in_both() -> None:
    high = segment("high", 1, {"fact": "employees", "between": [15, 500]}, {"fact": "is_public", "is": False})
    potential = segment("potential", 2, {"fact": "employees", "less_than": 20})

    assert found(high, potential) == [
        (
            "profiles[1]: overlaps with high: an account with Employees 15 to 19, Listed on an exchange no fits both"
            " (high wins by its rank)"
        )
    ]


def test_ranks_decide_which_segment_is_the_lower_one() -> None:
    large = segment("large", 2, {"fact": "employees", "at_least": 15})
    huge = segment("huge", 1, {"fact": "employees", "at_least": 500})

    assert found(large, huge) == [
        "profiles[0]: overlaps with huge: an account with Employees at least 500 fits both (huge wins by its rank)"
    ]


@pytest.mark.parametrize(
    "other",
    [
        segment("b", 2, {"fact": "employees", "less_than": 15}),
        segment(
            "b",
            2,
            {"fact": "employees", "at_most": 20},
            disqualify=[{"key": "d", "when": {"fact": "employees", "at_least": 15}}],
        ),
        segment("b", 2, {"fact": "employees", "at_most": 20}, enough_data={"fact": "employees", "less_than": 15}),
        {"key": "b", "must": [{"key": "m", "when": {"fact": "employees", "at_least": 1}}]},
    ],
    ids=["side by side", "a disqualifier parts them", "enough data parts them", "a scorecard is no segment"],
)
def test_segments_side_by_side_have_neither_overlap_nor_hole(other: dict[str, Any]) -> None:
    assert found(segment("a", 1, {"fact": "employees", "at_least": 15}), other) == []


def test_a_hole_between_segments_is_told_with_an_account_in_it() -> None:
    small = segment("small", 1, {"fact": "employees", "at_most": 10})
    large = segment("large", 2, {"fact": "employees", "at_least": 20})

    assert found(small, large) == [
        "profiles: a hole between small and large: an account with Employees 11 to 19 is in no segment"
    ]


def test_holes_of_two_facts_are_told_with_both() -> None:
    grown = segment("grown", 1, {"fact": "employees", "at_least": 15}, {"fact": "monthly_revenue", "at_least": 100000})
    young = segment(
        "young", 2, {"fact": "employees", "less_than": 20}, {"fact": "monthly_revenue", "less_than": 100000}
    )
    start = "profiles: a hole between grown and young: an account with "

    assert found(grown, young) == [
        f"{start}Employees at least 20, Monthly revenue below $100,000 a month is in no segment",
        f"{start}Employees 0 to 14, Monthly revenue at least $100,000 a month is in no segment",
    ]


def test_a_hole_between_segments_by_stage_is_told_where_stages_are_all_there_is() -> None:
    early = segment("early", 1, {"fact": "funding_stage", "at_most": "seed"})
    late = segment("late", 2, {"fact": "funding_stage", "at_least": "series_b"})

    assert found(early, late) == [
        "profiles: a hole between early and late: an account with Funding stage series a is in no segment"
    ]


def test_an_account_of_which_a_fact_is_unknown_is_in_no_hole() -> None:
    small = segment(
        "small", 1, {"fact": "employees", "at_most": 10}, {"fact": "growth", "at_least": 1, "missing": "no"}
    )
    large = segment(
        "large", 2, {"fact": "employees", "at_least": 20}, {"fact": "growth", "at_least": 1, "missing": "no"}
    )

    holes = [each for each in found(small, large) if "a hole" in each]

    assert len(holes) == 1
    assert "Employees 11 to 19" in holes[0]
    assert "unknown" not in holes[0]


def test_a_third_segment_fills_the_hole() -> None:
    tiers = [
        segment("small", 1, {"fact": "employees", "at_most": 10}),
        segment("middle", 2, {"fact": "employees", "between": [11, 19]}),
        segment("large", 3, {"fact": "employees", "at_least": 20}),
    ]

    assert found(*tiers) == []
    assert found(tiers[0], tiers[2]) != []


def test_the_far_ends_and_other_facts_are_no_holes() -> None:
    middle = segment("middle", 1, {"fact": "employees", "between": [15, 500]}, {"fact": "is_public", "is": False})
    small = segment("small", 2, {"fact": "employees", "less_than": 15}, {"fact": "is_public", "is": False})

    assert found(middle, small) == []


# Policies


def test_every_use_of_a_missing_policy_is_listed_with_its_place() -> None:
    condition: dict[str, Any] = {"fact": "employees", "at_least": 1, "missing": "yes"}
    profile = {
        "key": "p",
        "must": [{"key": "m", "when": {"any": [{"known": "city"}, {"not": condition}]}}],
        "enough_data": {"at_least": 1, "of": [condition, {"known": "city"}]},
        "components": [{"key": "c", "gate": condition, "rows": [row("r", {"all": [condition, {"known": "city"}]})]}],
        "disqualify": [{"key": "d", "when": condition}],
        "bonus": [{"key": "b", "when": condition, "points": 1}],
        "flags": [{"key": "f", "when": condition}],
    }
    text = ": where Employees is unknown this counts as yes (the comparison's own policy)"

    listed = [each.removesuffix(text) for each in found(profile) if each.endswith(text)]

    assert listed == [
        "profiles[0].disqualify[0].when",
        "profiles[0].must[0].when.any[1].not",
        "profiles[0].enough_data.of[0]",
        "profiles[0].components[0].gate",
        "profiles[0].components[0].rows[0].when.all[0]",
        "profiles[0].bonus[0].when",
        "profiles[0].flags[0].when",
    ]


def test_the_policy_of_a_profile_counts_for_each_comparison_without_its_own() -> None:
    lines = [
        {"fact": "employees", "at_least": 1},
        {"fact": "growth", "at_least": 1, "missing": "open"},
        {"known": "city"},
    ]
    must = [{"key": f"m{place}", "when": when} for place, when in enumerate(lines)]

    assert found({"key": "p", "missing": "no", "must": must}) == [
        "profiles[0].must[0].when: where Employees is unknown this counts as no (the profile's policy)"
    ]


@pytest.mark.parametrize(("policy", "overlaps"), [("open", False), ("no", False), ("yes", True)])
def test_unknown_facts_that_count_as_a_yes_make_segments_overlap(policy: str, overlaps: bool) -> None:
    small = segment("small", 1, {"fact": "employees", "at_most": 10, "missing": policy})
    nameless = segment("nameless", 2, {"unknown": "employees"})

    told = [each for each in found(small, nameless) if "overlaps" in each]

    assert bool(told) is overlaps
    assert all("an account with Employees unknown fits both" in each for each in told)


# What is refused instead


@pytest.mark.parametrize(
    ("profiles", "place"),
    [
        ([{"key": "a"}, {"key": "b", "rank": 1}, {"key": "c", "rank": 1}], "profiles[2].rank"),
        ([{"key": "a"}, {"key": "a"}], "profiles[1].key"),
        (
            [
                {
                    "key": "a",
                    "must": [
                        {"key": "x"},
                        {"key": "m", "when": {"known": "city"}},
                        {"key": "m", "when": {"known": "city"}},
                    ],
                }
            ],
            "profiles[0].must[2].key",
        ),
        ([component(row("r", {"known": "city"}, 5), cap=4)], "profiles[0].components[0].cap"),
        (
            [component(row("r", {"fact": "day_job_segments", "any_of": ["a"]}))],
            "profiles[0].components[0].rows[0].when.fact",
        ),
        ([segment("a", 1, {"fact": "employees", "at_least": True})], "profiles[0].must[0].when.at_least"),
        ([segment("a", 1, {"fact": "employees", "at_least": float("nan")})], "profiles[0].must[0].when.at_least"),
        ([component(row("r", {"known": "city"}, float("inf")))], "profiles[0].components[0].rows[0].points"),
        ([segment("a", 1, {"any": []})], "profiles[0].must[0].when.any"),
        ([segment("a", 1, {"fact": "city", "in_list": "none"})], "profiles[0].must[0].when.in_list"),
    ],
)
def test_what_can_have_no_meaning_is_refused_with_its_place(profiles: list[dict[str, Any]], place: str) -> None:
    with pytest.raises(RuleError) as refused:
        make(*profiles)

    assert place in [fault.path for fault in refused.value.faults]


# Against accounts


def refuted(fault: Fault, document: Document, results: dict[str, ProfileResult]) -> bool:
    """Whether an account does what a warning says that none can do."""
    place = re.fullmatch(r"profiles\[(\d+)\]\.(\w+)(?:\[(\d+)\])?(?:\.(\w+)(?:\[(\d+)\])?)?", fault.path)
    if not place or "counts as" in fault.message:
        return False
    profile = document.profiles[int(place[1])]
    result = results[profile.key]
    number, row = int(place[3] or 0), int(place[5] or 0)
    match place[2]:
        case "must" if place[3]:
            return result.must[profile.must[number].key] is Truth.YES
        case "must":
            return result.verdict is Truth.YES and result.status != "insufficient_data"
        case "flags":
            return result.flags[profile.flags[number].key] is Truth.YES
        case "bonus" if "musts" in fault.message:
            return result.bonus[profile.bonus[number].key] is Truth.YES and result.verdict is Truth.YES
        case "bonus":
            return result.bonus[profile.bonus[number].key] is Truth.YES
        case "disqualify":
            line = profile.disqualify[number]
            alike = [each for each in profile.disqualify if (each.reason or each.key) == (line.reason or line.key)]
            return len(alike) == 1 and result.reason == (line.reason or line.key)
        case "enough_data":
            return result.status in ("exact", "open")
        case "bands":
            return result.band == profile.bands[number].key
        case "components":
            part = profile.components[number]
            found = result.components[part.key]
            if place[4] == "rows" and "contradict" in fault.hint:
                return found.rows[part.rows[row].key] is Truth.YES
            return place[4] == "gate" and bool(found.points)
        case _:
            return False


@given(situation=strategies.situations())
def test_no_account_does_what_a_warning_says_that_none_can(situation: tuple[dict[str, Any], dict[str, Any]]) -> None:
    rules, facts = situation
    document = from_data(rules)
    scorer = Scorer(document, strategies.AT)
    known = read_facts(facts, document.vocabulary, strategies.AT).known
    results = dict(scorer.score(scorer.cells_of(known)).profiles)

    for fault in warnings(document, strategies.AT):
        assert not refuted(fault, document, results), fault
