"""The points of people on the pages: the receipt of one, and whom to write to first in an account."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from crm.admin.home import SHOWN
from crm.models import Contact, ContactFit
from crm.scoring.drain import rescore_all
from tests.factories import company, contact, invested, member, now, ruleset

from .test_company_list import PERSONAS, said
from .test_contact_list import WRITERS

pytestmark = pytest.mark.django_db

RULES = WRITERS | {
    "profiles": [
        *PERSONAS["profiles"],  # type: ignore[misc]
        {
            "key": "writers",
            "name": "Whom to write to",
            "subject": "contact",
            "action": "Write to them.",
            "maximum": 50,
            "disqualify": [{"key": "no", "label": "Refused", "when": {"fact": "contact_consent", "is": "refused"}}],
            "components": [
                {
                    "key": "who",
                    "label": "Who they are",
                    "rows": [
                        {
                            "key": "sam",
                            "label": "A Sam",
                            "when": {"fact": "contact_persona", "any_of": ["sam"]},
                            "points": 30,
                        },
                        {
                            "key": "near",
                            "label": "Speaks for us",
                            "when": {"fact": "contact_is_champion", "is": True},
                            "points": 10,
                        },
                        {
                            "key": "size",
                            "label": "At a large company",
                            "when": {"fact": "employees", "at_least": 100},
                            "points": 5,
                        },
                    ],
                }
            ],
            "bands": [{"key": "first", "from": 30}, {"key": "later"}],
        },
    ]
}


def page(client: Client, person: Contact) -> Any:
    return client.get(f"/admin/crm/contact/{person.pk}/change/")


def scored(**columns: Any) -> Contact:
    """Somebody of an account of the best segment, scored."""
    ruleset(RULES)
    account = invested(company(120, name="Rocket"), "Accel")
    person = contact(account, **{"name": "Ada", "persona": "sam"} | columns)
    contact(account, name="Ben", persona="pam")
    rescore_all(at=now())
    return person


def test_the_page_says_each_line_with_value_answer_points_and_what_would_change_it(admin_client: Client) -> None:
    words = said(page(admin_client, scored()))

    assert "Whom to write to Number 1 of 2 with points at Rocket." in words
    assert "35–45 of 50" in words
    assert "Band: first" in words
    assert "A Sam Personas of the contact: sam decided by a person 30 of 30" in words
    assert "At a large company Employees: 120 people 5 of 5" in words
    assert "Speaks for us: unknown subdirectory_arrow_right Learn speaks for us: yes makes it a yes ? of 10" in words
    assert "Speaks for us moves Whom to write to by up to 10 points Say it above" in words
    assert "Lists show the same, up to date as of" in words


def test_the_page_takes_the_same_queries_for_any_number_of_colleagues(
    admin_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = scored()
    page(admin_client, person)
    with CaptureQueriesContext(connection) as few:
        page(admin_client, person)
    for _ in range(20):
        contact(person.company, persona="pam")
    rescore_all(at=now())

    with django_assert_num_queries(len(few)):
        words = said(page(admin_client, person))
    assert "Number 1 of 22 with points at Rocket." in words


def test_a_question_about_the_company_leads_to_its_page(admin_client: Client) -> None:
    ruleset(RULES)
    person = contact(company(name="Rocket"), persona="sam", is_champion=True, consent="given")
    rescore_all(at=now())
    card = page(admin_client, person).context["contact_card"]

    assert [(each.ask.fact, each.hint, each.address) for each in card.questions] == [
        ("employees", "A fact of Rocket", f"/admin/crm/company/{person.company_id}/change/"),
    ]


def test_who_refused_has_no_points_and_the_page_says_why(admin_client: Client) -> None:
    words = said(page(admin_client, scored(consent="refused")))

    assert "Ruled out, so no points" in words
    assert "Number" not in words.partition("Whom to write to")[0]


def test_points_that_wait_say_so(admin_client: Client) -> None:
    person = scored()
    Contact.objects.filter(pk=person.pk).update(is_champion=True)
    words = said(page(admin_client, person))

    assert "45 of 50" in words
    assert "Lists show an older result" in words


def test_without_a_company_there_are_no_points(admin_client: Client) -> None:
    ruleset(RULES)

    assert "No company, so no points." in said(page(admin_client, contact(None)))


def test_without_rules_for_people_the_page_is_silent_on_points(admin_client: Client) -> None:
    ruleset(PERSONAS)
    context = page(admin_client, contact(company())).context

    assert "contact_card" not in context
    assert "no_contact_card" not in context


def test_the_account_names_whom_to_write_to_first(admin_client: Client) -> None:
    person = scored()
    words = said(admin_client.get(f"/admin/crm/company/{person.company_id}/change/"))

    assert "Write to first: Ada , Sam Software, 35–45 of 50 points" in words


def test_an_account_where_everybody_refused_names_nobody(admin_client: Client) -> None:
    person = scored(consent="refused")
    ContactFit.objects.exclude(pk=person.pk).delete()

    assert "Write to first" not in said(admin_client.get(f"/admin/crm/company/{person.company_id}/change/"))


def test_who_may_not_see_contacts_is_told_of_none(client: Client) -> None:
    person = scored()
    user = member("half")
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_company", "see_all_companies"], content_type__app_label="crm")
    )
    client.force_login(user)
    response = client.get(f"/admin/crm/company/{person.company_id}/change/")

    assert response.status_code == 200
    assert "Ada" not in response.content.decode()
    assert "Ada" not in client.get("/admin/").content.decode()


def test_the_first_page_names_them_in_as_many_queries_for_any_number_of_accounts(
    admin_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    scored()
    admin_client.get("/admin/")
    with CaptureQueriesContext(connection) as few:
        admin_client.get("/admin/")
    for number in range(SHOWN):
        account = invested(company(120, name=f"Account {number}"), "Accel")
        for _ in range(3):
            contact(account, persona="sam")
    rescore_all(at=now())

    with django_assert_num_queries(len(few)):
        response = admin_client.get("/admin/")
    assert said(response).count(", Sam Software, 35–45 of 50 points") == SHOWN
