"""Which facts would settle most accounts: what to look up next."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from personas.models import Ruleset
from personas.rules.document import Document

from .classify import Span
from .survey_spans import NONE, Counts, Found, Survey, counted, fetch, keys_of, ranked_keys

STEPS = 8


class Group(NamedTuple):
    """Undecided accounts alike: the facts of which any answer settles them, or some answer; the best they could be."""

    settled_by_any: frozenset[str]
    settled_by_some: frozenset[str]
    best: str
    accounts: int


def count(span: Span, ruleset: Ruleset, at: datetime) -> Counts:
    """Undecided accounts by what would settle them and what they could be."""
    return counted(
        fetch(
            f"""SELECT f.settled_by_any, f.settled_by_some, f.possible, COUNT(*) FROM crm_fit f
            WHERE f.effective_status = 'undecided' AND {span.holds("f.company_id")} GROUP BY 1, 2, 3"""
        )
    )


def report(counts: Counts, ruleset: Ruleset, at: datetime) -> Found:
    """By fact, the one that settles most of the best accounts first; a plan; and what each account could be."""
    document = ruleset.document()
    segments = ranked_keys(document)
    groups = [
        Group(frozenset(keys_of(some_any)), frozenset(keys_of(some)), best_of(keys_of(possible), segments), accounts)
        for (some_any, some, possible), accounts in counts.items()
    ]
    could_be: Counter[str] = Counter()
    for (_, _, possible), accounts in counts.items():
        for key in keys_of(possible):
            could_be[key] += accounts
    return {
        "undecided": sum(each.accounts for each in groups),
        "one_fact": sum(each.accounts for each in groups if each.settled_by_any),
        "some_answer": sum(each.accounts for each in groups if each.settled_by_some and not each.settled_by_any),
        "several_facts": sum(each.accounts for each in groups if not each.settled_by_any | each.settled_by_some),
        "could_be": dict(could_be),
        "facts": by_fact(groups, segments),
        "plan": plan(groups),
    }


def best_of(possible: Sequence[str], segments: Sequence[str]) -> str:
    """The first segment, by rank, that an account could be in."""
    return next((key for key in segments if key in possible), NONE)


def by_fact(groups: Sequence[Group], segments: Sequence[str]) -> list[Found]:
    """What each fact would settle; `first` are the accounts among them that could be in the segment of rank 1."""
    rows: list[Found] = []
    for fact in sorted({fact for each in groups for fact in each.settled_by_any | each.settled_by_some}):
        surely = [each for each in groups if fact in each.settled_by_any]
        perhaps = [each for each in groups if fact in each.settled_by_some - each.settled_by_any]
        best: Counter[str] = Counter()
        for each in (*surely, *perhaps):
            best[each.best] += each.accounts
        rows.append(
            {
                "fact": fact,
                "any": sum(each.accounts for each in surely),
                "some": sum(each.accounts for each in perhaps),
                "best": [[key, best[key]] for key in (*segments, NONE) if best[key]],
            }
        )
    first = segments[0] if segments else NONE
    rows.sort(key=lambda row: (-dict(row["best"]).get(first, 0), -row["any"], -row["some"], row["fact"]))
    return rows


def plan(groups: Sequence[Group]) -> list[Found]:
    """The facts to look up one after the other, each the one that settles most of the accounts still left.

    A step says how many accounts it settles for certain, and how many it may settle besides.
    """
    left = list(groups)
    steps: list[Found] = []
    while left and len(steps) < STEPS:
        surely: Counter[str] = Counter()
        perhaps: Counter[str] = Counter()
        for each in left:
            for fact in each.settled_by_any:
                surely[fact] += each.accounts
            for fact in each.settled_by_some - each.settled_by_any:
                perhaps[fact] += each.accounts
        facts = (surely.keys() | perhaps.keys()) - {step["fact"] for step in steps}
        if not facts:
            break
        fact = min(facts, key=lambda key: (-surely[key], -perhaps[key], key))
        steps.append({"fact": fact, "any": surely[fact], "some": perhaps[fact]})
        left = [each for each in left if fact not in each.settled_by_any]
    return steps


def text(found: Found, document: Document) -> Iterator[str]:
    yield f"{found['undecided']:,} undecided accounts"
    yield f"  {found['one_fact']:,} are settled by any answer to one fact, {found['some_answer']:,} by some answers"
    yield f"  {found['several_facts']:,} need several facts"
    for row in found["facts"]:
        label = document.vocabulary[row["fact"]].label if row["fact"] in document.vocabulary else row["fact"]
        yield f"  {label}: settles {row['any']:,}, may settle {row['some']:,}"


WORKLIST = Survey(count, report, text)
