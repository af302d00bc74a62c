"""What a rule document is made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .conditions import Condition, Missing
from .facts import Number

Stance = Literal["focus", "develop", "maintain"]
Subject = Literal["company", "contact"]
Combine = Literal["sum", "max", "first"]
STANCES: tuple[Stance, ...] = ("focus", "develop", "maintain")
SUBJECTS: tuple[Subject, ...] = ("company", "contact")
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
    """A kind of company; ranked ones are segments, the others scorecards.

    With subject "contact" it gives points to people, by facts of the person and
    of their company, and is never a segment. `wanted_personas` and
    `wanted_roles` are the people whom a company in this segment should have.
    """

    key: str
    name: str
    subject: Subject = "company"
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
    wanted_personas: tuple[str, ...] = ()
    wanted_roles: tuple[str, ...] = ()

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
