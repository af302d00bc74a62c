"""Sorting accounts into cells, in the database.

One statement gives every account at hand its cells, as one text of packed
numbers. Texts and members of sets were matched before, in Python, once for
each distinct value; the statement only joins on the outcome, and what a worker
remembers of a name ends when a name in that table changes (NameRevision).
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from typing import cast

from django.db import connection

from crm.facts import (
    OBSERVED,
    OVERRIDES,
    DaySource,
    FlagSource,
    NumberSource,
    SetSource,
    Source,
    WordSource,
    join_query,
    joined_by,
    keyed_by,
    roles_named,
    roles_of,
    source_of,
)
from personas.rules.cells import Cut, DateCut, NumberCut, SetCut, TextCut
from personas.rules.scoring import Scorer
from personas.rules.words import fold

from .dialect import (
    as_text,
    big,
    clear,
    differs,
    earliest,
    literal,
    make_temporary,
    midnight_after,
    moment_type,
    union_of_bits,
)
from .digits import day_digit, day_sql, number_digit, text_cell
from .packing import Packing
from .temporary import analyze, insert_rows

PREFIX = "scoring"
IDS = f"{PREFIX}_ids"
CELLS = f"{PREFIX}_cells"
MOST_NAMES = 200_000


class Scope:
    """The accounts at hand: those in the table `ids`.

    That table stands first in a statement with many joins: PostgreSQL keeps
    their order beyond join_collapse_limit and would read every company otherwise.
    `only` is one more condition, in SQL; `raised` how many revisions of the facts
    this run has made itself.
    """

    only = "TRUE"
    raised = "0"

    def __init__(self, ids: str = IDS) -> None:
        self.ids = ids
        self.companies = f"{ids} i JOIN crm_company c ON c.id = i.company_id"

    def holds(self, column: str) -> str:
        """The condition that the company whose id is in `column` is at hand."""
        return f"{column} IN (SELECT company_id FROM {self.ids})"


class Span(Scope):
    """The accounts of one lane above one id and up to another, which indexes find by themselves."""

    def __init__(self, above: int, last: int, lane: int = 0, lanes: int = 1) -> None:
        self.companies = "crm_company c"
        self.above = above
        self.last = last
        self.lane = lane
        self.lanes = lanes

    def holds(self, column: str) -> str:
        share = f" AND {column} % {self.lanes} = {self.lane}" if self.lanes > 1 else ""
        return f"{column} > {self.above} AND {column} <= {self.last}{share}"


class Classifier:
    """Sorts the accounts in `scope` into the cells of one scorer.

    Its temporary tables live as long as the connection; `close` drops them.
    Their names begin with `prefix`. With `facts` it reads only those.
    """

    ids_columns = "company_id bigint PRIMARY KEY"

    def __init__(self, scorer: Scorer, *, prefix: str = PREFIX, facts: Collection[str] | None = None) -> None:
        self.scorer = scorer
        self.prefix = prefix
        self.cells_table = f"{prefix}_cells"
        self.packing = Packing(scorer, facts)
        self.roles = roles_of(scorer.document)
        self.sources: list[tuple[Cut, Source]] = [(cut, source_of(cut.fact)) for cut in self.packing.cuts]
        self.tables: list[str] = []
        self.reads_people = bool(scorer.document.contact_profiles)
        self.scope = Scope()
        self.matched = False
        self.all_names = False
        self.names_seen: object = None

    # Tables

    def open(self) -> None:
        """Make the temporary tables, empty."""
        self.close()
        self.make(f"{self.prefix}_ids", self.ids_columns)
        self.make(self.cells_table, self.cells_columns())
        for place, (cut, source) in enumerate(self.sources):
            digits = ", ".join(f"d{at} bigint NOT NULL" for at in range(len(cut.radices)))
            if isinstance(source, WordSource):
                self.make(f"{self.prefix}_text_{place}", f"value text PRIMARY KEY, {digits}")
            elif isinstance(source, SetSource):
                kind = "bigint" if source.names else "text"
                self.make(f"{self.prefix}_hits_{place}", f"member {kind} PRIMARY KEY, {digits}")
        self.matched = self.all_names = False
        self.names_seen = None

    def cells_columns(self) -> str:
        return (
            "company_id bigint, facts_rev bigint, raised integer, is_new integer, unmatched integer,"
            f" overridden integer, override_segment text, review_at {moment_type()}, cells text"
        )

    def make(self, name: str, columns: str) -> None:
        make_temporary(name, columns)
        self.tables.append(name)

    def close(self) -> None:
        """Drop the temporary tables."""
        with connection.cursor() as cursor:
            for name in self.tables:
                cursor.execute(f"DROP TABLE IF EXISTS {name}")
        self.tables = []

    # Matching in Python

    def forget_changed_names(self) -> None:
        """Afterwards no member is remembered by a name that it no longer has in this snapshot."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT table_name, revision FROM crm_namerevision ORDER BY table_name")
            names = cursor.fetchall()
            if names == self.names_seen:
                return
            if self.names_seen is not None:
                for place, (_, source) in enumerate(self.sources):
                    if isinstance(source, SetSource) and source.names:
                        cursor.execute(f"DELETE FROM {self.prefix}_hits_{place}")
        self.names_seen = names
        self.all_names = False

    def match_names(self) -> None:
        """Every member that any company may have is matched; for a walk over many of them."""
        self.forget_changed_names()
        if self.all_names:
            return
        for place, (cut, source) in enumerate(self.sources):
            if isinstance(source, SetSource) and source.names:
                rows = self.fetch(
                    f"SELECT n.member, n.name FROM ({source.names}) n LEFT JOIN {self.prefix}_hits_{place} t"
                    f" ON t.member = n.member WHERE t.member IS NULL LIMIT {MOST_NAMES}"
                )
                self.store_hits(place, cast(SetCut, cut), source, rows)
        self.all_names = True

    def match(self) -> None:
        """Every text and member that the accounts at hand have is matched, and its outcome stored."""
        for place, (cut, source) in enumerate(self.sources):
            if isinstance(source, WordSource):
                self.match_texts(place, cast(TextCut, cut), source)
            elif isinstance(source, SetSource):
                self.match_members(place, cast(SetCut, cut), source)
        self.matched = True

    def match_texts(self, place: int, cut: TextCut, source: WordSource) -> None:
        table = f"{self.prefix}_text_{place}"
        rows = self.fetch(
            f"SELECT DISTINCT {source.text} FROM {self.rows()}"
            f" {self.joins(source.joins)}"
            f" LEFT JOIN {table} t ON t.value = {source.text}"
            f" WHERE {source.text} IS NOT NULL AND t.value IS NULL AND {self.scope.holds('c.id')}"
        )
        self.insert(table, ((text, *cut.digits(text_cell(cut, cast(str, text)))) for (text,) in rows))

    def match_members(self, place: int, cut: SetCut, source: SetSource) -> None:
        table = f"{self.prefix}_hits_{place}"
        names = f"JOIN ({source.names}) n ON n.member = m.member" if source.names else ""
        rows = self.fetch(
            f"SELECT DISTINCT m.member, {'n.name' if source.names else 'm.member'}"
            f" FROM ({source.rows.format(ids=self.ids())}) m {names}"
            f" LEFT JOIN {table} t ON t.member = m.member WHERE t.member IS NULL"
        )
        self.store_hits(place, cut, source, rows)

    def store_hits(self, place: int, cut: SetCut, source: SetSource, rows: list[tuple[object, ...]]) -> None:
        table = f"{self.prefix}_hits_{place}"
        self.insert(table, ((member, *self.hit_digits(cut, source, cast(str, name))) for member, name in rows))

    def hit_digits(self, cut: SetCut, source: SetSource, name: str) -> tuple[int, ...]:
        """What a member brings to the set, as digits; the first, the state, is not used."""
        names = roles_named(name, self.roles) if source.roles else (name,)
        hits = 0
        for each in names:
            hits |= cut.hits(fold(each))
        return cut.digits(3 * hits)

    def fetch(self, sql: str) -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cast(list[tuple[object, ...]], cursor.fetchall())

    def insert(self, table: str, rows: Iterator[tuple[object, ...]]) -> None:
        insert_rows(table, rows)

    # The statement

    def ids(self) -> str:
        """The condition that narrows a query to the accounts at hand."""
        return self.scope.holds("p.company_id")

    def rows(self) -> str:
        """What the statement goes over, in SQL: the accounts at hand, a row each."""
        return self.scope.companies

    def query(self, alias: str) -> str:
        """The query behind an alias that several facts share."""
        return join_query(alias)

    def joins(self, aliases: Iterable[str]) -> str:
        return " ".join(
            f"LEFT JOIN ({self.query(alias).format(ids=self.ids())}) {alias} ON {joined_by(alias)}"
            for alias in dict.fromkeys(aliases)
        )

    def classify(self, *, ruleset: int, engine: int, everything: bool = False) -> int:
        """Fill the table of cells with the accounts whose stored result is not up to date; returns how many.

        Those are the ones whose cells or next review differ from the stored
        ones, or whose stamps are older than their facts, the ruleset or the
        engine. Texts and members are matched when the statement meets one that
        is not. Everything is read in the snapshot of the caller. With
        `everything` the accounts that are up to date are there too.
        """
        self.forget_changed_names()
        if not self.matched:
            self.match()
        found = self.fill(ruleset, engine, everything)
        if found and self.fetch(f"SELECT 1 FROM {self.cells_table} WHERE unmatched = 1 LIMIT 1"):
            self.match()
            found = self.fill(ruleset, engine, everything)
        if found:
            analyze(self.cells_table)
        return found

    def fill(self, ruleset: int, engine: int, everything: bool) -> int:
        today = literal(self.scorer.at)
        clear(self.cells_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO {self.cells_table} (company_id, facts_rev, raised, is_new, unmatched,
                    overridden, override_segment, review_at, cells)
                SELECT company_id, facts_rev, raised, is_new, unmatched, overridden, override_segment, review_at, cells
                FROM (
                    SELECT c.id AS company_id, f.facts_rev, {self.scope.raised} AS raised,
                           CASE WHEN f.cells IS NULL THEN 1 ELSE 0 END AS is_new,
                           CASE WHEN {self.unmatched_sql()} THEN 1 ELSE 0 END AS unmatched,
                           CASE WHEN o.company_id IS NULL THEN 0 ELSE 1 END AS overridden,
                           o.segment AS override_segment,
                           {earliest(self.reviews())} AS review_at, f.review_at AS old_review_at,
                           f.cells AS old_cells, f.scored_facts_rev, f.scored_ruleset, f.scored_engine,
                           {self.cells_sql()} AS cells
                    FROM {self.rows()} JOIN crm_fit f ON f.company_id = c.id
                    LEFT JOIN ({OVERRIDES} AND p.expires_on >= {today} AND {self.ids()}) o ON o.company_id = c.id
                    {self.all_joins()}
                    WHERE {self.scope.holds("c.id")} AND {self.scope.only}
                ) found
                WHERE {1 if everything else 0} = 1 OR unmatched = 1 OR scored_facts_rev < facts_rev
                   OR {differs("cells", "old_cells")} OR {differs("review_at", "old_review_at")}
                   OR scored_ruleset <> {ruleset} OR scored_engine <> {engine}"""
            )
            return int(cursor.rowcount)

    def reviews(self) -> list[str]:
        """The moments, in SQL, at which time alone may move an account to other cells or end its override."""
        out = [midnight_after("o.expires_on", 0), *self.reviews_of_facts()]
        if self.reads_people:
            out.append("people_reviews.review_at")
        return out

    def reviews_of_facts(self) -> list[str]:
        """The same for the facts alone."""
        out = []
        for place, (cut, source) in enumerate(self.sources):
            if cut.fact.fresh_for_days is not None:
                oldest = literal(self.scorer.at - timedelta(days=cut.fact.fresh_for_days))
                grows_old = midnight_after(f"s{place}.observed_on", cut.fact.fresh_for_days)
                out.append(f"CASE WHEN s{place}.observed_on >= {oldest} THEN {grows_old} END")
            if isinstance(cut, DateCut) and isinstance(source, DaySource) and cut.ages:
                day = day_sql(source)
                steps = " ".join(
                    f"WHEN {day} >= {literal(start)} THEN {midnight_after(day, age)}"
                    for start, age in reversed(list(zip(cut.starts, cut.ages, strict=True)))
                )
                out.append(f"CASE {steps} END")
        return out

    def unmatched_sql(self) -> str:
        """Whether the account has a text or member that was not matched yet."""
        found = []
        for place, (_, source) in enumerate(self.sources):
            if isinstance(source, WordSource):
                found.append(f"({source.text} IS NOT NULL AND t{place}.value IS NULL)")
            elif isinstance(source, SetSource):
                found.append(f"h{place}.unmatched > 0")
        return " OR ".join(found) or "FALSE"

    def cells_sql(self) -> str:
        """The packed cells of an account as one text."""
        digits = [
            digit for place, (cut, source) in enumerate(self.sources) for digit in self.digits(place, cut, source)
        ]
        words = []
        for word in self.packing.words:
            parts, scale = [], 1
            for radix in word:
                parts.append(big(digits.pop(0)) + (f" * {scale}" if scale > 1 else ""))
                scale *= radix
            words.append(as_text(" + ".join(parts) or "0"))
        return " || '.' || ".join(words)

    def all_joins(self) -> str:
        """Everything that the digits of all facts are read from."""
        aliases = [alias for _, source in self.sources for alias in source.joins]
        if self.reads_people:
            aliases.append("people_reviews")
        out = [self.joins(aliases)]
        for place, (cut, source) in enumerate(self.sources):
            if isinstance(source, WordSource):
                out.append(f"LEFT JOIN {self.prefix}_text_{place} t{place} ON t{place}.value = {source.text}")
            elif isinstance(source, SetSource):
                hits = self.hits_sql(place, cast(SetCut, cut), source)
                key, holder = keyed_by(cut.fact)
                out.append(f"LEFT JOIN ({hits}) h{place} ON h{place}.{key} = {holder}")
            if cut.fact.fresh_for_days is not None:
                alias = f"s{place}"
                out.append(
                    f"LEFT JOIN ({OBSERVED} WHERE p.fact = '{cut.fact.key}' AND {self.ids()}) {alias}"
                    f" ON {alias}.company_id = c.id"
                )
        return " ".join(out)

    def hits_sql(self, place: int, cut: SetCut, source: SetSource) -> str:
        """What the members of each set bring to it together."""
        bits = cut.bits + 1
        columns = []
        for at in range(1, len(cut.radices)):
            here = min(bits - 30 * (at - 1), 30)
            columns.append(f"{union_of_bits(f't.d{at}', here)} AS d{at}")
        rows = source.rows.format(ids=self.ids())
        key, _ = keyed_by(cut.fact)
        return (
            f"SELECT m.{key}, COUNT(*) - COUNT(t.member) AS unmatched, {', '.join(columns)} FROM ({rows}) m"
            f" LEFT JOIN {self.prefix}_hits_{place} t ON t.member = m.member GROUP BY m.{key}"
        )

    def digits(self, place: int, cut: Cut, source: Source) -> list[str]:
        """The digits of one fact in SQL; all 0 where the value is too old."""
        if isinstance(source, NumberSource):
            digits = [number_digit(cast(NumberCut, cut), source)]
        elif isinstance(source, WordSource):
            digits = [f"COALESCE(t{place}.d{at}, 0)" for at in range(len(cut.radices))]
        elif isinstance(source, FlagSource):
            digits = [f"COALESCE(1 + ({source.flag}), 0)"]
        elif isinstance(source, DaySource):
            digits = [day_digit(cast(DateCut, cut), day_sql(source))]
        else:
            key, _ = keyed_by(cut.fact)
            state = f"CASE WHEN {source.complete} THEN 2 WHEN h{place}.{key} IS NOT NULL THEN 1 ELSE 0 END"
            digits = [state, *(f"COALESCE(h{place}.d{at}, 0)" for at in range(1, len(cut.radices)))]
        if cut.fact.fresh_for_days is not None:
            oldest = literal(self.scorer.at - timedelta(days=cut.fact.fresh_for_days))
            digits = [f"CASE WHEN s{place}.observed_on < {oldest} THEN 0 ELSE {digit} END" for digit in digits]
        return digits
