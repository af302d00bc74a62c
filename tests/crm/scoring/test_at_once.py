"""Several scorers at once do what one would have done."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from crm.models import Company, Fit, FitChange, Score
from crm.scoring.drain import drain, rescore_all
from crm.scoring.lanes import LANE_LOCK
from tests.factories import company, invested, now, ruleset

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], object]) -> None:
    """Every work has been done, each in a thread with a connection of its own."""

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(run, work) for work in works]:
            done.result()


def test_two_runs_over_new_accounts_leave_one_result_and_one_change_each() -> None:
    ruleset()
    for size in range(40):
        invested(company(size * 10), "Accel")

    at_once(*[lambda: rescore_all(at=now(), batch=7)] * 3)

    assert Fit.objects.count() == 40
    assert FitChange.objects.count() == 40
    assert Score.objects.count() == 80


def test_edits_during_a_run_are_found_by_the_next_one() -> None:
    ruleset()
    for _ in range(30):
        invested(company(20), "Accel")

    at_once(
        lambda: rescore_all(at=now(), batch=3),
        lambda: Company.objects.update(employees_low=5, employees_high=5),
    )
    rescore_all(at=now())

    assert set(Fit.objects.values_list("segment", flat=True)) == {"early"}
    assert rescore_all(at=now()).seen == 0


@pytest.mark.skipif("config.getoption('database') != 'postgres'", reason="SQLite has one writer and no lanes")
def test_a_lane_that_somebody_drains_is_left_to_them() -> None:
    ruleset()
    company(20)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, 0)", [LANE_LOCK])
        at_once(lambda: drain(lane=0, lanes=1, at=now(), until=lambda: False))
        assert not Fit.objects.exclude(cells=None).exists()
        cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [LANE_LOCK])

    drain(lane=0, lanes=1, at=now(), until=lambda: False)

    assert Fit.objects.exclude(cells=None).count() == 1


@pytest.mark.skipif("config.getoption('database') != 'postgres'", reason="SQLite has one writer")
def test_a_company_can_be_deleted_while_it_is_scored() -> None:
    ruleset()
    account = company(20)

    def score_in_between(execute: Callable[..., object], sql: str, *rest: object) -> object:
        done = execute(sql, *rest)
        if sql.startswith('DELETE FROM "crm_score"'):
            at_once(lambda: rescore_all(at=now()))
        return done

    with connection.execute_wrapper(score_in_between):
        account.delete()  # the fit goes first, and what it guards after it

    assert not Company.objects.exists()
    assert not Score.objects.exists()
