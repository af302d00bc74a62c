"""Points for people in a real browser: a criterion about a person by keyboard, the list, and the receipt."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from crm.models import Contact, ContactFit
from crm.scoring.drain import rescore_all
from personas.management.commands import load_preset
from personas.models import Criterion, Profile
from tests.factories import company, contact, invested, now

from .test_admin import NARROW, WIDE_DARK, browsing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MANY = 60


@pytest.fixture
def admin(client: Client) -> User:
    user = User.objects.create_superuser("ann", first_name="Ann")
    client.force_login(user)
    return user


def fits(page: Page, width: int) -> None:
    """Nothing is wider than the window."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize(("width", "theme"), NARROW)
def test_a_criterion_about_a_person_is_made_by_keyboard(
    live_server: LiveServer, client: Client, width: int, theme: str
) -> None:
    load_preset.Command().handle(replace=False)
    segment = Profile.objects.get(key="high-growth-startup")

    with browsing(live_server, client, width=width, theme=theme) as (page, wrong):
        # A profile of people is a choice of its own, and stays one.
        page.goto(live_server.url + reverse("admin:personas_profile_changelist"), wait_until="networkidle")
        page.get_by_role("link", name="New profile of people").press("Enter")
        expect(page.get_by_role("link", name="People")).to_have_attribute("aria-current", "true")
        fits(page, width)
        expect(page.get_by_label("Rank")).to_have_count(0)
        page.get_by_label("Name").fill("Whom to thank")
        page.get_by_role("button", name="Save in the draft").press("Enter")
        expect(page.get_by_text("Points for people")).to_be_visible()
        expect(page.get_by_text("People are not counted here")).to_be_visible()

        # The facts of the person come first, then those of their company.
        page.get_by_role("link", name="Add to Must all hold").press("Enter")
        fact = page.get_by_role("combobox", name="Fact")
        fact.focus()
        fact.press("ArrowDown")
        groups = page.locator(".icp-pick__group")
        expect(groups).to_have_text(["The person", "Their company"])
        expect(page.get_by_role("option").first).to_contain_text("Personas of the contact")
        fact.fill("speaks")
        expect(page.get_by_role("option", selected=True)).to_contain_text("Speaks for us")
        fact.press("Enter")
        page.get_by_label("Name", exact=True).fill("A champion")
        expect(page.get_by_text("Speaks for us is yes")).to_be_visible()
        fits(page, width)
        page.get_by_role("button", name="Save in the draft").press("Enter")
        expect(page.get_by_role("link", name="A champion", exact=True)).to_be_visible()

        # What a segment wants is ticked.
        page.goto(live_server.url + reverse("admin:personas_head", args=[segment.pk]), wait_until="networkidle")
        wanted = page.get_by_role("group", name="Wanted personas")
        expect(wanted.get_by_label("Sam Software")).to_be_checked()
        wanted.get_by_label("Data team").press("Space")
        page.get_by_role("button", name="Save in the draft").press("Enter")
        expect(page.get_by_text("Sam Software, Pam Product, Data team")).to_be_visible()

    assert wrong == []
    assert Profile.objects.get(name="Whom to thank").of_people
    assert Criterion.objects.get(label="A champion").condition == {"fact": "contact_is_champion", "is": True}


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize(("width", "theme"), WIDE_DARK)
def test_from_the_list_to_the_receipt_of_who_comes_first(
    live_server: LiveServer, client: Client, width: int, theme: str
) -> None:
    load_preset.Command().handle(replace=False)
    rocket = invested(company(80, name="Rocket", domain="rocket.example"), "Accel")
    contact(rocket, name="Ada", persona="sam-software", email="ada@rocket.example", is_champion=True)
    contact(rocket, name="Ben", persona="designer")
    contact(rocket, name="Cleo", persona="sam-software", consent="refused")
    for number in range(MANY):
        contact(company(3), name=f"Person {number}")
    rescore_all(at=now())

    with browsing(live_server, client, width=width, theme=theme) as (page, wrong):
        page.goto(live_server.url + reverse("admin:crm_contact_changelist"), wait_until="networkidle")
        rows = page.locator("#result_list tbody tr")
        expect(rows).to_have_count(50)
        fits(page, width)
        for place, (name, said) in enumerate([("Ada", "75–90 of 100"), ("Ben", "15–"), ("Cleo", "Ruled out")]):
            expect(rows.nth(place)).to_contain_text(name)
            expect(rows.nth(place)).to_contain_text(said)
        expect(rows.first).to_contain_text("Champion")
        expect(rows.first).to_contain_text("decided by a person")

        page.goto(live_server.url + reverse("admin:crm_contact_changelist") + "?certainty=out&consent=refused")
        expect(rows).to_have_count(1)
        page.get_by_role("link", name="Leave out: certainty Ruled out").press("Enter")
        expect(rows).to_have_count(1)

        page.goto(live_server.url + reverse("admin:index"), wait_until="networkidle")
        fits(page, width)
        page.get_by_role("link", name="Ada").press("Enter")
        receipt = page.get_by_role("region", name="Whom to write to first")
        expect(receipt).to_contain_text("Number 1 of 2 with points at Rocket.")
        expect(receipt).to_contain_text("A product engineer")
        expect(receipt).to_contain_text("Worth asking")
        fits(page, width)

        page.goto(live_server.url + reverse("admin:crm_company_change", args=[rocket.pk]), wait_until="networkidle")
        expect(page.get_by_text("Write to first: Ada, Sam Software")).to_be_visible()
        fits(page, width)

    assert wrong == []
    assert ContactFit.objects.count() == Contact.objects.count()
