"""Cells of texts and of sets of names."""

from collections.abc import Callable, Iterable, Mapping

from .cut import MOST_WORLDS, UNKNOWN, Cut, Question
from .facts import Fact, Known, Members
from .matching import ListMatcher
from .words import ends_with, fold, has_word, words

CHUNK = 30
OTHERS = ("other", "else", *(4 * letter for letter in "zqxjvkw0123456789λжñ"))


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
