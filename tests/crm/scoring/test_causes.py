"""Why a result changed, in facts."""

from datetime import timedelta
from typing import Any

import pytest

from crm.models import Company, FitChange
from crm.scoring.causes import causes
from crm.scoring.drain import rescore_all
from personas.models import Ruleset
from personas.publishing import publish
from personas.rules.document import from_data
from tests.factories import SEGMENTS, company, invested, now, ruleset

pytestmark = pytest.mark.django_db

PROFILES: Any = SEGMENTS["profiles"]


def last_change(account: Company) -> FitChange:
    change = FitChange.objects.filter(company=account).first()
    assert change is not None
    return change


def said(account: Company) -> tuple[str, ...]:
    """Why the result of the account changed last."""
    change = last_change(account)
    return causes([change])[change.pk].said


def employ(account: Company, employees: int | None) -> None:
    Company.objects.filter(pk=account.pk).update(employees_low=employees, employees_high=employees)
    rescore_all(at=now())


def test_the_first_result_has_no_cause_but_being_the_first() -> None:
    ruleset()
    account = company(16)
    rescore_all(at=now())

    assert said(account) == ("Scored for the first time",)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (3, 120, "Employees went from below 15 to 100–500 people"),
        (120, 3, "Employees went from 100–500 to below 15 people"),
        (None, 20, "Employees went from unknown to 15–99 people"),
        (20, None, "Employees went from 15–99 people to unknown"),
        (20, 501, "Employees went from 15–99 to 501 or more people"),
    ],
)
def test_a_fact_that_moved_says_from_where_to_where(before: int | None, after: int | None, words: str) -> None:
    ruleset()
    account = company(before)
    rescore_all(at=now())

    employ(account, after)

    assert said(account) == (words,)


def test_lists_go_by_their_title() -> None:
    ruleset()
    account = company(20, funding_researched_on=now().date())
    rescore_all(at=now())

    invested(account, "Accel")
    rescore_all(at=now())

    assert said(account) == ("Investors went from empty to on the list “Leading investors”",)


def test_rules_that_changed_are_named_and_facts_cut_otherwise_are_left_out() -> None:
    ruleset()
    account = company(20)
    rescore_all(at=now())

    narrower = PROFILES[1] | {"must": [{"key": "small", "when": {"fact": "employees", "at_least": 18}}]}
    publish(from_data({"format": 1, "profiles": [narrower]}))
    rescore_all(at=now())

    assert said(account) == ("The rules changed from ruleset 1 to 2",)


def test_facts_that_both_rulesets_cut_alike_are_named_beside_the_rules() -> None:
    ruleset()
    account = company(20)
    rescore_all(at=now())

    publish(from_data(SEGMENTS | {"profiles": [PROFILES[0] | {"name": "Other", "maximum": 30}]}))
    Company.objects.filter(pk=account.pk).update(funding_researched_on=now().date())
    rescore_all(at=now())

    assert said(account)[-1] == "The rules changed from ruleset 1 to 2"
    assert "Investors went from unknown to empty" in said(account)


@pytest.mark.parametrize("cells", ["", "x", "999999999999.3.5", "99999999999999"])
def test_cells_that_cannot_be_read_say_so(cells: str) -> None:
    ruleset()
    account = company(20)
    rescore_all(at=now())
    employ(account, 3)
    FitChange.objects.filter(pk=last_change(account).pk).update(cells_before=cells)

    assert said(account) == ("What changed in the facts can no longer be read",)


def test_rules_that_are_gone_say_so() -> None:
    ruleset()
    account = company(20)
    rescore_all(at=now())
    employ(account, 3)
    Ruleset.objects.all().delete()

    assert said(account) == ("The rules of that time are gone",)


def test_time_and_upgrades_are_causes_of_their_own() -> None:
    ruleset()
    account = company(20)
    rescore_all(at=now())
    employ(account, 3)
    change = last_change(account)
    for cause, words in (
        (FitChange.Cause.TIME, "Time has passed"),
        (FitChange.Cause.ENGINE, "The program was upgraded"),
    ):
        change.cause, change.cells_after, change.at = cause, change.cells_before or "", change.at + timedelta(days=1)
        assert causes([change])[change.pk].said == (words,)


def test_many_changes_take_one_query(django_assert_num_queries: object) -> None:
    ruleset()
    for employees in range(5):
        company(employees)
    rescore_all(at=now())
    Company.objects.update(employees_low=20, employees_high=20)
    rescore_all(at=now())

    with django_assert_num_queries(2):  # type: ignore[operator]
        causes(FitChange.objects.all())
