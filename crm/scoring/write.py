"""Writing results back: only what differs, with its history, and never over a newer result."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import connection

from crm.models import Score, ScoredProfile
from personas.rules.scoring import Scorer
from personas.rules.stored_result import StoredResult, StoredScore

from .classify import CELLS, insert_rows
from .dialect import differs, postgresql, temporary

RESULTS = "scoring_results"
SCORES = "scoring_scores"
STATUSES = {status.label: status.value for status in Score.Status}

FIT_COLUMNS = (
    "segment", "segment_status", "possible", "segment_rank", "headline", "points", "low", "high", "band",
)  # fmt: skip
SCORE_COLUMNS = ("verdict", "status", "points", "low", "high", "band")


@dataclass
class Written:
    """How many accounts were brought up to date, and how many results differ from before."""

    seen: int = 0
    changed: int = 0

    def __add__(self, other: "Written") -> "Written":
        return Written(self.seen + other.seen, self.changed + other.changed)


class Writer:
    """Writes the results of the accounts in scoring_cells, all in the transaction of the caller."""

    def __init__(self, scorer: Scorer, ruleset: int, engine: int) -> None:
        self.scorer = scorer
        self.ruleset = ruleset
        self.engine = engine
        self.numbers: dict[tuple[object, ...], int] = {}
        self.ranks = {bound.profile.key: bound.profile.rank for bound in scorer.ranked}
        self.profiles = {bound.profile.key: self.profile_id(bound.profile.key) for bound in scorer.profiles}

    def profile_id(self, key: str) -> int:
        profile, _ = ScoredProfile.objects.get_or_create(key=key)
        return profile.pk

    def open(self) -> None:
        """Make the temporary tables, empty."""
        self.close()
        numbers = "".join(f", o{place} integer" for place in range(len(self.profiles)))
        with connection.cursor() as cursor:
            cursor.execute(
                temporary(
                    RESULTS,
                    "cells text PRIMARY KEY, segment text, segment_status text, possible text, segment_rank integer,"
                    f" headline text, points integer, low integer, high integer, band text{numbers}",
                )
            )
            cursor.execute(
                temporary(
                    SCORES,
                    "number integer PRIMARY KEY, profile_id integer, verdict integer, status integer,"
                    " points integer, low integer, high integer, band text",
                )
            )
        self.numbers = {}

    def close(self) -> None:
        """Drop the temporary tables."""
        with connection.cursor() as cursor:
            for name in (RESULTS, SCORES):
                cursor.execute(f"DROP TABLE IF EXISTS {name}")

    def take(self, results: Iterable[tuple[str, StoredResult]]) -> None:
        """The results of the distinct cells (as text) of this batch stand ready to be joined.

        Scores that are alike have one number for the whole run, and a result names the numbers of its scores.
        """
        self.execute(f"{'TRUNCATE' if postgresql() else 'DELETE FROM'} {RESULTS}")
        known = len(self.numbers)
        rows = [(*self.fit_row(text, result), *self.score_numbers(result)) for text, result in results]
        insert_rows(RESULTS, rows)
        insert_rows(SCORES, ((number, *score) for score, number in islice(self.numbers.items(), known, None)))

    def score_numbers(self, result: StoredResult) -> list[int]:
        """The number of each profile's score, in the order of `profiles`."""
        numbers = self.numbers
        return [
            numbers.setdefault((self.profiles[key], *score_values(score)), len(numbers))
            for key, score in result.profiles.items()
        ]

    def fit_row(self, text: str, result: StoredResult) -> tuple[object, ...]:
        segment = result.segment
        headline = self.headline(result)
        score = result.profiles.get(headline) if headline else None
        return (
            text,
            segment.key or segment.provisional,
            segment.status,
            ",".join(segment.possible),
            self.ranks.get(headline or "") if segment.status != "none" else None,
            headline,
            *((score.points, score.low, score.high, score.band) if score else (None,) * 4),
        )

    def headline(self, result: StoredResult) -> str | None:
        """The profile whose points stand for the account: its segment, or the best it may be in."""
        segment = result.segment
        if segment.key or segment.provisional:
            return segment.key or segment.provisional
        reachable = [key for key in segment.possible if key != "none"]
        if reachable:
            return reachable[0]
        return next(iter(self.ranks), next(iter(self.profiles), None))

    def write(self, at: datetime) -> Written:
        """Fits, scores and changes of this batch are up to date; returns what was done."""
        new, old = self.counts()
        if old and postgresql():
            self.execute(
                f"SELECT 1 FROM crm_fit WHERE company_id IN (SELECT company_id FROM {CELLS} WHERE is_new = 0)"
                " ORDER BY company_id FOR NO KEY UPDATE"
            )
        changed = self.write_changes(at) if old else 0
        updated = self.update_fits() if old else 0
        inserted = self.insert_fits() if new else 0
        if (updated, inserted) != (old, new):
            self.leave_out_unwritten()
        if inserted:
            changed += self.write_first(at, alone=inserted == new)
            self.insert_scores()
        if updated:
            self.update_scores()
        return Written(updated + inserted, changed)

    def counts(self) -> tuple[int, int]:
        """How many accounts of this batch have no fit yet, and how many have one."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COALESCE(SUM(is_new), 0), COALESCE(SUM(1 - is_new), 0) FROM {CELLS}")
            new, old = cursor.fetchone()
        return int(new), int(old)

    def execute(self, sql: str, parameters: list[datetime] | None = None) -> int:
        """How many rows the statement touched."""
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return int(cursor.rowcount)

    # The guard: nothing newer than what was seen is written over.

    def newer(self) -> str:
        return (
            "f.scored_facts_rev <= x.facts_rev AND x.facts_rev <= f.facts_rev"
            f" AND COALESCE(f.scored_ruleset, 0) <= {self.ruleset} AND f.scored_engine <= {self.engine}"
        )

    def write_changes(self, at: datetime) -> int:
        """Rows of history for the accounts whose segment, points or interval differ."""
        moved = " OR ".join(
            differs(f"f.{column}", f"r.{column}")
            for column in ("segment", "segment_status", "low", "high", "points", "band")
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO crm_fitchange (company_id, at, cause, ruleset_before, ruleset_after,
                    cells_before, cells_after, segment_before, segment_after, status_before, status_after,
                    low_before, low_after, high_before, high_after)
                SELECT x.company_id, %s,
                    CASE WHEN f.cells IS NULL THEN 'first' WHEN f.scored_ruleset = {self.ruleset} THEN 'facts'
                         WHEN f.scored_facts_rev = x.facts_rev THEN 'ruleset' ELSE 'both' END,
                    f.scored_ruleset, {self.ruleset}, f.cells, x.cells, f.segment, r.segment,
                    f.segment_status, r.segment_status, f.low, r.low, f.high, r.high
                FROM {CELLS} x JOIN {RESULTS} r ON r.cells = x.cells JOIN crm_fit f ON f.company_id = x.company_id
                WHERE x.is_new = 0 AND {self.newer()} AND (f.cells IS NULL OR {moved})""",
                [at],
            )
            return int(cursor.rowcount)

    def write_first(self, at: datetime, *, alone: bool) -> int:
        """Rows of history for the accounts scored for the first time.

        Where this run was not `alone`, another one may have written some of them.
        """
        others = f"""AND NOT EXISTS (SELECT 1 FROM crm_fitchange old WHERE old.company_id = x.company_id
            AND old.cause = 'first' AND old.ruleset_after = {self.ruleset} AND old.cells_after = x.cells)"""
        return self.execute(
            f"""INSERT INTO crm_fitchange (company_id, at, cause, ruleset_after, cells_after,
                segment_after, status_after, low_after, high_after)
            SELECT x.company_id, %s, 'first', {self.ruleset}, x.cells, r.segment, r.segment_status, r.low, r.high
            FROM {CELLS} x JOIN {RESULTS} r ON r.cells = x.cells WHERE x.is_new = 1 {"" if alone else others}""",
            [at],
        )

    def update_fits(self) -> int:
        """Fits that were there say what was found, unless something newer was written meanwhile."""
        return self.execute(
            f"""UPDATE crm_fit AS f SET cells = x.cells, scored_facts_rev = x.facts_rev,
                scored_ruleset = {self.ruleset}, scored_engine = {self.engine},
                stale_since = CASE WHEN f.facts_rev = x.facts_rev THEN NULL ELSE f.stale_since END,
                effective_segment = CASE WHEN o.id IS NOT NULL THEN o.segment
                                         WHEN r.segment_status = 'settled' THEN r.segment END,
                {", ".join(f"{column} = r.{column}" for column in FIT_COLUMNS)}
            FROM {CELLS} x JOIN {RESULTS} r ON r.cells = x.cells
            LEFT JOIN crm_override o ON o.company_id = x.company_id AND o.ended_at IS NULL
                 AND o.expires_on >= CURRENT_DATE
            WHERE f.company_id = x.company_id AND x.is_new = 0 AND {self.newer()}"""
        )

    def insert_fits(self) -> int:
        """Accounts that had no fit have one."""
        return self.execute(
            f"""INSERT INTO crm_fit (company_id, facts_rev, scored_facts_rev, scored_ruleset, scored_engine,
                failures, cells, effective_segment, {", ".join(FIT_COLUMNS)})
            SELECT x.company_id, x.facts_rev, x.facts_rev, {self.ruleset}, {self.engine}, 0, x.cells,
                CASE WHEN o.id IS NOT NULL THEN o.segment WHEN r.segment_status = 'settled' THEN r.segment END,
                {", ".join(f"r.{column}" for column in FIT_COLUMNS)}
            FROM {CELLS} x JOIN {RESULTS} r ON r.cells = x.cells JOIN crm_company c ON c.id = x.company_id
            LEFT JOIN crm_override o ON o.company_id = x.company_id AND o.ended_at IS NULL
                 AND o.expires_on >= CURRENT_DATE
            WHERE x.is_new = 1
            ON CONFLICT (company_id) DO NOTHING"""
        )

    def leave_out_unwritten(self) -> None:
        """Accounts whose fit somebody else wrote meanwhile, or that are gone, are no longer in this batch."""
        self.execute(
            f"""DELETE FROM {CELLS} WHERE NOT EXISTS (SELECT 1 FROM crm_fit f
                WHERE f.company_id = {CELLS}.company_id AND f.cells = {CELLS}.cells
                  AND f.scored_facts_rev = {CELLS}.facts_rev AND f.scored_ruleset = {self.ruleset})"""
        )

    def scores(self) -> str:
        """SQL of the accounts of this batch with the number of each of their scores."""
        numbers = ", ".join(f"r.o{place}" for place in range(len(self.profiles)))
        if not self.profiles:
            return f"SELECT company_id, is_new, 0 AS number FROM {CELLS} WHERE 1 = 0"
        if postgresql():
            return (
                f"SELECT x.company_id, x.is_new, n.number FROM {CELLS} x JOIN {RESULTS} r ON r.cells = x.cells"
                f" CROSS JOIN LATERAL unnest(ARRAY[{numbers}]) AS n(number)"
            )
        return " UNION ALL ".join(
            f"SELECT x.company_id, x.is_new, {number} AS number FROM {CELLS} x JOIN {RESULTS} r ON r.cells = x.cells"
            for number in numbers.split(", ")
        )

    def insert_scores(self) -> None:
        """Scores of the accounts that had no fit; crm_score is not read for them."""
        self.execute(
            f"""INSERT INTO crm_score (company_id, profile_id, ruleset, {", ".join(SCORE_COLUMNS)})
            SELECT x.company_id, r.profile_id, {self.ruleset}, {", ".join(f"r.{column}" for column in SCORE_COLUMNS)}
            FROM ({self.scores()}) x JOIN {SCORES} r ON r.number = x.number WHERE x.is_new = 1
            ON CONFLICT (company_id, profile_id) DO NOTHING"""
        )

    def update_scores(self) -> None:
        """Scores of the accounts that had a fit: those that differ, those that are missing, those of no profile."""
        moved = " OR ".join(differs(f"s.{column}", f"r.{column}") for column in SCORE_COLUMNS)
        self.execute(
            f"""UPDATE crm_score AS s SET ruleset = {self.ruleset},
                {", ".join(f"{column} = r.{column}" for column in SCORE_COLUMNS)}
            FROM ({self.scores()}) x JOIN {SCORES} r ON r.number = x.number
            WHERE x.is_new = 0 AND s.company_id = x.company_id AND s.profile_id = r.profile_id AND ({moved})"""
        )
        self.execute(
            f"""INSERT INTO crm_score (company_id, profile_id, ruleset, {", ".join(SCORE_COLUMNS)})
            SELECT x.company_id, r.profile_id, {self.ruleset}, {", ".join(f"r.{column}" for column in SCORE_COLUMNS)}
            FROM ({self.scores()}) x JOIN {SCORES} r ON r.number = x.number
            LEFT JOIN crm_score s ON s.company_id = x.company_id AND s.profile_id = r.profile_id
            WHERE x.is_new = 0 AND s.id IS NULL"""
        )
        kept = ", ".join(str(each) for each in self.profiles.values()) or "0"
        self.execute(
            f"""DELETE FROM crm_score WHERE profile_id NOT IN ({kept})
                AND company_id IN (SELECT company_id FROM {CELLS} WHERE is_new = 0)"""
        )


def score_values(score: StoredScore) -> tuple[object, ...]:
    """The stored columns of one profile's result."""
    return (int(score.verdict), STATUSES[score.status], score.points, score.low, score.high, score.band)
