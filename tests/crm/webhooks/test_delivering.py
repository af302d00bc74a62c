"""What was told arrives: signed, in order, once where it can be, again where it must be, and never inside."""

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpcore
import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings
from standardwebhooks.webhooks import Webhook

from crm import doctor
from crm.metrics import webhooks
from crm.models import Company, Deal, Integration, Outbox, WebhookDelivery, WebhookSubscription, WebhookTry
from crm.scoring.audit import forget, forget_deliveries
from crm.webhooks import delivering, retrying, sending, triggers
from crm.webhooks.delivering import any_to_send, deliver, send_test, take
from crm.webhooks.retrying import DELAYS
from crm.webhooks.subscribing import AlreadyMade, SwitchedOff, disable, new_secret, secrets_of, send_again
from tests.crm.api.calling import integration
from tests.factories import company, member, now, ruleset

from .receivers import drips, keeps_silent, receiver, says
from .subscriptions import subscription, told

pytestmark = pytest.mark.django_db(transaction=True)

Changed = Callable[..., Deal]


@pytest.fixture(autouse=True)
def this_machine_may_be_told(settings: Settings) -> None:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    settings.WEBHOOK_PLAIN_HTTP = True


@pytest.fixture(autouse=True)
def no_dice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next try is neither early nor late."""
    monkeypatch.setattr("random.random", lambda: 0.5)


def deal(account: Company | None = None, **columns: Any) -> Deal:
    values = {"name": "Pilot", "opened_on": now().date(), "company": account or company(20)}
    return Deal.objects.create(**values | columns)


def delivered() -> None:
    deliver(lambda: False)


def states(hook: WebhookSubscription) -> list[str]:
    return list(hook.deliveries.order_by("event").values_list("state", flat=True))


def headers_of(request: bytes) -> dict[str, str]:
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def body_of(request: bytes) -> bytes:
    return request.partition(b"\r\n\r\n")[2]


def later(hook: WebhookSubscription) -> None:
    """Everything that waits is due now, and the receiver may be asked again."""
    hook.deliveries.waiting().update(next_try_at=timezone.now())
    WebhookSubscription.objects.filter(pk=hook.pk).update(held_until=None)


# Arriving


def test_a_message_arrives_signed_and_an_independent_receiver_takes_it() -> None:
    with receiver(says("200 OK", body=b"thanks")) as (url, got):
        hook = subscription("deal.changed", url=url)
        deal()
        delivered()

    (request,) = got
    (secret,) = secrets_of(hook, timezone.now())
    said = Webhook(secret).verify(body_of(request), headers_of(request))
    assert said["type"] == "deal.changed"
    row = hook.deliveries.get()
    assert (row.state, row.status, row.tries, headers_of(request)["webhook-id"]) == ("succeeded", 200, 1, row.message)
    tried = WebhookTry.objects.get()
    assert (tried.status, tried.said, tried.error) == (200, "thanks", "")
    assert tried.milliseconds is not None


def test_a_new_secret_and_the_old_one_both_hold_for_a_while() -> None:
    with receiver(says("200 OK")) as (url, got):
        hook = subscription("deal.changed", url=url)
        (old,) = secrets_of(hook, timezone.now())
        new = new_secret(hook, at=timezone.now(), overlap=timedelta(hours=1))
        deal()
        delivered()

    for secret in (old, new):
        Webhook(secret).verify(body_of(got[0]), headers_of(got[0]))
    assert secrets_of(hook, timezone.now() + timedelta(hours=2)) == [new]


def test_no_secret_is_stored() -> None:
    hook = subscription()
    (secret,) = secrets_of(hook, timezone.now())

    with connection.cursor() as cursor:
        cursor.execute("SELECT salt, made_with FROM crm_webhooksecret")
        stored = str(cursor.fetchall())
    assert secret.removeprefix("whsec_") not in stored


def test_a_form_sent_twice_makes_one_secret() -> None:
    hook, token = subscription(), "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
    new_secret(hook, at=timezone.now(), token=token)  # type: ignore[arg-type]

    with pytest.raises(AlreadyMade):
        new_secret(hook, at=timezone.now(), token=token)  # type: ignore[arg-type]


def test_without_the_key_that_a_secret_was_made_with_nothing_is_sent_and_the_reason_is_said(
    settings: Settings,
) -> None:
    hook = subscription("deal.changed")
    deal()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key for tests, which protects nothing"
    assert secrets_of(hook, timezone.now())
    settings.SECRET_KEY_FALLBACKS = []

    delivered()

    hook.refresh_from_db()
    assert (hook.state, states(hook)) == ("paused", ["pending"])
    assert "Make a new secret" in hook.reason


# Not arriving


def test_a_receiver_that_is_down_is_tried_again_with_the_same_id_until_it_is_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retrying, "DELAYS", (timedelta(minutes=5), *DELAYS[1:]))
    answers = iter(["503 Away", "200 OK"])

    def serve(connection: Any, data: bytes) -> None:
        says(next(answers))(connection, data)

    with receiver(serve) as (url, got):
        hook = subscription("deal.changed", url=url)
        deal()
        delivered()
        first = hook.deliveries.get()
        assert (first.state, first.status, first.tries) == ("pending", 503, 1)
        assert first.next_try_at is not None
        assert timedelta(minutes=3) < first.next_try_at - timezone.now() < timedelta(minutes=7)
        delivered()
        assert len(got) == 1
        later(hook)
        delivered()

    assert states(hook) == ["succeeded"]
    assert headers_of(got[0])["webhook-id"] == headers_of(got[1])["webhook-id"]
    hook.refresh_from_db()
    assert (hook.failures, hook.failing_since) == (0, None)


def test_a_redirect_inside_is_a_failure_and_is_not_followed() -> None:
    with receiver(says("200 OK")) as (inside, inner), receiver(says("302 Found", f"Location: {inside}")) as (url, _):
        hook = subscription("deal.changed", url=url)
        deal()
        delivered()

    row = hook.deliveries.get()
    assert (row.state, row.status, inner) == ("pending", 302, [])
    assert "not followed" in row.error


@pytest.mark.parametrize("serve", [drips, keeps_silent])
def test_a_receiver_that_is_slow_or_drips_holds_up_no_other(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "SECONDS", 4.0)
    with receiver(serve) as (slow, _), receiver(says("200 OK")) as (quick, got):
        held = subscription("deal.changed", url=slow)
        subscription("deal.changed", url=quick)
        for _ in range(6):
            deal()
        arrived = as_they_came(monkeypatch)
        deliver(lambda: False in arrived)

    assert len(got) == 6
    assert arrived[:6] == [True] * 6
    assert "No reply within 4 s" in held.deliveries.exclude(error="").order_by("event")[0].error


def as_they_came(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether there was a reply, for each message in the order of the outcomes."""
    came: list[bool] = []
    note = delivering.note

    def noted(outcome: Any, at: datetime) -> None:
        came.append(outcome.reply is not None)
        note(outcome, at)

    monkeypatch.setattr(delivering, "note", noted)
    return came


def test_one_who_says_that_it_is_gone_is_told_nothing_more() -> None:
    with receiver(says("410 Gone")) as (url, got):
        hook = subscription("deal.changed", url=url)
        for _ in range(3):
            deal()
        told()
        delivering.note(delivering.send(take(1, timezone.now())[0]), timezone.now())
        deal()
        delivered()

    hook.refresh_from_db()
    assert (hook.state, len(got), states(hook)) == ("disabled", 1, ["failed"] * 3)
    assert "410" in hook.reason


def test_after_days_of_failures_alone_it_is_switched_off_with_the_reason() -> None:
    with receiver(says("500 Oh No")) as (url, _):
        hook = subscription("deal.changed", url=url)
        deal()
        delivered()
        WebhookSubscription.objects.update(failing_since=timezone.now() - timedelta(days=4.9))
        later(hook)
        delivered()
        hook.refresh_from_db()
        assert hook.state == "active"
        WebhookSubscription.objects.update(failing_since=timezone.now() - timedelta(days=5))
        later(hook)
        delivered()

    hook.refresh_from_db()
    assert (hook.state, states(hook)) == ("disabled", ["failed"])
    assert "5 days" in hook.reason


def test_what_never_arrives_is_given_up_after_the_last_try_and_can_be_sent_again() -> None:
    with receiver(says("500 Oh No")) as (url, got):
        hook = subscription("deal.changed", url=url)
        deal()
        for _ in range(len(DELAYS) + 3):
            delivered()
            later(hook)
    row = hook.deliveries.get()
    assert (row.state, row.tries, len(got), row.log.count()) == ("failed", len(DELAYS) + 1, *[len(DELAYS) + 1] * 2)

    with receiver(says("200 OK")) as (url, again):
        WebhookSubscription.objects.update(url=url, held_until=None)
        assert send_again(hook.deliveries.all(), at=timezone.now()) == 1
        delivered()

    assert states(hook) == ["succeeded"]
    assert headers_of(again[0])["webhook-id"] == headers_of(got[0])["webhook-id"]


def test_nothing_is_sent_again_for_one_that_is_disabled() -> None:
    hook = subscription("deal.changed", state="disabled")
    WebhookDelivery.objects.create(
        subscription=hook, event=1, type="deal.changed", body="{}", state="failed", created_at=now()
    )

    with pytest.raises(SwitchedOff):
        send_again(hook.deliveries.all(), at=timezone.now())


def test_many_that_wait_for_one_that_is_down_do_not_knock_one_after_the_other() -> None:
    with receiver(says("500 Oh No")) as (url, got):
        hook = subscription("deal.changed", url=url)
        for _ in range(30):
            deal()
        delivered()

    hook.refresh_from_db()
    assert len(got) <= 8
    assert hook.held_until is not None
    assert not any_to_send(timezone.now())


def test_an_address_inside_is_refused_when_it_is_sent_to_as_well(settings: Settings) -> None:
    settings.WEBHOOK_NETWORKS = []
    with receiver(says("200 OK")) as (url, got):
        hook = subscription("deal.changed", url=url)
        deal()
        delivered()

    assert got == []
    assert "not a public address" in hook.deliveries.get().error


def test_what_its_owner_may_not_see_any_more_is_not_sent() -> None:
    with receiver(says("200 OK")) as (url, got):
        hook = subscription("deal.changed", url=url, owner=member("rita", "Sales", "North"))
        made = deal(company(20, team=Group.objects.get(name="North")))
        told()
        Company.objects.filter(pk=made.company_id).update(team=Group.objects.create(name="South"))
        delivered()

    assert (got, states(hook)) == ([], ["failed"])


# What nobody foresaw


@pytest.mark.parametrize("fault", [TypeError("host"), RuntimeError("no thread"), httpcore.ProtocolError("odd")])
def test_what_nobody_foresaw_in_one_message_is_its_own_outcome_and_holds_up_no_other(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def post(url: str, *parts: Any, **more: Any) -> Any:
        if url == "https://odd.example/":
            raise fault
        return sending.post(url, *parts, **more)

    monkeypatch.setattr(delivering, "post", post)
    with receiver(says("200 OK")) as (url, got):
        odd = subscription("deal.changed", url="https://odd.example/")
        hook = subscription("deal.changed", url=url)
        for _ in range(3):
            deal()
        delivered()

    assert (len(got), states(hook)) == (3, ["succeeded"] * 3)
    row = odd.deliveries.exclude(error="").first()
    assert row is not None
    assert (row.state, row.error) == ("pending", delivering.UNFORESEEN)


def test_an_address_that_was_saved_before_it_was_refused_is_refused_when_it_is_sent_to() -> None:
    hook = subscription("deal.changed", url="https://[v1.é:x]/")
    deal()

    delivered()

    row = hook.deliveries.get()
    assert (row.state, row.error) == ("pending", "'v1.é:x' is no name of a host.")


def test_a_webhook_that_cannot_be_sent_for_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver(says("200 OK")) as (url, _):
        odd, hook = subscription("deal.changed"), subscription("deal.changed", url=url)

        def secrets(subscription: WebhookSubscription, at: datetime) -> list[str]:
            if subscription == odd:
                raise KeyError("salt")
            return secrets_of(subscription, at)

        monkeypatch.setattr(delivering, "secrets_of", secrets)
        deal()
        delivered()

    assert (states(odd), states(hook)) == (["pending"], ["succeeded"])


def test_an_outcome_that_cannot_be_written_down_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    note, left = delivering.note, ["the first"]

    def noted(outcome: Any, at: datetime) -> None:
        if left:
            raise ValueError(left.pop())
        note(outcome, at)

    monkeypatch.setattr(delivering, "note", noted)
    with receiver(says("200 OK")) as (url, _):
        hook = subscription("deal.changed", url=url)
        for _ in range(3):
            deal()
        delivered()

    assert sorted(states(hook)) == ["pending", "succeeded", "succeeded"]


# In order


def test_events_of_an_account_arrive_in_order_and_wait_for_the_one_before() -> None:
    answers = iter(["500 Oh No"])

    def serve(connection: Any, data: bytes) -> None:
        says(next(answers, "200 OK"))(connection, data)

    with receiver(serve) as (url, got):
        hook = subscription("deal.changed", url=url)
        acme = company(20)
        made = deal(acme, name="1")
        for name in ("2", "3"):
            Deal.objects.filter(pk=made.pk).update(name=name)
        delivered()
        assert states(hook) == ["pending"] * 3
        deal(name="other")
        delivered()
        later(hook)
        delivered()

    names = [json.loads(body_of(request))["data"]["after"]["name"] for request in got]
    assert names == ["1", "other", "1", "2", "3"]


def test_what_is_sent_again_while_a_later_one_is_on_its_way_waits_and_goes_before_the_rest() -> None:
    with receiver(says("200 OK")) as (url, got):
        hook = subscription("deal.changed", url=url)
        made = deal(company(20), name="1")
        delivered()
        for name in ("2", "3"):
            Deal.objects.filter(pk=made.pk).update(name=name)
        told()
        (parcel,) = take(16, timezone.now())
        send_again(hook.deliveries.filter(state="succeeded"), at=timezone.now())
        assert take(16, timezone.now()) == [], "the second is on its way"
        delivering.note(delivering.send(parcel), timezone.now())
        delivered()

    names = [json.loads(body_of(request))["data"]["after"]["name"] for request in got]
    assert names == ["1", "2", "1", "3"]


# Several workers, and those that die


def test_what_a_dead_worker_had_taken_is_sent_by_another_with_the_same_id() -> None:
    with receiver(says("200 OK")) as (url, got):
        hook = subscription("deal.changed", url=url)
        deal()
        told()
        (parcel,) = take(16, timezone.now())
        delivered()
        assert got == []
        WebhookDelivery.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        delivered()

    assert headers_of(got[0])["webhook-id"] == parcel.message
    assert hook.deliveries.get().tries == 2


def test_two_workers_send_each_message_once() -> None:
    with receiver(says("200 OK")) as (url, got):
        hook = subscription("deal.changed", url=url)
        for _ in range(20):
            deal()

        def work() -> None:
            try:
                delivered()
            finally:
                connection.close()

        workers = [threading.Thread(target=work) for _ in range(3)]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
        delivered()

    assert states(hook) == ["succeeded"] * 20
    assert len({headers_of(request)["webhook-id"] for request in got}) == len(got) == 20


def test_one_receiver_gets_few_at_once() -> None:
    hook = subscription("deal.changed")
    for _ in range(10):
        deal()
    told()

    assert len(take(16, timezone.now())) == 4
    assert take(16, timezone.now()) == []
    WebhookSubscription.objects.filter(pk=hook.pk).update(failures=1)
    WebhookDelivery.objects.update(leased_until=None)
    assert len(take(16, timezone.now())) == 1


# The test button


def test_a_test_says_what_became_of_it_whatever_the_state() -> None:
    with receiver(says("418 Teapot", body=b"short and stout")) as (url, got):
        tried = send_test(subscription(url=url, state="paused"), timezone.now())

    assert (tried.status, tried.said) == (418, "short and stout")
    assert json.loads(body_of(got[0]))["type"] == "webhook.test"
    assert not any_to_send(timezone.now())


def test_a_test_goes_at_once_however_the_receiver_did_before() -> None:
    with receiver(says("200 OK")) as (url, got):
        hook = subscription("deal.changed", url=url)
        for _ in range(3):
            deal()
        told()
        held = timezone.now() + timedelta(minutes=5)
        WebhookSubscription.objects.filter(pk=hook.pk).update(failures=8, held_until=held)
        assert not any_to_send(timezone.now())
        delivering.queue_test(hook, timezone.now())
        assert any_to_send(timezone.now())
        (parcel,) = take(16, timezone.now())
        assert json.loads(parcel.body)["type"] == "webhook.test"
        WebhookDelivery.objects.update(leased_until=None)
        delivered()

    assert json.loads(body_of(got[0]))["type"] == "webhook.test"
    assert len(got) == 4, "it arrived, so the others follow"


# What is seen of it


def test_what_waits_what_was_given_up_and_how_old_it_is_can_be_measured() -> None:
    hook = subscription("deal.changed")
    deal()
    told()
    hook.deliveries.update(created_at=timezone.now() - timedelta(minutes=5))
    disable(subscription(), "Nothing has arrived for 5 days.", at=timezone.now(), failed=True)

    figures = {each.name: each.samples[0].value for each in webhooks()}

    assert figures["icp_webhook_waiting"] == figures["icp_webhook_switched_off"] == 1
    assert figures["icp_webhook_dead"] == 0
    assert 299 < figures["icp_webhook_oldest_seconds"] < 330


def test_the_doctor_says_which_webhook_was_switched_off_and_which_fails() -> None:
    disable(subscription(name="Slack"), "Nothing has arrived for 5 days.", at=timezone.now(), failed=True)
    subscription(name="Bot", failing_since=timezone.now() - timedelta(hours=2))

    said = [each.found for each in doctor.webhooks()]

    assert said[0] == "'Slack' does not send: Nothing has arrived for 5 days."
    assert said[1].startswith("Nothing has arrived at 'Bot' since")


def test_a_trigger_that_is_missing_is_found_and_put_back() -> None:
    with connection.cursor() as cursor:
        name = next(each for each in triggers.triggers() if each.table == "crm_deal")
        cursor.execute(f"DROP TRIGGER {name.name}{' ON crm_deal' if connection.vendor == 'postgresql' else ''}")
    assert [each.level for each in doctor.webhooks()] == ["fault"]

    triggers.install()

    assert triggers.faults() == []


def test_the_log_is_kept_for_a_month() -> None:
    hook = subscription("deal.changed")
    deal()
    told()
    day = timezone.now() - timedelta(days=29)
    hook.deliveries.update(state="succeeded", next_try_at=None, created_at=day, finished_at=day)
    forget_deliveries(timezone.now())
    assert hook.deliveries.exists()

    forget_deliveries(timezone.now() + timedelta(days=2))

    assert not hook.deliveries.exists()


def test_what_has_waited_for_a_month_is_given_up_and_says_so_for_another() -> None:
    hook = subscription("deal.changed", state="paused")
    deal()
    told()
    month = timedelta(days=30, minutes=1)
    hook.deliveries.update(created_at=timezone.now() - month, next_try_at=timezone.now() - month)

    forget_deliveries(timezone.now())

    row = hook.deliveries.get()
    assert (row.state, row.error) == ("failed", "It waited for 30 days and was given up.")
    assert send_again(hook.deliveries.all(), at=timezone.now()) == 1
    forget_deliveries(timezone.now())
    assert states(hook) == ["pending"]
    forget_deliveries(timezone.now() + month)
    forget_deliveries(timezone.now() + 2 * month)
    assert not hook.deliveries.exists()


def test_what_nobody_has_told_yet_stays_in_the_outbox_while_somebody_listens() -> None:
    hook = subscription("deal.changed")
    deal()
    Outbox.objects.update(at=timezone.now() - timedelta(days=100))
    forget(timezone.now())
    assert Outbox.objects.exists()

    disable(hook, "", at=timezone.now())
    forget(timezone.now())

    assert not Outbox.objects.exists()


@pytest.mark.parametrize("change", ["left", "scope"])
def test_what_waits_is_not_sent_to_who_may_not_hear_of_it_any_more(change: str) -> None:
    owner = integration()
    with receiver(says("200 OK")) as (url, got):
        hook = subscription("deal.changed", "ruleset.published", url=url, owner=owner.user)
        deal()
        ruleset()
        told()
        if change == "left":
            User.objects.filter(pk=owner.user_id).update(is_active=False)
        else:
            Integration.objects.filter(pk=owner.pk).update(scopes=["companies:read"])

        delivered()

    assert not got
    assert states(hook) == ["failed", "failed"]
