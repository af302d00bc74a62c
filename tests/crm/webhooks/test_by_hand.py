"""A segment that people set by hand is told when it begins to count, and when it ends."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import Company, FitChange, Override
from crm.overrides import end, set_by_hand
from crm.scoring.drain import drain
from tests.factories import company, invested, now, ruleset

from .subscriptions import administrator, subscription, told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account() -> Company:
    """In the segment growth, as the rules say."""
    ruleset()
    account = invested(company(20), "Accel")
    drained()
    return account


def drained(days: int = 0) -> None:
    drain(lane=0, lanes=1, at=now() + timedelta(days=days), until=lambda: False)


def by_hand(account: Company, segment: str | None) -> Override:
    day = now().date() + timedelta(days=30)
    return set_by_hand(account, segment, reason="Named", expires_on=day, by=administrator(), at=timezone.now())


def moves() -> list[tuple[str, str, str | None, str | None]]:
    return [
        (
            said["type"],
            said["data"]["cause"],
            said["data"]["before"]["effective_segment"],
            said["data"]["after"]["effective_segment"],
        )
        for said in told()
    ]


def test_a_segment_set_by_hand_is_told_when_it_begins_and_when_it_is_ended(account: Company) -> None:
    hook = subscription("company.segment_changed")
    override = by_hand(account, "early")
    drained()
    assert moves() == [("company.segment_changed", "override", "growth", "early")]

    end(override, at=timezone.now())
    drained()

    assert moves()[1:] == [("company.segment_changed", "override", "early", "growth")]
    (first, last) = FitChange.objects.filter(cause="override").order_by("pk")
    assert (first.segment_before, first.segment_after) == (last.segment_before, last.segment_after) == ("growth",) * 2
    assert [first.kind, last.kind] == ["segment"] * 2
    assert hook.deliveries.count() == 2


def test_a_segment_set_by_hand_is_told_when_it_has_expired(account: Company) -> None:
    by_hand(account, None)
    drained()
    subscription("company.segment_changed")

    drained(days=31)

    assert moves() == [("company.segment_changed", "override", None, "growth")]


def test_a_segment_set_by_hand_as_the_rules_have_it_anyway_is_told_to_nobody(account: Company) -> None:
    subscription()
    override = by_hand(account, "growth")
    drained()
    end(override, at=timezone.now())
    drained()

    assert moves() == []


def test_what_the_rules_find_meanwhile_is_told_beside_what_counts(account: Company) -> None:
    by_hand(account, "early")
    drained()
    subscription()

    Company.objects.filter(pk=account.pk).update(employees_low=900, employees_high=900)
    drained()

    assert moves() == [("company.segment_changed", "facts", "early", "early")]


@pytest.mark.parametrize(
    ("filters", "heard"),
    [
        ({"segment_after": ["early"], "settled": True}, True),
        ({"segment_before": ["growth"]}, True),
        ({"segment_after": ["growth"]}, False),
        ({"segment_before": ["none"]}, False),
    ],
)
def test_filters_look_at_the_segment_that_counts(account: Company, filters: dict[str, Any], heard: bool) -> None:
    subscription("company.segment_changed", filters=filters)

    by_hand(account, "early")
    drained()

    assert bool(told()) is heard
