"""What is known about one company, read through the same sources that sort accounts into cells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from django.db import connection

from crm.facts import (
    DaySource,
    FlagSource,
    NumberSource,
    SetSource,
    Source,
    WordSource,
    join_query,
    roles_named,
    roles_of,
    source_of,
)
from crm.models import FactSource
from personas.rules.facts import Fact, InvalidValue, Known, Members, Number, Span, read
from personas.rules.scoring import Scorer

from .digits import day_sql


@dataclass(frozen=True)
class Stated:
    """One fact of a company. `value` None is unknown; a stale one is kept, though it counts as unknown.

    `shown` is the value as it is spelled in the database. `as_of` is the day
    the value was observed, None when nobody said.
    """

    fact: Fact
    value: Known | None
    shown: Known | None = None
    source: str = ""
    as_of: date | None = None
    stale: bool = False
    invalid: str = ""

    @property
    def counted(self) -> Known | None:
        """The value that the rules see."""
        return None if self.stale else self.value


def known_facts(company_id: int, scorer: Scorer) -> dict[str, Stated]:
    """Every fact that the rules read, as it stands for this company."""
    return known_facts_of([company_id], scorer)[company_id]


def known_facts_of(
    company_ids: Sequence[int], scorer: Scorer, *, only: str | None = None
) -> dict[int, dict[str, Stated]]:
    """The same for several companies, in as many queries as for one; with `only`, that fact alone."""
    if not company_ids:
        return {}
    ids = ", ".join(str(int(each)) for each in company_ids)
    facts = {fact.key: (fact, source_of(fact)) for fact in scorer.facts() if only in (None, fact.key)}
    raw = plain_values(ids, {key: pair for key, pair in facts.items() if not isinstance(pair[1], SetSource)})
    for key, (_, source) in facts.items():
        if isinstance(source, SetSource):
            for company_id, value in set_values(ids, source, scorer).items():
                raw[company_id][key] = value
    origins = {(row.company_id, row.fact): row for row in FactSource.objects.filter(company__in=company_ids)}
    return {
        company_id: {
            key: stated(fact, raw.get(company_id, {}).get(key), origins.get((company_id, key)), scorer.at)
            for key, (fact, _) in facts.items()
        }
        for company_id in company_ids
    }


def stated(fact: Fact, raw: object, origin: FactSource | None, at: date) -> Stated:
    """The value as the rules read it, with where it comes from."""
    as_of = origin.observed_on if origin else None
    source = origin.source if origin else ""
    stale = as_of is not None and fact.fresh_for_days is not None and (at - as_of).days > fact.fresh_for_days
    try:
        if isinstance(raw, tuple):
            names, complete = raw
            value = read(fact, names, complete=complete)
            shown: Known | None = Members(frozenset(names), complete)
        else:
            value = read(fact, raw)
            shown = raw if isinstance(value, str) and isinstance(raw, str) else value
    except InvalidValue as error:
        return Stated(fact, None, None, source, as_of, invalid=str(error))
    return Stated(fact, value, shown, source, as_of, stale and value is not None)


def joined(aliases: Iterable[str], ids: str) -> str:
    """The joins behind these aliases, for the companies in `ids`."""
    return " ".join(
        f"LEFT JOIN ({join_query(alias).format(ids=f'p.company_id IN ({ids})')}) {alias} ON {alias}.company_id = c.id"
        for alias in dict.fromkeys(aliases)
    )


def plain_values(ids: str, sources: Mapping[str, tuple[Fact, Source]]) -> dict[int, dict[str, object]]:
    """The values of all facts that are no sets, by company, in one query."""
    columns: list[str] = []
    for _, source in sources.values():
        if isinstance(source, NumberSource):
            columns += [source.low, source.high]
        elif isinstance(source, WordSource):
            columns.append(source.text)
        elif isinstance(source, FlagSource):
            columns.append(source.flag)
        elif isinstance(source, DaySource):
            columns.append(day_sql(source))
    joins = joined((alias for _, source in sources.values() for alias in source.joins), ids)
    rows = fetch(f"SELECT {', '.join(['c.id', *columns])} FROM crm_company c {joins} WHERE c.id IN ({ids})")
    return {cast(int, row[0]): plain_row(list(row[1:]), sources) for row in rows}


def plain_row(values: list[object], sources: Mapping[str, tuple[Fact, Source]]) -> dict[str, object]:
    """The values of one company, by fact."""
    out: dict[str, object] = {}
    for key, (_, source) in sources.items():
        first = values.pop(0)
        if isinstance(source, NumberSource):
            out[key] = number_ends(first, values.pop(0))
        elif isinstance(source, FlagSource):
            out[key] = None if first is None else bool(first)
        else:
            out[key] = first
    return out


def number_ends(low: object, high: object) -> object:
    """A number, a span, or None, from the two ends as a database gives them."""
    ends = [exact(each) for each in (low, high)]
    if ends == [None, None]:
        return None
    return ends[0] if ends[0] == ends[1] else Span(*ends)


def exact(value: object) -> Number | None:
    """A number as a database gives it, exactly."""
    if value is None or isinstance(value, int | Decimal):
        return value
    return Decimal(str(value))


def set_values(ids: str, source: SetSource, scorer: Scorer) -> dict[int, tuple[list[str], bool] | None]:
    """The members of a set and whether they are all, by company; None when nothing is known."""
    rows = source.rows.format(ids=f"p.company_id IN ({ids})")
    if source.names:
        members = f"SELECT m.company_id, n.name FROM ({rows}) m JOIN ({source.names}) n ON n.member = m.member"
    else:
        members = f"SELECT m.company_id, m.member FROM ({rows}) m"
    found: dict[int, set[str]] = {}
    for company_id, name in fetch(members):
        found.setdefault(cast(int, company_id), set()).add(cast(str, name))
    complete = fetch(
        f"SELECT c.id, CASE WHEN {source.complete} THEN 1 ELSE 0 END FROM crm_company c"
        f" {joined(source.joins, ids)} WHERE c.id IN ({ids})"
    )
    roles = roles_of(scorer.document)
    out: dict[int, tuple[list[str], bool] | None] = {}
    for company_id, whole in complete:
        names = found.get(cast(int, company_id), set())
        members_here = {role for name in names for role in roles_named(name, roles)} if source.roles else names
        out[cast(int, company_id)] = (sorted(members_here), bool(whole)) if names or whole else None
    return out


def fetch(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cast(list[tuple[object, ...]], cursor.fetchall())
