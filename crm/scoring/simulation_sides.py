"""What each of two sets of rules says of accounts in given cells; nothing is worked out that nobody asks for."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from crm.facts import roles_of
from personas.rules.binding import BoundProfile, deciding_nodes
from personas.rules.facts import NUMBERS, Kind
from personas.rules.results import SegmentResult
from personas.rules.scoring import Memo, Scorer
from personas.rules.segment_result import segment_result
from personas.rules.stored_result import StoredScore, stored_score
from personas.rules.truth import Truth

from .failures import FAULTS
from .simulation_changes import changed_lists, reads_list
from .simulation_tally import FAILED, Outcome, ProfileOutcome
from .write import headline_among, score_values

ALWAYS_EXACT = frozenset({*NUMBERS, Kind.DATE, Kind.BOOLEAN})

Answer = Callable[[Sequence[int]], Truth] | None


class Seen(NamedTuple):
    """What one set of rules says of accounts in the same cells; `answers` are those to the changed lines."""

    outcome: Outcome
    answers: tuple[Truth | None, ...]


class Side:
    """One set of rules. An outcome holds the scores of the profiles in `watched` only."""

    def __init__(self, scorer: Scorer, answers: Sequence[Answer], watched: Collection[str]) -> None:
        self.scorer = scorer
        self.answers = answers
        self.memos = {
            bound.profile.key: (bound, memo) for bound, memo in zip(scorer.profiles, scorer.stored_memo, strict=True)
        }
        self.watched = [key for key in self.memos if key in watched]
        # Of a profile that is not asked for its points, the segment needs only what its musts decide.
        self.judged: dict[str, Memo[StoredScore]] = {
            bound.profile.key: Memo(scorer.views(deciding_nodes(bound))) for bound in scorer.ranked
        }

    def look(self, cells: Sequence[int], stored: Outcome | None = None, *, same_segment: bool = False) -> Seen:
        """What the rules say of accounts in `cells`.

        `stored` is what the other side has stored of these accounts: that holds
        here too for profiles that are not watched, and with `same_segment` for
        the segment.
        """
        try:
            answers = tuple([None if answer is None else answer(cells) for answer in self.answers])
            profiles = tuple(ProfileOutcome(key, *score_values(self.score(key, cells))) for key in self.watched)  # type: ignore[arg-type]
            return Seen(self.outcome(cells, profiles, stored, same_segment), answers)
        except FAULTS:
            return Seen(FAILED, (None,) * len(self.answers))

    def watch(self, cells: Sequence[int], stored: Outcome, scores: tuple[ProfileOutcome, ...] | None) -> Seen:
        """A stored result with the scores of the watched profiles (worked out where None) and the answers behind it."""
        try:
            answers = tuple([None if answer is None else answer(cells) for answer in self.answers])
            if scores is None:
                scores = tuple(ProfileOutcome(key, *score_values(self.score(key, cells))) for key in self.watched)  # type: ignore[arg-type]
            return Seen(stored._replace(profiles=scores), answers)
        except FAULTS:
            return Seen(stored, (None,) * len(self.answers))

    def outcome(
        self, cells: Sequence[int], profiles: tuple[ProfileOutcome, ...], stored: Outcome | None, same_segment: bool
    ) -> Outcome:
        if stored is not None and same_segment:
            status, key, headline = stored.status, stored.segment, stored.headline
        else:
            segment = self.segment(cells)
            status, key = segment.status, segment.key or segment.provisional
            headline = headline_among(segment, self.scorer)
        if headline is None:
            return Outcome(status, key, profiles=profiles)
        if stored is not None and headline == stored.headline and headline not in self.watched:
            numbers = stored.points, stored.low, stored.high, stored.band
        else:
            score = self.score(headline, cells)
            numbers = score.points, score.low, score.high, score.band
        return Outcome(status, key, headline, *numbers, profiles)

    def score(self, key: str, cells: Sequence[int]) -> StoredScore:
        bound, memo = self.memos[key]
        return memo.of(cells, lambda: stored_score(self.scorer.account_in(cells)(), bound))

    def segment(self, cells: Sequence[int]) -> SegmentResult:
        account = self.scorer.account_in(cells)

        def work_out() -> SegmentResult:
            judged = {
                bound.profile.key: self.judged[bound.profile.key].of(
                    cells,
                    lambda bound=bound: stored_score(account(), bound),  # type: ignore[misc]
                )
                for bound in self.scorer.ranked
            }
            return segment_result(account(), self.scorer.ranked, judged)

        return self.scorer.segment_memo.of(cells, work_out)


def watched_profiles(before: Scorer, after: Scorer, changed: frozenset[str]) -> frozenset[str]:
    """The keys of the profiles of which the two sides may say different things of the same account.

    `changed` are the facts that are cut otherwise. More questions to a number
    change nothing for who does not ask them; more words asked of a text or a
    set may make what is possible loose.
    """
    lists = changed_lists(before.document, after.document)
    old = {bound.profile.key: bound for bound in before.profiles}
    facts, new_facts = before.document.vocabulary, after.document.vocabulary
    other_roles = roles_of(before.document) != roles_of(after.document)

    def reads_alike(fact: str) -> bool:
        if fact == "buying_roles" and other_roles:
            return False
        exact = fact not in changed or (new_facts[fact].kind in ALWAYS_EXACT and fact in before.cuts)
        return exact and facts.get(fact) == new_facts[fact]

    def is_alike(bound: BoundProfile) -> bool:
        other = old.get(bound.profile.key)
        return (
            other is not None
            and other.profile == bound.profile
            and all(reads_alike(fact) for fact in bound.reads)
            and not any(reads_list(each, lists) for each in bound.profile.conditions())
        )

    alike = {bound.profile.key for bound in after.profiles if is_alike(bound)}
    return frozenset({*old, *(bound.profile.key for bound in after.profiles)} - alike)


def is_same_segment(before: Scorer, after: Scorer, watched: Collection[str]) -> bool:
    """Whether both sort every account into the same segment, because all ranked profiles are the same."""
    keys = [[bound.profile.key for bound in scorer.ranked] for scorer in (before, after)]
    return bool(keys[0]) and keys[0] == keys[1] and not any(key in watched for key in keys[0])
