"""Reading a rule document out of plain data: every fault at its place."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast

from .conditions import MISSING, MOST_COMPARISONS, Condition, ConditionReader, Missing, shown
from .errors import Fault, choices_hint, guess
from .facts import BUILT_IN, NUMBERS, OF_CONTACTS, Fact, InvalidValue, Kind, Number, read, read_date, read_text
from .parts import (
    BUYING_ROLES,
    COMBINES,
    MATCHES,
    STANCES,
    STATEMENTS,
    SUBJECTS,
    TIERS,
    Band,
    Case,
    Combine,
    Component,
    Entry,
    Line,
    NamedList,
    Persona,
    Profile,
    Stance,
    Statement,
    Subject,
)
from .section import KEY, Section
from .words import fold

FORMAT = 1

Parts = tuple[
    tuple[NamedList, ...],
    tuple[Fact, ...],
    tuple[Profile, ...],
    tuple[Persona, ...],
    tuple[Case, ...],
    Mapping[str, Fact],
    tuple[Profile, ...],
]


class DocumentReader:
    """Reads a whole document; what is wrong is in `faults` afterwards."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.vocabulary: dict[str, Fact] = {**BUILT_IN, **OF_CONTACTS}
        self.conditions = ConditionReader(self.vocabulary, {}, self.faults)

    def section(self, raw: object, path: str) -> Section:
        return Section(raw, path, self.faults)

    def document(self, data: object) -> Parts:
        """The parts of a document; with faults, those that could be read."""
        top = self.section(data, "")
        given = top.take("format")
        if top.raw and (isinstance(given, bool) or given != FORMAT):
            top.fault("format", f"{shown(top.raw.get('format'))} is not a format that is known", f"write {FORMAT}")
        lists = self.lists(top)
        facts = self.custom_facts(top)
        self.vocabulary.update({fact.key: fact for fact in facts})
        self.conditions.lists = {each.key: each for each in lists}
        everything = tuple(self.profile(raw, path) for raw, path in top.items("profiles"))
        profiles = tuple(each for each in everything if each.subject == "company")
        personas = tuple(self.persona(raw, path) for raw, path in top.items("personas"))
        self.unique([each.key for each in everything], "profiles", "key")
        self.unique([each.key for each in personas], "personas", "key")
        self.unique([each.rank for each in everything], "profiles", "rank")
        self.check_wanted(everything, personas)
        cases = tuple(self.case(raw, path, profiles) for raw, path in top.items("cases"))
        self.unique([each.name for each in cases], "cases", "name")
        top.close()
        contacts = tuple(each for each in everything if each.subject == "contact")
        return lists, facts, profiles, personas, cases, dict(self.vocabulary), contacts

    def check_wanted(self, profiles: Sequence[Profile], personas: Sequence[Persona]) -> None:
        known = [each.key for each in personas]
        for number, profile in enumerate(profiles):
            for place, key in enumerate(profile.wanted_personas):
                if key not in known:
                    at = f"profiles[{number}].wanted_personas[{place}]"
                    self.faults.append(Fault(at, f"there is no persona {key!r}", guess(key, known)))

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
        if key in OF_CONTACTS:
            part.fault("", f"{key!r} is built in as a fact of a person", "choose another name")
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
        subject = cast(Subject, part.word("subject", SUBJECTS, "company"))
        self.conditions.subject = subject
        rank = part.whole("rank", 1, 10_000)
        stance = part.word("stance", STANCES, None)
        bands = tuple(self.band(each, at) for each, at in part.items("bands"))
        out = Profile(
            key=key,
            name=part.text("name", key),
            subject=subject,
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
            wanted_personas=part.names("wanted_personas"),
            wanted_roles=part.names("wanted_roles", BUYING_ROLES),
        )
        part.close()
        self.conditions.subject = "company"
        if subject == "contact":
            wanted = {"rank": rank, "wanted_personas": out.wanted_personas, "wanted_roles": out.wanted_roles}
            for each, given in wanted.items():
                if given:
                    part.fault(each, "belongs to a profile of companies", "leave it out, or leave out subject: contact")
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
        items = part.items(kind)
        out = [self.line(raw, path, kind, points=points) for raw, path in items]
        keys = [raw.get("key") if isinstance(raw, Mapping) else None for raw, _ in items]
        self.unique([key if isinstance(key, str) else None for key in keys], part.at(kind), "key")
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
            elif self.vocabulary[key].subject == "contact":
                part.fault(f"facts.{key}", "is a fact of a person", "a case is about a company")
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
