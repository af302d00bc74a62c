"""Owned lists: entries, other spellings, names inside longer names, and domains."""

from typing import Any

import pytest

from tests.personas.rules.making import faults_of, holds


def on_list(name: str, **named: Any) -> str:
    """Whether a set with this one name has a hit on such a list."""
    return holds({"fact": "investors", "any_in_list": "it"}, {"investors": [name]}, lists={"it": named})


@pytest.mark.parametrize(
    "name",
    [
        "Sequoia Capital",
        "SEQUOIA  capital",
        "Sequoia Capital, LLC",
        "Sequoia-Capital Inc.",
        "Séquoia Capital",
        "a16z",
        "Johnson and Johnson",
    ],
)
def test_spelling_case_accents_and_legal_form_do_not_matter(name: str) -> None:
    entries = ["Sequoia Capital", {"name": "Andreessen Horowitz", "aliases": ["a16z"]}, "Johnson & Johnson"]

    assert on_list(name, entries=entries) == "yes"


@pytest.mark.parametrize("name", ["Sequoia", "Sequoia Capital Partners", "Capital Sequoia", "Andreessen", "!!!", "Inc"])
def test_a_part_of_a_name_or_more_than_it_is_another_name(name: str) -> None:
    entries = ["Sequoia Capital", {"name": "Andreessen Horowitz", "aliases": ["a16z"]}]

    assert on_list(name, entries=entries) == "no"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("Sequoia Capital India", "yes"),
        ("The Accelerate Fund", "no"),
        ("Fund of Sequoia Capital", "yes"),
        ("Sequoia-Capital India", "yes"),
        ("Sequoiacapital India", "no"),
        ("Index", "yes"),
        ("Index Ventures", "no"),
    ],
    ids=str,
)
def test_long_entries_count_inside_a_longer_name_on_word_boundaries(name: str, answer: str) -> None:
    assert on_list(name, contains_from=6, entries=["Sequoia Capital", "Accel", "Index"]) == answer


def test_the_length_of_an_entry_counts_letters_and_digits() -> None:
    assert on_list("big a b c d fund", contains_from=4, entries=["A B C D"]) == "yes"
    assert on_list("big a b c d fund", contains_from=5, entries=["A B C D"]) == "no"


def test_without_contains_from_no_entry_counts_inside_a_longer_name() -> None:
    assert on_list("Sequoia Capital India", entries=["Sequoia Capital"]) == "no"


@pytest.mark.parametrize(
    ("domain", "answer"),
    [
        ("acme.com", "yes"),
        ("ACME.com", "yes"),
        ("www.acme.com", "yes"),
        ("https://acme.com/about", "yes"),
        ("shop.acme.com", "yes"),
        ("notacme.com", "no"),
        ("acme.com.evil.org", "no"),
        ("acme", "no"),
        ("beta.io", "yes"),
        ("io", "no"),
    ],
)
def test_a_list_of_domains_holds_their_subdomains_too(domain: str, answer: str) -> None:
    lists = {
        "hosts": {"match": "domain", "entries": ["https://www.acme.com/", {"name": "beta.com", "aliases": ["beta.io"]}]}
    }

    assert holds({"fact": "domain", "in_list": "hosts"}, {"domain": domain}, lists=lists) == answer


def test_an_empty_list_has_no_one_on_it() -> None:
    assert on_list("Sequoia Capital", entries=[]) == "no"


def test_entries_are_text() -> None:
    lists = {"it": {"entries": [500, "", {"name": "a", "alias": "b"}, "\ud800"], "match": "fuzzy", "contains_from": 0}}

    assert faults_of({"format": 1, "lists": lists}) == [
        "lists.it.entries[0]: 500 is no name (put it in quotes)",
        "lists.it.entries[1]: '' is no name (put it in quotes)",
        "lists.it.entries[2]: unknown key 'alias' (did you mean 'aliases'?)",
        "lists.it.entries[3]: '\\ud800' is no name (put it in quotes)",
        "lists.it.match: 'fuzzy' cannot stand here (one of: name, domain)",
        "lists.it.contains_from: 0 is not a whole number from 1 to 1000",
    ]
