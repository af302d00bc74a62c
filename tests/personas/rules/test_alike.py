"""What tells that two versions of the rules say the same of an account is never wrong."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from personas.rules.alike import Alike, OtherShape
from personas.rules.document import from_data
from personas.rules.errors import RuleError
from personas.rules.evaluate import read_facts
from personas.rules.facts import Known
from personas.rules.scoring import Scorer
from tests.personas.rules.making import AT, make_document
from tests.personas.rules.strategies import facts_for, situations
from tests.personas.rules.test_properties import examples

NUMBERS = ("at_least", "at_most", "more_than", "less_than", "within_days", "older_than_days")


def nudge(draw: Callable[[st.SearchStrategy[Any]], Any], part: Any) -> None:
    """Some of the numbers in conditions are others now."""
    if isinstance(part, list):
        for each in part:
            nudge(draw, each)
    elif isinstance(part, dict):
        for operator in NUMBERS:
            if type(part.get(operator)) is int and "fact" in part and draw(st.booleans()):
                part[operator] = max(0, part[operator] + draw(st.sampled_from([-1, 1, 5, 300])))
        between = part.get("between")
        if between and type(between[1]) is int and draw(st.booleans()):
            part["between"] = [between[0], between[1] + draw(st.sampled_from([1, 5, 300]))]
        for each in part.values():
            nudge(draw, each)


@st.composite
def versions(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """A document, the same with other numbers or lists, and facts of a few accounts."""
    document, facts = draw(situations())
    other = deepcopy(document)
    nudge(draw, other["profiles"])
    if other.get("lists") and draw(st.booleans()):
        for named in other["lists"].values():
            named["entries"] = [*named["entries"], "Gamma Ventures"]
    return document, other, [facts, *(draw(facts_for(document)) for _ in range(4))]


@examples(150)
@given(versions())
def test_an_account_that_looks_alike_has_the_same_result(
    found: tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]],
) -> None:
    old, new, accounts = found
    try:
        before, after = (Scorer(from_data(each), AT) for each in (old, new))
        alike = Alike(before, after, before.cuts)
    except (RuleError, OtherShape):
        assume(False)
    for facts in accounts:
        known = known_of(before, facts)
        cells = before.cells_of(known), after.cells_of(known)

        if alike.says_the_same(*cells):
            assert before.stored(cells[0]) == after.stored(cells[1])


def known_of(scorer: Scorer, facts: dict[str, Any]) -> dict[str, Known | None]:
    return dict(read_facts(facts, scorer.document.vocabulary, AT).known)


def alike_for(first: Any, second: Any, **sections: Any) -> Alike:
    before, after = (Scorer(make_document(each, **sections), AT) for each in (first, second))
    return Alike(before, after, before.cuts)


def sized(low: int, high: int, **more: Any) -> dict[str, Any]:
    return {"must": [{"key": "size", "when": {"fact": "employees", "between": [low, high]}}], **more}


@pytest.mark.parametrize(
    ("employees", "same"), [(20, True), (499, True), (501, False), (800, False), (801, True), (None, True)]
)
def test_only_accounts_between_the_old_end_and_the_new_differ(employees: int | None, same: bool) -> None:
    before, after = (Scorer(make_document(sized(15, high)), AT) for high in (500, 800))
    alike = Alike(before, after, before.cuts)
    facts: dict[str, Known | None] = {"employees": employees}

    assert alike.says_the_same(before.cells_of(facts), after.cells_of(facts)) is same


@pytest.mark.parametrize(
    "other",
    [
        sized(15, 500, rank=2),
        sized(15, 500, flags=[{"key": "big", "when": {"fact": "employees", "at_least": 100}}]),
        {"must": [{"key": "size", "when": {"not": {"fact": "employees", "between": [15, 500]}}}]},
        {"must": [{"key": "size", "when": {"fact": "founded", "between": [15, 500]}}]},
        sized(15, 500, missing="no"),
    ],
    ids=["rank", "line", "not", "fact", "policy"],
)
def test_rules_of_another_shape_are_never_alike(other: dict[str, Any]) -> None:
    with pytest.raises(OtherShape):
        alike_for(sized(15, 500), other)


def test_questions_that_changed_places_are_told_apart() -> None:
    def lines(first: int, second: int) -> dict[str, Any]:
        return {
            "must": [{"key": "one", "when": {"fact": "employees", "at_least": first}}],
            "flags": [{"key": "two", "when": {"fact": "employees", "at_least": second}}],
        }

    before, after = (Scorer(make_document(each), AT) for each in (lines(15, 100), lines(100, 15)))
    cells = before.cells_of({"employees": 50})

    assert cells == after.cells_of({"employees": 50})
    assert not Alike(before, after, ()).says_the_same(cells, cells)
