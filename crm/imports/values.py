"""What a cell says: a number of people, money, a year, a day, a country, one of several words.

Each reader returns the value, or None when the cell says nothing, and raises
Refused for what it cannot read. None of them touches the database.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from personas.rules.facts import Span
from personas.rules.words import fold

from .numerals import Refused, refuse_damage, span

NOTHING = frozenset(
    (
        "", "-", "–", "—", "--", "---", "?", ".", "/", "n/a", "n.a.", "n.a", "na", "#n/a", "nan", "none", "null", "nil",
        "unknown", "undisclosed", "unspecified", "not available", "not disclosed", "not provided", "not specified",
        "no data", "tbd", "tba", "k.a.", "k/a", "unbekannt", "keine angabe", "[]", "{}", "(blank)",
    )
)  # fmt: skip
NO_NAME = frozenset({"", "-", "–", "—", "?", ".", "n/a", "n.a.", "#n/a", "nan", "unknown", "(blank)", "keine angabe"})

ALONE = frozenset(
    (
        "self-employed", "self employed", "freelancer", "freelance", "solo", "solopreneur", "sole proprietor",
        "just me", "selbstständig", "selbständig", "freiberufler", "indépendant",
    )
)  # fmt: skip
PEOPLE = re.compile(
    r" ?\b(?:employees?|people|persons?|staff|members?|team members|workers|headcount|fte'?s?"
    r"|mitarbeiter(?:innen|/-?innen)?|beschäftigte|personen|ma|empleados|salariés)\.?$"
)
MOST_PEOPLE = 10**9
MOST_MONEY = Decimal(10**13)
CENT = Decimal("0.01")
ESCAPED_SPACE = re.compile(r"(?:\\+xc2)?\\+xa0")

SIGNS = {
    "us$": "USD", "$": "USD", "€": "EUR", "£": "GBP", "₹": "INR", "¥": "JPY", "₩": "KRW", "₪": "ILS", "₺": "TRY",
    "₽": "RUB", "zł": "PLN", "r$": "BRL", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "nz$": "NZD",
    "s$": "SGD", "hk$": "HKD", "rs.": "INR", "rs": "INR", "fr.": "CHF", "sfr.": "CHF",
}  # fmt: skip
CODES = frozenset(
    (
        "usd", "eur", "gbp", "inr", "jpy", "krw", "ils", "try", "rub", "pln", "brl", "aud", "cad", "nzd", "sgd", "hkd",
        "chf", "cny", "rmb", "sek", "nok", "dkk", "czk", "huf", "ron", "bgn", "mxn", "ars", "clp", "cop", "pen", "zar",
        "ngn", "kes", "egp", "aed", "sar", "thb", "idr", "myr", "php", "vnd", "twd", "pkr", "bdt", "uah", "isk",
    )
)  # fmt: skip
CURRENCY = re.compile(
    r"(?<![a-z])(?:" + "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True)) + r")(?![a-z])"
    r"|(?<![a-z])(?:" + "|".join(sorted(CODES)) + r")(?![a-z])"
)
A_MONTH = re.compile(r" ?(?:/ ?mo(?:nth)?\.?|/ ?monat|per month|a month|monthly|pro monat|p\. ?m\.|mrr)$")
A_YEAR = re.compile(r" ?(?:/ ?y(?:ea)?r\.?|/ ?jahr|per year|a year|annually|per annum|pro jahr|p\. ?a\.|arr)$")


@dataclass(frozen=True)
class Money:
    """An amount as stated: its ends, its currency (None: not said), and of how many months it is (None: not said)."""

    ends: Span
    currency: str | None
    months: int | None = None


def plain(text: str) -> str:
    """The cell without the marks that programs leave around it, in lower case."""
    text = unicodedata.normalize("NFKC", ESCAPED_SPACE.sub(" ", text)).strip().removeprefix("'")
    return " ".join(text.casefold().split())


def people(text: str, *, comma: bool = False) -> Span | None:
    """How many people; None for nothing and for 0, which no company has and programs write for unknown."""
    text = plain(text)
    if text in NOTHING:
        return None
    text = PEOPLE.sub("", text).strip()
    if text in ALONE:
        return Span(1, 1)
    ends = count_ends(text, comma=comma)
    return None if ends == Span(0, 0) else ends


def count(text: str, *, comma: bool = False) -> Span | None:
    """How many of something; 0 is a number."""
    text = re.sub(r" ?\b(?:users?|consumers?|nutzer|customers?|accounts?)$", "", plain(text))
    return None if text in NOTHING else count_ends(text, comma=comma)


def count_ends(text: str, *, comma: bool) -> Span:
    """The ends of a range of whole numbers."""
    ends = span(text, comma=comma, step=Decimal(1))
    for end in (ends.low, ends.high):
        if end is not None and end != int(end):
            raise Refused(f"{end:f} is not a whole number")
        if end is not None and end > MOST_PEOPLE:
            raise Refused("is more than there can be")
    return Span(*(None if end is None else int(end) for end in (ends.low, ends.high)))


def money(text: str, *, comma: bool = False, scale: Decimal = Decimal(1)) -> Money | None:
    """An amount of money; `scale` is what the header says its numbers are in, such as thousands.

    An amount with a word of its own ("5M") is not scaled again.
    """
    text = plain(text)
    if text in NOTHING:
        return None
    refuse_damage(text)
    months = 1 if A_MONTH.search(text) else 12 if A_YEAR.search(text) else None
    text = A_YEAR.sub("", A_MONTH.sub("", text))
    found = {SIGNS.get(mark, mark.upper()) for mark in CURRENCY.findall(text)}
    if len(found) > 1:
        raise Refused(f"names several currencies: {', '.join(sorted(found))}")
    bare = " ".join(CURRENCY.sub(" ", text).split())
    bare = re.sub(r"^([<>≤≥=~-]+) ", r"\1", bare)
    if not re.search(r"\d", bare):
        raise Refused(f"{text[:60]!r} is not an amount of money")
    if bare.startswith(("-", "−", "(")):
        raise Refused("is below 0")
    ends = span(bare, comma=comma, step=CENT)
    if scale != 1 and not re.search(r"[a-z]", re.sub(r"\b(?:to|bis|and|und|less|than|more|over|up)\b", "", bare)):
        ends = Span(*(None if end is None else end * scale for end in (ends.low, ends.high)))
    if any(end is not None and end > MOST_MONEY for end in (ends.low, ends.high)):
        raise Refused("is more than there can be")
    return Money(ends, found.pop() if found else None, months)


def year(text: str) -> int | None:
    """The year that a cell names, alone ("2013", "2013.0") or in a date."""
    text = plain(text)
    if text in NOTHING or text == "0":
        return None
    found = YEAR.fullmatch(text)
    if found is None:
        refuse_damage(text)
    number = int(found[1] or found[2]) if found else day_of(text).year
    if not 1000 <= number <= 2100:
        raise Refused(f"{number} is no year between 1000 and 2100")
    return number


YEAR = re.compile(r"(\d{4})(?:\.0+|-q[1-4]|-\d{1,2}|-\d{1,2}-\d{1,2}(?:[t ].*)?)?|(?:\d{1,2}[./-]){1,2}(\d{4})")
DAYS = (
    "%d.%m.%Y", "%d.%m.%y", "%d %b %Y", "%d %B %Y", "%d-%b-%y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y",
    "%Y/%m/%d", "%Y%m%d",
)  # fmt: skip
SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?")


def day(text: str) -> date | None:
    """The day that a cell names; 3/4/2021 is refused, for it may be in March or in April."""
    text = plain(text)
    return None if text in NOTHING else day_of(text)


@lru_cache(maxsize=4096)
def day_of(text: str) -> date:
    """The day in a folded text."""
    try:
        return datetime.fromisoformat(text.replace(" utc", "").upper()).date()
    except ValueError:
        pass
    if found := SLASHED.fullmatch(text):
        first, second, in_year = (int(part) for part in found.groups())
        if first <= 12 and second <= 12 and first != second:
            raise Refused(f"{text} may be day/month or month/day: write it as 2026-01-31")
        month, of_month = (second, first) if first > 12 else (first, second)
        try:
            return date(in_year, month, of_month)
        except ValueError:
            raise Refused(f"{text} is not a date") from None
    for form in DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise Refused(f"{text[:60]!r} is not a date like 2026-01-31")


BIDI_AND_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean(text: str, *, limit: int) -> str:
    """The text on one line, without marks that turn the direction of writing; may be empty."""
    if not text.isprintable():
        if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise Refused("holds a character that no database takes: NUL, or a byte that the encoding does not have")
        text = BIDI_AND_CONTROL.sub("", text)
    text = " ".join(text.split())
    refuse_damage(text)
    if len(text) > limit:
        raise Refused(f"has {len(text)} letters, {limit} is the most")
    return text


def words(text: str, *, limit: int) -> str | None:
    """A text; None for nothing and for the words that stand for nothing."""
    text = clean(text, limit=limit)
    return None if fold(text) in NOTHING else text


def company_name(text: str) -> str | None:
    """A company's name; Null, True and 007 are names."""
    text = clean(text, limit=300)
    return None if fold(text) in NO_NAME else text


def one_of(text: str, known: Mapping[str, str | None], what: str) -> str | None:
    """What a word means in our own; None for a word known to mean nothing to us."""
    word = " ".join(re.split(r"[\s_/-]+", plain(text)))
    if word in NOTHING or plain(text) in NOTHING:
        return None
    if word in known:
        return known[word]
    raise Refused(f"{text[:60]!r} is no {what} that we know")
