"""Every page there is, in a real browser: no errors, no request to another host, nothing too wide, open to everybody.

The pages are taken from the admin itself, so a new one is looked at without being named here.
"""

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from crm.models import Audit, BrokerOutage, ExchangeRate, Fit, Lane, Opinion, Rollout
from crm.scoring import simulations
from crm.scoring.drain import rescore_all
from personas.models import Component, Criterion, CustomFact, GoldenCase, ListEntry, NamedList, Persona, Profile
from personas.publishing import draft

from .conftest import AXE
from .test_admin import browsing

pytestmark = [pytest.mark.browser, pytest.mark.axe, pytest.mark.django_db(transaction=True)]

# What Swagger UI makes of a call is a library's: its colours are mended, a link inside its buttons cannot be.
# A colour is judged once it has stopped changing.
AXE_RUN = """async () => {
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
    """The sample of the demo, scored, with a simulation and a row of each kind that operation leaves."""
    call_command("demo_data", stdout=io.StringIO())
    now = timezone.now()
    rescore_all(at=now)
    simulations.ask(draft(), asked_by=None, at=now)
    simulations.advance(lambda: False)
    ExchangeRate.objects.create(currency="EUR", usd="1.1", as_of=now.date())
    BrokerOutage.objects.create(began_at=now, reason="TimeoutError")
    Audit.objects.get_or_create(day=now.date())
    Lane.objects.get_or_create(number=0)
    CustomFact.objects.create(key="web_visits", label="Web visits", kind="integer", unit="visits")
    Opinion.objects.create(
        company=Fit.objects.best_first()[0].company,
        ruleset=1,
        answer="none",
        agrees=False,
        reason="They are larger than that",
        author=User.objects.get(username="rep"),
    )
    call_command("survey", stdout=io.StringIO())
    Rollout.objects.get_or_create(ruleset=1, defaults={"started_at": now, "accounts": 300})


def named(found: Sequence[URLPattern | URLResolver], inside: str = "") -> Iterator[tuple[str, list[str]]]:
    """The name of each address, and of what stands in it."""
    for each in found:
        if isinstance(each, URLResolver):
            yield from named(each.url_patterns, f"{each.namespace}:" if each.namespace else inside)
        elif each.name and not (each.pattern.regex.groups and not each.pattern.converters):
            yield f"{inside}{each.name}", list(each.pattern.converters)


def model_of(name: str) -> type[models.Model] | None:
    """The model that the name of an address begins with."""
    label = ".".join(name.removeprefix("admin:").split("_")[:2])
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def value_of(parameter: str, name: str) -> Any:
    """A row to look at; None where there is none."""
    first = {
        "profile_id": Profile.objects.filter(key="high-growth-startup"),
        "criterion_id": Criterion.objects.filter(profile__key="high-growth-startup", component=None),
        "component_id": Component.objects.filter(profile__key="high-growth-startup"),
        "case_id": GoldenCase.objects.all(),
        "company_id": Fit.objects.best_first(),
        "persona_id": Persona.objects.all(),
        "list_id": NamedList.objects.all(),
        "fact_id": CustomFact.objects.all(),
        "entry_id": ListEntry.objects.filter(named_list=NamedList.objects.first()),
    }
    if parameter in ("fact", "key"):
        return "employees"
    if parameter == "persona":
        return "sam-software"
    if parameter in first:
        row = first[parameter].first()
        return row.pk if row else None
    model = model_of(name)
    if model is None:
        return None
    best = Fit.objects.best_first().first()
    if model._meta.label == "crm.Company" and best:
        return best.pk
    row = model._default_manager.first()
    return row.pk if row else None


def addresses() -> list[str]:
    """The address of each page that can be shown with the rows there are."""
    found = []
    for name, parameters in named(get_resolver().url_patterns):
        values = {parameter: value_of(parameter, name) for parameter in parameters}
        if None not in values.values():
            found.append(reverse(name, kwargs=values or None))
    one, other = Fit.objects.best_first().values_list("company", flat=True)[:2]
    found += [
        reverse("admin:crm_company_changelist") + "?segment=high-growth-startup&owned=nobody",
        reverse("admin:crm_company_changelist") + "?q=nothing+is+called+this",
        reverse("admin:crm_company_compare", args=[one]) + f"?with={other}",
    ]
    return sorted(set(found) - {reverse("admin:logout")})


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
"""So many tests look at the pages, that workers can do so at once."""


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize(
    "windows",
    [
        ((1440, "light"), (390, "dark")),
        pytest.param(((1440, "dark"), (390, "light")), marks=pytest.mark.whole),
    ],
    ids=["1440-light-390-dark", "1440-dark-390-light"],
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
