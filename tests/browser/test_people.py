"""People in a real browser: a move that both accounts tell of, and roles and a champion decided by keyboard."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from crm.job_titles import match_titles
from crm.models import Activity, Contact, ContactMove, Employer
from crm.roles import grant
from crm.scoring.drain import rescore_all
from personas.management.commands import load_preset
from personas.publishing import active_ruleset
from tests.factories import company, contact, member, now, worked

from .test_admin import WIDE, browsing
from .test_working import fits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rep(client: Client) -> User:
    """Somebody of sales, who is signed in; emptying the database took the permissions, so they are given anew."""
    user = member("rep", "Sales", "North", first_name="Robin")
    grant(Group.objects.all(), Permission.objects.all())
    client.force_login(user)
    return user


@pytest.mark.parametrize(("width", "theme"), WIDE)
def test_somebody_moves_and_is_known_for_who_they_are(
    live_server: LiveServer, client: Client, rep: User, width: int, theme: str
) -> None:
    load_preset.Command().handle(replace=False)
    old, other = company(120, name="Old Ltd", owner=rep), company(60, name="Other Ltd", owner=rep)
    company(name="Rocket", domain="rocket.example", owner=rep)
    ada = contact(old, "Product Engineer", name="Ada Lovelace", is_champion=True)
    worked(ada, "rocket.example")
    worked(ada, "Old Ltd", kind="day_job", company=other)
    Activity.objects.create(company=old, contact=ada, kind="call", summary="Spoke about size")
    match_titles(active_ruleset().document())
    rescore_all(at=now())
    pages = {each.name: live_server.url + reverse("admin:crm_company_change", args=[each.pk]) for each in (old, other)}
    person = live_server.url + reverse("admin:crm_contact_change", args=[ada.pk])

    with browsing(live_server, client, width=width, theme=theme) as (page, wrong):
        # Her roles, by keyboard.
        page.goto(person, wait_until="networkidle")
        fits(page, width)
        for role in ("Initiator", "Influencer"):
            box = page.get_by_role("checkbox", name=role)
            if box.is_checked():
                box.press("Space")
        page.get_by_role("checkbox", name="Decision maker").check()
        page.get_by_role("button", name="Save roles").press("Enter")
        expect(page.get_by_text("decided by Robin on").first).to_be_visible()
        page.get_by_role("button", name="As the persona says").press("Enter")
        expect(page.get_by_text("as the persona says", exact=True)).to_be_visible()

        # A former employer is a company of ours.
        page.get_by_role("button", name="This is Rocket (rocket.example)").click()
        expect(page.get_by_role("link", name="Rocket", exact=True)).to_be_visible()

        # She moves.
        page.get_by_role("link", name="Moved to another company").click()
        fits(page, width)
        page.locator("#move-company + .select2 .select2-selection").press("Enter")
        page.keyboard.type("Other")
        page.get_by_role("option", name="Other Ltd").click()
        page.get_by_label("New job title").fill("Staff Engineer")
        page.get_by_role("button", name="Save the move").press("Enter")
        expect(page.get_by_text("Ada Lovelace is at Other Ltd now.")).to_be_visible()
        expect(page.get_by_text("at Old Ltd", exact=True)).to_be_visible()
        fits(page, width)

        # Both accounts tell of it.
        page.goto(pages["Old Ltd"], wait_until="networkidle")
        fits(page, width)
        expect(page.get_by_text("Ada Lovelace left for Other Ltd")).to_be_visible()
        expect(page.get_by_text("Was a champion here")).to_be_visible()
        page.goto(pages["Other Ltd"], wait_until="networkidle")
        fits(page, width)
        expect(page.get_by_text("Ada Lovelace joined from Old Ltd")).to_be_visible()

        # Whether she is a champion there is said in one click, and the page stays where it is.
        answers = page.get_by_role("group", name="Is Ada Lovelace a champion?")
        answers.get_by_role("button", name="Yes").press("Enter")
        expect(answers.get_by_role("button", name="Yes")).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".icp-people__said")).to_have_text("Ada Lovelace is a champion.")

        # It was a slip.
        page.goto(person, wait_until="networkidle")
        page.get_by_role("button", name="That was a slip: take it back").click()
        expect(page.get_by_text("as if the move had not been")).to_be_visible()

    assert wrong == []
    assert not ContactMove.objects.exists()
    row = Contact.objects.select_related("title").get()
    assert (row.company, row.title.text if row.title else "", row.roles, row.is_champion) == (
        old, "Product Engineer", None, True,
    )  # fmt: skip
    assert Employer.objects.get(name="rocket.example").company is not None
