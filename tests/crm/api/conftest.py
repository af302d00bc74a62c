"""What every test of the API has in common."""

from math import inf
from uuid import uuid4

import pytest
from django.utils import timezone

from crm.api import authentication, counting, freshness
from crm.api.counting import Counts, counts
from crm.scoring.freshness import Freshness


@pytest.fixture(autouse=True)
def calls_of_this_test_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are counted for each test by itself: a user of another test may have had the same id."""
    test, two_minutes = uuid4(), Counts.two_minutes

    def here(counts: Counts, name: str, minute: int, *, add: bool) -> tuple[int, int]:
        return two_minutes(counts, f"{test}:{name}", minute, add=add)

    monkeypatch.setattr(Counts, "two_minutes", here)
    monkeypatch.setattr(counting, "PATIENCE", 10)
    counts.forget()
    authentication.known.forget()


@pytest.fixture(autouse=True)
def scores_are_known_to_be_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lists say of the age of scores was read a moment ago, and is not among the queries that are counted."""
    at = timezone.now()
    fresh = Freshness(
        at=at, as_of=at, ruleset=1, waiting=0, failing=0, failure="", rate=None, eta_seconds=None, reason=None,
        rollout=None, worker_at=at, broker_down=False, broker_since=None, audit_wrong=0,
    )  # fmt: skip
    monkeypatch.setattr(freshness, "remembered", freshness.Remembered(fresh, until=inf))
