"""A receipt as JSON: the same lines as the fit card, with numbers as numbers."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from crm.models import Override
from crm.scoring.effective import Effective
from crm.scoring.explain import AskFirst, ProfileReceipt, ReceiptGroup, ReceiptLine
from crm.scoring.known import Stated
from crm.stating import can_be_stated, choices_of
from personas.rules.document import Document
from personas.rules.facts import Kind, Known, Members, Span
from personas.rules.results import ProfileResult
from personas.rules.text import value_text
from personas.rules.texts import jsonable


def value_json(value: Known | None) -> Any:
    """What is known, in the form in which it may be posted: a range as its two ends, a set as its names."""
    if isinstance(value, Span):
        return {"low": jsonable(value.low), "high": jsonable(value.high)}
    if isinstance(value, Members):
        return sorted(value.names)
    if isinstance(value, date):
        return value.isoformat()
    return jsonable(value)


def facts_json(known: Mapping[str, Stated], at: datetime) -> dict[str, Any]:
    """Every fact that the rules read: value, source and age."""
    return {key: fact_json(each, at) for key, each in known.items()}


def fact_json(each: Stated, at: datetime) -> dict[str, Any]:
    shown = each.shown if each.shown is not None else each.value
    whole = {"complete": isinstance(shown, Members) and shown.complete} if each.fact.kind is Kind.SET else {}
    return {
        "label": each.fact.label,
        "kind": each.fact.kind.value,
        "unit": each.fact.unit,
        "value": value_json(shown),
        "text": value_text(each.fact, shown),
        **whole,
        "source": each.source,
        "as_of": each.as_of,
        "age_days": None if each.as_of is None else (at.date() - each.as_of).days,
        "stale": each.stale,
        "invalid": each.invalid or None,
    }


def marks(known: Mapping[str, Stated]) -> tuple[frozenset[str], frozenset[str]]:
    """The facts that are too old, and those that cannot be."""
    return (
        frozenset(key for key, each in known.items() if each.stale),
        frozenset(key for key, each in known.items() if each.invalid),
    )


def profiles_json(profiles: Mapping[str, ProfileResult], known: Mapping[str, Stated]) -> dict[str, Any]:
    """The objects that `evaluate` prints."""
    stale, invalid = marks(known)
    return {key: each.as_json(stale, invalid) for key, each in profiles.items()}


def receipt_json(profiles: Iterable[ProfileReceipt]) -> list[dict[str, Any]]:
    return [
        {
            "profile": each.key,
            "name": each.name,
            "stance": each.stance,
            "action": each.action,
            "groups": [group_json(group) for group in each.groups],
        }
        for each in profiles
    ]


def group_json(group: ReceiptGroup) -> dict[str, Any]:
    return {
        "title": group.title,
        "points": jsonable(group.points),
        "low": jsonable(group.low),
        "high": jsonable(group.high),
        "note": group.note,
        "lines": [line_json(line) for line in group.lines],
    }


def line_json(line: ReceiptLine) -> dict[str, Any]:
    return {
        "path": line.path,
        "kind": line.kind,
        "label": line.label,
        "rule": line.rule,
        "answer": line.answer.word,
        "points": jsonable(line.points),
        "worth": jsonable(line.worth),
        "facts": [fact.key for fact in line.facts],
        "change": line.change,
        "rationale": line.rationale,
    }


def questions_json(questions: Iterable[AskFirst], document: Document) -> list[dict[str, Any]]:
    """The facts worth asking for, the most decisive first, with what an answer may be."""
    return [question_json(each, document) for each in questions]


def question_json(ask: AskFirst, document: Document) -> dict[str, Any]:
    fact = document.vocabulary[ask.fact]
    return {
        "fact": fact.key,
        "label": fact.label,
        "subject": fact.subject,
        "why": ask.why,
        "settles": ask.settles,
        "effect": ask.effect,
        "swing": jsonable(ask.swing),
        "kind": fact.kind.value,
        "unit": fact.unit,
        "choices": [key for key, _ in choices_of(fact)] if fact.kind is Kind.CHOICE else [],
        "can_be_stated": fact.subject == "company" and can_be_stated(fact),
    }


def override_json(counts: Effective) -> dict[str, Any] | None:
    """The segment that somebody set by hand; None where nobody did."""
    override: Override | None = counts.override
    if override is None:
        return None
    return {
        "segment": override.segment,
        "state": counts.state,
        "reason": override.reason,
        "author": override.author_id,
        "author_name": override.author.get_full_name() or override.author.get_username(),
        "created_at": override.created_at,
        "expires_on": override.expires_on,
    }
