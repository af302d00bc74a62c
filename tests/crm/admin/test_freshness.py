"""What people are told about the age of the scores in front of them."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from crm.admin.company_page import card as company_card
from crm.models import Audit, BrokerOutage, Company, Fit, Lane, Rollout
from crm.models.fit import ENGINE
from crm.scoring.drain import rescore_all
from tests.factories import company, invested, now, ruleset

HOME = "/admin/"
LIST = "/admin/crm/company/"
AGAIN = "/admin/freshness/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_lane(settings: Settings) -> None:
    settings.SCORING_LANES = 1
    settings.REDIS_URL = ""


@pytest.fixture
def account() -> Company:
    """A company with a fresh score, looked after by a worker."""
    ruleset()
    made = invested(company(120, name="Rocket"), "Accel")
    rescore_all(at=now())
    Lane.objects.update_or_create(number=0, defaults={"visited_at": now(), "worker": "one", "rate": 2.0})
    return made


def edited(made: Company, seconds: float, **columns: Any) -> Company:
    """`made`, of which a fact changed so many seconds ago."""
    fit = Fit.objects.get(company=made)
    fit.facts_rev += 1
    fit.stale_since = now() - timedelta(seconds=seconds)
    for name, value in columns.items():
        setattr(fit, name, value)
    fit.save()
    return made


def failed(made: Company, seconds: float = 9, retry: float = 60) -> Company:
    """`made`, of which a fact changed and which could not be scored since; the next try is in `retry` seconds."""
    return edited(
        made, seconds, failures=2, failure="Too large.", failed_ruleset=1, retry_at=now() + timedelta(seconds=retry)
    )


def text_of(client: Client, address: str) -> str:
    """What a page says, without its tags."""
    response = client.get(address)
    assert response.status_code == 200
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", text)


def page_of(made: Company) -> str:
    return reverse("admin:crm_company_change", args=[made.pk])


def rep_of(client: Client, *permissions: str) -> Client:
    """Somebody of staff with these permissions."""
    user = User.objects.create_user("rep", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


# The banner


def pages(account: Company) -> list[str]:
    return [HOME, LIST, page_of(account), "/admin/personas/ruleset/", "/admin/crm/rollout/"]


def test_every_page_that_shows_scores_says_of_when_they_are(admin_client: Client, account: Company) -> None:
    for address in pages(account):
        text = text_of(admin_client, address)
        assert re.search(r"Scores are up to date as of \d\d:\d\d:\d\d UTC, ruleset 1\.", text), address
        assert 'hx-get="/admin/freshness/' not in admin_client.get(address).content.decode(), address


def test_every_page_that_shows_scores_says_that_they_are_behind(admin_client: Client, account: Company) -> None:
    edited(account, 300)
    for address in pages(account):
        text = text_of(admin_client, address)
        assert re.search(r"Scores are as of (\d+ \w+ \d+ )?\d\d:\d\d(:\d\d)? UTC, 5 min behind\.", text), address
        assert "1 account is waiting. Done in about 1 s." in text, address
        assert 'hx-get="/admin/freshness/?state=behind' in admin_client.get(address).content.decode(), address


@pytest.mark.parametrize("address", ["/admin/crm/contact/", "/admin/auth/user/", f"{LIST}?_popup=1"])
def test_pages_without_scores_say_nothing(admin_client: Client, account: Company, address: str) -> None:
    assert "Scores are" not in text_of(admin_client, address)


def test_who_may_not_see_scores_hears_nothing_of_them(client: Client, account: Company) -> None:
    rep = rep_of(client, "view_ruleset")

    assert "Scores are" not in text_of(rep, "/admin/personas/ruleset/")
    assert rep.get(AGAIN).status_code == 403


def test_before_there_are_rules_the_pages_say_so_themselves(admin_client: Client) -> None:
    company()

    text = text_of(admin_client, LIST)

    assert "No rules were published yet" in text
    assert "Scores are" not in text


def test_the_banner_says_what_to_do(admin_client: Client, account: Company) -> None:
    edited(account, 5)
    Lane.objects.all().delete()

    text = text_of(admin_client, HOME)

    assert "No worker has run yet. 1 account waits. Start one: python manage.py scoring_worker" in text
    assert "Show who worked last" in text


def test_when_only_some_accounts_fail_the_others_are_up_to_date(admin_client: Client, account: Company) -> None:
    failed(account, 7_000)

    text = text_of(admin_client, LIST)

    assert "All scores but 1 are up to date as of " in text
    assert "1 account fails: Too large. Tried again by itself" in text
    assert "/admin/crm/company/?scoring=failing" in admin_client.get(LIST).content.decode()


def test_accounts_that_fail_are_named_beside_those_that_wait(admin_client: Client, account: Company) -> None:
    failed(account)
    Fit.objects.update_or_create(company=company(3), defaults={"stale_since": now()})

    assert "1 account is waiting. Done in about 1 s. 1 account fails: Too large." in text_of(admin_client, LIST)


def test_an_outage_of_the_broker_and_wrong_results_are_told(admin_client: Client, account: Company) -> None:
    BrokerOutage.objects.create(began_at=now(), reason="TimeoutError")
    Audit.objects.create(day=now().date(), wrong=2)

    text = text_of(admin_client, LIST)

    assert re.search(r"Redis unreachable since \d\d:\d\d:\d\d UTC\.", text)
    assert "2 wrong results were found and repaired in the last 7 days." in text


def test_what_is_fresh_now_is_not_said_of_a_page_that_was_made_before(admin_client: Client, account: Company) -> None:
    shown = quote((now() - timedelta(seconds=30)).isoformat())

    response = admin_client.get(f"{AGAIN}?state=behind&shown={shown}")

    text = response.content.decode()
    assert "Scores are up to date as of" in text
    assert "This page shows those of" in text
    assert '<a href="">Show the new ones</a>' in text
    assert 'hx-swap-oob="innerHTML">Scores are up to date.<' in text
    assert "hx-trigger" not in text


def test_a_screen_reader_hears_only_of_turns(admin_client: Client, account: Company) -> None:
    edited(account, 5)

    assert "hx-swap-oob" not in admin_client.get(f"{AGAIN}?state=behind").content.decode()
    assert "Scores are behind." in admin_client.get(f"{AGAIN}?state=fresh").content.decode()
    page = admin_client.get(LIST).content.decode()
    assert '<p id="freshness-said" class="icp-spoken" role="status" aria-live="polite"></p>' in page


@pytest.mark.parametrize("shown", ["", "yesterday", "2026-13-45T00:00:00Z", "2026-01-01T00:00:00"])
def test_a_moment_that_is_none_is_taken_for_now(admin_client: Client, account: Company, shown: str) -> None:
    assert "This page shows" not in admin_client.get(AGAIN, {"shown": shown}).content.decode()


def test_whoever_is_no_longer_signed_in_gets_no_page_to_put_into_the_banner(client: Client) -> None:
    assert client.get(AGAIN).status_code == 403


# The stamp


def test_the_card_says_that_lists_show_the_same(admin_client: Client, account: Company) -> None:
    assert re.search(
        r"Lists show the same, up to date as of \d\d:\d\d:\d\d UTC\.", text_of(admin_client, page_of(account))
    )


def test_the_card_says_what_the_stored_result_has_not_seen(admin_client: Client, account: Company) -> None:
    edited(account, 300)

    text = text_of(admin_client, page_of(account))

    assert "Lists show an older result" in text
    assert re.search(r"Facts have changed since .{8,20} UTC, 5 min ago\.", text)
    assert "Why it waits: 1 account is waiting." in text


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"scored_ruleset": 0}, "worked out by ruleset 0; ruleset 1 was published"),
        ({"scored_engine": ENGINE - 1}, "before the program was upgraded"),
        ({"review_at": "past"}, "Time alone may have changed it since"),
    ],
    ids=["rules", "program", "time"],
)
def test_the_card_says_why_it_is_old(
    admin_client: Client, account: Company, columns: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm.admin.stamp import since
    from personas.models import Ruleset

    values = {name: now() - timedelta(seconds=9) if value == "past" else value for name, value in columns.items()}
    fit = Fit.objects.get(company=account)
    for name, value in values.items():
        setattr(fit, name, value)

    assert said in since(fit, Ruleset.objects.get(), now())


def test_an_account_that_was_never_scored_says_how_long_it_waits(admin_client: Client, account: Company) -> None:
    new = company(3)
    Fit.objects.update_or_create(company=new, defaults={"stale_since": now() - timedelta(seconds=60)})

    text = text_of(admin_client, page_of(new))

    assert "Lists do not show the fit of this account yet. The account has waited to be scored since" in text
    assert re.search(r"\b6\d s ago", text)


def test_the_card_of_an_account_that_fails_says_why_and_when_it_is_tried_again(
    admin_client: Client, account: Company
) -> None:
    failed(account, retry=3_600)

    text = text_of(admin_client, page_of(account))

    assert "It could not be scored, tried 2 times: Too large. Next try" in text
    assert "in 60 min, or as soon as a fact or the rules change." in text
    assert "Try again now" in text


def test_who_may_change_the_company_may_have_it_tried_again(admin_client: Client, account: Company) -> None:
    failed(account)

    response = admin_client.post(f"{page_of(account).removesuffix('change/')}try-again/", follow=True)

    assert "It is tried again now" in response.content.decode()
    assert Fit.objects.get(company=account).retry_at is None


def test_who_may_not_change_the_company_may_not(client: Client, account: Company) -> None:
    failed(account)
    rep = rep_of(client, "view_company")
    address = f"{page_of(account).removesuffix('change/')}try-again/"

    assert "Try again now" not in text_of(rep, page_of(account))
    assert rep.post(address).status_code == 403
    assert Fit.objects.get(company=account).retry_at is not None


def test_trying_again_takes_more_than_following_a_link(admin_client: Client, account: Company) -> None:
    failed(account)

    assert admin_client.get(f"{page_of(account).removesuffix('change/')}try-again/").status_code == 405
    assert Fit.objects.get(company=account).retry_at is not None


def test_an_account_that_cannot_be_worked_out_can_still_be_mended(
    admin_client: Client, account: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ArithmeticError("Too large.")

    monkeypatch.setattr(company_card, "fit_card", broken)
    failed(account)

    text = text_of(admin_client, page_of(account))

    assert "This account cannot be worked out" in text
    assert "Try again now" in text
    assert "Rocket" in text


# The list


@pytest.mark.parametrize(("query", "names"), [("scoring=waiting", {"Edited", "Fails"}), ("scoring=failing", {"Fails"})])
def test_the_list_narrows_to_what_waits_and_fails(
    admin_client: Client, account: Company, query: str, names: set[str]
) -> None:
    others = company(3, name="Edited"), company(3, name="Fails")
    rescore_all(at=now())
    edited(others[0], 5)
    failed(others[1])

    response = admin_client.get(f"{LIST}?{query}")

    assert {each.name for each in response.context["cl"].result_list} == names


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"facts_rev": 9, "stale_since": -1}, "Facts changed, waiting"),
        ({"facts_rev": 9, "stale_since": -1, "retry_at": 60, "failed_ruleset": 1}, "Could not be scored"),
        ({"review_at": -1}, "Time has passed, waiting"),
        ({"review_at": 60}, "Up to date"),
    ],
    ids=["edited", "failed", "time passed", "later"],
)
def test_a_row_says_how_fresh_it_is(admin_client: Client, account: Company, columns: dict[str, Any], said: str) -> None:
    moments = ("stale_since", "retry_at", "review_at")
    Fit.objects.filter(company=account).update(
        **{name: now() + timedelta(seconds=value) if name in moments else value for name, value in columns.items()}
    )

    assert said in text_of(admin_client, LIST)


# Watching the work


def test_the_lanes_say_who_looks_after_them(admin_client: Client, account: Company) -> None:
    Lane.objects.create(number=1, visited_at=now())

    text = text_of(admin_client, "/admin/crm/lane/")
    assert "Looked after" in text
    assert "Not in use" in text

    Lane.objects.update(visited_at=now() - timedelta(seconds=60))
    assert "Nobody there" in text_of(admin_client, "/admin/crm/lane/")


@pytest.fixture
def rollout(account: Company) -> Rollout:
    """A ruleset on its way, of which the one account there is has not heard."""
    made = ruleset(must=[{"key": "any", "when": {"fact": "employees", "at_least": 1}}])
    return Rollout.objects.create(ruleset=made.number, started_at=now(), accounts=5)


def turn(client: Client, rollout: Rollout, what: str) -> int:
    return client.post(f"/admin/crm/rollout/{rollout.pk}/{what}/").status_code


def test_a_rollout_says_how_far_it_is(admin_client: Client, rollout: Rollout) -> None:
    text = text_of(admin_client, f"/admin/crm/rollout/{rollout.pk}/change/")

    assert "Going on" in text
    assert "4 of 5 (80 %)" in text


def test_a_rollout_is_paused_and_goes_on_by_whoever_may_publish(
    client: Client, admin_user: User, rollout: Rollout
) -> None:
    rep = rep_of(client, "view_rollout", "view_company", "publish_ruleset")
    address = f"/admin/crm/rollout/{rollout.pk}/change/"
    assert "Pause" in text_of(rep, address)

    assert turn(rep, rollout, "pause") == 302
    text = text_of(rep, address)
    assert "by rep" in text
    assert "Ruleset 2 has been paused since" in text
    assert "Resume" in text

    assert turn(rep, rollout, "resume") == 302
    rollout.refresh_from_db()
    assert rollout.paused_at is None


def test_a_rollout_is_not_paused_by_anybody_else(client: Client, rollout: Rollout) -> None:
    rep = rep_of(client, "view_rollout", "view_company")

    assert "Pause" not in text_of(rep, f"/admin/crm/rollout/{rollout.pk}/change/")
    assert turn(rep, rollout, "pause") == 403
    assert rep.get(f"/admin/crm/rollout/{rollout.pk}/pause/").status_code == 405


def test_a_rollout_that_was_replaced_is_not_paused(admin_client: Client, rollout: Rollout) -> None:
    ruleset()

    assert turn(admin_client, rollout, "pause") == 302
    assert not Rollout.objects.filter(paused_at__isnull=False).exists()
    assert "Replaced by a later one" in text_of(admin_client, "/admin/crm/rollout/")


@pytest.mark.parametrize("model", ["lane", "audit", "brokeroutage", "rollout"])
def test_what_is_watched_cannot_be_edited(admin_client: Client, account: Company, model: str) -> None:
    assert admin_client.get(f"/admin/crm/{model}/add/").status_code == 403
