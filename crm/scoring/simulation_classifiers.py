"""Sorting the accounts of a simulation into cells: what the document cuts otherwise, and as if it were in force."""

from dataclasses import replace

from django.db import connection

from crm.facts import OVERRIDES, SetSource, Source, join_query
from personas.rules.scoring import Scorer

from .classify import Classifier
from .dialect import clear, literal
from .simulation_tally import Name
from .simulation_titles import with_titles_of_draft

ACCOUNTS = "simulation_accounts"
EMPLOYERS = "simulation_employers"
MOVED = "simulation_moved"

COLUMNS = ("status", "segment", "headline", "points", "low", "high", "band")
STORED = ("segment_status", *COLUMNS[1:])


class SimulatedClassifier(Classifier):
    """Sorts accounts into cells as if the employers of their people had the segments of one side.

    With `titles_of_draft` the people have the personas that the draft gives their job titles.
    """

    def __init__(self, scorer: Scorer, side: Name, *, prefix: str, titles_of_draft: bool = False) -> None:
        super().__init__(scorer, prefix=prefix)
        self.titles_of_draft = titles_of_draft
        self.employers = (
            f"(SELECT company_id, {side}_segment AS effective_segment, {side}_status AS segment_status"
            f" FROM {EMPLOYERS}) f"
        )
        self.sources = [(cut, self.redirected(source)) for cut, source in self.sources]

    def redirected(self, source: Source) -> Source:
        """`source`, reading from the simulation what would not be as it is stored."""
        if isinstance(source, SetSource):
            return replace(source, rows=self.instead(source.rows))
        return source

    def query(self, alias: str) -> str:
        return self.instead(join_query(alias))

    def instead(self, query: str) -> str:
        query = query.replace("crm_fit f", self.employers)
        return with_titles_of_draft(query) if self.titles_of_draft else query


class ChangedClassifier(Classifier):
    """Reads only the facts that the document cuts otherwise, of the accounts whose stored result is up to date.

    Without `needs_cells` it reads no fact: the document says the same of every account.
    """

    def __init__(self, scorer: Scorer, facts: frozenset[str], fresh: str, *, needs_cells: bool, prefix: str) -> None:
        super().__init__(scorer, prefix=prefix, facts=facts if needs_cells else frozenset())
        self.needs_cells = needs_cells
        self.cells_table = ACCOUNTS
        self.fresh = fresh

    def fill(self, ruleset: int, engine: int, everything: bool) -> int:
        clear(ACCOUNTS)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO {ACCOUNTS}
                SELECT c.id, c.owner_id, CASE WHEN o.company_id IS NULL THEN 0 ELSE 1 END, o.segment,
                    CASE WHEN {self.unmatched_sql()} THEN 1 ELSE 0 END,
                    {"f.cells" if self.needs_cells else "''"}, {self.cells_sql()},
                    {", ".join(f"f.{column}" for column in STORED)}
                FROM {self.scope.companies} JOIN crm_fit f ON f.company_id = c.id
                LEFT JOIN ({OVERRIDES} AND p.expires_on >= {literal(self.scorer.at)} AND {self.ids()}) o
                    ON o.company_id = c.id
                {self.all_joins()}
                WHERE {self.scope.holds("c.id")} AND {self.scope.holds("f.company_id")} AND {self.fresh}
                    AND NOT EXISTS (SELECT 1 FROM {MOVED} m WHERE m.company_id = c.id)"""
            )
            return int(cursor.rowcount)

    def make(self, name: str, columns: str) -> None:
        if name != self.cells_table:
            super().make(name, columns)
