"""The banner in a real browser: it follows the scores by itself, and only as long as they are behind."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from crm.models import Fit, Lane
from crm.scoring.drain import rescore_all
from personas.management.commands import load_preset
from tests.factories import company, now

from .test_admin import browsing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def score() -> None:
    rescore_all(at=now())
    connection.close()


def test_the_banner_follows_the_scores(live_server: LiveServer, admin_client: Client) -> None:
    load_preset.Command().handle(replace=False)
    account = company((11, 50), name="Rocket")
    rescore_all(at=now())
    Lane.objects.update_or_create(number=0, defaults={"visited_at": now() + timedelta(minutes=5), "worker": "one"})
    fit = Fit.objects.get(company=account)
    fit.facts_rev, fit.stale_since = fit.facts_rev + 1, now() - timedelta(minutes=4)
    fit.save()

    with browsing(live_server, admin_client, width=390, theme="dark") as (page, wrong):
        page.goto(live_server.url + reverse("admin:crm_company_changelist"), wait_until="networkidle")
        banner, said = page.locator("#freshness"), page.locator("#freshness-said")
        expect(banner).to_contain_text(re.compile(r"\d+ min behind"))
        expect(said).to_have_text("")
        with ThreadPoolExecutor() as elsewhere:  # the browser's driver keeps this thread from the database
            elsewhere.submit(score).result()
        expect(banner).to_contain_text("Scores are up to date as of")
        expect(said).to_have_text("Scores are up to date.")
        assert banner.get_attribute("hx-trigger") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        banner.get_by_role("link", name="Show the new ones").click()
        expect(banner).not_to_contain_text("This page shows")

    assert wrong == []
