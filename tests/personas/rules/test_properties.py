"""What must hold for every document and all facts: the real thing against the oracle, and section 8 of the rules.

`HYPOTHESIS_EXAMPLES=20000` looks that much longer.
"""

import os
from copy import deepcopy
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from personas.rules.document import from_data, parse, to_json, to_yaml
from personas.rules.evaluate import Evaluator, read_facts
from personas.rules.scoring import Scorer
from personas.rules.words import fold
from tests.personas.rules.making import json_line, result_of
from tests.personas.rules.oracle import Data, Oracle, TooManyWorlds
from tests.personas.rules.strategies import (
    AT,
    BONUS_FACT,
    CUSTOM,
    FACTS,
    LISTS,
    documents,
    facts_for,
    posted,
    situations,
)

EXAMPLES = os.environ.get("HYPOTHESIS_EXAMPLES")
Situation = tuple[dict[str, Any], dict[str, Any]]


def examples(count: int) -> settings:
    """So many examples; more where the environment asks for more."""
    return settings(
        max_examples=int(EXAMPLES or count),
        derandomize=EXAMPLES is None,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


def differences(found: Any, wanted: Any, path: str = "result") -> list[str]:
    """Where two results differ."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        keys = sorted(found.keys() | wanted.keys())
        return [each for key in keys for each in differences(found.get(key), wanted.get(key), f"{path}.{key}")]
    return [] if found == wanted else [f"{path}: found {found!r}, the oracle says {wanted!r}"]


def oracle_result(document: Data, facts: Data) -> dict[str, Any]:
    try:
        return Oracle(document, facts, AT).result()
    except TooManyWorlds:
        assume(False)
        raise


def is_loose(result: Data) -> bool:
    return any(each["bounds"] == "loose" for each in result["profiles"].values())


@examples(250)
@given(situations())
def test_every_result_is_what_trying_everything_gives(situation: Situation) -> None:
    document, facts = situation

    found = result_of(from_data(document), facts)

    assume(not is_loose(found))
    assert differences(found, oracle_result(document, facts)) == []


@pytest.mark.parametrize("fact", ["about", "domain", "investors", "company_type", "employees"])
@examples(20)
@given(data=st.data())
def test_rules_about_one_fact_are_told_apart_exactly(fact: str, data: st.DataObject) -> None:
    document, facts = data.draw(situations(about=(fact,)))

    found = result_of(from_data(document), facts)

    assert differences(found, oracle_result(document, facts)) == []


@examples(120)
@given(data=st.data())
def test_a_combination_of_answers_is_possible_when_some_value_gives_it(data: st.DataObject) -> None:
    fact = data.draw(st.sampled_from(sorted(FACTS)))
    asked = [{"fact": fact, **each} for each in data.draw(st.lists(FACTS[fact].comparisons, min_size=2, max_size=4))]
    facts = {fact: data.draw(posted(fact))}
    profiles = []
    for place, answers in enumerate(product([True, False], repeat=len(asked))):
        parts = [each if answer else {"not": each} for each, answer in zip(asked, answers, strict=True)]
        profiles.append({"key": f"p{place}", "must": [{"key": "all", "when": {"all": parts}}]})
    document = {"format": 1, "lists": LISTS, "facts": CUSTOM, "profiles": profiles}

    found = result_of(from_data(document), facts)["profiles"]

    wanted = oracle_result(document, facts)["profiles"]
    assert {key: each["verdict"] for key, each in found.items()} == {
        key: each["verdict"] for key, each in wanted.items()
    }


def settled_value(fact: str, data: st.DataObject) -> Any:
    """A value that can stand for `fact`, in full."""
    if fact == BONUS_FACT:
        return data.draw(st.lists(st.sampled_from(["p0", "other"])))
    value = data.draw(FACTS[fact].values)
    return assume(False) if isinstance(value, dict) else value


@examples(120)
@given(data=st.data())
def test_learning_a_fact_never_widens_anything(data: st.DataObject) -> None:
    document, facts = data.draw(situations(simple=True))
    before = result_of(from_data(document), facts)
    assume(not is_loose(before))
    profiles = [each["missing"] for each in before["profiles"].values()]
    unknown = sorted({fact for missing in profiles for fact in missing if not isinstance(facts.get(fact), dict)})
    assume(unknown)
    fact = data.draw(st.sampled_from(unknown))
    value = settled_value(fact, data)
    assume(value != "")

    after = result_of(from_data(document), facts | {fact: value})

    assert set(after["segment"]["possible"]) <= set(before["segment"]["possible"])
    for key, profile in after["profiles"].items():
        earlier = before["profiles"][key]
        if profile["status"] == "disqualified":
            assert earlier["status"] == "disqualified" or earlier["risks"]
            continue
        assert earlier["low"] <= profile["low"] <= profile["high"] <= earlier["high"]
        assert set(profile["possible_bands"]) <= set(earlier["possible_bands"])
        assert earlier["verdict"] in ("open", profile["verdict"])
        for group in ("must", "bonus", "flags"):
            assert all(earlier[group][row] in ("open", answer) for row, answer in profile[group].items())


@examples(60)
@given(situations())
def test_the_parts_add_up_to_the_total(situation: Situation) -> None:
    document, facts = situation

    for key, profile in result_of(from_data(document), facts)["profiles"].items():
        if profile["status"] != "exact" or profile["verdict"] == "open" or profile["points"] is None:
            continue
        rules = next(each for each in document["profiles"] if each["key"] == key)
        components = [each["points"] for each in profile["components"].values()]
        bonus = {line["key"]: line["points"] for line in rules.get("bonus", [])}
        if None in components or "open" in profile["bonus"].values():
            continue
        given_bonus = [bonus[line] for line, answer in profile["bonus"].items() if answer == "yes"]
        total = sum(map(exact, components)) + (sum(given_bonus) if profile["verdict"] == "yes" else 0)
        assert exact(profile["points"]) == total
        assert exact(profile["known"]) == sum(map(exact, components))


def exact(number: object) -> Decimal:
    return Decimal(str(number))


@examples(50)
@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_facts_members_and_rules_does_not_matter(situation: Situation, random: Any) -> None:
    document, facts = situation
    shuffled = deepcopy(document)
    random.shuffle(shuffled["profiles"])
    for profile in shuffled["profiles"]:
        for kind in ("must", "bonus", "flags", "components"):
            random.shuffle(profile.get(kind, []))
        for component in profile.get("components", []):
            if component["combine"] != "first":
                random.shuffle(component["rows"])
        shuffle_parts(profile, random)
    keys = list(facts)
    random.shuffle(keys)
    mixed = {
        key: sorted(facts[key], key=str, reverse=True) if isinstance(facts[key], list) else facts[key] for key in keys
    }

    assert result_of(from_data(shuffled), mixed) == result_of(from_data(document), facts)


def shuffle_parts(value: Any, random: Any) -> None:
    """Shuffle the parts of every all, any and at-least-of."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key in ("all", "any", "of", "any_of", "all_of", "none_of", "one_of", "has_word"):
                random.shuffle(each) if isinstance(each, list) else None
            shuffle_parts(each, random)
    elif isinstance(value, list):
        for each in value:
            shuffle_parts(each, random)


@examples(30)
@given(situations())
def test_evaluating_twice_gives_the_same_bytes(situation: Situation) -> None:
    document, facts = situation
    first = Evaluator(Scorer(from_data(document), AT))
    second = Evaluator(Scorer(from_data(deepcopy(document)), AT))
    line = json_line(facts)

    once = first.line(line)

    assert first.line(line) == once
    assert second.line(line) == once


@examples(80)
@given(documents(), st.data())
def test_what_was_scored_before_has_no_say_in_a_result(document: dict[str, Any], data: st.DataObject) -> None:
    shared = Evaluator(Scorer(from_data(document), AT))
    for _ in range(4):
        line = json_line(data.draw(facts_for(document)))

        assert shared.line(line) == Evaluator(Scorer(from_data(document), AT)).line(line)


@examples(120)
@given(situations())
def test_what_is_stored_is_part_of_the_whole_result(situation: Situation) -> None:
    document, facts = situation
    scorer = Scorer(from_data(document), AT)
    cells = scorer.cells_of(read_facts(facts, scorer.document.vocabulary, AT).known)

    stored, whole = scorer.stored(cells), scorer.score(cells)

    assert stored.segment == whole.segment
    for key, score in stored.profiles.items():
        for part in ("status", "verdict", "points", "low", "high", "band", "risks"):
            assert getattr(score, part) == getattr(whole.profiles[key], part)


@examples(40)
@given(documents())
def test_export_then_import_gives_the_same_document_and_hash(data: dict[str, Any]) -> None:
    document = from_data(data)

    for text in (to_yaml(document), to_json(document)):
        again = parse(text)
        assert again == document
        assert again.content_hash() == document.content_hash()


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@examples(80)
@given(name=ANY_TEXT, alias=ANY_TEXT, word=ANY_TEXT)
def test_any_text_survives_export_and_import(name: str, alias: str, word: str) -> None:
    assume(fold(word) and name.strip())
    document = from_data(
        {
            "format": 1,
            "lists": {"l": {"title": alias, "entries": [name, {"name": name, "aliases": [alias]}]}},
            "profiles": [
                {
                    "key": "p",
                    "name": name,
                    "summary": alias,
                    "must": [{"key": "a", "label": word, "when": {"fact": "city", "one_of": [word, "no"]}}],
                }
            ],
        }
    )

    assert parse(to_yaml(document)) == document
    assert parse(to_json(document)) == document


@examples(50)
@given(situations(), st.data())
def test_a_row_worth_nothing_changes_nothing_but_the_hash(situation: Situation, data: st.DataObject) -> None:
    document, facts = situation
    sums = [
        (profile, component)
        for profile in document["profiles"]
        for component in profile.get("components", [])
        if component["combine"] == "sum"
    ]
    assume(sums)
    richer = deepcopy(document)
    profile, component = data.draw(st.sampled_from(sums))
    when = data.draw(st.sampled_from([row["when"] for row in component["rows"]]))
    place = document["profiles"].index(profile)
    parts = richer["profiles"][place]["components"][profile["components"].index(component)]["rows"]
    parts.insert(0, {"key": "nothing", "when": {"not": when}, "points": 0})

    found = result_of(from_data(richer), facts)

    del found["profiles"][profile["key"]]["components"][component["key"]]["rows"]["nothing"]
    assert found == result_of(from_data(document), facts)
    assert from_data(richer).content_hash() != from_data(document).content_hash()


@examples(30)
@given(situations())
def test_a_document_read_again_numbers_its_cells_alike(situation: Situation) -> None:
    document, _ = situation
    one, other = (Scorer(from_data(document), AT), Scorer(parse(to_yaml(from_data(document))), AT.replace(year=2027)))

    assert list(one.cuts) == list(other.cuts)
    for cut, same in zip(one.cuts.values(), other.cuts.values(), strict=True):
        assert cut.questions == same.questions
        assert cut.radices == same.radices


@examples(50)
@given(situations())
def test_above_the_limit_of_worlds_the_bounds_are_loose_but_never_wrong(situation: Situation) -> None:
    document, facts = situation
    tight = result_of(from_data(document), facts)
    with pytest.MonkeyPatch.context() as patched:
        for module in ("possible", "cells"):
            patched.setattr(f"personas.rules.{module}.MOST_WORLDS", 2)
        loose = result_of(from_data(document), facts)

    assert set(loose["segment"]["possible"]) >= set(tight["segment"]["possible"])
    for key, exact_result in tight["profiles"].items():
        found = loose["profiles"][key]
        assert found["status"] in (exact_result["status"], "open")
        assert found["verdict"] in (exact_result["verdict"], "open")
        if exact_result["points"] is None and exact_result["low"] is None:
            continue
        assert found["low"] <= exact_result["low"] <= exact_result["high"] <= found["high"]
        assert set(found["possible_bands"]) >= set(exact_result["possible_bands"])
        swings = {each["fact"]: each["swing"] for each in found["questions"]}
        assert all(swings.get(each["fact"], 0) >= each["swing"] for each in exact_result["questions"])
        if found["bounds"] == "tight":
            assert (found["low"], found["high"]) == (exact_result["low"], exact_result["high"])
