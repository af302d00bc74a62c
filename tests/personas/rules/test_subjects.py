"""Profiles of people stand apart from those of companies."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personas.rules.document import from_data, parse, to_yaml
from personas.rules.errors import RuleError
from personas.rules.evaluate import Evaluator
from personas.rules.facts import OF_CONTACTS, Members, Span
from personas.rules.lint import warnings
from personas.rules.scoring import Scorer
from personas.rules.text import difference, profile_text

RULES = """
format: 1
personas: [{key: sam, name: Sam}]
profiles:
  - key: company-one
    rank: 1
    wanted_personas: [sam]
    wanted_roles: [user]
    must: [{key: size, when: {fact: employees, at_least: 15}}]
  - key: writer
    subject: contact
    components:
      - key: who
        rows: [{key: sam, when: {fact: contact_persona, any_of: [sam]}, points: 5}]
      - key: where
        rows: [{key: size, when: {fact: employees, at_least: 15}, points: 2}]
"""


def faults(text: str) -> list[str]:
    with pytest.raises(RuleError) as refused:
        parse(text)
    return [f"{each.path}: {each.message}" for each in refused.value.faults]


def test_a_document_keeps_both_kinds_and_reads_what_it_writes() -> None:
    document = parse(RULES)

    assert [each.key for each in document.profiles] == ["company-one"]
    assert [each.key for each in document.contact_profiles] == ["writer"]
    assert [each.key for each in document.for_contacts().profiles] == ["writer"]
    assert parse(to_yaml(document)) == document
    assert document.content_hash() != document.for_contacts().content_hash()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{fact: employees, at_least: 15}}]", "{fact: contact_seniority, is: vp}}]", "is a fact of a person"),
        ("subject: contact", "subject: contact\n    rank: 2", "belongs to a profile of companies"),
        ("subject: contact", "subject: contact\n    wanted_roles: [user]", "belongs to a profile of companies"),
        ("{fact: employees, at_least: 15}, po", "{fact: best_contact_points, at_least: 1}, po", "scoring"),
        ("[sam]\n    wanted", "[pam]\n    wanted", "there is no persona 'pam'"),
        ("format: 1", "format: 1\nfacts: {contact_city: {kind: text}}", "built in as a fact of a person"),
    ],
)  # fmt: skip
def test_what_belongs_to_the_other_kind_is_refused_at_its_place(old: str, new: str, said: str) -> None:
    assert any(said in each for each in faults(RULES.replace(old, new, 1)))


def test_a_golden_case_is_about_a_company() -> None:
    case = "\ncases: [{name: One, facts: {employees: 20, contact_city: Berlin}, segment: company-one}]\n"

    assert "cases[0].facts.contact_city: is a fact of a person" in faults(RULES + case)


def test_warnings_of_profiles_of_people_name_their_place_and_speak_of_contacts() -> None:
    never = "{key: never, when: {all: [{fact: contact_followers, at_most: 1}, {fact: contact_followers, at_least: 9}]}"
    document = parse(RULES.replace("{key: sam, when", f"{never}, points: 1}}, {{key: sam, when"))
    nobody = parse(RULES.replace("- key: writer\n", f"- key: writer\n    enough_data: {never[18:]}\n"))

    assert [str(each) for each in warnings(document, date(2026, 1, 1))] == [
        "profiles[1].components[0].rows[0]: never can never be reached (its conditions contradict each other)"
    ]
    assert [str(each) for each in warnings(nobody, date(2026, 1, 1))] == [
        "profiles[1].enough_data: can never hold: no contact will ever have a result"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("points: 5", "points: 6", "profiles.writer.components.who.rows.sam: 5 points → 6 points"),
        ("[user]", "[user, initiator]", "profiles.company-one.wanted_roles: added initiator"),
        ("    wanted_personas: [sam]\n", "", "profiles.company-one.wanted_personas: removed sam"),
        ("at_least: 15}, po", "at_least: 16}, po",
         "profiles.writer.components.where.rows.size: Employees is at least 15 people → at least 16 people"),
    ],
)  # fmt: skip
def test_a_change_for_people_is_told_in_words(old: str, new: str, said: str) -> None:
    assert difference(parse(RULES), parse(RULES.replace(old, new, 1))) == [said]


def test_whom_a_profile_is_about_is_a_change_too() -> None:
    card = RULES.replace("contact_persona", "personas")
    told = difference(parse(card), parse(card.replace("    subject: contact\n", "")))

    assert "profiles.writer.subject: contact → company" in told


def test_a_profile_of_people_and_the_people_wanted_read_as_words() -> None:
    document = parse(RULES)

    [company], [writer] = document.profiles, document.contact_profiles

    assert "Who should be there: Sam; in the buying role user." in profile_text(document, company)
    assert profile_text(document, writer)[1] == "Points for people, by facts of the person and of their company."


def evaluated(facts: dict[str, Any], warned: list[str] | None = None) -> Any:
    scorer = Scorer(parse(RULES).for_contacts(), date(2026, 1, 1))
    said = warned if warned is not None else []
    return json.loads(Evaluator(scorer, said.append, "contact").line(json.dumps({"id": 1, "facts": facts})))


def test_posted_facts_of_a_person_and_their_company_give_points_and_no_segment() -> None:
    found = evaluated({"employees": 20, "contact_persona": {"value": ["sam"], "complete": False}})

    assert list(found) == ["id", "profiles"]
    assert (found["profiles"]["writer"]["points"], found["profiles"]["writer"]["verdict"]) == (7, "yes")
    assert evaluated({"employees": 20})["profiles"]["writer"]["questions"] == [{"fact": "contact_persona", "swing": 5}]


def test_where_companies_are_scored_a_fact_of_a_person_has_no_name() -> None:
    warned: list[str] = []
    evaluator = Evaluator(Scorer(parse(RULES), date(2026, 1, 1)), warned.append)

    plain, with_person = (evaluator.line(f'{{"id": 1, "facts": {each}}}') for each in ("{}", '{"contact_city": 3}'))

    assert plain == with_person
    assert [each.split(" (")[0] for each in warned] == ["facts.contact_city: unknown fact 'contact_city' is left out"]


# What is unknown of a person

PERSONAS = ("sam", "pam")
SENIORITIES = OF_CONTACTS["contact_seniority"].choices
conditions_of_people = st.sampled_from(
    [
        {"fact": "contact_persona", "any_of": ["sam"]},
        {"fact": "contact_persona", "none_of": ["sam", "pam"]},
        {"fact": "contact_roles", "all_of": ["user", "initiator"]},
        {"fact": "contact_seniority", "at_least": "senior"},
        {"fact": "contact_seniority", "at_most": "manager"},
        {"fact": "contact_is_founder", "is": True},
        {"fact": "contact_followers", "at_least": 100},
        {"fact": "contact_consent", "is_not": "refused"},
        {"fact": "employees", "at_least": 15},
    ]
)
values_of_people = st.fixed_dictionaries(
    {},
    optional={
        "contact_persona": st.sets(st.sampled_from(PERSONAS)).map(lambda names: Members(frozenset(names))),
        "contact_roles": st.sets(st.sampled_from(["user", "initiator"])).map(lambda names: Members(frozenset(names))),
        "contact_seniority": st.sampled_from(SENIORITIES),
        "contact_is_founder": st.booleans(),
        "contact_followers": st.sampled_from([0, 99, 100, Span(0, 100), Span(100, None)]),
        "contact_consent": st.sampled_from(["given", "refused"]),
        "employees": st.sampled_from([14, 15, Span(14, 15)]),
    },
)


@given(whens=st.lists(conditions_of_people, min_size=1, max_size=5), known=values_of_people, data=st.data())
def test_learning_a_fact_of_a_person_never_widens_what_is_possible(
    whens: list[dict[str, Any]], known: dict[str, Any], data: st.DataObject
) -> None:
    rows = [{"key": f"r{place}", "when": when, "points": 1 << place} for place, when in enumerate(whens)]
    profile = {"key": "p", "subject": "contact", "must": [{"key": "m", "when": whens[0]}]}
    parts = [{"key": "c", "combine": "sum", "rows": rows}]
    document = from_data({"format": 1, "profiles": [profile | {"components": parts}]}).for_contacts()
    scorer = Scorer(document, date(2026, 1, 1))
    forgotten = data.draw(st.sets(st.sampled_from(sorted(known))) if known else st.just(set()))

    more = scorer.stored(scorer.cells_of(known)).profiles["p"]
    less = scorer.stored(scorer.cells_of({key: each for key, each in known.items() if key not in forgotten}))

    was = less.profiles["p"]
    assert (was.low or 0) <= (more.low or 0) <= (more.high or 0) <= (was.high or 0)
    assert was.verdict.word in ("open", more.verdict.word)
