"""Short ways to a result, for tests: documents from data, facts in, the printed object out."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from personas.rules.document import Document, from_data
from personas.rules.errors import RuleError
from personas.rules.evaluate import Evaluator
from personas.rules.scoring import Scorer

AT = date(2026, 1, 31)


def make_document(*profiles: Mapping[str, Any], **sections: Any) -> Document:
    """A document of these profiles; those without a key are named p0, p1, …"""
    named = [{"key": f"p{place}", **profile} for place, profile in enumerate(profiles)]
    return from_data({"format": 1, **sections, "profiles": named})


def json_line(facts: Mapping[str, Any], identity: object = 1) -> str:
    """One line of input."""
    return json.dumps({"id": identity, "facts": facts}, default=number)


def number(value: object) -> float | int:
    """An exact number as json writes it."""
    assert isinstance(value, Decimal)
    return int(value) if value == int(value) else float(value)


def result_of(document: Document, facts: Mapping[str, Any] | None = None, *, at: date = AT) -> dict[str, Any]:
    """What `evaluate` prints for these facts, read back, without the id."""
    out = json.loads(Evaluator(Scorer(document, at)).line(json_line(facts or {})))
    del out["id"]
    return dict(out)


def profile_result(profile: Mapping[str, Any], known: Mapping[str, Any] | None = None, /, **sections: Any) -> Any:
    """The printed result of one profile alone."""
    return result_of(make_document({"key": "p", **profile}, **sections), known)["profiles"]["p"]


def holds(condition: Mapping[str, Any], known: Mapping[str, Any] | None = None, /, **sections: Any) -> str:
    """Whether `condition` holds for these facts: yes, no or open, without trying what is possible."""
    profile = {"flags": [{"key": "it", "when": condition}]}
    return str(profile_result(profile, known, **sections)["flags"]["it"])


def verdict(condition: Mapping[str, Any], known: Mapping[str, Any] | None = None, /, **sections: Any) -> str:
    """The verdict of a profile with this one must: what is really possible."""
    profile = {"must": [{"key": "it", "when": condition}]}
    return str(profile_result(profile, known, **sections)["verdict"])


def faults_of(data: object) -> list[str]:
    """Every fault of a document, as a person reads it; none where it is right."""
    try:
        from_data(data)
    except RuleError as error:
        return [str(fault) for fault in error.faults]
    return []


def line_faults(condition: object, **sections: Any) -> list[str]:
    """The faults of a document whose one must has this condition, without the path to it."""
    profile = {"key": "p", "must": [{"key": "it", "when": condition}]}
    found = faults_of({"format": 1, **sections, "profiles": [profile]})
    return [fault.removeprefix("profiles[0].must[0].when").removeprefix(".") for fault in found]
