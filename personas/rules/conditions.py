"""Conditions of a rule: what they are made of, and reading and writing them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from .errors import Fault, choices_hint, guess
from .facts import NUMBERS, WORDS, Fact, InvalidValue, Kind, Number, exact_number, read, read_date, read_text
from .operators import OPERATORS, Operator, Takes
from .words import fold, words

DEEPEST = 6
MOST_COMPARISONS = 200
MOST_VALUES = 1_000

Missing = Literal["open", "yes", "no"]
MISSING: tuple[Missing, ...] = ("open", "yes", "no")


@dataclass(frozen=True)
class Compare:
    """One fact put to one question. `missing` None leaves it to the profile."""

    fact: str
    operator: str
    value: object
    missing: Missing | None = None


@dataclass(frozen=True)
class Known:
    """Whether a fact is known at all; with `wanted` False, whether it is unknown."""

    fact: str
    wanted: bool = True


@dataclass(frozen=True)
class AllOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class AtLeast:
    """At least `count` of `parts` hold."""

    count: int
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Not:
    part: "Condition"


Condition = Compare | Known | AllOf | AnyOf | AtLeast | Not


def comparisons(condition: Condition) -> Iterator[Compare | Known]:
    """Every comparison in `condition`, in order."""
    match condition:
        case Compare() | Known():
            yield condition
        case Not(part):
            yield from comparisons(part)
        case AllOf(parts) | AnyOf(parts) | AtLeast(_, parts):
            for part in parts:
                yield from comparisons(part)


class ConditionReader:
    """Reads conditions against a vocabulary; what is wrong goes to `faults`.

    `count` holds how many comparisons were read so far. `subject` says whose
    profile the conditions belong to: facts of a person stand in profiles of people only.
    """

    def __init__(self, facts: Mapping[str, Fact], lists: Mapping[str, object], faults: list[Fault]) -> None:
        self.facts = facts
        self.lists = lists
        self.faults = faults
        self.count = 0
        self.subject = "company"

    def fault(self, path: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault(path, message, hint))

    def read(self, raw: object, path: str, *, bonus: bool = False, depth: int = 1) -> Condition | None:
        """The condition that `raw` describes, or None after a fault was noted."""
        if depth > DEEPEST:
            self.fault(path, f"is nested deeper than {DEEPEST} levels")
            return None
        if not isinstance(raw, Mapping):
            self.fault(path, "is not a condition", "like {fact: employees, at_least: 15}")
            return None
        match sorted(str(key) for key in raw):
            case keys if "fact" in keys:
                return self.comparison(raw, path, bonus=bonus)
            case ["known" | "unknown" as word]:
                fact = self.fact(raw[word], f"{path}.{word}", bonus=bonus)
                self.count += 1
                return Known(fact.key, word == "known") if fact else None
            case ["all" | "any" as word]:
                parts = self.parts(raw[word], f"{path}.{word}", bonus=bonus, depth=depth)
                return None if parts is None else (AllOf if word == "all" else AnyOf)(parts)
            case ["not"]:
                part = self.read(raw["not"], f"{path}.not", bonus=bonus, depth=depth + 1)
                return Not(part) if part else None
            case ["at_least", "of"]:
                return self.at_least(raw, path, bonus=bonus, depth=depth)
            case keys:
                hint = "a condition has fact, known, unknown, all, any, not, or at_least with of"
                self.fault(path, f"is not a condition: it has {', '.join(keys) or 'nothing in it'}", hint)
                return None

    def parts(self, raw: object, path: str, *, bonus: bool, depth: int) -> tuple[Condition, ...] | None:
        if not isinstance(raw, list):
            self.fault(path, "is not a list of conditions")
            return None
        if not raw:
            self.fault(path, "is empty", "name at least one condition")
            return None
        parts = [self.read(part, f"{path}[{place}]", bonus=bonus, depth=depth + 1) for place, part in enumerate(raw)]
        return None if None in parts else tuple(part for part in parts if part)

    def at_least(self, raw: Mapping[object, object], path: str, *, bonus: bool, depth: int) -> Condition | None:
        parts = self.parts(raw["of"], f"{path}.of", bonus=bonus, depth=depth)
        count = raw["at_least"]
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            self.fault(f"{path}.at_least", "is not a whole number from 1 up")
            return None
        if isinstance(raw["of"], list) and count > len(raw["of"]):
            self.fault(f"{path}.at_least", f"asks for {count} of only {len(raw['of'])} conditions")
            return None
        return None if parts is None else AtLeast(count, parts)

    def fact(self, raw: object, path: str, *, bonus: bool) -> Fact | None:
        if not isinstance(raw, str):
            self.fault(path, "is not the name of a fact")
            return None
        fact = self.facts.get(raw)
        if fact is None:
            self.fault(path, f"unknown fact {raw!r}", guess(raw, self.facts))
        elif fact.bonus_only and not bonus:
            self.fault(path, f"the fact {raw!r} may stand in a bonus only")
            return None
        elif fact.subject == "contact" and self.subject != "contact":
            self.fault(path, f"{raw!r} is a fact of a person", "only a profile with subject: contact reads it")
            return None
        elif (fact.bonus_only or fact.result) and self.subject == "contact":
            self.fault(path, f"{raw!r} comes out of scoring, and the points of people go into it")
            return None
        return fact

    def comparison(self, raw: Mapping[object, object], path: str, *, bonus: bool) -> Condition | None:
        self.count += 1
        fact = self.fact(raw["fact"], f"{path}.fact", bonus=bonus)
        missing = raw.get("missing")
        if missing is not None and missing not in MISSING:
            self.fault(f"{path}.missing", f"{missing!r} is no answer", choices_hint(MISSING))
            return None
        keys = [str(key) for key in raw if key not in ("fact", "missing")]
        if len(keys) != 1:
            found = f"has {len(keys)} operators: {', '.join(keys)}" if keys else "has no operator"
            hint = "one fact, one operator; join several with all" if keys else ""
            self.fault(path, found, hint)
            return None
        operator = OPERATORS.get(keys[0])
        if operator is None:
            self.fault(f"{path}.{keys[0]}", f"unknown operator {keys[0]!r}", guess(keys[0], OPERATORS))
            return None
        if fact is None:
            return None
        if not operator.suits(fact.kind, ordered=fact.ordered):
            has = [key for key, each in OPERATORS.items() if each.suits(fact.kind, ordered=fact.ordered)]
            message = f"{fact.key!r} is of kind {fact.kind} and does not have {operator.key}"
            self.fault(f"{path}.{operator.key}", message, choices_hint(has))
            return None
        place = f"{path}.{operator.key}"
        try:
            value = self.value(fact, operator, raw[operator.key], place)
        except InvalidValue as error:
            self.fault(place, f"{shown(raw[operator.key])} {error}", self.hint(fact, raw[operator.key]))
            return None
        return Compare(fact.key, operator.key, value, missing)

    def hint(self, fact: Fact, raw: object) -> str:
        """What could have been meant by a value that `fact` does not have."""
        if fact.choices and isinstance(raw, str):
            return guess(fold(raw), fact.choices)
        return {
            Kind.BOOLEAN: "write true or false",
            Kind.DATE: "write a day like 2026-01-31",
        }.get(fact.kind, "")

    def value(self, fact: Fact, operator: Operator, raw: object, path: str) -> object:
        """What `operator` compares with, checked; raises InvalidValue."""
        match operator.takes:
            case Takes.ONE:
                return one(fact, raw)
            case Takes.FLAG:
                if not isinstance(raw, bool):
                    raise InvalidValue("is neither true nor false")
                return raw
            case Takes.DAYS:
                if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= 100_000:
                    raise InvalidValue("is not a number of days from 0 to 100000")
                return raw
            case Takes.PAIR:
                if not isinstance(raw, list) or len(raw) != 2:
                    raise InvalidValue("is not a list of two values")
                low, high = one(fact, raw[0]), one(fact, raw[1])
                if low > high:  # type: ignore[operator]
                    raise InvalidValue("has the higher value first")
                return low, high
            case Takes.LIST:
                if not isinstance(raw, str) or raw not in self.lists:
                    raise InvalidValue(
                        "is not a list of this document"
                        + (f"; {near}" if (near := guess(str(raw), self.lists)) else "")
                    )
                return raw
            case Takes.MANY | Takes.PHRASES:
                return self.several(fact, operator, raw)

    def several(self, fact: Fact, operator: Operator, raw: object) -> tuple[object, ...]:
        if operator.takes is Takes.PHRASES and isinstance(raw, str):
            raw = [raw]
        if not isinstance(raw, list):
            raise InvalidValue("is not a list")
        if not raw:
            raise InvalidValue("is empty: name at least one value")
        if len(raw) > MOST_VALUES:
            raise InvalidValue(f"has more than {MOST_VALUES} values; use a list of the document")
        if operator.takes is Takes.PHRASES:
            phrases = tuple(fold(read_text(phrase)) for phrase in raw)
            if operator.key == "has_word" and not all(words(phrase) for phrase in phrases):
                raise InvalidValue("holds an entry without a word")
            if operator.key == "ends_with" and not all(phrase.strip(". ") for phrase in phrases):
                raise InvalidValue("holds an empty ending")
            return phrases
        if fact.kind is Kind.SET:
            names = tuple(fold(read_text(name)) for name in raw)
            if "" in names:
                raise InvalidValue("holds an empty name")
            return names
        return tuple(one(fact, each) for each in raw)


def one(fact: Fact, raw: object) -> Number | date | bool | str:
    """One value of `fact` to compare with; numbers out of bounds may stand in a rule."""
    if fact.kind in NUMBERS:
        number = exact_number(Fact(fact.key, fact.label, Kind.DECIMAL), raw)
        if isinstance(number, Decimal) and Decimal(str(float(number))) != number:
            raise InvalidValue("has more digits than JSON carries")
        return number
    if fact.kind is Kind.DATE:
        if not isinstance(raw, str | date):
            raise InvalidValue("is not a date")
        return read_date(raw)
    if fact.kind in WORDS:
        text = read(fact, raw)
        if not isinstance(text, str):
            raise InvalidValue("is no word")
        return text
    if not isinstance(raw, bool):
        raise InvalidValue("is neither true nor false")
    return raw


def shown(raw: object) -> str:
    """`raw` as a person wrote it, cut when long."""
    text = repr(str(raw) if isinstance(raw, Decimal) else raw)
    return text if len(text) <= 60 else text[:57] + "…"


def write(condition: Condition) -> dict[str, object]:
    """`condition` as it stands in a document; reading it again gives an equal one."""
    match condition:
        case Compare(fact, operator, value, missing):
            out: dict[str, object] = {"fact": fact, operator: plain(value)}
            return out | {"missing": missing} if missing is not None else out
        case Known(fact, wanted):
            return {"known" if wanted else "unknown": fact}
        case AllOf(parts):
            return {"all": [write(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [write(part) for part in parts]}
        case AtLeast(count, parts):
            return {"at_least": count, "of": [write(part) for part in parts]}
        case Not(part):
            return {"not": write(part)}


def plain(value: object) -> object:
    """`value` in the types of JSON; numbers stay exact."""
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value
