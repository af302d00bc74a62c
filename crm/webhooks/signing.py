"""Signatures as the Standard Webhooks specification has them: whoever knows the secret knows who wrote."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A secret nobody can guess, as receivers take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


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
