"""Golden cases: whether the examples in a rule document come out as they say."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from .conditions import comparisons
from .document import Case, Document
from .evaluate import read_facts
from .results import Result
from .scoring import Scorer
from .truth import Truth

ANY_DAY = date(2026, 1, 1)


@dataclass(frozen=True)
class Failing:
    """A case that does not give what it says.

    `expected` and `found` are a segment's key, "none" or "undecided"; `reason`
    says for each segment which lines hold, fail or stay open, and on what.
    """

    name: str
    expected: str
    found: str
    reason: str


def failing(document: Document, at: date = ANY_DAY) -> list[Failing]:
    """The cases of `document` that do not give their segment, in order.

    A case is looked at on its own day, or on `at` where it names none.
    """
    scorers: dict[date, Scorer] = {}
    out = []
    for case in document.cases:
        day = case.at or at
        scorer = scorers.get(day) or scorers.setdefault(day, Scorer(document, day))
        found = check(case, scorer)
        if found:
            out.append(found)
    return out


def check(case: Case, scorer: Scorer) -> Failing | None:
    """What is wrong with `case`, or None when it gives its segment."""
    posted = read_facts(case.facts, scorer.document.vocabulary, scorer.at)
    cells = scorer.cells_of(posted.known)
    result = scorer.score(cells)
    found = outcome(result)
    if found == case.segment:
        return None
    unread = [
        f"{fact} is {word}"
        for word, facts in (("stale", posted.stale), ("invalid", posted.invalid))
        for fact in sorted(facts)
    ]
    reason = "; ".join([*explain(scorer, cells, result), *unread])
    return Failing(case.name, case.segment, found, reason)


def outcome(result: Result) -> str:
    """The segment that came out: its key, "none" or "undecided"."""
    return result.segment.key or result.segment.status


def explain(scorer: Scorer, cells: tuple[int, ...], result: Result) -> Iterator[str]:
    """For each segment, in order, its verdict and the lines behind it."""
    cell_of = dict(zip(scorer.cuts, cells, strict=True))
    for profile in scorer.document.ranked():
        scored = result.profiles[profile.key]
        lines = []
        if scored.reason:
            lines.append(f"disqualified as {scored.reason}")
        for line in profile.must:
            answer = scored.must[line.key]
            if answer is Truth.YES and scored.verdict is not Truth.YES:
                continue
            facts = dict.fromkeys(each.fact for each in comparisons(line.when))
            values = ", ".join(f"{fact} {scorer.cuts[fact].describe(cell_of[fact])}" for fact in facts)
            lines.append(f"{line.key} {answer.word} ({values})")
        yield f"{profile.key} {scored.verdict.word}: {', '.join(lines) or 'no line'}"
