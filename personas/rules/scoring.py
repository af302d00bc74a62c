"""From cells to a result: the one place where the meaning of a set of rules is worked out.

Nothing here knows a database, a clock, or what day it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from .cells import Cut, Question, make_cut
from .conditions import Condition, comparisons
from .document import Combine, Component, Document, Line, Profile
from .facts import Fact, Kind, Known, Number
from .matching import ListMatcher
from .possible import Spread, Worlds, open_answers
from .results import ComponentResult, ProfileResult, Result, SegmentResult
from .truth import (
    NO,
    OPEN,
    YES,
    Binder,
    Cells,
    Count,
    Node,
    Truth,
    asked,
    assumptions,
    left_open,
    mask,
    truth,
)

MEMO = 100_000


def hundredths(points: Number | None) -> int:
    """Points as a whole number of hundredths; None is 0."""
    return int((points or 0) * 100)


@dataclass(frozen=True)
class BoundLine:
    key: str
    node: Node
    points: int
    reason: str


@dataclass(frozen=True)
class BoundComponent:
    key: str
    combine: Combine
    gate: Node | None
    cap: int | None
    floor: int | None
    rows: tuple[BoundLine, ...]
    otherwise: int

    def limited(self, points: int) -> int:
        """`points` within cap and floor."""
        if self.cap is not None and points > self.cap:
            points = self.cap
        return self.floor if self.floor is not None and points < self.floor else points


@dataclass(frozen=True)
class BoundProfile:
    """A profile whose conditions are ready to answer. `reads` holds every fact it mentions."""

    profile: Profile
    disqualify: tuple[BoundLine, ...]
    enough_data: Node | None
    must: tuple[BoundLine, ...]
    components: tuple[BoundComponent, ...]
    bonus: tuple[BoundLine, ...]
    flags: tuple[BoundLine, ...]
    bands: tuple[tuple[str, int | None], ...]
    reads: tuple[str, ...]

    def band(self, total: int) -> str | None:
        """The band that `total` (hundredths) falls in."""
        for key, start in self.bands:
            if start is None or total >= start:
                return key
        return None


class Scorer:
    """A document made ready to score accounts at the time `at`.

    `cuts` holds the cut of every fact that any profile reads, by name. Two
    scorers of one document number cells alike, whatever their times.
    """

    def __init__(self, document: Document, at: date) -> None:
        self.document = document
        self.at = at
        self.lists = {named.key: ListMatcher(named) for named in document.lists}
        self.binder = Binder(document.vocabulary)
        self.profiles = tuple(self.bind(profile) for profile in document.profiles)
        self.ranked = tuple(
            sorted(
                (each for each in self.profiles if each.profile.rank is not None),
                key=lambda each: each.profile.rank or 0,
            )
        )
        self.cuts: dict[str, Cut] = self.make_cuts()
        self.places = self.place_slots()
        self.memo: dict[tuple[int, ...], Result] = {}
        self.profile_memo: list[dict[tuple[int, ...], ProfileResult]] = [{} for _ in self.profiles]
        self.segment_memo: dict[tuple[int, ...], SegmentResult] = {}
        order = {fact: place for place, fact in enumerate(self.cuts)}
        self.profile_facts = [tuple(order[fact] for fact in each.reads) for each in self.profiles]
        self.segment_facts = tuple(sorted({order[fact] for each in self.ranked for fact in each.reads}))

    def make_cuts(self) -> dict[str, Cut]:
        """The cut of every fact that a profile reads, in the order of their names."""
        questions: dict[str, list[Question]] = {fact: [] for each in self.profiles for fact in each.reads}
        for fact, question in self.binder.slots:
            questions[fact].append(question)
        vocabulary = self.document.vocabulary
        return {fact: make_cut(vocabulary[fact], questions[fact], self.lists, self.at) for fact in sorted(questions)}

    def place_slots(self) -> list[tuple[str, int]]:
        """For each question number its fact and its bit in the cut."""
        bits = {fact: {each: bit for bit, each in enumerate(cut.questions)} for fact, cut in self.cuts.items()}
        return [(fact, bits[fact][question]) for fact, question in self.binder.slots]

    def facts(self) -> tuple[Fact, ...]:
        """The facts that the rules read, in the order of the cells."""
        return tuple(cut.fact for cut in self.cuts.values())

    def bind(self, profile: Profile) -> BoundProfile:
        missing = profile.missing

        def node(line: Line) -> BoundLine:
            bound = self.binder.bind(line.when, missing)
            return BoundLine(line.key, bound, hundredths(line.points), line.reason or line.key)

        def component(part: Component) -> BoundComponent:
            return BoundComponent(
                part.key,
                part.combine,
                None if part.gate is None else self.binder.bind(part.gate, missing),
                None if part.cap is None else hundredths(part.cap),
                None if part.floor is None else hundredths(part.floor),
                tuple(node(row) for row in part.rows),
                hundredths(part.otherwise),
            )

        return BoundProfile(
            profile,
            tuple(node(line) for line in profile.disqualify),
            None if profile.enough_data is None else self.binder.bind(profile.enough_data, missing),
            tuple(node(line) for line in profile.must),
            tuple(component(part) for part in profile.components),
            tuple(node(line) for line in profile.bonus),
            tuple(node(line) for line in profile.flags),
            tuple((band.key, None if band.start is None else hundredths(band.start)) for band in profile.bands),
            tuple(sorted(facts_of(profile))),
        )

    def cells_of(self, known: Mapping[str, Known | None]) -> tuple[int, ...]:
        """The cell of every fact, in the order of `cuts`; facts that are absent are unknown."""
        return tuple(cut.cell(known.get(fact)) for fact, cut in self.cuts.items())

    def answer(self, condition: Condition, profile: Profile, cells: Sequence[int]) -> Truth:
        """How `condition`, which stands somewhere in `profile`, is answered in these cells."""
        return truth(self.binder.bind(condition, profile.missing), Account(self, tuple(cells)).cells)

    def score(self, cells: Sequence[int]) -> Result:
        """Everything the rules say of an account in these cells (one for each of `cuts`)."""
        key = tuple(cells)
        found = self.memo.get(key)
        if found is None:
            if len(self.memo) >= MEMO:
                self.memo.clear()
            found = self.memo[key] = self.work_out(key)
        return found

    def work_out(self, cells: tuple[int, ...]) -> Result:
        account: Account | None = None
        profiles: dict[str, ProfileResult] = {}
        for bound, facts, memo in zip(self.profiles, self.profile_facts, self.profile_memo, strict=True):
            part = tuple(cells[place] for place in facts)
            result = memo.get(part)
            if result is None:
                account = account or Account(self, cells)
                if len(memo) >= MEMO:
                    memo.clear()
                result = memo[part] = account.profile(bound)
            profiles[bound.profile.key] = result
        part = tuple(cells[place] for place in self.segment_facts)
        segment = self.segment_memo.get(part)
        if segment is None:
            account = account or Account(self, cells)
            if len(self.segment_memo) >= MEMO:
                self.segment_memo.clear()
            segment = self.segment_memo[part] = account.segment(profiles)
        return Result(segment, profiles)


def facts_of(profile: Profile) -> set[str]:
    """Every fact that a condition of `profile` mentions."""
    return {each.fact for condition in profile.conditions() for each in comparisons(condition)}


class Account:
    """One account's cells under a scorer, while its result is worked out."""

    def __init__(self, scorer: Scorer, cells: tuple[int, ...]) -> None:
        self.scorer = scorer
        self.cell_of = dict(zip(scorer.cuts, cells, strict=True))
        certain = {fact: cut.certain(self.cell_of[fact]) for fact, cut in scorer.cuts.items()}
        answers = []
        for fact, bit in scorer.places:
            yes, no = certain[fact]
            answers.append(YES if yes >> bit & 1 else NO if no >> bit & 1 else OPEN)
        known = frozenset(fact for fact, cut in scorer.cuts.items() if is_known(cut, self.cell_of[fact]))
        self.cells = Cells(known, answers)

    def worlds(self, open_slots: Iterable[int], *, complete: bool = False) -> Worlds | None:
        """Every world over these open questions; None when they are too many."""
        scorer = self.scorer
        choices = open_answers(open_slots, scorer.places, scorer.cuts, self.cell_of)
        return None if choices is None else Worlds(choices, scorer.places, complete=complete)

    def answers(self, lines: Iterable[BoundLine]) -> dict[str, Truth]:
        return {line.key: truth(line.node, self.cells) for line in lines}

    def open_in(self, nodes: Iterable[Node]) -> set[int]:
        return {slot for node in nodes for slot in left_open(node, self.cells)}

    # One profile

    def profile(self, bound: BoundProfile) -> ProfileResult:
        """The result of one profile, as section 4 of the rules says."""
        disqualifiers = self.answers(bound.disqualify)
        fired = next((line for line in bound.disqualify if disqualifiers[line.key] is YES), None)
        if fired:
            return self.without_number(bound, "disqualified", NO, 0, reason=fired.reason)
        risks = tuple(key for key, answer in disqualifiers.items() if answer is OPEN)
        if bound.enough_data is not None and truth(bound.enough_data, self.cells) is not YES:
            return self.without_number(bound, "insufficient_data", OPEN, None, risks=risks)
        return self.counted(bound, risks)

    def without_number(
        self,
        bound: BoundProfile,
        status: str,
        verdict: Truth,
        points: int | None,
        *,
        reason: str | None = None,
        risks: tuple[str, ...] = (),
    ) -> ProfileResult:
        """A result in which no line counts: disqualified (all 0), or not enough data (all None)."""
        settlers: tuple[list[str], list[str]] = ([], [])
        questions: list[tuple[str, int]] = []
        if status == "insufficient_data":
            reckoning = Reckoning(self, bound)
            settlers, questions = reckoning.settlers(), reckoning.questions()
        return ProfileResult(
            key=bound.profile.key,
            status=status,
            verdict=verdict,
            points=points,
            low=points,
            high=points,
            known=points,
            band=None,
            possible_bands=(),
            bounds="tight",
            must=self.answers(bound.must),
            components={
                part.key: ComponentResult(points, points, points, self.answers(part.rows), self.gate(part))
                for part in bound.components
            },
            bonus=self.answers(bound.bonus),
            flags=self.answers(bound.flags),
            risks=risks,
            reason=reason,
            missing=self.missing(bound),
            assumed=self.assumed(bound),
            questions=tuple(questions),
            settled_by_any_answer_to=tuple(settlers[0]),
            could_be_settled_by=tuple(settlers[1]),
        )

    def counted(self, bound: BoundProfile, risks: tuple[str, ...]) -> ProfileResult:
        reckoning = Reckoning(self, bound)
        low, high = reckoning.interval()
        exact = low == high
        bands = reckoning.bands()
        settlers = reckoning.settlers()
        components = {part.key: reckoning.component(part) for part in bound.components}
        return ProfileResult(
            key=bound.profile.key,
            status="exact" if exact else "open",
            verdict=reckoning.verdict,
            points=low if exact else None,
            low=low,
            high=high,
            known=sum(each.points for each in components.values() if each.points is not None),
            band=bands[0] if len(bands) == 1 else None,
            possible_bands=tuple(band for band in bands if band is not None),
            bounds=reckoning.bounds,
            must=self.answers(bound.must),
            components=components,
            bonus=self.answers(bound.bonus),
            flags=self.answers(bound.flags),
            risks=risks,
            reason=None,
            missing=self.missing(bound),
            assumed=self.assumed(bound),
            questions=tuple(reckoning.questions()),
            settled_by_any_answer_to=tuple(settlers[0]),
            could_be_settled_by=tuple(settlers[1]),
        )

    def gate(self, part: BoundComponent) -> Truth | None:
        return None if part.gate is None else truth(part.gate, self.cells)

    def missing(self, bound: BoundProfile) -> tuple[str, ...]:
        """The facts the profile reads that are unknown, or known only in part and cut by its rules."""
        cut_through = {self.scorer.places[slot][0] for slot in self.spans(bound)}
        return tuple(fact for fact in bound.reads if fact not in self.cells.known or fact in cut_through)

    def spans(self, bound: BoundProfile) -> set[int]:
        """The questions that a number known only as a range leaves open."""
        left = {slot for node in nodes_of(bound) for slot in asked(node) if self.cells.answers[slot] is OPEN}
        facts = {slot: self.scorer.places[slot][0] for slot in left}
        return {
            slot
            for slot, fact in facts.items()
            if fact in self.cells.known and self.scorer.cuts[fact].fact.kind is not Kind.SET
        }

    def assumed(self, bound: BoundProfile) -> tuple[str, ...]:
        found = {fact for node in nodes_of(bound) for fact in assumptions(node, self.cells)}
        return tuple(sorted(found))

    # The segment

    def segment(self, profiles: Mapping[str, ProfileResult]) -> SegmentResult:
        """Which segment the account is in, walking the ranked profiles in order."""
        ranked = self.scorer.ranked
        keys = [bound.profile.key for bound in ranked]
        verdicts = {key: profiles[key].verdict for key in keys}
        outcomes, settlers = self.outcomes(verdicts, profiles)
        possible = tuple(key for key in (*keys, "none") if outcomes[key])
        holds = [key for key in keys if verdicts[key] is YES]
        if len(possible) == 1:
            key = None if possible[0] == "none" else possible[0]
            status = "settled" if key else "none"
            also = tuple(each for each in holds if each != key)
            return SegmentResult(status, key, None, also, possible)
        first = next((key for key in keys if verdicts[key] is not NO), None)
        if first and verdicts[first] is YES:
            return SegmentResult("settled", first, None, tuple(holds[1:]), possible, *settlers)
        provisional = holds[0] if holds else None
        return SegmentResult("undecided", None, provisional, tuple(holds[1:]), possible, *settlers)

    def outcomes(
        self, verdicts: Mapping[str, Truth], profiles: Mapping[str, ProfileResult]
    ) -> tuple[dict[str, int], tuple[tuple[str, ...], tuple[str, ...]]]:
        """For each outcome (segment or "none") the worlds in which it comes out, and what settles it."""
        live = [bound for bound in self.scorer.ranked if profiles[bound.profile.key].status != "disqualified"]
        open_slots: set[int] = set()
        for bound in live:
            insufficient = profiles[bound.profile.key].status == "insufficient_data"
            nodes = [line.node for line in (*bound.disqualify, *bound.must)]
            if insufficient and bound.enough_data is not None:
                open_slots |= {slot for slot in asked(bound.enough_data) if self.cells.answers[slot] is OPEN}
            open_slots |= self.open_in(nodes)
            if verdicts[bound.profile.key] is YES and not insufficient and not profiles[bound.profile.key].risks:
                break
        worlds = self.worlds(open_slots)
        outcomes = dict.fromkeys([*(bound.profile.key for bound in self.scorer.ranked), "none"], 0)
        if worlds is None:
            return self.loose_outcomes(outcomes, verdicts, profiles), ((), ())
        complete = Worlds(worlds.choices, worlds.places, complete=True)
        left = worlds.everywhere
        for bound in live:
            if not left:
                break
            holds = worlds.everywhere
            for line in bound.must:
                holds &= mask(line.node, self.cells, worlds)
            for line in bound.disqualify:
                holds &= ~mask(line.node, self.cells, worlds)
            outcomes[bound.profile.key] = left & holds
            if profiles[bound.profile.key].status == "insufficient_data" and bound.enough_data is not None:
                holds &= mask(bound.enough_data, self.cells, complete)
            left &= ~holds
        outcomes["none"] = left
        always, sometimes = worlds.settlers(outcomes.values())
        return outcomes, (tuple(always), tuple(sometimes))

    def loose_outcomes(
        self, outcomes: dict[str, int], verdicts: Mapping[str, Truth], profiles: Mapping[str, ProfileResult]
    ) -> dict[str, int]:
        """Outcomes by the three answers alone, where the worlds are too many to try."""
        for bound in self.scorer.ranked:
            key = bound.profile.key
            if verdicts[key] is not NO:
                outcomes[key] = 1
            if verdicts[key] is YES and not profiles[key].risks:
                return outcomes
        outcomes["none"] = 1
        return outcomes


def is_known(cut: Cut, cell: int) -> bool:
    """Whether `cell` says anything; a set's hits do not count, only its state."""
    return cell % 3 != 0 if cut.fact.kind == "set" else cell != 0


def nodes_of(bound: BoundProfile) -> Iterable[Node]:
    """Every condition of a profile, bound."""
    for line in (*bound.disqualify, *bound.must, *bound.bonus, *bound.flags):
        yield line.node
    if bound.enough_data is not None:
        yield bound.enough_data
    for part in bound.components:
        if part.gate is not None:
            yield part.gate
        for row in part.rows:
            yield row.node


class Reckoning:
    """The totals of one profile over everything the unknown could be.

    Exact up to MOST_WORLDS worlds. Above that each component is taken alone,
    the interval may be wider than need be, and `bounds` is "loose".
    """

    def __init__(self, account: Account, bound: BoundProfile) -> None:
        self.account = account
        self.bound = bound
        self.must = all_of(bound.must)
        self.must_slots = account.open_in([self.must] if self.must else [])
        self.total_slots = self.slots_of_total()
        self.joint = account.worlds(self.must_slots | self.total_slots)
        self.must_worlds = self.joint or account.worlds(self.must_slots)
        self.total_worlds = self.joint or account.worlds(self.total_slots)
        self.verdict = self.find_verdict()
        self.spread = self.total_spread(self.total_worlds) if self.total_worlds else None
        self.bounds = "loose" if self.spread is None else "tight"

    def slots_of_total(self) -> set[int]:
        """The open questions that can change the total."""
        slots: set[int] = set()
        for part in self.bound.components:
            slots |= self.component_slots(part)
        bonus = self.live_bonus()
        if bonus:
            slots |= self.account.open_in(line.node for line in bonus) | self.must_slots
        return slots

    def live_bonus(self) -> list[BoundLine]:
        """The bonus lines that give points, or still could."""
        cells = self.account.cells
        if self.must is not None and truth(self.must, cells) is NO:
            return []
        return [line for line in self.bound.bonus if line.points and truth(line.node, cells) is not NO]

    def live_rows(self, part: BoundComponent) -> list[BoundLine]:
        """The rows that give this component's points, or still could, in the order they are looked at."""
        cells = self.account.cells
        if part.combine == "sum":
            return [row for row in part.rows if row.points and truth(row.node, cells) is not NO]
        ordered = part.rows if part.combine == "first" else sorted(part.rows, key=lambda row: -row.points)
        live = []
        for row in ordered:
            answer = truth(row.node, cells)
            if answer is not NO:
                live.append(row)
            if answer is YES:
                break
        return live

    def component_slots(self, part: BoundComponent) -> set[int]:
        """The open questions that can change this component's points."""
        if self.account.gate(part) is NO:
            return set()
        nodes = [row.node for row in self.live_rows(part)]
        return self.account.open_in(nodes if part.gate is None else [part.gate, *nodes])

    def find_verdict(self) -> Truth:
        """Whether all musts hold: the answer that all worlds share, else OPEN."""
        if self.must is None:
            return YES
        if self.must_worlds is None:
            return truth(self.must, self.account.cells)
        holds = mask(self.must, self.account.cells, self.must_worlds)
        return YES if holds == self.must_worlds.everywhere else OPEN if holds else NO

    def component_spread(self, part: BoundComponent, worlds: Worlds) -> Spread:
        """The worlds by the points that this component gives in them."""
        cells = self.account.cells
        everywhere = worlds.everywhere
        if self.account.gate(part) is NO:
            return {0: everywhere}
        opened = everywhere if part.gate is None else mask(part.gate, cells, worlds)
        spread: Spread = {0: everywhere} if part.combine == "sum" else {}
        left = everywhere
        for row in self.live_rows(part):
            here = mask(row.node, cells, worlds)
            if part.combine == "sum":
                spread = add(spread, row.points, here)
            else:
                spread[row.points] = spread.get(row.points, 0) | left & here
                left &= ~here
        if part.combine != "sum":
            spread[part.otherwise] = spread.get(part.otherwise, 0) | left
        out: Spread = {}
        for points, where in spread.items():
            within = part.limited(points)
            out[within] = out.get(within, 0) | where & opened
        out[0] = out.get(0, 0) | everywhere & ~opened
        return {points: where for points, where in out.items() if where}

    def total_spread(self, worlds: Worlds) -> Spread:
        """The worlds by the total that the profile gives in them."""
        spread: Spread = {0: worlds.everywhere}
        for part in self.bound.components:
            spread = combine(spread, self.component_spread(part, worlds))
        bonus = self.live_bonus()
        if bonus and self.verdict is not NO:
            holds = worlds.everywhere if self.must is None else mask(self.must, self.account.cells, worlds)
            for line in bonus:
                spread = add(spread, line.points, mask(line.node, self.account.cells, worlds) & holds)
        return spread

    def component(self, part: BoundComponent) -> ComponentResult:
        """The points of one component and their interval, over the facts it reads itself."""
        rows = self.account.answers(part.rows)
        low, high = self.component_interval(part)
        points = low if low == high else None
        return ComponentResult(points, low, high, rows, self.account.gate(part))

    def component_interval(self, part: BoundComponent) -> tuple[int, int]:
        worlds = self.account.worlds(self.component_slots(part))
        if worlds is not None:
            spread = self.component_spread(part, worlds)
            return min(spread), max(spread)
        live = [(row.points, truth(row.node, self.account.cells)) for row in self.live_rows(part)]
        if part.combine == "sum":
            low = sum(points for points, answer in live if answer is YES or points < 0)
            high = sum(points for points, answer in live if answer is YES or points > 0)
        else:
            reached = [points for points, _ in live]
            if not live or live[-1][1] is not YES:
                reached.append(part.otherwise)
            low, high = min(reached), max(reached)
        low, high = part.limited(low), part.limited(high)
        return (min(low, 0), max(high, 0)) if self.account.gate(part) is OPEN else (low, high)

    def interval(self) -> tuple[int, int]:
        """The least and the greatest total."""
        if self.spread is not None:
            return min(self.spread), max(self.spread)
        low = high = 0
        for part in self.bound.components:
            least, most = self.component_interval(part)
            low, high = low + least, high + most
        for line in self.live_bonus():
            answer = min(truth(line.node, self.account.cells), self.verdict)
            if answer is YES or (answer is OPEN and line.points < 0):
                low += line.points
            if answer is YES or (answer is OPEN and line.points > 0):
                high += line.points
        return low, high

    def bands(self) -> list[str | None]:
        """The bands that possible totals fall in, from the top; None is a total below all bands."""
        if not self.bound.bands:
            return []
        if self.spread is not None:
            reached = {self.bound.band(total) for total in self.spread}
        else:
            low, high = self.interval()
            reached = {self.bound.band(low), self.bound.band(high)}
            reached |= {key for key, start in self.bound.bands if start is not None and low <= start <= high}
        order: list[str | None] = [key for key, _ in self.bound.bands]
        return [band for band in (*order, None) if band in reached]

    def questions(self) -> list[tuple[str, int]]:
        """The unknown facts that can change the total, by how much each alone can (hundredths)."""
        if self.spread is not None and self.total_worlds is not None:
            swings = {fact: self.total_worlds.swing(fact, self.spread) for fact in self.total_worlds.choices}
        else:
            swings = self.loose_swings()
        return sorted(((fact, swing) for fact, swing in swings.items() if swing), key=lambda each: (-each[1], each[0]))

    def loose_swings(self) -> dict[str, int]:
        """Swings added up over the components, each taken alone."""
        swings: dict[str, int] = {}
        for part in self.bound.components:
            slots = self.component_slots(part)
            worlds = self.account.worlds(slots)
            if worlds is None:
                low, high = self.component_interval(part)
                for fact in {self.account.scorer.places[slot][0] for slot in slots}:
                    alone = sum(
                        abs(row.points)
                        for row in part.rows
                        if any(
                            self.account.scorer.places[slot][0] == fact
                            for slot in left_open(row.node, self.account.cells)
                        )
                    )
                    swings[fact] = swings.get(fact, 0) + min(alone or high - low, high - low)
                continue
            spread = self.component_spread(part, worlds)
            for fact in worlds.choices:
                swings[fact] = swings.get(fact, 0) + worlds.swing(fact, spread)
        for line in self.live_bonus():
            for fact in {self.account.scorer.places[slot][0] for slot in self.account.open_in([line.node])}:
                swings[fact] = swings.get(fact, 0) + abs(line.points)
        return swings

    def settlers(self) -> tuple[list[str], list[str]]:
        """The facts whose answer leaves one outcome: by any answer, and by some answer.

        The outcome is verdict and band; where there are no bands, verdict and total.
        """
        if self.joint is None:
            return [], []
        spread = self.spread or {}
        by_band: dict[object, int] = {}
        for total, where in spread.items():
            name: object = self.bound.band(total) if self.bound.bands else total
            by_band[name] = by_band.get(name, 0) | where
        holds = self.joint.everywhere if self.must is None else mask(self.must, self.account.cells, self.joint)
        outcomes = [where & side for where in by_band.values() for side in (holds, ~holds)]
        return self.joint.settlers(outcomes)


def all_of(lines: tuple[BoundLine, ...]) -> Node | None:
    """One condition that holds where all `lines` do."""
    return Count(len(lines), tuple(line.node for line in lines)) if lines else None


def add(spread: Spread, points: int, where: int) -> Spread:
    """`spread` with `points` more in the worlds `where`."""
    out: Spread = {}
    for total, worlds in spread.items():
        inside, outside = worlds & where, worlds & ~where
        if outside:
            out[total] = out.get(total, 0) | outside
        if inside:
            out[total + points] = out.get(total + points, 0) | inside
    return out


def combine(one: Spread, other: Spread) -> Spread:
    """The totals of two spreads over the same worlds, added."""
    if len(other) == 1:
        (points,) = other
        return {total + points: worlds for total, worlds in one.items()} if points else one
    out: Spread = {}
    for points, where in other.items():
        for total, worlds in one.items():
            both = worlds & where
            if both:
                out[total + points] = out.get(total + points, 0) | both
    return out
