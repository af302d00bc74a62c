"""The list of contacts: whom to write to first, what narrows the list, and the table it becomes."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm.models import Activity, Company, Contact, ContactFit, Fit
from tests.factories import company, contact, member, now, ruleset

from .test_company_list import PERSONAS, said, titled

LIST = "/admin/crm/contact/"
LIST_QUERIES = 6

pytestmark = pytest.mark.django_db

WRITERS = PERSONAS | {
    "personas": [each | {"buying_roles": ["user"]} for each in PERSONAS["personas"]],  # type: ignore[attr-defined]
    "profiles": [
        *PERSONAS["profiles"],  # type: ignore[misc]
        {
            "key": "writers",
            "name": "Whom to write to",
            "subject": "contact",
            "maximum": 50,
            "components": [
                {
                    "key": "who",
                    "rows": [{"key": "sam", "when": {"fact": "contact_persona", "any_of": ["sam"]}, "points": 30}],
                }
            ],
        },
    ],
}


@pytest.fixture
def people() -> None:
    """Somebody of every kind of match."""
    ruleset(PERSONAS)
    account = company(name="Rocket")
    for name, personas in (("Sure", ["sam"]), ("Unsure", ["pam", "sam"]), ("Other", [])):
        person = contact(account, name=name)
        Contact.objects.filter(pk=person.pk).update(title=titled(f"Title of {name}", *personas))
    contact(account, name="Decided", persona="sam")
    contact(account, name="Untitled")


def placed(account: Company, place_of_rank: int, *, status: str = "settled", segment: str = "growth") -> Company:
    """The account, in a segment of this rank."""
    Fit.objects.filter(pk=account.pk).update(
        segment=segment,
        effective_segment=segment,
        segment_status=status,
        effective_status=status,
        segment_rank=place_of_rank,
        low=0,
        high=0,
    )
    return account


def scored(person: Contact, low: int, high: int | None = None, **columns: Any) -> Contact:
    """The contact with these points, the greater the nearer to the top of their account."""
    given = {"profile": "writers", "status": "exact", "verdict": "yes", "ruleset": 1, "cells": "", "place": 100 - low}
    ContactFit.objects.create(
        contact=person,
        company_id=person.company_id or 0,
        low=low * 100,
        high=(low if high is None else high) * 100,
        **given | columns,
    )
    return person


@pytest.fixture
def ranked() -> None:
    """Two accounts with people of different points, and people without any."""
    ruleset(WRITERS)
    first = placed(company(name="First"), 1)
    second = placed(company(name="Second"), 2, segment="early")
    scored(contact(second, name="Best of second", persona="sam", is_champion=True), 40)
    scored(contact(first, name="Next of first", roles="none"), 5, 35, band="next")
    scored(contact(first, name="Best of first", persona="sam"), 20)
    scored(contact(first, name="Refused", consent="refused"), 0, place=900, profile=None, status="disqualified")
    contact(None, name="Adrift")
    contact(second, name="Waiting")


def names(client: Client, query: str = "") -> list[str]:
    """The contacts that the list shows, in its order."""
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200, response
    return [each.name for each in response.context["cl"].result_list]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Decided", "Other", "Sure", "Unsure", "Untitled"]),
        ("o=-1", ["Untitled", "Unsure", "Sure", "Other", "Decided"]),
        ("persona=sam", ["Decided", "Sure", "Unsure"]),
        ("persona=pam", ["Unsure"]),
        ("match=match", ["Sure"]),
        ("match=ambiguous", ["Unsure"]),
        ("match=none", ["Other"]),
        ("match=decided", ["Decided"]),
        ("match=untitled", ["Decided", "Untitled"]),
        ("match=nonsense", []),
        ("persona=%00", []),
    ],
)
def test_the_list_of_people_narrows(admin_client: Client, query: str, found: list[str]) -> None:
    assert names(admin_client, query) == found


@pytest.mark.usefixtures("people")
def test_without_rules_for_people_the_list_says_so_and_goes_by_name(admin_client: Client) -> None:
    words = said(admin_client.get(LIST))

    assert "The rules have no profile of people, so contacts have no points and stand by name." in words
    assert "Say whom to write to first" in words


@pytest.mark.usefixtures("ranked")
def test_the_best_contact_of_the_best_account_comes_first_and_those_without_points_last(admin_client: Client) -> None:
    first, second = ["Best of first", "Next of first", "Refused"], ["Best of second"]

    assert names(admin_client) == [*first, *second, "Adrift", "Waiting"]
    assert names(admin_client, "o=1") == sorted([*first, *second, "Adrift", "Waiting"])
    assert names(admin_client, "o=-3") == [*second, *reversed(first), "Adrift", "Waiting"]


@pytest.mark.usefixtures("ranked")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("segment=growth", ["Best of first", "Next of first", "Refused"]),
        ("points_from=10", ["Best of first", "Best of second"]),
        ("points_from=10&points_to=30", ["Best of first"]),
        ("points_from=many", []),
        ("certainty=certain", ["Best of first", "Best of second"]),
        ("certainty=open", ["Next of first"]),
        ("certainty=out", ["Refused"]),
        ("certainty=none", ["Adrift", "Waiting"]),
        ("role=user", ["Best of first", "Best of second"]),
        ("role=decision_maker", []),
        ("role=nobody", []),
        ("champion=yes", ["Best of second"]),
        ("champion=no", []),
        ("consent=refused", ["Refused"]),
        ("consent=unknown", ["Best of first", "Next of first", "Best of second", "Adrift", "Waiting"]),
        ("whose=me", []),
        ("whose=nobody", ["Best of first", "Next of first", "Refused", "Best of second", "Adrift", "Waiting"]),
        ("q=first", ["Best of first", "Next of first", "Refused"]),
        ("title__id__exact=abc", []),
    ],
)
def test_narrowed_it_keeps_its_order(admin_client: Client, query: str, found: list[str]) -> None:
    assert names(admin_client, query) == found


@pytest.mark.usefixtures("ranked")
def test_a_page_goes_on_where_the_one_before_ended(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.admin.contact.ContactAdmin.list_per_page", 2)
    pages = [names(admin_client, f"p={number}") for number in (1, 2, 3)]

    assert pages == [["Best of first", "Next of first"], ["Refused", "Best of second"], ["Adrift", "Waiting"]]


@pytest.mark.usefixtures("ranked")
def test_each_row_says_how_many_points_or_why_there_are_none(admin_client: Client) -> None:
    words = said(admin_client.get(LIST))

    assert "20 of 50" in words
    assert "5–35 of 50 5 of 50 points are certain, up to 35 are possible Band: next" in words
    assert "Do not contact" in words
    assert "Ruled out" in words
    assert "no company, so no points" in words
    assert "not scored yet" in words
    assert "Champion" in words
    assert "No buying role back_hand decided by a person" in words


def test_a_title_narrows_by_its_words(admin_client: Client) -> None:
    ruleset(WRITERS)
    person = contact(company(), "Growth Engineer", name="Kim")
    contact(company(), "Plumber")

    found = admin_client.get(f"{LIST}choices/title/?term=growth").json()["results"]
    response = admin_client.get(f"{LIST}?title__id__exact={person.title_id}")

    assert found == [{"id": str(person.title_id), "text": "Growth Engineer"}]
    assert [each.name for each in response.context["cl"].result_list] == ["Kim"]
    assert "Job title: Growth Engineer" in said(response)


def test_a_rep_sees_the_people_of_their_accounts_in_the_same_order(client: Client) -> None:
    ruleset(WRITERS)
    rep, other = member("rep", "Sales"), User.objects.create_user("other")
    for name, owner in (("Mine", rep), ("Theirs", other)):
        scored(contact(placed(company(name=name, owner=owner), 1), name=f"{name} low"), 1)
        scored(contact(company(name=f"{name} too", owner=owner), name=f"{name} high"), 50)
    client.force_login(rep)

    assert names(client) == ["Mine low", "Mine high"]
    assert names(client, "whose=me") == ["Mine low", "Mine high"]


@pytest.mark.parametrize("query", ["", "o=1", "persona=sam&certainty=certain&segment=growth&role=user"])
def test_the_list_of_people_takes_the_same_queries_for_any_number(
    admin_client: Client, django_assert_num_queries: DjangoAssertNumQueries, query: str
) -> None:
    ruleset(WRITERS)
    for number in range(60):
        account = placed(company(), 1)
        Activity.objects.create(company=account, contact=scored(contact(account, persona="sam"), number), kind="note")
    admin_client.get(LIST)

    with django_assert_num_queries(LIST_QUERIES):
        response = admin_client.get(f"{LIST}?{query}")

    assert len(response.context["cl"].result_list) == 50


@pytest.mark.usefixtures("ranked")
def test_the_list_becomes_a_table_in_the_same_order(admin_client: Client) -> None:
    best = Contact.objects.get(name="Best of second")
    Contact.objects.filter(pk=best.pk).update(name="=cmd", email="best@second.example")
    Activity.objects.create(
        company=Company.objects.get(name="Second"), contact=best, kind="call", summary="Hello", happened_at=now()
    )
    boxes = {ACTION_CHECKBOX_NAME: list(Contact.objects.values_list("pk", flat=True)), "action": "export"}

    asked = admin_client.post(f"{LIST}?segment=early", boxes)
    response: Any = admin_client.post(f"{LIST}?segment=early", boxes | {"confirmed": "1"})

    assert "2 contacts will be exported" in said(asked)
    rows = list(csv.DictReader(StringIO(b"".join(response.streaming_content).decode())))
    assert [row["name"] for row in rows] == ["'=cmd", "Waiting"]
    assert rows[0] | {
        "points_low": "40", "points_high": "40", "profile": "writers", "points_are": "certain", "champion": "yes",
        "persona": "sam", "persona_is": "decided", "buying_roles": "user", "segment": "early", "last_activity": "call",
    } == rows[0]  # fmt: skip
    assert (rows[1]["points_low"], rows[1]["points_are"], rows[1]["consent"]) == ("", "not scored yet", "unknown")
