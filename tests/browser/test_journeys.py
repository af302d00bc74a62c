"""What the people of this product do with it, from one end to the other, as they would."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from crm.models import Activity, Company, Fit
from crm.roles import grant
from crm.scoring import simulations
from crm.scoring.drain import drain, rescore_all
from personas.management.commands import load_preset
from personas.models import Ruleset
from tests.factories import company, invested, member, now

from .test_admin import browsing
from .test_rule_editor import elsewhere

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Press = Callable[[Locator], None]
Write = Callable[[Locator, str], None]


def by_mouse(page: Page) -> tuple[Press, Write]:
    """How somebody presses and writes with a mouse at hand."""

    def press(what: Locator) -> None:
        what.click()

    def write(where: Locator, text: str) -> None:
        where.click()
        where.fill(text)

    return press, write


def by_keyboard(page: Page) -> tuple[Press, Write]:
    """How somebody does who has none: from place to place with Tab, and never a click."""

    def reach(what: Locator) -> None:
        expect(what).to_be_visible()
        for _ in range(400):
            if what.evaluate("element => element === document.activeElement"):
                assert what.evaluate("element => element.matches(':focus-visible')")
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {what}")

    def press(what: Locator) -> None:
        reach(what)
        checks = what.evaluate("element => element.type === 'checkbox'")
        page.keyboard.press("Space" if checks else "Enter")

    def write(where: Locator, text: str) -> None:
        reach(where)
        page.keyboard.press("Control+a")
        page.keyboard.type(text)

    return press, write


def work() -> None:
    """What the worker would do now is done."""

    def all_of_it() -> None:
        while simulations.advance(lambda: False):
            pass
        drain(lane=0, lanes=1, at=now(), until=lambda: False)

    elsewhere(all_of_it)


def signed_in(client: Client, name: str, role: str) -> User:
    """Somebody in this role, which may what it may from the start."""
    user = member(name.lower(), role, first_name=name)
    grant(Group.objects.all(), Permission.objects.all())
    client.force_login(user)
    return user


def growth(name: str, employees: int) -> Company:
    """A company that fits but for its size."""
    return invested(
        company(
            employees, name=name, monthly_revenue_usd_low=300_000, monthly_revenue_usd_high=300_000, status="operating",
            funding_researched_on=now().date(), people_researched_on=now().date(),
        ),
        "Accel",
    )  # fmt: skip


@pytest.mark.parametrize(
    "hands", [pytest.param(by_mouse, marks=pytest.mark.whole), by_keyboard], ids=["mouse", "keyboard"]
)
def test_revops_widen_a_criterion_see_what_it_does_publish_it_and_go_back(
    live_server: LiveServer, client: Client, hands: Callable[[Page], tuple[Press, Write]]
) -> None:
    load_preset.Command().handle(replace=False)
    signed_in(client, "Robin", "RevOps")
    large, small = growth("Large", 650), growth("Small", 90)
    rescore_all(at=now())
    outcome: Callable[[], Any] = lambda: elsewhere(lambda: Fit.objects.get(company=large).segment)  # noqa: E731

    with browsing(live_server, client, width=1440, theme="light") as (page, wrong):
        press, write = hands(page)
        page.goto(live_server.url + reverse("admin:index"), wait_until="networkidle")
        press(page.get_by_role("link", name="Profiles", exact=True))
        press(page.get_by_role("link", name="High-growth startup").first)
        press(page.get_by_role("link", name="15 to 500 people", exact=True))
        write(page.get_by_label("Employees: upper end"), "800")
        expect(page.get_by_text("Employees is from 15 to 800 people").first).to_be_visible()
        write(page.get_by_label("Name", exact=True), "15 to 800 people")
        press(page.get_by_role("button", name="Save in the draft"))
        press(page.get_by_role("link", name="Review and publish"))

        press(page.get_by_role("button", name="Simulate the draft"))
        expect(page.get_by_text("Waiting for a worker")).to_be_visible()
        work()
        matrix = page.get_by_role("table", name=re.compile("^Segments?:"))
        expect(matrix).to_be_visible()
        expect(matrix.get_by_role("row", name=re.compile("^In no segment"))).to_contain_text("1")
        expect(page.get_by_text("Large").first).to_be_visible()

        page.goto(live_server.url + reverse("admin:personas_draft"), wait_until="networkidle")
        press(page.get_by_role("link", name="Publish…"))
        expect(page.get_by_label("Why")).to_be_visible()
        for box in page.get_by_role("checkbox").all():
            press(box)
        write(page.get_by_label("Why"), "Larger teams buy too")
        press(page.get_by_role("button", name=re.compile("^Publish")))
        expect(page.get_by_text("Ruleset 2 is active").first).to_be_visible()

        page.goto(live_server.url + reverse("admin:crm_company_changelist"), wait_until="networkidle")
        banner = page.locator("#freshness")
        expect(banner).to_contain_text("2 accounts wait")
        expect(banner.get_by_role("link", name="Show the rollout")).to_be_visible()
        work()
        expect(banner).to_contain_text("up to date")
        assert outcome() == "high-growth-startup"

        page.goto(live_server.url + reverse("admin:crm_company_change", args=[large.pk]), wait_until="networkidle")
        expect(page.get_by_text("Rules changed").first).to_be_visible()

        page.goto(live_server.url + reverse("admin:personas_ruleset_changelist"), wait_until="networkidle")
        expect(page.get_by_text("Larger teams buy too").first).to_be_visible()
        page.goto(live_server.url + reverse("admin:personas_draft"), wait_until="networkidle")
        press(page.get_by_role("link", name="Roll back to ruleset 1…"))
        press(page.get_by_role("button", name="Roll back to ruleset 1"))
        expect(page.get_by_text("Ruleset 3 is active").first).to_be_visible()
        work()

    assert wrong == []
    assert outcome() != "high-growth-startup"
    assert Fit.objects.get(company=small).segment == "high-growth-startup"
    assert Ruleset.objects.get(active=True).content_hash == Ruleset.objects.get(number=1).content_hash


@pytest.mark.parametrize(
    "hands", [by_mouse, pytest.param(by_keyboard, marks=pytest.mark.whole)], ids=["mouse", "keyboard"]
)
def test_a_rep_opens_the_day_answers_a_question_and_writes_down_the_call(
    live_server: LiveServer, client: Client, hands: Callable[[Page], tuple[Press, Write]]
) -> None:
    load_preset.Command().handle(replace=False)
    rep = signed_in(client, "Robin", "Sales")
    best, other = growth("Rocket", 0), company(3, name="Pebble", owner=rep)
    Company.objects.filter(pk=best.pk).update(employees_low=None, employees_high=None, owner=rep)
    rescore_all(at=now())

    with browsing(live_server, client, width=1440, theme="light") as (page, wrong):
        press, write = hands(page)
        page.goto(live_server.url + reverse("admin:index"), wait_until="networkidle")
        first = page.get_by_role("region", name="Your next best accounts").get_by_role("link", name="Rocket")
        expect(page.get_by_text("Nothing to do.")).to_be_visible()
        press(first)

        head = page.locator("#fit-head")
        expect(head).to_contain_text("Undecided")
        expect(head).to_be_visible()
        page.wait_for_load_state()
        employees = page.locator("#ask-employees [name=value]")
        write(employees, "40-60")
        page.keyboard.press("Enter")
        expect(page.locator("#fit-said")).to_contain_text("Undecided → High-growth startup")
        expect(head).to_contain_text("Settled")
        timeline = page.locator("#icp-timeline")
        expect(timeline).to_contain_text("Employees went from unknown to 20–200 people")

        press(page.get_by_role("button", name="Call", exact=True))
        write(page.get_by_label("What the call was about"), "They grow, and want to try it")
        page.keyboard.press("Enter")
        expect(timeline).to_contain_text("They grow, and want to try it")
        press(page.get_by_role("button", name="Task", exact=True))
        write(page.get_by_label("What is to be done"), "Send the guide")
        page.keyboard.press("Enter")
        expect(timeline).to_contain_text("Send the guide")

        page.goto(live_server.url + reverse("admin:index"), wait_until="networkidle")
        expect(page.get_by_role("button", name="Done: Send the guide")).to_be_visible()

    assert wrong == []
    assert sorted(Activity.objects.filter(company=best).values_list("kind", "author")) == [
        ("call", rep.pk),
        ("task", rep.pk),
    ]
    assert Fit.objects.get(company=best).segment == "high-growth-startup"
    assert not Activity.objects.filter(company=other).exists()
