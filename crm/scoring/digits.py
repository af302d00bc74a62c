"""The digits of a single fact in SQL: which cell a stored number or day falls in."""

import re

from crm.facts import DaySource, NumberSource
from personas.rules.cells import DateCut, NumberCut, TextCut
from personas.rules.facts import Fact, InvalidValue, read

from .dialect import day_of, literal


def text_cell(cut: TextCut, text: str) -> int:
    """The cell of a stored text; an impossible one counts as unknown."""
    try:
        return cut.cell(read(cut.fact, text))
    except InvalidValue:
        return 0


def day_sql(source: DaySource) -> str:
    """The day of a source; {day:…} takes the UTC day of a moment."""
    return re.sub(r"\{day:([^}]+)\}", lambda found: day_of(found.group(1)), source.day)


def step_sql(cut: NumberCut, value: str) -> str:
    """How many edges `value` reaches."""
    if not cut.edges:
        return "0"
    cases = " ".join(
        f"WHEN {value} {'<=' if beyond else '<'} {literal(edge)} THEN {place}"
        for place, (edge, beyond) in enumerate(cut.edges)
    )
    return f"CASE {cases} ELSE {len(cut.edges)} END"


def number_digit(cut: NumberCut, source: NumberSource) -> str:
    """The cell of a number known by its ends; an impossible one counts as unknown."""
    low, high = source.low, source.high
    unknown = [f"({low} IS NULL AND {high} IS NULL)", *bounds(cut.fact, low), *bounds(cut.fact, high)]
    first = f"CASE WHEN {low} IS NULL THEN {cut.lowest} ELSE {step_sql(cut, low)} END"
    last = f"CASE WHEN {high} IS NULL THEN {cut.highest} ELSE {step_sql(cut, high)} END"
    return f"CASE WHEN {' OR '.join(unknown)} THEN 0 ELSE 1 + ({first}) * {cut.steps} + ({last}) END"


def bounds(fact: Fact, value: str) -> list[str]:
    """The conditions under which `value` is impossible for `fact`."""
    out = []
    if fact.minimum is not None:
        out.append(f"{value} < {literal(fact.minimum)}")
    if fact.maximum is not None:
        out.append(f"{value} > {literal(fact.maximum)}")
    return out


def day_digit(cut: DateCut, day: str) -> str:
    """The cell of a day."""
    fixed = " ".join(f"WHEN {day} < {literal(edge)} THEN {at}" for at, edge in enumerate(cut.fixed))
    ages = " ".join(f"WHEN {day} < {literal(edge)} THEN {at}" for at, edge in enumerate(cut.starts))
    first = f"(CASE {fixed} ELSE {len(cut.fixed)} END)" if fixed else "0"
    second = f"(CASE {ages} ELSE {len(cut.starts)} END)" if ages else "0"
    return f"CASE WHEN {day} IS NULL THEN 0 ELSE 1 + {first} * {cut.columns} + {second} END"
