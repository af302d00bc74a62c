"""Rows of JSON to records of companies: the same records that a file's rows become."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from crm.imports.columns import SETS, is_column
from crm.imports.numerals import Refused
from crm.imports.rows import ExternalKey, Record, Seen
from crm.imports.values import company_name
from personas.publishing import NoRuleset, active_ruleset
from personas.rules.facts import BUILT_IN, Fact, Kind

from .answers import MOST_FAULTS, Call, Fault
from .cells import (
    CHOICES,
    WRAPPED,
    choice_of,
    custom_value,
    day_of,
    is_wrapped,
    known_word,
    names_of,
    text_of,
    value_of_fact,
)

OWN = frozenset({"id", "name", "domain", "external_id", "source", "observed_on", "clear", "status", "custom"})
SYSTEM, VALUE, SOURCE = 60, 200, 200
LONGEST_KEY = 100


@dataclass
class Statement:
    """What one row states of a company, and what of it cannot be taken."""

    record: Record
    id: int | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def line(self) -> int:
        return self.record.line


class StatementReader:
    """Reads rows of one call by the facts of the rules in force."""

    def __init__(self, call: Call) -> None:
        self.call = call
        try:
            vocabulary: Mapping[str, Fact] = active_ruleset().document().vocabulary
        except NoRuleset:
            vocabulary = BUILT_IN
        self.facts = {key: fact for key, fact in vocabulary.items() if is_column(key) or key in SETS}
        self.custom = {key: fact for key, fact in vocabulary.items() if fact.custom and key not in BUILT_IN}
        self.words = frozenset({*OWN, *self.facts})

    def read(self, number: int, row: object) -> Statement:
        """What a row states; every fault of it is noted."""
        said = Statement(Record(number, []))
        if isinstance(row, Refused):
            said.faults.append(Fault("", str(row)))
            return said
        if not isinstance(row, dict):
            said.faults.append(Fault("", "is not an object"))
            return said
        source = self.taken(said, "/source", row.get("source"), lambda raw: text_of(raw, limit=SOURCE))
        on = self.taken(said, "/observed_on", row.get("observed_on"), self.day) or self.call.observed_on
        said.record.name = self.taken(said, "/name", row.get("name"), named)
        said.id = self.taken(said, "/id", row.get("id"), number_of)
        said.record.external_id = self.taken(said, "/external_id", row.get("external_id"), external_key)
        cleared = self.taken(said, "/clear", row.get("clear"), lambda raw: self.clearable(said, raw)) or ()
        said.record.cleared, said.record.cleared_on = tuple(cleared), on
        for key, raw in row.items():
            if len(said.faults) >= MOST_FAULTS:
                break
            if key not in self.words:
                said.faults.append(Fault(f"/{escaped(key)}", known_word(key, self.words)))
            elif key == "custom":
                self.read_custom(said, raw, source or "", on)
            elif key in self.facts or key == "status":
                self.read_fact(said, key, raw, source or "", on)
        if "is_public" in row and "status" in row and None not in (row["is_public"], row["status"]):
            said.faults.append(Fault("/is_public", "say either is_public or status"))
        return said

    def taken(self, said: Statement, pointer: str, raw: object, read: Any) -> Any:
        """What `read` makes of a part of the row; None for nothing, and for what it refuses, which is noted."""
        if raw is None:
            return None
        try:
            return read(raw)
        except Refused as error:
            said.faults.append(Fault(pointer, str(error)))
            return None

    def day(self, raw: object) -> date:
        return day_of(raw, self.call.today)

    def clearable(self, said: Statement, raw: object) -> list[str]:
        """The facts that are to be unknown."""
        found = []
        for key in names_of(raw):
            if key in self.facts or key in self.custom:
                found.append(key)
            else:
                said.faults.append(Fault("/clear", f"{key} is no fact that can be cleared"))
        return found

    def unwrapped(self, said: Statement, pointer: str, raw: Any, source: str, on: date | None) -> tuple[Any, ...]:
        """A fact's value, source, day, and whether it is complete, from the fact itself or else from its row."""
        if not is_wrapped(raw):
            return raw, source, on, False
        for key in islice(raw.keys() - WRAPPED, MOST_FAULTS):
            said.faults.append(Fault(f"{pointer}/{escaped(key)}", known_word(key, WRAPPED)))
        own = self.taken(said, f"{pointer}/source", raw.get("source"), lambda each: text_of(each, limit=SOURCE))
        day = self.taken(said, f"{pointer}/observed_on", raw.get("observed_on"), self.day)
        complete = raw.get("complete")
        if complete is not None and not isinstance(complete, bool):
            said.faults.append(Fault(f"{pointer}/complete", "is neither true nor false"))
        return raw["value"], own or source, day or on, complete is True

    def read_fact(self, said: Statement, key: str, raw: object, source: str, on: date | None) -> None:
        value, whose, day, complete = self.unwrapped(said, f"/{key}", raw, source, on)
        pointer = f"/{key}/value" if is_wrapped(raw) else f"/{key}"
        if value is None:
            return
        try:
            if key in SETS:
                said.record.sets[key] = Seen(names_of(value), day, "", key, whose, complete)
                return
            if complete:
                raise Refused("is no set, which alone can be complete")
            if key == "status":
                found, stated = choice_of(CHOICES["status"], value), ""
            else:
                found, stated = value_of_fact(self.facts[key], value, name=said.record.name or "")  # type: ignore[assignment]
        except Refused as error:
            said.faults.append(Fault(pointer, str(error)))
            return
        if found is not None:
            fact = "is_public" if key == "status" else key
            said.record.facts[fact] = Seen(found, day, stated, fact, whose)

    def read_custom(self, said: Statement, raw: object, source: str, on: date | None) -> None:
        """Custom facts, by their keys."""
        if raw is None:
            return
        if not isinstance(raw, dict):
            said.faults.append(Fault("/custom", "is not an object of custom facts"))
            return
        for key, each in raw.items():
            if len(said.faults) >= MOST_FAULTS:
                break
            place = f"/custom/{escaped(key)}"
            fact = self.custom.get(key)
            if fact is None:
                said.faults.append(Fault(place, known_word(key, self.custom)))
                continue
            value, whose, day, complete = self.unwrapped(said, place, each, source, on)
            if value is None:
                continue
            try:
                if fact.kind is Kind.SET:
                    said.record.sets[key] = Seen(names_of(value), day, "", key, whose, complete)
                elif complete:
                    raise Refused("is no set, which alone can be complete")
                else:
                    stored = custom_value(fact, value)
                    if any(column is not None for column in stored.values()):
                        said.record.attributes[key] = Seen(stored, day, "", key, whose)
            except Refused as error:
                said.faults.append(Fault(f"{place}/value" if is_wrapped(each) else place, str(error)))


def named(raw: object) -> str | None:
    """A company's name."""
    text = text_of(raw, limit=300)
    return company_name(text) if text else None


def number_of(raw: object) -> int:
    """An id of ours."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 < raw < 2**63:
        raise Refused("is no id")
    return raw


def external_key(raw: object) -> ExternalKey:
    """The system and what it calls the company."""
    if not isinstance(raw, dict) or set(raw) != {"system", "value"}:
        raise Refused('is not of the form {"system": …, "value": …}')
    system, value = text_of(raw["system"], limit=SYSTEM), text_of(raw["value"], limit=VALUE)
    if not system or not value:
        raise Refused("has an empty system or value")
    return system, value


def escaped(key: str) -> str:
    """A name as a JSON pointer has it, cut where it is long, without what is no text."""
    storable = key[:LONGEST_KEY].encode("utf-8", "replace").decode().replace("\0", "?")
    return storable.replace("~", "~0").replace("/", "~1")
