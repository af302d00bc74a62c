"""Conditions in words: what they say, what their denial says, and what would turn them into a yes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from personas.rules.conditions import AllOf, AnyOf, AtLeast, Compare, Condition, Known, Not, comparisons
from personas.rules.document import Document, NamedList
from personas.rules.facts import NUMBERS, WORDS, Fact, Kind
from personas.rules.operators import OPERATORS, Takes
from personas.rules.truth import Truth

from .values import name_text, names_text, numbers_text, one_text

Lists = Mapping[str, NamedList]
AnswerOf = Callable[[Condition], Truth]


def sentence(condition: Condition, vocabulary: Mapping[str, Fact], lists: Lists) -> str:
    """What `condition` asks for: "Employees is from 15 to 500 people"."""
    return capital(Speech(vocabulary, lists).say(condition))


def deny(condition: Condition, vocabulary: Mapping[str, Fact], lists: Lists) -> str:
    """What is so where `condition` does not hold: "Employees is outside 15 to 500 people"."""
    return capital(Speech(vocabulary, lists).say(condition, holds=False))


def would_change(
    condition: Condition,
    answer: Truth,
    vocabulary: Mapping[str, Fact],
    lists: Lists,
    answer_of: AnswerOf | None = None,
) -> str:
    """What would turn `answer` into a yes; empty where it is one.

    With `answer_of`, which says how a part of the condition stands, only the
    parts that still count are named.
    """
    if answer is Truth.YES:
        return ""
    left = condition if answer_of is None else remaining(condition, answer_of)
    return Speech(vocabulary, lists, units=False).change(left, answer)


def remaining(condition: Condition, answer_of: AnswerOf) -> Condition:
    """`condition` without the parts that already hold, or that others can still spare."""
    match condition:
        case AllOf(parts):
            left = tuple(remaining(part, answer_of) for part in parts if answer_of(part) is not Truth.YES)
            return joined(AllOf, left) if left else condition
        case AnyOf(parts):
            best = max(answer_of(part) for part in parts)
            return joined(AnyOf, [remaining(part, answer_of) for part in parts if answer_of(part) is best])
        case AtLeast(count, parts):
            held = sum(answer_of(part) is Truth.YES for part in parts)
            left = tuple(remaining(part, answer_of) for part in parts if answer_of(part) is not Truth.YES)
            needed = count - held
            if not 0 < needed <= len(left):
                return condition
            if needed == len(left):
                return joined(AllOf, left)
            return joined(AnyOf, left) if needed == 1 else AtLeast(needed, left)
        case _:
            return condition


def joined(kind: type[AllOf] | type[AnyOf], parts: Sequence[Condition]) -> Condition:
    """The parts as one condition; a single part stands for itself."""
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


@dataclass(frozen=True)
class Speech:
    """Says conditions over one vocabulary. `whole` lists every value, `units` False leaves plain units out."""

    vocabulary: Mapping[str, Fact]
    lists: Lists
    whole: bool = False
    units: bool = True

    def say(self, condition: Condition, *, holds: bool = True) -> str:
        """`condition` as a clause; with `holds` False, what is so where it does not hold."""
        match condition:
            case Compare():
                said = self.compare(condition, holds=holds)
                return f"{self.label(condition.fact)} {said}{policy(condition, holds=holds)}"
            case Known(fact, wanted):
                return f"{self.label(fact)} is {'known' if wanted is holds else 'unknown'}"
            case Not(part):
                return self.say(part, holds=not holds)
            case _:
                return self.several(condition, self.say, holds=holds)

    def several(self, condition: AllOf | AnyOf | AtLeast, say: Callable[..., str], *, holds: bool) -> str:
        """The parts with the word that joins them; parts with a word of their own in brackets."""
        counted = isinstance(condition, AtLeast)
        said = [say(part, holds=holds or counted) for part in condition.parts]
        parts = [f"({text})" if is_compound(part) else text for part, text in zip(condition.parts, said, strict=True)]
        if isinstance(condition, AtLeast):
            count = f"at least {condition.count}" if holds else f"fewer than {condition.count}"
            return f"{count} of these: {'; '.join(parts)}"
        return f", {'and' if isinstance(condition, AllOf) is holds else 'or'} ".join(parts)

    def compare(self, condition: Compare, *, holds: bool, short: bool = False) -> str:
        """The question behind the fact's label; `short`, the values that answer it: "at least 15"."""
        fact = self.vocabulary[condition.fact]
        operator = OPERATORS[condition.operator]
        words = operator.words(fact.kind)
        value = condition.value
        if fact.kind is Kind.BOOLEAN:
            value, holds = value is holds, True
        elif operator.takes is Takes.FLAG:
            holds = value is holds
        phrase = (words.wanted if holds else words.unwanted) if short else (words.says if holds else words.denied)
        return phrase.replace("{value}", self.value(fact, condition.operator, value))

    def value(self, fact: Fact, key: str, value: object) -> str:
        """What a rule compares `fact` with."""
        match OPERATORS[key].takes:
            case Takes.LIST:
                found = self.lists.get(str(value))
                return found.title if found else str(value)
            case Takes.DAYS:
                return str(value)
            case Takes.PHRASES:
                return names_text([f'"{each}"' for each in several(value)], "or", whole=self.whole)
            case Takes.MANY:
                joint = "and" if key == "all_of" else "or"
                return names_text([name_text(fact, str(each)) for each in several(value)], joint, whole=self.whole)
            case Takes.PAIR:
                return self.pair(fact, several(value))
            case _:
                return one_text(fact, value, unit=self.units)

    def pair(self, fact: Fact, ends: tuple[object, ...]) -> str:
        """Two ends with the unit once."""
        if fact.kind in NUMBERS:
            numbers = [each for each in ends if isinstance(each, int | Decimal)]
            return numbers_text(fact, numbers, " to ", unit=self.units)
        return " to ".join(each.isoformat() for each in ends if isinstance(each, date))

    def label(self, key: str) -> str:
        fact = self.vocabulary.get(key)
        return fact.label if fact else key

    # What would change an answer

    def change(self, condition: Condition, answer: Truth) -> str:
        """What would turn a no or an open answer into a yes."""
        if isinstance(condition, Known):
            name = small(self.label(condition.fact))
            return f"Learning {name} makes it a yes" if condition.wanted else f"A yes only while {name} is unknown"
        bare = condition.part if isinstance(condition, Not) else condition
        wanted = ""
        if isinstance(bare, Compare):
            wanted = self.compare(bare, holds=bare is condition, short=True)
        if answer is Truth.NO:
            if isinstance(bare, Compare) and self.vocabulary[bare.fact].kind is Kind.BOOLEAN:
                return f'A "{wanted}" to {self.label(bare.fact)} would make it a yes'
            return f"{capital(self.name_and_want(condition))} would make it a yes"
        names = list(dict.fromkeys(small(self.label(each.fact)) for each in comparisons(condition)))
        facts = names_text(names, "or" if isinstance(condition, AnyOf) else "and", whole=True)
        return f"Learn {facts}: {wanted or self.name_and_want(condition)} makes it a yes"

    def name_and_want(self, condition: Condition, *, holds: bool = True) -> str:
        """The facts with the values that answer yes: "employees from 15 to 500"."""
        match condition:
            case Compare(fact, operator):
                kind = self.vocabulary[fact].kind
                joint = "including " if kind is Kind.SET else "being " if is_being(kind, operator) else ""
                return f"{small(self.label(fact))} {joint}{self.compare(condition, holds=holds, short=True)}"
            case Known(fact, wanted):
                return f"{small(self.label(fact))} being {'known' if wanted is holds else 'unknown'}"
            case Not(part):
                return self.name_and_want(part, holds=not holds)
            case _:
                return self.several(condition, self.name_and_want, holds=holds)


def speech(document: Document, *, whole: bool = False) -> Speech:
    """A speech over the words of `document`."""
    return Speech(document.vocabulary, {each.key: each for each in document.lists}, whole=whole)


def several(value: object) -> tuple[object, ...]:
    """The values of a rule that compares with more than one."""
    return value if isinstance(value, tuple) else (value,)


def is_being(kind: Kind, operator: str) -> bool:
    """Whether "being" stands between the name of a fact and its value."""
    return kind is Kind.BOOLEAN or (kind in WORDS and OPERATORS[operator].takes is not Takes.PHRASES)


def is_compound(condition: Condition) -> bool:
    """Whether a condition has several parts, so that it needs brackets inside another."""
    match condition:
        case Not(part):
            return is_compound(part)
        case AllOf(parts) | AnyOf(parts) | AtLeast(_, parts):
            return len(parts) > 1 or isinstance(condition, AtLeast) or is_compound(parts[0])
        case _:
            return False


def policy(condition: Compare, *, holds: bool) -> str:
    """What an unknown fact counts as, where the comparison says so itself."""
    if condition.missing is None:
        return ""
    if condition.missing == "open":
        return " (unknown stays open)"
    return f" (unknown counts as {'yes' if (condition.missing == 'yes') is holds else 'no'})"


def capital(text: str) -> str:
    """`text` with a capital at its start."""
    return text[:1].upper() + text[1:]


def small(label: str) -> str:
    """`label` inside a sentence; words like ICP keep their capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
