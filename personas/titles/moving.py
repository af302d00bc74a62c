"""Which titles stand for somebody else once patterns are changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from personas.rules.parts import Persona

from .matching import Match, TitleMatcher


@dataclass(frozen=True)
class Answer:
    """Whom a title stands for: the result of its match, and the personas, likeliest first."""

    result: str
    personas: tuple[str, ...]


@dataclass(frozen=True)
class Move:
    """A title that stands for others than before, and how many contacts have it."""

    pk: int
    title: str
    contacts: int
    before: Answer
    after: Answer


@dataclass(frozen=True)
class Moves:
    """The titles that stand for others than before, those of most contacts first.

    `looked` of `of` titles were looked at: where there are too many, those of most contacts.
    """

    rows: tuple[Move, ...] = ()
    looked: int = 0
    of: int = 0

    @property
    def titles(self) -> int:
        return len(self.rows)

    @property
    def contacts(self) -> int:
        return sum(row.contacts for row in self.rows)

    @property
    def whole(self) -> bool:
        """Whether every title was looked at."""
        return self.looked >= self.of


def changes(before: TitleMatcher, after: TitleMatcher, texts: Iterable[str]) -> dict[str, tuple[Answer, Answer]]:
    """What each title stood for and will, of those for which that differs."""
    probe = probe_of(before.personas, after.personas)
    found = {}
    for text in texts:
        if probe is None or touches(probe, text):
            was, becomes = answer(before.match(text)), answer(after.match(text))
            if was != becomes:
                found[text] = (was, becomes)
    return found


def answer(match: Match) -> Answer:
    return Answer(str(match.result), match.personas)


def probe_of(before: Sequence[Persona], after: Sequence[Persona]) -> TitleMatcher | None:
    """A matcher of the lines alone that one of them has and the other has not.

    A title that none of these lines fits is met by the same lines before and
    after, so it stands for the same. None where lines or personas that both
    have stand in another order: that may settle a tie anywhere.
    """
    was = {each.key: each for each in before}
    becomes = {each.key: each for each in after}
    if [key for key in was if key in becomes] != [key for key in becomes if key in was]:
        return None
    lines = []
    for key in {**was, **becomes}:
        one, other = was.get(key), becomes.get(key)
        titles = differing(one.titles if one else (), other.titles if other else ())
        exclude = differing(one.exclude if one else (), other.exclude if other else ())
        if titles is None or exclude is None:
            return None
        lines.append(replace(was.get(key) or becomes[key], titles=titles, exclude=exclude))
    return TitleMatcher(lines)


def differing(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...] | None:
    """The lines that only one of them has; None where the others stand in another order."""
    was, becomes = set(before), set(after)
    if [line for line in before if line in becomes] != [line for line in after if line in was]:
        return None
    return tuple(line for line in dict.fromkeys((*before, *after)) if (line in was) != (line in becomes))


def touches(probe: TitleMatcher, text: str) -> bool:
    """Whether any line of the probe fits the title."""
    reading = probe.reader.glance(text)
    return not isinstance(reading, tuple) and any(probe.hits(reading))
