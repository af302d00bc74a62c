"""For how many accounts conditions hold, fail and are open.

Accounts are sorted into cells by the same machinery as for scoring, and a
condition is answered once for all cells between which it sees no difference.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple, Self, cast

from django.db import connection

from crm.models import Company
from personas.rules.conditions import Condition, Missing
from personas.rules.document import Document, Line, Profile
from personas.rules.scoring import Memo, Scorer
from personas.rules.truth import Node, Truth, truth

from .classify import Classifier, Scope
from .dialect import clear
from .drain import snapshot
from .temporary import analyze, insert_rows, use_memory

SAMPLE = 2_000
PREFIX = "counting"


class Answers(NamedTuple):
    """How many accounts a condition holds for, fails for, and is open for."""

    hold: int = 0
    fail: int = 0
    open: int = 0

    def plus(self, other: Sequence[int]) -> "Answers":
        """Both together."""
        return Answers(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Sampled(NamedTuple):
    """The answers of the accounts that were looked at; `every`: these are all accounts there are."""

    answers: tuple[Answers, ...]
    accounts: int
    every: bool


def asking(words: Document, conditions: Iterable[Condition], missing: Missing) -> Document:
    """A document that asks these conditions of an account, in the facts, lists and personas of `words`.

    They stand as bonuses, which alone may read every fact; `missing` is what an unknown fact does.
    """
    lines = tuple(Line(str(place), str(place), each, points=1) for place, each in enumerate(conditions))
    return replace(words, profiles=(Profile("asked", "Asked", missing=missing, bonus=lines),), cases=())


def sample(document: Document, *, at: date, most: int = SAMPLE) -> Sampled:
    """The answers of `most` accounts spread over all of them, always the same ones; of all where they are no more."""
    ids, every = spread_ids(most)
    with Counting(document, at) as counting:
        insert_rows(counting.ids, ((each,) for each in ids))
        analyze(counting.ids)
        answers = counting.answers(Scope(counting.ids))
    return Sampled(tuple(answers), sum(answers[0]) if answers else len(ids), every)


def spread_ids(most: int) -> tuple[list[int], bool]:
    """At most that many ids of accounts, spread over all of them, and whether these are all."""
    ids = Company.objects.order_by("pk").values_list("pk", flat=True)
    first = list(ids[: most + 1])
    if len(first) <= most:
        return first, True
    low, high = first[0], ids.reverse()[0]
    with connection.cursor() as cursor:
        # The next id at or above each of so many places at equal distances.
        cursor.execute(
            f"""WITH RECURSIVE places (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM places WHERE n < {most - 1})
            SELECT DISTINCT (SELECT MIN(c.id) FROM crm_company c
                WHERE c.id >= {low} + n * CAST({high - low} AS bigint) / {most - 1}) AS id
            FROM places ORDER BY id"""
        )
        found = [each for (each,) in cursor.fetchall()]
        if len(found) >= most // 2:
            return found, False
        # Ids with wide gaps: every so many accounts instead, which reads them all.
        step = max(1, Company.objects.count() // most)
        cursor.execute(
            f"""SELECT id FROM (SELECT c.id, ROW_NUMBER() OVER (ORDER BY c.id) AS place FROM crm_company c) found
            WHERE (place - 1) % {step} = 0 ORDER BY id LIMIT {most}"""
        )
        return [each for (each,) in cursor.fetchall()], False


class Counting:
    """Counts how the bonuses of the only profile of `document` are answered; its tables live as long as the `with`."""

    def __init__(self, document: Document, at: date) -> None:
        self.scorer = Scorer(document, at)
        self.classifier = CellCounter(self.scorer, prefix=PREFIX)
        self.ids = f"{PREFIX}_ids"
        nodes = [line.node for line in self.scorer.profiles[0].bonus]
        self.asked: list[tuple[Node, Memo[Truth]]] = [(each, Memo(self.scorer.views([each]))) for each in nodes]

    def __enter__(self) -> Self:
        self.classifier.open()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if connection.is_usable():
            self.classifier.close()

    def answers(self, scope: Scope, *, many: bool = False) -> list[Answers]:
        """How each condition is answered in `scope`, read in one snapshot; with `many` every name is matched first."""
        with snapshot():
            if connection.in_atomic_block:
                use_memory()
            self.classifier.scope = scope
            if many:
                self.classifier.match_names()
            self.classifier.classify(ruleset=0, engine=0, everything=True)
            found = self.classifier.counts()
        counts = [[0, 0, 0] for _ in self.asked]
        for text, accounts in found:
            cells = self.classifier.packing.cells(text)
            account = self.scorer.account_in(cells)
            for count, (node, memo) in zip(counts, self.asked, strict=True):
                answer = memo.of(cells, lambda node=node, account=account: truth(node, account().cells))  # type: ignore[misc]
                count[PLACES[answer]] += accounts
        return [Answers(*each) for each in counts]


PLACES = {Truth.YES: 0, Truth.NO: 1, Truth.OPEN: 2}


class CellCounter(Classifier):
    """Counts the accounts in each cell; what is stored of them is not looked at."""

    def make(self, name: str, columns: str) -> None:
        if name == self.cells_table:
            columns = "unmatched integer, cells text, accounts bigint"
        super().make(name, columns)

    def fill(self, ruleset: int, engine: int, everything: bool) -> int:
        clear(self.cells_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO {self.cells_table}
                SELECT unmatched, cells, COUNT(*) FROM (
                    SELECT CASE WHEN {self.unmatched_sql()} THEN 1 ELSE 0 END AS unmatched, {self.cells_sql()} AS cells
                    FROM {self.scope.companies} {self.all_joins()} WHERE {self.scope.holds("c.id")}
                ) found GROUP BY unmatched, cells"""
            )
            return int(cursor.rowcount)

    def counts(self) -> list[tuple[str, int]]:
        """The cells that accounts are in, with how many there are."""
        return cast(list[tuple[str, int]], self.fetch(f"SELECT cells, accounts FROM {self.cells_table}"))
