"""How points, bands, verdicts and segments come about."""

from typing import Any

import pytest

from tests.personas.rules.making import make_document, profile_result, result_of

Known = dict[str, Any]


def row(key: str, at_least: int, points: Any) -> dict[str, Any]:
    return {"key": key, "when": {"fact": "employees", "at_least": at_least}, "points": points}


def must(key: str, fact: str, **operator: Any) -> dict[str, Any]:
    return {"key": key, "when": {"fact": fact, **operator}}


SIZE = must("size", "employees", between=[15, 500])
PUBLIC = must("public", "is_public", **{"is": True})
TIERS = [row("huge", 1000, 20), row("big", 100, 12), row("some", 10, 5)]


def component(known: Known | None = None, /, **parts: Any) -> Any:
    """The result of a profile of one component, with tiers of 20, 12 and 5."""
    return profile_result({"components": [{"key": "size", "rows": TIERS, **parts}]}, known)


def ends(result: Any) -> tuple[Any, Any, Any]:
    return result["points"], result["low"], result["high"]


@pytest.mark.parametrize(
    ("combine", "employees", "points"),
    [
        ("sum", 5, 0),
        ("sum", 10, 5),
        ("sum", 100, 17),
        ("sum", 1000, 37),
        ("max", 5, 0),
        ("max", 10, 5),
        ("max", 1000, 20),
        ("first", 99, 5),
        ("first", 100, 12),
        ("first", 1000, 20),
    ],
)
def test_overlapping_tiers_add_up_or_the_best_or_the_first_counts(combine: str, employees: int, points: int) -> None:
    assert component({"employees": employees}, combine=combine)["points"] == points


def test_first_goes_by_the_order_of_the_rows_and_max_does_not() -> None:
    upside_down = TIERS[::-1]

    assert component({"employees": 1000}, combine="first", rows=upside_down)["points"] == 5
    assert component({"employees": 1000}, combine="max", rows=upside_down)["points"] == 20


@pytest.mark.parametrize(("combine", "low", "high"), [("sum", 0, 37), ("max", 0, 20), ("first", 0, 20)])
def test_an_unknown_fact_leaves_an_interval_from_the_least_to_the_most(combine: str, low: int, high: int) -> None:
    result = component(combine=combine)

    assert ends(result) == (None, low, high)
    assert result["status"] == "open"
    assert result["known"] == 0


@pytest.mark.parametrize(("employees", "points"), [(5, 3), (10, 5)])
@pytest.mark.parametrize("combine", ["max", "first"])
def test_otherwise_counts_where_no_row_holds(combine: str, employees: int, points: int) -> None:
    assert component({"employees": employees}, combine=combine, otherwise=3)["points"] == points
    assert ends(component(combine=combine, otherwise=3)) == (None, 3, 20)


@pytest.mark.parametrize(("employees", "points"), [(5, 4), (10, 5), (100, 17), (1000, 20)])
def test_cap_and_floor_limit_the_sum(employees: int, points: int) -> None:
    assert component({"employees": employees}, cap=20, floor=4)["points"] == points


def test_a_cap_cuts_off_to_the_cent() -> None:
    assert component({"employees": 100}, cap=20)["points"] == 17
    assert component({"employees": 1000}, cap=36.99)["points"] == 36.99
    assert component({"employees": 5}, cap=20, floor=0.01)["points"] == 0.01


def test_a_cap_that_is_reached_anyway_leaves_nothing_open() -> None:
    rows = [row("sure", 0, 10), {"key": "more", "when": PUBLIC["when"], "points": 5}]

    result = component({"employees": 5}, cap=10, rows=rows)

    assert ends(result) == (10, 10, 10)
    assert result["status"] == "exact"
    assert result["components"]["size"]["rows"] == {"sure": "yes", "more": "open"}
    assert result["questions"] == []


@pytest.mark.parametrize(
    ("public", "points", "low", "high"), [(True, 17, 17, 17), (False, 0, 0, 0), (None, None, 0, 17)]
)
def test_a_closed_gate_gives_nothing_not_even_the_floor(public: Any, points: Any, low: int, high: int) -> None:
    result = component({"employees": 100, "is_public": public}, gate=PUBLIC["when"], floor=4)

    assert ends(result) == (points, low, high)
    assert result["components"]["size"]["rows"] == {"huge": "no", "big": "yes", "some": "yes"}


def test_points_may_take_away_and_totals_are_not_clamped() -> None:
    rows = [row("some", 10, "x"), row("more", 20, "y")]
    rows[0]["points"], rows[1]["points"] = -5, -2.25

    assert ends(component({"employees": 50}, rows=rows)) == (-7.25, -7.25, -7.25)
    assert ends(component(rows=rows)) == (None, -7.25, 0)


def test_cents_add_up_exactly() -> None:
    rows = [{**row(f"r{place}", 0, 0.1)} for place in range(3)]

    assert component({"employees": 1}, rows=rows)["points"] == 0.3


def test_two_conditions_on_one_unknown_fact_are_not_both_at_their_worst() -> None:
    small = {"key": "small", "when": {"fact": "employees", "less_than": 100}, "points": 4}
    large = {"key": "large", "when": {"fact": "employees", "at_least": 100}, "points": 6}

    result = profile_result({"components": [{"key": "a", "rows": [small]}, {"key": "b", "rows": [large]}]})

    assert ends(result) == (None, 4, 6)
    assert [ends(each) for each in result["components"].values()] == [(None, 0, 4), (None, 0, 6)]


def test_an_answer_that_every_value_gives_is_no_longer_open() -> None:
    either = [{"fact": "employees", "less_than": 100}, {"fact": "employees", "at_least": 50}]

    result = profile_result({"must": [{"key": "size", "when": {"any": either}}]})

    assert result["must"] == {"size": "open"}
    assert result["verdict"] == "yes"
    assert result["missing"] == ["employees"]


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        ({"employees": 15, "is_public": True}, "yes"),
        ({"employees": 15}, "open"),
        ({"employees": 14}, "no"),
        ({"is_public": False}, "no"),
        ({}, "open"),
    ],
)
def test_all_musts_hold_or_one_does_not(known: Known, verdict: str) -> None:
    assert profile_result({"must": [SIZE, PUBLIC]}, known)["verdict"] == verdict


def test_a_profile_without_musts_has_verdict_yes() -> None:
    assert profile_result({})["verdict"] == "yes"


BONUS = [{"key": "job", "when": {"fact": "day_job_segments", "any_of": ["p"]}, "points": 5}]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"employees": 15, "day_job_segments": ["p"]}, (5, 5, 5)),
        ({"employees": 14, "day_job_segments": ["p"]}, (0, 0, 0)),
        ({"employees": 14}, (0, 0, 0)),
        ({"day_job_segments": ["p"]}, (None, 0, 5)),
        ({"employees": 15}, (None, 0, 5)),
    ],
)
def test_a_bonus_counts_only_where_the_verdict_is_yes(known: Known, expected: tuple[Any, ...]) -> None:
    result = profile_result({"must": [SIZE], "bonus": BONUS}, known)

    assert ends(result) == expected
    assert result["known"] == 0


def test_what_is_known_is_the_sum_of_the_certain_components() -> None:
    second = {"key": "public", "rows": [{**PUBLIC, "points": 7}]}
    profile = {"components": [{"key": "size", "rows": TIERS}, second], "bonus": BONUS}

    result = profile_result(profile, {"employees": 100, "day_job_segments": ["p"]})

    assert ends(result) == (None, 22, 29)
    assert result["known"] == 17


def test_flags_are_labels_and_give_no_points() -> None:
    result = profile_result({"flags": [PUBLIC, SIZE]}, {"is_public": True})

    assert result["flags"] == {"public": "yes", "size": "open"}
    assert ends(result) == (0, 0, 0)
    assert result["status"] == "exact"


SCHOOL = {"key": "school", "when": {"fact": "company_type", "is": "school"}, "reason": "a school"}
TRADED = {"key": "traded", "when": {"fact": "is_public", "is": True}}


def test_the_first_disqualifier_that_holds_ends_it() -> None:
    profile = {
        "disqualify": [SCHOOL, TRADED],
        "must": [SIZE],
        "components": [{"key": "size", "rows": TIERS}],
        "bands": [{"key": "all"}],
    }

    result = profile_result(profile, {"is_public": True, "employees": 100})

    assert (result["status"], result["verdict"], result["reason"]) == ("disqualified", "no", "traded")
    assert (*ends(result), result["known"], result["band"], result["possible_bands"]) == (0, 0, 0, 0, None, [])
    assert result["components"]["size"] | {"rows": None} == {"points": 0, "low": 0, "high": 0, "rows": None}
    assert result["must"] == {"size": "yes"}
    assert (result["risks"], result["questions"]) == ([], [])
    assert profile_result(profile, {"company_type": "School", "is_public": True})["reason"] == "a school"


def test_an_open_disqualifier_is_a_risk_and_changes_nothing_else() -> None:
    result = profile_result({"disqualify": [SCHOOL, TRADED], "must": [SIZE]}, {"employees": 20, "is_public": False})

    assert result["risks"] == ["school"]
    assert (result["status"], result["verdict"], result["points"]) == ("exact", "yes", 0)
    assert result["missing"] == ["company_type"]


ENOUGH = {"at_least": 1, "of": [{"known": "employees"}, {"known": "monthly_revenue"}]}


def test_without_enough_data_there_is_no_number() -> None:
    profile = {
        "enough_data": ENOUGH,
        "must": [PUBLIC],
        "components": [{"key": "size", "rows": TIERS}],
        "bands": [{"key": "all"}],
    }

    result = profile_result(profile, {"is_public": True})

    assert (result["status"], result["verdict"]) == ("insufficient_data", "open")
    assert (*ends(result), result["known"], result["band"], result["possible_bands"]) == (*[None] * 5, [])
    assert result["components"]["size"] == {
        "points": None,
        "low": None,
        "high": None,
        "rows": {"huge": "open", "big": "open", "some": "open"},
    }
    assert result["must"] == {"public": "yes"}
    assert result["missing"] == ["employees", "monthly_revenue"]


def test_a_disqualifier_needs_no_data_about_anything_else() -> None:
    profile = {"enough_data": ENOUGH, "disqualify": [SCHOOL]}

    assert profile_result(profile, {"company_type": "school"})["status"] == "disqualified"
    assert profile_result(profile, {})["status"] == "insufficient_data"
    assert profile_result(profile, {"monthly_revenue": 0})["status"] == "exact"


BANDS = [{"key": "high", "from": 20}, {"key": "middle", "from": 12}, {"key": "low", "from": 5}]


@pytest.mark.parametrize(
    ("known", "band", "possible"),
    [
        ({"employees": 1000}, "high", ["high"]),
        ({"employees": 999}, "middle", ["middle"]),
        ({"employees": 99}, "low", ["low"]),
        ({"employees": 9}, None, []),
        ({}, None, ["high", "middle", "low"]),
        ({"employees": {"low": 100}}, None, ["high", "middle"]),
        ({"employees": {"low": 100, "high": 500}}, "middle", ["middle"]),
    ],
)
def test_a_line_belongs_to_the_band_above_it(known: Known, band: str | None, possible: list[str]) -> None:
    result = component(known, combine="first")
    banded = profile_result({"components": [{"key": "c", "combine": "first", "rows": TIERS}], "bands": BANDS}, known)

    assert (banded["band"], banded["possible_bands"]) == (band, possible)
    assert ends(banded) == ends(result)


def test_a_band_without_a_lower_end_holds_everything_below() -> None:
    bands = [{"key": "high", "from": 5}, {"key": "low"}]

    assert (
        profile_result({"bands": bands, "components": [{"key": "c", "rows": TIERS}]}, {"employees": 1})["band"] == "low"
    )


def test_a_band_can_be_certain_where_the_total_is_not() -> None:
    result = profile_result({"bands": [{"key": "all"}], "components": [{"key": "c", "rows": TIERS}]})

    assert (result["status"], result["points"], result["band"]) == ("open", None, "all")


@pytest.mark.parametrize(("policy", "verdict"), [("open", "open"), ("yes", "yes"), ("no", "no")])
def test_what_is_missing_may_be_assumed_and_is_then_listed(policy: str, verdict: str) -> None:
    on_line = {"key": "size", "when": {**SIZE["when"], "missing": policy}}
    assumed = [] if policy == "open" else ["employees"]

    for profile in ({"must": [on_line]}, {"must": [SIZE], "missing": policy}, {"must": [on_line], "missing": "yes"}):
        result = profile_result(profile)
        assert (result["verdict"], result["assumed"]) == (verdict, assumed)
        assert result["must"] == {"size": verdict}
        assert result["missing"] == ["employees"]
    assert profile_result({"must": [on_line]}, {"employees": 20})["assumed"] == []


def test_not_turns_an_assumed_answer_round() -> None:
    condition = {"not": {"fact": "employees", "at_least": 15, "missing": "yes"}}

    assert profile_result({"must": [{"key": "small", "when": condition}]})["verdict"] == "no"


def test_an_assumption_also_settles_a_range_and_a_set_that_may_hold_more() -> None:
    profile = {"missing": "no", "must": [SIZE], "flags": [must("tag", "tags", any_of=["a"])]}

    result = profile_result(
        profile, {"employees": {"low": 10, "high": 50}, "tags": {"value": ["b"], "complete": False}}
    )

    assert (result["verdict"], result["flags"], result["assumed"]) == ("no", {"tag": "no"}, ["employees", "tags"])
    assert result["missing"] == ["employees"]


def test_a_range_is_missing_only_where_an_edge_cuts_through_it() -> None:
    assert profile_result({"must": [SIZE]}, {"employees": {"low": 10, "high": 50}})["missing"] == ["employees"]
    assert profile_result({"must": [SIZE]}, {"employees": {"low": 15, "high": 50}})["missing"] == []


# Segments

STARTUP = {"key": "startup", "rank": 1, "must": [SIZE]}
LISTED = {"key": "listed", "rank": 2, "must": [PUBLIC]}
RICH = {"key": "rich", "rank": 3, "must": [must("rich", "monthly_revenue", at_least=1000)]}


def segment(known: Known, *profiles: dict[str, Any]) -> Any:
    return result_of(make_document(*(profiles or (STARTUP, LISTED, RICH))), known)["segment"]


def short(result: Any) -> tuple[Any, ...]:
    return result["status"], result["key"], result["provisional"], result["also"], result["possible"]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"employees": 20}, ("settled", "startup", None, [], ["startup"])),
        ({"employees": 20, "is_public": True}, ("settled", "startup", None, ["listed"], ["startup"])),
        (
            {"employees": 20, "is_public": True, "monthly_revenue": 1000},
            ("settled", "startup", None, ["listed", "rich"], ["startup"]),
        ),
        ({"employees": 5, "is_public": True}, ("settled", "listed", None, [], ["listed"])),
        (
            {"is_public": True, "monthly_revenue": 1000},
            ("undecided", None, "listed", ["rich"], ["startup", "listed"]),
        ),
        ({"is_public": True}, ("undecided", None, "listed", [], ["startup", "listed"])),
        ({"is_public": False}, ("undecided", None, None, [], ["startup", "rich", "none"])),
        ({}, ("undecided", None, None, [], ["startup", "listed", "rich", "none"])),
        (
            {"employees": 5, "is_public": False, "monthly_revenue": 0},
            ("none", None, None, [], ["none"]),
        ),
    ],
)
def test_the_highest_yes_wins_unless_a_higher_one_is_open(known: Known, expected: tuple[Any, ...]) -> None:
    assert short(segment(known)) == expected


def test_rank_and_not_place_decides_and_scorecards_are_no_segments() -> None:
    result = segment({"employees": 20, "is_public": True}, LISTED, {"key": "card"}, STARTUP)

    assert short(result) == ("settled", "startup", None, ["listed"], ["startup"])


def test_without_segments_every_account_is_in_none() -> None:
    assert short(segment({}, {"key": "card"})) == ("none", None, None, [], ["none"])


def test_segments_that_share_the_unknown_fact_between_them_leave_no_hole() -> None:
    small = {"key": "small", "rank": 1, "must": [must("a", "employees", less_than=100)]}
    large = {"key": "large", "rank": 2, "must": [must("b", "employees", at_least=100)]}

    result = segment({}, small, large)

    assert short(result) == ("undecided", None, None, [], ["small", "large"])
    assert result["settled_by_any_answer_to"] == ["employees"]


def test_a_single_outcome_is_the_answer_though_a_verdict_is_open() -> None:
    large = {"key": "large", "rank": 1, "must": [must("a", "employees", at_least=100), PUBLIC]}
    small = {"key": "small", "rank": 2, "must": [must("b", "employees", less_than=50)]}
    impossible = {"key": "never", "rank": 3, "must": [must("c", "employees", less_than=0)]}

    assert short(segment({"is_public": False}, large, impossible)) == ("none", None, None, [], ["none"])
    assert short(segment({"employees": 70, "is_public": False}, large, small)) == ("none", None, None, [], ["none"])


def test_a_disqualified_segment_counts_as_no() -> None:
    first = {**STARTUP, "disqualify": [SCHOOL]}

    result = segment({"employees": 20, "company_type": "school", "is_public": True}, first, LISTED)

    assert short(result) == ("settled", "listed", None, [], ["listed"])


def test_a_segment_at_risk_is_settled_but_the_rest_stays_possible() -> None:
    first = {**STARTUP, "disqualify": [SCHOOL]}

    result = segment({"employees": 20, "is_public": True}, first, LISTED)

    assert short(result) == ("settled", "startup", None, ["listed"], ["startup", "listed"])
    assert result["settled_by_any_answer_to"] == ["company_type"]


def test_a_segment_without_enough_data_is_open() -> None:
    first = {**STARTUP, "enough_data": {"fact": "monthly_revenue", "at_least": 1}}

    result = segment({"employees": 20, "is_public": True}, first, LISTED)

    assert short(result) == ("undecided", None, "listed", [], ["startup", "listed"])
    assert result["could_be_settled_by"] == ["monthly_revenue"]


def test_a_segment_without_enough_data_is_no_outcome_where_its_musts_cannot_hold() -> None:
    first = {**STARTUP, "enough_data": {"known": "monthly_revenue"}}

    assert short(segment({"employees": 5, "is_public": True}, first, LISTED)) == (
        "settled",
        "listed",
        None,
        [],
        ["listed"],
    )


def test_data_that_will_be_enough_whatever_it_says_leaves_one_outcome() -> None:
    first = {**STARTUP, "enough_data": {"known": "monthly_revenue"}}

    result = segment({"employees": 20, "is_public": True}, first, LISTED)

    assert short(result) == ("settled", "startup", None, ["listed"], ["startup"])


def test_a_fact_that_only_higher_ranks_read_cannot_unsettle_a_certain_one() -> None:
    result = segment({"employees": 20})

    assert result["settled_by_any_answer_to"] == []
    assert result["could_be_settled_by"] == []
