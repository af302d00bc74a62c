"""Nobody inside is told anything, however the address is spelled."""

from ipaddress import ip_address
from socket import AF_INET, AF_INET6, SOCK_STREAM, gaierror
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.webhooks import addresses
from crm.webhooks.addresses import Refused, check_url, is_public, read_networks, resolve

INSIDE = [
    "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://017700000001/",
    "http://0/", "http://localhost/", "http://LOCALHOST./", "http://[::1]/", "http://[::]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://169.254.169.254/", "http://10.0.0.1/",
    "http://192.168.1.1/", "http://172.31.255.255/", "http://100.64.0.1/", "http://[fe80::1]/", "http://[fd00::1]/",
    "http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::1]/", "http://[2002:7f00:1::]/", "http://[2001:0:7f00:1::]/",
    "http://224.0.0.1/", "http://[ff02::1]/", "http://255.255.255.255/", "http://192.88.99.1/",
    "http://①②⑦.0.0.1/", "http://127。0。0。1/", "http://[fe80::1%25lo]/",
]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
def test_every_spelling_of_an_address_inside_is_refused(url: str) -> None:
    def connect() -> None:
        place = check_url(url, plain=True)
        resolve(place.host, place.port, seconds=5)

    with pytest.raises((Refused, OSError)):
        connect()


@pytest.mark.parametrize("text", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001:81b::200e"])
def test_public_addresses_may_be_told(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://example.com/", "begin with https"),
        ("http://example.com/", "begin with https"),
        ("https://user:secret@example.com/", "a user or a password"),
        ("https:///hook", "names no host"),
        ("https://example.com:99999/", "no address like"),
        ("https://example.com:0/", "no port 0"),
        ("https://exa mple.com/", "a space or a control character"),
        ("https://example.com/\nHost: inside", "a space or a control character"),
        ("https://" + "a" * 70 + ".com/", "no name of a host"),
        ("https://[::1/", "no address like"),
        ("https://[fe80::1%25eth0]/", "no name of a host"),
        ("https://[v1.é:x]/", "no name of a host"),
        ("https://[v1.example]/", "no name of a host"),
        ("https://%31%32%37.0.0.1/", "no name of a host"),
        ("https://example.com/" + "a" * 2_000, "longer than"),
    ],
)
def test_what_is_no_address_of_a_receiver_is_refused_in_words(url: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        check_url(url)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        place = check_url(f"https://{text}")
    except Refused:
        return
    assert place.host.isascii()
    assert place.path.isascii()
    assert 0 < place.port < 65_536


def answers(monkeypatch: pytest.MonkeyPatch, *found: str) -> None:
    def look_up(host: str, port: int, *more: Any) -> list[tuple[Any, ...]]:
        if not found:
            raise gaierror
        return [
            (AF_INET6 if ":" in each else AF_INET, SOCK_STREAM, 6, "", (each, port, *([0, 0] if ":" in each else [])))
            for each in found
        ]

    monkeypatch.setattr(addresses, "getaddrinfo", look_up)


def test_one_address_inside_among_several_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "8.8.8.8", "10.0.0.1")

    with pytest.raises(Refused, match=r"not a public address: mixed\.example") as refused:
        resolve("mixed.example", 443, seconds=1)

    assert "10.0.0.1" not in str(refused.value), "which address is inside is nobody's business outside"


def test_the_address_that_was_judged_is_the_one_to_connect_to(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "8.8.4.4")

    assert str(resolve("dns.example", 443, seconds=1)) == "8.8.4.4"


def test_a_host_that_is_not_there_is_an_outage_and_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch)

    with pytest.raises(OSError, match="there is no host"):
        resolve("nowhere.example", 443, seconds=1)


def test_networks_of_ones_own_can_be_allowed() -> None:
    assert str(resolve("127.0.0.1", 80, seconds=1, allowed=read_networks(["127.0.0.0/8"]))) == "127.0.0.1"
    with pytest.raises(Refused):
        resolve("10.0.0.1", 80, seconds=1, allowed=read_networks(["127.0.0.0/8"]))
