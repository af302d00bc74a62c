"""What changed between two documents, in words and with the place of every change."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from personas.rules.cells import show
from personas.rules.conditions import Compare, Condition, write
from personas.rules.document import Case, Component, Document, Entry, Line, NamedList, Persona, Profile
from personas.rules.facts import Fact

from .sentences import Speech, capital, speech
from .values import names_text, points_text


class Keyed(Protocol):
    """Anything that has its place by a key."""

    @property
    def key(self) -> str: ...


T = TypeVar("T", bound=Keyed)

PERSONA_TEXTS = ("name", "tier", "story", "pain_tolerance", "technical_level")
PERSONA_NAMES = ("aliases", "buying_roles", "titles", "exclude", "found_at")
FACT_FIELDS = ("label", "kind", "unit", "ordered", "minimum", "maximum", "fresh_for_days", "explanation")
PROFILE_FIELDS = ("name", "subject", "stance", "rank", "missing", "summary", "action", "maximum")
PROFILE_NAMES = ("examples", "wanted_personas", "wanted_roles")


def difference(old: Document, new: Document) -> list[str]:
    """Every change from `old` to `new`; empty where the two say the same."""
    found = list(Difference(speech(old), speech(new)).document(old, new))
    if not found and old.content_hash() != new.content_hash():
        return ["document: written differently"]
    return found


@dataclass(frozen=True)
class Difference:
    """Compares two documents; `before` and `after` say the conditions of each in its own words."""

    before: Speech
    after: Speech

    def document(self, old: Document, new: Document) -> Iterator[str]:
        yield from self.keyed("lists", old.lists, new.lists, self.named_list, list_text)
        yield from self.keyed("facts", old.facts, new.facts, self.fact, lambda fact: f"{fact.label} ({fact.kind})")
        was, now = ((*each.profiles, *each.contact_profiles) for each in (old, new))
        yield from self.keyed("profiles", was, now, self.profile, lambda each: each.name)
        yield from self.keyed("personas", old.personas, new.personas, self.persona, lambda each: each.name)
        yield from self.cases(old.cases, new.cases)

    def keyed(
        self,
        place: str,
        old: Sequence[T],
        new: Sequence[T],
        changed: Callable[[str, T, T], Iterator[str]],
        told: Callable[[T], str],
        told_new: Callable[[T], str] | None = None,
    ) -> Iterator[str]:
        """What was removed, changed, added and moved among things that have keys."""
        was = {each.key: each for each in old}
        now = {each.key: each for each in new}
        for key, each in was.items():
            if key not in now:
                yield f"{place}.{key}: removed ({told(each)})"
        for key, each in now.items():
            if key in was:
                yield from changed(f"{place}.{key}", was[key], each)
            else:
                yield f"{place}.{key}: added ({(told_new or told)(each)})"
        yield from moved(place, list(was), list(now))

    # Lists and facts

    def named_list(self, place: str, old: NamedList, new: NamedList) -> Iterator[str]:
        yield from fields(place, old, new, ("title", "match", "contains_from"))
        yield from names(f"{place}.entries", [each.name for each in old.entries], [each.name for each in new.entries])
        was = {each.name: each for each in old.entries}
        for entry in new.entries:
            before = was.get(entry.name, Entry(entry.name))
            yield from names(f"{place}.entries.{entry.name}.aliases", before.aliases, entry.aliases)

    def fact(self, place: str, old: Fact, new: Fact) -> Iterator[str]:
        yield from fields(place, old, new, FACT_FIELDS)
        yield from names(f"{place}.choices", old.choices, new.choices)

    # Profiles

    def profile(self, place: str, old: Profile, new: Profile) -> Iterator[str]:
        yield from fields(place, old, new, PROFILE_FIELDS)
        for name in PROFILE_NAMES:
            yield from names(f"{place}.{name}", getattr(old, name), getattr(new, name))
        yield from self.condition(f"{place}.enough_data", old.enough_data, new.enough_data)
        yield from self.lines(f"{place}.disqualify", old.disqualify, new.disqualify)
        yield from self.lines(f"{place}.must", old.must, new.must)
        yield from self.keyed(
            f"{place}.components",
            old.components,
            new.components,
            self.component,
            lambda each: component_text(self.before, each),
            lambda each: component_text(self.after, each),
        )
        yield from self.lines(f"{place}.bonus", old.bonus, new.bonus)
        yield from self.lines(f"{place}.flags", old.flags, new.flags)
        yield from self.keyed(
            f"{place}.bands",
            old.bands,
            new.bands,
            lambda at, was, now: fields(at, was, now, ("start",), {"start": "from"}),
            lambda band: "no lower end" if band.start is None else f"from {points_text(band.start)}",
        )

    def component(self, place: str, old: Component, new: Component) -> Iterator[str]:
        yield from fields(place, old, new, ("label", "combine", "cap", "floor", "otherwise"))
        yield from self.condition(f"{place}.gate", old.gate, new.gate)
        yield from self.lines(f"{place}.rows", old.rows, new.rows)

    def lines(self, place: str, old: Sequence[Line], new: Sequence[Line]) -> Iterator[str]:
        yield from self.keyed(
            place,
            old,
            new,
            self.line,
            lambda line: line_text(self.before, line),
            lambda line: line_text(self.after, line),
        )

    def line(self, place: str, old: Line, new: Line) -> Iterator[str]:
        yield from self.condition(place, old.when, new.when)
        if old.points != new.points:
            yield f"{place}: {points_text(old.points)} → {points_text(new.points)}"
        yield from fields(place, old, new, ("label", "reason", "rationale"))

    def condition(self, place: str, old: Condition | None, new: Condition | None) -> Iterator[str]:
        """The sentence before and after; the second without the words that both start with."""
        if old == new:
            return
        if old is None or new is None:
            said = self.before.say(old) if old else self.after.say(new) if new else ""
            yield f"{place}: {'removed' if new is None else 'added'} ({capital(said)})"
            return
        for whole in (False, True):
            was, now = (
                capital(Speech(said.vocabulary, said.lists, whole=whole).say(condition))
                for said, condition in ((self.before, old), (self.after, new))
            )
            if was != now:
                yield f"{place}: {was} → {self.shortened(was, now, old, new)}"
                return
        yield f"{place}: {write(old)} → {write(new)}"

    def shortened(self, was: str, now: str, old: Condition, new: Condition) -> str:
        """`now` without the fact and verb that `was` has named already."""
        if not (isinstance(old, Compare) and isinstance(new, Compare) and old.fact == new.fact):
            return now
        label = self.after.label(new.fact)
        verb = now.removeprefix(f"{label} ").partition(" ")[0]
        start = f"{label} {verb} "
        return now.removeprefix(start) if was.startswith(start) else now

    # Personas and cases

    def persona(self, place: str, old: Persona, new: Persona) -> Iterator[str]:
        yield from fields(place, old, new, PERSONA_TEXTS)
        for name in PERSONA_NAMES:
            yield from names(f"{place}.{name}", getattr(old, name), getattr(new, name))
        was, now = ([f"{said.kind}: {said.text}" for said in each.statements] for each in (old, new))
        yield from names(f"{place}.statements", was, now)

    def cases(self, old: Sequence[Case], new: Sequence[Case]) -> Iterator[str]:
        was = {each.name: each for each in old}
        now = {each.name: each for each in new}
        for name in was:
            if name not in now:
                yield f"cases.{name}: removed"
        for name, case in now.items():
            if name not in was:
                yield f"cases.{name}: added ({case.segment})"
                continue
            before = was[name]
            yield from fields(f"cases.{name}", before, case, ("segment", "at", "note"))
            yield from values(f"cases.{name}.facts", before.facts, case.facts)
        yield from moved("cases", list(was), list(now))


def fields(
    place: str, old: object, new: object, names: Iterable[str], called: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The plain fields that differ; `called` has the word of the document where it is another."""
    for name in names:
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield f"{place}.{(called or {}).get(name, name)}: {plain(was)} → {plain(now)}"


def values(place: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    """The values that differ under their names."""
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name) or (name in old) != (name in new):
            yield f"{place}.{name}: {plain(old.get(name))} → {plain(new.get(name))}"


def names(place: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """The names that were added and removed, or their new order."""
    added = [each for each in new if each not in set(old)]
    removed = [each for each in old if each not in set(new)]
    said = [f"{word} {names_text(each)}" for word, each in (("added", added), ("removed", removed)) if each]
    if said:
        yield f"{place}: {'; '.join(said)}"
    yield from moved(place, old, new)


def moved(place: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """The new order of what stood there before and after, where it is another."""
    was = [each for each in old if each in set(new)]
    now = [each for each in new if each in set(old)]
    if was != now:
        yield f"{place}: order {names_text(was, whole=True)} → {names_text(now, whole=True)}"


def plain(value: object) -> str:
    """A field's value in words."""
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return show(value) if isinstance(value, int | Decimal) else str(value)


def list_text(named: NamedList) -> str:
    """A list in a few words."""
    count = len(named.entries)
    return f"{named.title}, {count:,} {'entry' if count == 1 else 'entries'}"


def line_text(said: Speech, line: Line) -> str:
    """A line in a few words: its points and what it asks for."""
    points = "" if line.points is None else f"{points_text(line.points)}: "
    return f"{points}{capital(said.say(line.when))}"


def component_text(said: Speech, component: Component) -> str:
    """A component in a few words: its label and rows."""
    return f"{component.label}: " + "; ".join(line_text(said, row) for row in component.rows)
