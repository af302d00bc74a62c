"""How a title is read: its words as the vocabulary has them, and what they say together."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from . import vocabulary as v
from .function import TEAMS_OF_SOFTWARE
from .parts import OURS, Barrier, parts_of
from .roles import MOST_REMEMBERED, UNNAMED_ENGINEER, Role, RoleReader
from .seniority import seniority_of
from .spelling import FIRST, Phrases, Word, pieces, plain, spell


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
        self.roles = RoleReader()

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
        parts, brackets, reading.barriers = parts_of(reading.words)
        reading.roles = self.roles.roles_of(parts, brackets)
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


# A title without any of these names no work that we tell apart, and is kept from nothing.
TELLING: Final = frozenset().union(
    OURS, v.EXECUTIVES, v.RESEARCHERS, v.WRITERS, v.DESIGN_AREAS, v.PRODUCT_AREAS, v.LEARNING, v.TECHNOLOGY_AREAS,
    v.ENGINEERING_AREAS, TEAMS_OF_SOFTWARE, v.FORMER, v.NOT_YET, v.AMBIGUOUS, ["md", "to", "insights", FIRST],
    ["science", "development"], v.RECRUITING,
) - {"creator", "editor", "author"}  # fmt: skip
PRESIDENT: Final = (("president", "president"),)
VICE: Final = (("vice", "vice"),)
