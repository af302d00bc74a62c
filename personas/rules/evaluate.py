"""Facts in, results out, as JSON Lines: the contract of `manage.py evaluate`."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .cells import UNKNOWN
from .errors import guess
from .facts import Fact, InvalidValue, Known, Members, read, read_date
from .parts import Subject
from .scoring import Scorer

MOST_BODIES = 50_000
MOST_READINGS = 200_000
MOST_WARNED = 1_000
"""So many unknown facts are told of; the others are left out without a word."""
SURROGATE = re.compile("[\ud800-\udfff]")


# The place of the fact among the cells (None where no rule reads it), its cell, and "stale", "invalid" or "".
Reading = tuple[int | None, int, str]


class BadLine(ValueError):
    """A line that is not facts; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Posted:
    """The facts of one line: what is known, what is too old, what cannot be, and what has no name here."""

    known: Mapping[str, Known]
    stale: frozenset[str]
    invalid: frozenset[str]
    unnamed: tuple[str, ...] = ()


def read_facts(raw: object, vocabulary: Mapping[str, Fact], at: date) -> Posted:
    """The facts that `raw` posts; raises BadLine where it is no set of facts."""
    if not isinstance(raw, Mapping):
        raise BadLine("facts: is not an object of facts and values")
    known: dict[str, Known] = {}
    stale, invalid, unnamed = [], [], []
    for key, given in raw.items():
        if given is None:
            continue
        fact = vocabulary.get(key)
        if fact is None:
            unnamed.append(key)
            continue
        try:
            value, fresh = read_posted(fact, given, at)
        except InvalidValue:
            invalid.append(key)
            continue
        if value is None:
            continue
        if fresh:
            known[key] = value
        else:
            stale.append(key)
    return Posted(known, frozenset(stale), frozenset(invalid), tuple(unnamed))


def read_posted(fact: Fact, given: object, at: date) -> tuple[Known | None, bool]:
    """The value that stands for `fact` and whether it is fresh at `at`; raises InvalidValue."""
    if not isinstance(given, dict) or not {"value", "as_of", "source", "complete"} & given.keys():
        return read(fact, given), True
    if "low" in given or "high" in given:
        ends = {end: given[end] for end in ("low", "high") if end in given}
        if given.get("value") is not None:
            raise InvalidValue("has both a value and a range")
        return read(fact, ends), is_fresh(fact, given, at)
    complete = given.get("complete", True)
    if not isinstance(complete, bool):
        raise InvalidValue("complete is neither true nor false")
    fresh = is_fresh(fact, given, at)
    return read(fact, given.get("value"), complete=complete), fresh


def is_fresh(fact: Fact, given: Mapping[str, object], at: date) -> bool:
    """Whether the value is young enough; one of unknown age is."""
    as_of = given.get("as_of")
    if as_of is None:
        return True
    day = read_date(as_of)
    return fact.fresh_for_days is None or (at - day).days <= fact.fresh_for_days


class Evaluator:
    """Writes results of posted facts; results of equal cells are worked out and printed once.

    With `subject` "contact" the scorer is one of the profiles of people, the
    facts are those of a person and of their company, and there is no segment.
    """

    def __init__(
        self, scorer: Scorer, warn: Callable[[str], None] = lambda text: None, subject: Subject = "company"
    ) -> None:
        self.scorer = scorer
        self.subject = subject
        self.vocabulary = {
            key: fact for key, fact in scorer.document.vocabulary.items() if fact.subject in ("company", subject)
        }
        self.warn = warn
        self.warned: set[str] = set()
        self.bodies: dict[tuple[object, ...], str] = {}
        self.decode = json.JSONDecoder(parse_float=number, parse_constant=refuse).decode
        self.places = {fact: place for place, fact in enumerate(scorer.cuts)}
        self.readings: dict[object, Reading] = {}
        self.failed = 0

    def lines(self, lines: Iterable[str | bytes]) -> Iterator[str]:
        """One JSON object for each line that is not empty, in order; `failed` counts the wrong ones."""
        for line in lines:
            if line.strip():
                yield self.line(line)

    def line(self, line: str | bytes) -> str:
        """The result of one line, or an object with its error."""
        try:
            if isinstance(line, bytes):
                line = line.decode("utf-8-sig")
            data = self.decode(line)
        except (ValueError, RecursionError) as error:
            return self.wrong("null", f"is not JSON: {str(error) or 'nested too deep'}")
        return self.row(data)

    def row(self, data: object) -> str:
        """The result of one line that was read, with numbers as `decode` reads them; or an object with its error."""
        identity = "null"
        try:
            if not isinstance(data, dict):
                raise BadLine('is not an object like {"id": …, "facts": {…}}')
            identity = echo(data.get("id"))
            if "facts" not in data:
                raise BadLine("facts: is missing")
            body = self.body(data["facts"])
        except BadLine as error:
            return self.wrong(identity, str(error))
        return f'{{"id": {identity}, {body}'

    def wrong(self, identity: str, said: str) -> str:
        self.failed += 1
        return f'{{"id": {identity}, "error": {json.dumps(said, ensure_ascii=False)}}}'

    def body(self, raw: object) -> str:
        """The result for these facts as JSON text, without its opening brace."""
        if not isinstance(raw, dict):
            raise BadLine("facts: is not an object of facts and values")
        row = [UNKNOWN] * len(self.places)
        marked: list[tuple[str, str]] = []
        for fact, given in raw.items():
            place, cell, mark = self.reading(fact, given)
            if mark:
                marked.append((mark, fact))
            elif place is not None:
                row[place] = cell
        cells, marks = tuple(row), frozenset(marked)
        key = (cells, marks)
        found = self.bodies.get(key)
        if found is None:
            stale, invalid = (frozenset(fact for mark, fact in marks if mark == word) for word in ("stale", "invalid"))
            result = self.scorer.score(cells).as_json(stale, invalid)
            if self.subject == "contact":
                del result["segment"]
            found = json.dumps(result, ensure_ascii=False)[1:]
            if len(self.bodies) >= MOST_BODIES:
                self.bodies.clear()
            self.bodies[key] = found
        return found

    def reading(self, fact: str, given: object) -> Reading:
        """What `given` says of `fact`; equal values are read once."""
        try:
            key = (fact, type(given), hashable(given))
            found = self.readings.get(key)
        except TypeError:
            return self.read(fact, given)
        if found is None:
            if len(self.readings) >= MOST_READINGS:
                self.readings.clear()
            found = self.readings[key] = self.read(fact, given)
        return found

    def read(self, fact: str, given: object) -> Reading:
        posted = read_facts({fact: given}, self.vocabulary, self.scorer.at)
        place = self.places.get(fact)
        if posted.unnamed and fact not in self.warned and len(self.warned) < MOST_WARNED:
            self.warned.add(fact)
            near = guess(fact, self.vocabulary)
            self.warn(f"facts.{fact}: unknown fact {fact!r} is left out" + (f" ({near})" if near else ""))
        mark = "stale" if posted.stale else "invalid" if posted.invalid else ""
        if place is None or fact not in posted.known:
            return place, UNKNOWN, mark
        return place, self.scorer.cuts[fact].cell(posted.known[fact]), mark


def hashable(given: object) -> object:
    """`given` as something that can be looked up; raises TypeError or stays unhashable where it is nested deeper."""
    if isinstance(given, list):
        return tuple(given)
    if isinstance(given, dict):
        return tuple(
            [(key, type(value), tuple(value) if isinstance(value, list) else value) for key, value in given.items()]
        )
    return given


def refuse(name: str) -> object:
    raise ValueError(f"{name} is not a number of JSON")


def number(text: str) -> Decimal:
    """The number that `text` spells, exactly; infinity for one beyond all bounds."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return Decimal("Infinity")


def echo(identity: object) -> str:
    """`identity` as JSON text; raises BadLine where it cannot be printed.

    A lone surrogate, which no output takes, is escaped.
    """
    try:
        text = json.dumps(plain(identity), ensure_ascii=False)
    except RecursionError:
        raise BadLine("id: is nested too deep") from None
    return json.dumps(plain(identity)) if SURROGATE.search(text) else text


def plain(value: object) -> object:
    """`value` with exact numbers as JSON prints them; raises BadLine for one out of bounds."""
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > 300:
            raise BadLine("id: holds a number out of bounds")
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


__all__ = ["BadLine", "Evaluator", "Members", "read_facts"]
