"""The list of companies in a real browser: by mouse, by keyboard alone, wide and narrow."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from crm.models import Company, SavedView
from crm.scoring.drain import rescore_all
from tests.factories import company, invested, now, ruleset

from .test_admin import NARROW, browsing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/crm/company/"


@pytest.mark.parametrize(("width", "theme"), NARROW)
def test_a_rep_opens_a_receipt_saves_a_view_and_assigns(
    live_server: LiveServer, admin_client: Client, admin_user: User, width: int, theme: str
) -> None:
    ruleset()
    invested(company(120, name="Rocket", domain="rocket.example"), "Accel")
    company(3, name="Seedling")
    company(5_000, name="Giant")
    rescore_all(at=now())

    with browsing(live_server, admin_client, width=width, theme=theme) as (page, wrong):
        page.goto(f"{live_server.url}{LIST}?status=settled", wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width

        receipt = page.get_by_role("button", name="Receipt of Rocket")
        receipt.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".icp-receipt")).to_contain_text("15 to 500 people")
        expect(receipt).to_have_attribute("aria-expanded", "true")
        page.keyboard.press("Enter")
        expect(page.locator(".icp-receipt")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= width

        page.get_by_text("Save this view").click()
        form = page.locator(".icp-menu--save form")
        form.get_by_label("Name").fill("Settled")
        form.get_by_role("button", name="Save").click()
        expect(page.get_by_role("link", name="Settled", exact=True)).to_have_attribute("aria-current", "page")

        for box in page.locator("input.action-select").all():
            box.check()
        page.select_option("select[name=action]", "assign")
        page.locator("#changelist-actions button[type=submit]").click()
        page.get_by_role("button", name="Continue").click()
        expect(page.locator(".icp-action__will")).to_have_text("2 companies will be assigned to admin.")
        page.get_by_role("button", name="Assign 2 companies").dblclick()
        expect(page.get_by_text("2 companies assigned to admin.")).to_be_visible()

    assert wrong == []
    assert SavedView.objects.get().query == "status=settled"
    assert set(Company.objects.filter(owner=admin_user).values_list("name", flat=True)) == {"Rocket", "Seedling"}


def test_neighbours_are_reached_by_keys_but_not_while_typing(live_server: LiveServer, admin_client: Client) -> None:
    ruleset()
    for name in ("A", "B", "C"):
        company(3, name=name)
    rescore_all(at=now())

    with browsing(live_server, admin_client, width=1440, theme="light") as (page, wrong):
        page.goto(f"{live_server.url}{LIST}?status=settled", wait_until="networkidle")
        page.locator(".field-account a").first.click()
        expect(page.get_by_text("First of the list")).to_be_visible()
        page.keyboard.press("j")
        expect(page).to_have_title("B | Change company | ICP CRM")
        expect(page.locator("[data-neighbour=before]")).to_be_visible()
        page.locator("#id_name").focus()
        page.keyboard.press("j")
        assert page.locator("#id_name").input_value() != "B"
        page.locator("#id_name").fill("B")
        page.locator("[data-neighbour=before]").focus()
        page.keyboard.press("k")
        expect(page.get_by_text("First of the list")).to_be_visible()

    assert wrong == []


def test_a_filter_looks_its_choices_up(live_server: LiveServer, admin_client: Client) -> None:
    ruleset()
    company(3, name="Here", country="DE")
    company(3, name="There", country="FR")
    rescore_all(at=now())

    with browsing(live_server, admin_client, width=1440, theme="dark") as (page, wrong):
        page.goto(live_server.url + LIST, wait_until="networkidle")
        page.locator("a:has-text('Filters')").first.click()
        page.locator("select[name=country] + .select2").click()
        page.locator(".select2-search__field").last.fill("germ")
        page.locator(".select2-results__option", has_text="Germany").click()
        page.get_by_role("button", name="Apply Filters").click()
        expect(page.locator(".icp-chip")).to_contain_text("Germany")
        expect(page.get_by_text("There", exact=True)).to_have_count(0)
        page.get_by_role("link", name="Leave out: country Germany").click()
        expect(page.get_by_text("There", exact=True)).to_be_visible()

    assert wrong == []
