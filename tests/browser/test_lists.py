"""What RevOps keeps in the draft, in a real browser: counts, lists, facts, personas, examples, and stale forms."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from crm.scoring import censuses, counting
from personas.management.commands import load_preset
from personas.models import Criterion, GoldenCase, NamedList, Persona, Profile
from personas.publishing import draft
from tests.factories import company

from .test_admin import browsing
from .test_rule_editor import elsewhere

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def rules() -> None:
    load_preset.Command().handle(replace=False)


def address(name: str, *args: Any) -> str:
    return reverse(f"admin:personas_{name}", args=args)


def test_counts_follow_typing_and_all_accounts_are_counted(
    live_server: LiveServer, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting.sample, "__kwdefaults__", {"most": 5})
    for size in (5, 20, 40, 600, 700, None):
        company(size)
    row = Criterion.objects.get(profile__key="high-growth-startup", kind="must", key="size")
    here = live_server.url + address("criterion", row.profile.pk, row.pk)
    profile = live_server.url + address("profile_change", row.profile.pk)

    with browsing(live_server, admin_client, width=1440, theme="light") as (page, wrong):
        page.goto(here, wait_until="networkidle")
        said = page.get_by_role("status").filter(has_text="In a sample of 5 accounts")
        expect(said).to_contain_text("2 hold (40 %) · 2 fail (40 %) · 1 open (20 %)")
        page.get_by_label("Employees: upper end").fill("650")
        expect(said).to_contain_text("hold (60 %)")
        page.get_by_role("button", name="Count all accounts").click()
        expect(page.get_by_text("Waiting for a worker to count all accounts")).to_be_visible()
        elsewhere(lambda: censuses.advance(lambda: False))
        counted = page.get_by_text("Of all 6 accounts, as of")
        expect(counted).to_be_visible()
        expect(counted).to_contain_text("3 hold (50 %) · 2 fail (33 %) · 1 open")
        page.get_by_role("button", name="Save in the draft").click()
        page.goto(profile, wait_until="networkidle")
        expect(page.locator(f"#criterion-{row.pk}")).to_contain_text("hold (60 %)")

    assert wrong == []


def test_names_are_pasted_checked_taken_over_and_undone(live_server: LiveServer, admin_client: Client) -> None:
    row = NamedList.objects.get(key="leading-investors")
    before = draft().content_hash()

    with browsing(live_server, admin_client, width=390, theme="dark") as (page, wrong):
        page.goto(live_server.url + address("namedlist_changelist"), wait_until="networkidle")
        page.get_by_role("link", name=row.title, exact=True).click()
        page.get_by_role("link", name="Paste or upload many").click()
        page.get_by_label("Names", exact=True).fill("Accel\n<script>alert(1)</script>")
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_role("alert")).to_contain_text("Line 2")
        page.get_by_label("Names", exact=True).fill("Accel\nMade Up Ventures; MUV")
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_text("1 new · 0 with other spellings · 1 there already")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("Made Up Ventures").first).to_be_visible()
        assert elsewhere(lambda: draft().content_hash()) != before
        page.get_by_role("link", name="Edit: Made Up Ventures").click()
        page.get_by_role("textbox", name="Name", exact=True).fill("Made Up")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Saved “Made Up” in the draft.")).to_be_visible()
        for _ in range(2):
            with page.expect_navigation():
                page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("The draft says what ruleset 1 says")).to_be_visible()
        assert elsewhere(lambda: draft().content_hash()) == before

    assert [each for each in wrong if "422" not in each] == []


def test_going_back_and_saving_again_says_that_it_was_oneself(live_server: LiveServer, admin_client: Client) -> None:
    row = Criterion.objects.get(profile__key="high-growth-startup", kind="must", key="size")
    here = live_server.url + address("criterion", row.profile.pk, row.pk)

    with browsing(live_server, admin_client, width=1440, theme="dark") as (page, wrong):
        page.goto(here, wait_until="networkidle")
        older = page.locator("[name=base]").input_value(), page.locator("[name=opened]").input_value()
        page.get_by_label("Name", exact=True).fill("First")
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("Saved “First” in the draft.")).to_be_visible()
        page.go_back(wait_until="networkidle")
        # Whether a browser shows the form as it was kept depends on the browser.
        for name, value in zip(("base", "opened"), older, strict=True):
            page.locator(f"[name={name}]").evaluate("(field, value) => { field.value = value; }", value)
        page.get_by_label("Name", exact=True).fill("Second")
        page.get_by_role("button", name="Save in the draft").click()
        notice = page.get_by_role("alert")
        expect(notice).to_contain_text("You saved this yourself since this form was opened.")
        expect(notice).to_contain_text("Changed “First”")
        expect(page.get_by_label("Name", exact=True)).to_have_value("Second")
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("Saved “Second” in the draft.")).to_be_visible()

    assert [each for each in wrong if "409" not in each] == []


def test_facts_personas_and_examples_are_edited(live_server: LiveServer, admin_client: Client) -> None:
    width = 390
    case = GoldenCase.objects.order_by("position")[0]
    persona = Persona.objects.get(key="sam-software")

    with browsing(live_server, admin_client, width=width, theme="light") as (page, wrong):
        page.goto(live_server.url + address("fact_new"), wait_until="networkidle")
        page.get_by_label("Name", exact=True).fill("Monthly web visits")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Saved the fact “Monthly web visits” in the draft.")).to_be_visible()
        page.goto(live_server.url + address("persona_change", persona.pk), wait_until="networkidle")
        page.get_by_label("Goals").fill("Sleep well")
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("Saved the persona “Sam Software” in the draft.")).to_be_visible()
        page.goto(live_server.url + address("case", case.pk), wait_until="networkidle")
        outcome = page.get_by_role("status").filter(has_text="The draft gives")
        expect(outcome).to_contain_text("Holds")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_label("Employees: value").fill("9000")
        expect(outcome).to_contain_text("Does not hold")
        page.get_by_role("button", name="Add a fact").click()
        page.keyboard.type("web visits")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("12000")
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("Saved the golden case in the draft.")).to_be_visible()
        saved = elsewhere(lambda: GoldenCase.objects.get(pk=case.pk).facts)
        assert (saved["employees"], saved["monthly_web_visits"]) == (9000, 12000)

    assert wrong == []


def test_what_a_button_does_to_a_component_or_a_persona_can_be_undone(
    live_server: LiveServer, admin_client: Client
) -> None:
    profile = Profile.objects.get(key="high-growth-startup")
    before = draft().content_hash()

    with browsing(live_server, admin_client, width=1440, theme="light") as (page, wrong):
        for place, name in (
            (address("profile_change", profile.pk), "Duplicate: Size of the team"),
            (address("persona_changelist"), "Move down: Sam Software"),
        ):
            page.goto(live_server.url + place)
            page.get_by_role("button", name=name).first.click()
            expect(page.get_by_role("button", name="Undo")).to_be_enabled()
        assert elsewhere(lambda: draft().content_hash()) != before
        for _ in range(2):
            with page.expect_navigation():
                page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("The draft says what ruleset 1 says")).to_be_visible()
        assert elsewhere(lambda: draft().content_hash()) == before

    assert wrong == []
