"""How a set of rules cuts each fact into cells.

Rules put only so many questions to a fact. A cell holds all the values that
answer every one of them alike, so two accounts in the same cells have the
same result. Every cut knows

- which cell a value falls in (a number that is stable for one document),
- what is certain there: the questions answered yes, and those answered no,
- which answers are possible there, where a value is unknown or known in part.

Answers are bit sets: bit i is question i of the cut.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal

from .facts import NUMBERS, Fact, Kind, Known, Members, Number, Span
from .matching import ListMatcher
from .words import ends_with, fold, has_word, words

MOST_WORLDS = 4_096
CHUNK = 30
OTHERS = ("other", "else", *(4 * letter for letter in "zqxjvkw0123456789λжñ"))

UNKNOWN = 0


@dataclass(frozen=True)
class Question:
    """One thing asked of a fact; every operator is made of these with and, or and not.

    kind `from` (a number or day of at least), `since` (at most so many days
    ago), `true`, `any` (one of these words), `list`, `word`, `ending`, `empty`.
    """

    kind: str
    value: object = None


class Cut:
    """What all cuts have in common. Cell 0 is always "unknown"."""

    fact: Fact
    questions: tuple[Question, ...]
    radices: tuple[int, ...]

    def cell(self, value: Known | None) -> int:
        """The cell that `value` falls in; None is unknown."""
        raise AssertionError  # pragma: no cover - every cut has its own

    def certain(self, cell: int) -> tuple[int, int]:
        """The questions answered yes and those answered no by all that may be in `cell`."""
        raise AssertionError  # pragma: no cover

    def possible(self, cell: int, asked: int) -> tuple[int, ...] | None:
        """The different answers to the questions in `asked` that `cell` leaves open.

        None when there are more than MOST_WORLDS of them.
        """
        raise AssertionError  # pragma: no cover

    def describe(self, cell: int) -> str:
        """`cell` in words: "15 to 19", "unknown"."""
        raise AssertionError  # pragma: no cover

    def sample(self, answers: int, asked: int) -> str:
        """A value in words that gives `answers` to the questions in `asked`."""
        raise AssertionError  # pragma: no cover

    def digits(self, cell: int) -> tuple[int, ...]:
        """`cell` as small numbers, each below its radix."""
        out = []
        for radix in self.radices[:-1]:
            cell, digit = divmod(cell, radix)
            out.append(digit)
        return (*out, cell)

    def undigits(self, digits: Iterable[int]) -> int:
        """The cell that these digits stand for."""
        cell, scale = 0, 1
        for digit, radix in zip(digits, self.radices, strict=True):
            cell += digit * scale
            scale *= radix
        return cell


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


def chunks(bits: int) -> tuple[int, ...]:
    """Radices that hold `bits` bits, none of more than CHUNK."""
    full, rest = divmod(bits, CHUNK)
    return (1 << CHUNK,) * full + ((1 << rest,) if rest else ())


class TextCut(Cut):
    """One text: which of the questions it answers with yes. The cell is 1 + 2 * those answers."""

    def __init__(self, fact: Fact, questions: Iterable[Question], lists: Mapping[str, ListMatcher]) -> None:
        self.fact = fact
        self.lists = lists
        self.questions = tuple(sorted(set(questions), key=lambda each: (each.kind, sort_key(each.value))))
        self.radices = (2, *chunks(len(self.questions)))
        self.memo: dict[str, int] = {}
        self.samples_memo: dict[int, str] | None = None

    def holds(self, question: Question, text: str) -> bool:
        match question.kind:
            case "any":
                return text in question.value  # type: ignore[operator]
            case "list":
                return self.lists[str(question.value)].matches(text)
            case "word":
                return has_word(text, question.value)  # type: ignore[arg-type]
            case _:
                return ends_with(text, question.value)  # type: ignore[arg-type]

    def answers(self, text: str) -> int:
        """The questions that `text`, already folded, answers with yes."""
        known = self.memo.get(text)
        if known is None:
            known = sum(1 << bit for bit, question in enumerate(self.questions) if self.holds(question, text))
            if len(self.memo) > 200_000:
                self.memo.clear()
            self.memo[text] = known
        return known

    def cell(self, value: Known | None) -> int:
        return 1 + 2 * self.answers(value) if isinstance(value, str) else UNKNOWN

    def certain(self, cell: int) -> tuple[int, int]:
        if cell == UNKNOWN:
            return 0, 0
        return cell >> 1, ((1 << len(self.questions)) - 1) & ~(cell >> 1)

    def possible(self, cell: int, asked: int) -> tuple[int, ...] | None:
        if cell != UNKNOWN:
            return ((cell >> 1) & asked,)
        samples = self.samples()
        if samples is None:
            return None
        out = tuple(dict.fromkeys(answers & asked for answers in samples))
        return out if len(out) <= MOST_WORLDS else None

    def samples(self) -> dict[int, str] | None:
        """The answers that some text gives, each with such a text; None when they are too many."""
        if self.samples_memo is None:
            texts = self.texts()
            self.samples_memo = {} if texts is None else {self.answers(text): text for text in reversed(texts)}
        return self.samples_memo or None

    def texts(self) -> list[str] | None:
        """Texts that between them give every combination of answers; None when they are too many."""
        if self.fact.choices:
            return list(self.fact.choices)
        other = self.other()
        whole, pieces, endings = [other], [], [""]
        for question in self.questions:
            if question.kind == "any":
                whole += sorted(question.value)  # type: ignore[call-overload]
            elif question.kind == "list":
                matcher = self.lists[str(question.value)]
                whole += matcher.exact_names()
                pieces += matcher.inner_names()
                endings += ["." + key for key in sorted(matcher.keys)] if matcher.domains else []
            elif question.kind == "word":
                for pattern in question.value:  # type: ignore[attr-defined]
                    piece = pattern.rstrip("* ")
                    pieces += [piece, piece + other] if pattern.endswith("*") else [piece]
            else:
                endings += ["." + suffix.strip(".") for suffix in question.value]  # type: ignore[attr-defined]
        pieces = list({self.answers(fold(f"{other} {piece} {other}")): piece for piece in reversed(pieces)}.values())
        endings = list({self.answers(fold(other + ending)): ending for ending in reversed(endings)}.values())
        if len(pieces) > 12 or (len(endings) << len(pieces)) > 4 * MOST_WORLDS:
            return None
        combined = [other]
        for piece in pieces:
            combined += [f"{text} {piece} {other}" for text in combined]
        return [fold(text) for text in whole] + [fold(text + ending) for ending in endings for text in combined]

    def other(self) -> str:
        """A word that no question asks for."""
        return other_word(self.questions, self.lists, self.answers)

    def describe(self, cell: int) -> str:
        if cell == UNKNOWN:
            return "unknown"
        return describe_answers(self.questions, cell >> 1)

    def sample(self, answers: int, asked: int) -> str:
        for found, text in (self.samples() or {}).items():
            if found & asked == answers:
                return repr(text)
        return describe_answers(self.questions, answers)


class SetCut(Cut):
    """A set: what it hits, whether it is known to be complete.

    The cell is state + 3 * hits, state 0 unknown, 1 may hold more, 2 complete;
    hits has a bit for each question, and one more for "holds anything".
    """

    def __init__(self, fact: Fact, questions: Iterable[Question], lists: Mapping[str, ListMatcher]) -> None:
        self.fact = fact
        self.lists = lists
        asked = sorted(set(questions), key=lambda each: (each.kind == "empty", each.kind, sort_key(each.value)))
        self.questions = tuple(asked)
        self.empty = bool(asked) and asked[-1].kind == "empty"
        self.bits = len(asked) - self.empty
        self.radices = (3, *chunks(self.bits + 1))
        self.memo: dict[str, int] = {}
        self.elements_memo: dict[int, str] | None = None
        self.closure_memo: dict[int, tuple[int, ...] | None] = {}

    @property
    def anything(self) -> int:
        """The bit that says that the set is not empty."""
        return 1 << self.bits

    def holds(self, question: Question, name: str) -> bool:
        if question.kind == "any":
            return name in question.value  # type: ignore[operator]
        return self.lists[str(question.value)].matches(name)

    def hits(self, name: str) -> int:
        """What one member, already folded, brings to the set."""
        known = self.memo.get(name)
        if known is None:
            known = self.anything
            for bit in range(self.bits):
                if self.holds(self.questions[bit], name):
                    known |= 1 << bit
            if len(self.memo) > 200_000:
                self.memo.clear()
            self.memo[name] = known
        return known

    def cell(self, value: Known | None) -> int:
        if not isinstance(value, Members):
            return UNKNOWN
        hits = 0
        for name in value.names:
            hits |= self.hits(name)
        return (2 if value.complete else 1) + 3 * hits

    def answers(self, hits: int) -> int:
        """What a complete set with these hits answers."""
        plain = hits & (self.anything - 1)
        return plain | (self.anything if self.empty and not hits else 0)

    def certain(self, cell: int) -> tuple[int, int]:
        hits, state = divmod(cell, 3)
        if state == UNKNOWN:
            return 0, 0
        everything = (1 << len(self.questions)) - 1
        yes = self.answers(hits)
        if state == 2:
            return yes, everything & ~yes
        return hits & (self.anything - 1), self.anything if self.empty and hits else 0

    def possible(self, cell: int, asked: int) -> tuple[int, ...] | None:
        hits, state = divmod(cell, 3)
        if state == 2:
            return (self.answers(hits) & asked,)
        closure = self.closure(asked & (self.anything - 1))
        if closure is None:
            return None
        return tuple(dict.fromkeys(self.answers(hits | more) & asked for more in closure))

    def closure(self, asked: int) -> tuple[int, ...] | None:
        """The hits, among those in `asked`, that any set of members can have."""
        if asked not in self.closure_memo:
            found = {0}
            for element in {each & (asked | self.anything) for each in self.elements()}:
                found |= {each | element for each in found}
                if len(found) > MOST_WORLDS:
                    break
            self.closure_memo[asked] = tuple(sorted(found)) if len(found) <= MOST_WORLDS else None
        return self.closure_memo[asked]

    def elements(self) -> dict[int, str]:
        """What a single member can bring, each with such a member."""
        if self.elements_memo is None:
            names = [other_word(self.questions[: self.bits], self.lists, lambda name: self.hits(name) & ~self.anything)]
            for question in self.questions[: self.bits]:
                if question.kind == "any":
                    names += sorted(question.value)  # type: ignore[call-overload]
                else:
                    matcher = self.lists[str(question.value)]
                    names += matcher.exact_names() + [
                        f"{names[0]} {inner} {names[0]}" for inner in matcher.inner_names()
                    ]
            self.elements_memo = {}
            for name in names:
                self.elements_memo.setdefault(self.hits(fold(name)), name)
        return self.elements_memo

    def describe(self, cell: int) -> str:
        hits, state = divmod(cell, 3)
        if state == UNKNOWN:
            return "unknown"
        said = describe_answers(self.questions[: self.bits], hits & (self.anything - 1))
        if not hits:
            said = "empty"
        return said if state == 2 else f"{said}, may hold more"

    def sample(self, answers: int, asked: int) -> str:
        if self.empty and answers & self.anything:
            return "empty"
        wanted = answers & (self.anything - 1)
        names, found = [], 0
        for hits, name in self.elements().items():
            brought = hits & asked & (self.anything - 1)
            if brought and not brought & ~wanted and brought & ~found:
                names.append(name)
                found |= brought
        return ", ".join(names) or "none of the names asked for"


def describe_answers(questions: Iterable[Question], answers: int) -> str:
    """The questions answered yes, in words."""
    said = [question_text(each) for bit, each in enumerate(questions) if answers >> bit & 1]
    return "; ".join(said) or "none of the names asked for"


def question_text(question: Question) -> str:
    """What a yes to `question` says of a text or set."""
    if question.kind == "list":
        return f"on the list {question.value}"
    names = sorted(str(each) for each in question.value)  # type: ignore[attr-defined]
    listed = " or ".join(names[:4]) + (" or …" if len(names) > 4 else "")
    return {"any": listed, "word": f"has the word {listed}", "ending": f"ends with {listed}"}[question.kind]


def other_word(questions: Iterable[Question], lists: Mapping[str, ListMatcher], answers: Callable[[str], int]) -> str:
    """A word that none of `questions` asks for, alone or beside others."""
    spoken: set[str] = set()
    for question in questions:
        asked = lists[str(question.value)].names if question.kind == "list" else question.value
        for text in asked:  # type: ignore[attr-defined]
            spoken.update(words(text))
    return next((word for word in OTHERS if word not in spoken and not answers(word)), OTHERS[0])


def sort_key(value: object) -> tuple[str, ...]:
    return tuple(sorted(str(each) for each in value)) if isinstance(value, frozenset | tuple) else (str(value),)


def days_before(at: date, days: int) -> date:
    """The day `days` before `at`, or the first day there is."""
    return at - timedelta(days=min(days, (at - date.min).days))


def edge(fact: Fact, value: Number, beyond: bool) -> tuple[Number, int]:
    """The edge that a number reaches when it is at least (with `beyond`, above) `value`."""
    if fact.kind is not Kind.INTEGER:
        return value, int(beyond)
    floor = int(Decimal(value).to_integral_value(ROUND_FLOOR))
    return (floor + 1 if beyond or floor != value else floor), 0


def make_cut(fact: Fact, questions: Iterable[Question], lists: Mapping[str, ListMatcher], at: date) -> Cut:
    """The cut of `fact` by `questions`; `at` places the ages of dates."""
    if fact.kind in NUMBERS:
        return NumberCut(fact, questions)
    if fact.kind is Kind.DATE:
        return DateCut(fact, questions, at)
    if fact.kind is Kind.BOOLEAN:
        return BooleanCut(fact, questions)
    if fact.kind is Kind.SET:
        return SetCut(fact, questions, lists)
    return TextCut(fact, questions, lists)
