"""docs/rules.md says what the code does."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from personas.rules import texts
from personas.rules.conditions import ConditionReader
from personas.rules.document import parse
from personas.rules.errors import Fault
from personas.rules.evaluate import Evaluator
from personas.rules.facts import BUILT_IN, OF_CONTACTS, Fact, Kind
from personas.rules.golden import failing
from personas.rules.lint import warnings
from personas.rules.operators import OPERATORS, Operator
from personas.rules.scoring import Scorer

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "rules.md").read_text()
AT = date(2026, 1, 31)
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def table(first: str) -> list[list[str]]:
    """The cells of the table whose first heading is `first`."""
    (found,) = re.findall(rf"^\| {first} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in found.splitlines()]


def is_document(block: str) -> bool:
    return block.startswith("format:")


def documents() -> list[str]:
    return [block for kind, block in BLOCKS if kind == "yaml" and is_document(block)]


def examples() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each posted line with the rules above it and the result below it."""
    rules, posted = "", None
    for kind, block in BLOCKS:
        if kind == "yaml" and is_document(block):
            rules = block
        elif kind == "json" and posted is None:
            posted = json.loads(block)
            assert "facts" in posted, block
        elif kind == "json":
            assert posted
            yield rules, posted, json.loads(block)
            posted = None
    assert posted is None


def missing_from(shown: object, given: object, place: str = "result") -> list[str]:
    """Where `given` has not what is shown; objects may be shown in part."""
    if isinstance(shown, dict) and isinstance(given, dict):
        return [
            text
            for key, each in shown.items()
            for text in missing_from(each, given.get(key, "nothing"), f"{place}.{key}")
        ]
    return [] if shown == given else [f"{place}: {shown!r} is shown, {given!r} is so"]


def kinds_of(operator: Operator) -> list[str]:
    return [str(kind) for kind in Kind if kind in operator.kinds]


def reading(operator: Operator) -> str:
    said = [operator.words(kind).says.replace("{value}", "…") for kind in Kind if kind in operator.kinds]
    return "; ".join(dict.fromkeys(said))


def values_of(fact: Fact) -> str:
    said = [", ".join(fact.choices) + (" (ordered)" if fact.ordered else "")] if fact.choices else []
    if fact.minimum is not None:
        said.append(f"{fact.minimum} or more" if fact.maximum is None else f"{fact.minimum} to {fact.maximum}")
    return "; ".join([*said, *(["in a bonus only"] if fact.bonus_only else [])])


def test_the_table_of_operators_is_the_one_in_the_code() -> None:
    assert table("Operator") == [
        [f"`{each.key}`", ", ".join(kinds_of(each)), str(each.takes), reading(each)] for each in OPERATORS.values()
    ]


def test_every_kind_is_listed_with_its_operators() -> None:
    assert table("Kind") == [
        [str(kind), " ".join(f"`{each.key}`" for each in OPERATORS.values() if kind in each.kinds)] for kind in Kind
    ]


def test_the_table_of_facts_is_the_vocabulary() -> None:
    assert table("Fact") == [
        [f"`{each.key}`", each.label, str(each.kind), each.unit, values_of(each)] for each in BUILT_IN.values()
    ]


def test_the_table_of_facts_of_people_is_theirs() -> None:
    assert table("Fact of a contact") == [
        [f"`{each.key}`", each.label, str(each.kind), each.unit, values_of(each)] for each in OF_CONTACTS.values()
    ]


def test_every_document_on_the_page_parses_and_its_cases_hold() -> None:
    assert len(documents()) > 4
    for text in documents():
        assert failing(parse(text)) == []


def test_every_condition_on_the_page_parses() -> None:
    found = [block for kind, block in BLOCKS if kind == "yaml" and not is_document(block)]
    assert found
    for text in found:
        faults: list[Fault] = []
        assert ConditionReader(BUILT_IN, {}, faults).read(texts.load(text), "when")
        assert faults == []


@pytest.mark.parametrize(("rules", "posted", "shown"), list(examples()))
def test_every_result_on_the_page_is_what_evaluate_prints(
    rules: str, posted: dict[str, Any], shown: dict[str, Any]
) -> None:
    document = parse(rules)
    people = any(fact.startswith("contact_") for fact in posted["facts"])
    scorer = Scorer(document.for_contacts() if people else document, AT)
    evaluator = Evaluator(scorer, subject="contact" if people else "company")

    given = json.loads(evaluator.line(json.dumps(posted)))

    assert missing_from(shown, given) == []
    assert evaluator.failed == 0


def test_the_warnings_shown_are_those_of_the_document_above_them() -> None:
    ((place, shown),) = [(place, block) for place, (kind, block) in enumerate(BLOCKS) if kind == "text"]
    above = [block for kind, block in BLOCKS[:place] if kind == "yaml" and is_document(block)][-1]

    assert shown.splitlines() == [str(fault) for fault in warnings(parse(above), AT)]
