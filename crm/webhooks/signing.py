"""Signatures as the Standard Webhooks specification has them: whoever knows the secret knows who wrote."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.conf import settings

PREFIX = "whsec_"
SALT_BYTES = 24
PURPOSE = b"icp-crm webhook secret "


def new_salt() -> str:
    """What the next secret is made from: nobody can guess it, and alone it tells nothing."""
    return secrets.token_urlsafe(SALT_BYTES)


def secret_of(salt: str, made_with: str) -> str | None:
    """The secret of this salt, as receivers take it; None where the SECRET_KEY that it was made with is gone."""
    key = next((each for each in keys() if mark_of(each) == made_with), None)
    if key is None:
        return None
    return PREFIX + base64.b64encode(hmac.digest(key, PURPOSE + salt.encode(), hashlib.sha256)).decode()


def present_mark() -> str:
    """What tells the SECRET_KEY in use from others."""
    return mark_of(next(keys()))


def keys() -> Iterator[bytes]:
    """The SECRET_KEY in use, and those that were before and still count."""
    for each in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield each.encode()


def mark_of(key: bytes) -> str:
    return hmac.digest(key, PURPOSE, hashlib.sha256).hex()[:16]


def key_of(secret: str) -> bytes:
    """The bytes that a secret stands for; raises ValueError where it is none."""
    if not secret.startswith(PREFIX):
        raise ValueError("is no secret of a webhook")
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def signed_headers(secrets_: Sequence[str], *, message: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that go with `body`: its id, when it was sent, and a signature by each secret.

    The id stays the same when a message is sent again; `at` is the moment of this try.
    """
    moment = str(int(at.timestamp()))
    signed = b".".join([message.encode(), moment.encode(), body])
    signatures = [
        "v1," + base64.b64encode(hmac.digest(key_of(each), signed, hashlib.sha256)).decode() for each in secrets_
    ]
    return {"webhook-id": message, "webhook-timestamp": moment, "webhook-signature": " ".join(signatures)}
