"""Every question that can be put to a fact, with its edges and with the fact unknown."""

from typing import Any

import pytest

from personas.rules.operators import OPERATORS
from tests.personas.rules.making import holds, line_faults, verdict

LISTS = {
    "investors": {
        "contains_from": 6,
        "entries": ["Sequoia Capital", {"name": "Andreessen Horowitz", "aliases": ["a16z"]}],
    },
    "hosts": {"match": "domain", "entries": ["acme.com"]},
}
FACTS = {
    "growth": {"kind": "percent"},
    "signed": {"kind": "date"},
    "colour": {"kind": "choice", "choices": ["red", "green", "blue"], "ordered": True},
    "about": {"kind": "text"},
}

NUMBER_CASES = [
    ("at_least", 500, 500, "yes"),
    ("at_least", 500, 499, "no"),
    ("at_most", 500, 500, "yes"),
    ("at_most", 500, 501, "no"),
    ("more_than", 500, 500, "no"),
    ("more_than", 500, 501, "yes"),
    ("less_than", 500, 500, "no"),
    ("less_than", 500, 499, "yes"),
    ("between", [15, 500], 14, "no"),
    ("between", [15, 500], 15, "yes"),
    ("between", [15, 500], 500, "yes"),
    ("between", [15, 500], 501, "no"),
    ("between", [15, 15], 15, "yes"),
    ("is", 0, 0, "yes"),
    ("is", 0, 1, "no"),
    ("is_not", 0, 0, "no"),
    ("is_not", 0, 1, "yes"),
]


@pytest.mark.parametrize("fact", ["employees", "monthly_revenue", "growth"])
@pytest.mark.parametrize(("operator", "value", "known", "answer"), NUMBER_CASES)
def test_numbers_are_compared_with_their_ends_included(
    fact: str, operator: str, value: object, known: int, answer: str
) -> None:
    condition = {"fact": fact, operator: value}

    assert holds(condition, {fact: known}, facts=FACTS) == answer
    assert holds(condition, {}, facts=FACTS) == "open"


@pytest.mark.parametrize(
    ("operator", "value", "known", "answer"),
    [
        ("at_least", 15.5, 15, "no"),
        ("at_least", 15.5, 16, "yes"),
        ("at_most", 15.5, 15, "yes"),
        ("at_most", 15.5, 16, "no"),
        ("more_than", 15.5, 16, "yes"),
        ("less_than", 15.5, 15, "yes"),
        ("between", [14.5, 15.5], 15, "yes"),
        ("is", 15.5, 15, "no"),
        ("is", 15.5, 16, "no"),
        ("is_not", 15.5, 15, "yes"),
    ],
)
def test_a_fraction_in_a_rule_about_a_whole_number_lies_between_two(
    operator: str, value: object, known: int, answer: str
) -> None:
    assert holds({"fact": "employees", operator: value}, {"employees": known}) == answer


def test_a_fraction_just_past_an_edge_is_past_it() -> None:
    condition = {"fact": "monthly_revenue", "at_most": 100000}

    assert holds(condition, {"monthly_revenue": 100000.01}) == "no"
    assert holds(condition, {"monthly_revenue": 99999.99}) == "yes"


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        ({"low": 15, "high": 500}, "yes"),
        ({"low": 14, "high": 500}, "open"),
        ({"low": 15, "high": 501}, "open"),
        ({"low": 501}, "no"),
        ({"high": 14}, "no"),
        ({"low": 16, "high": 20}, "yes"),
        ({"low": 0}, "open"),
    ],
)
def test_a_range_answers_where_all_of_it_agrees(known: object, answer: str) -> None:
    assert holds({"fact": "employees", "between": [15, 500]}, {"employees": known}) == answer


def test_a_range_without_an_end_ends_where_the_fact_does() -> None:
    assert holds({"fact": "employees", "at_least": 0}, {"employees": {"high": 14}}) == "yes"
    assert holds({"fact": "founded", "at_most": 2100}, {"founded": {"low": 2020}}) == "yes"
    assert verdict({"fact": "employees", "at_least": 0}) == "yes"
    assert holds({"fact": "growth", "at_least": 0}, {"growth": {"high": 14}}, facts=FACTS) == "open"


@pytest.mark.parametrize(
    ("operator", "value", "known", "answer"),
    [
        ("at_least", "2026-01-01", "2026-01-01", "yes"),
        ("at_least", "2026-01-01", "2025-12-31", "no"),
        ("at_most", "2026-01-01", "2026-01-01", "yes"),
        ("at_most", "2026-01-01", "2026-01-02", "no"),
        ("more_than", "2026-01-01", "2026-01-01", "no"),
        ("less_than", "2026-01-01", "2025-12-31", "yes"),
        ("between", ["2026-01-01", "2026-01-31"], "2026-01-31", "yes"),
        ("between", ["2026-01-01", "2026-01-31"], "2026-02-01", "no"),
        ("is", "2026-01-01", "2026-01-01", "yes"),
        ("is_not", "2026-01-01", "2026-01-01", "no"),
        ("within_days", 30, "2026-01-01", "yes"),
        ("within_days", 30, "2025-12-31", "no"),
        ("within_days", 0, "2026-01-31", "yes"),
        ("within_days", 0, "2026-01-30", "no"),
        ("within_days", 30, "2026-02-01", "yes"),
        ("older_than_days", 30, "2025-12-31", "yes"),
        ("older_than_days", 30, "2026-01-01", "no"),
        ("older_than_days", 100000, "0001-01-01", "yes"),
    ],
)
def test_days_are_compared_with_days_and_with_the_time_of_evaluation(
    operator: str, value: object, known: str, answer: str
) -> None:
    condition = {"fact": "signed", operator: value}

    assert holds(condition, {"signed": known}, facts=FACTS) == answer
    assert holds(condition, {"signed": f"{known}T23:59:59"}, facts=FACTS) == answer
    assert holds(condition, {}, facts=FACTS) == "open"


@pytest.mark.parametrize(
    ("wanted", "known", "answer"), [(True, True, "yes"), (True, False, "no"), (False, False, "yes")]
)
def test_true_and_false_are_answers_and_unknown_is_neither(wanted: bool, known: bool, answer: str) -> None:
    condition = {"fact": "is_public", "is": wanted}

    assert holds(condition, {"is_public": known}) == answer
    assert holds(condition, {"is_public": None}) == "open"


@pytest.mark.parametrize(
    ("operator", "value", "known", "answer"),
    [
        ("is", "Design & Print", "design  AND print", "yes"),
        ("is", "school", "schools", "no"),
        ("is_not", "school", "School", "no"),
        ("is_not", "school", "agency", "yes"),
        ("one_of", ["school", "agency"], "AGENCY", "yes"),
        ("one_of", ["school", "agency"], "shop", "no"),
        ("none_of", ["school", "agency"], "agency", "no"),
        ("none_of", ["school", "agency"], "shop", "yes"),
        ("in_list", "investors", "a16z", "yes"),
        ("in_list", "investors", "a16", "no"),
    ],
)
@pytest.mark.parametrize("fact", ["company_type", "industry"])
def test_words_are_compared_without_case_and_with_spaces_folded(
    fact: str, operator: str, value: object, known: str, answer: str
) -> None:
    condition = {"fact": fact, operator: value}

    assert holds(condition, {fact: known}, lists=LISTS) == answer
    assert holds(condition, {}, lists=LISTS) == "open"


@pytest.mark.parametrize(
    ("operator", "known", "answer"),
    [("at_least", "red", "no"), ("at_least", "blue", "yes"), ("at_most", "green", "yes"), ("at_most", "blue", "no")],
)
def test_ordered_choices_compare_like_numbers(operator: str, known: str, answer: str) -> None:
    condition = {"fact": "colour", operator: "green"}

    assert holds(condition, {"colour": known}, facts=FACTS) == answer
    assert holds(condition, {}, facts=FACTS) == "open"


@pytest.mark.parametrize(
    ("patterns", "text", "answer"),
    [
        ("engineer", "Senior Engineer", "yes"),
        ("engineer", "Engineering", "no"),
        ("engineer*", "Engineering", "yes"),
        ("automat*", "the automation team", "yes"),
        ("automat*", "automat", "yes"),
        ("automat*", "semiautomatic", "no"),
        ("automat*", "semi-automatic", "yes"),
        ("machine learning", "machine  learning lead", "yes"),
        ("machine learning", "machine-learning", "yes"),
        ("machine learning", "learning machine", "no"),
        ("machine learning", "machine deep learning", "no"),
        ("machine lear*", "machine learning", "yes"),
        ("R&D", "head of r and d", "yes"),
        ("R and D", "Head of R & D", "yes"),
        ("c", "c++ programmer", "no"),
        ("c++", "C++ programmer", "yes"),
        ("c#", "c programmer", "no"),
        ("CAFÉ", "café", "yes"),
        (["x", "engineer"], "engineer", "yes"),
        (["x", "y"], "engineer", "no"),
    ],
)
def test_has_word_looks_for_whole_words(patterns: object, text: str, answer: str) -> None:
    condition = {"fact": "about", "has_word": patterns}

    assert holds(condition, {"about": text}, facts=FACTS) == answer
    assert holds(condition, {}, facts=FACTS) == "open"


@pytest.mark.parametrize(
    ("endings", "domain", "answer"),
    [
        ("edu", "mit.edu", "yes"),
        (".edu", "mit.edu", "yes"),
        ("edu", "notedu", "no"),
        ("edu", "edu.com", "no"),
        ("acme.com", "acme.com", "yes"),
        ("acme.com", "shop.acme.com", "yes"),
        ("acme.com", "notacme.com", "no"),
        ("ac.uk", "https://www.Ox.AC.uk:443/path?q#f", "yes"),
        ("uk", "person@ox.ac.uk", "yes"),
        (["edu", "ac.uk"], "ox.ac.uk", "yes"),
        (["edu", "ac.uk"], "ox.co.uk", "no"),
    ],
)
def test_ends_with_keeps_to_the_labels_of_a_domain(endings: object, domain: str, answer: str) -> None:
    assert holds({"fact": "domain", "ends_with": endings}, {"domain": domain}) == answer


def test_a_password_in_an_address_is_not_its_host() -> None:
    assert holds({"fact": "domain", "ends_with": "acme.com"}, {"domain": "https://me:secret@acme.com/"}) == "yes"


COMPLETE_SET_CASES = [
    ("any_of", ["a", "b"], ["A", "x"], "yes"),
    ("any_of", ["a", "b"], ["x"], "no"),
    ("any_of", ["a", "b"], [], "no"),
    ("all_of", ["a", "b"], ["b", "A"], "yes"),
    ("all_of", ["a", "b"], ["a"], "no"),
    ("none_of", ["a", "b"], ["x"], "yes"),
    ("none_of", ["a", "b"], [], "yes"),
    ("none_of", ["a", "b"], ["b"], "no"),
    ("any_in_list", "investors", ["x", "A16Z"], "yes"),
    ("any_in_list", "investors", ["x"], "no"),
    ("empty", True, [], "yes"),
    ("empty", True, ["x"], "no"),
    ("empty", False, [], "no"),
    ("empty", False, ["x"], "yes"),
]


@pytest.mark.parametrize(("operator", "value", "known", "answer"), COMPLETE_SET_CASES)
def test_a_complete_set_answers_everything(operator: str, value: object, known: list[str], answer: str) -> None:
    condition = {"fact": "tags", operator: value}

    assert holds(condition, {"tags": known}, lists=LISTS) == answer
    assert holds(condition, {"tags": None}, lists=LISTS) == "open"


@pytest.mark.parametrize(
    ("operator", "value", "known", "answer"),
    [
        ("any_of", ["a", "b"], ["a"], "yes"),
        ("any_of", ["a", "b"], ["x"], "open"),
        ("all_of", ["a", "b"], ["a", "b"], "yes"),
        ("all_of", ["a", "b"], ["a"], "open"),
        ("none_of", ["a", "b"], ["a"], "no"),
        ("none_of", ["a", "b"], ["x"], "open"),
        ("any_in_list", "investors", ["a16z"], "yes"),
        ("any_in_list", "investors", ["x"], "open"),
        ("empty", True, [], "open"),
        ("empty", True, ["x"], "no"),
        ("empty", False, ["x"], "yes"),
    ],
)
def test_a_set_that_may_hold_more_never_says_that_something_is_not_there(
    operator: str, value: object, known: list[str], answer: str
) -> None:
    facts = {"tags": {"value": known, "complete": False}}

    assert holds({"fact": "tags", operator: value}, facts, lists=LISTS) == answer


@pytest.mark.parametrize("known", [None, 0])
def test_known_and_unknown_are_always_answered(known: int | None) -> None:
    facts = {"employees": known}

    assert holds({"known": "employees"}, facts) == ("no" if known is None else "yes")
    assert holds({"unknown": "employees"}, facts) == ("yes" if known is None else "no")


THREE = [{"fact": "employees", "is": 1}, {"fact": "is_public", "is": True}, {"fact": "city", "is": "oslo"}]


@pytest.mark.parametrize(
    ("condition", "facts", "answer"),
    [
        ({"all": THREE}, {"employees": 2}, "no"),
        ({"all": THREE}, {"employees": 1}, "open"),
        ({"all": THREE}, {"employees": 1, "is_public": True, "city": "Oslo"}, "yes"),
        ({"any": THREE}, {"employees": 1}, "yes"),
        ({"any": THREE}, {"employees": 2}, "open"),
        ({"any": THREE}, {"employees": 2, "is_public": False, "city": "Rome"}, "no"),
        ({"not": THREE[0]}, {"employees": 1}, "no"),
        ({"not": THREE[0]}, {}, "open"),
        ({"at_least": 2, "of": THREE}, {"employees": 1, "city": "oslo"}, "yes"),
        ({"at_least": 2, "of": THREE}, {"employees": 1}, "open"),
        ({"at_least": 2, "of": THREE}, {"employees": 2, "city": "rome"}, "no"),
        ({"at_least": 3, "of": THREE}, {"employees": 2}, "no"),
    ],
)
def test_conditions_are_joined_as_kleene_says(condition: dict[str, Any], facts: dict[str, Any], answer: str) -> None:
    assert holds(condition, facts) == answer


@pytest.mark.parametrize(
    ("parts", "answer"),
    [
        ([{"fact": "employees", "at_least": 10}, {"fact": "employees", "less_than": 10}], "no"),
        ([{"fact": "employees", "at_least": 10}, {"fact": "employees", "at_most": 10}], "open"),
        ([{"fact": "city", "is": "oslo"}, {"fact": "city", "is": "rome"}], "no"),
        ([{"fact": "tags", "any_of": ["a"]}, {"fact": "tags", "empty": True}], "no"),
        ([{"fact": "tags", "none_of": ["a"]}, {"fact": "tags", "empty": False}], "open"),
        ([{"fact": "city", "has_word": "x"}, {"not": {"fact": "city", "is": "x"}}], "open"),
        ([{"fact": "city", "has_word": ["x"]}, {"fact": "city", "has_word": ["y"]}], "open"),
        (
            [
                {"fact": "city", "has_word": "x"},
                {"fact": "city", "has_word": "y"},
                {"not": {"fact": "city", "has_word": "x y"}},
            ],
            "open",
        ),
        ([{"fact": "city", "has_word": "auto*"}, {"not": {"fact": "city", "has_word": "auto"}}], "open"),
        ([{"not": {"fact": "city", "has_word": ["other", "else", "something"]}}], "open"),
        ([{"fact": "investors", "any_in_list": "investors"}, {"fact": "investors", "none_of": ["a16z"]}], "open"),
        ([{"fact": "domain", "in_list": "hosts"}, {"fact": "domain", "is_not": "acme.com"}], "open"),
        ([{"fact": "domain", "in_list": "hosts"}, {"not": {"fact": "domain", "ends_with": "com"}}], "no"),
    ],
)
def test_two_questions_to_one_unknown_fact_are_answered_together(parts: list[dict[str, Any]], answer: str) -> None:
    assert verdict({"all": parts}, lists=LISTS) == answer


KINDS = {
    "employees": "integer",
    "monthly_revenue": "money",
    "growth": "percent",
    "ratio": "decimal",
    "signed": "date",
    "is_public": "boolean",
    "company_type": "choice",
    "city": "text",
    "tags": "set",
}
NUMBERS = ["at_least", "at_most", "more_than", "less_than", "between", "is", "is_not"]
HAS = {
    **dict.fromkeys(["employees", "monthly_revenue", "growth", "ratio"], NUMBERS),
    "signed": [*NUMBERS, "within_days", "older_than_days"],
    "is_public": ["is"],
    "company_type": ["is", "is_not", "one_of", "none_of", "in_list"],
    "city": ["is", "is_not", "one_of", "none_of", "in_list", "has_word", "ends_with"],
    "tags": ["any_of", "all_of", "none_of", "any_in_list", "empty"],
}


@pytest.mark.parametrize("fact", KINDS)
def test_a_fact_has_the_operators_of_its_kind_and_no_other(fact: str) -> None:
    custom = {"ratio": {"kind": "decimal"}, **FACTS}
    refused = [
        operator
        for operator in OPERATORS
        if any("does not have" in fault for fault in line_faults({"fact": fact, operator: None}, facts=custom))
    ]

    assert sorted(set(OPERATORS) - set(refused)) == sorted(HAS[fact])
