"""Numbers as people and programs write them: numerals, amounts and the ends of a range.

Nothing here knows what is counted. `comma` says that the file sets fractions
off by a comma, as in 1.234,56; numerals that can only be read one way are read
that way whatever it says.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

from personas.rules.facts import Span


class Refused(ValueError):
    """The text cannot be read as what its column holds; the message says why."""


THOUSAND, MILLION, BILLION = Decimal(10**3), Decimal(10**6), Decimal(10**9)
SCALES = {
    word: scale
    for scale, words in (
        (THOUSAND, "k thousand thousands tsd tsd. tausend mille"),
        (MILLION, "m mm mn mln mio mio. million millions millionen"),
        (BILLION, "b bn bln billion billions mrd mrd. milliarde milliarden"),
        (Decimal(10**12), "tn trillion trillions"),
        (Decimal(10**5), "lakh lakhs lac lacs"),
        (Decimal(10**7), "cr cr. crore crores"),
    )
    for word in words.split()
}

SPACED = re.compile(r"\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?")
BY_COMMA = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})*,\d{3})(?:\.\d+)?")
BY_POINT = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")
FRACTION = re.compile(r"\d*[.,]\d+|\d+[.,]?")
EITHER_WAY = re.compile(r"[1-9]\d{0,2}([.,])\d{3}")
EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?e[+-]?\d+", re.IGNORECASE)
DATE = re.compile(
    r"\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}[-. ](?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)\w*"
    r"|(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)\w*[-. ]\d{1,2}"
)
EXCEL_ERROR = re.compile(r"#(?:name\?|ref!|value!|div/0!|num!|null!|spill!|calc!|#+)", re.IGNORECASE)

NUMBER = r"(?:\d[\d.,'’ ]*\d|\d|[.,]\d+)"
AMOUNT = re.compile(rf"({NUMBER}) ?([a-z]+\.?)?")
ABOUT = re.compile(r"^(?:[~≈]|approx(?:imately|\.)?|about|around|circa|ca\.|ca\b|c\.|est\.|rund|etwa|environ) ?")
NOTE = re.compile(r" ?[(\[](?:(?:in |as of |stand )?(?:19|20)\d\d|est\.?|estimated?|approx\.?|geschätzt)[)\]]$")
BELOW = re.compile(r"^(?:<|less than|fewer than|under|below|weniger als|unter|moins de) ?(?![=<])(.+)$")
UP_TO = re.compile(r"^(?:<=|≤|=<|up to|at most|max\.?|bis zu|bis) ?(.+)$")
ABOVE = re.compile(r"^(?:>|more than|over|above|mehr als|über|plus de) ?(?![=>])(.+)$")
FROM = re.compile(
    r"^(?:>=|≥|=>|at least|min\.?|from|ab|mindestens) ?(.+)$"
    r"|^(.+?) ?(?:\+|or more|and more|and above|oder mehr|und mehr)$"
)
BETWEEN = re.compile(r"^(?:between |from |zwischen |von )?(.+?) ?(?:-|–|—|−|\bto\b|\bbis\b|\.\.+|…| and | und ) ?(.+)$")
POINT_SURE = re.compile(r"\d,\d{3}\.\d|\d,\d{2,3},\d{3}(?!\d)|(?<![\d.,])\d+\.\d{1,2}(?![\d.,])")
COMMA_SURE = re.compile(r"\d\.\d{3},\d|\d\.\d{3}\.\d{3}(?!\d)|(?<![\d.,])\d+,\d{1,2}(?![\d.,])")


def sets_off_by_comma(texts: Iterable[str]) -> bool | None:
    """Whether fractions in these cells are set off by a comma; None when they do not tell."""
    commas = points = 0
    for text in texts:
        commas += COMMA_SURE.search(text) is not None
        points += POINT_SURE.search(text) is not None
    return None if commas == points else commas > points


def numeral(text: str, *, comma: bool, scaled: bool = False) -> Decimal:
    """The number that `text`, digits and their marks only, stands for.

    `scaled` says that a word such as million follows, so that 6.874 is a
    fraction. Raises Refused for what has no reading, or has two.
    """
    if text.isdecimal():
        return Decimal(text)
    if SPACED.fullmatch(text):
        return Decimal(re.sub(r"[ '’]", "", text).replace(",", "."))
    if found := EITHER_WAY.fullmatch(text):
        grouping = "." if comma else ","
        if found[1] == grouping:
            return Decimal(text.replace(grouping, ""))
        if not scaled:
            whole = text.replace(".", "").replace(",", "")
            raise Refused(f"{text} may be {whole} or {text.replace(',', '.')}: say --decimal comma or --decimal point")
    if FRACTION.fullmatch(text):
        return Decimal(text.replace(",", ".").rstrip("."))
    if BY_COMMA.fullmatch(text):
        return Decimal(text.replace(",", ""))
    if BY_POINT.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    raise Refused(f"{text[:60]!r} is not a number")


def amount(text: str, *, comma: bool, borrowed: Decimal | None = None) -> tuple[Decimal, Decimal | None]:
    """A number times its word (2.5k, 36.9 million), and the worth of that word.

    `borrowed` is the word's worth where `text` has none, as 10 in "10-50M".
    """
    found = AMOUNT.fullmatch(text)
    if not found or (found[2] and found[2] not in SCALES):
        raise Refused(f"{text[:60]!r} is not a number")
    scale = SCALES[found[2]] if found[2] else None
    number = numeral(found[1], comma=comma, scaled=(scale or borrowed) is not None)
    return number * (scale or borrowed or 1), scale


def span(text: str, *, comma: bool, step: Decimal) -> Span:
    """The ends that `text` (folded, without units) gives; equal for an exact number.

    `step` is the smallest difference there is: "below 20" ends one step before
    20. Raises Refused for what is no number and no range.
    """
    refuse_damage(text)
    if DATE.fullmatch(text):
        raise Refused(f"{text} is a date, which a spreadsheet may have made of a range such as 11-50")
    text = NOTE.sub("", ABOUT.sub("", text)).strip()
    if found := UP_TO.match(text):
        return Span(Decimal(0), amount(found[1], comma=comma)[0])
    if found := BELOW.match(text):
        end = amount(found[1], comma=comma)[0]
        if not end:
            raise Refused("nothing is below 0")
        return Span(Decimal(0), end - step)
    if found := FROM.match(text):
        return Span(amount(found[1] or found[2], comma=comma)[0], None)
    if found := ABOVE.match(text):
        return Span(amount(found[1], comma=comma)[0] + step, None)
    if AMOUNT.fullmatch(text):
        exact = amount(text, comma=comma)[0]
        return Span(exact, exact)
    if found := BETWEEN.match(text):
        return between(found[1], found[2], comma=comma)
    if text.startswith(("-", "−")):
        raise Refused("is below 0")
    raise Refused(f"{text[:60]!r} is not a number")


def between(first: str, last: str, *, comma: bool) -> Span:
    """The range from `first` to `last`; in "10-50M" both are millions."""
    high, scale = amount(last, comma=comma)
    low, own = amount(first, comma=comma)
    if scale and not own and low <= high / scale:
        low, _ = amount(first, comma=comma, borrowed=scale)
    if low > high:
        raise Refused(f"starts at {low:f} and ends before that, at {high:f}")
    return Span(low, high)


def refuse_damage(text: str) -> None:
    """Returns only when no spreadsheet has spoiled this cell; raises Refused with what happened to it."""
    if EXCEL_ERROR.fullmatch(text):
        raise Refused(f"{text[:10]} is an error that a spreadsheet left in place of the value")
    if EXPONENT.fullmatch(text):
        raise Refused(f"{text} was shortened by a spreadsheet: format the column as text or number and export again")
