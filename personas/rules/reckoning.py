"""The totals of one profile over everything the unknown could be."""

from collections.abc import Iterable

from .account import Account
from .binding import BoundComponent, BoundLine, BoundProfile, all_of
from .possible import Spread, Worlds
from .results import ComponentResult
from .truth import NO, OPEN, YES, Truth, mask, truth


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
        self.spreads: dict[str, Spread] = {}
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
            found = self.spreads[part.key] = self.component_spread(part, worlds)
            spread = combine(spread, found)
        return self.with_bonus(spread, worlds)

    def with_bonus(self, spread: Spread, worlds: Worlds) -> Spread:
        bonus = self.live_bonus()
        if bonus and self.verdict is not NO:
            holds = worlds.everywhere if self.must is None else mask(self.must, self.account.cells, worlds)
            for line in bonus:
                spread = add(spread, line.points, mask(line.node, self.account.cells, worlds) & holds)
        return spread

    def swings(self, worlds: Worlds) -> dict[str, int]:
        """By how much each fact alone can change the total: only the parts that read it change with it."""
        bonus = self.live_bonus()
        in_bonus = (
            self.facts_at(self.account.open_in(line.node for line in bonus) | self.must_slots) if bonus else set()
        )
        read = {part.key: self.facts_at(self.component_slots(part)) for part in self.bound.components}
        swings: dict[str, int] = {}
        for fact in worlds.choices:
            spread: Spread = {0: worlds.everywhere}
            for part in self.bound.components:
                if fact in read[part.key]:
                    spread = combine(spread, self.spreads[part.key])
            if fact in in_bonus:
                spread = self.with_bonus(spread, worlds)
            swings[fact] = worlds.swing(fact, spread)
        return swings

    def component(self, part: BoundComponent) -> ComponentResult:
        """The points of one component and their interval, over the facts it reads itself."""
        rows = self.account.answers(part.rows)
        low, high = self.component_interval(part)
        points = low if low == high else None
        return ComponentResult(points, low, high, rows, self.account.gate(part))

    def component_interval(self, part: BoundComponent) -> tuple[int, int]:
        spread = self.spreads.get(part.key)
        if spread is None:
            worlds = self.account.worlds(self.component_slots(part))
            spread = None if worlds is None else self.component_spread(part, worlds)
        if spread is not None:
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
            swings = self.swings(self.total_worlds)
        else:
            swings = self.loose_swings()
        return sorted(((fact, swing) for fact, swing in swings.items() if swing), key=lambda each: (-each[1], each[0]))

    def loose_swings(self) -> dict[str, int]:
        """For each fact at least as much as it can change, added up over the components, each taken alone."""
        swings: dict[str, int] = {}
        for part in self.bound.components:
            worlds = self.account.worlds(self.component_slots(part))
            if worlds is not None:
                spread = self.component_spread(part, worlds)
                found = {fact: worlds.swing(fact, spread) for fact in worlds.choices}
            else:
                found = self.component_swings(part)
            for fact, swing in found.items():
                swings[fact] = swings.get(fact, 0) + swing
        bonus = self.live_bonus()
        all_of_it = self.facts_at(self.must_slots) if self.verdict is OPEN else set()
        for line in bonus:
            for fact in self.facts_at(self.account.open_in([line.node])) | all_of_it:
                swings[fact] = swings.get(fact, 0) + abs(line.points)
        return swings

    def component_swings(self, part: BoundComponent) -> dict[str, int]:
        """For each fact at least as much as it can change in a component with too many worlds."""
        low, high = self.component_interval(part)
        swings = dict.fromkeys(self.facts_at(self.component_slots(part)), high - low)
        if part.combine != "sum":
            return swings
        added: dict[str, int] = {}
        for row in self.live_rows(part):
            for fact in self.facts_at(self.account.open_in([row.node])):
                added[fact] = added.get(fact, 0) + abs(row.points)
        gate = self.facts_at(self.account.open_in([part.gate])) if part.gate is not None else set()
        return {fact: most if fact in gate else min(most, added[fact]) for fact, most in swings.items()}

    def facts_at(self, slots: Iterable[int]) -> set[str]:
        """The facts that these questions are put to."""
        return {self.account.places[slot][0] for slot in slots}

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
