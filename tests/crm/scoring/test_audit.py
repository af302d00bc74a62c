"""The audit finds what nobody marked, and has it mended."""

import pytest
from django.db import connection

from crm.models import Audit, Company, Fit, Outbox, Score
from crm.scoring import marks
from crm.scoring.audit import audit
from crm.scoring.drain import drain, rescore_all
from tests.factories import company, invested, now, ruleset, termed

pytestmark = pytest.mark.django_db(transaction=True)


def drained() -> None:
    drain(lane=0, lanes=1, at=now(), until=lambda: False)


def unmarked(statement: str) -> None:
    """The statement is run while nothing marks what it changes."""
    marks.remove()
    with connection.cursor() as cursor:
        cursor.execute(statement)
    marks.replace_triggers()


def test_right_results_are_looked_at_and_left_alone() -> None:
    ruleset()
    for size in (None, 5, 120):
        termed(invested(company(size), "Accel"), "tags", "saas")
    rescore_all(at=now())

    found = audit(now())

    assert (found.looked, found.wrong) == (3, ())
    assert not Fit.objects.exclude(stale_since=None).exists()


def test_a_fact_that_changed_unmarked_is_found_counted_and_mended() -> None:
    ruleset()
    account = company(5)
    rescore_all(at=now())
    unmarked("UPDATE crm_company SET employees_low = 900, employees_high = 900")

    found = audit(now())
    drained()

    assert found.wrong == (account.pk,)
    assert Fit.objects.get(company=account).segment_status == "none"
    assert Audit.objects.get().wrong == 1
    assert audit(now()).wrong == ()


@pytest.mark.parametrize("table", ["crm_fit", "crm_score"])
def test_a_stored_result_that_somebody_changed_is_mended(table: str) -> None:
    ruleset()
    account = invested(company(120), "Accel")
    rescore_all(at=now())
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET low = 0, high = 9900")

    found = audit(now())
    drained()

    assert found.wrong == (account.pk,)
    assert (Fit.objects.get().low, Fit.objects.get().high) == (2000, 2000)
    assert not Score.objects.filter(high=9900).exists()


def test_a_company_without_a_fit_gets_one_and_is_scored() -> None:
    ruleset()
    account = company(5)
    rescore_all(at=now())
    Fit.objects.all().delete()

    assert audit(now()).orphans == 1
    drained()

    assert Fit.objects.get(company=account).segment == "early"


def test_accounts_that_wait_are_no_errors() -> None:
    ruleset()
    company(5)
    rescore_all(at=now())
    Company.objects.update(employees_low=900, employees_high=900)

    assert audit(now()) == audit(now())
    assert audit(now()).looked == 0


def test_before_the_first_publication_there_is_nothing_to_audit() -> None:
    company(5)

    assert audit(now()).looked == 0


def test_what_nobody_fetched_for_a_week_leaves_the_outbox() -> None:
    ruleset()
    company(5)
    rescore_all(at=now())
    assert Outbox.objects.count() == 1
    Outbox.objects.update(at="2020-01-01T00:00:00Z")

    audit(now())

    assert not Outbox.objects.exists()
