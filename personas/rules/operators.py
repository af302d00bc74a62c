"""The questions that can be put to a fact, one row each.

Parser, cells, sentences, and the documentation read this table.
"""

from dataclasses import dataclass
from enum import StrEnum

from .facts import NUMBERS, WORDS, Kind


class Takes(StrEnum):
    """What stands behind an operator in a rule."""

    ONE = "one value"
    MANY = "a list of values"
    PAIR = "a list of two values, the lower first"
    DAYS = "a number of days"
    PHRASES = "a word or a list of words"
    LIST = "the key of a list"
    FLAG = "true or false"


@dataclass(frozen=True)
class Phrases:
    """One question in words; {value} stands for what the rule compares with.

    `says` and `denied` follow the label of a fact ("is at least 15", "is below 15"),
    `wanted` and `unwanted` name the values themselves ("at least 15", "below 15").
    """

    says: str
    denied: str
    wanted: str
    unwanted: str

    def reversed(self) -> "Phrases":
        """The words of the opposite question."""
        return Phrases(self.denied, self.says, self.unwanted, self.wanted)


@dataclass(frozen=True)
class Operator:
    """One question: the kinds of fact that have it, what it takes, and how it reads.

    `days` and `members` are the words for dates and for sets, where they differ.
    """

    key: str
    kinds: frozenset[Kind]
    takes: Takes
    phrases: Phrases
    days: Phrases | None = None
    members: Phrases | None = None

    def suits(self, kind: Kind, *, ordered: bool = False) -> bool:
        """Whether a fact of `kind` has this operator; ordered choices compare like numbers."""
        return kind in self.kinds or (ordered and self.key in ("at_least", "at_most"))

    def words(self, kind: Kind) -> Phrases:
        """How the question reads for a fact of `kind`."""
        special = {Kind.DATE: self.days, Kind.SET: self.members}.get(kind)
        return special or self.phrases


DATES = frozenset({Kind.DATE})
SETS = frozenset({Kind.SET})
TEXT = frozenset({Kind.TEXT})
ORDERED = NUMBERS | DATES

AT_LEAST = Phrases("is at least {value}", "is below {value}", "at least {value}", "below {value}")
MORE_THAN = Phrases("is more than {value}", "is at most {value}", "more than {value}", "at most {value}")
SINCE = Phrases("is {value} or later", "is before {value}", "{value} or later", "before {value}")
AFTER = Phrases("is after {value}", "is {value} or earlier", "after {value}", "{value} or earlier")
IS = Phrases("is {value}", "is not {value}", "{value}", "anything but {value}")
ONE_OF = Phrases("is one of {value}", "is none of {value}", "one of {value}", "none of {value}")
INCLUDE = Phrases("include {value}", "include none of {value}", "{value}", "none of {value}")
WITHIN = Phrases(
    "is within the last {value} days", "is more than {value} days ago",
    "within the last {value} days", "more than {value} days ago",
)  # fmt: skip

OPERATORS = {
    operator.key: operator
    for operator in (
        Operator("at_least", ORDERED, Takes.ONE, AT_LEAST, days=SINCE),
        Operator("at_most", ORDERED, Takes.ONE, MORE_THAN.reversed(), days=AFTER.reversed()),
        Operator("more_than", ORDERED, Takes.ONE, MORE_THAN, days=AFTER),
        Operator("less_than", ORDERED, Takes.ONE, AT_LEAST.reversed(), days=SINCE.reversed()),
        Operator(
            "between", ORDERED, Takes.PAIR,
            Phrases("is from {value}", "is outside {value}", "from {value}", "outside {value}"),
        ),
        Operator("is", ORDERED | WORDS | {Kind.BOOLEAN}, Takes.ONE, IS),
        Operator("is_not", ORDERED | WORDS, Takes.ONE, IS.reversed()),
        Operator("one_of", WORDS, Takes.MANY, ONE_OF),
        Operator("none_of", WORDS | SETS, Takes.MANY, ONE_OF.reversed(), members=INCLUDE.reversed()),
        Operator(
            "in_list", WORDS, Takes.LIST,
            Phrases(
                "is on the list {value}", "is not on the list {value}",
                "on the list {value}", "not on the list {value}",
            ),
        ),
        Operator(
            "has_word", TEXT, Takes.PHRASES,
            Phrases(
                "has the word {value}", "does not have the word {value}",
                "with the word {value}", "without the word {value}",
            ),
        ),
        Operator(
            "ends_with", TEXT, Takes.PHRASES,
            Phrases("ends with {value}", "does not end with {value}", "ending with {value}", "not ending with {value}"),
        ),
        Operator("within_days", DATES, Takes.DAYS, WITHIN),
        Operator("older_than_days", DATES, Takes.DAYS, WITHIN.reversed()),
        Operator("any_of", SETS, Takes.MANY, INCLUDE),
        Operator(
            "all_of", SETS, Takes.MANY,
            Phrases("include all of {value}", "do not include all of {value}", "all of {value}", "not all of {value}"),
        ),
        Operator(
            "any_in_list", SETS, Takes.LIST,
            Phrases(
                "include one on the list {value}", "include none on the list {value}",
                "one on the list {value}", "none on the list {value}",
            ),
        ),
        Operator(
            "empty", SETS, Takes.FLAG,
            Phrases("have no entry at all", "have at least one entry", "no entry at all", "at least one entry"),
        ),
    )
}  # fmt: skip
