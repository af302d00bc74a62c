"""What to ask next: the facts that can change something, by how much, and those that would settle it."""

from typing import Any

import pytest

from personas.rules import cells, possible
from tests.personas.rules.making import make_document, profile_result, result_of


def line(key: str, fact: str, points: Any = None, **operator: Any) -> dict[str, Any]:
    out = {"key": key, "when": {"fact": fact, **operator}}
    return out if points is None else out | {"points": points}


def part(*rows: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"key": f"part-{rows[0]['key']}", "rows": list(rows), **options}


def asked(result: Any) -> dict[str, Any]:
    return {each["fact"]: each["swing"] for each in result["questions"]}


PUBLIC = line("public", "is_public", 5, **{"is": True})
LARGE = line("large", "employees", 10, at_least=500)
SMALL = line("small", "employees", 4, less_than=15)
OSLO = line("oslo", "city", 5, **{"is": "oslo"})


def test_questions_come_by_swing_and_then_by_name() -> None:
    result = profile_result({"components": [part(PUBLIC, LARGE, OSLO)]})

    assert result["questions"] == [
        {"fact": "employees", "swing": 10},
        {"fact": "city", "swing": 5},
        {"fact": "is_public", "swing": 5},
    ]


def test_the_swing_is_between_the_best_and_the_worst_answer() -> None:
    loss = line("loss", "employees", -2.5, between=[15, 20])

    assert asked(profile_result({"components": [part(LARGE, SMALL, loss)]})) == {"employees": 12.5}
    assert asked(profile_result({"components": [part(LARGE, SMALL)]}, {"employees": {"high": 100}})) == {"employees": 4}


def test_a_fact_that_can_change_nothing_is_not_asked_for() -> None:
    sure = line("sure", "employees", 20, at_least=0)
    profile = {
        "must": [line("a", "monthly_revenue", at_least=1)],
        "flags": [line("b", "country", **{"is": "no"})],
        "components": [
            part(sure, line("x", "is_public", 0, **{"is": True})),
            part(LARGE, gate={"fact": "contacts", "at_least": 1}),
            part(line("capped", "founded", 3, at_least=2000), line("full", "employees", 3, at_least=1), cap=3),
        ],
    }

    assert asked(profile_result(profile, {"employees": 600, "contacts": 0})) == {}
    assert asked(profile_result(profile, {"employees": 600})) == {"contacts": 10}


def test_the_swing_of_a_fact_allows_for_all_values_of_the_others() -> None:
    gated = part(LARGE, gate={"fact": "is_public", "is": True})

    assert asked(profile_result({"components": [gated]})) == {"employees": 10, "is_public": 10}
    assert asked(profile_result({"components": [gated]}, {"is_public": True})) == {"employees": 10}


def test_an_unknown_must_swings_the_bonus() -> None:
    profile = {"must": [line("size", "employees", at_least=15)], "bonus": [{**PUBLIC, "points": 3}]}

    assert asked(profile_result(profile)) == {"employees": 3, "is_public": 3}
    assert asked(profile_result(profile, {"employees": 5})) == {}
    assert asked(profile_result(profile, {"employees": 15})) == {"is_public": 3}


def test_a_swing_may_have_cents() -> None:
    assert asked(profile_result({"components": [part({**PUBLIC, "points": 0.05})]})) == {"is_public": 0.05}


def settlers(result: Any) -> tuple[list[str], list[str]]:
    return result["settled_by_any_answer_to"], result["could_be_settled_by"]


def test_the_last_unknown_fact_settles_a_verdict_by_any_answer() -> None:
    profile = {"must": [line("a", "employees", at_least=15), line("b", "is_public", **{"is": True})]}

    assert settlers(profile_result(profile, {"employees": 15})) == (["is_public"], ["is_public"])
    assert settlers(profile_result(profile)) == ([], ["employees", "is_public"])
    assert settlers(profile_result(profile, {"employees": 15, "is_public": True})) == ([], [])
    assert settlers(profile_result(profile, {"employees": 5})) == ([], [])


def test_a_fact_that_alone_can_settle_nothing_is_not_named() -> None:
    either = {
        "not": {
            "at_least": 1,
            "of": [{"all": [PUBLIC["when"], OSLO["when"]]}, {"all": [LARGE["when"], PUBLIC["when"]]}],
        }
    }
    same = {"any": [{"all": [PUBLIC["when"], OSLO["when"]]}, {"not": {"any": [PUBLIC["when"], OSLO["when"]]}}]}

    assert settlers(profile_result({"must": [{"key": "a", "when": either}]})) == ([], ["is_public"])
    assert settlers(profile_result({"must": [{"key": "a", "when": same}]})) == ([], [])


def test_with_bands_only_the_band_has_to_be_settled() -> None:
    profile = {"components": [part(PUBLIC, LARGE)]}
    bands = [{"key": "high", "from": 10}, {"key": "low"}]

    assert settlers(profile_result(profile)) == ([], [])
    assert settlers(profile_result({**profile, "bands": bands})) == (["employees"], ["employees"])


def test_the_segment_has_settlers_of_its_own() -> None:
    document = make_document(
        {"rank": 1, "must": [line("a", "employees", at_least=15), line("b", "is_public", **{"is": True})]},
        {"rank": 2, "must": [line("c", "employees", less_than=15)]},
    )

    assert settlers(result_of(document)["segment"]) == ([], ["employees"])
    assert settlers(result_of(document, {"is_public": True})["segment"]) == (["employees"], ["employees"])
    assert settlers(result_of(document, {"employees": 20})["segment"]) == (["is_public"], ["is_public"])


def many(count: int) -> dict[str, Any]:
    """Custom yes-or-no facts, each in a row of its own worth one point more than the one before."""
    return {f"f{place:02}": {"kind": "boolean"} for place in range(count)}


def rows_for(facts: dict[str, Any]) -> list[dict[str, Any]]:
    return [line(fact, fact, place + 1, **{"is": True}) for place, fact in enumerate(facts)]


def test_up_to_4096_combinations_all_is_exact() -> None:
    facts = many(12)
    result = profile_result({"components": [part(*rows_for(facts), combine="max")]}, facts=facts)

    assert (result["low"], result["high"], result["bounds"]) == (0, 12, "tight")
    assert result["questions"][0] == {"fact": "f11", "swing": 12}
    assert result["settled_by_any_answer_to"] == []
    assert result["could_be_settled_by"] == ["f11"]


def test_above_4096_combinations_the_result_says_that_it_is_loose() -> None:
    facts = many(13)
    less = [{"key": "less", "when": {"not": {"fact": "f00", "is": True}}, "points": 100}]

    result = profile_result({"components": [part(*rows_for(facts)), part(*less)]}, facts=facts)

    assert (result["low"], result["high"], result["bounds"]) == (0, 191, "loose")
    assert settlers(result) == ([], [])
    assert {each["fact"] for each in result["questions"]} == set(facts)


def test_facts_that_matter_no_more_do_not_count_towards_the_combinations() -> None:
    facts = many(13)
    result = profile_result({"components": [part(*rows_for(facts))]}, {"f12": False}, facts=facts)

    assert result["bounds"] == "tight"


def test_every_fact_that_can_change_a_loose_total_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST_WORLDS", 1)
    monkeypatch.setattr(possible, "MOST_WORLDS", 1)
    profile = {
        "must": [line("a", "contacts", at_least=1)],
        "components": [part(LARGE, SMALL, combine="first", gate={"fact": "is_public", "is": True})],
        "bonus": [{**OSLO, "points": 3}],
    }

    result = profile_result(profile)

    assert result["bounds"] == "loose"
    assert asked(result).keys() == {"contacts", "employees", "is_public", "city"}
    assert asked(result)["employees"] >= 10
    assert asked(result)["contacts"] >= 3
