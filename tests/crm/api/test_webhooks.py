"""Webhooks over the API: made, changed, tried out and sent again, by whoever they belong to."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient
from standardwebhooks.webhooks import Webhook

from crm.api.counting import counts
from crm.integrations import new_key, save_integration
from crm.models import IdempotentCall, Integration, WebhookDelivery, WebhookSubscription
from crm.webhooks.delivering import deliver, send_test
from crm.webhooks.subscribing import secrets_of
from tests.crm.webhooks.receivers import receiver, says
from tests.crm.webhooks.subscriptions import subscription
from tests.crm.webhooks.test_addresses import INSIDE
from tests.crm.webhooks.test_delivering import body_of, headers_of
from tests.factories import member, now

pytestmark = pytest.mark.django_db

HOOKS = "/api/v1/webhooks/"
HOOK = {
    "name": "Slack",
    "url": "https://93.184.216.34/hook",
    "events": ["company.segment_changed"],
    "filters": {"segment_after": ["growth"]},
}
LIST = 5
SCOPES = ["webhooks:read", "webhooks:write", "scores:read", "deals:read"]


@pytest.fixture(autouse=True)
def nobody_has_called() -> Iterator[None]:
    counts.forget()
    yield
    counts.forget()


def caller(name: str = "Bot", scopes: list[str] | None = None) -> tuple[APIClient, User]:
    """A program with these scopes, and the user that it acts as."""
    made = Integration(name=name, scopes=SCOPES if scopes is None else scopes)
    save_integration(made)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {new_key(made, by=None, at=timezone.now())[1]}")
    return client, made.user


def post(client: APIClient, address: str, body: object, **more: Any) -> Any:
    return client.post(address, body, format="json", **more)


def delivery(hook: WebhookSubscription, **columns: Any) -> WebhookDelivery:
    values = {"type": "deal.changed", "body": "{}", "state": "failed", "created_at": now(), "event": None}
    values["event"] = WebhookDelivery.objects.count() + 1
    return WebhookDelivery.objects.create(subscription=hook, **values | columns)


def test_a_webhook_is_made_and_its_secret_shown_once() -> None:
    client, user = caller()

    made = post(client, HOOKS, HOOK)

    assert made.status_code == 201, made.json()
    said = made.json()
    assert {name: said[name] for name in HOOK} == HOOK
    assert (said["owner"], said["state"], made["Cache-Control"]) == (user.pk, "active", "no-store")
    hook = WebhookSubscription.objects.get()
    assert secrets_of(hook, timezone.now()) == [said["secret"]]
    assert hook.history.get().history_user == user
    read = client.get(made["Location"])
    assert (read.status_code, "secret" in read.json(), read["ETag"]) == (200, False, made["ETag"])


def test_a_replayed_call_makes_one_webhook_and_does_not_keep_the_secret() -> None:
    client, _ = caller()

    first, second = (post(client, HOOKS, HOOK, HTTP_IDEMPOTENCY_KEY="one") for _ in range(2))

    assert second["Idempotency-Replayed"] == "true"
    assert first.json() | {"secret": None} == second.json()
    assert first.json()["secret"].encode() not in bytes(IdempotentCall.objects.get().body)
    assert WebhookSubscription.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "pointer", "says_"),
    [
        ({"url": "http://93.184.216.34/"}, "/url", "https://"),
        ({"url": "https://user:pw@example.com/"}, "/url", "password"),
        ({"events": []}, "/events", "at least one"),
        ({"events": ["company.moved"]}, "/events/0", "valid choice"),
        ({"events": ["company.fit_changed"] * 2}, "/events", "once"),
        ({"events": ["contact.persona_changed"]}, "/events", "contacts:read"),
        ({"filters": {"segment_afte": ["growth"]}}, "/filters", "segment_after"),
        ({"filters": {"owner": ["rita"]}}, "/filters", "ids"),
        ({"name": ""}, "/name", "blank"),
        ({"colour": "red"}, "/colour", "no such field"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_its_place(wrong: dict[str, Any], pointer: str, says_: str) -> None:
    client, _ = caller()

    refused = post(client, HOOKS, HOOK | wrong)

    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    (error,) = [each for each in refused.json()["errors"] if each["pointer"] == pointer]
    assert says_ in error["detail"]
    assert not WebhookSubscription.objects.exists()


@pytest.mark.parametrize("url", INSIDE)
def test_no_spelling_of_an_address_inside_is_taken(url: str, settings: Settings) -> None:
    settings.WEBHOOK_PLAIN_HTTP = True
    client, _ = caller()

    made = post(client, HOOKS, HOOK | {"url": url})

    # One that this machine cannot even look up may be saved; nothing is ever sent there.
    if made.status_code == 201:
        assert send_test(WebhookSubscription.objects.get(), timezone.now()).status is None
    else:
        assert [each["pointer"] for each in made.json()["errors"]] == ["/url"]


def test_it_is_changed_paused_and_removed_and_the_history_says_by_whom() -> None:
    client, user = caller()
    address = post(client, HOOKS, HOOK)["Location"]

    renamed = client.patch(address, {"name": "Teams", "state": "paused"}, format="json")
    stale = client.patch(address, {"name": "Other"}, format="json", HTTP_IF_MATCH='"0.0"')
    gone = client.delete(address, HTTP_IF_MATCH=renamed["ETag"])

    assert (renamed.status_code, renamed.json()["name"], renamed.json()["state"]) == (200, "Teams", "paused")
    assert (stale.status_code, gone.status_code) == (412, 204)
    assert not WebhookSubscription.objects.exists()
    assert set(WebhookSubscription.history.values_list("history_user", flat=True)) == {user.pk}


@pytest.mark.parametrize(
    "field",
    ["owner", "listens_since", "created_by", "failures", "failing_since", "held_until", "arrived_at", "reason", "id"],
)
def test_what_is_the_programs_own_cannot_be_set(field: str) -> None:
    client, user = caller()
    address = post(client, HOOKS, HOOK)["Location"]
    other = User.objects.create_superuser("ada")
    before = WebhookSubscription.objects.values().get()

    client.patch(address, {field: other.pk, "name": "Slack"}, format="json")

    after = WebhookSubscription.objects.values().get()
    assert {**after, "updated_at": None} == {**before, "updated_at": None}
    assert after["owner_id"] == user.pk


def test_a_program_sees_its_own_webhooks_and_no_others() -> None:
    client, _ = caller()
    _, other = caller("Other")
    theirs = subscription(owner=other)
    sent = delivery(theirs)

    answers = [
        client.get(f"{HOOKS}{theirs.pk}/"),
        client.get(f"{HOOKS}{theirs.pk}/deliveries/"),
        client.get(f"{HOOKS}deliveries/{sent.pk}/"),
        client.patch(f"{HOOKS}{theirs.pk}/", {"name": "Mine"}, format="json"),
        client.delete(f"{HOOKS}{theirs.pk}/"),
        *(
            post(client, f"{HOOKS}{address}/", {})
            for address in (
                f"{theirs.pk}/test",
                f"{theirs.pk}/secret",
                f"{theirs.pk}/replay",
                f"deliveries/{sent.pk}/replay",
            )
        ),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert client.get(HOOKS).json()["results"] == []


def test_without_its_scope_a_key_opens_nothing_here() -> None:
    client, _ = caller(scopes=["webhooks:read"])
    nothing, _ = caller("Nothing", scopes=[])

    assert post(client, HOOKS, HOOK).status_code == 403
    assert (client.get(HOOKS).status_code, nothing.get(HOOKS).status_code) == (200, 403)


def test_a_person_of_sales_has_no_webhooks() -> None:
    client = APIClient()
    client.force_login(member("rita", "Sales"))

    assert client.get(HOOKS).status_code == 403


def test_a_new_secret_leaves_the_old_one_for_some_hours() -> None:
    client, _ = caller()
    made = post(client, HOOKS, HOOK)

    renewed = post(client, f"{made['Location']}secret/", {"overlap_hours": 2})

    assert renewed.status_code == 201, renewed.json()
    hook = WebhookSubscription.objects.get()
    assert secrets_of(hook, timezone.now()) == [renewed.json()["secret"], made.json()["secret"]]
    assert secrets_of(hook, timezone.now() + timedelta(hours=3)) == [renewed.json()["secret"]]


@pytest.mark.django_db(transaction=True)
def test_a_test_is_sent_and_its_delivery_says_what_came_of_it(settings: Settings) -> None:
    settings.WEBHOOK_NETWORKS, settings.WEBHOOK_PLAIN_HTTP = ["127.0.0.0/8"], True
    client, _ = caller()
    with receiver(says("200 OK", body=b"fine")) as (url, got):
        made = post(client, HOOKS, HOOK | {"url": url})
        queued = post(client, f"{made['Location']}test/", {})
        deliver(lambda: False)

    assert queued.status_code == 202
    assert Webhook(made.json()["secret"]).verify(body_of(got[0]), headers_of(got[0]))["type"] == "webhook.test"
    seen = client.get(queued["Location"]).json()
    assert (seen["state"], seen["log"][0]["status"], seen["log"][0]["said"]) == ("succeeded", 200, "fine")


def test_what_was_given_up_is_sent_again_one_or_all_of_a_time() -> None:
    client, user = caller()
    hook = subscription(owner=user)
    old = delivery(hook, created_at=now() - timedelta(days=9))
    new = delivery(hook)
    arrived = delivery(hook, state="succeeded")
    address = f"{HOOKS}{hook.pk}/"

    some = post(client, f"{address}replay/", {"since": (now() - timedelta(days=1)).isoformat()})
    one = post(client, f"{HOOKS}deliveries/{arrived.pk}/replay/", {})

    assert (some.json(), one.json()) == ({"replayed": 1}, {"replayed": 1})
    states = dict(WebhookDelivery.objects.values_list("pk", "state"))
    assert states == {old.pk: "failed", new.pk: "pending", arrived.pk: "pending"}
    dead = client.get(f"{address}deliveries/?state=failed").json()["results"]
    assert [each["id"] for each in dead] == [old.pk]


def test_nothing_is_sent_again_while_it_is_disabled() -> None:
    client, user = caller()
    hook = subscription(owner=user, state="disabled")
    delivery(hook)

    assert post(client, f"{HOOKS}{hook.pk}/replay/", {}).status_code == 409
    assert post(client, f"{HOOKS}{hook.pk}/test/", {}).status_code == 409


def test_an_unknown_parameter_is_refused() -> None:
    client, user = caller()
    hook = subscription(owner=user)

    assert client.get(f"{HOOKS}?stat=active").status_code == 400
    assert client.get(f"{HOOKS}{hook.pk}/deliveries/?stat=failed").status_code == 400


@pytest.mark.parametrize("rows", [1, 5])
def test_lists_take_as_many_queries_for_many_rows_as_for_one(
    rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, user = caller()
    hooks = [subscription(owner=user) for _ in range(rows)]
    for _ in range(rows):
        delivery(hooks[0])
    client.get(HOOKS)
    client.get(f"{HOOKS}{hooks[0].pk}/deliveries/")

    with django_assert_num_queries(LIST):
        client.get(HOOKS)
    with django_assert_num_queries(LIST + 1):
        client.get(f"{HOOKS}{hooks[0].pk}/deliveries/")
