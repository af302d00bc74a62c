"""Versions of a record: not sent again while it is as the reader has it, not changed when it is not as they saw it.

The tag has two parts, as in "f3a1….9c40…": what can be edited, and the whole
answer. `If-None-Match` compares the whole; `If-Match` only what can be edited,
so that a score that was worked out meanwhile stands in nobody's way.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from .sparse import only

LENGTH = 16
IF_MATCH = "If-Match"


class Changed(APIException):
    """The record is another than the caller has seen."""

    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "This has been changed since you read it. Read it again."
    default_code = "changed"


def tag(data: Mapping[str, Any], worked_out: Collection[str] = ()) -> str:
    """The version of a record as an ETag; `worked_out` are the fields that nobody edits."""
    return f'"{digest({name: data[name] for name in data if name not in worked_out})}.{digest(data)}"'


def digest(data: Mapping[str, Any]) -> str:
    text = json.dumps(data, cls=JSONEncoder, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def answer(request: Request, data: Mapping[str, Any], worked_out: Collection[str] = (), status: int = 200) -> Response:
    """The record with its version, cut down to the fields asked for; 304 without a body where the reader has it."""
    version = tag(data, worked_out)
    if request.method in ("GET", "HEAD") and has(request, version):
        return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": version})
    return Response(only(request, data), status=status, headers={"ETag": version})


def has(request: Request, version: str) -> bool:
    """Whether the reader says that they have this version."""
    given = list(tags(request.headers.get("If-None-Match", "")))
    return "*" in given or version in (each.removeprefix("W/") for each in given)


def require_match(request: Request, data: Mapping[str, Any], worked_out: Collection[str] = ()) -> None:
    """Raises Changed where the caller names versions and none of them is that of the record, which is locked."""
    said = request.headers.get(IF_MATCH)
    given = list(tags(said or ""))
    if said is None or "*" in given:
        return
    edited = tag(data, worked_out).partition(".")[0]
    if not any(each.partition(".")[0] == edited for each in given):
        raise Changed


def tags(header: str) -> Iterator[str]:
    """The tags in a header."""
    return (each.strip() for each in header.split(",") if each.strip())
