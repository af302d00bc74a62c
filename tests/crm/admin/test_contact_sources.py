"""What people change of a contact is their word, and the page says whose word each fact is."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from crm.models import Company, Contact, ContactExternalId, ContactSource
from tests.crm.admin.test_company import submitted, text_of
from tests.factories import company, contact, member, now, ruleset

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep(client: Client) -> User:
    ruleset()
    user = member("rep", "Sales", first_name="Robin")
    client.force_login(user)
    return user


@pytest.fixture
def ada(rep: User) -> Contact:
    return contact(company(owner=rep), name="Ada", city="Rome")


def page_of(row: Contact | Company) -> str:
    return reverse(f"admin:crm_{row._meta.model_name}_change", args=[row.pk])


def save(client: Client, ada: Contact, **said: Any) -> None:
    data = {
        "name": ada.name, "company": ada.company_id or "", "city": ada.city or "",
        "employments-TOTAL_FORMS": 0, "employments-INITIAL_FORMS": 0,
        "external_ids-TOTAL_FORMS": 0, "external_ids-INITIAL_FORMS": 0,
    }  # fmt: skip
    response: Any = client.post(page_of(ada), data | said)
    assert response.status_code == 302, response.context["errors"]


def sources(row: Contact) -> dict[str, tuple[str, date | None, User | None]]:
    return {each.fact: (each.source, each.observed_on, each.person) for each in row.sources.select_related("person")}


def test_what_the_form_changes_is_the_word_of_whoever_saved_it(client: Client, ada: Contact, rep: User) -> None:
    save(client, ada, followers="7")

    assert sources(ada) == {"followers": ("entered by hand", now().date(), rep)}


def test_what_the_form_empties_is_nobodys_word_any_more(client: Client, ada: Contact, rep: User) -> None:
    ContactSource.objects.create(contact=ada, fact="city", source="entered by hand", person=rep)

    save(client, ada, city="")

    assert sources(ada) == {}


def test_a_decision_is_the_word_of_whoever_took_it(client: Client, ada: Contact, rep: User) -> None:
    champion = reverse("admin:crm_contact_champion", args=[ada.pk])

    client.post(champion, {"champion": "yes", "was": ""})
    assert sources(ada) == {"is_champion": ("entered by hand", now().date(), rep)}

    client.post(champion, {"champion": "", "was": "yes"})
    assert sources(ada) == {}


def test_a_move_is_the_word_of_whoever_wrote_it_down_as_of_its_day(client: Client, ada: Contact, rep: User) -> None:
    there = company(owner=rep)
    move = reverse("admin:crm_contact_move", args=[ada.pk])

    client.post(move, {"was": ada.company_id, "company": there.pk, "on": "2026-01-31", "title": "CTO"})

    assert sources(ada) == dict.fromkeys(("company", "title"), ("entered by hand", date(2026, 1, 31), rep))


def test_a_row_on_the_page_of_the_company_is_the_word_of_whoever_saved_it(
    client: Client, ada: Contact, rep: User
) -> None:
    address = page_of(ada.company)  # type: ignore[arg-type]
    rows = {
        "contacts-TOTAL_FORMS": "2", "contacts-0-email": "ada@x.com", "contacts-0-consent": "given",
        "contacts-1-name": "Bob", "contacts-1-is_founder": "unknown", "contacts-1-company": ada.company_id,
    }  # fmt: skip

    client.post(address, submitted(client, address) | rows)

    mine = ("entered by hand", now().date(), rep)
    assert sources(ada) == {"consent": mine}
    assert sources(Contact.objects.get(name="Bob")) == {"name": mine, "company": mine}


def test_the_page_says_whose_word_it_is_and_how_to_leave_it_to_programs(
    client: Client, ada: Contact, rep: User
) -> None:
    assert "Nobody has said yet where this comes from." in text_of(client, page_of(ada))
    ContactSource.objects.create(contact=ada, fact="city", source="a scan", observed_on=date(2026, 1, 31))
    ContactSource.objects.create(
        contact=ada, fact="linkedin_url", source="entered by hand", observed_on=date(2026, 2, 1), person=rep
    )

    said = text_of(client, page_of(ada))

    assert "City From a scan observed on 31 Jan 2026" in said
    assert "Entered by Robin on 1 Feb 2026" in said
    assert "empty a field and save to leave it to them again" in said


def test_what_other_systems_call_somebody_is_entered_on_their_page(client: Client, ada: Contact, rep: User) -> None:
    save(client, ada, **{
        "external_ids-TOTAL_FORMS": 1, "external_ids-0-contact": ada.pk,
        "external_ids-0-system": "hubspot", "external_ids-0-value": "7",
    })  # fmt: skip

    assert [str(each) for each in ada.external_ids.all()] == ["hubspot:7"]
    assert ContactExternalId.history.get().history_user == rep
    assert "external id “7”" in text_of(client, reverse("admin:crm_contact_history", args=[ada.pk]))
