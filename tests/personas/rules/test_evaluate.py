"""Facts in, results out, one line each: the contract of `evaluate`."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from personas.rules.document import parse
from personas.rules.evaluate import Evaluator
from personas.rules.scoring import Scorer
from tests.personas.rules.making import AT

RULES = """
format: 1
facts:
  visits: {kind: integer, fresh_for_days: 90}
  growth: {kind: percent}
profiles:
  - key: startup
    rank: 1
    must: [{key: size, when: {fact: employees, between: [15, 500]}}]
    components:
      - {key: growth, combine: first, rows: [
          {key: fast, when: {fact: growth, at_least: 40}, points: 20},
          {key: some, when: {fact: growth, at_least: 15}, points: 12.5}]}
      - {key: reach, rows: [{key: many, when: {fact: visits, at_least: 1000}, points: 4}]}
    bonus: [{key: investor, when: {fact: investors, any_of: [a16z]}, points: 3}]
    flags: [{key: agency, when: {fact: tags, any_of: [consulting]}}]
    bands: [{key: high, from: 12}, {key: low}]
"""


def make_evaluator(at: date = AT, warnings: list[str] | None = None) -> Evaluator:
    told: list[str] = [] if warnings is None else warnings
    return Evaluator(Scorer(parse(RULES), at), told.append)


def evaluate(facts: Any, at: date = AT) -> Any:
    """The result for these facts, given as JSON data or as JSON text."""
    text = facts if isinstance(facts, str) else json.dumps(facts)
    return json.loads(make_evaluator(at).line(f'{{"id": "a01", "facts": {text}}}'))


def startup(facts: Any, at: date = AT) -> Any:
    return evaluate(facts, at)["profiles"]["startup"]


def test_a_line_gives_the_whole_result_in_its_order() -> None:
    facts = {"employees": 120, "growth": 15, "visits": 900, "investors": ["A16Z"], "tags": []}

    line = make_evaluator().line(json.dumps({"id": "a01", "facts": facts}))

    assert line == json.dumps(
        {
            "id": "a01",
            "segment": {
                "status": "settled",
                "key": "startup",
                "provisional": None,
                "also": [],
                "possible": ["startup"],
                "settled_by_any_answer_to": [],
                "could_be_settled_by": [],
            },
            "profiles": {
                "startup": {
                    "status": "exact",
                    "verdict": "yes",
                    "reason": None,
                    "risks": [],
                    "points": 15.5,
                    "low": 15.5,
                    "high": 15.5,
                    "known": 12.5,
                    "band": "high",
                    "possible_bands": ["high"],
                    "bounds": "tight",
                    "must": {"size": "yes"},
                    "components": {
                        "growth": {
                            "points": 12.5,
                            "low": 12.5,
                            "high": 12.5,
                            "rows": {"fast": "no", "some": "yes"},
                        },
                        "reach": {"points": 0, "low": 0, "high": 0, "rows": {"many": "no"}},
                    },
                    "bonus": {"investor": "yes"},
                    "flags": {"agency": "no"},
                    "missing": [],
                    "stale": [],
                    "invalid": [],
                    "questions": [],
                    "settled_by_any_answer_to": [],
                    "could_be_settled_by": [],
                    "assumed": [],
                }
            },
        }
    )


@pytest.mark.parametrize(
    "identity",
    ['"a01"', "7", "0", "null", "true", "2.5", '"ø, 東京"', '["a", 1]', '{"a": 2.5}', '""', "12345678901234567890123"],
)
def test_the_id_comes_back_as_it_was(identity: str) -> None:
    assert make_evaluator().line(f'{{"id": {identity}, "facts": {{}}}}').startswith(f'{{"id": {identity}, "segment"')


def test_a_line_without_an_id_has_the_id_null() -> None:
    assert json.loads(make_evaluator().line('{"facts": {}}'))["id"] is None


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("employees", "is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ('{"id": 5, "facts": {', "is not JSON: "),
        ('{"id": 5, "facts": {"employees": NaN}}', "is not JSON: NaN is not a number of JSON"),
        ('{"id": 5, "facts": {"employees": ' + "9" * 5000 + "}}", "is not JSON: Exceeds the limit"),
        ("[1, 2]", 'is not an object like {"id": …, "facts": {…}}'),
        ('"text"', 'is not an object like {"id": …, "facts": {…}}'),
        ("[" * 100_000, "is not JSON: "),
        (b'{"id": "\xff"}', "is not JSON: "),
    ],
    ids=["word", "cut", "nan", "digits", "list", "text", "deep", "bytes"],
)
def test_a_line_that_cannot_be_read_is_told_and_has_no_id(line: str | bytes, error: str) -> None:
    evaluator = make_evaluator()

    found = json.loads(evaluator.line(line))

    assert found.keys() == {"id", "error"}
    assert found["id"] is None
    assert found["error"].startswith(error)
    assert evaluator.failed == 1


@pytest.mark.parametrize(
    ("rest", "error"),
    [
        ("", "facts: is missing"),
        (', "facts": null', "facts: is not an object of facts and values"),
        (', "facts": [["employees", 5]]', "facts: is not an object of facts and values"),
    ],
)
def test_a_wrong_line_keeps_its_id(rest: str, error: str) -> None:
    assert json.loads(make_evaluator().line(f'{{"id": "a01"{rest}}}')) == {"id": "a01", "error": error}


@pytest.mark.parametrize("identity", ["1e400", "1e999999999", "1e-99999999999999999999", "[" * 600 + "]" * 600])
def test_an_id_that_cannot_be_printed_is_a_wrong_line(identity: str) -> None:
    found = json.loads(make_evaluator().line(f'{{"id": {identity}, "facts": {{}}}}'))

    assert found["id"] is None
    assert found["error"].startswith("id: ")


def test_an_id_with_half_a_character_can_still_be_written() -> None:
    line = make_evaluator().line('{"id": "\\ud800", "facts": {}}')

    assert line.encode().startswith(b'{"id": "\\ud800", ')


def test_wrong_lines_do_not_stop_the_others_and_empty_ones_are_passed_over() -> None:
    evaluator = make_evaluator()
    lines = [
        b'{"id": 1, "facts": {}}\n',
        b"\n",
        b"oops\n",
        b"  \n",
        b'\xef\xbb\xbf{"id": 2, "facts": {"employees": 15}}',
    ]

    found = [json.loads(line) for line in evaluator.lines(lines)]

    assert [each["id"] for each in found] == [1, None, 2]
    assert [("error" in each) for each in found] == [False, True, False]
    assert evaluator.failed == 1


def test_results_come_one_by_one_as_the_lines_do() -> None:
    taken = []

    def lines() -> Iterable[str]:
        for number in range(3):
            taken.append(number)
            yield f'{{"id": {number}, "facts": {{}}}}'

    results = iter(make_evaluator().lines(lines()))
    next(results)

    assert taken == [0]


@pytest.mark.parametrize(
    "facts", [{}, {"employees": None}, {"employees": {"value": None}}, {"employees": {"source": "x"}}]
)
def test_absent_and_null_are_unknown(facts: Any) -> None:
    result = startup(facts)

    assert result["must"] == {"size": "open"}
    assert "employees" in result["missing"]
    assert result["invalid"] == []


@pytest.mark.parametrize(
    "value",
    [
        -3,
        "12",
        True,
        1.5,
        [],
        {"low": 5, "high": 1},
        {"low": None},
        {"value": -3},
        {"value": 5, "low": 3},
        {"about": 5},
        10**30,
    ],
    ids=str,
)
def test_what_cannot_be_counts_as_unknown_and_is_listed(value: Any) -> None:
    result = startup({"employees": value})

    assert (result["must"]["size"], result["invalid"]) == ("open", ["employees"])
    assert "employees" in result["missing"]


@pytest.mark.parametrize("number", ["1e99", "1e999999999", "1e99999999999999999999", "-1e400"])
def test_a_number_beyond_all_bounds_is_invalid_and_does_no_harm(number: str) -> None:
    assert startup(f'{{"employees": {number}}}')["invalid"] == ["employees"]


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("investors", "a16z"),
        ("investors", [1]),
        ("investors", ["a\x00"]),
        ("investors", {"value": ["a16z"], "complete": "no"}),
        ("visits", {"value": 5, "as_of": "yesterday"}),
        ("tags", {"a": 1}),
    ],
    ids=str,
)
def test_values_of_the_wrong_kind_are_invalid(fact: str, value: Any) -> None:
    assert startup({fact: value})["invalid"] == [fact]


def test_only_facts_that_a_profile_reads_are_listed_with_it() -> None:
    result = startup({"contacts": -1, "is_public": None})

    assert result["invalid"] == []
    assert result["missing"] == ["employees", "growth", "investors", "tags", "visits"]


@pytest.mark.parametrize(
    ("as_of", "answer", "stale"),
    [
        ("2025-11-02", "yes", []),
        ("2025-11-01", "open", ["visits"]),
        ("2025-11-02T00:00:00+00:00", "yes", []),
        ("2027-01-01", "yes", []),
        (None, "yes", []),
    ],
)
def test_a_value_older_than_its_limit_is_unknown_and_stale(as_of: Any, answer: str, stale: list[str]) -> None:
    result = startup({"visits": {"value": 5000, "as_of": as_of, "source": "panel"}})

    assert result["components"]["reach"]["rows"] == {"many": answer}
    assert result["stale"] == stale
    assert ("visits" in result["missing"]) is bool(stale)


def test_the_time_of_evaluation_decides_what_is_stale() -> None:
    facts = {"visits": {"value": 5000, "as_of": "2025-11-02"}}

    assert startup(facts, date(2026, 1, 31))["stale"] == []
    assert startup(facts, date(2026, 2, 1))["stale"] == ["visits"]


def test_facts_without_a_limit_do_not_grow_old() -> None:
    assert startup({"employees": {"value": 15, "as_of": "1999-01-01"}})["must"] == {"size": "yes"}


def test_a_stale_nothing_is_just_unknown() -> None:
    assert startup({"visits": {"value": None, "as_of": "1999-01-01"}})["stale"] == []


@pytest.mark.parametrize(
    "value",
    [{"low": 15, "high": 500}, {"value": {"low": 15, "high": 500}}, {"low": 15, "high": 500, "as_of": "2026-01-01"}],
    ids=str,
)
def test_a_range_is_a_value(value: Any) -> None:
    result = startup({"employees": value})

    assert (result["must"]["size"], result["missing"].count("employees")) == ("yes", 0)


def test_a_set_may_be_known_in_part() -> None:
    assert startup({"tags": {"value": ["x"], "complete": False}})["flags"] == {"agency": "open"}
    assert startup({"tags": {"value": ["x"]}})["flags"] == {"agency": "no"}
    assert startup({"tags": []})["flags"] == {"agency": "no"}
    assert startup({"tags": ["", " CONSULTING "]})["flags"] == {"agency": "yes"}


def test_fractions_print_with_a_point_and_whole_numbers_without() -> None:
    evaluator = make_evaluator()

    def points(facts: str) -> str:
        line = evaluator.line(f'{{"facts": {facts}}}')
        return line.split('"points": ')[1].split(",")[0]

    assert points('{"employees": 15, "growth": 15, "visits": 0, "investors": []}') == "12.5"
    assert points('{"employees": 15, "growth": 40.0, "visits": 0, "investors": []}') == "20"
    assert points('{"employees": 15, "growth": 1, "visits": 0, "investors": []}') == "0"
    assert points("{}") == "null"


def test_numbers_are_read_exactly() -> None:
    assert startup('{"growth": 39.99999999999999999999}')["components"]["growth"]["rows"]["fast"] == "no"
    assert startup('{"growth": 4.0e1}')["components"]["growth"]["rows"]["fast"] == "yes"
    assert startup('{"employees": 15.0}')["must"] == {"size": "yes"}


def test_an_unknown_name_is_left_out_with_one_warning() -> None:
    warnings: list[str] = []
    evaluator = make_evaluator(warnings=warnings)

    for _ in range(2):
        found = json.loads(evaluator.line('{"id": 1, "facts": {"employes": 15}}'))

    assert found["profiles"]["startup"]["must"] == {"size": "open"}
    assert warnings == ["facts.employes: unknown fact 'employes' is left out (did you mean 'employees'?)"]
    assert evaluator.failed == 0


def test_accounts_in_the_same_cells_differ_in_their_id_only() -> None:
    evaluator = make_evaluator()

    one = evaluator.line('{"id": 1, "facts": {"employees": 20}}')
    two = evaluator.line('{"id": 2, "facts": {"employees": 499, "contacts": 5}}')

    assert one.removeprefix('{"id": 1') == two.removeprefix('{"id": 2')


def test_stale_and_invalid_are_told_apart_though_both_are_unknown() -> None:
    evaluator = make_evaluator()
    given = ['{"visits": {"value": 1, "as_of": "1999-01-01"}}', '{"visits": -0.5}', "{}"]

    found = [json.loads(evaluator.line(f'{{"facts": {facts}}}'))["profiles"]["startup"] for facts in given]

    assert [(each["stale"], each["invalid"]) for each in found] == [(["visits"], []), ([], ["visits"]), ([], [])]
