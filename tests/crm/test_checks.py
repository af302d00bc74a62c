"""System checks of the fact catalogue."""

from dataclasses import replace

from crm.checks import check_facts, problems
from crm.facts import NumberSource
from personas.rules.facts import BUILT_IN


def test_every_fact_has_a_source_whose_columns_can_be_unknown() -> None:
    assert check_facts(None) == []


def test_a_fact_without_a_source_is_an_error() -> None:
    found = list(problems({"shoes": replace(BUILT_IN["employees"], key="shoes")}, {}))

    assert [each.id for each in found] == ["crm.E001"]


def test_a_fact_whose_column_is_missing_or_never_null_is_an_error() -> None:
    sources = {"employees": NumberSource("c.headcount", "c.name")}

    found = list(problems({"employees": BUILT_IN["employees"]}, sources))

    assert [each.id for each in found] == ["crm.E002", "crm.E003"]
