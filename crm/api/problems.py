"""Errors as RFC 9457 has them: what is wrong, where, and what would do; never how the program is made."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.db import DataError, OperationalError
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from crm.accounts import AtOdds, Wrong
from personas.api.parameters import WrongParameter

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 5
MOST_FAULTS = 200
"""So many faults are named; the detail says how many there are."""


class Conflict(exceptions.APIException):
    """The state of things is another than the caller thinks."""

    status_code = HTTPStatus.CONFLICT
    default_detail = "This cannot be done as things are now."
    default_code = "conflict"


AT_ODDS = "Another record that this one goes against was saved at the same moment. Try again."


@contextmanager
def refusing() -> Iterator[None]:
    """Raises what was said wrongly of a record, and what goes against another one, as the API has refusals."""
    try:
        yield
    except Wrong as error:
        raise exceptions.ValidationError(error.faults) from error
    except AtOdds as error:
        raise Conflict(AT_ODDS) from error


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The problem that `error` is, as a response; None for a fault of ours, which becomes a bare 500."""
    if isinstance(error, ModelError):
        error = exceptions.ValidationError(detail_of(error))
    elif isinstance(error, ProtectedError):
        error = Conflict("Other records still point to this one; remove those first.")
    elif isinstance(error, DataError | OverflowError):
        # What no field has refused before: an offset of 19 hours from UTC, or a moment that is before the year 1 there.
        set_rollback()
        return problem(400, "A value is beyond what the database can hold or compare.")
    elif isinstance(error, OperationalError):
        set_rollback()
        found = problem(503, "The database is busy. Try again.")
        found["Retry-After"] = str(RETRY_SECONDS)
        return found
    answer = exception_handler(error, dict(context))
    if answer is None:
        return None
    said = detail(error, answer.data)
    found = problem(answer.status_code, said, list(islice(faults(error), MOST_FAULTS)))
    for name in ("WWW-Authenticate", "Retry-After"):
        if name in answer.headers:
            found[name] = answer.headers[name]
    return found


def problem(status: int, said: str, errors: list[dict[str, str]] | None = None) -> Response:
    """A response that tells of a problem."""
    return Response(body(status, said, errors), status=status, content_type=CONTENT_TYPE)


def body(status: int, said: str, errors: list[dict[str, str]] | None = None) -> dict[str, object]:
    """The members of a problem; `errors` each with the pointer to what is wrong in the body that was sent."""
    out: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": said,
    }
    return out | ({"errors": errors} if errors else {})


def detail(error: Exception, data: object) -> str:
    """What is wrong, in one sentence."""
    if isinstance(error, exceptions.ValidationError):
        count = sum(1 for _ in faults(error))
        return "One value cannot be taken." if count == 1 else f"{count} values cannot be taken."
    if isinstance(error, Http404 | exceptions.NotFound):
        return "There is nothing here, or it is not open to you."
    said = data.get("detail") if isinstance(data, Mapping) else None
    return str(said) if said else "The request could not be done."


def detail_of(error: ModelError) -> Any:
    """A model's complaint as the API has complaints."""
    return error.message_dict if hasattr(error, "error_dict") else error.messages


def faults(error: Exception) -> Iterator[dict[str, str]]:
    """Each value that cannot be taken: the JSON pointer to it (RFC 6901) or the name of the parameter, and why."""
    if isinstance(error, WrongParameter):
        for fault in pointed(error.detail, ""):
            yield {"parameter": fault["pointer"].split("/")[1], "detail": fault["detail"]}
    elif isinstance(error, exceptions.ValidationError):
        yield from pointed(error.detail, "")


def pointed(found: object, path: str) -> Iterator[dict[str, str]]:
    if isinstance(found, Mapping):
        for key, inner in found.items():
            here = path if key in ("non_field_errors", "__all__") else f"{path}/{escaped(str(key))}"
            yield from pointed(inner, here)
    elif isinstance(found, list | tuple):
        for place, inner in enumerate(found):
            if isinstance(inner, Mapping):
                if inner:
                    yield from pointed(inner, f"{path}/{place}")
            elif inner:
                yield from pointed(inner, path)
    else:
        yield {"pointer": path, "detail": str(found)}


def escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


# What never reaches a view of the API

PREFIX = "/api/"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for an address that there is not; a problem where the API was asked."""
    if request.path.startswith(PREFIX):
        return JsonResponse(body(404, "There is nothing at this address."), status=404, content_type=CONTENT_TYPE)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for a fault of ours; a problem that tells nothing of it where the API was asked."""
    if request.path.startswith(PREFIX):
        said = body(500, "Something went wrong here. It has been noted; try again later.")
        return JsonResponse(said, status=500, content_type=CONTENT_TYPE)
    return defaults.server_error(request)
