"""Which personas a title stands for, by their patterns, and why."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from personas.rules.parts import Persona

from . import vocabulary as v
from .function import AREA, EXECUTIVE, OTHER, STRONG, Core
from .parts import FORMER_REASON
from .reading import Reader, Reading
from .roles import MOST_REMEMBERED, Role
from .seniority import seniority_of
from .spelling import FIRST, Word


class Result(StrEnum):
    """What came of a title."""

    MATCH = "match"
    AMBIGUOUS = "ambiguous"
    NONE = "none"
    EXCLUDED = "excluded"
    UNKNOWN = "unknown"


class Evidence(NamedTuple):
    """A pattern that a title fits, and the words of the title that fit it."""

    persona: str
    pattern: str
    words: tuple[str, ...]


class Exclusion(NamedTuple):
    """Why a title does not stand for a persona (None: for nobody): the pattern or reason, and the words."""

    persona: str | None
    pattern: str
    words: tuple[str, ...]


class Match(NamedTuple):
    """What a title was found to be. Personas and functions stand likeliest first.

    `function` is None where the title says nothing; `alternatives` are the
    other functions that it names too.
    """

    title: str
    result: Result
    personas: tuple[str, ...] = ()
    seniority: str | None = None
    function: str | None = None
    evidence: tuple[Evidence, ...] = ()
    flags: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    excluded: tuple[Exclusion, ...] = ()

    def data(self) -> dict[str, object]:
        """The same as `manage.py match_titles` prints it."""
        return {
            "title": self.title,
            "result": str(self.result),
            "personas": list(self.personas),
            "seniority": self.seniority,
            "function": self.function,
            "evidence": [
                {"persona": each.persona, "pattern": each.pattern, "words": list(each.words)} for each in self.evidence
            ],
            "flags": list(self.flags),
            "alternatives": list(self.alternatives),
            "excluded": [
                {"persona": each.persona, "pattern": each.pattern, "words": list(each.words)} for each in self.excluded
            ],
        }


class Pattern(NamedTuple):
    """A line of a persona's titles or exclusions, read as titles are."""

    persona: int
    place: int
    text: str
    exclude: bool
    core: tuple[str, ...]
    levels: frozenset[str]
    functions: frozenset[str]
    words: tuple[str, ...]


class Fitting(NamedTuple):
    """A pattern that fits the words of a role: how well, and where its words stand."""

    pattern: Pattern
    fit: tuple[int, int, int]
    places: tuple[int, ...]


class Hit(NamedTuple):
    """A pattern that fits: how well, and by which pieces of the title."""

    pattern: Pattern
    fit: tuple[int, int, int]
    pieces: tuple[int, ...]
    role: int

    @property
    def whole(self) -> bool:
        """Whether the pattern was met word by word."""
        return self.fit[0] == WHOLE_TITLE

    @property
    def rank(self) -> tuple[int, int]:
        """The order among personas of one role: the more words fit the likelier."""
        return (-self.fit[0], -self.fit[1])


WHOLE_TITLE: Final = 9
SEVERAL_ROLES: Final = 6
ONE_ROLE: Final = 5
# Words that may stand inside a builder's title without making it another one.
INSIDE: Final = v.DISCIPLINES | v.SOFTWARE | v.NEUTRAL | v.DATA_WORDS | v.LEARNING
BEHIND: Final = v.PLAIN_HEADS | v.OF_THE_AREA | v.NEUTRAL


class TitleMatcher:
    """Matches titles against the patterns of these personas. The same title always gives the same match."""

    def __init__(self, personas: Iterable[Persona]) -> None:
        self.personas = tuple(personas)
        self.reader = Reader()
        self.whole: dict[tuple[str, ...], list[Pattern]] = {}
        self.by_end: dict[str, list[Pattern]] = {}
        self.by_two: dict[tuple[str, str], list[Pattern]] = {}
        self.bare: list[Pattern] = []
        self.joined: list[tuple[Pattern, tuple[Pattern, ...]]] = []
        self.literal: dict[str, list[Pattern]] = {}
        self.role_found: dict[tuple[Core, Core], list[Fitting]] = {}
        for number, persona in enumerate(self.personas):
            for exclude, texts in ((False, persona.titles), (True, persona.exclude)):
                for place, text in enumerate(texts):
                    self.add(number, place, text, exclude)
        self.reader.listen_for(telling_word(words) for words in self.whole)

    def add(self, persona: int, place: int, text: str, exclude: bool) -> None:
        """Read one pattern and file it by its last words."""
        reading = self.reader.read(text)
        words = words_said(reading)
        if not words:
            return
        whole = Pattern(persona, place, text, exclude, (), frozenset(), frozenset(), words)
        self.whole.setdefault(words, []).append(whole)
        kept = {word for role in reading.roles for word in (*role.core, *role.levels)}
        lost = [word for word in reading.words if word not in kept and word.text not in LINKS]
        department = exclude and all(
            role.work.kind == AREA and set(role.functions) == {OTHER} for role in reading.roles
        )
        if reading.barriers or not reading.roles or lost or department:
            if exclude or reading.barriers:
                self.literal.setdefault(words[0], []).append(whole)
            return
        parts = [
            whole._replace(
                core=tuple(word.text for word in role.core),
                levels=frozenset(word.text for word in role.levels),
                functions=frozenset(role.functions),
            )
            for role in reading.roles
        ]
        if len(parts) > 1:
            self.joined.append((whole, tuple(parts)))
            return
        core = parts[0].core
        if not core:
            self.bare.append(parts[0])
        elif len(core) == 1:
            self.by_end.setdefault(core[0], []).append(parts[0])
        else:
            self.by_two.setdefault((core[-2], core[-1]), []).append(parts[0])

    def match(self, title: str) -> Match:
        """What the title stands for."""
        reading = self.reader.glance(title)
        if isinstance(reading, tuple):
            if v.SEPARATORS.issuperset(reading):
                return Match(title, Result.UNKNOWN)
            return Match(title, Result.NONE, seniority=seniority_of(reading), function=OTHER)
        hits, against = self.hits(reading)
        functions = functions_of(reading)
        flags = tuple([f"ambiguous:{each}" for each in dict.fromkeys(reading.ambiguous)])
        if not (hits or against or reading.barriers):
            return Match(title, Result.NONE, (), reading.seniority, functions[0], (), flags, functions[1:])
        kept = hits
        excluded: tuple[Exclusion, ...] = ()
        if against:
            kept = {
                number: hit
                for number, hit in hits.items()
                if number not in against
                or (hit.whole and not against[number].whole)
                or is_another_job(reading, against[number], hit)
            }
            excluded = tuple(
                Exclusion(self.personas[number].key, hit.pattern.text, told(reading, hit.pieces))
                for number, hit in sorted(against.items())
            )
        if reading.barriers:
            if any(barrier.reason != FORMER_REASON for barrier in reading.barriers) or not reading.roles:
                kept = {number: hit for number, hit in kept.items() if hit.whole}
            excluded += tuple(
                Exclusion(None, barrier.reason, told(reading, pieces_of(barrier.words))) for barrier in reading.barriers
            )
        order = sorted(kept, key=lambda number: (kept[number].role, kept[number].rank, number))
        result = Result.MATCH if len(order) == 1 else Result.AMBIGUOUS
        if not order:
            result = Result.EXCLUDED if excluded else Result.NONE
        return Match(
            title,
            result,
            tuple(self.personas[number].key for number in order),
            reading.seniority,
            functions[0],
            tuple(
                Evidence(self.personas[number].key, kept[number].pattern.text, told(reading, kept[number].pieces))
                for number in order
            ),
            flags,
            functions[1:],
            excluded,
        )

    def hits(self, reading: Reading) -> tuple[dict[int, Hit], dict[int, Hit]]:
        """The best pattern of each persona that fits, and the best of its exclusions."""
        hits: dict[int, Hit] = {}
        against: dict[int, Hit] = {}
        for hit in self.every_hit(reading):
            found = against if hit.pattern.exclude else hits
            best = found.get(hit.pattern.persona)
            if best is None or hit.fit > best.fit:
                found[hit.pattern.persona] = hit
        return hits, against

    def every_hit(self, reading: Reading) -> Iterator[Hit]:
        """Every pattern that fits the title or one of its roles."""
        for number, role in enumerate(reading.roles):
            key = (role.texts, tuple([word.text for word in role.levels]))
            found = self.role_found.get(key)
            if found is None:
                if len(self.role_found) >= MOST_REMEMBERED:
                    self.role_found.clear()
                found = self.role_found[key] = self.best_fitting(role)
            for pattern, fit, places in found:
                yield Hit(pattern, fit, tuple(pieces_of(named(role, pattern, places))), number)
        whole = self.whole.get(words_said(reading))
        if whole:
            everything = tuple(range(len(reading.pieces)))
            for pattern in whole:
                yield Hit(pattern, (WHOLE_TITLE, 0, -pattern.place), everything, 0)
        if self.literal:
            for place, word in enumerate(reading.words):
                for pattern in self.literal.get(word.text, ()):
                    hit = literal_hit(pattern, reading, place)
                    if hit is not None:
                        yield hit
        if len(reading.roles) > 1:
            for pattern, parts in self.joined:
                hit = self.joined_hit(pattern, parts, reading)
                if hit is not None:
                    yield hit

    def best_fitting(self, role: Role) -> list[Fitting]:
        """The pattern of each persona that fits a role best, and the exclusion."""
        levels = {word.text for word in role.levels}
        best: dict[tuple[int, bool], Fitting] = {}
        for pattern in self.candidates(role.texts):
            if pattern.levels <= levels:
                places = places_in(pattern, role)
                if places is not None:
                    fit = (ONE_ROLE, len(places) + len(pattern.levels), -pattern.place)
                    there = best.get((pattern.persona, pattern.exclude))
                    if there is None or fit > there.fit:
                        best[pattern.persona, pattern.exclude] = Fitting(pattern, fit, places)
        return list(best.values())

    def candidates(self, texts: Core) -> Iterator[Pattern]:
        """Patterns whose last words stand in this order among `texts`; some come twice."""
        for end, text in enumerate(texts):
            yield from self.by_end.get(text, ())
            for before in range(end):
                yield from self.by_two.get((texts[before], text), ())
        if not texts:
            yield from self.bare

    def joined_hit(self, whole: Pattern, parts: tuple[Pattern, ...], reading: Reading) -> Hit | None:
        """A pattern of several roles fits where each of them fits a role of the title."""
        pieces: list[int] = []
        for part in parts:
            for role in reading.roles:
                if part.levels <= {word.text for word in role.levels}:
                    places = places_in(part, role)
                    if places is not None:
                        pieces += pieces_of(named(role, part, places))
                        break
            else:
                return None
        return Hit(whole, (SEVERAL_ROLES, len(parts), -whole.place), tuple(pieces), 0)


def is_another_job(reading: Reading, against: Hit, hit: Hit) -> bool:
    """Whether the words of an exclusion name a second job beside the one that fits: "Designer and Fraud Analyst"."""
    for number, role in enumerate(reading.roles):
        words = set(pieces_of((*role.core, *role.levels)))
        if number != hit.role and role.work.kind == STRONG and words.issuperset(against.pieces):
            return not words.intersection(hit.pieces)
    return False


def telling_word(words: tuple[str, ...]) -> str:
    """The word of a pattern that the fewest titles have: every title that fits has it."""
    return next((word for word in reversed(words) if word not in COMMON), words[-1])


def named(role: Role, pattern: Pattern, places: tuple[int, ...]) -> list[Word]:
    """The words of a role that a pattern names."""
    return [role.core[place] for place in places] + [word for word in role.levels if word.text in pattern.levels]


def places_in(pattern: Pattern, role: Role) -> tuple[int, ...] | None:
    """Where the words of a pattern stand in a role, in order, or None.

    Disciplines may stand inside a builder's title. A title's last noun must be
    the pattern's, or one that says nothing of the work: a "product marketing
    manager" is no "product". An exclusion holds wherever its words stand.
    """
    core, texts = pattern.core, role.texts
    if not pattern.exclude and not (
        pattern.functions & set(role.functions) or pattern.functions == set(role.functions)
    ):
        return None
    builder = bool(core) and core[-1] in v.BUILDERS
    size = len(core)
    head = role.work.head
    for end in range(len(texts) - 1, size - 2, -1):
        if not core or texts[end] != core[-1]:
            continue
        places = [end]
        wanted = size - 2
        for place in range(end - 1, -1, -1):
            if wanted < 0:
                break
            if texts[place] == core[wanted]:
                places.append(place)
                wanted -= 1
            elif not (builder and texts[place] in INSIDE):
                break
        if wanted >= 0:
            continue
        if pattern.exclude or (
            all(text in BEHIND for text in texts[end + 1 : head + 1]) and (end <= head or role.work.kind != STRONG)
        ):
            return tuple(reversed(places))
    return () if not core and not texts else None


def literal_hit(pattern: Pattern, reading: Reading, place: int) -> Hit | None:
    """The pattern where its very words stand in the title, one after the other."""
    said = [reading.words[place]]
    if len(pattern.words) > 1:
        said = [word for word in reading.words[place:] if word.text not in v.ARTICLES][: len(pattern.words)]
    if tuple(word.text for word in said) != pattern.words:
        return None
    fit = SEVERAL_ROLES if pattern.exclude else WHOLE_TITLE
    return Hit(pattern, (fit, 0, -pattern.place), tuple(pieces_of(said)), 0)


def words_said(reading: Reading) -> tuple[str, ...]:
    """The words of a title without articles and marks."""
    return tuple(word.text for word in reading.words if word.text not in UNSAID)


def functions_of(reading: Reading) -> tuple[str, ...]:
    """The functions of all roles: whoever runs the company first, then in order; other work only where it is all."""
    named = list(dict.fromkeys(each for role in reading.roles for each in role.functions))
    ours = [each for each in named if each != OTHER]
    if EXECUTIVE in ours:
        ours.remove(EXECUTIVE)
        ours.insert(0, EXECUTIVE)
    return tuple(ours) or (OTHER,)


def pieces_of(words: Iterable[Word]) -> list[int]:
    """The places of the pieces behind these words."""
    return [place for word in words for place in range(word.first, word.last + 1)]


def told(reading: Reading, pieces: Iterable[int]) -> tuple[str, ...]:
    """These pieces of the title, as they stand there and in their order."""
    return tuple(reading.pieces[place] for place in sorted(set(pieces)))


COMMON: Final = v.PLAIN_HEADS | v.LEVELS | v.NEUTRAL | v.SEPARATORS | v.OF | v.ARTICLES | v.PREPOSITIONS | {FIRST}
UNSAID: Final = v.ARTICLES | v.SOFT | v.OPENING | v.CLOSING | v.AND - {"and", "cum"}
LINKS: Final = UNSAID | v.OF | v.AND | {FIRST, "officer"}
