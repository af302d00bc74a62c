"""Values in words: with their unit, and cut short where there are many."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from personas.rules.cells import show
from personas.rules.facts import Fact, Kind, Known, Members, Number, Span

MOST_SHOWN = 8
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
ONE = {"people": "person"}


def value_text(fact: Fact, value: Known | None, *, unit: bool = True) -> str:
    """What is known of `fact`, in words: "42 people", "11 to 50 people", "unknown".

    Without `unit` plain units are left out, for where the fact is named already.
    """
    if value is None:
        return "unknown"
    if isinstance(value, Members):
        return members_text(fact, value)
    if isinstance(value, Span):
        return span_text(fact, value, unit=unit)
    return one_text(fact, value, unit=unit)


def one_text(fact: Fact, value: object, *, unit: bool = True) -> str:
    """One value that a fact has or that a rule compares with."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return numbers_text(fact, [value], "", unit=unit)
    if isinstance(value, date):
        return value.isoformat()
    return name_text(fact, str(value))


def name_text(fact: Fact, name: str) -> str:
    """A word or name as people write it, in quotes where it would blur a list of names."""
    if fact.kind is Kind.CHOICE:
        return name.replace("_", " ")
    return f'"{name}"' if {",", ";", "(", ")"} & set(name) or {"and", "or"} & set(name.split()) else name


def numbers_text(fact: Fact, numbers: Sequence[Number], joint: str, *, unit: bool = True) -> str:
    """One number or two, with the unit once: "$100,000 a month", "15 to 500 people".

    Without `unit` a number is still said to be money or a percentage.
    """
    before, after = affixes(fact)
    if not unit and not before and fact.kind not in (Kind.MONEY, Kind.PERCENT):
        after = ""
    if numbers[-1] == 1:
        after = singular(after)
    written = [with_sign(before, digits(fact, each)) for each in numbers]
    return joint.join(written) + after


def affixes(fact: Fact) -> tuple[str, str]:
    """What stands before and after a number of `fact`."""
    unit = fact.unit
    if fact.kind is Kind.PERCENT or unit.startswith("%"):
        rest = unit.removeprefix("%").strip()
        return "", f"% {rest}" if rest else "%"
    if unit == "year":
        return "", ""
    if fact.kind is Kind.MONEY and unit:
        currency, _, rest = unit.partition(" ")
        if len(currency) == 3 and currency.isupper():
            return SIGNS.get(currency, f"{currency} "), f" {rest}" if rest else ""
    return "", f" {unit}" if unit else ""


def digits(fact: Fact, number: Number) -> str:
    """The bare number: years without a comma, cents with both places."""
    if fact.unit == "year":
        return str(number)
    if fact.kind is Kind.MONEY and number != int(number) and number * 100 == int(number * 100):
        return f"{number:,.2f}"
    return show(number)


def with_sign(before: str, number: str) -> str:
    """The minus in front of the currency: -$5."""
    return f"-{before}{number[1:]}" if number.startswith("-") else f"{before}{number}"


def singular(after: str) -> str:
    """The unit for one: " person", " user"."""
    head, _, word = after.rpartition(" ")
    if word in ONE:
        return f"{head} {ONE[word]}"
    return after[:-1] if word.endswith("s") and len(word) > 3 and not word.endswith("ss") else after


def span_text(fact: Fact, span: Span, *, unit: bool = True) -> str:
    """A number known as a range: "11 to 50 people", "at least 10,000 people"."""
    if span.low is not None and span.high is not None:
        return numbers_text(fact, [span.low, span.high], " to ", unit=unit)
    if span.low is not None:
        return f"at least {numbers_text(fact, [span.low], '', unit=unit)}"
    return f"at most {numbers_text(fact, [span.high or 0], '', unit=unit)}"


def members_text(fact: Fact, members: Members) -> str:
    """The names in a set, sorted; a set that may hold more says so."""
    if not members.names:
        return "none" if members.complete else "none known, maybe more"
    said = names_text([name_text(fact, each) for each in sorted(members.names)])
    return said if members.complete else f"{said}, maybe more"


def names_text(names: Iterable[str], joint: str = "", *, whole: bool = False) -> str:
    """Names with commas, cut at MOST_SHOWN unless `whole`; `joint` (or, and) before the last."""
    listed = list(names)
    if len(listed) > MOST_SHOWN + 1 and not whole:
        return f"{', '.join(listed[:MOST_SHOWN])} and {len(listed) - MOST_SHOWN:,} more"
    if len(listed) < 2 or not joint:
        return ", ".join(listed)
    return f"{', '.join(listed[:-1])} {joint} {listed[-1]}"


def points_text(points: Number | None) -> str:
    """Points with the word: "12 points", "1 point", "-2.5 points"."""
    return f"{show(points or 0)} {'point' if points in (1, -1) else 'points'}"
