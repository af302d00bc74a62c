"""Cells of numbers, days and yes-or-no facts."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal

from .cut import UNKNOWN, Cut, Question
from .facts import Fact, Kind, Known, Number, Span


def show(number: Number) -> str:
    """A number as people write it: 1,000,000 and 2.5."""
    if isinstance(number, Decimal) and number != number.to_integral_value():
        return f"{number:,f}".rstrip("0")
    return f"{int(number):,}"


class NumberCut(Cut):
    """Numbers fall between edges; a value known in part covers several steps.

    Step i holds the values that reach exactly i edges. The cell of the steps
    i to j is 1 + i * steps + j.
    """

    def __init__(self, fact: Fact, questions: Iterable[Question]) -> None:
        self.fact = fact
        self.questions = tuple(sorted(set(questions), key=lambda each: each.value))  # type: ignore[arg-type,return-value]
        self.edges: list[tuple[Number, int]] = [each.value for each in self.questions]  # type: ignore[misc]
        self.steps = len(self.edges) + 1
        self.radices = (self.steps**2 + 1,)
        self.lowest = 0 if fact.minimum is None else self.step(fact.minimum)
        self.highest = self.steps - 1 if fact.maximum is None else self.step(fact.maximum)

    def step(self, value: Number) -> int:
        """How many edges `value` reaches."""
        return bisect_right(self.edges, (value, 0.5))

    def cell(self, value: Known | None) -> int:
        if value is None:
            return UNKNOWN
        if isinstance(value, Span):
            low = self.lowest if value.low is None else self.step(value.low)
            high = self.highest if value.high is None else self.step(value.high)
        else:
            low = high = self.step(value)  # type: ignore[arg-type]
        return 1 + low * self.steps + high

    def ends(self, cell: int) -> tuple[int, int]:
        """The first and last step of `cell`."""
        return (self.lowest, self.highest) if cell == UNKNOWN else divmod(cell - 1, self.steps)

    def certain(self, cell: int) -> tuple[int, int]:
        if cell == UNKNOWN:
            return 0, 0
        low, high = self.ends(cell)
        return (1 << low) - 1, ((1 << len(self.edges)) - 1) & ~((1 << high) - 1)

    def possible(self, cell: int, asked: int) -> tuple[int, ...]:
        low, high = self.ends(cell)
        return tuple(dict.fromkeys(((1 << step) - 1) & asked for step in range(low, high + 1)))

    def describe(self, cell: int) -> str:
        if cell == UNKNOWN:
            return "unknown"
        low, high = self.ends(cell)
        bottom = self.edges[low - 1] if low else None
        top = self.edges[high] if high < len(self.edges) else None
        if self.fact.kind is Kind.INTEGER:
            return self.describe_whole(bottom, top)
        if bottom is None and top is None:
            return "any"
        first = "" if bottom is None else f"{'above ' if bottom[1] else ''}{show(bottom[0])}"
        last = "" if top is None else f"{'' if top[1] else 'below '}{show(top[0])}"
        if top is None:
            return first if bottom and bottom[1] else f"{first} or more"
        if bottom is None:
            return last if not top[1] else f"{last} or less"
        return first if bottom[0] == top[0] else f"{first} to {last}"

    def describe_whole(self, bottom: tuple[Number, int] | None, top: tuple[Number, int] | None) -> str:
        write = str if self.fact.unit == "year" else show
        if bottom is None:
            return "any" if top is None else f"below {write(int(top[0]))}"
        if top is None:
            return f"{write(int(bottom[0]))} or more"
        first, last = int(bottom[0]), int(top[0]) - 1
        return write(first) if first == last else f"{write(first)} to {write(last)}"

    def sample(self, answers: int, asked: int) -> str:
        for step in range(self.lowest, self.highest + 1):
            if ((1 << step) - 1) & asked == answers:
                return self.describe(1 + step * self.steps + step)
        return "?"


class DateCut(Cut):
    """Days fall between fixed edges, and between ages that move with the time of evaluation.

    The two are kept apart, so that the number of a cell means the same on
    every day: 1 + fixed step * ages + age step.
    """

    def __init__(self, fact: Fact, questions: Iterable[Question], at: date) -> None:
        self.fact = fact
        found = set(questions)
        fixed = sorted((each for each in found if each.kind == "from"), key=lambda each: each.value)  # type: ignore[arg-type,return-value]
        ages = sorted((each for each in found if each.kind == "since"), key=lambda each: -each.value)  # type: ignore[operator]
        self.questions = (*fixed, *ages)
        self.fixed: list[date] = [each.value for each in fixed]  # type: ignore[misc]
        self.ages: list[int] = [each.value for each in ages]  # type: ignore[misc]
        self.starts = [days_before(at, days) for days in self.ages]
        self.columns = len(self.ages) + 1
        self.radices = ((len(self.fixed) + 1) * self.columns + 1,)

    def cell(self, value: Known | None) -> int:
        if not isinstance(value, date):
            return UNKNOWN
        return 1 + bisect_right(self.fixed, value) * self.columns + bisect_right(self.starts, value)

    def answers(self, cell: int) -> int:
        fixed, ages = divmod(cell - 1, self.columns)
        return ((1 << fixed) - 1) | (((1 << ages) - 1) << len(self.fixed))

    def certain(self, cell: int) -> tuple[int, int]:
        if cell == UNKNOWN:
            return 0, 0
        yes = self.answers(cell)
        return yes, ((1 << len(self.questions)) - 1) & ~yes

    def possible(self, cell: int, asked: int) -> tuple[int, ...]:
        if cell != UNKNOWN:
            return (self.answers(cell) & asked,)
        days = sorted({date.min, *self.fixed, *self.starts})
        return tuple(dict.fromkeys(self.answers(self.cell(day)) & asked for day in days))

    def describe(self, cell: int) -> str:
        if cell == UNKNOWN:
            return "unknown"
        fixed, ages = divmod(cell - 1, self.columns)
        said = []
        if self.fixed and fixed:
            said.append(f"from {self.fixed[fixed - 1]}")
        if self.fixed and fixed < len(self.fixed):
            said.append(f"before {self.fixed[fixed]}")
        if self.ages and ages:
            said.append(f"within {self.ages[ages - 1]} days")
        if self.ages and ages < len(self.ages):
            said.append(f"more than {self.ages[ages]} days ago")
        return ", ".join(said) or "any day"

    def sample(self, answers: int, asked: int) -> str:
        for day in sorted({date.min, *self.fixed, *self.starts}):
            if self.answers(self.cell(day)) & asked == answers:
                return self.describe(self.cell(day))
        return "?"


class BooleanCut(Cut):
    """Unknown, no, yes."""

    radices = (3,)

    def __init__(self, fact: Fact, questions: Iterable[Question]) -> None:
        self.fact = fact
        self.questions = tuple(set(questions))

    def cell(self, value: Known | None) -> int:
        return UNKNOWN if value is None else 1 + bool(value)

    def certain(self, cell: int) -> tuple[int, int]:
        return ((0, 0), (0, 1), (1, 0))[cell]

    def possible(self, cell: int, asked: int) -> tuple[int, ...]:
        if not asked:
            return (0,)
        return (0, 1) if cell == UNKNOWN else (cell - 1,)

    def describe(self, cell: int) -> str:
        return ("unknown", "no", "yes")[cell]

    def sample(self, answers: int, asked: int) -> str:
        return "yes" if answers else "no"


def days_before(at: date, days: int) -> date:
    """The day `days` before `at`, or the first day there is."""
    return at - timedelta(days=min(days, (at - date.min).days))


def edge(fact: Fact, value: Number, beyond: bool) -> tuple[Number, int]:
    """The edge that a number reaches when it is at least (with `beyond`, above) `value`."""
    if fact.kind is not Kind.INTEGER:
        return value, int(beyond)
    floor = int(Decimal(value).to_integral_value(ROUND_FLOOR))
    return (floor + 1 if beyond or floor != value else floor), 0
