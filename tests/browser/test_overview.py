"""The dashboard and the handbook in a real browser: counted again while one looks on, and printed whole."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from crm.scoring import surveys
from crm.scoring.drain import rescore_all
from personas.management.commands import load_preset
from tests.factories import company, contact, invested, now

from .test_admin import NARROW, browsing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def population() -> None:
    """A few accounts by the rules of the preset, scored."""
    load_preset.Command().handle(replace=False)
    account = invested(company(120, name="Rocket", status="operating"), "Accel")
    contact(account, persona="sam-software")
    company((11, 50), name="Dock")
    rescore_all(at=now())


def work() -> None:
    """What a worker does with its next turn."""
    surveys.advance(lambda: False)
    connection.close()


@pytest.mark.parametrize(("width", "theme"), NARROW)
def test_every_page_fits_its_window(
    live_server: LiveServer, admin_client: Client, population: None, width: int, theme: Any
) -> None:
    call_command("survey")
    addresses = [reverse("overview"), reverse("overview_worklist"), reverse("overview_fact", args=["employees"])]

    with browsing(live_server, admin_client, width=width, theme=theme) as (page, wrong):
        for address in (*addresses, reverse("handbook")):
            page.goto(live_server.url + address, wait_until="networkidle")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address

    assert wrong == []


def test_a_block_counts_while_one_looks_on(live_server: LiveServer, admin_client: Client, population: None) -> None:
    with browsing(live_server, admin_client, width=1440, theme="light") as (page, wrong):
        page.goto(live_server.url + reverse("overview"), wait_until="networkidle")
        personas = page.locator("#personas")
        personas.get_by_role("button").focus()
        page.keyboard.press("Enter")
        expect(personas.get_by_text("Waiting for a worker")).to_be_visible()
        expect(page.locator("#bands").get_by_text("Not counted yet")).to_be_visible()
        with ThreadPoolExecutor() as elsewhere:  # the browser's driver keeps this thread from the database
            elsewhere.submit(work).result()
        expect(personas.get_by_role("cell", name="Sam Software").first).to_be_visible()
        expect(personas.get_by_role("button")).to_contain_text("Count again")

    assert wrong == []


def test_the_handbook_is_printed_without_anything_around_it_and_with_what_is_folded(
    live_server: LiveServer, admin_client: Client, population: None
) -> None:
    with browsing(live_server, admin_client, width=1440, theme="dark") as (page, wrong):
        page.goto(live_server.url + reverse("handbook"), wait_until="networkidle")
        folded = page.get_by_text("Andreessen Horowitz", exact=True).first
        expect(folded).to_be_hidden()
        page.get_by_role("link", name="Leading investors").click()
        expect(page).to_have_url(re.compile("#list-leading-investors$"))
        page.emulate_media(media="print")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        expect(folded).to_be_visible()
        expect(page.locator("#nav-sidebar")).to_be_hidden()
        expect(page.get_by_role("button", name="Print")).to_be_hidden()
        box = page.locator(".icp-book").bounding_box()
        assert box is not None
        assert box["x"] < 20
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        page.emulate_media(media="screen")
        expect(folded).to_be_hidden()

    assert wrong == []
