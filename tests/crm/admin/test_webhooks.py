"""Webhooks in the admin: made, tried out, switched and sent again; secrets are shown once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from crm.models import WebhookDelivery, WebhookSubscription
from crm.webhooks.subscribing import disable, secrets_of
from tests.crm.webhooks.receivers import receiver, says
from tests.crm.webhooks.subscriptions import administrator, subscription
from tests.factories import company, member, now, ruleset

pytestmark = pytest.mark.django_db

SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")
LIST = "admin:crm_webhooksubscription_changelist"
PAGE = "admin:crm_webhooksubscription_change"
HOOKS, DELIVERIES = 5, 6
ADD = "admin:crm_webhooksubscription_add"


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(administrator())
    return client


def form(**more: Any) -> dict[str, Any]:
    return {
        "name": "Slack",
        "owner": administrator().pk,
        "url": "https://93.184.216.34/hook",
        "events": ["company.segment_changed"],
    } | more


def sent(hook: WebhookSubscription, **columns: Any) -> WebhookDelivery:
    number = WebhookDelivery.objects.count() + 1
    values = {"type": "deal.changed", "body": '{"a": "Zoë"}', "state": "failed", "created_at": now(), "event": number}
    return WebhookDelivery.objects.create(subscription=hook, **values | columns)


def test_a_webhook_is_made_and_its_secret_shown_this_once(ada: Client) -> None:
    ruleset()

    page = ada.post(reverse(ADD), form(only_segment_after=["growth", "none"]))

    hook = WebhookSubscription.objects.get()
    assert hook.filters == {"segment_after": ["growth", "none"]}
    (secret,) = secrets_of(hook, timezone.now())
    assert set(SECRET.findall(page.content.decode())) == {secret}
    assert "no-store" in page["Cache-Control"]
    assert secret not in ada.get(reverse(PAGE, args=[hook.pk])).content.decode()
    assert hook.created_by == administrator()


@pytest.mark.parametrize(
    ("wrong", "says_"),
    [
        ({"url": "https://127.0.0.1/"}, "not a public address"),
        ({"url": "ftp://example.com/"}, "begin with https"),
        ({"events": []}, "required"),
        ({"only_segment_after": ["moon"]}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_field(ada: Client, wrong: dict[str, Any], says_: str) -> None:
    page = ada.post(reverse(ADD), form(**wrong))

    assert says_ in page.content.decode()
    assert not WebhookSubscription.objects.exists()


def test_a_filter_that_has_no_box_stays_when_the_form_is_saved(ada: Client) -> None:
    hook = subscription("deal.changed", filters={"owner": [7], "stage_after": ["won"], "segment": ["left-the-rules"]})
    data = form(name="Renamed", events=["deal.changed"], only_stage_after=["won"], only_segment=["left-the-rules"])

    ada.post(reverse(PAGE, args=[hook.pk]), data)

    hook.refresh_from_db()
    assert (hook.name, hook.filters) == (
        "Renamed",
        {"owner": [7], "stage_after": ["won"], "segment": ["left-the-rules"]},
    )


def test_a_new_secret_is_shown_once_however_often_the_form_is_sent(ada: Client) -> None:
    hook = subscription()
    token = re.search(r'name="token" value="([^"]+)"', ada.get(reverse(PAGE, args=[hook.pk])).content.decode())
    assert token is not None
    data = {"token": token[1], "overlap": "24"}

    pages = [ada.post(reverse("admin:crm_webhook_secret", args=[hook.pk]), data, follow=True) for _ in range(2)]

    assert len(set(SECRET.findall(pages[0].content.decode()))) == 1
    assert "made before" in pages[1].content.decode()
    assert not SECRET.findall(pages[1].content.decode())
    assert hook.secrets.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("status", "says_"), [("200 OK", "The test arrived: status 200"), ("500 No", "answered 500")])
def test_the_test_button_says_what_came_of_it(ada: Client, settings: Settings, status: str, says_: str) -> None:
    settings.WEBHOOK_NETWORKS, settings.WEBHOOK_PLAIN_HTTP = ["127.0.0.0/8"], True
    with receiver(says(status, body=b"<b>hello</b>")) as (url, _):
        page = ada.post(reverse("admin:crm_webhook_test", args=[subscription(url=url).pk]), follow=True)

    assert says_ in page.content.decode()
    assert "&lt;b&gt;hello&lt;/b&gt;" in page.content.decode()


def test_it_is_paused_switched_off_and_on_again(ada: Client) -> None:
    hook = subscription()
    for door, after in (("pause", "paused"), ("off", "disabled"), ("on", "active")):
        ada.post(reverse(f"admin:crm_webhook_{door}", args=[hook.pk]))
        hook.refresh_from_db()
        assert hook.state == after
        assert bool(hook.reason) is (after != "active")


def test_what_was_given_up_is_sent_again_one_or_all(ada: Client) -> None:
    hook = subscription()
    one, other = sent(hook), sent(hook)

    ada.post(reverse("admin:crm_webhookdelivery_again", args=[one.pk]))
    assert list(hook.deliveries.dead()) == [other]
    ada.post(reverse("admin:crm_webhook_replay", args=[hook.pk]))

    assert not hook.deliveries.dead().exists()
    assert "Zoë" in ada.get(reverse("admin:crm_webhookdelivery_change", args=[one.pk])).content.decode()


def test_one_that_was_switched_off_by_itself_is_said_on_the_first_page(ada: Client) -> None:
    disable(subscription(name="Slack"), "Nothing has arrived for 5 days.", at=now(), failed=True)
    disable(subscription(name="By hand"), "By ada.", at=now())

    page = ada.get(reverse("admin:index")).content.decode()

    assert "Nothing has arrived for 5 days." in page
    assert "By hand" not in page


def test_who_does_not_see_everything_makes_webhooks_for_themselves_and_sees_no_others(client: Client) -> None:
    rita = member("rita", "Sales")
    for codename in ("view", "add", "change"):
        rita.user_permissions.add(*permissions(f"{codename}_webhooksubscription"))
    rita.user_permissions.add(*permissions("view_webhookdelivery"))
    theirs = subscription(name="Theirs")
    row = sent(theirs)
    client.force_login(User.objects.get(pk=rita.pk))

    refused = client.post(reverse(ADD), form())
    client.post(reverse(ADD), form(owner=rita.pk))

    assert "not one of the available choices" in refused.content.decode()
    assert [hook.owner for hook in WebhookSubscription.objects.exclude(pk=theirs.pk)] == [rita]
    assert "Theirs" not in client.get(reverse(LIST)).content.decode()
    doors = ["secret", "test", "on", "pause", "off", "replay"]
    answers = [client.post(reverse(f"admin:crm_webhook_{door}", args=[theirs.pk])) for door in doors]
    answers.append(client.post(reverse("admin:crm_webhookdelivery_again", args=[row.pk])))
    assert {answer.status_code for answer in answers} == {404}
    assert row.message not in client.get(reverse("admin:crm_webhookdelivery_changelist")).content.decode()
    assert client.get(reverse("admin:crm_webhookdelivery_change", args=[row.pk])).status_code == 302


def permissions(codename: str) -> Any:
    return Permission.objects.filter(content_type__app_label="crm", codename=codename)


@pytest.mark.parametrize("rows", [1, 6])
def test_lists_take_as_many_queries_for_many_rows_as_for_one(
    ada: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    hooks = [subscription() for _ in range(rows)]
    for _ in range(rows):
        sent(hooks[0], company=company(5), created_at=now() - timedelta(hours=1))
    deliveries = reverse("admin:crm_webhookdelivery_changelist")
    for address in (reverse(LIST), deliveries):
        ada.get(address)

    with django_assert_num_queries(HOOKS):
        ada.get(reverse(LIST))
    with django_assert_num_queries(DELIVERIES):
        ada.get(deliveries)
