"""Whoever reads on from the last id that they have seen passes no row by."""

from typing import Any

import pytest
from django.db import transaction

from crm.models import Outbox
from crm.webhooks.order import settled
from tests.crm.scoring.test_interleavings import only_postgres, other_session
from tests.factories import now

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "INSERT INTO crm_outbox (event, at) VALUES ('ruleset.published', now()) RETURNING id"


def added(session: Any) -> int:
    return int(session.execute(ADD).fetchone()[0])


def event() -> int:
    return Outbox.objects.create(event="ruleset.published", at=now()).pk


def test_what_is_committed_is_settled() -> None:
    assert settled(Outbox) <= event() == settled(Outbox)
    with transaction.atomic():
        assert settled(Outbox) < event() == settled(Outbox)


@only_postgres
def test_ids_above_one_that_is_not_committed_yet_are_not_settled() -> None:
    first = event()
    with other_session() as slow, other_session() as slower:
        lower = added(slow)
        middle = added(slower)
        higher = event()
        added(slow)
        assert first < lower < middle < higher
        assert settled(Outbox) == first

        slow.commit()
        assert settled(Outbox) == lower
        slower.rollback()
        assert settled(Outbox) > higher


@only_postgres
def test_a_part_that_was_taken_back_claims_ids_anew() -> None:
    first = event()
    with other_session() as slow:
        slow.execute("SAVEPOINT part")
        added(slow)
        slow.execute("ROLLBACK TO SAVEPOINT part")
        higher = event()
        assert settled(Outbox) >= higher
        added(slow)
        event()
        assert first < settled(Outbox) == higher


@only_postgres
def test_a_transaction_of_many_statements_holds_one_lock() -> None:
    with other_session() as busy:
        for _ in range(20):
            added(busy)
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        assert busy.execute(locks).fetchone()[0] == 1
