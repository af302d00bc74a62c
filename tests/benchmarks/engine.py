"""A rule engine from PyPI on the same records: the lines of every profile as its own expressions.

It gets the records ready in memory, answers yes or no to each line, with
unknown as no, and adds nothing up, so it has less to do than scoring does.
"""

import importlib
import json
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from personas.rules.conditions import AllOf, AnyOf, AtLeast, Compare, Condition, Known, Not
from personas.rules.document import Document, Line, Profile

ENGINE = "zen-engine"


class NotInstalled(LookupError):
    """The engine is not there; requirements/bench.in names it."""


def decision(document: Document, *, musts_only: bool) -> Any:
    """The lines of the document, or its musts, as one decision; raises NotInstalled."""
    try:
        zen = importlib.import_module("zen")
    except ModuleNotFoundError:
        raise NotInstalled(f"{ENGINE} is not installed: pip install -r requirements/bench.in") from None
    return zen.ZenEngine().create_decision(json.dumps(graph(document, musts_only=musts_only)))


def lines_of(profile: Profile, *, musts_only: bool) -> Iterator[tuple[str, Line]]:
    """The lines of a profile, each with a name of its own."""
    parts = [("must", profile.must)]
    if not musts_only:
        parts += [("disqualify", profile.disqualify), ("bonus", profile.bonus), ("flags", profile.flags)]
        parts += [(component.key, component.rows) for component in profile.components]
    for kind, lines in parts:
        for line in lines:
            yield f"{profile.key}_{kind}_{line.key}".replace("-", "_"), line


def graph(document: Document, *, musts_only: bool) -> dict[str, object]:
    """Input, expressions, output."""
    lists = {
        named.key: [name for entry in named.entries for name in (entry.name, *entry.aliases)]
        for named in document.lists
    }
    expressions = [
        {"id": name, "key": name, "value": say(line.when, lists)}
        for profile in document.profiles
        for name, line in lines_of(profile, musts_only=musts_only)
    ]
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
        {
            "id": "rules",
            "name": "rules",
            "type": "expressionNode",
            "position": {"x": 1, "y": 0},
            "content": {"expressions": expressions},
        },
        {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
    ]
    edges = [
        {"id": f"{first}-{last}", "sourceId": first, "targetId": last, "type": "edge"}
        for first, last in (("in", "rules"), ("rules", "out"))
    ]
    return {"nodes": nodes, "edges": edges}


def say(condition: Condition, lists: dict[str, list[str]]) -> str:
    """The condition in the engine's language."""
    match condition:
        case AllOf(parts):
            return "(" + " and ".join(say(part, lists) for part in parts) + ")"
        case AnyOf(parts):
            return "(" + " or ".join(say(part, lists) for part in parts) + ")"
        case AtLeast(least, parts):
            return f"({' + '.join(f'({say(part, lists)} ? 1 : 0)' for part in parts)}) >= {least}"
        case Not(part):
            return f"not ({say(part, lists)})"
        case Known(fact, wanted):
            return f"{fact} {'!=' if wanted else '=='} null"
        case Compare():
            return f"({condition.fact} != null and {comparison(condition, lists)})"


def comparison(condition: Compare, lists: dict[str, list[str]]) -> str:
    fact, value = condition.fact, condition.value
    match condition.operator:
        case "at_least":
            return f"{fact} >= {value}"
        case "more_than":
            return f"{fact} > {value}"
        case "at_most":
            return f"{fact} <= {value}"
        case "less_than":
            return f"{fact} < {value}"
        case "between":
            low, high = value  # type: ignore[misc]
            return f"{fact} >= {low} and {fact} <= {high}"  # type: ignore[has-type]
        case "is":
            return f"{fact} == {json.dumps(value)}"
        case "is_not":
            return f"{fact} != {json.dumps(value)}"
        case "in_list":
            return f"{fact} in {json.dumps(lists[str(value)])}"
        case "one_of":
            return f"{fact} in {json.dumps(list(value))}"  # type: ignore[call-overload]
        case "any_in_list":
            return f"some({fact}, # in {json.dumps(lists[str(value)])})"
        case "any_of":
            return f"some({fact}, # in {json.dumps(list(value))})"  # type: ignore[call-overload]
        case operator:
            raise ValueError(f"the benchmark does not say {operator!r} to {ENGINE}")


def records(raw: Iterable[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Facts as the engine takes them: a number by its low end, every fact present, null where unknown."""
    for facts in raw:
        yield {key: plain(value) for key, value in facts.items()}


def plain(value: object) -> object:
    if isinstance(value, dict):
        value = value["low"]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def evaluate(made: Any, wanted: Iterable[dict[str, object]]) -> None:
    for record in wanted:
        made.evaluate(record)
