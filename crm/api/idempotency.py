"""Calls that are done once, however often they are sent: `Idempotency-Key`."""

import functools
import hashlib
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseBase
from rest_framework.exceptions import APIException, ParseError
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import IdempotentCall
from personas.api.limits import require_length
from personas.api.narrowing import require_known

from .permissions import has_scope
from .problems import Conflict

Handler = Callable[..., HttpResponseBase]

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = ("Location", "ETag")
KEY = re.compile(r"[!-~]{1,255}")


class OtherCall(APIException):
    """The key has been used for another call."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key was used for another call: another address or body. Use a new one."
    default_code = "other_call"


class InTheMiddle(Conflict):
    """The first call with this key is still being done."""

    default_detail = "The first call with this Idempotency-Key is still being done. Try again."
    wait = 1


def once(handler: Handler) -> Handler:
    """The handler of a writing call, done in one transaction, and with an Idempotency-Key done once.

    What it did and what it answered are stored together, for 24 hours; the same
    call is answered from there. A call that is refused leaves nothing behind,
    and may be tried again with the same key.
    """

    @functools.wraps(handler)
    def done(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # What cannot be read or is not known is refused before anything is locked.
        require_known(request, view)
        require_length(request)
        request.data  # noqa: B018
        key = request.headers.get(HEADER)
        if key is not None and not KEY.fullmatch(key):
            raise ParseError(f"{HEADER} is 1 to 255 visible characters of ASCII, without spaces.")
        with transaction.atomic():
            if key is None:
                return handled(handler, view, request, *args, **kwargs)
            take(request, key)
            call = IdempotentCall.objects.filter(user=request.user.pk, key=key).first()
            fingerprint = fingerprint_of(request)
            if call is not None:
                if call.fingerprint != fingerprint:
                    raise OtherCall
                return replayed(call)
            response = handled(handler, view, request, *args, **kwargs)
            if response.status_code < HTTPStatus.BAD_REQUEST:
                keep(request, key, fingerprint, response)
            return response

    done.once = True  # type: ignore[attr-defined]
    return done


def handled(handler: Handler, view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """What the handler answers; one that refuses undoes what was done so far."""
    response = handler(view, request, *args, **kwargs)
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        transaction.set_rollback(True)
    elif isinstance(response, Response) and not may_read(view, request):
        response.data = told_to_writers(response.data)
    return response


def may_read(view: Any, request: Request) -> bool:
    """Whether the caller may read the record that the call is about; calls about many answer nothing of them."""
    resource = getattr(view, "resource", None) if isinstance(view, GenericAPIView) else None
    return resource is None or has_scope(request, f"{resource}:read")


def told_to_writers(data: Any) -> Any:
    """Of a record, what a key that may write and not read is told: which one it is."""
    if not isinstance(data, dict) or "id" not in data:
        return data
    return {name: data[name] for name in ("id", "secret") if name in data}


def take(request: Request, key: str) -> None:
    """Nobody else does a call with this key until the transaction ends; raises InTheMiddle where somebody does.

    SQLite has one writer at a time, so a second call has waited by now.
    """
    if connection.vendor != "postgresql":
        return
    digest = hashlib.sha256(f"call:{request.user.pk}:{key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], signed=True)])
        if not cursor.fetchone()[0]:
            raise InTheMiddle


def fingerprint_of(request: Request) -> str:
    """What two calls share that are the same: method, address and body."""
    body = getattr(request, "body_digest", "")
    return hashlib.sha256(f"{request.method} {request.get_full_path()} {body}".encode()).hexdigest()


def keep(request: Request, key: str, fingerprint: str, response: HttpResponseBase) -> None:
    """The call and its answer are stored, with what it did."""
    content = b""
    if isinstance(response, Response):
        content = b"" if response.data is None else JSONRenderer().render(response.data)
    elif isinstance(response, HttpResponse):
        content = response.content
    headers = {name: response.headers[name] for name in KEPT if name in response.headers}
    IdempotentCall.objects.create(
        user_id=request.user.pk,  # type: ignore[misc]
        key=key,
        fingerprint=fingerprint,
        status=response.status_code,
        headers=headers,
        body=content,
    )


def replayed(call: IdempotentCall) -> HttpResponse:
    """What the call answered when it was done."""
    response = HttpResponse(bytes(call.body), status=call.status, content_type="application/json")
    for name, value in call.headers.items():
        response[name] = value
    response[REPLAYED] = "true"
    return response
