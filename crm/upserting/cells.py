"""What stands in a row of JSON, as the columns keep it; raises Refused for what they cannot."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from difflib import get_close_matches

from django_countries.data import COUNTRIES

from crm.imports import vocabularies
from crm.imports.applying import NOT_LISTED
from crm.imports.columns import ENDS, Value
from crm.imports.numerals import Refused
from crm.imports.values import CENT, clean
from crm.models import Company
from crm.names import NotADomain, registrable_domain
from personas.rules.facts import NUMBERS, Fact, InvalidValue, Kind, Number, Span, read, read_date

MOST_COUNT = 2**63 - 1
MOST_MONEY = Decimal(10**16)
MOST_CUSTOM = Decimal(10**24)
CUSTOM_STEP = Decimal("0.000001")
EXACTLY = Context(prec=40, rounding=ROUND_HALF_EVEN)
"""With as many digits as the column of a custom number has, and more."""
LONGEST = {"city": 200, "industry": 200, "company_type": 60, "domain": 2000}
CHOICES = {
    "lifecycle_stage": tuple(Company.Stage.values),
    "status": tuple(Company.Status.values),
}
MOST_MEMBERS = 200
NAME_LENGTH = 300
STATED = 300
WRAPPED = frozenset({"value", "observed_on", "source", "complete"})


def text_of(raw: object, *, limit: int) -> str | None:
    """A text on one line; None for nothing."""
    if not isinstance(raw, str):
        raise Refused("is not text")
    return clean(raw, limit=limit) or None


def day_of(raw: object, today: date) -> date:
    """The day on which something was observed."""
    try:
        day = read_date(raw)
    except InvalidValue as error:
        raise Refused(str(error)) from None
    if day > today:
        raise Refused(f"{day} is in the future")
    return day


def known_word(key: str, known: Mapping[str, object] | frozenset[str]) -> str:
    """Why a name in a row is not known, and which one may be meant."""
    near = get_close_matches(key, list(known), n=1)
    return f"is nothing that a row can say{f' (did you mean {near[0]}?)' if near else ''}"


def value_of_fact(fact: Fact, raw: object, *, name: str) -> tuple[Value | None, str]:
    """The value of a built-in fact as its column keeps it, and the row's own words for it."""
    if fact.key in ENDS:
        return ends_of(fact, raw), ""
    if fact.key == "domain":
        return domain_of(raw, name), ""
    if fact.key == "country":
        text = text_of(raw, limit=NAME_LENGTH)
        code = text.upper() if text and text.upper() in COUNTRIES else vocabularies.country(text) if text else None
        return code, ""
    if fact.key in LONGEST:
        return text_of(raw, limit=LONGEST[fact.key]), ""
    if fact.key in CHOICES:
        return choice_of(CHOICES[fact.key], raw), ""
    try:
        value = read(fact, raw)
    except InvalidValue as error:
        raise Refused(str(error)) from None
    if fact.key == "is_public":
        return (Company.Status.PUBLIC, "true") if value else (Company.Status.OPERATING, NOT_LISTED)
    if isinstance(value, Span):
        raise Refused("is a range, where one value is kept")
    return value if isinstance(value, str | int) else None, ""


def choice_of(known: tuple[str, ...], raw: object) -> str | None:
    """One of these words."""
    text = text_of(raw, limit=NAME_LENGTH)
    if text is not None and text not in known:
        raise Refused(f"is none of {', '.join(known)}")
    return text


def domain_of(raw: object, name: str) -> str | None:
    """The registrable domain of an address."""
    text = text_of(raw, limit=LONGEST["domain"])
    try:
        return registrable_domain(text, name=name) if text else None
    except NotADomain as error:
        raise Refused(str(error)) from None


def ends_of(fact: Fact, raw: object) -> tuple[Number | None, Number | None]:
    """The two ends of a number or a range, as the columns of the company keep them."""
    span = span_of(fact, raw)
    if fact.kind is Kind.MONEY:
        return money(span.low), money(span.high)
    if any(end is not None and end > MOST_COUNT for end in (span.low, span.high)):
        raise Refused("is more than there can be")
    return span.low, span.high


def span_of(fact: Fact, raw: object) -> Span:
    try:
        value = read(fact, raw)
    except InvalidValue as error:
        raise Refused(str(error)) from None
    if isinstance(value, Span):
        return value
    number = value if isinstance(value, int | Decimal) else None
    return Span(number, number)


def money(amount: Number | None) -> Decimal | None:
    """US dollars to the cent."""
    if amount is None:
        return None
    if amount >= MOST_MONEY:
        raise Refused("is more than there can be")
    return Decimal(amount).quantize(CENT, ROUND_HALF_EVEN)


def custom_value(fact: Fact, raw: object) -> dict[str, object]:
    """The columns of an attribute with the value of a custom fact."""
    if fact.kind in NUMBERS:
        span = span_of(fact, raw)
        return {"low": custom_number(span.low), "high": custom_number(span.high)}
    if fact.kind in (Kind.BOOLEAN, Kind.DATE):
        try:
            return {"boolean" if fact.kind is Kind.BOOLEAN else "day": read(fact, raw)}
        except InvalidValue as error:
            raise Refused(str(error)) from None
    text = text_of(raw, limit=1000)
    if fact.choices and text is not None:
        try:
            read(fact, text)
        except InvalidValue as error:
            raise Refused(str(error)) from None
    return {"text": text}


def custom_number(number: Number | None) -> Decimal | None:
    if number is None:
        return None
    if not -MOST_CUSTOM < number < MOST_CUSTOM:
        raise Refused("has too many digits")
    found = EXACTLY.quantize(Decimal(number), CUSTOM_STEP)
    if abs(found) >= MOST_CUSTOM:
        raise Refused("has too many digits")
    return found


def names_of(raw: object) -> tuple[str, ...]:
    """The names in a set, each once."""
    if not isinstance(raw, list):
        raise Refused("is not a list of names")
    if len(raw) > MOST_MEMBERS:
        raise Refused(f"has {len(raw)} names, {MOST_MEMBERS} is the most")
    found = [text_of(each, limit=NAME_LENGTH) for each in raw]
    return tuple(dict.fromkeys(each for each in found if each))


def is_wrapped(raw: object) -> bool:
    """Whether a fact is given with its day, its source, or that it is complete, as {"value": …, …}."""
    return isinstance(raw, dict) and "value" in raw


# Lines of JSON

LONGEST_LINE = 64 * 1024
NOT_JSON = "is not JSON"


def read_line(line: bytes) -> object:
    """What a line of JSON says."""
    if len(line) > LONGEST_LINE:
        raise Refused(f"has {len(line)} bytes, {LONGEST_LINE} is the most in one row")
    try:
        return json.loads(line, parse_constant=no_number)
    except Refused:
        raise
    except RecursionError:
        raise Refused("is nested too deeply") from None
    except UnicodeDecodeError:
        raise Refused("is not UTF-8") from None
    except ValueError as error:
        message = getattr(error, "msg", "") or "has a number with too many digits"
        raise Refused(f"{NOT_JSON}: {message}") from None


def no_number(word: str) -> object:
    raise Refused(f"{NOT_JSON}: {word} is no number")


def rows_of(lines: Iterator[bytes]) -> Iterator[object]:
    """What each line that is not empty says; one that cannot be read is the Refused that says why."""
    for line in lines:
        if line.strip():
            try:
                yield read_line(line)
            except Refused as error:
                yield error
