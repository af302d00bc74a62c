"""The fit card in a real browser: answered, set by hand, judged and compared, by mouse and by keyboard alone."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from crm.models import Company
from crm.scoring.drain import rescore_all
from tests.factories import company, invested, now, ruleset

from .test_admin import WIDE_DARK, browsing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def page_of(account: Company) -> str:
    return reverse("admin:crm_company_change", args=[account.pk])


def test_a_question_is_answered_by_keyboard_and_the_card_says_what_changed(
    live_server: LiveServer, admin_client: Client
) -> None:
    ruleset(
        must=[
            {"key": "size", "when": {"fact": "employees", "between": [15, 500]}},
            {"key": "backed", "when": {"fact": "investors", "any_of": ["Accel"]}},
        ]
    )
    account = company(name="Rocket")
    rescore_all(at=now())

    with browsing(live_server, admin_client, width=1440, theme="light") as (page, wrong):
        page.goto(live_server.url + page_of(account), wait_until="networkidle")
        investors = page.locator("#ask-investors [name=value]")
        investors.fill("Accel, Bench")
        employees = page.locator("#ask-employees [name=value]")
        employees.fill("a few")
        employees.press("Enter")
        expect(page.locator("#ask-employees [role=alert]")).to_contain_text("is not a number or a range")
        expect(employees).to_be_focused()
        expect(employees).to_have_value("a few")
        employees.fill("120")
        employees.press("Enter")
        said = page.locator("#fit-said")
        expect(said).to_contain_text("Employees is 120 people now")
        # What was typed elsewhere is still there, the keyboard is at the next question, the form below knows.
        expect(investors).to_have_value("Accel, Bench")
        expect(investors).to_be_focused()
        expect(page.locator("#company_form [name=employees]")).to_have_value("120")
        investors.fill("Accel")
        investors.press("Enter")
        expect(said).to_contain_text("Undecided → Only")
        # A known fact is mended in its line; Escape leaves it, and the keyboard is back where it was.
        pencil = page.get_by_role("button", name="Edit Employees").first
        pencil.focus()
        page.keyboard.press("Enter")
        field = page.locator("#mend-employees [name=value]")
        expect(field).to_be_focused()
        page.keyboard.press("Escape")
        expect(field).to_have_count(0)
        expect(pencil).to_be_focused()
        page.keyboard.press("Enter")
        field.fill("5,000")
        field.press("Enter")
        expect(said).to_contain_text("Only → In no segment")
        # Saving the form below is no clash with what was answered above.
        page.locator("#company_form [name=city]").fill("Bonn")
        page.get_by_role("button", name="Save and continue editing").click()
        expect(page.get_by_text("was changed successfully").first).to_be_visible()

    account.refresh_from_db()
    assert (account.employees_low, account.city) == (5_000, "Bonn")
    assert wrong == []


@pytest.mark.parametrize(("width", "theme"), WIDE_DARK)
def test_an_override_an_opinion_and_a_comparison(
    live_server: LiveServer, admin_client: Client, admin_user: User, width: int, theme: str
) -> None:
    ruleset()
    account = invested(company(120, name="Rocket"), "Accel")
    other = company(7, name="Balloon")
    rescore_all(at=now())

    with browsing(live_server, admin_client, width=width, theme=theme) as (page, wrong):
        page.goto(live_server.url + page_of(account), wait_until="networkidle")
        page.get_by_role("button", name="Set the segment by hand").click()
        form = page.locator("#override-form")
        form.get_by_role("button", name="Set by hand").click()
        expect(form.get_by_role("alert").first).to_contain_text("Choose a segment")
        form.get_by_label("Segment").select_option("early")
        form.get_by_label("Why").fill("They will shrink")
        form.get_by_role("button", name="Set by hand").click()
        expect(page.locator("#fit-head")).to_contain_text("Set by hand, contradicted")
        page.get_by_role("button", name="End it now").click()
        expect(page.locator("#fit-said")).to_contain_text("Ended")
        whole = page.locator(".icp-card__segment .icp-say")
        whole.get_by_role("button", name="I agree").click()
        expect(whole).to_contain_text("You agree")
        whole.get_by_role("button", name="I disagree").click()
        whole.get_by_label("What is wrong with it?").fill("It is a subsidiary")
        whole.get_by_role("button", name="Disagree").click()
        expect(whole).to_contain_text("You disagree: It is a subsidiary")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("link", name="Compare with another").click()
        expect(page.get_by_text("Choose another account")).to_be_visible()
        page.locator(".select2-selection").click()
        page.keyboard.type("Ball")
        page.get_by_role("option", name="Balloon").click()
        page.get_by_role("button", name="Compare", exact=True).click()
        expect(page.get_by_text("Answer differs").first).to_be_visible()
        page.get_by_role("button", name="Only differences").click()
        expect(page.get_by_role("button", name="Only differences")).to_have_attribute("aria-pressed", "true")
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    assert account.opinions.get().author == admin_user
    assert other.opinions.count() == 0
    assert wrong == []
