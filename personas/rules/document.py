"""The rule document: what it holds, reading it, and writing it."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, cast

from . import texts
from .conditions import MISSING, MOST_COMPARISONS, Condition, ConditionReader, Missing, shown, write
from .errors import Fault, RuleError, choices_hint, guess
from .facts import BUILT_IN, NUMBERS, Fact, InvalidValue, Kind, Number, read, read_date, read_text
from .words import fold

FORMAT = 1
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")

Stance = Literal["focus", "develop", "maintain"]
Combine = Literal["sum", "max", "first"]
STANCES: tuple[Stance, ...] = ("focus", "develop", "maintain")
COMBINES: tuple[Combine, ...] = ("sum", "max", "first")
MATCHES = ("name", "domain")
TIERS = ("primary", "usable_by", "experiment", "other")
BUYING_ROLES = ("initiator", "influencer", "decision_maker", "user")
STATEMENTS = ("goal", "challenge", "deal_breaker", "deal_maker")


@dataclass(frozen=True)
class Entry:
    """One name on a list, with its other spellings."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class NamedList:
    """A list that the organisation owns: investors, accelerators, employers, cities."""

    key: str
    title: str
    match: str = "name"
    contains_from: int | None = None
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Line:
    """One criterion: a must, a row of a component, a bonus, a disqualifier or a flag.

    `points` is set for rows and bonuses only, `reason` for disqualifiers only.
    """

    key: str
    label: str
    when: Condition
    points: Number | None = None
    reason: str = ""
    rationale: str = ""


@dataclass(frozen=True)
class Component:
    """A group of rows and how their points become one number."""

    key: str
    label: str
    combine: Combine = "sum"
    gate: Condition | None = None
    cap: Number | None = None
    floor: Number | None = None
    rows: tuple[Line, ...] = ()
    otherwise: Number | None = None


@dataclass(frozen=True)
class Band:
    """A name for totals of `start` and more, below the band above it; None is no lower end."""

    key: str
    start: Number | None = None


@dataclass(frozen=True)
class Profile:
    """A kind of company; ranked ones are segments, the others scorecards."""

    key: str
    name: str
    stance: Stance | None = None
    rank: int | None = None
    missing: Missing = "open"
    enough_data: Condition | None = None
    disqualify: tuple[Line, ...] = ()
    must: tuple[Line, ...] = ()
    components: tuple[Component, ...] = ()
    bonus: tuple[Line, ...] = ()
    flags: tuple[Line, ...] = ()
    bands: tuple[Band, ...] = ()
    maximum: Number | None = None
    summary: str = ""
    action: str = ""
    examples: tuple[str, ...] = ()

    def conditions(self) -> Iterator[Condition]:
        """Every condition of the profile, in the order of the document."""
        for line in (*self.disqualify, *self.must):
            yield line.when
        if self.enough_data:
            yield self.enough_data
        for component in self.components:
            if component.gate:
                yield component.gate
            for row in component.rows:
                yield row.when
        for line in (*self.bonus, *self.flags):
            yield line.when


@dataclass(frozen=True)
class Statement:
    """Something a persona would say: a goal, a challenge, a deal-breaker or a deal-maker."""

    kind: str
    text: str


@dataclass(frozen=True)
class Persona:
    """Someone we build for and sell to, with the job titles that give them away."""

    key: str
    name: str
    aliases: tuple[str, ...] = ()
    tier: str = "other"
    buying_roles: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    story: str = ""
    pain_tolerance: str = ""
    technical_level: str = ""
    found_at: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class Case:
    """A golden case: facts, and the segment (a key, "none" or "undecided") they must give."""

    name: str
    facts: Mapping[str, object]
    segment: str
    at: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Document:
    """One whole set of rules."""

    lists: tuple[NamedList, ...] = ()
    facts: tuple[Fact, ...] = ()
    profiles: tuple[Profile, ...] = ()
    personas: tuple[Persona, ...] = ()
    cases: tuple[Case, ...] = ()
    vocabulary: Mapping[str, Fact] = field(default_factory=dict, compare=False, repr=False)

    def ranked(self) -> tuple[Profile, ...]:
        """The segments, the one looked at first in front."""
        return tuple(sorted((each for each in self.profiles if each.rank is not None), key=lambda each: each.rank or 0))

    def content_hash(self) -> str:
        """64 hexadecimal digits that are the same for the same content, however it was written."""
        return hashlib.sha256(texts.dump_json(to_data(self), canonical=True).encode()).hexdigest()


def parse(text: str) -> Document:
    """The document that `text` (YAML or JSON) describes; raises RuleError with every fault."""
    return from_data(texts.load(text))


def from_data(data: object) -> Document:
    """The document that `data` (dicts and lists) describes; raises RuleError with every fault."""
    reader = DocumentReader()
    document = reader.document(data)
    if reader.faults:
        raise RuleError(reader.faults)
    return document


class Section:
    """One mapping of the document, taken apart key by key; what is left over is a fault."""

    def __init__(self, raw: object, path: str, faults: list[Fault]) -> None:
        self.path = path
        self.faults = faults
        self.taken: list[str] = []
        self.raw: Mapping[object, object] = {}
        if isinstance(raw, Mapping):
            self.raw = raw
        else:
            self.fault("", f"{shown(raw)} is not a set of keys and values")

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path and key else self.path or key

    def fault(self, key: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault(self.at(key) or "document", message, hint))

    def take(self, key: str) -> object:
        self.taken.append(key)
        return self.raw.get(key)

    def close(self) -> None:
        """Note every key that nothing asked for."""
        for key in self.raw:
            if key not in self.taken:
                self.fault("", f"unknown key {key!r}", guess(str(key), self.taken))

    def text(self, key: str, default: str = "", *, needed: bool = False) -> str:
        raw = self.take(key)
        if raw is None:
            if needed:
                self.fault(key, "is missing")
            return default
        try:
            text = read_text(raw).strip()
        except InvalidValue as error:
            self.fault(key, f"{shown(raw)} {error}", "" if isinstance(raw, str) else "put it in quotes")
            return default
        if needed and not text:
            self.fault(key, "is empty")
        return text or default

    def key(self) -> str:
        key = self.text("key", needed=True)
        if key and not KEY.fullmatch(key):
            hint = "letters, digits, hyphen, underscore and dot, at most 80"
            self.fault("key", f"{shown(key)} is no key", hint)
        return key

    def word(self, key: str, allowed: tuple[str, ...], default: str | None) -> str | None:
        raw = self.take(key)
        if raw is None:
            return default
        if raw not in allowed:
            hint = guess(str(raw), allowed) or choices_hint(allowed)
            self.fault(key, f"{shown(raw)} cannot stand here", hint)
            return default
        return str(raw)

    def whole(self, key: str, low: int, high: int) -> int | None:
        raw = self.take(key)
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, int) or not low <= raw <= high:
            self.fault(key, f"{shown(raw)} is not a whole number from {low} to {high}")
            return None
        return raw

    def points(self, key: str, *, needed: bool = False) -> Number | None:
        """Points: a number with at most two places, from -1,000,000 to 1,000,000."""
        raw = self.take(key)
        if raw is None:
            if needed:
                self.fault(key, "is missing", "points to give when the condition holds")
            return None
        if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
            self.fault(key, f"{shown(raw)} is not a number")
            return None
        number: Number = raw if isinstance(raw, int) else Decimal(str(raw))
        if isinstance(number, Decimal) and not number.is_finite():
            self.fault(key, f"{shown(raw)} is not a finite number")
            return None
        if not -1_000_000 <= number <= 1_000_000:
            self.fault(key, f"{shown(raw)} is beyond 1,000,000 points")
            return None
        if number * 100 != int(number * 100):
            self.fault(key, f"{shown(raw)} has more than two places")
            return None
        return int(number) if number == int(number) else number

    def items(self, key: str) -> list[tuple[object, str]]:
        """The members of a list with their paths."""
        raw = self.take(key)
        if raw is None:
            return []
        if not isinstance(raw, list):
            self.fault(key, f"{shown(raw)} is not a list")
            return []
        return [(each, f"{self.at(key)}[{place}]") for place, each in enumerate(raw)]

    def names(self, key: str, allowed: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of words."""
        out: list[str] = []
        for raw, path in self.items(key):
            try:
                text = read_text(raw).strip()
            except InvalidValue as error:
                self.faults.append(Fault(path, f"{shown(raw)} {error}", "put it in quotes"))
                continue
            if allowed and text not in allowed:
                self.faults.append(Fault(path, f"{shown(text)} cannot stand here", choices_hint(allowed)))
            if text:
                out.append(text)
        return tuple(out)


class DocumentReader:
    """Reads a whole document; what is wrong is in `faults` afterwards."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.vocabulary: dict[str, Fact] = dict(BUILT_IN)
        self.conditions = ConditionReader(self.vocabulary, {}, self.faults)

    def section(self, raw: object, path: str) -> Section:
        return Section(raw, path, self.faults)

    def document(self, data: object) -> Document:
        top = self.section(data, "")
        given = top.take("format")
        if top.raw and (isinstance(given, bool) or given != FORMAT):
            top.fault("format", f"{shown(top.raw.get('format'))} is not a format that is known", f"write {FORMAT}")
        lists = self.lists(top)
        facts = self.custom_facts(top)
        self.vocabulary.update({fact.key: fact for fact in facts})
        self.conditions.lists = {each.key: each for each in lists}
        profiles = tuple(self.profile(raw, path) for raw, path in top.items("profiles"))
        personas = tuple(self.persona(raw, path) for raw, path in top.items("personas"))
        self.unique([each.key for each in profiles], "profiles", "key")
        self.unique([each.key for each in personas], "personas", "key")
        self.unique([each.rank for each in profiles], "profiles", "rank")
        cases = tuple(self.case(raw, path, profiles) for raw, path in top.items("cases"))
        self.unique([each.name for each in cases], "cases", "name")
        top.close()
        return Document(lists, facts, profiles, personas, cases, dict(self.vocabulary))

    def unique(self, found: Sequence[object], path: str, what: str) -> None:
        seen: set[object] = set()
        for place, each in enumerate(found):
            if each and each in seen:
                self.faults.append(Fault(f"{path}[{place}].{what}", f"the {what} {each!r} stands twice"))
            seen.add(each)

    def lists(self, top: Section) -> tuple[NamedList, ...]:
        raw = top.take("lists")
        if raw is None:
            return ()
        if not isinstance(raw, Mapping):
            top.fault("lists", "is not a set of keys and lists", "like {major-cities: {entries: [Berlin]}}")
            return ()
        return tuple(self.named_list(str(key), each) for key, each in raw.items())

    def named_list(self, key: str, raw: object) -> NamedList:
        part = self.section(raw, f"lists.{key}")
        if not KEY.fullmatch(key):
            part.fault("", f"{shown(key)} is no key")
        entries = []
        for entry, path in part.items("entries"):
            if isinstance(entry, Mapping):
                each = self.section(entry, path)
                entries.append(Entry(each.text("name", needed=True), each.names("aliases")))
                each.close()
            elif isinstance(entry, str) and entry.strip() and storable(entry):
                entries.append(Entry(entry.strip()))
            else:
                self.faults.append(Fault(path, f"{shown(entry)} is no name", "put it in quotes"))
        out = NamedList(
            key=key,
            title=part.text("title", key),
            match=part.word("match", MATCHES, "name") or "name",
            contains_from=part.whole("contains_from", 1, 1_000),
            entries=tuple(entries),
        )
        part.close()
        return out

    def custom_facts(self, top: Section) -> tuple[Fact, ...]:
        raw = top.take("facts")
        if raw is None:
            return ()
        if not isinstance(raw, Mapping):
            top.fault("facts", "is not a set of names and facts", "like {web_traffic: {kind: integer}}")
            return ()
        return tuple(self.custom_fact(str(key), each) for key, each in raw.items())

    def custom_fact(self, key: str, raw: object) -> Fact:
        part = self.section(raw, f"facts.{key}")
        known = BUILT_IN.get(key)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", key):
            part.fault("", f"{shown(key)} is no name for a fact", "letters, digits and underscore, at most 63")
        word = part.word("kind", tuple(Kind), known.kind if known else None)
        if word is None and part.raw.get("kind") is None:
            part.fault("kind", "is missing", choices_hint(tuple(Kind)))
        kind = Kind(word or Kind.TEXT)
        if known and known.kind is not kind:
            part.fault("kind", f"{key!r} is built in and of kind {known.kind}")
        choices = tuple(dict.fromkeys(fold(each) for each in part.names("choices")))
        if choices and kind is not Kind.CHOICE:
            part.fault("choices", f"a fact of kind {kind} has no choices")
        ordered = self.flag(part, "ordered")
        if ordered and not (choices or (known and known.ordered)):
            part.fault("ordered", "needs choices, the lowest first")
        ends = [self.bound(part, end, kind) for end in ("minimum", "maximum")]
        if ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
            part.fault("minimum", f"{ends[0]} lies above the maximum of {ends[1]}")
        fresh = part.whole("fresh_for_days", 0, 36_500)
        out = Fact(
            key=key,
            label=part.text("label", known.label if known else key.replace("_", " ").strip().capitalize()),
            kind=kind,
            unit=part.text("unit", known.unit if known else ""),
            choices=choices or (known.choices if known else ()),
            ordered=ordered or bool(known and known.ordered),
            minimum=ends[0] if ends[0] is not None or not known else known.minimum,
            maximum=ends[1] if ends[1] is not None or not known else known.maximum,
            fresh_for_days=fresh,
            bonus_only=bool(known and known.bonus_only),
            custom=known is None,
            explanation=part.text("explanation", known.explanation if known else ""),
        )
        part.close()
        return out

    def flag(self, part: Section, key: str) -> bool:
        raw = part.take(key)
        if raw is not None and not isinstance(raw, bool):
            part.fault(key, f"{shown(raw)} is neither true nor false")
        return raw is True

    def bound(self, part: Section, key: str, kind: Kind) -> Number | None:
        raw = part.take(key)
        if raw is None:
            return None
        if kind not in NUMBERS:
            part.fault(key, f"a fact of kind {kind} has no {key}")
            return None
        try:
            return cast(Number, read(Fact(key, key, kind), raw))
        except InvalidValue as error:
            part.fault(key, f"{shown(raw)} {error}")
            return None

    def profile(self, raw: object, path: str) -> Profile:
        part = self.section(raw, path)
        self.conditions.count = 0
        key = part.key()
        rank = part.whole("rank", 1, 10_000)
        stance = part.word("stance", STANCES, None)
        bands = tuple(self.band(each, at) for each, at in part.items("bands"))
        out = Profile(
            key=key,
            name=part.text("name", key),
            stance=cast(Stance | None, stance),
            rank=rank,
            missing=cast(Missing, part.word("missing", MISSING, "open")),
            enough_data=self.condition(part, "enough_data"),
            disqualify=self.lines(part, "disqualify"),
            must=self.lines(part, "must"),
            components=tuple(self.component(each, at) for each, at in part.items("components")),
            bonus=self.lines(part, "bonus", points=True),
            flags=self.lines(part, "flags"),
            bands=bands,
            maximum=part.points("maximum"),
            summary=part.text("summary"),
            action=part.text("action"),
            examples=part.names("examples"),
        )
        part.close()
        self.unique([each.key for each in out.components], f"{path}.components", "key")
        self.check_bands(out, path)
        if key == "none":
            part.fault("key", "'none' is the word for no segment")
        if self.conditions.count > MOST_COMPARISONS:
            part.fault("", f"makes {self.conditions.count} comparisons", f"at most {MOST_COMPARISONS}")
        return out

    def condition(self, part: Section, key: str) -> Condition | None:
        raw = part.take(key)
        return None if raw is None else self.conditions.read(raw, part.at(key))

    def lines(self, part: Section, kind: str, *, points: bool = False) -> tuple[Line, ...]:
        out = [self.line(raw, path, kind, points=points) for raw, path in part.items(kind)]
        self.unique([line.key if line else "" for line in out], part.at(kind), "key")
        return tuple(line for line in out if line)

    def line(self, raw: object, path: str, kind: str, *, points: bool) -> Line | None:
        part = self.section(raw, path)
        if not part.raw:
            return None
        key = part.key()
        when = part.take("when")
        condition = None
        if when is None:
            part.fault("when", "is missing", "the condition of this line")
        else:
            condition = self.conditions.read(when, part.at("when"), bonus=kind == "bonus")
        out = Line(
            key=key,
            label=part.text("label", key.replace("-", " ").replace("_", " ").strip()),
            when=condition or cast(Condition, None),
            points=part.points("points", needed=True) if points else None,
            reason=part.text("reason") if kind == "disqualify" else "",
            rationale=part.text("rationale"),
        )
        part.close()
        return out if condition else None

    def component(self, raw: object, path: str) -> Component:
        part = self.section(raw, path)
        key = part.key()
        combine = cast(Combine, part.word("combine", COMBINES, "sum"))
        out = Component(
            key=key,
            label=part.text("label", key.replace("-", " ").replace("_", " ").strip()),
            combine=combine,
            gate=self.condition(part, "gate"),
            cap=part.points("cap"),
            floor=part.points("floor"),
            rows=self.lines(part, "rows", points=True),
            otherwise=part.points("otherwise"),
        )
        part.close()
        if combine == "sum" and out.otherwise:
            part.fault("otherwise", "goes with combine first or max, not with sum")
        if not part.raw.get("rows"):
            part.fault("rows", "is empty", "a component needs at least one row")
        if out.cap is not None and out.floor is not None and out.cap < out.floor:
            part.fault("cap", f"{out.cap} lies below the floor of {out.floor}")
        for place, row in enumerate(out.rows):
            if out.cap is not None and row.points is not None and row.points > out.cap:
                part.fault("cap", f"{out.cap} lies below the {row.points} points of rows[{place}] ({row.key})")
        return out

    def band(self, raw: object, path: str) -> Band:
        part = self.section(raw, path)
        out = Band(part.key(), part.points("from"))
        part.close()
        return out

    def check_bands(self, profile: Profile, path: str) -> None:
        self.unique([band.key for band in profile.bands], f"{path}.bands", "key")
        starts = [band.start for band in profile.bands]
        for place, start in enumerate(starts[:-1]):
            at = f"{path}.bands[{place}].from"
            below = starts[place + 1]
            if start is None:
                self.faults.append(Fault(at, "is missing", "only the last band has no lower end"))
            elif below is not None and below >= start:
                message = f"{start} is not above the {below} of the band below it"
                self.faults.append(Fault(at, message, "write bands from the top down"))

    def persona(self, raw: object, path: str) -> Persona:
        part = self.section(raw, path)
        key = part.key()
        statements = []
        for each, at in part.items("statements"):
            said = self.section(each, at)
            kind = said.word("kind", STATEMENTS, None)
            if kind is None and said.raw.get("kind") is None:
                said.fault("kind", "is missing", choices_hint(STATEMENTS))
            statements.append(Statement(kind or "goal", said.text("text", needed=True)))
            said.close()
        out = Persona(
            key=key,
            name=part.text("name", key),
            aliases=part.names("aliases"),
            tier=part.word("tier", TIERS, "other") or "other",
            buying_roles=part.names("buying_roles", BUYING_ROLES),
            titles=part.names("titles"),
            exclude=part.names("exclude"),
            story=part.text("story"),
            pain_tolerance=part.text("pain_tolerance"),
            technical_level=part.text("technical_level"),
            found_at=part.names("found_at"),
            statements=tuple(statements),
        )
        part.close()
        return out

    def case(self, raw: object, path: str, profiles: tuple[Profile, ...]) -> Case:
        part = self.section(raw, path)
        segments = tuple(each.key for each in profiles if each.rank is not None)
        at = part.take("at")
        try:
            when = None if at is None else read_date(at)
        except InvalidValue as error:
            part.fault("at", f"{shown(at)} {error}")
            when = None
        raw_facts = part.take("facts")
        facts = raw_facts if isinstance(raw_facts, Mapping) else {}
        if not isinstance(raw_facts, Mapping):
            part.fault("facts", "is not a set of facts and values")
        for key in facts:
            if key not in self.vocabulary:
                part.fault("facts", f"unknown fact {key!r}", guess(str(key), self.vocabulary))
            elif not storable(facts[key]):
                part.fault(f"facts.{key}", f"{shown(facts[key])} is no value that JSON can say")
        name = part.text("name", needed=True)
        segment = part.word("segment", (*segments, "none", "undecided"), None)
        if segment is None and part.raw.get("segment") is None:
            part.fault("segment", "is missing", "the key of a segment, none, or undecided")
        note = part.text("note")
        part.close()
        return Case(name, dict(facts), segment or "", when, note)


def storable(value: object) -> bool:
    """Whether `value` can be kept: text that every database takes, numbers, and what is made of them."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and storable(key) and storable(each) for key, each in value.items())
    if isinstance(value, list):
        return all(storable(each) for each in value)
    if isinstance(value, str):
        try:
            read_text(value)
        except InvalidValue:
            return False
    return value is None or isinstance(value, str | bool | int | float | Decimal)


def to_data(document: Document) -> dict[str, object]:
    """`document` as dicts and lists; what says nothing is left out."""
    out: dict[str, object] = {"format": FORMAT}
    if document.lists:
        out["lists"] = {each.key: list_data(each) for each in document.lists}
    if document.facts:
        out["facts"] = {each.key: fact_data(each) for each in document.facts}
    for key, members, make in (
        ("profiles", document.profiles, profile_data),
        ("personas", document.personas, persona_data),
        ("cases", document.cases, case_data),
    ):
        if members:
            out[key] = [cast(Callable[[object], object], make)(each) for each in members]
    return out


def filled(**pairs: object) -> dict[str, object]:
    """Only the pairs that say something; a last underscore of a name is dropped."""
    return {key.rstrip("_"): value for key, value in pairs.items() if value not in (None, "", [], ())}


def list_data(named: NamedList) -> dict[str, object]:
    entries: list[object] = [
        {"name": entry.name, "aliases": list(entry.aliases)} if entry.aliases else entry.name for entry in named.entries
    ]
    head = filled(title=named.title, match=named.match, contains_from=named.contains_from)
    return head | {"entries": entries}


def fact_data(fact: Fact) -> dict[str, object]:
    """What a document says of `fact`; for a built-in one only what it changes."""
    known = BUILT_IN.get(fact.key)
    out = filled(
        kind=str(fact.kind),
        label=fact.label,
        unit=fact.unit,
        choices=list(fact.choices),
        ordered=fact.ordered or None,
        minimum=fact.minimum,
        maximum=fact.maximum,
        fresh_for_days=fact.fresh_for_days,
        explanation=fact.explanation,
    )
    if known is None:
        return out
    same = fact_of_built_in(known)
    return {key: value for key, value in out.items() if key == "kind" or same.get(key) != value}


def fact_of_built_in(fact: Fact) -> dict[str, object]:
    return filled(
        label=fact.label,
        unit=fact.unit,
        choices=list(fact.choices),
        ordered=fact.ordered or None,
        minimum=fact.minimum,
        maximum=fact.maximum,
        explanation=fact.explanation,
    )


def line_data(line: Line) -> dict[str, object]:
    return filled(
        key=line.key,
        label=line.label,
        when=write(line.when),
        points=line.points,
        reason=line.reason,
        rationale=line.rationale,
    )


def component_data(component: Component) -> dict[str, object]:
    return filled(
        key=component.key,
        label=component.label,
        combine=component.combine,
        gate=write(component.gate) if component.gate else None,
        cap=component.cap,
        floor=component.floor,
        rows=[line_data(row) for row in component.rows],
        otherwise=component.otherwise,
    )


def profile_data(profile: Profile) -> dict[str, object]:
    return filled(
        key=profile.key,
        name=profile.name,
        stance=profile.stance,
        rank=profile.rank,
        missing=profile.missing if profile.missing != "open" else None,
        summary=profile.summary,
        action=profile.action,
        examples=list(profile.examples),
        enough_data=write(profile.enough_data) if profile.enough_data else None,
        disqualify=[line_data(line) for line in profile.disqualify],
        must=[line_data(line) for line in profile.must],
        components=[component_data(each) for each in profile.components],
        bonus=[line_data(line) for line in profile.bonus],
        flags=[line_data(line) for line in profile.flags],
        bands=[filled(key=band.key, from_=band.start) for band in profile.bands],
        maximum=profile.maximum,
    )


def persona_data(persona: Persona) -> dict[str, object]:
    return filled(
        key=persona.key,
        name=persona.name,
        aliases=list(persona.aliases),
        tier=persona.tier,
        buying_roles=list(persona.buying_roles),
        titles=list(persona.titles),
        exclude=list(persona.exclude),
        story=persona.story,
        pain_tolerance=persona.pain_tolerance,
        technical_level=persona.technical_level,
        found_at=list(persona.found_at),
        statements=[{"kind": each.kind, "text": each.text} for each in persona.statements],
    )


def case_data(case: Case) -> dict[str, object]:
    head = filled(name=case.name, segment=case.segment, at=case.at.isoformat() if case.at else None, note=case.note)
    return head | {"facts": dict(case.facts)}


def to_yaml(document: Document) -> str:
    """`document` as YAML; parsing it gives an equal document with an equal hash."""
    return texts.dump_yaml(to_data(document))


def to_json(document: Document) -> str:
    """`document` as JSON; parsing it gives an equal document with an equal hash."""
    return texts.dump_json(to_data(document))
