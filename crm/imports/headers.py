"""Columns to facts: the headers that we know, and what a header says of its numbers."""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from .values import CODES, SIGNS

# The headers of HubSpot, Salesforce, Apollo, LinkedIn, Pipedrive and Crunchbase, of a few public lists, and plain
# ones. In a file with several headers of one fact the first spelling here is taken.
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "name": (
        "company name", "account name", "organization name", "organisation name", "company", "organization",
        "organisation", "account", "associated company", "startup name", "business name", "name", "firmenname",
        "unternehmensname", "firma", "unternehmen", "kunde", "company name for emails",
        "primary company",
    ),
    "external_id": (
        "company id", "account id", "organization id", "organisation id", "apollo account id", "company record id",
        "associated company ids", "organization uuid", "uuid", "permalink", "record id", "external id", "id",
    ),
    "domain": (
        "company domain name", "company domain", "domain", "domain name", "website domain", "website url", "website",
        "company website", "account website", "organization website", "organisation website", "homepage url",
        "homepage", "web", "webseite", "internetseite", "organization url", "url",
    ),
    "country": (
        "company country", "country code", "country region", "country", "billing country", "billing state country",
        "headquarters country", "hq country", "organization country", "land",
    ),
    "city": (
        "company city", "headquarters city", "hq city", "city", "billing city", "organization city", "city location",
        "stadt", "ort",
    ),
    "location": ("headquarters location", "headquarters", "location", "hq location", "organization address"),
    "founded": (
        "founded year", "year founded", "founded", "founding year", "date founded", "founded date", "founded at",
        "foundation date", "gründungsjahr", "gegründet",
    ),
    "is_public": ("operating status", "company status", "status"),
    "employees": (
        "number of employees", "employees", "employee count", "employees count", "no of employees", "num employees",
        "company size", "team size", "headcount", "company headcount", "employee range", "number of employees range",
        "organization employees", "organization employee count", "workers", "staff", "mitarbeiterzahl",
        "anzahl mitarbeiter", "anzahl der mitarbeiter", "mitarbeiter", "organization mitarbeiter",
    ),
    "consumer_users": (
        "consumer users", "users", "number of users", "user count", "monthly active users", "mau", "nutzer",
    ),
    "monthly_revenue": (
        "revenue", "estimated revenue range", "revenue range", "estimated revenue", "company revenue", "umsatz",
        "organization umsatz", "organization revenue", "jahresumsatz", "monatsumsatz", "mrr", "arr", "turnover",
        "recurring revenue",
    ),
    "funding_total": (
        "total funding amount", "total funding", "funding total", "total raised", "total equity funding",
        "total money raised", "funding raised", "funding",
    ),
    "funding_stage": (
        "funding stage", "last funding type", "last round type", "latest funding", "latest funding stage",
        "last funding stage", "last funding round", "finanzierungsphase",
    ),
    "investors": (
        "investors", "investor names", "investors name", "top 5 investors", "select investors", "select inverstors",
        "lead investors", "investoren",
    ),
    "accelerators": ("accelerators", "accelerator"),
    "tags": (
        "tags", "industries", "keywords", "categories", "category list", "category groups list", "category code",
        "schlagworte", "organization label", "label",
    ),
    "technologies": ("technologies", "web technologies", "technology", "tech stack", "technologien"),
    "industry": ("industry", "primary industry", "industry vertical", "sector", "branche", "organization industry"),
    "company_type": ("company type", "unternehmensart"),
    "project_stage": ("project stage",),
    "lifecycle_stage": ("lifecycle stage", "account stage"),
}  # fmt: skip
FACTS = frozenset(SPELLINGS)
MONEY_FACTS = frozenset({"monthly_revenue", "funding_total"})
KNOWN = {spelling: (fact, rank) for fact, spellings in SPELLINGS.items() for rank, spelling in enumerate(spellings)}

# In a list of people or deals these say something about them and not about the company.
OTHER_ROWS = frozenset(
    ("first name", "last name", "person name", "full name", "salutation", "vorname", "nachname", "deal name",
     "deal stage", "opportunity name")
)  # fmt: skip
THEIR_OWN = frozenset(
    ("name", "record id", "id", "uuid", "external id", "url", "domain", "web", "website url", "country",
     "country region", "land", "city", "stadt", "ort", "location", "headquarters", "status", "tags", "label",
     "lifecycle stage", "users", "kunde", "funding", "web technologies")
)  # fmt: skip
PERIODS = {
    **dict.fromkeys(["month", "monthly", "mrr", "monat", "monatlich", "monatlicher", "monatsumsatz"], 1),
    **dict.fromkeys(["year", "yearly", "annual", "annually", "arr"], 12),
    **dict.fromkeys(["jahr", "jährlich", "jährlicher", "jahresumsatz"], 12),
    **dict.fromkeys(["quarter", "quarterly", "quartal"], 3),
}
SCALE_WORDS = {
    **dict.fromkeys(("thousands", "thousand", "tsd", "000", "000s", "k", "t"), Decimal(1000)),
    **dict.fromkeys(("millions", "million", "mio", "m", "mm", "mn"), Decimal(10**6)),
    **dict.fromkeys(("billions", "billion", "mrd", "b", "bn"), Decimal(10**9)),
}
FILLERS = frozenset({"in", "per", "of", "pro", "amount", "a", "est", "estimated", "range"})
CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
UNIT = re.compile(r"(?:us|ca?|au?|nz|s|hk)?\$|[€£₹¥]|[a-zß-ÿ]+|000s?")
BRACKET = re.compile(r"[(\[]([^)\]]*)[)\]]")


class BadMapping(ValueError):
    """The columns cannot be mapped; the message says why and what would do."""


@dataclass(frozen=True)
class Header:
    """What a header says: its words, and of its numbers the currency, the scale and the months they are of."""

    words: str
    currency: str | None = None
    scale: Decimal = Decimal(1)
    months: int | None = None


@dataclass(frozen=True)
class Column:
    """The cells of one fact: where they stand (the first that is not empty counts), and what the header says."""

    fact: str
    positions: tuple[int, ...]
    title: str
    header: Header


@dataclass
class ColumnMap:
    """Which columns are taken as what, and which are left and why."""

    columns: dict[str, Column] = field(default_factory=dict)
    observed: dict[str, tuple[int, ...]] = field(default_factory=dict)
    currencies: dict[str, tuple[int, ...]] = field(default_factory=dict)
    left: list[tuple[str, str]] = field(default_factory=list)
    about: tuple[str, ...] = ()


def read_header(text: str) -> Header:
    """What a header says, without case, units and marks: "Annual Revenue (in USD)" is revenue, USD, of 12 months."""
    text = CAMEL.sub(" ", unicodedata.normalize("NFKC", text).strip().strip("\"'\ufeff"))
    currency, scale, months = None, Decimal(1), None
    units = " ".join(BRACKET.findall(text)).casefold()
    for part in UNIT.findall(units):
        currency = SIGNS.get(part) or (part.upper() if part in CODES else currency)
        scale = SCALE_WORDS.get(part, scale)
        months = PERIODS.get(part, months)
    words = re.sub(r"[\s_\-/.:#*|–—]+", " ", BRACKET.sub(" ", text)).casefold().split()
    if words[-1:] and words[-1] in CODES and len(words) > 1:
        currency = words.pop().upper()
        words = words[:-1] if words[-1:] == ["in"] else words
    if months is None:
        months = next((PERIODS[word] for word in words if word in PERIODS), None)
    return Header(" ".join(words), currency, scale, months)


def fact_of(words: str) -> tuple[str, int] | None:
    """The fact that a header's words name, and how far down its spellings they stand; None for words unknown."""
    if words in KNOWN:
        return KNOWN[words]
    fewer = " ".join(word for word in words.split() if word not in PERIODS and word not in FILLERS)
    found = KNOWN.get(fewer)
    return found if found and found[0] == "monthly_revenue" else None


def known_header(text: str) -> bool:
    """Whether we know what this header says."""
    words = read_header(text).words
    return fact_of(words) is not None or words in OTHER_ROWS


def map_columns(
    titles: Sequence[str], *, chosen: Mapping[str, str] | None = None, ignored: Collection[str] = ()
) -> ColumnMap:
    """The facts that the columns of a file hold.

    `chosen` says by title what a column is, `ignored` which to leave. Raises
    BadMapping for a title that is not there, a fact that we do not know, and a
    file without names, domains and ids.
    """
    chosen = dict(chosen or {})
    check_chosen(titles, chosen, ignored)
    mapping = ColumnMap()
    headers = [read_header(title) for title in titles]
    mapping.about = tuple(
        dict.fromkeys(t.strip() for t, h in zip(titles, headers, strict=True) if h.words in OTHER_ROWS)
    )
    candidates: dict[str, list[tuple[int, int, Header]]] = {}
    for position, (title, header) in enumerate(zip(titles, headers, strict=True)):
        shown = title.strip() or f"(column {position + 1})"
        if same(title, ignored):
            mapping.left.append((shown, "ignored as told"))
        elif to := same(title, chosen):
            fact, told = told_fact(chosen[to], header)
            if is_mark(mapping, fact, position):
                continue
            candidates.setdefault(fact, []).append((-1, position, told))
        elif is_mark(mapping, mark_of(header.words), position):
            continue
        elif (found := fact_of(header.words)) and not (mapping.about and header.words in THEIR_OWN):
            candidates.setdefault(found[0], []).append((found[1], position, header))
        else:
            mapping.left.append((shown, "says something about " + mapping.about[0] if found else "not known"))
    for fact, found_columns in candidates.items():
        take_best(mapping, titles, fact, found_columns)
    if "name" not in mapping.columns:
        raise BadMapping(
            f"no column holds the names of companies among: {', '.join(filter(None, map(str.strip, titles)))[:300]}. "
            'Say which does: --map "Header=name"'
        )
    return mapping


def take_best(mapping: ColumnMap, titles: Sequence[str], fact: str, found: list[tuple[int, int, Header]]) -> None:
    """Afterwards the fact has its best column, with those that repeat its header; the others are left."""
    found.sort(key=lambda candidate: (candidate[0], candidate[2].currency != "USD", candidate[1]))
    rank, _, header = found[0]
    if fact == "monthly_revenue" and header.months == 3:
        mapping.left.extend((titles[position].strip(), "a quarter's revenue") for _, position, _ in found)
        return
    same_header = [candidate for candidate in found if candidate[2] == header or rank == candidate[0] == -1]
    positions = tuple(position for _, position, _ in same_header)
    mapping.columns[fact] = Column(fact, positions, titles[positions[0]].strip(), header)
    for other in found:
        if other not in same_header:
            mapping.left.append((titles[other[1]].strip(), f"{fact} comes from {titles[positions[0]].strip()!r}"))


def mark_of(words: str) -> str:
    """`FACT_as_of` or `FACT_currency` for the header of a column that says something of another; else empty."""
    for ending, mark in ((" as of", "as_of"), (" currency", "currency")):
        if words.endswith(ending) and (found := fact_of(read_header(words.removesuffix(ending)).words)):
            return f"{found[0]}_{mark}"
    return "currency" if words in ("currency", "währung", "currency code") else ""


def is_mark(mapping: ColumnMap, fact: str, position: int) -> bool:
    """Whether a column says only since when another holds, or in what currency; it is then noted."""
    if fact == "currency":
        for money in MONEY_FACTS:
            mapping.currencies[money] = (*mapping.currencies.get(money, ()), position)
    elif fact.endswith("_currency"):
        key = fact.removesuffix("_currency")
        mapping.currencies[key] = (position, *mapping.currencies.get(key, ()))
    elif fact.endswith("_as_of"):
        key = fact.removesuffix("_as_of")
        mapping.observed[key] = (*mapping.observed.get(key, ()), position)
    else:
        return False
    return True


def check_chosen(titles: Sequence[str], chosen: Mapping[str, str], ignored: Iterable[str]) -> None:
    """Returns only when every title is there and every fact is one of ours."""
    for title in (*chosen, *ignored):
        if not any(alike(title, there) for there in titles):
            near = difflib.get_close_matches(title, titles, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise BadMapping(f"no column is called {title!r}{hint}")
    for fact in chosen.values():
        told_fact(fact, Header(""))


def told_fact(text: str, header: Header) -> tuple[str, Header]:
    """The fact that a person has named (also annual_revenue, revenue*1000), and what the header then says."""
    name, _, factor = text.strip().partition("*")
    fact, months = {"annual_revenue": ("monthly_revenue", 12), "monthly_revenue": ("monthly_revenue", 1)}.get(
        name, ("monthly_revenue" if name == "revenue" else "is_public" if name == "status" else name, header.months)
    )
    base = fact.removesuffix("_as_of").removesuffix("_currency")
    if base not in FACTS and fact != "currency":
        names = sorted(FACTS | {"annual_revenue", "revenue", "status"})
        near = difflib.get_close_matches(name, names, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise BadMapping(
            f"{name!r} is nothing that a column can be{hint}. It can be {', '.join(names)}, or one of them with _as_of"
        )
    if factor and not factor.isdecimal():
        raise BadMapping(f"{text!r}: after * stands a whole number, as in revenue*1000")
    scale = Decimal(factor) if factor else header.scale
    return fact, Header(header.words, header.currency, scale, months)


def alike(first: str, second: str) -> bool:
    """Whether two titles are the same but for case and space."""
    return first.split() == second.split() or first.casefold().split() == second.casefold().split()


def same(title: str, among: Iterable[str]) -> str | None:
    """The one of these titles that is `title`."""
    return next((other for other in among if alike(title, other)), None)
