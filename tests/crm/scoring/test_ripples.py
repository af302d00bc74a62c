"""What accounts share is followed to them once it is committed."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction

from crm.admin.stamp import stamp_of
from crm.models import Company, Fit, Investor, Ripple
from crm.scoring import ripples
from crm.scoring.drain import drain, rescore_all
from crm.scoring.due import lanes_with_work
from crm.scoring.freshness import freshness
from crm.scoring.ripples import spread
from tests.factories import company, invested, now, ruleset

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("config.getoption('database') != 'postgres'", reason="on SQLite triggers mark at once"),
]


def elsewhere(work: Any) -> Any:
    """What the work gave, done on a connection of its own."""

    def run() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(30)


def test_a_ripple_counts_as_waiting_until_it_is_followed() -> None:
    ruleset()
    invested(company(120), "Nobody")
    rescore_all(at=now())
    assert not freshness().behind

    Investor.objects.update(name="Accel")
    before = freshness()
    lanes_with_work(now())
    after = freshness()

    assert (before.behind, after.behind) == (True, True)
    assert after.as_of == before.as_of
    assert Fit.objects.get().stale_since == before.as_of


def test_following_marks_those_who_point_there_and_nobody_else() -> None:
    account, _ = invested(company(5), "Nobody"), invested(company(5), "Somebody")
    before = dict(Fit.objects.values_list("pk", "facts_rev"))

    Investor.objects.filter(name="Nobody").update(name="Accel")
    spread()

    after = dict(Fit.objects.values_list("pk", "facts_rev"))
    assert {pk for pk in after if after[pk] > before[pk]} == {account.pk}
    assert not Ripple.objects.exists()


def test_an_account_that_somebody_edits_is_marked_when_they_are_done() -> None:
    ruleset()
    edited, other = invested(company(120), "Nobody"), invested(company(120), "Nobody")
    rescore_all(at=now())
    with transaction.atomic():
        Company.objects.filter(pk=edited.pk).update(country="DE")
        elsewhere(lambda: Investor.objects.update(name="Accel"))
        elsewhere(spread)
        held = list(Ripple.objects.values_list("source", "key"))
        transaction.set_rollback(True)
    assert held == [("crm_company", edited.pk)]
    assert Fit.objects.get(company=other).stale_since is not None

    drain(lane=0, lanes=1, at=now(), until=lambda: False)

    assert set(Fit.objects.values_list("segment", flat=True)) == {"growth"}


def test_a_ripple_that_reaches_many_is_followed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ripples, "ACCOUNTS_AT_ONCE", 2)
    monkeypatch.setattr(ripples, "RIPPLES_AT_ONCE", 2)
    for name in ("One", "Two", "Three"):
        for _ in range(3):
            invested(company(5), name)
    before = dict(Fit.objects.values_list("pk", "facts_rev"))

    for investor in Investor.objects.all():
        Investor.objects.filter(pk=investor.pk).update(name=f"{investor.name} & Co")
    spread()

    after = dict(Fit.objects.values_list("pk", "facts_rev"))
    assert all(after[pk] > before[pk] for pk in before)
    assert not Ripple.objects.exists()


def test_what_is_gone_is_followed_nowhere() -> None:
    account = invested(company(5), "Nobody")
    Investor.objects.update(name="Accel")
    account.delete()

    spread()

    assert not Ripple.objects.exists()


def test_a_segment_that_nobody_works_at_makes_no_ripple() -> None:
    ruleset()
    for _ in range(3):
        company(5)

    rescore_all(at=now())

    assert not Ripple.objects.exists()


def test_no_card_claims_to_be_up_to_date_while_a_ripple_may_concern_it() -> None:
    rules = ruleset()
    account = invested(company(120), "Nobody")
    rescore_all(at=now())
    before = stamp_of(account, rules, freshness()).state

    Investor.objects.update(name="Accel")

    assert (before, stamp_of(account, rules, freshness()).state) == ("up_to_date", "waiting")
