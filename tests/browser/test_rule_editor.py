"""The rule editor in a real browser: by mouse, by keyboard alone, and with nothing typed ever lost."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from personas.management.commands import load_preset
from personas.models import Component, Criterion, Profile, Ruleset
from personas.publishing import draft, publish, save_draft
from personas.rules.conditions import write
from personas.rules.document import from_data

from .test_admin import browsing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LISTS = {"names": {"title": "Names", "entries": ["Acme"]}}
EVERY_OPERATOR: list[dict[str, Any]] = [
    {"fact": "monthly_revenue", "at_least": 100000},
    {"fact": "monthly_revenue", "at_most": 99999.99},
    {"fact": "employees", "more_than": -3},
    {"fact": "founded", "less_than": 2015},
    {"fact": "employees", "between": [15, 12345678901234567890]},
    {"fact": "last_activity", "between": ["2026-01-01", "2026-02-28"]},
    {"fact": "is_public", "is": False},
    {"fact": "is_public", "is": True, "missing": "no"},
    {"fact": "company_type", "is_not": "school"},
    {"fact": "funding_stage", "at_least": "series_a"},
    {"fact": "funding_stage", "one_of": ["seed", "public"]},
    {"fact": "country", "none_of": ["de", "at"]},
    {"fact": "city", "in_list": "names"},
    {"fact": "industry", "has_word": ["automat*", "machine learning"]},
    {"fact": "domain", "ends_with": ["edu"]},
    {"fact": "last_activity", "within_days": 30},
    {"fact": "last_activity", "older_than_days": 0},
    {"fact": "tags", "any_of": ["a, b", "c"]},
    {"fact": "tags", "all_of": ["x"]},
    {"fact": "tags", "none_of": ["y"]},
    {"fact": "investors", "any_in_list": "names"},
    {"fact": "tags", "empty": True},
    {"fact": "tags", "empty": False, "missing": "open"},
    {"known": "employees"},
    {"unknown": "employees"},
]
NESTED: dict[str, Any] = {
    "all": [
        {"any": [EVERY_OPERATOR[0], {"not": {"at_least": 2, "of": EVERY_OPERATOR[1:4]}}]},
        {"not": EVERY_OPERATOR[4]},
        {"at_least": 1, "of": [{"all": EVERY_OPERATOR[5:]}]},
    ]
}


def elsewhere(work: Any) -> Any:
    """What `work` gives, run where the browser's driver does not keep it from the database."""

    def run() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        return pool.submit(run).result()


def editor(server: LiveServer, key: str = "high-growth-startup") -> str:
    return server.url + reverse("admin:personas_profile_change", args=[Profile.objects.get(key=key).pk])


def say(page: Page) -> Locator:
    """The condition in plain words."""
    return page.get_by_role("status").filter(has_text="In plain words").first


def test_a_range_is_changed_by_mouse_and_published(live_server: LiveServer, admin_client: Client) -> None:
    load_preset.Command().handle(replace=False)
    address = editor(live_server)

    with browsing(live_server, admin_client, width=1440, theme="light") as (page, wrong):
        page.goto(address, wait_until="networkidle")
        page.get_by_role("link", name="15 to 500 people", exact=True).click()
        expect(say(page)).to_contain_text("Employees is from 15 to 500 people")
        page.get_by_label("Employees: upper end").fill("800")
        expect(say(page)).to_contain_text("Employees is from 15 to 800 people")
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("Employees is from 15 to 800 people")).to_be_visible()
        page.get_by_role("link", name="Review and publish").click()
        expect(page.get_by_text("15 to 800").first).to_be_visible()
        page.get_by_role("link", name="Publish…").click()
        expect(page.get_by_label("Why")).to_be_visible()
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.get_by_label("Why").fill("Larger teams buy too")
        page.get_by_role("button", name=re.compile("^Publish")).click()
        expect(page.get_by_text("Ruleset 2 is active").first).to_be_visible()
        page.get_by_role("link", name="Roll back…").click()
        page.get_by_role("button", name="Roll back to ruleset 1").click()
        expect(page.get_by_text("Ruleset 3 is active").first).to_be_visible()

    assert wrong == []
    first, last = Ruleset.objects.get(number=1), Ruleset.objects.get(active=True)
    assert (last.number, last.content_hash) == (3, first.content_hash)


def test_a_criterion_is_made_by_keyboard_alone(live_server: LiveServer, admin_client: Client) -> None:
    load_preset.Command().handle(replace=False)
    address = editor(live_server)

    with browsing(live_server, admin_client, width=1440, theme="dark") as (page, wrong):
        page.goto(address, wait_until="networkidle")
        page.get_by_role("link", name="Add to Must all hold").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("combobox", name="Fact")).to_be_visible()
        page.get_by_label("Name", exact=True).focus()
        expect(page.get_by_label("Name", exact=True)).to_be_focused()
        keys = page.keyboard
        keys.type("Money or reach")
        keys.press("Tab")
        keys.type("revenue")
        expect(page.get_by_role("option").first).to_contain_text("Monthly revenue")
        keys.press("Enter")
        expect(page.get_by_label("What is asked of Monthly revenue")).to_be_focused()
        keys.press("Tab")
        keys.type("250k")
        expect(say(page)).to_contain_text("Monthly revenue is at least $250,000 a month")
        page.get_by_role("button", name="Or another condition").focus()
        keys.press("Enter")
        keys.type("consumer")
        keys.press("Enter")
        keys.press("Tab")
        keys.type("2,000,000")
        expect(say(page)).to_contain_text("or Consumer users is at least 2,000,000 users")
        keys.press("Alt+ArrowUp")
        expect(say(page)).to_contain_text("Consumer users is at least 2,000,000 users, or Monthly revenue")
        page.get_by_role("button", name="Save in the draft").focus()
        keys.press("Enter")
        expect(page.get_by_text("Saved “Money or reach” in the draft.").first).to_be_visible()
        page.wait_for_load_state()
        up = page.get_by_role("button", name="Move up: Money or reach")
        up.press("Enter")
        expect(up).to_be_focused()
        page.get_by_role("button", name="Remove: Money or reach").focus()
        keys.press("Enter")
        expect(page.get_by_role("link", name="Money or reach", exact=True)).to_have_count(0)
        page.get_by_role("button", name="Undo").focus()
        keys.press("Enter")
        expect(page.get_by_role("link", name="Money or reach", exact=True)).to_be_visible()

    assert wrong == []
    row = Criterion.objects.get(label="Money or reach")
    assert row.position == 3
    assert row.condition == {
        "any": [{"fact": "consumer_users", "at_least": 2000000}, {"fact": "monthly_revenue", "at_least": 250000}]
    }


@pytest.mark.parametrize("when", [NESTED, *EVERY_OPERATOR[::6]], ids=str)
def test_the_builder_sends_back_what_it_was_given(
    live_server: LiveServer, admin_client: Client, when: dict[str, Any]
) -> None:
    save_draft(
        from_data({"format": 1, "lists": LISTS, "profiles": [{"key": "p", "must": [{"key": "m", "when": when}]}]})
    )
    row = Criterion.objects.get()
    address = live_server.url + reverse("admin:personas_criterion", args=[row.profile.pk, row.pk])
    before = draft().profiles[0].must[0].when

    with browsing(live_server, admin_client, width=1440, theme="light") as (page, wrong):
        page.goto(address, wait_until="networkidle")
        expect(say(page)).to_be_visible()
        page.get_by_label("Why").fill("Seen")
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("in the draft.").first).to_be_visible()

    assert wrong == []
    after = Criterion.objects.get()
    assert after.rationale == "Seen"
    assert draft().profiles[0].must[0].when == before, write(before)


def test_a_new_condition_asks_nothing_that_nobody_chose(live_server: LiveServer, admin_client: Client) -> None:
    load_preset.Command().handle(replace=False)
    profile = Profile.objects.get(key="high-growth-startup")
    address = live_server.url + reverse("admin:personas_criterion_new", args=[profile.pk]) + "?kind=flag"

    with browsing(live_server, admin_client, width=390, theme="light") as (page, wrong):
        page.goto(address, wait_until="networkidle")
        for typed, fact, asks in (
            ("tags", "Tags", "any_of"),
            ("funding st", "Funding stage", "at_least"),
            ("last act", "Last activity", "at_least"),
        ):
            page.get_by_role("combobox", name="Fact").click()
            page.keyboard.type(typed)
            page.keyboard.press("Enter")
            expect(page.get_by_label(f"What is asked of {fact}")).to_have_value(asks)
            expect(page.get_by_text("Not finished yet.")).to_be_visible()
            expect(page.get_by_text("null", exact=True)).to_have_count(0)
        page.get_by_label("Name", exact=True).fill("Quiet")
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("Type a value.").first).to_be_visible()

    assert [each for each in wrong if "422" not in each] == []
    assert not Criterion.objects.filter(label="Quiet").exists()


def test_errors_stand_at_their_place_and_nothing_typed_is_lost(live_server: LiveServer, admin_client: Client) -> None:
    load_preset.Command().handle(replace=False)
    address = editor(live_server)

    with browsing(live_server, admin_client, width=390, theme="dark") as (page, wrong):
        page.goto(address, wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("link", name=re.compile("^\\$100k a month or more")).click()
        revenue, users = page.get_by_label("Monthly revenue: value"), page.get_by_label("Consumer users: value")
        users.fill("lots")
        expect(users).to_have_attribute("aria-invalid", "true")
        expect(revenue).not_to_have_attribute("aria-invalid", "true")
        expect(page.get_by_text("'lots' is not a number.")).to_be_visible()
        page.get_by_label("Why").fill("My reasons")
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("Not saved yet.")).to_be_visible()
        expect(users).to_have_value("lots")
        expect(users).to_have_attribute("aria-invalid", "true")
        expect(users).to_be_focused()
        expect(page.get_by_label("Why")).to_have_value("My reasons")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        users.fill("3m")
        expect(say(page)).to_contain_text("3,000,000 users")
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("My reasons")).to_be_visible()

    # A refused form is answered with 422, which the browser notes as a failed resource.
    assert [each for each in wrong if "422" not in each] == []


def test_a_tier_is_added_to_a_table(live_server: LiveServer, admin_client: Client) -> None:
    load_preset.Command().handle(replace=False)
    part = Component.objects.get(profile__key="high-growth-startup", key="team")
    address = live_server.url + reverse("admin:personas_component", args=[part.profile.pk, part.pk])

    with browsing(live_server, admin_client, width=1440, theme="light") as (page, wrong):
        page.goto(address, wait_until="networkidle")
        page.get_by_role("button", name="Add a row").click()
        row = page.get_by_role("group", name="Row 4")
        row.get_by_label("Name").fill("501 to 800 people")
        row.get_by_label("Points").fill("5")
        row.get_by_label("Employees: lower end").fill("501")
        row.get_by_label("Employees: upper end").fill("800")
        expect(row.get_by_role("status")).to_contain_text("Employees is from 501 to 800 people")
        row.get_by_role("button", name="Move up: row 4").click()
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("Employees is from 501 to 800 people")).to_be_visible()

    assert wrong == []
    saved = part.rows.all()[2]
    assert f"{saved.key} {saved.points}" == "501-to-800-people 5.00"


def type_over(area: Locator, old: str, new: str) -> None:
    """The first place that says `old` says `new`, as if it had been selected and typed over."""
    start = area.input_value().index(old)
    area.evaluate("(each, [start, end]) => each.setSelectionRange(start, end)", [start, start + len(old)])
    area.press_sequentially(new)


def test_text_shows_a_fault_at_its_line(live_server: LiveServer, admin_client: Client) -> None:
    load_preset.Command().handle(replace=False)

    with browsing(live_server, admin_client, width=1440, theme="light") as (page, wrong):
        page.goto(live_server.url + reverse("admin:personas_draft_text"), wait_until="networkidle")
        area = page.get_by_label("The draft as YAML")
        text = area.input_value()
        line = text[: text.index("fact: employees")].count("\n") + 1
        type_over(area, "fact: employees", "fact: employes")
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_role("link", name=f"Line {line}")).to_be_visible()
        expect(area).to_be_focused()
        selected = area.evaluate("each => each.value.slice(each.selectionStart, each.selectionEnd)")
        assert "fact: employes" in selected
        type_over(area, "fact: employes", "fact: employees")
        type_over(area, "15 to 500 people", "Some people")
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("The draft says what the text says.").first).to_be_visible()

    assert [each for each in wrong if "422" not in each] == []
    assert Criterion.objects.filter(label="Some people").exists()


def test_who_edits_at_the_same_time_is_told(live_server: LiveServer, admin_client: Client) -> None:
    load_preset.Command().handle(replace=False)
    row = Criterion.objects.get(label="15 to 500 people")
    address = live_server.url + reverse("admin:personas_criterion", args=[row.profile.pk, row.pk])

    with browsing(live_server, admin_client, width=390, theme="light") as (page, wrong):
        page.goto(address, wait_until="networkidle")
        elsewhere(lambda: Criterion.objects.filter(pk=row.pk).update(label="Theirs"))
        page.get_by_label("Employees: upper end").fill("800")
        page.get_by_role("button", name="Save in the draft").click()
        expect(page.get_by_text("Somebody else saved this while you had it open.")).to_be_visible()
        expect(page.get_by_label("Employees: upper end")).to_have_value("800")
        page.get_by_role("button", name="Save in the draft").dblclick()
        expect(page).not_to_have_url(address)
        expect(page.get_by_text("Employees is from 15 to 800 people")).to_be_visible()

    assert [each for each in wrong if "409" not in each] == []
    assert Criterion.objects.get(pk=row.pk).condition["between"] == [15, 800]


def test_a_ruleset_that_was_published_before_the_editor_opens_in_it(
    live_server: LiveServer, admin_client: Client
) -> None:
    save_draft(publish(from_data({"format": 1, "profiles": [{"key": "only", "name": "Only", "rank": 1}]})).document())
    only = editor(live_server, "only")

    with browsing(live_server, admin_client, width=390, theme="light") as (page, wrong):
        for address in (reverse("admin:personas_profile_changelist"), reverse("admin:personas_draft")):
            page.goto(live_server.url + address, wait_until="networkidle")
            expect(page.get_by_text("The draft says what ruleset 1 says").first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.goto(only, wait_until="networkidle")
        expect(page.get_by_text("Nothing must hold")).to_be_visible()

    assert wrong == []
