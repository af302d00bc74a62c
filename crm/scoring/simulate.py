"""What publishing a document would do to every account, worked out without writing a result.

An account whose stored result is up to date is compared with that result: its
stored cells say what the active rules see, so only the facts that the document
cuts otherwise are read again. Any other account is sorted into the cells of
both, in the same snapshot. So the difference is always that of the rules.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Self, TypeVar

from django.conf import settings
from django.db import connection

from crm.models import Company
from crm.models.fit import ENGINE
from personas.models import Ruleset
from personas.rules.alike import Alike, OtherShape
from personas.rules.document import Document, to_json
from personas.rules.scoring import Scorer
from personas.rules.truth import Truth

from .classify import Scope, Span
from .dialect import as_moment, clear, make_temporary
from .drain import scorer_for, snapshot
from .packing import Packing
from .simulation_changes import changed_facts, changed_lines, line_answer
from .simulation_classifiers import ACCOUNTS, COLUMNS, EMPLOYERS, MOVED, ChangedClassifier, SimulatedClassifier
from .simulation_naming import MOVES, WANTED, Group, Pair, count_owners, name_accounts
from .simulation_people import RESULTS, look_at_people_in_full, place_employers
from .simulation_sides import Seen, Side, is_same_segment, watched_profiles
from .simulation_tally import (
    FAILED,
    UNSCORED,
    Name,
    Outcome,
    ProfileOutcome,
    Tally,
    answers_key,
    bucket,
    override_state,
)
from .simulation_titles import forget_titles_of_draft, match_titles_of_draft, reads_patterns
from .temporary import analyze, use_memory

IDS = "simulation_ids"

MOST_LINES = 60
MOST_TEXTS = 200_000
DAY_JOBS = "day_job_segments"


T = TypeVar("T")


class Simulated(NamedTuple):
    """What one account would have after publishing; points are hundredths."""

    company_id: int
    segment: str | None
    status: str
    low: int | None
    high: int | None
    band: str | None


def as_ruleset(document: Document, text: str = "") -> Ruleset:
    """`document` as a ruleset that is not published and not stored; its number is 0."""
    return Ruleset(number=0, text=text or to_json(document), content_hash=document.content_hash())


def simulated_results(document: Document, *, at: datetime) -> Iterator[Simulated]:
    """What every account would have after publishing `document`, in the order of their ids.

    An account that cannot be scored by it keeps what it has and is left out.
    """
    walk = Walk(as_ruleset(document), Ruleset.objects.active().first(), at)
    with walk:
        while walk.step():
            for company_id, outcome in walk.outcomes():
                if outcome != FAILED:
                    yield Simulated(
                        company_id, outcome.segment, outcome.status, outcome.low, outcome.high, outcome.band
                    )


def simulate(
    document: Document, *, at: datetime, progress: Callable[[int], object] | None = None, batch: int = 0
) -> "Walk":
    """A walk over every account that has ended, with all that it counted; nothing is written."""
    walk = Walk(as_ruleset(document), Ruleset.objects.active().first(), at, batch=batch)
    with walk:
        while looked := walk.step():
            if progress:
                progress(looked)
    return walk


class Walk:
    """One walk over all accounts, batch by batch, under the active rules and a draft.

    `tally` holds what was counted; given one it goes on where that ends. `moved`
    is how many accounts have people with a day job at a company that would be
    in another segment than it is stored. Its temporary tables live as long as the connection; use it in a `with`.
    """

    def __init__(
        self, draft: Ruleset, active: Ruleset | None, at: datetime, *, tally: Tally | None = None, batch: int = 0
    ) -> None:
        self.at = at
        self.draft_ruleset = draft
        self.active_ruleset = active
        self.tally = tally or Tally()
        self.batch = batch or settings.SCORING_BATCH
        self.after = scorer_for(draft, at.date())
        self.before = scorer_for(active, at.date()) if active else Scorer(Document(), at.date())
        self.packing_before = Packing(self.before)
        self.packing_after = Packing(self.after)
        changed = changed_facts(self.before, self.after)
        self.packing_changed = Packing(self.after, changed)
        # Where each cell of the draft is found: its place among the changed ones, or among those of the active rules.
        places = {fact: place for place, fact in enumerate(self.before.cuts)}
        later = {fact: place for place, fact in enumerate(each for each in self.after.cuts if each in changed)}
        self.places = [(fact in changed, later[fact] if fact in changed else places[fact]) for fact in self.after.cuts]
        number = active.number if active else -1
        now = moment_text(at)
        self.fresh = (
            f"f.stale_since IS NULL AND f.scored_ruleset = {number} AND f.scored_engine = {ENGINE}"
            f" AND f.cells IS NOT NULL AND (f.review_at IS NULL OR f.review_at > {now})"
        )
        self.before_classifier = SimulatedClassifier(self.before, "before", prefix="simulation_before")
        read = frozenset((*self.before.cuts, *self.after.cuts))
        self.rereads_titles = reads_patterns(read, self.before.document, self.after.document)
        self.after_classifier = SimulatedClassifier(
            self.after, "after", prefix="simulation_after", titles_of_draft=self.rereads_titles
        )
        self.lines = changed_lines(self.before.document, self.after.document)[:MOST_LINES]
        watched = watched_profiles(self.before, self.after, changed)
        self.same_segment = is_same_segment(self.before, self.after, watched)
        self.alike = likeness(self.before, self.after, changed) if active else None
        self.side_before = Side(
            self.before, [line_answer(self.before, each.place, each.before) for each in self.lines], watched
        )
        self.side_after = Side(
            self.after, [line_answer(self.after, each.place, each.after) for each in self.lines], watched
        )
        self.changed_classifier = ChangedClassifier(
            self.after,
            changed,
            self.fresh,
            needs_cells=bool(watched or self.lines or not self.same_segment),
            prefix="simulation_changed",
        )
        self.moved = 0
        self.scores: dict[str, tuple[ProfileOutcome, ...]] = {}
        self.seen_before: dict[str, Seen] = {}
        self.seen_after: dict[tuple[str, str], Seen] = {}
        self.reads_day_jobs = DAY_JOBS in self.after.cuts or DAY_JOBS in self.before.cuts

    # Tables

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if connection.is_usable():
            self.close()

    def open(self) -> None:
        """Make the temporary tables; afterwards it is known where the employers of people would be."""
        make_temporary(
            ACCOUNTS,
            "company_id bigint, owner_id bigint, overridden integer, override_segment text,"
            " unmatched integer, old text, new text, status text, segment text, headline text, points integer,"
            " low integer, high integer, band text",
        )
        make_temporary(IDS, "company_id bigint PRIMARY KEY")
        make_temporary(MOVED, "company_id bigint PRIMARY KEY")
        sides = ", ".join(f"{side}_{column} text" for side in ("before", "after") for column in ("segment", "status"))
        make_temporary(EMPLOYERS, f"company_id bigint PRIMARY KEY, {sides}")
        make_temporary(WANTED, "old text, new text, bucket integer, PRIMARY KEY (old, new, bucket)")
        make_temporary(MOVES, "old text, new text, move integer, PRIMARY KEY (old, new)")
        make_temporary(RESULTS, f"old text, new text, {sides}, PRIMARY KEY (old, new)")
        for each in (self.changed_classifier, self.before_classifier, self.after_classifier):
            each.open()
        if self.rereads_titles:
            match_titles_of_draft(self.before.document, self.after.document)
            look_at_people_in_full()
        if self.reads_day_jobs:
            self.moved = place_employers(self)

    def close(self) -> None:
        """Drop the temporary tables."""
        for each in (self.changed_classifier, self.before_classifier, self.after_classifier):
            each.close()
        with connection.cursor() as cursor:
            for name in (ACCOUNTS, IDS, MOVED, EMPLOYERS, WANTED, MOVES, RESULTS):
                cursor.execute(f"DROP TABLE IF EXISTS {name}")
        forget_titles_of_draft()

    # One batch

    def step(self) -> int:
        """The next accounts are counted; returns how many ids were looked at, 0 at the end."""
        ids = list(
            Company.objects.filter(pk__gt=self.tally.last)
            .order_by("pk")
            .values_list("pk", flat=True)[self.batch - 1 : self.batch]
        )
        top = ids[0] if ids else Company.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        if top <= self.tally.last:
            return 0
        looked = self.gather(Span(self.tally.last, top))
        self.count(self.groups())
        self.tally.looked += looked
        self.tally.last = top
        return max(looked, 1)

    def gather(self, scope: Scope) -> int:
        """simulation_accounts holds the accounts in `scope` as they stand in one snapshot; returns how many."""
        with snapshot():
            use_memory()
            self.changed_classifier.scope = scope
            self.changed_classifier.match_names()
            found = self.changed_classifier.classify(ruleset=0, engine=0)
            waiting = self.gather_waiting(scope)
        if waiting:
            analyze(ACCOUNTS)
        return found + waiting

    def gather_waiting(self, scope: Scope) -> int:
        """Accounts whose stored result says too little are there in the cells of both rules; returns how many."""
        clear(IDS)
        here = f"INSERT INTO {IDS} SELECT f.company_id FROM crm_fit f WHERE {scope.holds('f.company_id')} AND"
        moved = f"EXISTS (SELECT 1 FROM {MOVED} m WHERE m.company_id = f.company_id)"
        with connection.cursor() as cursor:
            cursor.execute(f"{here} NOT ({self.fresh})")
            stale = int(cursor.rowcount)
            cursor.execute(f"{here} {self.fresh} AND {moved}")
            found = stale + int(cursor.rowcount)
            if not found:
                return 0
            analyze(IDS)
            for each in (self.before_classifier, self.after_classifier):
                each.scope = Scope(IDS)
                each.classify(ruleset=0, engine=0, everything=True)
            cursor.execute(
                f"""INSERT INTO {ACCOUNTS}
                SELECT a.company_id, c.owner_id, a.overridden, a.override_segment, 0, '+' || b.cells, '+' || a.cells,
                    NULL, NULL, NULL, NULL, NULL, NULL, NULL
                FROM {self.after_classifier.cells_table} a
                JOIN {self.before_classifier.cells_table} b ON b.company_id = a.company_id
                JOIN crm_company c ON c.id = a.company_id"""
            )
        self.tally.stale += stale
        return found

    def groups(self) -> list[Group]:
        """The accounts of the batch by the cells they are in."""
        columns = ", ".join(("old", "new", *COLUMNS))
        sql = f"SELECT {columns}, COUNT(*) AS accounts, MIN(company_id) AS first FROM {ACCOUNTS} GROUP BY {columns}"
        with connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall()
        self.read_scores(sql)
        return [Group(old, new, stored(found), accounts) for old, new, *found, accounts, _ in rows]

    def read_scores(self, groups: str) -> None:
        """What is stored of the watched profiles is known for the cells that the query `groups` names.

        Accounts in the same cells have the same scores, so one account of each is asked.
        """
        profiles = self.side_before.watched
        if not profiles or not self.changed_classifier.needs_cells:
            return
        found: dict[str, list[ProfileOutcome]] = {}
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT g.old, p.key, s.verdict, s.status, s.points, s.low, s.high, s.band
                FROM ({groups}) g JOIN crm_score s ON s.company_id = g.first
                JOIN crm_scoredprofile p ON p.id = s.profile_id
                WHERE g.status IS NOT NULL AND p.key IN ({", ".join(["%s"] * len(profiles))})""",
                profiles,
            )
            for old, *score in cursor.fetchall():
                found.setdefault(old, []).append(ProfileOutcome(*score))
        place = {key: number for number, key in enumerate(profiles)}
        for old, scores in found.items():
            if len(scores) == len(profiles) and old not in self.scores:
                if len(self.scores) >= MOST_TEXTS:
                    self.scores.clear()
                self.scores[old] = tuple(sorted(scores, key=lambda each: place[each.key]))

    def outcomes(self) -> Iterator[tuple[int, Outcome]]:
        """The accounts of the batch at hand with what the draft says of them, in the order of their ids."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT company_id, old, new, {', '.join(COLUMNS)} FROM {ACCOUNTS} ORDER BY company_id")
            rows = cursor.fetchall()
        for company_id, old, new, *columns in rows:
            yield company_id, self.see_after(old, new, stored(columns)).outcome

    # What each side says

    def see_before(self, old: str, stored: Outcome | None) -> Seen:
        """What the active rules say of accounts in these cells; their stored result, where that is up to date."""
        if not self.changed_classifier.needs_cells and stored is not None:
            return Seen(stored, ())
        found = self.seen_before.get(old)
        if found is None:
            if self.active_ruleset is None:
                found = Seen(UNSCORED, (None,) * len(self.lines))
            elif stored is None:
                found = self.side_before.look(self.packing_before.cells(old[1:]))
            else:
                found = self.side_before.watch(self.packing_before.cells(old), stored, self.scores.get(old))
            remember(self.seen_before, old, found)
        return found

    def see_after(self, old: str, new: str, stored: Outcome | None) -> Seen:
        """What the draft says of them."""
        if not self.changed_classifier.needs_cells and stored is not None:
            return Seen(stored, ())
        found = self.seen_after.get((old, new))
        if found is None:
            if stored is None:
                found = self.side_after.look(self.packing_after.cells(new[1:]))
            else:
                kept = self.packing_before.cells(old)
                cells = self.joined(kept, new)
                if self.alike is not None and self.alike.says_the_same(kept, cells):
                    found = self.see_before(old, stored)
                else:
                    found = self.side_after.look(cells, stored, same_segment=self.same_segment)
            remember(self.seen_after, (old, new), found)
        return found

    def joined(self, kept: Sequence[int], new: str) -> tuple[int, ...]:
        """All cells of the draft: those of the changed facts, and of the others what the active rules have stored."""
        changed = self.packing_changed.cells(new)
        return tuple([changed[place] if is_new else kept[place] for is_new, place in self.places])

    # Counting

    def count(self, groups: Sequence[Group]) -> None:
        """What these groups add to the tally; a few of their accounts are named."""
        pairs: Counter[Pair] = Counter()
        members: dict[Pair, list[Group]] = {}
        answers: Counter[tuple[int, Name, Truth]] = Counter()
        for group in groups:
            before, after = self.see_before(group.old, group.stored), self.see_after(group.old, group.new, group.stored)
            pair = before.outcome, after.outcome
            pairs[pair] += group.accounts
            if before.outcome != after.outcome:
                members.setdefault(pair, []).append(group)
            for place in range(len(self.lines)):
                old, new = before.answers[place], after.answers[place]
                if old is not None:
                    answers[place, "before", old] += group.accounts
                if new is not None:
                    answers[place, "after", new] += group.accounts
        for (old_one, new_one), accounts in pairs.items():
            self.tally.count(old_one, new_one, accounts)
        for (place, side, answer), accounts in answers.items():
            self.tally.lines[answers_key(self.lines[place].place, side, answer.word)] += accounts
        name_accounts(self.tally, members)
        count_owners(self.tally, members)
        self.count_overrides()

    def count_overrides(self) -> None:
        """How overrides, which are few because people set them one by one, stand beside the results."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT company_id, override_segment, old, new, {', '.join(COLUMNS)} FROM {ACCOUNTS}"
                " WHERE overridden = 1 ORDER BY company_id"
            )
            rows = cursor.fetchall()
        for company_id, segment, old, new, *columns in rows:
            before = override_state(segment, self.see_before(old, stored(columns)).outcome)
            after = override_state(segment, self.see_after(old, new, stored(columns)).outcome)
            self.tally.counts["override", before, after] += 1
            name = bucket("override", before, after)
            if before != after and self.tally.wants(name):
                self.tally.name(name, [company_id])


def likeness(before: Scorer, after: Scorer, changed: Collection[str]) -> Alike | None:
    """What tells whether both say the same of an account; None where more differs than what they ask of facts."""
    try:
        return Alike(before, after, changed)
    except OtherShape:
        return None


def stored(columns: Sequence[object]) -> Outcome | None:
    """The stored result in these columns; None where there is none."""
    return None if columns[0] is None else Outcome(*columns)  # type: ignore[arg-type]


def remember(seen: dict[T, Seen], key: T, found: Seen) -> None:
    """`found` is there for the next who asks; memory has an end."""
    if len(seen) >= MOST_TEXTS:
        seen.clear()
    seen[key] = found


def moment_text(at: datetime) -> str:
    """A moment as SQL writes it."""
    moment = as_moment(at)
    return f"TIMESTAMPTZ '{moment.isoformat()}'" if isinstance(moment, datetime) else f"'{moment}'"
