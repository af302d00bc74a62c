"""From cells to a result: a document made ready to score accounts, and the memory of what it worked out.

Nothing here knows a database, a clock, or what day it is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Generic, TypeVar

from .account import Account
from .binding import bind, counting_nodes, deciding_nodes, nodes_of
from .cells import Cut, Question, make_cut
from .conditions import Condition
from .document import Document, Profile
from .facts import Fact, Known
from .matching import ListMatcher
from .profile_result import profile_result
from .results import ProfileResult, Result, SegmentResult
from .segment_result import segment_result
from .stored_result import StoredResult, StoredScore, stored_score
from .truth import Binder, Node, Truth, truth
from .views import View, Views

MEMO = 100_000

T = TypeVar("T")


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
        self.profiles = tuple(bind(profile, self.binder) for profile in document.profiles)
        self.ranked = tuple(
            sorted(
                (each for each in self.profiles if each.profile.rank is not None),
                key=lambda each: each.profile.rank or 0,
            )
        )
        self.cuts: dict[str, Cut] = self.make_cuts()
        self.places = self.place_slots()
        self.memo: dict[tuple[int, ...], Result] = {}
        self.profile_memo: list[Memo[ProfileResult]] = [Memo(self.views(nodes_of(each))) for each in self.profiles]
        self.stored_memo: list[Memo[StoredScore]] = [Memo(self.views(counting_nodes(each))) for each in self.profiles]
        deciding = (node for each in self.ranked for node in deciding_nodes(each))
        self.segment_memo: Memo[SegmentResult] = Memo(self.views(deciding))

    def views(self, nodes: Iterable[Node]) -> Views:
        return Views(nodes, self.cuts, self.places)

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

    def cells_of(self, known: Mapping[str, Known | None]) -> tuple[int, ...]:
        """The cell of every fact, in the order of `cuts`; facts that are absent are unknown."""
        return tuple(cut.cell(known.get(fact)) for fact, cut in self.cuts.items())

    def answer(self, condition: Condition, profile: Profile, cells: Sequence[int]) -> Truth:
        """How `condition`, which stands somewhere in `profile`, is answered in these cells."""
        return truth(self.binder.bind(condition, profile.missing), Account(self.cuts, self.places, cells).cells)

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
        account = self.account_in(cells)
        profiles = {
            bound.profile.key: memo.of(cells, lambda bound=bound: profile_result(account(), bound))  # type: ignore[misc]
            for bound, memo in zip(self.profiles, self.profile_memo, strict=True)
        }
        segment = self.segment_memo.of(cells, lambda: segment_result(account(), self.ranked, profiles))
        return Result(segment, profiles)

    def stored(self, cells: Sequence[int]) -> StoredResult:
        """The part of `score` that is kept for every account; it takes a fraction of the time."""
        account = self.account_in(cells)
        profiles = {
            bound.profile.key: memo.of(cells, lambda bound=bound: stored_score(account(), bound))  # type: ignore[misc]
            for bound, memo in zip(self.profiles, self.stored_memo, strict=True)
        }
        segment = self.segment_memo.of(cells, lambda: segment_result(account(), self.ranked, profiles))
        return StoredResult(segment, profiles)

    def account_in(self, cells: Sequence[int]) -> Callable[[], Account]:
        """A call that gives the account in these cells, made when it is first asked for."""
        return cache(lambda: Account(self.cuts, self.places, cells))


class Memo(Generic[T]):
    """What was worked out before, by what the conditions it follows from can tell apart."""

    def __init__(self, views: Views) -> None:
        self.views = views
        self.found: dict[View, T] = {}

    def of(self, cells: Sequence[int], work_out: Callable[[], T]) -> T:
        """What was found for cells that look alike, or what `work_out` finds now."""
        view = self.views.view(cells)
        found = self.found.get(view)
        if found is None:
            if len(self.found) >= MEMO:
                self.found.clear()
            found = self.found[view] = work_out()
        return found
