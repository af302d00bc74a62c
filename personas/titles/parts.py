"""Where a title falls apart: what stands between commas, slashes and brackets, and what does not count."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from . import vocabulary as v
from .function import PLAIN, work_of
from .spelling import FIRST, Word
from .vocabulary import listed

FORMER_REASON: Final = "former"
NOT_YET_REASON: Final = "not yet"
HELPING_REASON: Final = "works for that person"


class Barrier(NamedTuple):
    """Why a title does not count as what its words say, and the words that say so."""

    reason: str
    words: tuple[Word, ...]


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


class Parts(NamedTuple):
    """The parts of a title in order, those in brackets, and the barriers on the way."""

    outside: list[Part]
    brackets: list[Part]
    barriers: list[Barrier]


def parts_of(words: list[Word]) -> Parts:
    """The parts of a title with these words."""
    parts, brackets, barriers = found = Parts([Part("start")], [], [])
    now, outside = parts[0], parts[0]
    former: Word | None = None
    last = len(words) - 1
    for place, word in enumerate(words):
        text = word.text
        if text in v.SEPARATORS:
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
            if text != "ex" or (place < last and is_known(words[place + 1].text)):
                former = now.former = word
                barriers.append(Barrier(FORMER_REASON, (word,)))
            continue
        if now.stopped:
            if text in v.NOT_YET:
                barriers.append(Barrier(NOT_YET_REASON, (word,)))
            continue
        if text in v.NOT_YET:
            barriers.append(Barrier(NOT_YET_REASON, (word,)))
            if text in v.LEVELS:
                now.levels.append(word)
            continue
        take(now, word, words[place + 1].text if place < last else "", barriers)
    return found


def is_known(text: str) -> bool:
    return text in v.LEVELS or text in v.PLAIN_HEADS or text in v.EXECUTIVES or text in OURS


def take(part: Part, word: Word, following: str, barriers: list[Barrier]) -> None:
    """Add one word to a part."""
    text = word.text
    if text in v.RECRUITING:
        barriers.append(Barrier(HELPING_REASON, (word,)))
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
            stop(part, word, barriers)
    elif text in v.PREPOSITIONS:
        if not part.empty:
            stop(part, word, barriers)
    elif text not in v.ARTICLES:
        part.core.append(word)
        part.led_last = False


def stop(part: Part, word: Word, barriers: list[Barrier]) -> None:
    """What follows "at", "for" or "to" is no part of the role; an assistant to somebody is not that somebody."""
    part.stopped = True
    helper = part.core[-1] if part.core else None
    helpers = {"to": v.HELPING, "for": v.SERVING, "of": v.SERVING}.get(word.text, frozenset())
    if helper is not None and helper.text in helpers:
        barriers.append(Barrier(HELPING_REASON, (helper, word)))


OURS: Final = frozenset().union(
    v.BUILDERS, v.DESIGNERS, v.MARKETERS, v.MARKETING_AREAS, v.DATA_AREAS, v.ENGINEERING_AREAS,
    ["product", "software", "data", "cto", "analyst", "scientist"],
)  # fmt: skip
# Behind these "tech" is short for technician.
WITH_TECHNICIANS: Final = listed("engineering lab laboratory support network systems service field electrical it")
# "VP Eng" leads engineering.
LEADING_ENGINEERING: Final = listed("vp director head")
LEADING_ALONE: Final = frozenset(("president", *v.NEUTRAL))
TOWARDS: Final = frozenset(("for", "fur", "pour", "para"))
BREAKS: Final = v.SEPARATORS | v.STOPS
