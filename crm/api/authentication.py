"""Who calls: an integration by its key, or a person who has signed in."""

import hashlib
from collections import OrderedDict
from ipaddress import ip_address
from threading import Lock
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from crm.integrations import recognise
from crm.models import IntegrationKey

from .counting import counts, until_next_minute

MOST_KNOWN = 1_000
NOT_VALID = "The key is not valid."
"""Said of every key that does not open the door, whatever the reason."""


class Known:
    """Keys that this process has let in and that have failed it never since, the latest ones; as hashes.

    Who calls with one of them is not kept waiting for the mistakes of others at
    the same address. It opens nothing: the key is looked up all the same.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.hashes: OrderedDict[bytes, None] = OrderedDict()

    def has(self, text: str) -> bool:
        return hashed(text) in self.hashes

    def add(self, text: str) -> None:
        with self.lock:
            self.hashes[hashed(text)] = None
            self.hashes.move_to_end(hashed(text))
            if len(self.hashes) > MOST_KNOWN:
                self.hashes.popitem(last=False)

    def drop(self, text: str) -> None:
        with self.lock:
            self.hashes.pop(hashed(text), None)

    def forget(self) -> None:
        """No key is known."""
        self.hashes.clear()


known = Known()


def hashed(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer KEY`.

    An address from which too many wrong keys came in the last minute is kept
    waiting before the next one is looked up.
    """

    def authenticate(self, request: Request) -> tuple[User, IntegrationKey] | None:
        header = get_authorization_header(request).split()
        if not header or header[0].lower() != b"bearer":
            return None
        text = header[1].decode("latin-1") if len(header) == 2 else ""
        address = address_of(request)
        if not known.has(text) and counts.look(wrong_keys_from(address)) >= settings.API_WRONG_KEYS_A_MINUTE:
            raise Throttled(wait=until_next_minute())
        key = recognise(text, address=address, at=timezone.now())
        if key is None:
            known.drop(text)
            counts.add(wrong_keys_from(address))
            raise AuthenticationFailed(NOT_VALID)
        known.add(text)
        return key.integration.user, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def wrong_keys_from(address: str) -> str:
    """The name by which wrong keys from this address are counted."""
    return f"wrong keys:{address}"


def address_of(request: Any) -> str:
    """The address that called; behind API_PROXIES proxies of ours, what the last of them was told. Empty: unknown."""
    proxies: int = settings.API_PROXIES
    forwarded = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if each.strip()]
    if proxies and len(forwarded) >= proxies:
        return plain_address(forwarded[-proxies])
    return plain_address(str(request.META.get("REMOTE_ADDR", "")))


def plain_address(said: str) -> str:
    """The address alone, without the port that some proxies add; empty for what is none."""
    bare = said.partition("]")[0].removeprefix("[") if said.startswith("[") else said
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ip_address(bare))
    except ValueError:
        return ""
