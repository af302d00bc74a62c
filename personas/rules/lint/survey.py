"""Every account there could be, as far as a set of rules can tell accounts apart.

Where a rule looks at whether a fact is known (`known`, `unknown`, or a
`missing` policy), accounts are told apart by that too: one whose fact is
unknown still has some value, which nobody has noted. So each condition has
two answers here: it holds, or it does not.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from personas.rules.account import Account
from personas.rules.binding import BoundComponent, BoundLine, BoundProfile, nodes_of
from personas.rules.cells import UNKNOWN, Cut, NumberCut, TextCut
from personas.rules.document import Document
from personas.rules.facts import Fact, Kind, Known, Number, Span
from personas.rules.possible import Worlds
from personas.rules.scoring import Scorer
from personas.rules.text.values import name_text, numbers_text, value_text
from personas.rules.truth import YES, All, Any, Ask, Assume, Count, Deny, IsKnown, Node, asked, mask

MOST_ACCOUNTS = 65_536


class MaybeUnknown(Cut):
    """A cut with one more question, the last: whether the fact is known at all."""

    def __init__(self, inner: Cut) -> None:
        self.inner = inner
        self.fact = inner.fact
        self.questions = inner.questions
        self.radices = inner.radices
        self.is_known = 1 << len(inner.questions)

    def cell(self, value: Known | None) -> int:
        return self.inner.cell(value)

    def certain(self, cell: int) -> tuple[int, int]:
        return 0, 0

    def possible(self, cell: int, asked: int) -> tuple[int, ...] | None:
        found = self.inner.possible(UNKNOWN, asked & (self.is_known - 1))
        if found is None or not asked & self.is_known:
            return found
        return (*(each | self.is_known for each in found), *found)

    def describe(self, cell: int) -> str:
        return self.inner.describe(cell)

    def says_unknown(self, answers: int, asked: int) -> bool:
        """Whether these answers are those of an unknown fact."""
        return bool(asked & self.is_known and not answers & self.is_known)

    def sample(self, answers: int, asked: int) -> str:
        if self.says_unknown(answers, asked):
            return "unknown"
        return self.inner.sample(answers & (self.is_known - 1), asked & (self.is_known - 1))


class Survey(Scorer):
    """A document made ready to look at all accounts at once. `account` has every fact open.

    `who` is the word for those whom its profiles are about.

    In `profiles` a condition holds where it does for the values that an
    account has, noted or not; in `ranked` only where it is certainly a yes.
    """

    def __init__(self, document: Document, at: date, who: str = "account") -> None:
        super().__init__(document, at)
        self.who = who
        self.known_slots: dict[str, int] = {}
        nodes = [node for bound in self.profiles for node in nodes_of(bound)]
        for fact in sorted({fact for node in nodes for fact in facts_that_may_be_unknown(node)}):
            self.known_slots[fact] = len(self.places)
            self.places.append((fact, len(self.cuts[fact].questions)))
            self.cuts[fact] = MaybeUnknown(self.cuts[fact])
        bound_profiles = self.profiles
        self.open_facts = {
            fact for bound in self.ranked for node in gates(bound) for fact in facts_that_may_be_unknown(node)
        }
        self.profiles = tuple(rebound(bound, self.actual) for bound in bound_profiles)
        self.ranked = tuple(
            rebound(bound, self.certain)
            for profile in document.ranked()
            for bound in bound_profiles
            if bound.profile is profile
        )
        self.account = Account(self.cuts, self.places, (UNKNOWN,) * len(self.cuts))

    def actual(self, node: Node) -> Node:
        """Where `node` holds for the values that an account has."""
        match node:
            case Ask():
                return node
            case IsKnown(fact):
                return self.is_known(fact)
            case All(parts):
                return All(tuple(self.actual(part) for part in parts))
            case Any(parts):
                return Any(tuple(self.actual(part) for part in parts))
            case Count(count, parts):
                return Count(count, tuple(self.actual(part) for part in parts))
            case Deny(part):
                return Deny(self.actual(part))
            case Assume(fact, answer, part):
                return self.assume(fact, self.actual(part), counts=answer is YES)

    def certain(self, node: Node, *, wanted: bool = True) -> Node:
        """Where `node` is certainly yes; with `wanted` False, where it is certainly no."""
        match node:
            case Ask(slot):
                fact = self.places[slot][0]
                answer = node if wanted else Deny(node)
                return All((answer, self.is_known(fact))) if fact in self.open_facts else answer
            case IsKnown(fact):
                return self.is_known(fact) if wanted else Deny(self.is_known(fact))
            case All(parts):
                return (All if wanted else Any)(tuple(self.certain(part, wanted=wanted) for part in parts))
            case Any(parts):
                return (Any if wanted else All)(tuple(self.certain(part, wanted=wanted) for part in parts))
            case Count(count, parts):
                needed = count if wanted else len(parts) - count + 1
                return Count(needed, tuple(self.certain(part, wanted=wanted) for part in parts))
            case Deny(part):
                return self.certain(part, wanted=not wanted)
            case Assume(fact, answer, part):
                return self.assume(fact, self.certain(part, wanted=wanted), counts=(answer is YES) is wanted)

    def assume(self, fact: str, node: Node, *, counts: bool) -> Node:
        """`node` where `fact` is known; elsewhere it counts as holding or as not holding."""
        known = self.is_known(fact)
        return Any((Deny(known), node)) if counts else All((known, node))

    def is_known(self, fact: str) -> Ask:
        return Ask(self.known_slots[fact])

    def facts_of(self, nodes: Iterable[Node]) -> set[str]:
        """The facts that these conditions ask about."""
        return {self.places[slot][0] for node in nodes for slot in asked(node)}

    def room(self, nodes: Iterable[Node]) -> "Room | None":
        """All accounts that these conditions can tell apart; None when they are too many."""
        bits: dict[str, int] = {}
        for slot in {slot for node in nodes for slot in asked(node)}:
            fact, bit = self.places[slot]
            bits[fact] = bits.get(fact, 0) | 1 << bit
        choices: dict[str, tuple[int, ...]] = {}
        count = 1
        for fact in sorted(bits):
            answers = self.cuts[fact].possible(UNKNOWN, bits[fact])
            if answers is None or (count := count * len(answers)) > MOST_ACCOUNTS:
                return None
            choices[fact] = answers
        return Room(self, Worlds(choices, self.places), bits)


def gates(bound: BoundProfile) -> Iterator[Node]:
    """Every condition that decides whether an account is in the segment."""
    for line in (*bound.disqualify, *bound.must):
        yield line.node
    if bound.enough_data is not None:
        yield bound.enough_data


def rebound(bound: BoundProfile, change: Callable[[Node], Node]) -> BoundProfile:
    """`bound` with `change` made to each of its conditions."""

    def lines(found: tuple[BoundLine, ...]) -> tuple[BoundLine, ...]:
        return tuple(replace(line, node=change(line.node)) for line in found)

    def component(part: BoundComponent) -> BoundComponent:
        return replace(part, gate=None if part.gate is None else change(part.gate), rows=lines(part.rows))

    return replace(
        bound,
        disqualify=lines(bound.disqualify),
        enough_data=None if bound.enough_data is None else change(bound.enough_data),
        must=lines(bound.must),
        components=tuple(component(part) for part in bound.components),
        bonus=lines(bound.bonus),
        flags=lines(bound.flags),
    )


def facts_that_may_be_unknown(node: Node) -> Iterator[str]:
    """The facts for which a condition says what it means that they are unknown."""
    match node:
        case IsKnown(fact):
            yield fact
        case Assume(fact, _, part):
            yield fact
            yield from facts_that_may_be_unknown(part)
        case All(parts) | Any(parts) | Count(_, parts):
            for part in parts:
                yield from facts_that_may_be_unknown(part)
        case Deny(part):
            yield from facts_that_may_be_unknown(part)


@dataclass(frozen=True)
class Room:
    """All accounts that some conditions can tell apart, a bit for each.

    `asked` has for each fact the bits of the questions put to it.
    """

    survey: Survey
    worlds: Worlds
    asked: Mapping[str, int]

    @property
    def everywhere(self) -> int:
        return self.worlds.everywhere

    def where(self, node: Node | None) -> int:
        """The accounts for which `node` holds; no condition always does."""
        return self.everywhere if node is None else mask(node, self.survey.account.cells, self.worlds)

    @property
    def well_known(self) -> int:
        """The accounts of which every fact is known."""
        out = self.everywhere
        for fact, slot in self.survey.known_slots.items():
            if self.asked.get(fact, 0) >> self.worlds.places[slot][1] & 1:
                out &= self.worlds.answers(slot)
        return out

    def across(self, fact: str, accounts: int) -> int:
        """`accounts`, and all that differ from one of them in `fact` only."""
        first = self.worlds.without(fact, accounts)
        stride = self.worlds.strides[fact]
        out = 0
        for place in range(len(self.worlds.choices[fact])):
            out |= first << (place * stride)
        return out

    def below(self, fact: str, accounts: int) -> int:
        """The accounts that a higher value of `fact` alone would bring among `accounts`."""
        return self.stepping(fact, accounts, upwards=True)

    def above(self, fact: str, accounts: int) -> int:
        """The accounts that a lower value of `fact` alone would bring among `accounts`."""
        return self.stepping(fact, accounts, upwards=False)

    def stepping(self, fact: str, accounts: int, *, upwards: bool) -> int:
        choices, stride = self.worlds.choices[fact], self.worlds.strides[fact]
        places = [place for place, each in enumerate(choices) if not self.says_unknown(fact, each)]
        reached = out = 0
        for place in reversed(places) if upwards else places:
            out |= reached << (place * stride)
            reached |= (accounts & self.worlds.where(fact, choices[place].__eq__)) >> (place * stride)
        return out

    def example(self, accounts: int) -> tuple[str, dict[str, int]]:
        """Some of `accounts` by the facts that make them so: in words, and by fact all accounts with its values."""
        found = accounts & -accounts
        told = []
        for fact in self.worlds.choices:
            wider = self.across(fact, found)
            if wider & ~accounts:
                told.append(fact)
            else:
                found = wider
        said, alike = [], {}
        for fact in told:
            answers = self.run(fact, found, accounts)
            alike[fact] = self.worlds.where(fact, answers.__contains__)
            found = self.across(fact, found) & alike[fact]
            said.append(f"{self.survey.document.vocabulary[fact].label} {self.values(fact, answers)}")
        return ", ".join(said) or "any facts", alike

    def run(self, fact: str, found: int, accounts: int) -> tuple[int, ...]:
        """The answer of `fact` in `found`, for numbers with those next to it that stay within `accounts`."""
        choices = self.worlds.choices[fact]
        where = [self.worlds.where(fact, each.__eq__) for each in choices]
        first = last = next(place for place, accounts_there in enumerate(where) if accounts_there & found)
        if self.number_cut(fact) is None or self.says_unknown(fact, choices[first]):
            return (choices[first],)
        wide = self.across(fact, found)
        fits = [
            not wide & there & ~accounts and not self.says_unknown(fact, each)
            for each, there in zip(choices, where, strict=True)
        ]
        while first > 0 and fits[first - 1]:
            first -= 1
        while last + 1 < len(choices) and fits[last + 1]:
            last += 1
        return tuple(choices[first : last + 1])

    def number_cut(self, fact: str) -> NumberCut | None:
        """The cut of a fact that is a number."""
        cut = self.survey.cuts[fact]
        inner = cut.inner if isinstance(cut, MaybeUnknown) else cut
        return inner if isinstance(inner, NumberCut) else None

    def says_unknown(self, fact: str, answers: int) -> bool:
        cut = self.survey.cuts[fact]
        return isinstance(cut, MaybeUnknown) and cut.says_unknown(answers, self.asked[fact])

    def sample(self, fact: str, answers: int) -> str:
        """One value of `fact` that is no number."""
        cut, asked = self.survey.cuts[fact], self.asked[fact]
        inner = cut.inner if isinstance(cut, MaybeUnknown) else cut
        if isinstance(inner, TextCut) and not self.says_unknown(fact, answers):
            bits = asked & ((1 << len(inner.questions)) - 1)
            for found, text in (inner.samples() or {}).items():
                if not (found ^ answers) & bits:
                    return name_text(cut.fact, text)
        return cut.sample(answers, asked)

    def values(self, fact: str, answers: tuple[int, ...]) -> str:
        """The values of `fact` with these answers (a run of them, for numbers), in words."""
        inner = self.number_cut(fact)
        if inner is None or self.says_unknown(fact, answers[0]):
            return self.sample(fact, answers[0])
        asked = self.asked[fact] & ((1 << len(inner.questions)) - 1)
        wanted = {each & asked for each in answers}
        steps = [step for step in range(inner.lowest, inner.highest + 1) if ((1 << step) - 1) & asked in wanted]
        return steps_text(inner, steps[0], steps[-1])


def steps_text(cut: NumberCut, low: int, high: int) -> str:
    """The numbers of the steps from `low` to `high`, without plain units: "15 to 19", "at least $100"."""
    fact = cut.fact
    bottom = cut.edges[low - 1] if low else None
    top = cut.edges[high] if high < len(cut.edges) else None
    if fact.kind is Kind.INTEGER:
        first = int(bottom[0]) if bottom else fact.minimum
        last = int(top[0]) - 1 if top else fact.maximum
        if first is None and last is None:
            return "any"
        return value_text(fact, first if first is not None and first == last else Span(first, last), unit=False)
    return between_text(fact, bottom, top)


def between_text(fact: Fact, bottom: tuple[Number, int] | None, top: tuple[Number, int] | None) -> str:
    """Numbers with fractions between two edges, each of which belongs to them or not."""

    def said(number: Number) -> str:
        return numbers_text(fact, [number], "", unit=False)

    if bottom is None:
        return "any" if top is None else f"{'at most' if top[1] else 'below'} {said(top[0])}"
    if top is None:
        return f"{'more than' if bottom[1] else 'at least'} {said(bottom[0])}"
    if bottom[0] == top[0]:
        return said(top[0])
    return f"{'above ' if bottom[1] else ''}{said(bottom[0])} to {'' if top[1] else 'below '}{said(top[0])}"
