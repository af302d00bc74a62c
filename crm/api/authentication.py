"""Who calls: an integration by its key, or a person who has signed in."""

from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from crm.integrations import recognise
from crm.models import IntegrationKey

NOT_VALID = "The key is not valid."
"""Said of every key that does not open the door, whatever the reason."""


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer KEY`."""

    def authenticate(self, request: Request) -> tuple[User, IntegrationKey] | None:
        header = get_authorization_header(request).split()
        if not header or header[0].lower() != b"bearer":
            return None
        text = header[1].decode("latin-1") if len(header) == 2 else ""
        key = recognise(text, address=address_of(request), at=timezone.now())
        if key is None:
            raise AuthenticationFailed(NOT_VALID)
        return key.integration.user, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


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
