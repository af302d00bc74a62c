"""The research worklist over the API, with the age of the count."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.api import freshness
from crm.models import Company
from crm.scoring.drain import rescore
from crm.scoring.surveys import count_now
from tests.crm.api.calling import person, program
from tests.factories import company, member, ruleset

pytestmark = pytest.mark.django_db

WORKLIST = "/api/v1/worklist/"


@pytest.fixture(autouse=True)
def nothing_remembered(scores_are_known_to_be_fresh: None) -> None:
    freshness.forget()


def test_it_says_what_to_look_up_and_of_when_the_count_is() -> None:
    rules = ruleset()
    rescore([company(100).pk, company().pk], at=timezone.now())
    count_now("worklist", rules, at=timezone.now() - timedelta(hours=2))

    told = program().get(WORKLIST).json()

    assert (told["state"], told["undecided"], told["ruleset"]) == ("counted", 2, rules.number)
    assert 7_200 <= told["age_seconds"] < 7_300
    row = next(each for each in told["facts"] if each["fact"] == "investors")
    assert (row["label"], row["settles"], row["worked_out"]) == ("Investors", 1, False)
    assert told["plan"][0]["fact"] in ("investors", "employees")
    assert told["freshness"]["waiting"] == 0


def test_before_it_was_counted_it_says_so() -> None:
    told = program().get(WORKLIST).json()

    assert (told["state"], told["undecided"], told["facts"], told["counted_at"]) == ("never", None, [], None)


def test_figures_of_all_accounts_are_for_who_sees_them_all() -> None:
    assert person(member("rep", "Sales")).get(WORKLIST).status_code == 403
    assert program(scopes=["companies:read"]).get(WORKLIST).status_code == 403
    assert program().get(f"{WORKLIST}?fact=investors").status_code == 400


def test_how_far_scores_are_behind_is_read_once_in_a_while(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ruleset()
    rescore([company(5).pk], at=timezone.now())
    first = freshness.lately()
    Company.objects.update(employees_low=50, employees_high=50)

    with django_assert_num_queries(0):
        assert freshness.lately() is first
    freshness.forget()
    assert freshness.lately().waiting == 1


@pytest.mark.parametrize("what", ["companies", "contacts", "scores"])
def test_lists_say_how_old_their_scores_are(what: str) -> None:
    rules = ruleset()
    rescore([company(5).pk], at=timezone.now())
    Company.objects.update(employees_low=50, employees_high=50)

    answer = program().get(f"/api/v1/{what}/")

    assert (answer["Scores-Waiting"], answer["Scores-Ruleset"]) == ("1", str(rules.number))
    assert answer["Scores-As-Of"].endswith("Z")
    assert int(answer["Scores-Lag"]) >= 0


def test_a_moment_that_no_database_knows_is_refused() -> None:
    answer = program().get("/api/v1/contacts/", {"changed_since": "2026-01-01T00:00:00-19:42"})

    assert answer.status_code in (200, 400)
