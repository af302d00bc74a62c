"""Writing results back: only what differs, with its history, and never over a newer result."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import connection

from crm.models import FitChange, Outbox, Score, ScoredProfile
from personas.rules.results import SegmentResult
from personas.rules.scoring import Scorer
from personas.rules.stored_result import StoredResult, StoredScore

from .classify import CELLS
from .dialect import Moment, as_moment, clear, differs, make_temporary, postgresql
from .temporary import insert_rows

RESULTS = "scoring_results"
SCORES = "scoring_scores"
STATUSES = {status.label: status.value for status in Score.Status}

FIT_COLUMNS = (
    "segment", "segment_status", "possible", "headline", "points", "low", "high", "band",
    "settled_by_any", "settled_by_some",
)  # fmt: skip
SCORE_COLUMNS = ("verdict", "status", "points", "low", "high", "band")


@dataclass
class Written:
    """How many accounts were brought up to date, how many results differ from before, and how many failed."""

    seen: int = 0
    changed: int = 0
    failed: int = 0

    def __add__(self, other: "Written") -> "Written":
        return Written(self.seen + other.seen, self.changed + other.changed, self.failed + other.failed)


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
        make_temporary(
            RESULTS,
            "cells text PRIMARY KEY, segment text, segment_status text, possible text, segment_rank integer,"
            " headline text, points integer, low integer, high integer, band text,"
            f" settled_by_any text, settled_by_some text{numbers}",
        )
        make_temporary(
            SCORES,
            "number integer PRIMARY KEY, profile_id integer, verdict integer, status integer,"
            " points integer, low integer, high integer, band text",
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
        clear(RESULTS)
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
        headline = headline_among(segment, self.scorer)
        score = result.profiles.get(headline) if headline else None
        return (
            text,
            segment.key or segment.provisional,
            segment.status,
            ",".join(segment.possible),
            self.ranks.get(headline or "") if segment.status != "none" else None,
            headline,
            *((score.points, score.low, score.high, score.band) if score else (None,) * 4),
            ",".join(segment.settled_by_any_answer_to) or None,
            ",".join(segment.could_be_settled_by) or None,
        )

    def write(self, moment: datetime) -> Written:
        """Fits, scores, changes and outbox of this batch are up to date; returns what was done.

        `moment` is when the results were true. What somebody else has
        locked, or has brought further meanwhile, is left as it is.
        """
        at = as_moment(moment)
        self.claim(at)
        new, old = self.counts()
        if not new + old:
            return Written()
        last_change = self.last_change()
        changed = self.write_changes(at) if old else 0
        changed += self.write_first(at) if new else 0
        self.update_fits(at)
        if changed:
            self.write_outbox(last_change)
        if new:
            self.insert_scores()
        if old:
            self.update_scores()
        return Written(new + old, changed)

    def counts(self) -> tuple[int, int]:
        """How many accounts of this batch were never scored, and how many were."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COALESCE(SUM(is_new), 0), COALESCE(SUM(1 - is_new), 0) FROM {CELLS}")
            new, old = cursor.fetchone()
        return int(new), int(old)

    def execute(self, sql: str, parameters: Sequence[Moment] = ()) -> int:
        """How many rows the statement touched."""
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return int(cursor.rowcount)

    # The guard: nothing newer than what was seen is written over.

    def claim(self, at: Moment) -> None:
        """Afterwards this batch holds only accounts that are ours to write until the end of the transaction.

        Those are the ones whose stored stamps are no newer than what this run
        has seen. Rows that others hold are not waited for: they stay stale.
        """
        newer = f"""f.scored_facts_rev <= x.facts_rev AND x.facts_rev <= f.facts_rev
            AND f.scored_ruleset <= {self.ruleset} AND f.scored_engine <= {self.engine}
            AND (x.is_new = 0 OR f.cells IS NULL)
            AND (f.seen_at IS NULL OR f.seen_at <= %s OR f.scored_facts_rev < x.facts_rev
                 OR f.scored_ruleset < {self.ruleset} OR f.scored_engine < {self.engine})"""
        ours = f"SELECT f.company_id FROM crm_fit f JOIN {CELLS} x ON x.company_id = f.company_id WHERE {newer}"
        if postgresql():
            ours += " ORDER BY f.company_id FOR NO KEY UPDATE OF f SKIP LOCKED"
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT (SELECT COUNT(*) FROM ({ours}) found) = (SELECT COUNT(*) FROM {CELLS})", [at])
                if cursor.fetchone()[0]:
                    return
        self.execute(
            f"""WITH ours AS {"MATERIALIZED" if postgresql() else ""} ({ours})
            DELETE FROM {CELLS} WHERE company_id NOT IN (SELECT company_id FROM ours)""",
            [at],
        )

    def write_changes(self, at: Moment) -> int:
        """Rows of history for the accounts whose segment, points or interval differ, or what counts for them."""
        moved = " OR ".join(
            differs(f"f.{column}", f"r.{column}")
            for column in ("segment", "segment_status", "low", "high", "points", "band")
        )
        counts = self.in_force()["effective_segment"]
        other_facts = "f.scored_facts_rev <> x.facts_rev - x.raised"
        return self.execute(
            f"""INSERT INTO crm_fitchange (company_id, at, cause, ruleset_before, ruleset_after,
                cells_before, cells_after, segment_before, segment_after, status_before, status_after,
                low_before, low_after, high_before, high_after, band_before, band_after,
                effective_before, effective_after)
            SELECT x.company_id, %s,
                CASE WHEN NOT ({moved}) THEN 'override'
                     WHEN f.scored_ruleset <> {self.ruleset} AND {other_facts} THEN 'both'
                     WHEN f.scored_ruleset <> {self.ruleset} THEN 'ruleset'
                     WHEN {other_facts} THEN 'facts'
                     WHEN f.scored_engine <> {self.engine} THEN 'engine' ELSE 'time' END,
                f.scored_ruleset, {self.ruleset}, f.cells, x.cells, f.segment, r.segment,
                f.segment_status, r.segment_status, f.low, r.low, f.high, r.high, f.band, r.band,
                f.effective_segment, {counts}
            FROM {CELLS} x JOIN {RESULTS} r ON r.cells = x.cells JOIN crm_fit f ON f.company_id = x.company_id
            WHERE x.is_new = 0 AND ({moved} OR {differs("f.effective_segment", counts)})""",
            [at],
        )

    def write_first(self, at: Moment) -> int:
        """Rows of history for the accounts scored for the first time."""
        return self.execute(
            f"""INSERT INTO crm_fitchange (company_id, at, cause, ruleset_after, cells_after,
                segment_after, status_after, low_after, high_after, band_after, effective_after)
            SELECT x.company_id, %s, 'first', {self.ruleset}, x.cells, r.segment, r.segment_status,
                r.low, r.high, r.band, {self.in_force()["effective_segment"]}
            FROM {CELLS} x JOIN {RESULTS} r ON r.cells = x.cells WHERE x.is_new = 1""",
            [at],
        )

    def last_change(self) -> int:
        """The id below which every change of an account in this batch lies that this batch did not write."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT COALESCE(MAX(id), 0) FROM crm_fitchange")
            return int(cursor.fetchone()[0])

    def write_outbox(self, after: int) -> None:
        """What the changes of this batch, those numbered above `after`, are to tell."""
        kinds = " ".join(
            f"WHEN {' OR '.join(differs(f'h.{column}_before', f'h.{column}_after') for column in columns)}"
            f" THEN '{Outbox.OF_KINDS[kind]}'"
            for kind, columns in FitChange.MOVES.items()
        )
        self.execute(
            f"""INSERT INTO crm_outbox (event, company_id, change_id, at)
            SELECT CASE {kinds} ELSE '{Outbox.Event.FIT.value}' END, h.company_id, h.id, h.at
            FROM crm_fitchange h JOIN {CELLS} x ON x.company_id = h.company_id WHERE h.id > {after}"""
        )

    def update_fits(self, at: Moment) -> None:
        """Fits say what was found; those whose facts changed since the snapshot stay stale."""
        columns = {
            "cells": "x.cells",
            "scored_facts_rev": "x.facts_rev",
            "scored_ruleset": str(self.ruleset),
            "scored_engine": str(self.engine),
            "seen_at": "%s",
            "review_at": "x.review_at",
            "stale_since": "CASE WHEN f.facts_rev = x.facts_rev THEN NULL ELSE f.stale_since END",
            "failures": "0",
            **dict.fromkeys(("failure", "failed_ruleset", "retry_at"), "NULL"),
            **{column: f"r.{column}" for column in FIT_COLUMNS},
        }
        segments = {column: columns.pop(column) for column in ("segment", "segment_status")} | self.in_force()
        if postgresql():
            self.update_columns(columns | segments, [at])
            return
        # A new segment marks the accounts that read it, row by row; so by then every row says when it was scored.
        self.update_columns(columns, [at])
        self.update_columns(segments, [])

    def in_force(self) -> dict[str, str]:
        """The columns of what counts, in SQL: what somebody set by hand, else what the rules say."""
        by_hand = " ".join(f"WHEN '{key}' THEN {rank}" for key, rank in self.ranks.items())
        rank = f"CASE x.override_segment {by_hand} END" if by_hand else "CAST(NULL AS integer)"
        return {
            "effective_segment": "CASE WHEN x.overridden = 1 THEN x.override_segment"
            " WHEN r.segment_status = 'settled' THEN r.segment END",
            "effective_status": "CASE WHEN x.overridden = 0 THEN r.segment_status"
            " WHEN x.override_segment IS NULL THEN 'none' ELSE 'settled' END",
            "segment_rank": f"CASE WHEN x.overridden = 1 THEN {rank} ELSE r.segment_rank END",
        }

    def update_columns(self, columns: Mapping[str, str], parameters: Sequence[Moment]) -> None:
        self.execute(
            f"""UPDATE crm_fit AS f SET {", ".join(f"{name} = {value}" for name, value in columns.items())}
            FROM {CELLS} x JOIN {RESULTS} r ON r.cells = x.cells WHERE f.company_id = x.company_id""",
            parameters,
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
        """Scores of the accounts that were never scored; crm_score is not read for them."""
        self.execute(
            f"""INSERT INTO crm_score (company_id, profile_id, ruleset, {", ".join(SCORE_COLUMNS)})
            SELECT x.company_id, r.profile_id, {self.ruleset}, {", ".join(f"r.{column}" for column in SCORE_COLUMNS)}
            FROM ({self.scores()}) x JOIN {SCORES} r ON r.number = x.number WHERE x.is_new = 1
            ON CONFLICT (company_id, profile_id) DO UPDATE SET ruleset = EXCLUDED.ruleset,
                {", ".join(f"{column} = EXCLUDED.{column}" for column in SCORE_COLUMNS)}"""
        )

    def update_scores(self) -> None:
        """Scores of the accounts scored before: those that differ, those that are missing, those of no profile."""
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


def headline_among(segment: SegmentResult, scorer: Scorer) -> str | None:
    """The profile whose points stand for the account: its segment, or the best it may be in."""
    if segment.key or segment.provisional:
        return segment.key or segment.provisional
    reachable = [key for key in segment.possible if key != "none"]
    if reachable:
        return reachable[0]
    return next((bound.profile.key for bound in (*scorer.ranked, *scorer.profiles)), None)


def score_values(score: StoredScore) -> tuple[object, ...]:
    """The stored columns of one profile's result."""
    return (int(score.verdict), STATUSES[score.status], score.points, score.low, score.high, score.band)
