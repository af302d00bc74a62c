"""Rules in plain words."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from personas.rules.conditions import Condition, ConditionReader
from personas.rules.document import Document, from_data, parse, to_data
from personas.rules.errors import Fault, RuleError
from personas.rules.facts import BUILT_IN, Fact, Kind, Known, Members, Span
from personas.rules.operators import OPERATORS
from personas.rules.text import deny, difference, profile_text, sentence, value_text, would_change
from personas.rules.truth import Truth
from tests.personas.rules import strategies

RULES = """
format: 1
lists:
  leading-investors:
    title: Leading investors
    entries: [Sequoia Capital, {name: Andreessen Horowitz, aliases: [a16z]}]
facts:
  growth: {kind: percent, label: Growth}
  visits: {kind: integer, label: Visits, unit: visits}
  revenue_eur: {kind: money, label: Revenue, unit: EUR a month}
profiles:
  - key: startup
    name: Startup
    stance: focus
    rank: 1
    missing: "no"
    summary: Small and growing.
    action: Call first.
    examples: [Linear]
    maximum: 25
    enough_data: {known: employees}
    disqualify: [{key: school, label: Is a school, when: {fact: company_type, is: school}, reason: school}]
    must:
      - {key: size, label: Size, when: {fact: employees, between: [15, 500]}, rationale: We serve teams.}
      - {key: place, label: Place, when: {fact: country, one_of: [de, at]}}
    components:
      - key: growth
        label: growth of traffic
        combine: first
        gate: {fact: visits, at_least: 5000}
        cap: 20
        floor: 0
        rows:
          - {key: fast, label: Fast, when: {fact: growth, at_least: 40}, points: 20}
          - {key: some, label: Some, when: {fact: growth, at_least: 15}, points: 1}
        otherwise: -2
    bonus: [{key: day-job, label: Day job, when: {fact: day_job_segments, any_of: [startup]}, points: 5}]
    flags: [{key: agency, label: Agency, when: {fact: tags, any_of: [consulting]}}]
    bands: [{key: high, from: 12}, {key: low}]
personas:
  - {key: sam, name: Sam, titles: [engineer], statements: [{kind: goal, text: Ship.}]}
cases:
  - {name: Linear, segment: startup, facts: {employees: 20}}
"""


@pytest.fixture(scope="module")
def rules() -> Document:
    return parse(RULES)


def condition(document: Document, raw: object) -> Condition:
    """The condition that `raw` describes."""
    faults: list[Fault] = []
    found = ConditionReader(document.vocabulary, lists(document), faults).read(raw, "when")
    assert found
    assert not faults
    return found


def lists(document: Document) -> dict[str, object]:
    return {each.key: each for each in document.lists}


def said(document: Document, raw: object) -> str:
    return sentence(condition(document, raw), document.vocabulary, {each.key: each for each in document.lists})


def denied(document: Document, raw: object) -> str:
    return deny(condition(document, raw), document.vocabulary, {each.key: each for each in document.lists})


def changed(document: Document, raw: object, answer: Truth) -> str:
    named = {each.key: each for each in document.lists}
    return would_change(condition(document, raw), answer, document.vocabulary, named)


SENTENCES: list[tuple[str, dict[str, object], str, str]] = [
    (
        "a number with its unit",
        {"fact": "employees", "between": [15, 500]},
        "Employees is from 15 to 500 people",
        "Employees is outside 15 to 500 people",
    ),
    (
        "one of a unit",
        {"fact": "employees", "at_most": 1},
        "Employees is at most 1 person",
        "Employees is more than 1 person",
    ),
    (
        "money with its period",
        {"fact": "monthly_revenue", "at_least": 100000},
        "Monthly revenue is at least $100,000 a month",
        "Monthly revenue is below $100,000 a month",
    ),
    (
        "money of another currency",
        {"fact": "revenue_eur", "less_than": Decimal("99.5")},
        "Revenue is below €99.50 a month",
        "Revenue is at least €99.50 a month",
    ),
    ("a percentage", {"fact": "growth", "more_than": 40}, "Growth is more than 40%", "Growth is at most 40%"),
    ("a year", {"fact": "founded", "at_least": 2019}, "Year founded is at least 2019", "Year founded is below 2019"),
    (
        "a day",
        {"fact": "last_activity", "more_than": "2026-01-31"},
        "Last activity is after 2026-01-31",
        "Last activity is 2026-01-31 or earlier",
    ),
    (
        "an age",
        {"fact": "last_activity", "within_days": 30},
        "Last activity is within the last 30 days",
        "Last activity is more than 30 days ago",
    ),
    (
        "yes or no",
        {"fact": "is_public", "is": False},
        "Listed on an exchange is no",
        "Listed on an exchange is yes",
    ),
    (
        "an ordered choice",
        {"fact": "funding_stage", "at_least": "series_a"},
        "Funding stage is at least series a",
        "Funding stage is below series a",
    ),
    (
        "several words",
        {"fact": "country", "one_of": ["DE", "AT", "Bosnia and Herzegovina"]},
        'Country is one of de, at or "bosnia and herzegovina"',
        'Country is none of de, at or "bosnia and herzegovina"',
    ),
    (
        "words in a text",
        {"fact": "industry", "has_word": ["automat*", "ai"]},
        'Industry has the word "automat*" or "ai"',
        'Industry does not have the word "automat*" or "ai"',
    ),
    (
        "a list by its title",
        {"fact": "investors", "any_in_list": "leading-investors"},
        "Investors include one on the list Leading investors",
        "Investors include none on the list Leading investors",
    ),
    (
        "none of a set",
        {"fact": "tags", "none_of": ["a", "b"]},
        "Tags include none of a or b",
        "Tags include a or b",
    ),
    (
        "an empty set",
        {"fact": "tags", "empty": True},
        "Tags have no entry at all",
        "Tags have at least one entry",
    ),
    (
        "a set that is not empty",
        {"fact": "tags", "empty": False},
        "Tags have at least one entry",
        "Tags have no entry at all",
    ),
    ("something known", {"known": "city"}, "City is known", "City is unknown"),
    (
        "an answer for the unknown",
        {"fact": "employees", "at_least": 15, "missing": "no"},
        "Employees is at least 15 people (unknown counts as no)",
        "Employees is below 15 people (unknown counts as yes)",
    ),
    (
        "one part within another",
        {
            "all": [
                {"any": [{"known": "city"}, {"known": "country"}]},
                {"not": {"all": [{"fact": "country", "is": "de"}, {"known": "tags"}]}},
            ]
        },
        "(City is known, or Country is known), and (Country is not de, or Tags is unknown)",
        "(City is unknown, and Country is unknown), or (Country is de, and Tags is known)",
    ),
    (
        "a number of parts",
        {
            "at_least": 2,
            "of": [{"known": "city"}, {"all": [{"known": "tags"}, {"known": "domain"}]}, {"known": "titles"}],
        },
        "At least 2 of these: City is known; (Tags is known, and Domain is known); Job titles is known",
        "Fewer than 2 of these: City is known; (Tags is known, and Domain is known); Job titles is known",
    ),
]


@pytest.mark.parametrize(
    ("raw", "text", "opposite"), [each[1:] for each in SENTENCES], ids=[each[0] for each in SENTENCES]
)
def test_a_condition_and_its_denial_read_as_sentences(
    rules: Document, raw: dict[str, object], text: str, opposite: str
) -> None:
    assert said(rules, raw) == text
    assert denied(rules, raw) == opposite
    assert said(rules, {"not": raw}) == opposite


def test_every_operator_reads_differently_from_its_denial_and_shows_its_value() -> None:
    for operator in OPERATORS.values():
        for kind in operator.kinds:
            words = operator.words(kind)
            assert words.says != words.denied
            assert words.wanted != words.unwanted
            if operator.key != "empty":
                assert all("{value}" in each for each in (words.says, words.denied, words.wanted, words.unwanted))


def test_a_long_list_of_values_is_cut_with_a_count(rules: Document) -> None:
    text = said(rules, {"fact": "tags", "any_of": [f"t{number:02}" for number in range(12)]})

    assert text == "Tags include t00, t01, t02, t03, t04, t05, t06, t07 and 4 more"


@pytest.mark.parametrize(
    ("raw", "for_no", "for_open"),
    [
        (
            {"fact": "employees", "between": [15, 500]},
            "Employees from 15 to 500 would make it a yes",
            "Learn employees: from 15 to 500 makes it a yes",
        ),
        (
            {"fact": "monthly_revenue", "at_least": 100000},
            "Monthly revenue at least $100,000 a month would make it a yes",
            "Learn monthly revenue: at least $100,000 a month makes it a yes",
        ),
        (
            {"not": {"fact": "is_public", "is": True}},
            'A "no" to Listed on an exchange would make it a yes',
            "Learn listed on an exchange: no makes it a yes",
        ),
        (
            {"fact": "investors", "any_in_list": "leading-investors"},
            "Investors including one on the list Leading investors would make it a yes",
            "Learn investors: one on the list Leading investors makes it a yes",
        ),
        (
            {"fact": "country", "is_not": "de"},
            "Country being anything but de would make it a yes",
            "Learn country: anything but de makes it a yes",
        ),
        (
            {"any": [{"fact": "employees", "at_least": 15}, {"fact": "growth", "at_least": 40}]},
            "Employees at least 15, or growth at least 40% would make it a yes",
            "Learn employees or growth: employees at least 15, or growth at least 40% makes it a yes",
        ),
        ({"known": "city"}, "Learning city makes it a yes", "Learning city makes it a yes"),
    ],
    ids=["range", "money", "denied", "list", "word", "either", "known"],
)
def test_a_line_says_what_would_turn_it_into_a_yes(
    rules: Document, raw: dict[str, object], for_no: str, for_open: str
) -> None:
    assert changed(rules, raw, Truth.NO) == for_no
    assert changed(rules, raw, Truth.OPEN) == for_open
    assert changed(rules, raw, Truth.YES) == ""


def test_parts_that_hold_already_are_not_asked_for_again(rules: Document) -> None:
    size = {"fact": "employees", "at_least": 15}
    growth = {"fact": "growth", "at_least": 40}
    both = condition(rules, {"all": [size, growth]})
    answers = {both: Truth.OPEN, condition(rules, size): Truth.YES, condition(rules, growth): Truth.OPEN}

    text = would_change(both, Truth.OPEN, rules.vocabulary, {}, answers.__getitem__)

    assert text == "Learn growth: at least 40% makes it a yes"


def test_of_several_ways_the_nearest_is_named(rules: Document) -> None:
    parts: list[dict[str, object]] = [
        {"fact": "employees", "at_least": 15},
        {"fact": "growth", "at_least": 40},
        {"known": "city"},
    ]
    no, still_open, yes = (condition(rules, part) for part in parts)
    answers = {no: Truth.NO, still_open: Truth.OPEN, yes: Truth.YES}.__getitem__

    either = would_change(condition(rules, {"any": parts[:2]}), Truth.OPEN, rules.vocabulary, {}, answers)
    two = would_change(condition(rules, {"at_least": 2, "of": parts}), Truth.OPEN, rules.vocabulary, {}, answers)

    assert either == "Learn growth: at least 40% makes it a yes"
    assert two == "Learn employees or growth: employees at least 15, or growth at least 40% makes it a yes"


@pytest.mark.parametrize(
    ("fact", "value", "text"),
    [
        ("employees", 42, "42 people"),
        ("employees", 1, "1 person"),
        ("employees", Span(11, 50), "11 to 50 people"),
        ("employees", Span(10000, None), "at least 10,000 people"),
        ("employees", Span(None, 10), "at most 10 people"),
        ("funding_total", 36900000, "$36,900,000"),
        ("monthly_revenue", Decimal("0.5"), "$0.50 a month"),
        ("founded", 2019, "2019"),
        ("is_public", True, "yes"),
        ("is_public", False, "no"),
        ("last_activity", date(2026, 1, 31), "2026-01-31"),
        ("project_stage", "very_early", "very early"),
        ("city", "san francisco", "san francisco"),
        ("investors", Members(frozenset({"b", "a"})), "a, b"),
        ("investors", Members(frozenset({"b", "a"}), complete=False), "a, b, maybe more"),
        ("investors", Members(frozenset()), "none"),
        ("investors", Members(frozenset(), complete=False), "none known, maybe more"),
        ("tags", Members(frozenset(f"t{each}" for each in range(10))), "t0, t1, t2, t3, t4, t5, t6, t7 and 2 more"),
        ("tags", Members(frozenset(f"t{each}" for each in range(9))), "t0, t1, t2, t3, t4, t5, t6, t7, t8"),
        ("employees", None, "unknown"),
    ],
)
def test_a_known_value_is_shown_with_its_unit(fact: str, value: Known | None, text: str) -> None:
    assert value_text(BUILT_IN[fact], value) == text


def test_a_loss_has_its_minus_in_front_of_the_currency() -> None:
    profit = Fact("profit", "Profit", Kind.MONEY, "USD a year")

    assert value_text(profit, -1500) == "-$1,500 a year"


def test_a_profile_reads_as_a_page(rules: Document) -> None:
    assert profile_text(rules, rules.profiles[0]) == [
        "Startup (startup)",
        "Segment, rank 1; stance: focus.",
        "Small and growing.",
        "What to do: Call first.",
        "Examples: Linear",
        "A fact that is unknown counts as no, unless a line says otherwise.",
        "Left out as soon as one of these holds:",
        "  Is a school: Company type is school (reason: school)",
        "Counted only where enough is known: Employees is known",
        "Must, all of these:",
        "  Size: Employees is from 15 to 500 people. We serve teams.",
        "  Place: Country is one of de or at",
        "Growth of traffic: the points of the first row that holds",
        "  counts only where Visits is at least 5,000 visits; else 0 points",
        "  20 points for Fast: Growth is at least 40%",
        "  1 point for Some: Growth is at least 15%",
        "  -2 points where no row holds",
        "  never more than 20 points",
        "  never less than 0 points",
        "Bonus, where every must holds:",
        "  5 points for Day job: Segments of day-job employers include startup",
        "Bands: high from 12 points, low below 12.",
        "Meant to reach 25 points at most.",
        "Flags, worth no points:",
        "  Agency: Tags include consulting",
    ]


def test_a_scorecard_says_that_it_is_never_a_segment(rules: Document) -> None:
    scorecard = replace(rules.profiles[0], rank=None, stance=None)

    assert profile_text(rules, scorecard)[1] == "Scorecard, never a segment."


CHANGES = [
    ("from 15 to 500", "between: [15, 500]", "between: [15, 800]",
     "profiles.startup.must.size: Employees is from 15 to 500 people → from 15 to 800 people"),
    ("another operator", "between: [15, 500]", "at_least: 15",
     "profiles.startup.must.size: Employees is from 15 to 500 people → at least 15 people"),
    ("another fact", "fact: employees, between: [15, 500]", "fact: visits, at_least: 15",
     "profiles.startup.must.size: Employees is from 15 to 500 people → Visits is at least 15 visits"),
    ("points", "points: 20", "points: 18", "profiles.startup.components.growth.rows.fast: 20 points → 18 points"),
    ("a cap", "cap: 20", "cap: 21", "profiles.startup.components.growth.cap: 20 → 21"),
    ("no cap", "        cap: 20\n", "", "profiles.startup.components.growth.cap: 20 → none"),
    ("a gate", "at_least: 5000", "at_least: 6000",
     "profiles.startup.components.growth.gate: Visits is at least 5,000 visits → at least 6,000 visits"),
    ("a gate less", "        gate: {fact: visits, at_least: 5000}\n", "",
     "profiles.startup.components.growth.gate: removed (Visits is at least 5,000 visits)"),
    ("a rank", "rank: 1", "rank: 2", "profiles.startup.rank: 1 → 2"),
    ("a label", "label: Size", "label: How many", "profiles.startup.must.size.label: Size → How many"),
    ("a band", "from: 12", "from: 13", "profiles.startup.bands.high.from: 12 → 13"),
    ("an entry more", "[Sequoia Capital,", "[Sequoia Capital, GV,", "lists.leading-investors.entries: added GV"),
    ("an entry less", "[Sequoia Capital, ", "[", "lists.leading-investors.entries: removed Sequoia Capital"),
    ("an alias", "[a16z]", "[a16z, Andreessen]",
     "lists.leading-investors.entries.Andreessen Horowitz.aliases: added Andreessen"),
    ("a fact's label", "label: Visits", "label: Web visits", "facts.visits.label: Visits → Web visits"),
    ("a line less", "      - {key: place, label: Place, when: {fact: country, one_of: [de, at]}}\n", "",
     "profiles.startup.must.place: removed (Country is one of de or at)"),
    ("a flag less", "    flags: [{key: agency, label: Agency, when: {fact: tags, any_of: [consulting]}}]\n", "",
     "profiles.startup.flags.agency: removed (Tags include consulting)"),
    ("a title", "[engineer]", "[developer]", "personas.sam.titles: added developer; removed engineer"),
    ("a statement", "text: Ship.", "text: Ship it.",
     "personas.sam.statements: added goal: Ship it.; removed goal: Ship."),
    ("a case", "employees: 20", "employees: 30", "cases.Linear.facts.employees: 20 → 30"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "text"), [each[1:] for each in CHANGES], ids=[each[0] for each in CHANGES])
def test_a_change_is_told_in_words_with_its_place(rules: Document, old: str, new: str, text: str) -> None:
    assert old in RULES

    assert difference(rules, parse(RULES.replace(old, new))) == [text]


def test_whole_profiles_personas_and_facts_come_and_go_with_their_names(rules: Document) -> None:
    bare = parse("format: 1\n")

    assert difference(bare, rules) == [
        "lists.leading-investors: added (Leading investors, 2 entries)",
        "facts.growth: added (Growth (percent))",
        "facts.visits: added (Visits (integer))",
        "facts.revenue_eur: added (Revenue (money))",
        "profiles.startup: added (Startup)",
        "personas.sam: added (Sam)",
        "cases.Linear: added (startup)",
    ]
    assert "profiles.startup: removed (Startup)" in difference(rules, bare)


def test_another_order_of_rows_is_a_change(rules: Document) -> None:
    turned = replace(rules.profiles[0].components[0], rows=rules.profiles[0].components[0].rows[::-1])
    other = replace(rules, profiles=(replace(rules.profiles[0], components=(turned,)),))

    assert difference(rules, other) == ["profiles.startup.components.growth.rows: order fast, some → some, fast"]


def test_a_change_beyond_what_a_sentence_shows_is_told_in_full() -> None:
    def with_tags(last: str) -> Document:
        tags = [f"t{number}" for number in range(12)] + [last]
        must = [{"key": "m", "when": {"fact": "tags", "any_of": tags}}]
        return from_data({"format": 1, "profiles": [{"key": "p", "must": must}]})

    (text,) = difference(with_tags("x"), with_tags("y"))

    assert "t11 or x → " in text
    assert text.endswith("t11 or y")


def test_documents_that_say_the_same_have_no_difference(rules: Document) -> None:
    assert difference(rules, parse(RULES)) == []


def leaves(data: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """The path of every value in `data`."""
    if isinstance(data, dict):
        return [leaf for key, each in data.items() for leaf in leaves(each, (*path, key))]
    if isinstance(data, list):
        return [leaf for place, each in enumerate(data) for leaf in leaves(each, (*path, place))]
    return [path]


def test_no_change_of_any_single_value_goes_untold(rules: Document) -> None:
    """Every number and free text of the document, one at a time."""
    told = 0
    for path in leaves(to_data(rules)):
        data: object = to_data(rules)
        *way, last = path
        spot = data
        for step in way:
            spot = spot[step]  # type: ignore[index]
        value = spot[last]  # type: ignore[index]
        if path == ("format",) or last in ("kind", "fact", "match", "combine", "stance", "missing", "segment", "known"):
            continue
        spot[last] = value + 1 if isinstance(value, int) else f"{value}x"  # type: ignore[index]
        try:
            other = from_data(data)
        except RuleError:
            continue
        told += 1
        assert difference(rules, other), path
    assert told > 40


@given(old=strategies.documents(), new=strategies.documents())
def test_documents_differ_in_words_where_their_content_differs(old: dict[str, Any], new: dict[str, Any]) -> None:
    before, after = from_data(old), from_data(new)

    told = difference(before, after)

    assert bool(told) is (before.content_hash() != after.content_hash())
    assert "document: written differently" not in told
    assert all(line.strip() for profile in before.profiles for line in profile_text(before, profile))
