"""Job titles and personas in a real browser: the queue by keyboard, the tester, and what moves while one types."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from crm.job_titles import match_titles
from crm.models import JobTitle
from crm.scoring import surveys
from personas.management.commands import load_preset
from personas.models import Persona
from personas.publishing import active_ruleset, draft
from tests.factories import company, contact, now

from .test_admin import NARROW, WIDE_DARK, browsing
from .test_rule_editor import elsewhere

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PEOPLE = {"Sr. SWE": 3, "Product Engineer": 2, "Astronaut": 4, "Senior Astronaut": 2, "Beekeeper": 1}


@pytest.fixture(autouse=True)
def people() -> None:
    """The preset, and contacts with titles of every kind."""
    load_preset.Command().handle(replace=False)
    for title, number in PEOPLE.items():
        for _ in range(number):
            contact(company(), title)
    ruleset = active_ruleset()
    match_titles(ruleset.document())
    surveys.count_now("titles", ruleset, at=now())


def narrow_enough(page: Page, width: int) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth") <= width)


def titles_of(key: str) -> Any:
    return elsewhere(lambda: next(each.titles for each in draft().personas if each.key == key))


@pytest.mark.parametrize(("width", "theme"), NARROW)
def test_the_queue_is_worked_by_keyboard(live_server: LiveServer, admin_client: Client, width: int, theme: str) -> None:
    before = draft().content_hash()

    with browsing(live_server, admin_client, width=width, theme=theme) as (page, wrong):
        page.goto(live_server.url + reverse("titles"), wait_until="networkidle")
        assert narrow_enough(page, width)
        row = page.locator(".icp-title").filter(has_text="Astronaut").first
        row.get_by_text("This is…").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        expect(row.get_by_text("This is…")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(row.get_by_role("link", name="Is Sam Software")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_text("2 titles and 6 contacts move.")).to_be_visible()
        assert narrow_enough(page, width)
        expect(page.get_by_role("button", name="Put in the draft")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_text("“Astronaut” is Sam Software, in the draft.")).to_be_visible()
        assert titles_of("sam-software")[-1] == "Astronaut"
        page.get_by_role("button", name="Take back: Astronaut").press("Enter")
        expect(page.get_by_text("is in the draft what it is in force")).to_be_visible()
        assert elsewhere(lambda: draft().content_hash()) == before

        page.get_by_role("checkbox", name="All on this page").press("Space")
        expect(page.get_by_text("3 titles ticked:")).to_be_visible()
        page.get_by_role("checkbox", name="Beekeeper").press("Space")
        expect(page.get_by_text("2 titles ticked:")).to_be_visible()
        page.get_by_role("combobox", name="Persona").select_option("data-team")
        page.get_by_role("button", name="Are this persona").press("Enter")
        expect(page.get_by_role("heading", name="2 titles are Data team")).to_be_visible()
        expect(page.get_by_role("button", name="Put in the draft")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_text("2 titles wait in the draft.")).to_be_visible()

    assert wrong == []
    assert JobTitle.objects.get(text="Astronaut").result == "none"


@pytest.mark.parametrize(("width", "theme"), WIDE_DARK)
def test_titles_are_tried_while_one_types(
    live_server: LiveServer, admin_client: Client, width: int, theme: str
) -> None:
    with browsing(live_server, admin_client, width=width, theme=theme) as (page, wrong):
        page.goto(live_server.url + reverse("titles_try"), wait_until="networkidle")
        box = page.get_by_label("Titles")
        box.press_sequentially("Sr. SWE")
        results = page.get_by_label("Results")
        expect(results).to_contain_text("Sam Software")
        expect(results).to_contain_text("3 contacts")
        box.press("Enter")
        box.press_sequentially("Product Engineer")
        expect(results).to_contain_text("Sam Software or Pam Product")
        expect(box).to_be_focused()
        assert narrow_enough(page, width)

    assert wrong == []


@pytest.mark.parametrize(("width", "theme"), NARROW)
def test_what_moves_is_told_while_a_persona_is_edited(
    live_server: LiveServer, admin_client: Client, width: int, theme: str
) -> None:
    row = Persona.objects.get(key="sam-software")
    before = draft().content_hash()

    with browsing(live_server, admin_client, width=width, theme=theme) as (page, wrong):
        page.goto(live_server.url + reverse("admin:personas_persona_change", args=[row.pk]), wait_until="networkidle")
        moves = page.get_by_role("group", name="What this moves")
        expect(moves).to_contain_text("No title moves")
        box = page.get_by_label("Titles that match")
        box.press("Control+End")
        box.press_sequentially("\nastronaut")
        expect(moves).to_contain_text("2 titles and 6 contacts move.")
        expect(moves).to_contain_text("Sam Software gains")
        box.fill(box.input_value().replace("product engineer\n", "", 1))
        against = page.get_by_label("Titles that rule them out")
        against.fill(f"{against.input_value()}\nproduct engineer")
        expect(moves).to_contain_text("Stop being ambiguous")
        assert narrow_enough(page, width)
        assert elsewhere(lambda: draft().content_hash()) == before
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("Saved the persona “Sam Software” in the draft.")).to_be_visible()
        page.goto(live_server.url + reverse("admin:personas_draft"), wait_until="networkidle")
        expect(page.locator("#moves")).to_contain_text("Sam Software gains")
        page.goto(live_server.url + reverse("persona", args=["sam-software"]), wait_until="networkidle")
        expect(page.get_by_role("heading", name="Job titles")).to_be_visible()
        assert narrow_enough(page, width)

    assert wrong == []
