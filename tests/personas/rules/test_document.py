"""Rule documents: what is refused, with its place and a hint, and that the rest survives a journey."""

import json
from decimal import Decimal
from typing import Any

import pytest

from personas.rules.document import from_data, parse, to_json, to_yaml
from personas.rules.errors import RuleError
from tests.personas.rules.making import faults_of, line_faults

SIZE = {"fact": "employees", "at_least": 15}
WORDS_OF_A_CONDITION = "a condition has fact, known, unknown, all, any, not, or at_least with of"


def profile_faults(*profiles: dict[str, Any], **sections: Any) -> list[str]:
    named = [{"key": f"p{place}", **profile} for place, profile in enumerate(profiles)]
    return faults_of({"format": 1, **sections, "profiles": named})


def text_faults(text: str) -> list[str]:
    with pytest.raises(RuleError) as refused:
        parse(text)
    return [str(fault) for fault in refused.value.faults]


def test_a_misspelt_fact_is_named_with_its_place_and_the_nearest_one() -> None:
    must = [{"key": "a", "when": SIZE}, {"key": "b", "when": {"fact": "employes", "at_least": 15}}]

    assert profile_faults({"must": must}) == [
        "profiles[0].must[1].when.fact: unknown fact 'employes' (did you mean 'employees'?)"
    ]


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ({"fact": "employees"}, ": has no operator"),
        (
            {"fact": "employees", "at_least": 1, "at_most": 5},
            ": has 2 operators: at_least, at_most (one fact, one operator; join several with all)",
        ),
        ({"fact": "employees", "atleast": 1}, "atleast: unknown operator 'atleast' (did you mean 'at_least'?)"),
        ({"fact": 5, "is": 1}, "fact: is not the name of a fact"),
        ({"known": "employes"}, "known: unknown fact 'employes' (did you mean 'employees'?)"),
        (
            {"fact": "is_public", "at_least": True},
            "at_least: 'is_public' is of kind boolean and does not have at_least (one of: is)",
        ),
        ({"fact": "employees", "at_least": "15"}, "at_least: '15' is not a number"),
        ({"fact": "employees", "at_least": True}, "at_least: True is not a number"),
        ({"fact": "employees", "is": [1]}, "is: [1] is not a number"),
        ({"fact": "employees", "between": [15]}, "between: [15] is not a list of two values"),
        ({"fact": "employees", "between": [500, 15]}, "between: [500, 15] has the higher value first"),
        ({"fact": "employees", "between": [True, 15]}, "between: [True, 15] is not a number"),
        ({"fact": "employees", "at_least": float("nan")}, "at_least: nan is not a finite number"),
        ({"fact": "employees", "at_least": Decimal("Infinity")}, "at_least: 'Infinity' is not a finite number"),
        ({"fact": "employees", "at_least": 10**30}, f"at_least: {10**30} has too many digits"),
        (
            {"fact": "monthly_revenue", "is": Decimal("0.12345678901234567")},
            "is: '0.12345678901234567' has more digits than JSON carries",
        ),
        ({"fact": "is_public", "is": "yes"}, "is: 'yes' is neither true nor false (write true or false)"),
        ({"fact": "country", "is": False}, "is: False is not text"),
        ({"fact": "country", "is": " "}, "is: ' ' is no word"),
        ({"fact": "country", "one_of": "no"}, "one_of: 'no' is not a list"),
        ({"fact": "country", "one_of": []}, "one_of: [] is empty: name at least one value"),
        ({"fact": "tags", "any_of": [""]}, "any_of: [''] holds an empty name"),
        ({"fact": "tags", "empty": "yes"}, "empty: 'yes' is neither true nor false"),
        ({"fact": "city", "has_word": "*"}, "has_word: '*' holds an entry without a word"),
        ({"fact": "domain", "ends_with": "."}, "ends_with: '.' holds an empty ending"),
        (
            {"fact": "last_activity", "at_least": "31.1.2026"},
            "at_least: '31.1.2026' is not a date like 2026-01-31 (write a day like 2026-01-31)",
        ),
        (
            {"fact": "last_activity", "within_days": -1},
            "within_days: -1 is not a number of days from 0 to 100000 (write a day like 2026-01-31)",
        ),
        (
            {"fact": "last_activity", "within_days": True},
            "within_days: True is not a number of days from 0 to 100000 (write a day like 2026-01-31)",
        ),
        (
            {"fact": "investors", "any_in_list": "leading-investor"},
            "any_in_list: 'leading-investor' is not a list of this document; did you mean 'leading-investors'?",
        ),
        (
            {"fact": "employees", "at_least": 1, "missing": "maybe"},
            "missing: 'maybe' is no answer (one of: open, yes, no)",
        ),
        ({"all": []}, "all: is empty (name at least one condition)"),
        ({"any": []}, "any: is empty (name at least one condition)"),
        ({"any": SIZE}, "any: is not a list of conditions"),
        ({"at_least": 0, "of": [SIZE]}, "at_least: is not a whole number from 1 up"),
        ({"at_least": True, "of": [SIZE]}, "at_least: is not a whole number from 1 up"),
        ({"at_least": 2, "of": [SIZE]}, "at_least: asks for 2 of only 1 conditions"),
        ({"at_least": 1, "of": []}, "of: is empty (name at least one condition)"),
        (15, ": is not a condition (like {fact: employees, at_least: 15})"),
        (
            {"all": [SIZE], "any": [SIZE]},
            f": is not a condition: it has all, any ({WORDS_OF_A_CONDITION})",
        ),
    ],
    ids=str,
)
def test_a_condition_that_means_nothing_is_refused(condition: object, fault: str) -> None:
    assert line_faults(condition, lists={"leading-investors": {"entries": ["a"]}})[:1] == [fault]


def test_every_fault_is_told_at_once() -> None:
    profile = {
        "rank": 0,
        "stance": "focussed",
        "must": [{"key": "a", "when": {"fact": "employes", "at_least": 15}}, {"key": "b"}, {"key": "a", "when": SIZE}],
        "components": [{"key": "c", "cap": 5, "rows": [{"key": "r", "when": SIZE, "points": 6}], "weight": 1}],
        "bonus": [{"key": "d", "when": SIZE}],
        "bands": [{"key": "low", "from": 1}, {"key": "high", "from": 2}],
    }

    found = faults_of({"format": 1, "profles": [], "profiles": [{"key": "p", **profile}]})

    assert sorted(found) == [
        "document: unknown key 'profles' (did you mean 'profiles'?)",
        "profiles[0].bands[0].from: 1 is not above the 2 of the band below it (write bands from the top down)",
        "profiles[0].bonus[0].points: is missing (points to give when the condition holds)",
        "profiles[0].components[0].cap: 5 lies below the 6 points of rows[0] (r)",
        "profiles[0].components[0]: unknown key 'weight'",
        "profiles[0].must[0].when.fact: unknown fact 'employes' (did you mean 'employees'?)",
        "profiles[0].must[1].when: is missing (the condition of this line)",
        "profiles[0].must[2].key: the key 'a' stands twice",
        "profiles[0].rank: 0 is not a whole number from 1 to 10000",
        "profiles[0].stance: 'focussed' cannot stand here (did you mean 'focus'?)",
    ]


def test_two_lines_of_one_kind_have_two_keys() -> None:
    twice = [{"key": "a", "when": SIZE}, {"key": "a", "when": SIZE}]
    rows = [{**line, "points": 1} for line in twice]
    component = {"key": "c", "rows": rows}

    assert profile_faults({"must": twice, "components": [component, component], "bonus": rows}) == [
        "profiles[0].must[1].key: the key 'a' stands twice",
        "profiles[0].components[0].rows[1].key: the key 'a' stands twice",
        "profiles[0].components[1].rows[1].key: the key 'a' stands twice",
        "profiles[0].bonus[1].key: the key 'a' stands twice",
        "profiles[0].components[1].key: the key 'c' stands twice",
    ]


def test_two_profiles_have_two_keys_and_two_ranks() -> None:
    found = profile_faults({"key": "a"}, {"key": "a", "rank": 1}, {"rank": 2}, {"rank": 1})

    assert found == ["profiles[1].key: the key 'a' stands twice", "profiles[3].rank: the rank 1 stands twice"]


def test_scorecards_need_no_rank() -> None:
    assert profile_faults({"key": "a"}, {"key": "b"}) == []


def test_no_profile_is_called_none() -> None:
    assert profile_faults({"key": "none"}) == ["profiles[0].key: 'none' is the word for no segment"]


@pytest.mark.parametrize("kind", ["must", "disqualify", "flags"])
def test_a_fact_about_other_companies_counts_in_a_bonus_only(kind: str) -> None:
    line = {"key": "a", "when": {"fact": "day_job_segments", "any_of": ["p0"]}}
    known = {"key": "b", "when": {"known": "day_job_segments"}}

    assert profile_faults({"bonus": [{**line, "points": 5}]}) == []
    assert profile_faults({kind: [line, known]}) == [
        f"profiles[0].{kind}[0].when.fact: the fact 'day_job_segments' may stand in a bonus only",
        f"profiles[0].{kind}[1].when.known: the fact 'day_job_segments' may stand in a bonus only",
    ]


def test_a_fact_about_other_companies_opens_no_gate() -> None:
    gate = {"not": {"fact": "day_job_segments", "empty": True}}
    component = {"key": "c", "gate": gate, "rows": [{"key": "r", "when": SIZE, "points": 1}]}

    assert profile_faults({"components": [component], "enough_data": {"known": "day_job_segments"}}) == [
        "profiles[0].enough_data.known: the fact 'day_job_segments' may stand in a bonus only",
        "profiles[0].components[0].gate.not.fact: the fact 'day_job_segments' may stand in a bonus only",
    ]


@pytest.mark.parametrize(
    ("points", "fault"),
    [
        (True, "True is not a number"),
        ("5", "'5' is not a number"),
        (float("nan"), "nan is not a finite number"),
        (float("inf"), "inf is not a finite number"),
        (Decimal("0.125"), "'0.125' has more than two places"),
        (1_000_001, "1000001 is beyond 1,000,000 points"),
    ],
    ids=str,
)
def test_points_are_numbers_with_at_most_two_places(points: object, fault: str) -> None:
    bonus = [{"key": "a", "when": SIZE, "points": points}]

    assert profile_faults({"bonus": bonus}) == [f"profiles[0].bonus[0].points: {fault}"]


@pytest.mark.parametrize("points", [0, -5, Decimal("2.50"), -0.25, 1_000_000])
def test_points_may_be_negative_and_have_cents(points: object) -> None:
    assert profile_faults({"bonus": [{"key": "a", "when": SIZE, "points": points}]}) == []


def component_faults(**parts: Any) -> list[str]:
    rows = [{"key": "r", "when": SIZE, "points": 5}]
    found = profile_faults({"components": [{"key": "c", "rows": rows, **parts}]})
    return [fault.removeprefix("profiles[0].components[0].") for fault in found]


def test_a_component_holds_together() -> None:
    assert component_faults(cap=5, floor=5) == []
    assert component_faults(cap=Decimal("4.99")) == ["cap: 4.99 lies below the 5 points of rows[0] (r)"]
    assert component_faults(cap=5, floor=6) == ["cap: 5 lies below the floor of 6"]
    assert component_faults(rows=[]) == ["rows: is empty (a component needs at least one row)"]
    assert component_faults(otherwise=3) == ["otherwise: goes with combine first or max, not with sum"]
    assert component_faults(otherwise=3, combine="max") == []
    assert component_faults(combine="average") == ["combine: 'average' cannot stand here (one of: sum, max, first)"]


def test_bands_run_from_the_top_down() -> None:
    bands = [{"key": "high"}, {"key": "high", "from": 5}, {"key": "low", "from": 5}]

    assert profile_faults({"bands": bands}) == [
        "profiles[0].bands[1].key: the key 'high' stands twice",
        "profiles[0].bands[0].from: is missing (only the last band has no lower end)",
        "profiles[0].bands[1].from: 5 is not above the 5 of the band below it (write bands from the top down)",
    ]


def nested(levels: int) -> object:
    """A condition of so many levels."""
    condition: object = SIZE
    for _ in range(levels - 1):
        condition = {"not": condition}
    return condition


def test_conditions_are_at_most_six_levels_deep() -> None:
    assert line_faults(nested(6)) == []
    assert line_faults(nested(7)) == ["not.not.not.not.not.not: is nested deeper than 6 levels"]
    assert line_faults(nested(5_000)) == ["not.not.not.not.not.not: is nested deeper than 6 levels"]


def test_a_profile_makes_at_most_two_hundred_comparisons() -> None:
    most = {"must": [{"key": "a", "when": {"any": [SIZE] * 199}}, {"key": "b", "when": {"known": "employees"}}]}
    more = {"must": [*most["must"], {"key": "c", "when": SIZE}]}

    assert profile_faults(most, most) == []
    assert profile_faults(most, more) == ["profiles[1]: makes 201 comparisons (at most 200)"]


def test_a_custom_fact_says_what_it_is() -> None:
    facts = {
        "visits": {},
        "9lives": {"kind": "integer"},
        "colour": {"kind": "text", "choices": ["red"]},
        "size": {"kind": "choice", "ordered": True},
        "ratio": {"kind": "decimal", "minimum": 2, "maximum": 1},
        "count": {"kind": "integer", "minimum": True, "fresh_for_days": -1},
        "employees": {"kind": "money"},
        "city": {"fresh_for_days": 30},
    }

    assert faults_of({"format": 1, "facts": facts}) == [
        "facts.visits.kind: is missing (one of: integer, decimal, money, percent, date, boolean, choice, text, set)",
        "facts.9lives: '9lives' is no name for a fact (letters, digits and underscore, at most 63)",
        "facts.colour.choices: a fact of kind text has no choices",
        "facts.size.ordered: needs choices, the lowest first",
        "facts.ratio.minimum: 2 lies above the maximum of 1",
        "facts.count.minimum: True is not a number",
        "facts.count.fresh_for_days: -1 is not a whole number from 0 to 36500",
        "facts.employees.kind: 'employees' is built in and of kind integer",
    ]


def test_a_choice_is_one_of_the_choices() -> None:
    facts = {"colour": {"kind": "choice", "choices": ["Red", "green"]}}

    assert line_faults({"fact": "colour", "is": "RED"}, facts=facts) == []
    assert line_faults({"fact": "colour", "is": "gren"}, facts=facts) == [
        "is: 'gren' is none of red, green (did you mean 'green'?)"
    ]


@pytest.mark.parametrize("given", [None, 2, "1", True], ids=str)
def test_the_format_is_the_one_that_is_known(given: object) -> None:
    assert faults_of({"format": given, "profiles": []})[0].startswith("format: ")


@pytest.mark.parametrize("data", [None, [], "rules", 5], ids=str)
def test_a_document_is_a_set_of_keys(data: object) -> None:
    assert len(faults_of(data)) == 1


def test_norway_is_a_country_and_only_true_and_false_are_booleans() -> None:
    document = parse(
        """
        format: 1
        profiles:
          - key: nordic
            must: [{key: a, when: {fact: country, one_of: [NO, no, Yes, on, OFF, y]}}]
            flags: [{key: b, when: {fact: is_public, is: true}}, {key: c, when: {fact: is_public, is: False}}]
        """
    )

    (profile,) = document.profiles
    assert profile.must[0].when.value == ("no", "no", "yes", "on", "off", "y")  # type: ignore[union-attr]
    assert [line.when.value for line in profile.flags] == [True, False]  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["1_000", "0x1F", "1:30", "2026-01-31", "0o17", ".inf", ".nan", "=", "!"])
def test_what_only_old_yaml_takes_for_a_number_or_a_day_is_no_number(text: str) -> None:
    rules = f"format: 1\nprofiles: [{{key: a, must: [{{key: b, when: {{fact: employees, is: {text!s}}}}}]}}]"

    with pytest.raises(RuleError):
        parse(rules)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("format: 1\nprofiles:\n  - key: a\n    key: b\n", "line 4, column 5: the key 'key' stands twice"),
        ("format: 1\nprofiles: [&a {key: a}, *a]\n", "line 2, column 25: an alias (*name): write the rule out"),
        (
            "format: 1\nprofiles: [{key: a, must: [}]\n",
            "line 2, column 28: expected the node content, but found '}'",
        ),
        ("format: !!float .inf\n", "line 1, column 9: .inf is not a number that can stand here"),
        ("format: 1\nx: !!python/object:os.system {}\n", "line 2, column 4: could not determine a constructor"),
        ("format: 1\nx: !!binary aGk=\n", "line 2, column 4: could not determine a constructor"),
        ("format: 1\nx: !!timestamp 2026-01-31\n", "line 2, column 4: could not determine a constructor"),
        ("format: 1\n---\nformat: 1\n", "line 2, column 1: but found another document"),
        ("x: " + "[" * 60 + "]" * 60, "line 1, column 43: nested too deep"),
        ('{"format": 1, "format": 1}', "document: the key 'format' stands twice"),
        ('{"format": 1,}', "line 1, column 14: "),
        ('{"format": NaN}', "document: NaN is not a number"),
        ('{"format": 1e99999999999999999999}', "document: 1e99999999999999999999 is not a number"),
        ('{"format": ' + "9" * 5000 + "}", "document: Exceeds the limit"),
        ("x: " + "9" * 5000, "line 1, column 4: Exceeds the limit"),
        ('{"x": ' + "[" * 100_000, "document: "),
        ("\x00", "document: "),
    ],
    ids=lambda text: text[:30],
)
def test_text_that_cannot_be_read_is_refused_with_its_line(text: str, fault: str) -> None:
    found = text_faults(text)

    assert len(found) == 1
    assert found[0].startswith(fault)


def test_the_empty_text_is_no_document() -> None:
    assert text_faults("") == ["document: None is not a set of keys and values"]


FULL = """
format: 1
lists:
  hosts: {title: Hosts, match: domain, entries: [acme.com, {name: beta.io, aliases: ["no", "1e5", "2026-01-31"]}]}
facts:
  visits: {kind: integer, label: Monthly visits, unit: visits, minimum: 0, fresh_for_days: 0}
  colour: {kind: choice, choices: [red, green], ordered: true, explanation: "yes"}
  employees: {fresh_for_days: 365}
profiles:
  - key: a-
    name: "null"
    stance: focus
    rank: 1
    missing: no
    summary: |
      Two lines,
      the second of which ends the text: "quoted" # no comment
    enough_data: {at_least: 1, of: [{known: employees}, {unknown: visits}]}
    disqualify: [{key: school, when: {fact: company_type, is: school}, reason: "on"}]
    must: [{key: b-, rationale: ~, when: {not: {fact: last_activity, between: [2026-01-01, 2026-01-31], missing: yes}}}]
    components:
      - {key: c, combine: max, cap: 2.50, floor: -0.25, otherwise: 0, gate: {fact: colour, at_least: green},
         rows: [{key: r, points: 2.5, when: {fact: monthly_revenue, at_least: 1e5}}]}
    bonus: [{key: d, points: 0, when: {all: [{fact: domain, in_list: hosts}, {any: [{fact: tags, empty: false}]}]}}]
    flags: [{key: e, when: {fact: city, has_word: [R&D, "automat*"]}}]
    bands: [{key: high, from: 0.01}, {key: low}]
    maximum: 2.5
    examples: [Acme]
personas:
  - {key: sam, name: Sam, titles: [engineer], statements: [{kind: goal, text: "To ship"}], tier: primary}
cases:
  - {name: a case, segment: none, at: 2026-01-31, facts: {employees: {value: 15, as_of: 2026-01-01}, tags: [], city: ~}}
"""


def test_a_full_document_survives_yaml_and_json() -> None:
    document = parse(FULL)

    for text in (to_yaml(document), to_json(document)):
        again = parse(text)
        assert again == document
        assert again.content_hash() == document.content_hash()
    assert to_yaml(parse(to_yaml(document))) == to_yaml(document)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "NO",
        "true",
        "~",
        "null",
        "1e5",
        "0x1F",
        "1:30",
        "=",
        "<<",
        "- a",
        "a: b",
        "# a",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "two\nlines\n\n  and more",
        "a\r\nb",
        "tab\tbed",
        "a\x85b",
        "a\u2028b",
        "a\u2029b",
        "\ufeffa",
        "\x7f",
        "🦊",
        "x" * 300,
    ],
    ids=ascii,
)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    document = from_data({"format": 1, "profiles": [{"key": "p", "summary": text}]})

    assert parse(to_yaml(document)).profiles[0].summary == text
    assert parse(to_json(document)).profiles[0].summary == text


def test_the_hash_is_of_the_content_and_not_of_its_writing() -> None:
    document = parse(FULL)
    other = parse(
        FULL.replace("2.50", "2.5")
        .replace("at_least: 1e5", "at_least: 100000")
        .replace("R&D", "r  AND d")
        .replace("~", "null")
    )

    assert other.content_hash() == document.content_hash()
    assert len(document.content_hash()) == 64
    assert parse(FULL.replace("points: 2.5", "points: 2.49")).content_hash() != document.content_hash()


def test_a_golden_case_holds_values_that_can_be_kept() -> None:
    cases = [
        {"name": "a", "segment": "p9", "facts": {"employes": 5}},
        {"name": "b", "segment": "none", "facts": {"employees": {1: 2}, "city": "\ud800"}},
        {"name": "a", "facts": {}, "at": "today"},
    ]

    assert profile_faults({"rank": 1}, cases=cases) == [
        "cases[0].facts: unknown fact 'employes' (did you mean 'employees'?)",
        "cases[0].segment: 'p9' cannot stand here (one of: p0, none, undecided)",
        "cases[1].facts.employees: {1: 2} is no value that JSON can say",
        "cases[1].facts.city: '\\ud800' is no value that JSON can say",
        "cases[2].at: 'today' is not a date like 2026-01-31",
        "cases[2].segment: is missing (the key of a segment, none, or undecided)",
        "cases[2].name: the name 'a' stands twice",
    ]


def test_reading_data_never_changes_it() -> None:
    data = {"format": 1, "profiles": [{"key": "p", "must": [{"key": "a", "when": {"all": [SIZE]}}]}]}
    before = json.dumps(data)

    from_data(data)

    assert json.dumps(data) == before
