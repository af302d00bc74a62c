"""What is known about a company or a contact, read through the same sources that sort them into cells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
    is_of_contacts,
    join_query,
    joined_by,
    keyed_by,
    roles_named,
    roles_of,
    source_of,
)
from crm.models import Contact, FactSource
from personas.rules.facts import Fact, InvalidValue, Known, Members, Number, Span, read
from personas.rules.scoring import Scorer

from .digits import day_sql

DECIDED = "decided by a person"
OF_THE_TITLE = frozenset({"contact_title", "contact_function", "contact_seniority"})


@dataclass(frozen=True)
class Stated:
    """One fact of a company or contact. `value` None is unknown; a stale one is kept, though it counts as unknown.

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
    wanted = [fact for fact in scorer.facts() if only in (None, fact.key) and not is_of_contacts(fact)]
    raw = values_of(wanted, Companies(company_ids), scorer)
    origins = {(row.company_id, row.fact): row for row in FactSource.objects.filter(company__in=company_ids)}
    return {
        company_id: {
            fact.key: stated(
                fact, raw.get(company_id, {}).get(fact.key), origins.get((company_id, fact.key)), scorer.at
            )
            for fact in wanted
        }
        for company_id in company_ids
    }


def known_facts_of_contacts(contacts: Sequence[Contact], scorer: Scorer) -> dict[int, dict[str, Stated]]:
    """Every fact that the profiles of people read, as it stands for each of these contacts and their companies."""
    at_companies = [each for each in contacts if each.company_id is not None]
    if not at_companies:
        return {}
    companies = sorted({cast(int, each.company_id) for each in at_companies})
    of_companies = known_facts_of(companies, scorer)
    wanted = [fact for fact in scorer.facts() if is_of_contacts(fact)]
    raw = values_of(wanted, People(companies, [each.pk for each in at_companies]), scorer)
    return {
        each.pk: of_companies[cast(int, each.company_id)]
        | {
            fact.key: replace(
                stated(fact, raw.get(each.pk, {}).get(fact.key), None, scorer.at), source=origin(each, fact.key)
            )
            for fact in wanted
        }
        for each in at_companies
    }


def origin(contact: Contact, fact: str) -> str:
    """Where a fact of this contact comes from; empty where that is plain."""
    if fact == "contact_persona" and contact.persona is not None:
        return DECIDED
    if fact == "contact_roles":
        if contact.roles is not None:
            return DECIDED
        return "from the persona" if contact.persona is not None or contact.title_id is not None else ""
    if fact in (*OF_THE_TITLE, "contact_persona") and contact.title_id is not None:
        return "" if fact == "contact_title" else "from the job title"
    return ""


def values_of(facts: Iterable[Fact], whose: "Companies", scorer: Scorer) -> dict[int, dict[str, object]]:
    """What is stored of these facts, by the id of whose they are."""
    sources = {fact.key: (fact, source_of(fact)) for fact in facts}
    plain = {key: pair for key, pair in sources.items() if not isinstance(pair[1], SetSource)}
    raw = plain_values(whose, plain)
    for key, (fact, source) in sources.items():
        if isinstance(source, SetSource):
            for holder, value in set_values(whose, fact, source, scorer).items():
                raw[holder][key] = value
    return raw


class Companies:
    """Whose facts are read: some companies. `rows` holds one row of each, which has its id in `key`."""

    rows = "crm_company c"
    key = "c.id"

    def __init__(self, companies: Sequence[int]) -> None:
        self.companies = listed(companies)
        self.holders = self.companies

    def joins(self, aliases: Iterable[str]) -> str:
        """The joins behind these aliases."""
        here = f"p.company_id IN ({self.companies})"
        return " ".join(
            f"LEFT JOIN ({join_query(alias).format(ids=here)}) {alias} ON {joined_by(alias)}"
            for alias in dict.fromkeys(aliases)
        )

    def select(self, columns: Sequence[str], aliases: Iterable[str]) -> list[tuple[object, ...]]:
        """The id of each and these columns."""
        return fetch(
            f"SELECT {', '.join([self.key, *columns])} FROM {self.rows} {self.joins(aliases)}"
            f" WHERE {self.key} IN ({self.holders})"
        )


class People(Companies):
    """Some contacts at these companies."""

    rows = "crm_contact k JOIN crm_company c ON c.id = k.company_id"
    key = "k.id"

    def __init__(self, companies: Sequence[int], contacts: Sequence[int]) -> None:
        super().__init__(companies)
        self.holders = listed(contacts)


def listed(ids: Sequence[int]) -> str:
    """Ids as SQL writes them."""
    return ", ".join(str(int(each)) for each in ids)


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


def plain_values(whose: Companies, sources: Mapping[str, tuple[Fact, Source]]) -> dict[int, dict[str, object]]:
    """The values of all facts that are no sets, by whose they are, in one query."""
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
    rows = whose.select(columns, [alias for _, source in sources.values() for alias in source.joins])
    return {cast(int, row[0]): plain_row(list(row[1:]), sources) for row in rows}


def plain_row(values: list[object], sources: Mapping[str, tuple[Fact, Source]]) -> dict[str, object]:
    """The values of one company or contact, by fact."""
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


def set_values(
    whose: Companies, fact: Fact, source: SetSource, scorer: Scorer
) -> dict[int, tuple[list[str], bool] | None]:
    """The members of a set and whether they are all, by whose they are; None when nothing is known."""
    key, _ = keyed_by(fact)
    rows = source.rows.format(ids=f"p.company_id IN ({whose.companies})")
    if source.names:
        members = f"SELECT m.{key}, n.name FROM ({rows}) m JOIN ({source.names}) n ON n.member = m.member"
    else:
        members = f"SELECT m.{key}, m.member FROM ({rows}) m"
    found: dict[int, set[str]] = {}
    for holder, name in fetch(members):
        found.setdefault(cast(int, holder), set()).add(cast(str, name))
    complete = whose.select([f"CASE WHEN {source.complete} THEN 1 ELSE 0 END"], source.joins)
    roles = roles_of(scorer.document)
    out: dict[int, tuple[list[str], bool] | None] = {}
    for holder, whole in complete:
        names = found.get(cast(int, holder), set())
        members_here = {role for name in names for role in roles_named(name, roles)} if source.roles else names
        out[cast(int, holder)] = (sorted(members_here), bool(whole)) if names or whole else None
    return out


def fetch(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cast(list[tuple[object, ...]], cursor.fetchall())
