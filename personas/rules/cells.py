"""How a set of rules cuts each fact into cells.

Rules put only so many questions to a fact. A cell holds all the values that
answer every one of them alike, so two accounts in the same cells have the
same result. Every cut knows

- which cell a value falls in (a number that is stable for one document),
- what is certain there: the questions answered yes, and those answered no,
- which answers are possible there, where a value is unknown or known in part.

Answers are bit sets: bit i is question i of the cut.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from .cut import MOST_WORLDS, UNKNOWN, Cut, Question
from .facts import NUMBERS, Fact, Kind
from .matching import ListMatcher
from .number_cells import BooleanCut, DateCut, NumberCut, edge, show
from .word_cells import SetCut, TextCut


def make_cut(fact: Fact, questions: Iterable[Question], lists: Mapping[str, ListMatcher], at: date) -> Cut:
    """The cut of `fact` by `questions`; `at` places the ages of dates."""
    if fact.kind in NUMBERS:
        return NumberCut(fact, questions)
    if fact.kind is Kind.DATE:
        return DateCut(fact, questions, at)
    if fact.kind is Kind.BOOLEAN:
        return BooleanCut(fact, questions)
    if fact.kind is Kind.SET:
        return SetCut(fact, questions, lists)
    return TextCut(fact, questions, lists)


__all__ = [
    "MOST_WORLDS",
    "UNKNOWN",
    "BooleanCut",
    "Cut",
    "DateCut",
    "NumberCut",
    "Question",
    "SetCut",
    "TextCut",
    "edge",
    "make_cut",
    "show",
]
