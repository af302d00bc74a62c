"""The admin in a real browser: no errors, no request to another host, nothing wider than the window."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from crm.scoring.drain import rescore_all
from personas.management.commands import load_preset
from tests.factories import company, invested, now

from .conftest import CHROMIUM

expect.set_options(timeout=30_000)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


# In CI each work is looked at in the first window; `make browser` looks in both.
WIDE = [(1440, "light"), pytest.param(390, "dark", marks=pytest.mark.whole)]
WIDE_DARK = [(1440, "dark"), pytest.param(390, "light", marks=pytest.mark.whole)]
NARROW = [(390, "dark"), pytest.param(1440, "light", marks=pytest.mark.whole)]

# One question took the place of another that was on its way.
TAKEN_BACK = {"htmx:afterRequest", "htmx:sendAbort"}
# htmx leaves what it has put into the page alone for a moment; keys pressed then do what they do without a script.
NO_MOMENT = "addEventListener('DOMContentLoaded', () => { if (window.htmx) htmx.config.defaultSettleDelay = 0 })"


@contextmanager
def browsing(server: LiveServer, client: Client, *, width: int, theme: Any) -> Iterator[tuple[Page, list[str]]]:
    """A window that is signed in as `client`, and the list of what goes wrong in it."""
    wrong: list[str] = []
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server.url}])
        context.add_init_script(NO_MOMENT)
        page = context.new_page()
        page.on("console", lambda said: wrong.append(said.text) if is_wrong(said) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.append(request.url) if outside(request.url, server) else None)
        yield page, wrong
        browser.close()


def is_wrong(said: ConsoleMessage) -> bool:
    """Whether the console was told of an error."""
    return said.type == "error" and said.text not in TAKEN_BACK


def outside(address: str, server: LiveServer) -> bool:
    """Whether a request leaves the host."""
    parts = urlsplit(address)
    return parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(server.url).netloc


@pytest.mark.parametrize(("width", "theme"), WIDE)
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
