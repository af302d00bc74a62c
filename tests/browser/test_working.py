"""A rep's day in a real browser: home, the quick log, tasks, the timeline, a contact, and the pipeline."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from crm.job_titles import match_titles
from crm.models import Activity, Contact, Deal
from crm.roles import grant
from crm.scoring.drain import rescore_all
from personas.management.commands import load_preset
from personas.publishing import active_ruleset
from tests.factories import company, contact, invested, member, now

from .conftest import AXE
from .test_admin import NARROW, WIDE, browsing
from .test_every_page import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fits(page: Page, width: int) -> None:
    """Nothing is wider than the window."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture
def rep(client: Client) -> User:
    """Somebody of sales, who is signed in; emptying the database took the permissions, so they are given anew."""
    user = member("rep", "Sales", "North", first_name="Robin")
    grant(Group.objects.all(), Permission.objects.all())
    client.force_login(user)
    return user


@pytest.mark.parametrize(("width", "theme"), WIDE)
def test_a_rep_works_an_account(live_server: LiveServer, client: Client, rep: User, width: int, theme: str) -> None:
    load_preset.Command().handle(replace=False)
    account = invested(company((20, 50), name="Rocket", domain="rocket.example", owner=rep), "Accel")
    person = contact(account, "Product Engineer", name="Kim")
    Activity.objects.create(
        company=account, kind="task", summary="Send the guide", assignee=rep, due_on=now().date() - timedelta(days=1)
    )
    Deal.objects.create(company=account, name="First year", opened_on=now().date(), owner=rep)
    match_titles(active_ruleset().document())
    rescore_all(at=now())

    with browsing(live_server, client, width=width, theme=theme) as (page, wrong):
        # The day begins: a task is overdue, and is done by keyboard.
        page.goto(live_server.url + reverse("admin:index"), wait_until="networkidle")
        expect(page.get_by_role("heading", name="Your next best accounts")).to_be_visible()
        fits(page, width)
        expect(page.get_by_text(re.compile(r"Overdue by \d day"))).to_be_visible()
        page.get_by_role("button", name="Done: Send the guide").press("Enter")
        expect(page.get_by_text("Nothing to do.")).to_be_visible()

        # A call in two clicks: choose it, write, press Enter.
        page.goto(live_server.url + reverse("admin:crm_company_change", args=[account.pk]), wait_until="networkidle")
        fits(page, width)
        page.get_by_role("button", name="Call", exact=True).click()
        summary = page.get_by_label("What the call was about")
        expect(summary).to_be_focused()
        summary.fill("Spoke about size")
        summary.press("Enter")
        expect(page.locator("#icp-timeline").get_by_text("Spoke about size")).to_be_visible()
        expect(page.locator("#icp-log-said")).to_have_text("Call saved.")

        # A task, with an error on the way, then checked off and opened again.
        page.get_by_role("button", name="Task", exact=True).click()
        page.get_by_label("What is to be done").press("Enter")
        expect(page.locator("#log_summary_error")).to_be_visible()
        page.get_by_label("What is to be done").fill("Send the offer")
        page.get_by_role("button", name="Save task").click()
        page.get_by_role("button", name="Done: Send the offer").click()
        page.get_by_role("button", name="Open again: Send the offer").click()
        expect(page.get_by_role("button", name="Done: Send the offer")).to_be_visible()
        page.locator("#icp-timeline").get_by_role("link", name="Deals", exact=True).click()
        expect(page.locator("#icp-timeline").get_by_text("Spoke about size")).to_have_count(0)
        expect(page.locator("#icp-timeline").get_by_text("First year")).to_be_visible()

        # The contact could be one of two personas; the rep knows which.
        page.goto(live_server.url + reverse("admin:crm_contact_change", args=[person.pk]), wait_until="networkidle")
        expect(page.get_by_role("heading", name="Sam Software or Pam Product")).to_be_visible()
        fits(page, width)
        page.get_by_label("Persona of this contact").select_option("pam-product")
        page.get_by_role("button", name="Save persona").click()
        expect(page.get_by_role("heading", name="Pam Product").first).to_be_visible()

        # The deal moves on, and is lost.
        page.goto(live_server.url + reverse("admin:crm_deal_board"), wait_until="networkidle")
        fits(page, width)
        page.get_by_role("button", name="Move First year to Proposal").press("Enter")
        proposal = page.get_by_role("region", name="Proposal 1")
        expect(proposal.get_by_text("First year", exact=True)).to_be_visible()
        if width > 1000:
            proposal.get_by_role("article").drag_to(page.locator('[data-stage="evaluation"]'))
            expect(page.get_by_role("region", name="Evaluation 1").get_by_role("article")).to_be_visible()
        page.get_by_role("button", name="Close First year as lost").click()
        page.get_by_role("button", name="Close deal").click()
        expect(page.get_by_text("Say in a few words why it was lost.")).to_be_visible()
        page.get_by_label("Reason").fill("Too dear")
        page.get_by_role("button", name="Close deal").click()
        expect(page.get_by_text("First year is lost.")).to_be_visible()

    assert wrong == []
    assert Activity.objects.count() == 3
    assert Contact.objects.get().persona == "pam-product"
    assert Deal.objects.get().outcome_reason == "Too dear"


@pytest.mark.axe
@pytest.mark.parametrize(("width", "theme"), NARROW)
def test_somebody_out_of_many_is_found_by_typing(
    live_server: LiveServer, client: Client, rep: User, width: int, theme: str
) -> None:
    load_preset.Command().handle(replace=False)
    account = company((20, 50), name="Rocket", owner=rep)
    people = Contact.objects.bulk_create(Contact(company=account, name=f"Person {n:03}") for n in range(1, 121))
    rescore_all(at=now())

    with browsing(live_server, client, width=width, theme=theme) as (page, wrong):
        page.context.add_init_script(AXE.read_text())
        page.goto(live_server.url + reverse("admin:crm_company_change", args=[account.pk]), wait_until="networkidle")
        page.get_by_role("button", name="Call", exact=True).press("Enter")
        page.get_by_label("What the call was about").fill("Spoke about size")
        chosen = page.get_by_label("With", exact=True)
        find = page.get_by_label("Find a contact by name, job title or e-mail")
        said = page.locator("#log_contact_said")
        expect(said).to_have_text("50 are listed. Type to find everybody else.")
        expect(chosen.locator("option")).to_have_count(51)

        # Several, then one, then again anybody; the keyboard stays where one types.
        find.press_sequentially("person 10")
        expect(said).to_have_text("12 found. Choose one, or type more.")
        expect(chosen).to_have_value("")
        assert faults(page, width) == []
        find.press_sequentially("1")
        expect(said).to_have_text("Found and chosen: Person 101.")
        expect(chosen).to_have_value(str(people[100].pk))
        expect(find).to_be_focused()
        find.fill("")
        expect(chosen.locator("option")).to_have_count(51)

        # Sent before the answer is here, or with nobody found, it is judged all the same.
        find.fill("nobody at all")
        find.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text(
            "Nobody goes by “nobody at all”. Clear the search to see the first again."
        )
        assert faults(page, width) == []
        find.fill("101")
        find.press("Enter")
        expect(page.locator("#icp-log-said")).to_have_text("Call saved.")
        expect(page.locator("#icp-timeline").get_by_text("Person 101")).to_be_visible()

    assert wrong == []
    assert Activity.objects.get().contact == people[100]


def test_a_form_that_was_opened_in_a_tab_of_its_own_is_saved(
    live_server: LiveServer, client: Client, rep: User
) -> None:
    load_preset.Command().handle(replace=False)
    account = company(name="Rocket", owner=rep)
    people = Contact.objects.bulk_create(Contact(company=account, name=f"Person {n:03}") for n in range(1, 61))
    rescore_all(at=now())
    answer = reverse("admin:crm_company_answer", args=[account.pk, "employees"])
    log = reverse("admin:crm_activity_log", args=[account.pk])
    back = live_server.url + reverse("admin:crm_company_change", args=[account.pk])

    with browsing(live_server, client, width=390, theme="light") as (page, wrong):
        page.goto(live_server.url + answer, wait_until="networkidle")
        page.get_by_label("Employees (people)").fill("40")
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url(back)
        expect(page.get_by_text("Employees is 40 people now").first).to_be_visible()

        page.goto(f"{live_server.url}{log}?kind=call", wait_until="networkidle")
        page.get_by_label("What the call was about").fill("Spoke about size")
        page.get_by_label("Find a contact by name, job title or e-mail").fill("057")
        expect(page.locator("#log_contact_said")).to_have_text("Found and chosen: Person 057.")
        page.get_by_role("button", name="Save call").click()
        page.wait_for_url(back)
        expect(page.locator("#icp-timeline").get_by_text("Spoke about size")).to_be_visible()

    assert wrong == []
    assert Activity.objects.get().contact == people[56]
