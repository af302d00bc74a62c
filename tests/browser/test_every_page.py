"""Every page there is, in a real browser: no errors, no request to another host, nothing too wide, open to everybody.

The pages are taken from the admin itself, so a new one is looked at without being named here.
"""

import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.addresses import addresses, fill

from .conftest import AXE
from .test_admin import browsing

pytestmark = [pytest.mark.browser, pytest.mark.axe, pytest.mark.django_db(transaction=True)]

# What Swagger UI makes of a call is a library's: its colours are mended, a link inside its buttons cannot be.
# A colour is judged once it has stopped changing; a page is told of another theme with the next frame.
AXE_RUN = """async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const moving = document.getAnimations().filter((each) => each instanceof CSSTransition);
    await Promise.all(moving.map((each) => each.finished.catch(() => {})));
    const found = await axe.run({exclude: [".swagger-ui .opblock"]}, {resultTypes: ["violations"]});
    return found.violations
        .filter((each) => ["serious", "critical"].includes(each.impact))
        .flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`));
}"""
WHOLE = re.compile(rb"<html[ >]")


@pytest.fixture
def filled() -> None:
    """The sample of the demo, and a row of each kind that operation leaves."""
    fill()


def pages(client: Client, share: int, shares: int) -> list[str]:
    """This share of those that answer with a whole page; neighbours, which are alike, go to different shares."""
    out = []
    for address in addresses()[share::shares]:
        response = client.get(address)
        if response.status_code == 200 and "html" in response["Content-Type"] and WHOLE.search(response.content):
            out.append(address)
    return out


def faults(page: Page, width: int) -> list[str]:
    """What keeps somebody from using the page."""
    found: list[str] = page.evaluate(AXE_RUN)
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*found, f"{wide} pixels wide"] if wide > width else found


SHARES = 2
"""Each share of the pages is looked at in one window every time, and in the others with those that take long."""


@pytest.mark.parametrize(
    ("windows", "share"),
    [
        (((1440, "light"),), 0),
        (((390, "dark"),), 1),
        pytest.param(((1440, "dark"), (390, "light"), (390, "dark")), 0, marks=pytest.mark.whole),
        pytest.param(((1440, "light"), (1440, "dark"), (390, "light")), 1, marks=pytest.mark.whole),
    ],
    ids=["1440-light", "390-dark", "others-0", "others-1"],
)
@pytest.mark.usefixtures("filled")
def test_every_page_can_be_used_by_everybody(
    live_server: LiveServer,
    admin_client: Client,
    caplog: pytest.LogCaptureFixture,
    windows: tuple[tuple[int, Any], ...],
    share: int,
) -> None:
    caplog.set_level("ERROR", "django.request")  # what may not be opened is not what this is about
    looked = pages(admin_client, share, SHARES)
    found: list[str] = []

    with browsing(live_server, admin_client, width=windows[0][0], theme=windows[0][1]) as (page, wrong):
        page.context.add_init_script(AXE.read_text())
        for address in looked:
            # One visit serves both windows: a page follows the theme and the width while it is open.
            for place, (width, theme) in enumerate(windows):
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=theme)
                if place == 0:
                    page.goto(live_server.url + address, wait_until="load")
                found += [f"{address} at {width} px, {theme}: {each}" for each in (*faults(page, width), *wrong)]
                wrong.clear()

    assert len(looked) > 50
    assert not found, "\n".join(found)
