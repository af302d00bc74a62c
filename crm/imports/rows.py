"""Rows to records: each cell read as the fact of its column, or refused with a reason."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Generic, TypeVar

from crm.names import NobodysDomain, NotADomain, compact, name_key, registrable_domain
from personas.rules.facts import Span

from . import values, vocabularies
from .columns import SETS, Ends, Value
from .headers import MONEY_FACTS, Column, ColumnMap
from .numerals import Refused, sets_off_by_comma
from .reading import Row

T = TypeVar("T")
Names = tuple[str, ...]
ExternalKey = tuple[str, str]
"""A system, and what it calls a company."""
Stored = Mapping[str, object]
"""The columns of a custom fact, by name."""

NUMBERS = ("employees", "consumer_users", "monthly_revenue", "funding_total")
LONGEST_STATED = 300
MOST_MEMBERS = 200
REMEMBERED = 20_000


@dataclass(frozen=True)
class Refusal:
    """A cell, or with an empty column a row, that was not taken, and why."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f"line {self.line}, {self.column}" if self.column else f"line {self.line}"
        return f"{where}: {self.reason}"


@dataclass(frozen=True)
class Seen(Generic[T]):
    """What a row says of one fact: the value (for a set its names), since when it holds, and how the file puts it.

    `source` is whose word it is where that is not the source of the whole run;
    `complete` says that the names of a set are all.
    """

    value: T
    on: date | None
    stated: str
    column: str
    source: str = ""
    complete: bool = False


@dataclass
class Record:
    """What one row says of one company."""

    line: int
    cells: list[str]
    name: str | None = None
    external_id: ExternalKey | None = None
    facts: dict[str, Seen[Value]] = field(default_factory=dict)
    sets: dict[str, Seen[Names]] = field(default_factory=dict)
    attributes: dict[str, Seen[Stored]] = field(default_factory=dict)
    cleared: tuple[str, ...] = ()
    cleared_on: date | None = None
    refused: list[Refusal] = field(default_factory=list)
    left: int = 0
    name_refused: bool = False
    empty: bool = False

    @property
    def domain(self) -> str | None:
        """The domain that it names."""
        seen = self.facts.get("domain")
        return str(seen.value) if seen else None

    @property
    def country(self) -> str | None:
        """The country that it names."""
        seen = self.facts.get("country")
        return str(seen.value) if seen else None

    @property
    def name_key(self) -> str:
        """What spellings of its name share; empty without a name."""
        return name_key(self.name)[:300] if self.name else ""

    def called(self, name: str) -> bool:
        """Whether its name and this one are spellings of one name."""
        return bool(self.name) and compact(self.name or "") == compact(name)


@dataclass(frozen=True)
class Reading:
    """How the cells of a file are read: what its columns do not say themselves.

    `rates` are US dollars for one of each currency; `currency` is that of
    amounts without one; `observed_on` the day of facts without one; `system`
    the one whose ids it holds.
    """

    comma: bool
    rates: Mapping[str, Decimal]
    currency: str = "USD"
    observed_on: date | None = None
    today: date = date.max
    system: str = "import"


class RowReader:
    """Reads rows as the columns say."""

    def __init__(self, columns: ColumnMap, reading: Reading, sample: Sequence[Row]) -> None:
        self.columns = columns
        self.reading = reading
        self.separators = {fact: separator(cells_of(sample, columns, [fact])) for fact in SETS}
        self.facts = [column for fact, column in columns.columns.items() if fact not in ("name", "external_id")]
        comma = reading.comma
        readers: Mapping[str, Callable[[str], Value | None]] = {
            "employees": lambda text: ends(values.people(text, comma=comma)),
            "consumer_users": lambda text: ends(values.count(text, comma=comma)),
            "founded": values.year,
            "country": vocabularies.country,
            "city": lambda text: values.words(text, limit=200),
            "industry": lambda text: values.words(text, limit=200),
            "company_type": lambda text: values.words(text, limit=60),
            "is_public": lambda text: values.one_of(text, vocabularies.STATUSES, "status"),
            "funding_stage": lambda text: values.one_of(text, vocabularies.STAGES, "funding stage"),
            "project_stage": lambda text: values.one_of(text, vocabularies.PROJECT_STAGES, "project stage"),
            "lifecycle_stage": lambda text: values.one_of(text, vocabularies.LIFECYCLE, "lifecycle stage"),
        }
        self.readers = {fact: lru_cache(maxsize=REMEMBERED)(read) for fact, read in readers.items()}
        self.day = lru_cache(maxsize=REMEMBERED)(values.day)

    def read(self, row: Row) -> Record:
        """What a row says; cells that cannot be read are noted in it and left out."""
        record = Record(row.line, row.cells)
        record.name = self.text_of("name", record, row, values.company_name)
        value = self.text_of("external_id", record, row, lambda text: values.words(text, limit=200))
        record.external_id = (self.reading.system, value) if value else None
        for column in self.facts:
            text = first_of(row.cells, column.positions)
            if not text:
                continue
            try:
                self.take(record, row, column, text)
            except Refused as refused:
                record.refused.append(Refusal(row.line, column.title, str(refused)))
        record.empty = not any(cell.strip() for cell in row.cells) or self.names_no_company(record)
        return record

    def names_no_company(self, record: Record) -> bool:
        """Whether this is a person or a deal without a company, which is nothing wrong."""
        said = record.name or record.external_id or record.domain or record.refused
        return bool(self.columns.about) and not said

    def text_of(self, fact: str, record: Record, row: Row, read: Callable[[str], str | None]) -> str | None:
        """The name or id in a row."""
        column = self.columns.columns.get(fact)
        if column is None:
            return None
        try:
            return read(first_of(row.cells, column.positions))
        except Refused as refused:
            record.refused.append(Refusal(row.line, column.title, str(refused)))
            record.name_refused |= fact == "name"
            return None

    def take(self, record: Record, row: Row, column: Column, text: str) -> None:
        """Afterwards the record has what this cell says."""
        if column.fact == "location":
            codes = column.header.words != "location"
            city, country = vocabularies.place(text, codes=codes)
            for fact, value in (("city", city), ("country", country)):
                if value and fact not in record.facts and not self.filled(fact, row):
                    record.facts[fact] = Seen(value, self.reading.observed_on, stated(text), column.title)
            return
        if column.fact == "domain":
            try:
                found: Value | None = registrable_domain(values.clean(text, limit=2000), name=record.name or "")
            except NobodysDomain:
                record.left += 1
                return
            except NotADomain as error:
                raise Refused(str(error)) from error
        elif column.fact in SETS:
            if names := self.names(text, column):
                record.sets[column.fact] = Seen(names, self.observed(record, row, column), stated(text), column.title)
            return
        elif column.fact in MONEY_FACTS:
            found = self.dollars(text, column, row)
        else:
            found = self.readers[column.fact](text)
        if found is not None:
            record.facts[column.fact] = Seen(found, self.observed(record, row, column), stated(text), column.title)

    def filled(self, fact: str, row: Row) -> bool:
        """Whether the row has a cell of this fact's own."""
        column = self.columns.columns.get(fact)
        return column is not None and bool(first_of(row.cells, column.positions))

    def observed(self, record: Record, row: Row, column: Column) -> date | None:
        """Since when a fact holds; a date that cannot be read is noted and counts as none."""
        text = first_of(row.cells, self.columns.observed.get(column.fact, ()))
        if not text:
            return self.reading.observed_on
        try:
            on = self.day(text) or self.reading.observed_on
            if on and on > self.reading.today:
                raise Refused(f"{on} is in the future")
        except Refused as refused:
            record.refused.append(Refusal(row.line, f"{column.title} (its date)", str(refused)))
            return self.reading.observed_on
        return on

    def names(self, text: str, column: Column) -> Names:
        """The members of a set."""
        found = vocabularies.members(text, separator=self.separators[column.fact])
        if len(found) > MOST_MEMBERS:
            raise Refused(f"has {len(found)} names, {MOST_MEMBERS} is the most")
        return found

    def dollars(self, text: str, column: Column, row: Row) -> Ends | None:
        """US dollars, a month where the fact is of a month; the cell's own words go before the header's."""
        money = values.money(text, comma=self.reading.comma, scale=column.header.scale)
        if money is None:
            return None
        stated_elsewhere = first_of(row.cells, self.columns.currencies.get(column.fact, ())).strip().upper()
        currency = money.currency or column.header.currency or stated_elsewhere or self.reading.currency
        if money.currency == "USD" and "$" in text and stated_elsewhere.endswith("D"):
            currency = stated_elsewhere
        currency = values.SIGNS.get(currency.casefold(), currency)
        rate = self.reading.rates.get(currency)
        if rate is None:
            raise Refused(f"there is no exchange rate of {currency}: add one, then import again")
        months = (money.months or column.header.months or 12) if column.fact == "monthly_revenue" else 1
        return converted(money.ends.low, rate, months), converted(money.ends.high, rate, months)


def converted(amount: Decimal | int | None, rate: Decimal, months: int) -> Decimal | None:
    """US dollars for an amount, a month, to the cent; None for no limit."""
    return None if amount is None else (amount * rate / months).quantize(values.CENT, ROUND_HALF_EVEN)


def ends(span: Span | None) -> Ends | None:
    """The two ends of a range."""
    return None if span is None else (span.low, span.high)


def first_of(cells: Sequence[str], positions: Iterable[int]) -> str:
    """The first cell of these that is not empty; a short row has no cells at its end."""
    for position in positions:
        if position < len(cells) and (text := cells[position].strip()):
            return text
    return ""


def stated(text: str) -> str:
    """The cell as it is kept beside a fact."""
    return " ".join(text.split())[:LONGEST_STATED]


def cells_of(sample: Sequence[Row], columns: ColumnMap, facts: Iterable[str]) -> list[str]:
    """The cells of some facts in these rows."""
    taken = [columns.columns[fact].positions for fact in facts if fact in columns.columns]
    return [text for row in sample for positions in taken if (text := first_of(row.cells, positions))]


def separator(cells: Iterable[str]) -> str:
    """What stands between the names in a column: a semicolon where there is one anywhere, else a comma."""
    return ";" if any(";" in cell for cell in cells) else ","


def comma_in(sample: Sequence[Row], columns: ColumnMap, delimiter: str) -> bool:
    """Whether a file sets fractions off by a comma; a file with semicolons that does not tell does."""
    told = sets_off_by_comma(cells_of(sample, columns, NUMBERS))
    return delimiter == ";" if told is None else told
