"""Fit, receipts and questions over the API: what `evaluate` says, with values, sources, ages and freshness."""

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone

from crm.admin.fit_card import fit_card
from crm.models import Company, FactSource, Override
from crm.scoring.drain import rescore
from personas.models import Ruleset
from personas.publishing import active_ruleset
from personas.rules.document import to_json
from tests.crm.api.calling import person, program
from tests.factories import company, contact, invested, member, ruleset

pytestmark = pytest.mark.django_db


def fit_of(found: Company, **more: Any) -> Any:
    answer = program(**more).get(f"/api/v1/companies/{found.pk}/fit/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def evaluated(rules: Ruleset, facts: Any, tmp_path: Path, **options: Any) -> Any:
    """What the command prints for these facts."""
    (tmp_path / "rules.json").write_text(to_json(rules.document()))
    (tmp_path / "facts").write_text(json.dumps({"id": 1, "facts": facts}))
    out = StringIO()
    call_command("evaluate", str(tmp_path / "rules.json"), str(tmp_path / "facts"), stdout=out, **options)
    return json.loads(out.getvalue())


def test_fit_is_what_evaluate_says_of_the_facts_in_it(tmp_path: Path) -> None:
    rules = ruleset()
    found = invested(company((10, 40), country="DE"), "Accel")
    FactSource.objects.create(company=found, fact="employees", source="crunchbase", observed_on=date(2026, 1, 31))

    told = fit_of(found)

    printed = evaluated(rules, told["facts"], tmp_path)
    assert told["segment"] == printed["segment"]
    assert told["profiles"] == printed["profiles"]
    assert told["segment"]["possible"] == ["growth", "early"]


def test_each_fact_comes_with_its_value_source_and_age() -> None:
    ruleset()
    found = company((10, None))
    observed = timezone.now().date() - timedelta(days=3)
    FactSource.objects.create(company=found, fact="employees", source="crunchbase", observed_on=observed)

    facts = fit_of(found)["facts"]

    assert facts["employees"] == {
        "label": "Employees",
        "kind": "integer",
        "unit": "people",
        "value": {"low": 10, "high": None},
        "text": "at least 10 people",
        "source": "crunchbase",
        "as_of": observed.isoformat(),
        "age_days": 3,
        "stale": False,
        "invalid": None,
    }
    assert (facts["investors"]["value"], facts["investors"]["complete"]) == (None, False)


def test_the_receipt_has_the_lines_of_the_fit_card() -> None:
    rules = ruleset()
    found = invested(company(120), "Accel")

    told = fit_of(found)

    card = fit_card(found, rules, timezone.now())
    lines = [
        (profile.key, line.path, line.rule, line.answer.word, line.points, line.change)
        for profile in card.receipt.profiles
        for group in profile.groups
        for line in group.lines
    ]
    assert lines == [
        (profile["profile"], line["path"], line["rule"], line["answer"], line["points"], line["change"])
        for profile in told["receipt"]
        for group in profile["groups"]
        for line in group["lines"]
    ]
    assert len(lines) == 5


def test_a_segment_set_by_hand_counts_beside_what_the_rules_say() -> None:
    ruleset()
    found = company(5)
    boss = member("boss", first_name="Bo", last_name="Ss")
    later = timezone.now().date() + timedelta(days=9)
    Override.objects.create(company=found, segment="growth", reason="They grow", author=boss, expires_on=later)

    told = fit_of(found)

    assert (told["segment"]["key"], told["effective_segment"]) == ("early", "growth")
    assert told["override"]["state"] == "contradicted"
    assert (told["override"]["author_name"], told["override"]["expires_on"]) == ("Bo Ss", later.isoformat())


def test_an_answer_says_since_when_and_why_the_stored_score_waits() -> None:
    ruleset()
    found = company(5)
    rescore([found.pk], at=timezone.now())
    assert fit_of(found)["freshness"]["state"] == "up_to_date"

    Company.objects.filter(pk=found.pk).update(employees_low=50, employees_high=50)

    fresh = fit_of(found)["freshness"]
    assert fresh["state"] == "waiting"
    assert fresh["waiting_because"].startswith("Facts changed, waiting. ")
    assert fresh["as_of"] == fresh["stale_since"]
    assert fresh["lag_seconds"] >= 0
    assert (fresh["ruleset"], fresh["active_ruleset"]) == (active_ruleset().number, active_ruleset().number)


def test_a_company_that_was_never_scored_says_so() -> None:
    ruleset()

    fresh = fit_of(company(5))["freshness"]

    assert (fresh["state"], fresh["as_of"], fresh["ruleset"]) == ("never", None, None)


def test_questions_come_the_most_decisive_first_with_what_they_settle() -> None:
    ruleset()
    found = company(100)

    told = program().get(f"/api/v1/companies/{found.pk}/questions/").json()

    first = told["questions"][0]
    assert (first["fact"], first["settles"], first["effect"]) == ("investors", "segment", "settles")
    assert (first["kind"], first["choices"], first["can_be_stated"]) == ("set", [], True)


def test_the_choices_of_a_question_are_those_that_can_be_stated() -> None:
    ruleset(must=[{"key": "m", "label": "M", "when": {"fact": "funding_stage", "at_least": "seed"}}])

    told = program().get(f"/api/v1/companies/{company().pk}/questions/").json()

    assert told["questions"][0]["choices"][:3] == ["bootstrapped", "pre_seed", "seed"]


def test_before_there_are_rules_fit_says_that_there_are_none() -> None:
    answer = program().get(f"/api/v1/companies/{company().pk}/fit/")

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")


PEOPLE = {
    "format": 1,
    "profiles": [
        {
            "key": "only",
            "name": "Only",
            "rank": 1,
            "must": [{"key": "m", "when": {"fact": "employees", "at_least": 1}}],
        },
        {
            "key": "buyer",
            "name": "Buyer",
            "subject": "contact",
            "must": [{"key": "f", "label": "Founder", "when": {"fact": "contact_is_founder", "is": True}}],
            "components": [
                {
                    "key": "c",
                    "label": "Size",
                    "combine": "sum",
                    "rows": [{"key": "r", "when": {"fact": "employees", "at_least": 10}, "points": 7}],
                }
            ],
        },
    ],
}


def test_the_fit_of_a_person_is_what_evaluate_says_of_them(tmp_path: Path) -> None:
    rules = ruleset(PEOPLE)
    who = contact(company(12), is_founder=True)

    told = program().get(f"/api/v1/contacts/{who.pk}/fit/").json()

    printed = evaluated(rules, told["facts"], tmp_path, subject="contact")
    assert told["profiles"] == printed["profiles"]
    assert (told["result"]["profile"], told["result"]["points"]) == ("buyer", 7)


@pytest.mark.parametrize(("people", "because"), [(True, "no_company"), (False, "no_profiles")])
def test_a_person_without_points_says_why(people: bool, because: str) -> None:
    ruleset(PEOPLE if people else None)
    who = contact(None if people else company(3))

    told = program().get(f"/api/v1/contacts/{who.pk}/fit/").json()

    assert (told["without_points_because"], told["result"], told["profiles"]) == (because, None, {})


@pytest.mark.parametrize(
    "what", ["companies/{}/fit", "companies/{}/questions", "contacts/{}/fit", "contacts/{}/questions"]
)
def test_fit_that_is_not_open_to_the_caller_is_not_there(what: str) -> None:
    ruleset()
    rep = member("rep", "Sales")
    hidden = company(5, owner=member("other"))
    pk = hidden.pk if what.startswith("companies") else contact(hidden).pk

    answers = [person(rep).get(f"/api/v1/{what.format(each)}/") for each in (pk, 10**6, 2**63)] + [
        program(team=Group.objects.create(name="Team")).get(f"/api/v1/{what.format(pk)}/")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert program(scopes=["companies:read"]).get(f"/api/v1/{what.format(pk)}/").status_code == 403
    assert program().get(f"/api/v1/{what.format(pk)}/").status_code == 200
    assert program().get(f"/api/v1/{what.format(pk)}/?fact=x").status_code == 400
