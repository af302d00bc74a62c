"""What the dashboard shows is counted in the background: right, once, when there is time, whoever dies meanwhile."""

import io
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError
from django.utils import timezone

from crm import tasks
from crm.management.commands.scoring_worker import Worker
from crm.models import Company, FactSource, Fit, FitChange, Survey
from crm.scoring import survey_spans, surveys
from crm.scoring.drain import rescore_all, scorer_for
from crm.scoring.explain import explain
from crm.scoring.known import known_facts_of
from crm.scoring.survey_worklist import Group, by_fact, plan
from personas.rules.facts import Members, Span
from tests.factories import SEGMENTS, company, contact, invested, ruleset

pytestmark = pytest.mark.django_db

ALL = list(surveys.SUBJECTS)
PERSONAS = [
    {"key": "sam", "name": "Sam", "tier": "primary", "titles": ["product engineer"]},
    {"key": "pam", "name": "Pam", "tier": "primary", "titles": ["product manager"]},
]


@pytest.fixture(autouse=True)
def looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was never asked whether anything has changed; spans are short."""
    monkeypatch.setattr(surveys, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(survey_spans, "SPAN", 3)


def never() -> bool:
    return False


def at_once() -> bool:
    return True


def count_all() -> int:
    """How many subjects were counted until none was due."""
    done = 0
    while surveys.advance(never):
        done += 1
        assert done < 20
    return done


def found(subject: str) -> Any:
    return Survey.objects.get(subject=subject).found


@pytest.fixture
def population() -> list[Company]:
    """Accounts of every kind, scored."""
    ruleset(SEGMENTS | {"personas": PERSONAS})
    made = [
        invested(company(120, name="In"), "Accel"),
        invested(company((11, 50), name="Open size"), "Accel"),
        company(120, name="Open money"),
        company(120, name="No money", funding_researched_on=date(2026, 1, 1)),
        company(3, name="Small"),
        company(name="Nothing known"),
        company(5000, name="Large"),
    ]
    rescore_all(at=timezone.now())
    return made


# Right


def test_the_worklist_counts_what_each_fact_would_settle(population: list[Company]) -> None:
    count_all()

    said = found("worklist")
    stored = Fit.objects.filter(segment_status="undecided")
    assert said["undecided"] == stored.count() > 0
    by_key = {row["fact"]: row for row in said["facts"]}
    for fact, row in by_key.items():
        receipts = [explain(fit.company, at=timezone.now()).segment for fit in stored]
        assert row["any"] == sum(fact in each.settled_by_any_answer_to for each in receipts)
        assert row["some"] == sum(
            fact in each.could_be_settled_by and fact not in each.settled_by_any_answer_to for each in receipts
        )
    assert said["could_be"]["growth"] == sum("growth" in (fit.possible or "") for fit in stored)


def test_the_plan_takes_the_fact_that_settles_most_of_those_left() -> None:
    groups = [
        Group(frozenset({"employees", "investors"}), frozenset(), "growth", 10),
        Group(frozenset({"investors"}), frozenset({"employees"}), "growth", 5),
        Group(frozenset({"employees"}), frozenset(), "early", 6),
        Group(frozenset(), frozenset({"city"}), "none", 2),
    ]

    steps = plan(groups)

    assert [(step["fact"], step["any"], step["some"]) for step in steps] == [
        ("employees", 16, 5),
        ("investors", 5, 0),
        ("city", 0, 2),
    ]


def test_facts_that_decide_about_the_first_segment_come_first() -> None:
    groups = [
        Group(frozenset({"city"}), frozenset(), "early", 100),
        Group(frozenset({"investors"}), frozenset(), "growth", 3),
    ]

    assert [row["fact"] for row in by_fact(groups, ["growth", "early"])] == ["investors", "city"]


def test_coverage_agrees_with_what_is_known_of_each_account(population: list[Company]) -> None:
    today = timezone.now().date()
    for account, days in ((population[0], 10), (population[2], 200), (population[4], 800)):
        FactSource.objects.create(
            company=account, fact="employees", source="a list", observed_on=today - timedelta(days=days)
        )
    rescore_all(at=timezone.now())
    count_all()

    everybody = found("coverage")["groups"][0]
    known = known_facts_of([each.pk for each in population], scorer_for(ruleset_now(), today))
    for fact in ("employees", "investors"):
        states: Counter[str] = Counter()
        for stated in (each[fact] for each in known.values()):
            partly = isinstance(stated.value, Span) or (isinstance(stated.value, Members) and not stated.value.complete)
            states["unknown" if stated.value is None else "part" if partly else "exact"] += 1
        assert {key: everybody["facts"][fact][key] for key in ("exact", "part", "unknown")} == {
            key: states[key] for key in ("exact", "part", "unknown")
        }
    assert everybody["facts"]["employees"]["ages"] == [1, 1, 1, 3]
    assert everybody["facts"]["investors"]["ages"][1:] == [1, 0, 2]


def ruleset_now() -> Any:
    active = surveys.active()
    assert active is not None
    return active


def test_what_is_too_old_or_impossible_is_counted_apart() -> None:
    rules = SEGMENTS | {"facts": {"visits": {"kind": "integer", "label": "Visits", "fresh_for_days": 30, "minimum": 0}}}
    ruleset(rules)
    old, wrong = company(20), company(20)
    for account, visits in ((old, 5), (wrong, -5)):
        account.attributes.create(fact="visits", low=visits, high=visits)
    FactSource.objects.create(
        company=old, fact="visits", source="a list", observed_on=timezone.now().date() - timedelta(days=31)
    )
    rescore_all(at=timezone.now())
    count_all()

    visits = found("coverage")["groups"][0]["facts"]["visits"]

    assert (visits["stale"], visits["invalid"], visits["exact"]) == (1, 1, 0)


def test_coverage_of_a_segment_is_of_the_accounts_that_are_or_could_be_in_it(population: list[Company]) -> None:
    count_all()

    groups = {group["segment"]: group["accounts"] for group in found("coverage")["groups"]}

    assert groups == {"": 7, "growth": 4, "early": 3}


def test_a_persona_is_missing_only_where_the_people_are_researched_and_known(population: list[Company]) -> None:
    account = population[0]
    others = [invested(company(200), "Accel") for _ in range(3)]
    contact(account, "Product Engineer", persona="sam")
    contact(others[0], persona="pam")
    contact(others[1], persona="pam")
    contact(others[2])
    Company.objects.filter(pk__in=[each.pk for each in others[1:]]).update(people_researched_on=date(2026, 1, 1))
    rescore_all(at=timezone.now())
    count_all()

    growth = found("personas")["segments"][0]

    assert growth["accounts"] == 4
    sam = growth["personas"][0]
    assert (sam["present"], sam["missing"], sam["unknown"]) == (1, 1, 2)


def test_bands_are_counted_for_each_segment() -> None:
    data = {
        "format": 1,
        "profiles": [
            {"key": "only", "name": "Only", "rank": 1,
             "must": [{"key": "size", "label": "Size", "when": {"fact": "employees", "at_least": 10}}],
             "components": [{"key": "a", "label": "A", "rows": [
                 {"key": "big", "label": "Big", "when": {"fact": "employees", "at_least": 100}, "points": 20}]}],
             "bands": [{"key": "high", "from": 20}, {"key": "low"}]}
        ],
    }  # fmt: skip
    ruleset(data)
    for size in (200, 20, (50, 150), None, 3):
        company(size)
    rescore_all(at=timezone.now())
    count_all()

    rows = {row["segment"]: row["cells"] for row in found("bands")["profiles"][0]["rows"]}

    assert rows == {"only": {"high": 1, "low": 1, "open": 1}, "undecided": {"open": 1}, "none": {"low": 1}}


def test_moves_are_counted_by_cause(population: list[Company]) -> None:
    Company.objects.filter(name="Nothing known").update(employees_low=4, employees_high=4)
    rescore_all(at=timezone.now())
    count_all()

    said = found("movers")

    moves = {(each["before"], each["after"]): each["causes"] for each in said["moves"]}
    assert moves["undecided", "early"] == {"facts": 1}
    assert moves["unscored", "growth"] == {"first": 1}
    assert said["accounts"] == 1


def test_moves_of_the_week_before_are_not_counted(population: list[Company]) -> None:
    FitChange.objects.update(at=timezone.now() - timedelta(days=8))
    count_all()

    assert found("movers")["moves"] == []


def test_an_account_is_named_once_among_those_that_gained_most(population: list[Company]) -> None:
    account = Company.objects.filter(name="In")
    for size in (20, 120, 20):
        account.update(employees_low=size, employees_high=size)
        rescore_all(at=timezone.now())
    count_all()

    top = found("movers")["top"]

    assert FitChange.objects.filter(pk__in=top).values_list("company__name", flat=True).get() == "In"


# When


def test_everything_is_counted_once_and_again_when_something_has_changed(
    population: list[Company], settings: Any
) -> None:
    assert count_all() == len(ALL)
    assert count_all() == 0

    Survey.objects.update(as_of=timezone.now() - timedelta(minutes=61))
    assert count_all() == 0

    company(12)
    assert count_all() == len(ALL)


def test_before_an_hour_has_passed_only_new_rules_make_it_count_again(population: list[Company]) -> None:
    count_all()
    company(12)
    assert count_all() == 0

    ruleset(SEGMENTS | {"personas": PERSONAS[:1]})
    assert count_all() == len(ALL)


def test_whoever_asks_need_not_wait_for_anything_to_change(population: list[Company]) -> None:
    count_all()
    surveys.ask(["bands"], at=timezone.now())
    surveys.ask(["bands"], at=timezone.now())

    assert count_all() == 1


def test_with_no_minutes_nothing_is_counted_unless_asked_for(population: list[Company], settings: Any) -> None:
    settings.SURVEY_MINUTES = 0

    assert count_all() == 0
    surveys.ask(["bands"], at=timezone.now())
    assert count_all() == 1


def test_without_rules_nothing_is_counted() -> None:
    company(12)

    assert not surveys.advance(never)
    surveys.ask(["bands"], at=timezone.now())
    surveys.advance(never)
    assert not Survey.objects.get(subject="bands").is_unfinished


# Turns


def test_a_count_goes_on_where_the_last_turn_has_left_it(population: list[Company]) -> None:
    surveys.ask(["coverage"], at=timezone.now())
    turns = 0
    while surveys.advance(at_once):
        turns += 1
        survey = Survey.objects.get(subject="coverage")
        if survey.found is not None:
            break
        assert survey.is_begun
        assert 0 < survey.looked <= 7

    assert turns == 4
    assert found("coverage")["groups"][0]["accounts"] == 7


def test_one_is_counted_at_a_time_and_a_worker_that_died_is_replaced(population: list[Company]) -> None:
    surveys.ask(["coverage", "bands"], at=timezone.now())
    surveys.advance(at_once)
    Survey.objects.filter(started_at__isnull=False).update(claim="somebody else", beat_at=timezone.now())

    assert not surveys.advance(never)

    Survey.objects.exclude(claim="").update(beat_at=timezone.now() - timedelta(seconds=61))
    assert surveys.advance(never)
    assert sum(each.found is not None for each in Survey.objects.all()) == 1


def test_one_whose_row_was_taken_writes_nothing(population: list[Company]) -> None:
    surveys.ask(["coverage"], at=timezone.now())

    def taken() -> bool:
        Survey.objects.update(claim="somebody else")
        return False

    surveys.advance(taken)

    assert found("coverage") is None
    assert Survey.objects.get(subject="coverage").looked == 3


def test_new_rules_begin_the_count_anew(population: list[Company]) -> None:
    surveys.ask(["coverage"], at=timezone.now())
    surveys.advance(at_once)
    rules = ruleset(SEGMENTS | {"personas": PERSONAS[:1]})

    surveys.advance(never)

    assert Survey.objects.get(subject="coverage").ruleset == rules.number
    assert found("coverage")["groups"][0]["accounts"] == 7


def test_an_error_is_kept_with_the_figures_of_before_and_is_not_tried_at_once_again(
    population: list[Company], monkeypatch: pytest.MonkeyPatch
) -> None:
    count_all()
    surveys.ask(["bands"], at=timezone.now())

    def fails(*arguments: Any) -> Any:
        raise DataError("out of range")

    broken = survey_spans.Survey(fails, surveys.SUBJECTS["bands"].report, surveys.SUBJECTS["bands"].text)
    monkeypatch.setattr(surveys, "SUBJECTS", {**surveys.SUBJECTS, "bands": broken})
    surveys.advance(never)

    survey = Survey.objects.get(subject="bands")
    assert survey.error == "DataError: out of range"
    assert survey.found is not None
    assert not survey.is_unfinished
    assert count_all() == 0


# Doors


def test_the_worker_counts_when_it_has_nothing_else_to_do(
    population: list[Company], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(poll=0.001)
    worker.surveyed_at = -10.0

    assert worker.survey()
    assert Survey.objects.filter(found__isnull=False).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_task_leaves_it_while_accounts_wait(population: list[Company]) -> None:
    surveys.ask(["bands"], at=timezone.now())
    company(12)
    tasks.survey_for_a_while()
    assert found("bands") is None

    rescore_all(at=timezone.now())
    tasks.survey_for_a_while()
    assert found("bands") is not None


def test_the_command_counts_everything_and_prints_it(population: list[Company]) -> None:
    surveys.ask(["bands"], at=timezone.now())
    surveys.advance(at_once)
    out = io.StringIO()

    call_command("survey", stdout=out)

    assert "undecided accounts" in out.getvalue()
    assert "Employees: 86 % known (6; 1 in part)" in out.getvalue()
    assert Survey.objects.filter(found__isnull=False).count() == len(ALL)
    assert count_all() == 0


def test_the_command_says_that_there_are_no_rules() -> None:
    with pytest.raises(CommandError, match="load_preset"):
        call_command("survey")
