"""What becomes of one try, with receivers of every temper."""

import socket
import time
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from crm.webhooks.addresses import read_networks
from crm.webhooks.retrying import DELAYS, next_try
from crm.webhooks.sending import NotDelivered, Reply, post
from crm.webhooks.signing import new_salt, present_mark, secret_of, signed_headers

from .receivers import Serve, drips, floods, hangs_up, keeps_silent, receiver, says

HERE = read_networks(["127.0.0.0/8"])


def new_secret() -> str:
    secret = secret_of(new_salt(), present_mark())
    assert secret is not None
    return secret


def tell(url: str, *, seconds: float = 5) -> Reply:
    return post(url, b'{"a": 1}', {"content-type": "application/json"}, seconds=seconds, allowed=HERE, plain=True)


def test_a_receiver_gets_the_body_and_its_reply_comes_back() -> None:
    with receiver(says("200 OK", body=b"thanks")) as (url, got):
        reply = tell(url)

    assert (reply.status, reply.said, reply.arrived) == (200, "thanks", True)
    assert got[0].startswith(b"POST /hook HTTP/1.1")
    assert got[0].endswith(b'{"a": 1}')


def test_what_no_request_can_hold_is_written_as_the_wire_has_it() -> None:
    with receiver(says("200 OK")) as (url, got):
        assert tell(f"{url}/für?naïve=1&b=%20").arrived

    assert got[0].startswith(b"POST /hook/f%C3%BCr?na%C3%AFve=1&b=%20 HTTP/1.1")


@pytest.mark.parametrize(
    ("status", "arrived", "gone"),
    [("204 No Content", True, False), ("410 Gone", False, True), ("500 Oh No", False, False)],
)
def test_the_status_says_what_to_do_next(status: str, arrived: bool, gone: bool) -> None:
    with receiver(says(status)) as (url, _):
        reply = tell(url)

    assert (reply.arrived, reply.is_gone) == (arrived, gone)


def test_a_redirect_is_a_failure_and_is_not_followed() -> None:
    with receiver(says("200 OK")) as (inside, told), receiver(says("302 Found", f"Location: {inside}")) as (url, _):
        reply = tell(url)

    assert not reply.arrived
    assert told == []


@pytest.mark.parametrize(
    ("serve", "reason"),
    [(drips, "No reply within"), (keeps_silent, "No reply within"), (floods, "longer than"), (hangs_up, "delivered")],
)
def test_a_receiver_that_misbehaves_holds_nobody_up(serve: Serve, reason: str) -> None:
    with receiver(serve) as (url, _):
        started = time.monotonic()
        with pytest.raises(NotDelivered, match=reason):
            tell(url, seconds=2)
        assert time.monotonic() - started < 15


def test_nobody_there_is_said_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"

    with pytest.raises(NotDelivered, match="could not be delivered"):
        tell(url)


def test_an_address_inside_is_never_connected_to() -> None:
    with receiver(says("200 OK")) as (url, got), pytest.raises(NotDelivered, match="not a public address"):
        post(url, b"", {}, plain=True)

    assert got == []


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver(says("200 OK")) as (proxy, through), receiver(says("200 OK")) as (url, got):
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        assert tell(url).arrived

    assert through == []
    assert len(got) == 1


# Signatures


def test_an_independent_receiver_takes_the_signature_by_either_secret_and_by_no_other() -> None:
    old, new = new_secret(), new_secret()
    body = '{"type": "company.segment_changed", "name": "Zoë"}'.encode()

    headers = signed_headers([new, old], message="msg_1", at=datetime.now(UTC), body=body)

    for secret in (old, new):
        assert Webhook(secret).verify(body, headers)["name"] == "Zoë"
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(body + b" ", headers)


def test_an_old_message_cannot_be_played_again() -> None:
    secret = new_secret()
    headers = signed_headers([secret], message="msg_1", at=datetime.now(UTC) - timedelta(hours=1), body=b"{}")

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(b"{}", headers)


# Trying again


def test_tries_spread_over_three_days_and_then_end() -> None:
    first = at = datetime(2026, 11, 1, tzinfo=UTC)
    tries = 1
    while (later := next_try(tries, at, lambda: 0.5)) is not None:
        assert later > at
        at, tries = later, tries + 1

    assert timedelta(days=2.9) < at - first < timedelta(days=3.1)


def test_those_who_failed_together_do_not_come_back_together() -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)

    early, late = next_try(2, at, lambda: 0.0), next_try(2, at, lambda: 1.0)

    assert early is not None
    assert late is not None
    assert (late - early).total_seconds() == pytest.approx(0.4 * DELAYS[1].total_seconds())
