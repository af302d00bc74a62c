"""Rule documents and facts, made up by hypothesis: small, valid, and awkward."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

AT = date(2026, 1, 31)

LISTS: dict[str, dict[str, Any]] = {
    "investors-we-like": {
        "match": "name",
        "contains_from": 6,
        "entries": [{"name": "Sequoia Capital", "aliases": ["a16z"]}],
    },
    "names": {"entries": [{"name": "Acme", "aliases": ["bw"]}]},
    "domains": {"match": "domain", "entries": [{"name": "acme.com", "aliases": ["beta.co.uk"]}]},
}
CUSTOM: dict[str, dict[str, Any]] = {
    "growth": {"kind": "percent", "unit": "%"},
    "ratio": {"kind": "decimal", "minimum": Decimal("0.5"), "maximum": 2, "fresh_for_days": 0},
    "visits": {"kind": "integer", "fresh_for_days": 90},
    "about": {"kind": "text"},
    "color": {"kind": "choice", "choices": ["red", "green", "blue"]},
    "stack": {"kind": "set", "fresh_for_days": 30},
    "signed": {"kind": "date", "fresh_for_days": 10},
}
NAMES = ["Acme", "acme inc", "R & D", "r and d", "bw", "a16z", "Sequoia Capital", "the sequoia capital fund", "x"]
PHRASES = ["machine", "machine learning", "learning", "auto*", "automat", "R&D", "capital"]
ENDINGS = ["com", ".com", "co.uk", "acme.com", "io"]
DOMAINS = ["acme.com", "www.beta.co.uk", "shop.acme.com", "notacme.com", "beta.io", "x.org"]
TEXTS = [
    "Machine",
    "machine learning",
    "learning machine",
    "automatic R & D",
    "Sequoia Capital",
    "the sequoia capital fund",
]
DAYS = ["2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01"]

Number = int | Decimal
whole: st.SearchStrategy[Any] = st.sampled_from([0, 1, 5, 14, 15, 16, 20, 500, 501])
fraction: st.SearchStrategy[Any] = st.sampled_from([0, 1, Decimal("0.5"), Decimal("1.25"), 2, 40, Decimal("-0.01"), -3])
years: st.SearchStrategy[Any] = st.sampled_from([1000, 1999, 2000, 2015, 2100])
points: st.SearchStrategy[Any] = st.sampled_from(
    [-10, -3, Decimal("-0.25"), 0, Decimal("0.01"), Decimal("2.5"), 3, 5, 12, 20]
)


def some(values: list[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most)


def comparing(value: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """One of the operators of numbers and days."""
    one = st.tuples(st.sampled_from(["at_least", "at_most", "more_than", "less_than", "is", "is_not"]), value)
    pair = st.lists(value, min_size=2, max_size=2).map(lambda both: ("between", sorted(both)))
    return st.one_of(one, one, pair).map(lambda each: dict([each]))


def operators(*pairs: tuple[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of([st.builds(lambda value, key=key: {key: value}, value) for key, value in pairs])


def naming(values: list[Any], list_key: str) -> tuple[tuple[str, st.SearchStrategy[Any]], ...]:
    one = st.sampled_from(values)
    lists = st.just(list_key)
    return ("is", one), ("is_not", one), ("one_of", some(values)), ("none_of", some(values)), ("in_list", lists)


def set_operators(values: list[Any], list_key: str) -> st.SearchStrategy[dict[str, Any]]:
    return operators(
        ("any_of", some(values)),
        ("all_of", some(values)),
        ("none_of", some(values)),
        ("any_in_list", st.just(list_key)),
        ("empty", st.booleans()),
    )


def ranges(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A number known only to lie between two."""
    both = st.lists(value, min_size=2, max_size=2).map(lambda ends: {"low": min(ends), "high": max(ends)})
    return st.one_of(both, value.map(lambda low: {"low": low}), value.map(lambda high: {"low": None, "high": high}))


def numbers(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(value, value, ranges(value))


@dataclass(frozen=True)
class Palette:
    """A fact that the documents may use: its comparisons, its values, and what cannot be its value."""

    comparisons: st.SearchStrategy[dict[str, Any]]
    values: st.SearchStrategy[Any]
    wrong: tuple[Any, ...] = ()


SETS: st.SearchStrategy[list[str]] = some(NAMES, 4) | st.just([])
STAGE = ["bootstrapped", "seed", "series_a", "public"]
FACTS: dict[str, Palette] = {
    "employees": Palette(comparing(whole), numbers(whole), (-3, True, "12", Decimal("1.5"), {"low": 9, "high": 3})),
    "monthly_revenue": Palette(comparing(fraction), numbers(st.sampled_from([0, 1, Decimal("1.25"), 2, 40])), (-1,)),
    "founded": Palette(comparing(years), numbers(years), (999, 2101)),
    "growth": Palette(comparing(fraction), numbers(fraction), ([], False)),
    "ratio": Palette(
        comparing(fraction), numbers(st.sampled_from([Decimal("0.5"), 1, Decimal("1.25"), 2])), (0, Decimal("2.01"))
    ),
    "visits": Palette(comparing(whole), numbers(whole), ("many",)),
    "is_public": Palette(operators(("is", st.booleans())), st.booleans(), ("yes", 0)),
    "funding_stage": Palette(
        operators(("at_least", st.sampled_from(STAGE)), ("at_most", st.sampled_from(STAGE)), *naming(STAGE, "names")),
        st.sampled_from(STAGE),
        ("series z", 3),
    ),
    "color": Palette(
        operators(*naming(["red", "green", "Blue"], "names")), st.sampled_from(["red", "BLUE"]), ("pink",)
    ),
    "company_type": Palette(operators(*naming(NAMES, "names")), st.sampled_from([*NAMES, ""]), (7, ["a"])),
    "about": Palette(
        operators(("has_word", some(PHRASES) | st.sampled_from(PHRASES)), *naming(TEXTS, "investors-we-like")),
        st.sampled_from(TEXTS),
        (True,),
    ),
    "domain": Palette(
        operators(("ends_with", some(ENDINGS) | st.sampled_from(ENDINGS)), *naming(["acme.com", "x.org"], "domains")),
        st.sampled_from([each.removeprefix("www.") for each in DOMAINS]),
        (1,),
    ),
    "investors": Palette(set_operators(NAMES, "investors-we-like"), SETS, ("Acme", [1], {"a": 1})),
    "stack": Palette(set_operators(["Acme", "bw", "y"], "names"), SETS, (True,)),
    "last_activity": Palette(
        operators(("within_days", st.sampled_from([0, 1, 30])), ("older_than_days", st.sampled_from([0, 29, 30])))
        | comparing(st.sampled_from(DAYS)),
        st.sampled_from([*DAYS, "2026-01-01", "2025-06-30", "2027-01-01"]),
        ("soon", 20260131),
    ),
    "signed": Palette(comparing(st.sampled_from(DAYS)), st.sampled_from(DAYS), ("31.1.2026",)),
}
BONUS_FACT = "day_job_segments"
BONUS = Palette(set_operators(["p0", "p1"], "names"), st.lists(st.sampled_from(["p0", "p1", "other"]), max_size=3))
POLICIES = st.sampled_from([None, None, None, "open", "yes", "no"])


@cache
@st.composite
def comparison(draw: st.DrawFn, facts: tuple[str, ...], *, simple: bool) -> dict[str, Any]:
    fact = draw(st.sampled_from(facts))
    if not simple and draw(st.integers(0, 11)) == 0:
        return {draw(st.sampled_from(["known", "unknown"])): fact}
    palette = BONUS if fact == BONUS_FACT else FACTS[fact]
    out = {"fact": fact, **draw(palette.comparisons)}
    policy = None if simple else draw(POLICIES)
    return out | {"missing": policy} if policy else out


@cache
def conditions(facts: tuple[str, ...], *, simple: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions over these facts, at most four levels deep."""
    one = comparison(facts, simple=simple)
    out = one
    for _ in range(2):
        several = st.lists(out, min_size=1, max_size=3)
        out = st.one_of(
            one,
            one,
            one,
            several.map(lambda parts: {"all": parts}),
            several.map(lambda parts: {"any": parts}),
            out.map(lambda part: {"not": part}),
            several.flatmap(
                lambda parts: st.integers(1, len(parts)).map(lambda count: {"at_least": count, "of": parts})
            ),
        )
    return out


@cache
@st.composite
def lines(
    draw: st.DrawFn,
    condition: st.SearchStrategy[dict[str, Any]],
    most: int,
    *,
    least: int = 0,
    worth: bool = False,
    reasons: bool = False,
) -> list[dict[str, Any]]:
    out = []
    for place in range(draw(st.integers(least, most))):
        line: dict[str, Any] = {"key": f"line-{place}", "when": draw(condition)}
        if worth:
            line["points"] = draw(points)
        if reasons and draw(st.booleans()):
            line["reason"] = f"reason {place}"
        out.append(line)
    return out


@cache
@st.composite
def component(draw: st.DrawFn, place: int, condition: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "key": f"component-{place}",
        "combine": draw(st.sampled_from(["sum", "max", "first"])),
        "rows": draw(lines(condition, 3, least=1, worth=True)),
    }
    if draw(st.integers(0, 3)) == 0:
        out["gate"] = draw(condition)
    if out["combine"] != "sum" and draw(st.booleans()):
        out["otherwise"] = draw(points)
    if draw(st.integers(0, 2)) == 0:
        out["cap"] = max(0, *(row["points"] for row in out["rows"])) + draw(st.sampled_from([0, Decimal("0.5"), 4]))
    if draw(st.integers(0, 2)) == 0:
        out["floor"] = min(out.get("cap", 3), draw(points))
    return out


@cache
@st.composite
def profile(draw: st.DrawFn, place: int, facts: tuple[str, ...], *, simple: bool) -> dict[str, Any]:
    condition = conditions(facts, simple=simple)
    out: dict[str, Any] = {"key": f"p{place}", "must": draw(lines(condition, 2))}
    if not simple and draw(st.integers(0, 4)) == 0:
        out["missing"] = draw(st.sampled_from(["yes", "no"]))
    if draw(st.integers(0, 3)) == 0:
        out["disqualify"] = draw(lines(condition, 2, least=1, reasons=True))
    if not simple and draw(st.integers(0, 4)) == 0:
        out["enough_data"] = draw(condition)
    out["components"] = [draw(component(each, condition)) for each in range(draw(st.integers(0, 2)))]
    out["bonus"] = draw(lines(conditions((*facts, BONUS_FACT), simple=simple), 2, worth=True))
    out["flags"] = draw(lines(condition, 1))
    starts: list[Any] = sorted(draw(st.sets(points, max_size=3)), reverse=True)
    endless: bool = draw(st.booleans())
    if starts and endless:
        starts[-1] = None
    out["bands"] = [
        {"key": f"band-{number}"} if start is None else {"key": f"band-{number}", "from": start}
        for number, start in enumerate(starts)
    ]
    return {key: value for key, value in out.items() if value != []}


@st.composite
def documents(
    draw: st.DrawFn, *, simple: bool = False, most_profiles: int = 3, about: tuple[str, ...] = ()
) -> dict[str, Any]:
    """A whole rule document, without personas and cases.

    `simple`: what is unknown is just open: no policies, no `known`, no enough_data.
    `about`: the facts it is about, where that is not left to chance.
    """
    chosen = st.lists(st.sampled_from(sorted(FACTS)), min_size=1, max_size=3, unique=True)
    facts = about or tuple(sorted(draw(chosen)))
    profiles = [draw(profile(place, facts, simple=simple)) for place in range(draw(st.integers(1, most_profiles)))]
    ranks = draw(st.permutations(range(1, len(profiles) + 1)))
    for each, rank in zip(profiles, ranks, strict=True):
        if draw(st.integers(0, 5)):
            each["rank"] = rank
    return {"format": 1, "lists": LISTS, "facts": CUSTOM, "profiles": profiles}


@cache
@st.composite
def posted(draw: st.DrawFn, fact: str) -> Any:
    """What is posted for one fact: nothing, null, something wrong, or a value in one of its forms."""
    palette = BONUS if fact == BONUS_FACT else FACTS[fact]
    how = draw(st.sampled_from(["absent", "absent", "null", "wrong", "plain", "plain", "plain", "dated", "partly"]))
    value = draw(palette.values)
    if how == "wrong" and palette.wrong:
        return draw(st.sampled_from(palette.wrong))
    if how == "dated":
        day = AT - timedelta(draw(st.sampled_from([0, 1, 10, 11, 30, 31, 90, 91, -5])))
        return {"value": value, "as_of": day.isoformat(), "source": "test"}
    if how == "partly" and isinstance(value, list):
        return {"value": value, "complete": False}
    return None if how in ("absent", "null", "wrong") else value


@st.composite
def facts_for(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """Facts for the facts that a document mentions."""
    text = repr(document["profiles"])
    used = [fact for fact in [*sorted(FACTS), BONUS_FACT] if repr(fact) in text]
    out = {fact: draw(posted(fact)) for fact in used}
    return {fact: value for fact, value in out.items() if value is not None or draw(st.booleans())}


@st.composite
def situations(draw: st.DrawFn, /, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A document with facts for it."""
    document = draw(documents(**options))
    return document, draw(facts_for(document))
