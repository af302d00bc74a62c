"""How a title is read: which roles it names, at which level, and what keeps it from counting."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from . import vocabulary as v
from .function import (
    AREA,
    ENGINEERING,
    EXECUTIVE,
    NOTHING,
    OTHER,
    PLAIN,
    RULER,
    STRONG,
    TEAMS_OF_SOFTWARE,
    Core,
    Functions,
    Work,
    work_of,
)  # fmt: skip
from .spelling import FIRST, Phrases, Word, pieces, plain, spell
from .vocabulary import listed

MOST_REMEMBERED: Final = 200_000

FORMER_REASON: Final = "former"
NOT_YET_REASON: Final = "not yet"
HELPING_REASON: Final = "works for that person"


class Role(NamedTuple):
    """One role that a title names: its words in order, its levels, and the work that they say."""

    core: tuple[Word, ...]
    levels: tuple[Word, ...]
    texts: Core
    work: Work

    @property
    def functions(self) -> Functions:
        return self.work.functions


class Barrier(NamedTuple):
    """Why a title does not count as what its words say, and the words that say so."""

    reason: str
    words: tuple[Word, ...]


@dataclass(slots=True)
class Reading:
    """A title in pieces: its roles in order, barriers, ambiguous abbreviations, and the pieces as they stand there."""

    pieces: list[str]
    words: list[Word]
    roles: list[Role] = field(default_factory=list)
    barriers: list[Barrier] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)

    @property
    def seniority(self) -> str | None:
        """The highest level of the title, or None where it names none."""
        return seniority_of([word.text for word in self.words])


@dataclass(slots=True)
class Part:
    """What stands between two separators, while it is being read."""

    begins: str
    levels: list[Word] = field(default_factory=list)
    core: list[Word] = field(default_factory=list)
    ahead: list[Word] = field(default_factory=list)
    head: list[Word] = field(default_factory=list)
    stopped: bool = False
    turned: bool = False
    led_last: bool = False
    former: Word | None = None

    @property
    def leading(self) -> bool:
        return any(word.text in v.LEADING for word in self.levels)

    @property
    def empty(self) -> bool:
        return not (self.levels or self.core or self.ahead or self.head)

    def only_leads(self) -> bool:
        """Whether nothing but levels and heads that lead an area has been read so far."""
        if self.turned or not (self.levels or self.core):
            return False
        return all(word.text in v.PLAIN_HEADS or word.text in LEADING_ALONE for word in self.core) and (
            bool(self.core) or self.leading
        )

    def turn(self) -> None:
        """The area follows: what was read so far comes behind it."""
        self.ahead, self.core, self.turned = self.core, [], True

    def finish(self) -> None:
        """Put the words into one order: kinds, area, head."""
        self.core += self.head
        core = self.core
        if core and core[-1].text == "engineer" and any(word.text in LEADING_ENGINEERING for word in self.levels):
            core[-1] = core[-1]._replace(text="engineering")
        if len(core) > 1 and core[-1].text == "technical" and core[-2].text in WITH_TECHNICIANS:
            core[-1] = core[-1]._replace(text="technician")
        while len(core) > 1 or (core and self.levels):
            level = v.LEVELS_AT_THE_END.get(core[-1].text)
            if level is None:
                break
            self.levels.append(core.pop()._replace(text=level))
        if len(core) > 1 and core[0].text in v.PLAIN_HEADS and not self.ahead and not self.head:
            work = work_of(tuple(word.text for word in core), True)
            if work.kind == PLAIN and work.head == 0:
                core.append(core.pop(0))
        self.core = core + [word for word in self.ahead if not (word.text == "officer" and self.leading)]
        if self.leading and self.core and self.core[-1].text == "officer":
            self.core.pop()


LEADING_ALONE: Final = frozenset(("president", *v.NEUTRAL))


class Spelling(NamedTuple):
    """The words behind a piece of a title, each as the vocabulary has it and as it is spelt, and whether they tell."""

    told: tuple[tuple[str, str], ...]
    telling: bool
    phrase: bool


class Reader:
    """Reads titles; what a piece stands for is worked out once."""

    def __init__(self) -> None:
        self.phrases = Phrases(v.PHRASES.items())
        self.telling = set(TELLING)
        self.spelt: dict[str, Spelling] = {}
        self.works: dict[tuple[Core, bool], Work] = {}

    def listen_for(self, words: Iterable[str]) -> None:
        """From now on a title with one of these words is read in full."""
        self.telling.update(words)
        self.spelt.clear()

    def spelling(self, piece: str) -> Spelling:
        """What one piece of a title stands for."""
        if len(self.spelt) >= MOST_REMEMBERED:
            self.spelt.clear()
        texts = spell(piece)
        raw = plain(piece).removesuffix(".")
        at = 1 if texts and texts[0] == FIRST else 0
        told = tuple((text, raw if n == at else text) for n, text in enumerate(texts))
        telling = raw in self.telling or any(
            text in self.telling or self.phrases.may_mean(form, self.telling) for text, form in told
        )
        phrase = any(self.phrases.begins(form) or self.phrases.begins(text) for text, form in told)
        found = self.spelt[piece] = Spelling(told, telling, phrase)
        return found

    def read(self, title: str) -> Reading:
        """What the title says."""
        found = pieces(title)
        return self.read_pieces(found, [self.spelt.get(piece) or self.spelling(piece) for piece in found])

    def glance(self, title: str) -> Reading | tuple[str, ...]:
        """What the title says; only its words where none of them can tell of a persona or of work that we name."""
        found = pieces(title)
        spelt = self.spelt
        spellings = [spelt.get(piece) or self.spelling(piece) for piece in found]
        for place, (told, telling, _) in enumerate(spellings):
            if telling and not (place and told == PRESIDENT and spellings[place - 1].told == VICE):
                return self.read_pieces(found, spellings)
        for _, _, phrase in spellings:
            if phrase:
                return tuple([word.text for word in self.words_of(spellings)])
        return tuple([text for told, _, _ in spellings for text, _ in told])

    def words_of(self, spellings: list[Spelling]) -> list[Word]:
        """The words of these pieces, with every phrase replaced."""
        for _, _, phrase in spellings:
            if phrase:
                return self.phrases.replace(
                    [(text, place, raw) for place, (told, _, _) in enumerate(spellings) for text, raw in told]
                )
        return [Word(text, place, place) for place, (told, _, _) in enumerate(spellings) for text, _ in told]

    def read_pieces(self, found: list[str], spellings: list[Spelling]) -> Reading:
        """What these pieces say together."""
        reading = Reading(found, self.words_of(spellings))
        self.settle_abbreviations(reading)
        return self.complete(reading)

    def complete(self, reading: Reading) -> Reading:
        """The reading with its roles, barriers and seniority."""
        parts, brackets = self.parts_of(reading)
        reading.roles = self.roles_of(parts, brackets)
        if any(role.work is UNNAMED_ENGINEER for role in reading.roles):
            reading.ambiguous.append("engineer")
        return reading

    def settle_abbreviations(self, reading: Reading) -> None:
        """Each abbreviation with several readings becomes the one that the other words ask for, or the usual one."""
        texts = {word.text for word in reading.words}
        if texts.isdisjoint(v.AMBIGUOUS):
            return
        texts |= {plain(piece).removesuffix(".") for piece in reading.pieces}
        settled: list[Word] = []
        for word in reading.words:
            if word.text not in v.AMBIGUOUS:
                settled.append(word)
                continue
            usual, others = v.AMBIGUOUS[word.text]
            asked = next((meaning for hint, meaning in others.items() if hint in texts), None)
            if asked is None and not set(usual.split()) <= texts:
                reading.ambiguous.append(word.text)
            settled += [Word(text, word.first, word.last) for text in (asked or usual).split()]
        reading.words = settled

    def parts_of(self, reading: Reading) -> tuple[list[Part], list[Part]]:
        """The parts of the title in order, and those in brackets."""
        parts, brackets = [Part("start")], list[Part]()
        now, outside = parts[0], parts[0]
        words = reading.words
        former: Word | None = None
        last = len(words) - 1
        for place, word in enumerate(words):
            text = word.text
            if text in SEPARATORS:
                kind = "and" if text in v.AND else "soft"
                if text in v.OPENING:
                    if now is not outside:
                        continue
                    outside, now = now, Part("bracket")
                    brackets.append(now)
                    continue
                if text in v.CLOSING:
                    now = outside
                    continue
                if text in v.STRONG_AND or kind == "soft":
                    former = None
                if now is not outside:
                    now = Part(kind)
                    brackets.append(now)
                elif now.empty and now.former is None and kind == "and":
                    continue
                else:
                    now = outside = Part(kind)
                    parts.append(now)
                now.former = former
                continue
            if text in v.FORMER:
                if text != "ex" or (place < last and self.is_known(words[place + 1].text)):
                    former = now.former = word
                    reading.barriers.append(Barrier(FORMER_REASON, (word,)))
                continue
            if now.stopped:
                if text in v.NOT_YET:
                    reading.barriers.append(Barrier(NOT_YET_REASON, (word,)))
                continue
            if text in v.NOT_YET:
                reading.barriers.append(Barrier(NOT_YET_REASON, (word,)))
                if text in v.LEVELS:
                    now.levels.append(word)
                continue
            self.take(now, word, words[place + 1].text if place < last else "", reading)
        return parts, brackets

    def is_known(self, text: str) -> bool:
        return text in v.LEVELS or text in v.PLAIN_HEADS or text in v.EXECUTIVES or text in OURS

    def take(self, part: Part, word: Word, following: str, reading: Reading) -> None:
        """Add one word to a part."""
        text = word.text
        if text in v.RECRUITING:
            reading.barriers.append(Barrier(HELPING_REASON, (word,)))
        if text in v.LEVELS:
            part.levels.append(word)
            part.led_last = text in v.LEADING
        elif text in v.LEVELS_IN_FRONT and not part.core and following and following not in BREAKS:
            part.levels.append(word)
        elif text == FIRST:
            part.head.append(word)
        elif part.head and part.head[-1].text == FIRST:
            part.head[-1] = word
        elif text in v.OF or text in TOWARDS:
            if part.head:
                return
            if part.only_leads():
                part.turn()
            elif part.led_last or (part.turned and text != "of"):
                part.led_last = False
            elif not part.empty:
                self.stop(part, word, reading)
        elif text in v.PREPOSITIONS:
            if not part.empty:
                self.stop(part, word, reading)
        elif text not in v.ARTICLES:
            part.core.append(word)
            part.led_last = False

    def stop(self, part: Part, word: Word, reading: Reading) -> None:
        """What follows "at", "for" or "to" is no part of the role; an assistant to somebody is not that somebody."""
        part.stopped = True
        helper = part.core[-1] if part.core else None
        helpers = {"to": v.HELPING, "for": v.SERVING, "of": v.SERVING}.get(word.text, frozenset())
        if helper is not None and helper.text in helpers:
            reading.barriers.append(Barrier(HELPING_REASON, (helper, word)))

    def role(self, core: list[Word], levels: list[Word]) -> Role:
        """A role of these words; what they say is worked out once."""
        texts = tuple([word.text for word in core])
        leading = False
        for word in levels:
            if word.text in v.LEADING:
                leading = True
        key = (texts, leading)
        work = self.works.get(key)
        if work is None:
            if len(self.works) >= MOST_REMEMBERED:
                self.works.clear()
            work = self.works[key] = work_of(texts, leading)
        if not levels and texts == ("engineer",):
            work = UNNAMED_ENGINEER
        elif texts == ("architect",) and any(word.text in ABOVE_ARCHITECTS for word in levels):
            work = RANKED_ARCHITECT
        return Role(tuple(core), tuple(levels), texts, work)

    def roles_of(self, parts: list[Part], brackets: list[Part]) -> list[Role]:
        """The roles that count: those before the first comma or dash, and later ones that are titles themselves."""
        roles: list[Role] = []
        for segment in segments(parts):
            settled = any(role.functions for role in roles)
            if not settled:
                carried = roles[-1] if roles else None
                roles = [*roles, *self.segment_roles(segment, carried)]
                continue
            if all(part.levels and not part.core for part in segment):
                roles[-1] = self.role(list(roles[-1].core), [*roles[-1].levels, *segment[0].levels])
                continue
            ours = any(OTHER not in role.functions for role in roles)
            roles += [role for role in self.segment_roles(segment, None) if is_title(role, ours)]
        for bracket in brackets:
            bracket.finish()
            if roles and bracket.levels and not bracket.core:
                roles[-1] = self.role(list(roles[-1].core), [*roles[-1].levels, *bracket.levels])
            elif bracket.core and not any(role.functions for role in roles):
                carried = roles[-1] if roles else None
                roles += self.with_leader(bracket, carried)
        if not any(role.functions for role in roles):
            roles = [self.running_all(role) for role in roles]
        if any(role.functions for role in roles):
            roles = [role for role in roles if role.functions]
        return roles

    def running_all(self, role: Role) -> Role:
        """A managing director of nothing in particular runs the company."""
        if any(word.text == "md" for word in role.levels):
            return role._replace(work=role.work._replace(functions=(EXECUTIVE,)))
        return role

    def with_leader(self, part: Part, leader: Role | None) -> list[Role]:
        """The role of a part, led by what came before where it has no head of its own."""
        role = self.role(part.core, part.levels)
        if leader is None or part.leading or role.work.kind in (STRONG, RULER):
            return [role]
        heads = [word for word in leader.core if word.text in v.PLAIN_HEADS]
        core = part.core if role.work.kind == PLAIN else part.core + heads[-1:]
        return [self.role(core, [*leader.levels, *part.levels])]

    def segment_roles(self, segment: list[Part], leader: Role | None) -> list[Role]:
        """The roles of parts joined by "and" or a slash, which may share a head: "UI/UX Designer"."""
        roles: list[Role] = []
        waiting: list[Part] = []
        for part in segment:
            if part.former is not None:
                continue
            if not (part.core or part.levels):
                continue
            role = self.role(part.core, part.levels)
            kind = role.work.kind
            if kind in (AREA, NOTHING) and not part.leading:
                if roles and roles[-1].work.kind in (AREA, PLAIN) and (leads(roles[-1]) or not part.core):
                    roles += self.with_leader(part, roles[-1])
                elif roles and roles[-1].work.kind == STRONG:
                    if part.levels and not part.core:
                        roles[-1] = self.role(list(roles[-1].core), [*roles[-1].levels, *part.levels])
                elif part.core:
                    waiting.append(part)
                continue
            if kind == STRONG:
                kinds = [word for each in waiting for word in each.core]
                levels = [word for each in waiting for word in each.levels]
                roles.append(self.role(kinds + list(role.core), levels + list(role.levels)) if kinds else role)
            elif kind == RULER:
                roles += [self.role(each.core, each.levels) for each in waiting]
                roles.append(role)
            else:
                if roles and not part.levels and role.texts[-1:] == ("officer",) and leads(roles[-1]):
                    role = self.role(list(role.core[:-1]), list(roles[-1].levels))
                    kind = role.work.kind
                heads = list(role.core[role.work.head :]) if kind == PLAIN else []
                for each in waiting:
                    roles.append(self.role([*each.core, *heads], [*each.levels, *role.levels]))
                roles.append(role)
            waiting = []
        for each in waiting:
            roles += self.with_leader(each, leader)
        if leader is not None and len(roles) == 1 and not waiting and roles[0].work.kind == PLAIN:
            roles = [self.role(list(roles[0].core), [*leader.levels, *roles[0].levels])]
        return roles


OURS: Final = frozenset().union(
    v.BUILDERS, v.DESIGNERS, v.MARKETERS, v.MARKETING_AREAS, v.DATA_AREAS, v.ENGINEERING_AREAS,
    ["product", "software", "data", "cto", "analyst", "scientist"],
)  # fmt: skip
# A title without any of these names no work that we tell apart, and is kept from nothing.
TELLING: Final = frozenset().union(
    OURS, v.EXECUTIVES, v.RESEARCHERS, v.WRITERS, v.DESIGN_AREAS, v.PRODUCT_AREAS, v.LEARNING, v.TECHNOLOGY_AREAS,
    v.ENGINEERING_AREAS, TEAMS_OF_SOFTWARE, v.FORMER, v.NOT_YET, v.AMBIGUOUS, ["md", "to", "insights", FIRST],
    ["science", "development"], v.RECRUITING,
) - {"creator", "editor", "author"}  # fmt: skip
PRESIDENT: Final = (("president", "president"),)
VICE: Final = (("vice", "vice"),)
# Behind these "tech" is short for technician.
WITH_TECHNICIANS: Final = listed("engineering lab laboratory support network systems service field electrical it")
# An engineer of no kind and no rank may be one of anything.
UNNAMED_ENGINEER: Final = Work((OTHER,), STRONG, 0)
# Architects of houses have other ranks.
ABOVE_ARCHITECTS: Final = listed("chief principal lead staff distinguished")
RANKED_ARCHITECT: Final = Work((ENGINEERING,), STRONG, 0)
# "VP Eng" leads engineering.
LEADING_ENGINEERING: Final = listed("vp director head")
SEPARATORS: Final = v.AND | v.SOFT | v.OPENING | v.CLOSING
TOWARDS: Final = frozenset(("for", "fur", "pour", "para"))
BREAKS: Final = SEPARATORS | v.OF | v.PREPOSITIONS


def leads(role: Role) -> bool:
    """Whether a role has somebody leading an area, so that another area may be theirs too."""
    return any(word.text in v.LEADING for word in role.levels) or role.work.kind == PLAIN


def is_title(role: Role, beside_ours: bool) -> bool:
    """Whether what stands behind a comma or dash is a title of its own and no hint."""
    if not role.functions or OTHER in role.functions:
        return False
    led = any(word.text in v.LEADING for word in role.levels)
    if role.work.kind == RULER:
        return True
    if role.work.kind == STRONG:
        at_the_end = role.work.head == len(role.core) - 1
        return at_the_end and (beside_ours or role.core[-1].text == "cto" or led)
    return led or (role.work.kind == PLAIN and beside_ours and role.core[-1].text in ("manager", "owner"))


def segments(parts: list[Part]) -> Iterator[list[Part]]:
    """The parts between commas and dashes, finished."""
    segment: list[Part] = []
    for part in parts:
        part.finish()
        if part.begins == "soft" and segment:
            yield segment
            segment = []
        if part.core or part.levels:
            segment.append(part)
    if segment:
        yield segment


# Managers of these are not managers of people.
MANAGED_THINGS: Final = listed(
    "product project program account accounts brand community content campaign socialmedia growth marketing "
    "partner office category market success customer relationship release property event events portfolio seo "
    "delivery productline sales channel territory digital case risk policy marketer"
)
CHIEFS: Final = listed("ceo coo cto cfo cio ciso president chairman chairwoman chairperson proprietor")
RANKED: Final = frozenset().union(v.SENIORITY, CHIEFS, v.NOT_YET, ["founder"])
STOPS: Final = v.OF | v.PREPOSITIONS


def seniority_of(texts: Sequence[str]) -> str | None:
    """The highest level that the words of a title name, or None; what follows "of" or "at" is not the person's."""
    if RANKED.isdisjoint(texts):
        return None
    best, name = -1, None
    manager = things = stopped = False
    for text in texts:
        if stopped and text not in SEPARATORS:
            continue
        stopped = text in STOPS
        told = v.SENIORITY.get(text)
        if told is not None:
            if text == "manager":
                manager = True
            elif told[0] > best and told[1]:
                best, name = told
        elif text == "founder":
            return v.FOUNDER_SENIORITY
        elif text in CHIEFS:
            best, name = v.SENIORITY["chief"]
        elif text in MANAGED_THINGS:
            things = True
        elif text in v.NOT_YET:
            best, name = max((best, name or ""), v.SENIORITY["intern"])
    if manager and not things and best < v.SENIORITY["manager"][0]:
        return v.SENIORITY["manager"][1]
    return name
