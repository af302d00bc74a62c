"""The admin in a real browser: no errors, no request to another host, nothing wider than the window."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from crm.scoring.drain import rescore_all
from personas.management.commands import load_preset
from tests.factories import company, invested, now

from .conftest import CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def browsing(server: LiveServer, client: Client, *, width: int, theme: Any) -> Iterator[tuple[Page, list[str]]]:
    """A window that is signed in as `client`, and the list of what goes wrong in it."""
    wrong: list[str] = []
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server.url}])
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.append(request.url) if outside(request.url, server) else None)
        yield page, wrong
        browser.close()


def outside(address: str, server: LiveServer) -> bool:
    """Whether a request leaves the host."""
    parts = urlsplit(address)
    return parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(server.url).netloc


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_list_and_company_page_work_in_a_browser(
    live_server: LiveServer, admin_client: Client, width: int, theme: str
) -> None:
    load_preset.Command().handle(replace=False)
    account = invested(company((11, 50), name="Rocket", domain="rocket.example"), "Accel")
    rescore_all(at=now())
    addresses = [
        reverse("admin:index"),
        reverse("admin:crm_company_changelist"),
        reverse("admin:crm_company_change", args=[account.pk]),
    ]

    with browsing(live_server, admin_client, width=width, theme=theme) as (page, wrong):
        for address in addresses:
            page.goto(live_server.url + address, wait_until="networkidle")
            expect(page.get_by_text("Rocket").first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        card = page.get_by_label("Fit card")
        expect(card).to_be_visible()
        section = card.locator("details.icp-profile").nth(1)
        section.locator("summary").click()
        expect(section.locator("table")).to_be_visible()
        page.get_by_role("link", name="Contacts", exact=True).last.click()
        expect(card).to_be_hidden()

    assert wrong == []
