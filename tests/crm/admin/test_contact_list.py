"""The list of contacts: its order, and what narrows it."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm.models import Contact
from tests.factories import company, contact, ruleset

from .test_company_list import PERSONAS, titled

LIST = "/admin/crm/contact/"
LIST_QUERIES = 6

pytestmark = pytest.mark.django_db


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
    response = admin_client.get(f"{LIST}?{query}")

    assert [each.name for each in response.context["cl"].result_list] == found


@pytest.mark.usefixtures("people")
def test_the_list_of_people_takes_the_same_queries_for_any_number(
    admin_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        contact(company(), "Engineer")
    admin_client.get(LIST)

    with django_assert_num_queries(LIST_QUERIES):
        admin_client.get(LIST)
