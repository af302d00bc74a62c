"""Why a result changed, in facts: the difference of two stored cell texts, each read by the ruleset that made it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils import timezone

from crm.models import FitChange
from personas.models import Ruleset
from personas.models.ruleset import parsed
from personas.rules.cells import Cut, NumberCut
from personas.rules.facts import Kind
from personas.rules.scoring import Scorer
from personas.rules.text.values import affixes

from .packing import Packing

FROM_TO = re.compile(r"^([\d.,]+) to ([\d.,]+)$")


@dataclass(frozen=True)
class Moved:
    """One fact that went from one cell to another, in words."""

    fact: str
    label: str
    before: str
    after: str

    @property
    def said(self) -> str:
        """Such as "Employees went from 15–19 to 20–500 people"."""
        return f"{self.label} went from {self.before} to {self.after}"


@dataclass(frozen=True)
class Because:
    """The facts that moved, and what else is to be said; `rules` is empty where the rules are the same."""

    facts: tuple[Moved, ...] = ()
    rules: str = ""
    other: str = ""

    @property
    def said(self) -> tuple[str, ...]:
        """Everything in short sentences without a full stop; never nothing."""
        return (*(each.said for each in self.facts), *filter(None, (self.rules, self.other)))


class Reader:
    """What one ruleset's cell texts say, fact by fact."""

    def __init__(self, scorer: Scorer) -> None:
        self.packing = Packing(scorer)
        self.lists = {named.key: named.title or named.key for named in scorer.document.lists}
        self.names = {persona.key: persona.name for persona in scorer.document.personas}
        self.names |= {profile.key: profile.name for profile in scorer.document.profiles}

    def cells(self, text: str) -> dict[str, tuple[Cut, int]]:
        """The cell of each fact; raises ValueError where the text is not of these rules."""
        cells = self.packing.cells(text)
        if self.packing.text(cells) != text:
            raise ValueError("these cells are packed otherwise")
        return {cut.fact.key: (cut, cell) for cut, cell in zip(self.packing.cuts, cells, strict=True)}

    def words(self, cut: Cut, cell: int) -> str:
        """A cell as people say it, without its unit."""
        said = cut.describe(cell)
        if isinstance(cut, NumberCut):
            return FROM_TO.sub(r"\1–\2", said)
        for key, title in self.lists.items():
            said = said.replace(f"on the list {key}", f"on the list “{title}”")
        if cut.fact.key in ("personas", "day_job_segments"):
            for key, name in self.names.items():
                said = re.sub(rf"(?<![\w-]){re.escape(key)}(?![\w-])", name, said)
        return said.replace("_", " ") if cut.fact.kind in (Kind.CHOICE, Kind.SET) else said


@lru_cache(maxsize=32)
def reader(content_hash: str, text: str) -> Reader:
    """The reader of these rules; made once a process. Cells mean the same on every day."""
    return Reader(Scorer(parsed(content_hash, text), timezone.now().date()))


def causes(changes: Iterable[FitChange]) -> Mapping[int, Because]:
    """Why each of these results changed, by the id of the change; one query for the rules of all."""
    listed = list(changes)
    numbers = {number for each in listed for number in (each.ruleset_before, each.ruleset_after) if number is not None}
    rules = {row.number: row for row in Ruleset.objects.filter(number__in=numbers)} if numbers else {}
    return {each.pk: because(each, rules) for each in listed}


def because(change: FitChange, rules: Mapping[int, Ruleset]) -> Because:
    """Why the result changed, as far as the rules of that time are still there to read the cells by."""
    before, after = change.ruleset_before, change.ruleset_after
    if before is None or change.cells_before is None:
        return Because(other="Scored for the first time")
    said = f"The rules changed from ruleset {before} to {after}" if before != after else ""
    other = {
        FitChange.Cause.TIME: "Time has passed",
        FitChange.Cause.ENGINE: "The program was upgraded",
        FitChange.Cause.OVERRIDE: "The segment was set by hand, or that ended",
    }.get(FitChange.Cause(change.cause), "")
    facts: tuple[Moved, ...] = ()
    if before in rules and after in rules:
        try:
            facts = tuple(moved(change, reader_of(rules[before]), reader_of(rules[after])))
        except ValueError:
            other = other or "What changed in the facts can no longer be read"
    elif not said:
        other = other or "The rules of that time are gone"
    if not facts and not said and not other:
        other = str(change.get_cause_display())
    return Because(facts, said, other)


def reader_of(ruleset: Ruleset) -> Reader:
    return reader(ruleset.content_hash, ruleset.text)


def moved(change: FitChange, before: Reader, after: Reader) -> Iterator[Moved]:
    """The facts whose cells differ. Of a fact that the two rulesets cut otherwise, nothing certain can be said."""
    old, new = before.cells(change.cells_before or ""), after.cells(change.cells_after)
    for fact, (cut, cell) in new.items():
        if fact not in old:
            continue
        was_cut, was = old[fact]
        if before is not after and (was_cut.questions != cut.questions or was_cut.fact != cut.fact):
            continue
        if was != cell:
            one, other = before.words(was_cut, was), after.words(cut, cell)
            if one != other:
                sides = (one, united(cut, other)) if other != "unknown" else (united(cut, one), other)
                yield Moved(fact, cut.fact.label, *sides)


def united(cut: Cut, said: str) -> str:
    """A number with its unit; other values as they are."""
    if not isinstance(cut, NumberCut) or not any(letter.isdigit() for letter in said):
        return said
    sign, after = affixes(cut.fact)
    return f"{re.sub(r'(?<![0-9.,])(?=[0-9])', sign, said)}{after}"
