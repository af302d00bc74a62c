"""Whoever reads on through the list of fit changes gets each of them once, whenever it is committed."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from rest_framework.test import APIClient

from crm.models import Company, FitChange
from crm.overrides import set_by_hand
from crm.scoring.drain import rescore, rescore_all
from tests.crm.scoring.test_interleavings import other_session
from tests.crm.webhooks.subscriptions import administrator
from tests.factories import company, invested, now, ruleset

from .calling import program

pytestmark = pytest.mark.django_db(transaction=True)

CHANGES = "/api/v1/fit-changes/"


@pytest.fixture
def api() -> APIClient:
    ruleset()
    return program()


def scored(*accounts: Company) -> None:
    rescore([each.pk for each in accounts], at=now())


def page(api: APIClient, address: str = CHANGES, **query: Any) -> dict[str, Any]:
    answer = api.get(address, query)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def read_on(api: APIClient, address: str = CHANGES, **query: Any) -> tuple[list[int], str]:
    """The ids of all that is there from an address on, and where to read on later."""
    found = page(api, address, **query)
    ids = [row["id"] for row in found["results"]]
    while found["next"]:
        assert found["resume"] == found["next"]
        found = page(api, found["next"])
        ids += [row["id"] for row in found["results"]]
    return ids, found["resume"]


def all_ids() -> list[int]:
    return list(FitChange.objects.order_by("pk").values_list("pk", flat=True))


def test_after_the_last_page_a_reader_goes_on_where_they_stopped(api: APIClient) -> None:
    nothing, resume = read_on(api)
    assert nothing == []
    scored(*[company(20) for _ in range(5)])

    first, resume = read_on(api, resume, page_size=2)
    nothing, resume = read_on(api, resume)
    account = company(3)
    scored(account)
    second, resume = read_on(api, resume)

    assert (len(first), nothing, len(second)) == (5, [], 1)
    assert first + second == all_ids()
    assert read_on(api, resume)[0] == []


def test_a_reader_of_few_changes_keeps_what_they_asked_for(api: APIClient) -> None:
    account, other = invested(company(20), "Accel"), company(3)
    scored(account, other)
    mine, resume = read_on(api, company=account.pk, fields="id")
    Company.objects.filter(pk__in=[account.pk, other.pk]).update(employees_low=900, employees_high=900)
    scored(account, other)

    more, _ = read_on(api, resume)

    assert mine + more == list(FitChange.objects.filter(company=account).order_by("pk").values_list("pk", flat=True))


def test_there_is_somewhere_to_read_on_only_in_the_order_of_ids(api: APIClient) -> None:
    scored(company(20))

    assert page(api, ordering="-id")["resume"] is None
    assert page(api, ordering="at")["resume"] is None
    back = page(api, page(api, ordering="id", page_size=1)["resume"])
    assert (back["results"], back["next"]) == ([], None)


def test_walking_back_ends_with_a_place_to_read_on_from(api: APIClient) -> None:
    scored(*[company(20) for _ in range(3)])
    second = page(api, page(api, page_size=1)["next"])
    first = page(api, second["previous"])

    assert [row["id"] for row in first["results"]] == all_ids()[:1]
    assert read_on(api, first["resume"])[0] == all_ids()[1:]


@pytest.mark.skipif(not settings.POSTGRESQL, reason="SQLite has one writer at a time")
def test_a_change_that_is_committed_after_a_later_one_is_read_once_as_well(api: APIClient) -> None:
    account = company(20)
    scored(account)
    seen, resume = read_on(api)
    copy = (
        "INSERT INTO crm_fitchange (company_id, at, cause, ruleset_after, cells_after, status_after)"
        " SELECT company_id, at, cause, ruleset_after, cells_after, status_after FROM crm_fitchange WHERE id = %s"
        " RETURNING id"
    )
    with other_session() as slow:
        lower = slow.execute(copy, seen).fetchone()[0]
        scored(company(20))
        higher = all_ids()[-1]
        assert lower < higher

        early, resume = read_on(api, resume)
        slow.commit()
        late, resume = read_on(api, resume)

    assert early == []
    assert late == [lower, higher]
    assert read_on(api, resume)[0] == []


def test_what_was_set_by_hand_is_a_change_of_the_segment_that_counts(api: APIClient) -> None:
    account = invested(company(20), "Accel")
    rescore_all(at=now())
    _, resume = read_on(api)
    day = now().date() + timedelta(days=30)
    with transaction.atomic():
        set_by_hand(account, "early", reason="Named", expires_on=day, by=administrator(), at=now())
    scored(account)

    (change,) = page(api, resume)["results"]

    assert (change["kind"], change["cause"]) == ("segment", "override")
    assert change["before"]["effective_segment"] == change["before"]["segment"] == change["after"]["segment"]
    assert change["after"]["effective_segment"] == "early"
    assert change["said"] == ["The segment was set by hand, or that ended"]
    for query, found in (
        ({"segment_after": "early"}, 1),
        ({"segment_before": "early"}, 0),
        ({"kind": "segment", "cause": "override"}, 1),
        ({"kind": "fit,band", "cause": "override"}, 0),
    ):
        assert len(page(api, **query)["results"]) == found, query
