"""The receipt of a company or contact: each line with fact, source, age, answer, points and what would change it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from crm.models import Company, Contact, Fit
from personas.models import Ruleset
from personas.publishing import active_ruleset
from personas.rules.conditions import Condition, comparisons
from personas.rules.document import Document, Line, Profile
from personas.rules.results import ProfileResult, Result, SegmentResult, points_number
from personas.rules.scoring import Scorer
from personas.rules.text import sentence, value_text, would_change
from personas.rules.truth import NO, YES, Truth

from .contacts import ContactPoints, contact_points, contact_scorer_for
from .drain import scorer_for
from .known import Stated, known_facts, known_facts_of_contacts


@dataclass(frozen=True)
class ReceiptFact:
    """One fact behind a line: its value in words, where it comes from, and how old it is."""

    key: str
    label: str
    value: str
    source: str
    age_days: int | None
    stale: bool
    invalid: str

    @property
    def age(self) -> str:
        """The age in words; empty when nobody said when the value was observed."""
        if self.age_days is None:
            return ""
        return "today" if self.age_days == 0 else f"{self.age_days:,} day{'s' if self.age_days != 1 else ''} old"


@dataclass(frozen=True)
class ReceiptLine:
    """One criterion, as a person reads it. `points` is what it adds; None while that is open or where it has none.

    `path` names the line within its profile: kind:key, or points:COMPONENT:ROW.
    """

    kind: str
    key: str
    label: str
    rule: str
    answer: Truth
    facts: tuple[ReceiptFact, ...]
    points: object = None
    worth: object = None
    change: str = ""
    rationale: str = ""
    path: str = ""


@dataclass(frozen=True)
class ReceiptGroup:
    """Lines that belong together: the musts, one component, the bonuses, the flags."""

    title: str
    lines: tuple[ReceiptLine, ...]
    points: object = None
    low: object = None
    high: object = None
    note: str = ""


@dataclass(frozen=True)
class ProfileReceipt:
    """All that one profile says of the company or contact."""

    key: str
    name: str
    stance: str
    action: str
    result: ProfileResult
    groups: tuple[ReceiptGroup, ...]

    @property
    def points_text(self) -> str:
        """Points, or the interval they lie in."""
        if self.result.low is None:
            return "no number: not enough data"
        low, high = points_number(self.result.low), points_number(self.result.high)
        return f"{low}" if low == high else f"{low} to {high}"


@dataclass(frozen=True)
class Receipt:
    """Everything there is to say about how well a company fits, and why."""

    company: Company
    at: datetime
    ruleset: Ruleset
    result: Result
    profiles: tuple[ProfileReceipt, ...]
    questions: tuple["AskFirst", ...]
    names: dict[str, str] = field(default_factory=dict)
    known: Mapping[str, Stated] = field(default_factory=dict)

    @property
    def segment(self) -> SegmentResult:
        return self.result.segment

    @property
    def segment_text(self) -> str:
        """The segment in words: settled, provisional, or none."""
        name = self.names.get
        if self.segment.status == "settled":
            return name(self.segment.key or "", self.segment.key or "")
        if self.segment.status == "none":
            return "In no segment"
        possible = " or ".join(name(key, "no segment" if key == "none" else key) for key in self.segment.possible)
        if self.segment.provisional:
            return f"{name(self.segment.provisional, self.segment.provisional)} for now; possible: {possible}"
        return f"Undecided: {possible}"


@dataclass(frozen=True)
class AskFirst:
    """A fact worth asking for, and what the answer would do.

    `settles` is "segment" or the key of a profile; `effect` what the answer does to it: settles, could_settle,
    enables (without it there is no number) or moves, then by up to `swing` points.
    """

    fact: str
    label: str
    why: str
    settles: str
    effect: str
    swing: object = None


def explain(company: Company, *, at: datetime, ruleset: Ruleset | None = None) -> Receipt:
    """The receipt of `company` by the active ruleset, worked out from its facts as they stand now.

    Raises NoRuleset before the first publication.
    """
    ruleset = ruleset or active_ruleset()
    scorer = scorer_for(ruleset, at.date())
    known = known_facts(company.pk, scorer)
    cells = scorer.cells_of({key: each.counted for key, each in known.items()})
    result = scorer.score(cells)
    reader = ReceiptReader(scorer, known, cells, at)
    document = scorer.document
    return Receipt(
        company=company,
        at=at,
        ruleset=ruleset,
        result=result,
        profiles=tuple(reader.profile(profile, result.profiles[profile.key]) for profile in document.profiles),
        questions=tuple(ask_first(document, result)),
        names={profile.key: profile.name for profile in document.profiles},
        known=known,
    )


@dataclass(frozen=True)
class ContactReceipt:
    """Everything there is to say about the points of one contact, and why.

    `own` is the profile whose points are the contact's; None where every one
    rules the contact out. `profiles` stand in the order of the document, in
    which they are asked. `fit` is the fit of the company, which says how fresh
    the stored points are: they are right when it is.
    """

    contact: Contact
    at: datetime
    ruleset: Ruleset
    points: ContactPoints
    own: ProfileReceipt | None
    profiles: tuple[ProfileReceipt, ...]
    questions: tuple[AskFirst, ...]
    fit: Fit
    known: Mapping[str, Stated] = field(default_factory=dict)

    @property
    def is_fresh(self) -> bool:
        """Whether no fact has changed since points were stored, and no other rules or day count now."""
        return not Fit.objects.stale(self.ruleset.number, self.at).filter(pk=self.fit.pk).exists()


def explain_contact(contact: Contact, *, at: datetime, ruleset: Ruleset | None = None) -> ContactReceipt | None:
    """The receipt of `contact` by the active ruleset, worked out from the facts as they stand now.

    None where the contact is at no company, or the rules have no profiles of
    people. Raises NoRuleset before the first publication.
    """
    ruleset = ruleset or active_ruleset()
    document = ruleset.document()
    if contact.company is None or not document.contact_profiles:
        return None
    scorer = contact_scorer_for(ruleset, at.date())
    known = known_facts_of_contacts([contact], scorer)[contact.pk]
    cells = scorer.cells_of({key: each.counted for key, each in known.items()})
    result = scorer.score(cells)
    points = contact_points(scorer.stored(cells))
    reader = ReceiptReader(scorer, known, cells, at)
    profiles = tuple(reader.profile(profile, result.profiles[profile.key]) for profile in scorer.document.profiles)
    return ContactReceipt(
        contact=contact,
        at=at,
        ruleset=ruleset,
        points=points,
        own=next((each for each in profiles if each.key == points.profile), None),
        profiles=profiles,
        questions=tuple(ask_first(scorer.document, result)),
        fit=contact.company.fit,
        known=known,
    )


def ask_first(document: Document, result: Result) -> Iterator[AskFirst]:
    """The facts worth asking for, the most decisive first, each once."""
    labels = {key: fact.label for key, fact in document.vocabulary.items()}
    asked: set[str] = set()

    def ask(facts: Iterable[str], why: str, settles: str, effect: str) -> Iterator[AskFirst]:
        for fact in facts:
            if fact not in asked:
                asked.add(fact)
                yield AskFirst(fact, labels[fact], why, settles, effect)

    if result.segment.status == "undecided":
        whatever = "settles the segment, whatever the answer"
        yield from ask(result.segment.settled_by_any_answer_to, whatever, "segment", "settles")
        yield from ask(result.segment.could_be_settled_by, "could settle the segment", "segment", "could_settle")
    for profile in document.profiles:
        score = result.profiles[profile.key]
        if profile.rank is not None and profile.key not in result.segment.possible:
            continue
        if score.status == "insufficient_data" and profile.enough_data:
            needed = sorted({each.fact for each in comparisons(profile.enough_data)} & set(score.missing))
            yield from ask(needed, f"needed before {profile.name} gets a number", profile.key, "enables")
        whatever = f"settles {profile.name}, whatever the answer"
        yield from ask(score.settled_by_any_answer_to, whatever, profile.key, "settles")
        for fact, swing in score.questions:
            if fact not in asked:
                asked.add(fact)
                points = points_number(swing)
                why = f"moves {profile.name} by up to {points} points"
                yield AskFirst(fact, labels[fact], why, profile.key, "moves", points)


class ReceiptReader:
    """Puts one company's facts and results into the lines of a receipt."""

    def __init__(self, scorer: Scorer, known: Mapping[str, Stated], cells: tuple[int, ...], at: datetime) -> None:
        self.scorer = scorer
        self.cells = cells
        self.vocabulary = scorer.document.vocabulary
        self.lists = {named.key: named for named in scorer.document.lists}
        self.known = known
        self.at = at

    def profile(self, profile: Profile, result: ProfileResult) -> ProfileReceipt:
        groups = [
            self.group(profile, "Rules out", "disqualify", profile.disqualify, self.disqualified(profile, result)),
            self.group(profile, "Must all hold", "must", profile.must, result.must),
        ]
        for component in profile.components:
            found = result.components[component.key]
            note = "" if found.gate is None else f"Counts only where: {self.say(component.gate)} ({found.gate.word})"
            given = given_points(component.combine, component.rows, found.rows, counts=found.gate is not NO)
            groups.append(
                self.group(
                    profile, component.label, "points", component.rows, found.rows, given,
                    total=(found.points, found.low, found.high), note=note, component=component.key,
                )
            )  # fmt: skip
        bonus = {
            line.key: line.points if result.verdict is YES and result.bonus[line.key] is YES else 0
            for line in profile.bonus
            if result.bonus[line.key] is not Truth.OPEN or result.verdict is NO
        }
        groups.append(self.group(profile, "Bonus, where all musts hold", "bonus", profile.bonus, result.bonus, bonus))
        groups.append(self.group(profile, "Flags", "flag", profile.flags, result.flags))
        return ProfileReceipt(
            profile.key,
            profile.name,
            profile.stance or "",
            profile.action,
            result,
            tuple(group for group in groups if group.lines),
        )

    def disqualified(self, profile: Profile, result: ProfileResult) -> dict[str, Truth]:
        """The answers of the disqualifiers: a result names the one that fired, and those still open."""
        fired = next((line.key for line in profile.disqualify if (line.reason or line.key) == result.reason), None)
        return {
            line.key: YES if line.key == fired else Truth.OPEN if line.key in result.risks else NO
            for line in profile.disqualify
        }

    def group(
        self,
        profile: Profile,
        title: str,
        kind: str,
        lines: Sequence[Line],
        answers: Mapping[str, Truth],
        given: Mapping[str, object] | None = None,
        *,
        total: tuple[int | None, int | None, int | None] | None = None,
        note: str = "",
        component: str = "",
    ) -> ReceiptGroup:
        within = f"{kind}:{component}" if component else kind
        made = tuple(
            replace(
                self.line(profile, kind, line, answers[line.key], (given or {}).get(line.key)),
                path=f"{within}:{line.key}",
            )
            for line in lines
        )
        points, low, high = total or (None, None, None)
        return ReceiptGroup(title, made, points_number(points), points_number(low), points_number(high), note)

    def line(self, profile: Profile, kind: str, line: Line, answer: Truth, points: object) -> ReceiptLine:
        facts = dict.fromkeys(each.fact for each in comparisons(line.when))
        return ReceiptLine(
            kind=kind,
            key=line.key,
            label=line.label,
            rule=self.say(line.when),
            answer=answer,
            facts=tuple(self.fact(fact) for fact in facts),
            points=points,
            worth=line.points,
            change="" if answer is YES or kind in ("disqualify", "flag") else self.change(profile, line.when, answer),
            rationale=line.rationale,
        )

    def say(self, condition: Condition | None) -> str:
        return sentence(condition, self.vocabulary, self.lists) if condition else ""

    def change(self, profile: Profile, condition: Condition, answer: Truth) -> str:
        def answer_of(part: Condition) -> Truth:
            return self.scorer.answer(part, profile, self.cells)

        return would_change(condition, answer, self.vocabulary, self.lists, answer_of)

    def fact(self, key: str) -> ReceiptFact:
        each = self.known[key]
        age = None if each.as_of is None else (self.at.date() - each.as_of).days
        return ReceiptFact(
            key, each.fact.label, value_text(each.fact, each.shown), each.source, age, each.stale, each.invalid
        )


def given_points(
    combine: str, rows: Sequence[Line], answers: Mapping[str, Truth], *, counts: bool
) -> dict[str, object]:
    """What each row adds, where that is certain: all that hold, the best, or the first."""
    said = {row.key: answers[row.key] for row in rows}
    if not counts:
        return dict.fromkeys(said, 0)
    if combine == "sum":
        return {row.key: row.points if said[row.key] is YES else 0 for row in rows if said[row.key] is not Truth.OPEN}
    ordered = rows if combine == "first" else sorted(rows, key=lambda row: -(row.points or 0))
    out: dict[str, object] = {}
    taken = False
    for row in ordered:
        if taken:
            out[row.key] = 0
        elif said[row.key] is YES:
            out[row.key] = row.points
            taken = True
        elif said[row.key] is NO:
            out[row.key] = 0
        else:
            break
    return out
