"""From cells to a result: a document made ready to score accounts, and the memory of what it worked out.

Nothing here knows a database, a clock, or what day it is.
"""

from collections.abc import Mapping, Sequence
from datetime import date

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
from .truth import Binder, Truth, truth
from .views import View, Views

MEMO = 100_000


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
        self.profile_memo: list[dict[View, ProfileResult]] = [{} for _ in self.profiles]
        self.segment_memo: dict[View, SegmentResult] = {}
        self.profile_views = [Views(nodes_of(bound), self.cuts, self.places) for bound in self.profiles]
        self.stored_views = [Views(counting_nodes(bound), self.cuts, self.places) for bound in self.profiles]
        self.stored_memo: list[dict[View, StoredScore]] = [{} for _ in self.profiles]
        deciding = [node for bound in self.ranked for node in deciding_nodes(bound)]
        self.segment_views = Views(deciding, self.cuts, self.places)

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
        account: Account | None = None
        profiles: dict[str, ProfileResult] = {}
        for bound, views, memo in zip(self.profiles, self.profile_views, self.profile_memo, strict=True):
            part = views.view(cells)
            result = memo.get(part)
            if result is None:
                account = account or Account(self.cuts, self.places, cells)
                if len(memo) >= MEMO:
                    memo.clear()
                result = memo[part] = profile_result(account, bound)
            profiles[bound.profile.key] = result
        part = self.segment_views.view(cells)
        segment = self.segment_memo.get(part)
        if segment is None:
            account = account or Account(self.cuts, self.places, cells)
            if len(self.segment_memo) >= MEMO:
                self.segment_memo.clear()
            segment = self.segment_memo[part] = segment_result(account, self.ranked, profiles)
        return Result(segment, profiles)

    def stored(self, cells: Sequence[int]) -> StoredResult:
        """The part of `score` that is kept for every account; it takes a fraction of the time."""
        account: Account | None = None
        profiles: dict[str, StoredScore] = {}
        for bound, views, memo in zip(self.profiles, self.stored_views, self.stored_memo, strict=True):
            view = views.view(cells)
            found = memo.get(view)
            if found is None:
                account = account or Account(self.cuts, self.places, cells)
                if len(memo) >= MEMO:
                    memo.clear()
                found = memo[view] = stored_score(account, bound)
            profiles[bound.profile.key] = found
        view = self.segment_views.view(cells)
        segment = self.segment_memo.get(view)
        if segment is None:
            account = account or Account(self.cuts, self.places, cells)
            if len(self.segment_memo) >= MEMO:
                self.segment_memo.clear()
            segment = self.segment_memo[view] = segment_result(account, self.ranked, profiles)
        return StoredResult(segment, profiles)
