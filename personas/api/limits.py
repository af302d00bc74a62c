"""What the body of a call may be: so large, so deep, text that can be stored, and numbers that are numbers."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

MOST_DEPTH = 64
CHUNK = 1 << 16
UNSTORABLE = re.compile(rb"\x00|\\u0000|\\u[dD][89a-fA-F]")
"""What may stand for a text that no database keeps: NUL, and halves of a character."""


class TooLarge(APIException):
    """The body is larger than the call takes."""

    status_code = 413
    default_code = "too_large"

    def __init__(self, most: int) -> None:
        super().__init__(f"The body is larger than {most:,} bytes. Send it in parts.")


class NoLength(APIException):
    """The body comes without its length, and is not read."""

    status_code = 411
    default_code = "no_length"
    default_detail = "Send the length of the body as Content-Length; one in chunks is not read."


def require_length(request: Any) -> None:
    """Raises NoLength for a body in chunks, which would count as none at all."""
    if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
        raise NoLength


class BoundedJSONParser(BaseParser):
    """JSON in UTF-8, within the limits."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        return parsed(read_body(stream, (parser_context or {}).get("request")))


def read_body(stream: Any, request: Any = None) -> bytes:
    """The whole body; the request then has its digest. Raises TooLarge before reading more than is allowed."""
    most = int(settings.API_BODY_BYTES)
    length = request.META.get("CONTENT_LENGTH", "") if request is not None else ""
    if str(length).isdecimal() and int(length) > most:
        raise TooLarge(most)
    parts, size = [], 0
    while part := stream.read(CHUNK):
        size += len(part)
        if size > most:
            raise TooLarge(most)
        parts.append(part)
    body = b"".join(parts)
    if request is not None:
        request.body_digest = hashlib.sha256(body).hexdigest()
    return body


def parsed(body: bytes) -> Any:
    """What the JSON says. Raises ParseError for what is none, or holds what cannot be kept."""
    found = read_json(body, number=finite)
    if UNSTORABLE.search(body):
        require_storable(found)
    return found


def read_json(body: bytes, *, number: Callable[[str], object]) -> Any:
    """What the JSON says, with `number` for those with a fraction. Raises ParseError for what is none, or too deep."""
    try:
        found = json.loads(body.decode("utf-8-sig"), parse_constant=no_number, parse_float=number)
    except UnicodeDecodeError as error:
        raise ParseError("The body is not UTF-8.") from error
    except RecursionError as error:
        raise too_deep() from error
    except json.JSONDecodeError as error:
        said = f"The body is not JSON: {error.msg}, line {error.lineno}, column {error.colno}."
        raise ParseError(said) from error
    except ValueError as error:
        # Python reads no whole number of very many digits.
        raise ParseError("The body holds a number that cannot be read.") from error
    if body.count(b"[") + body.count(b"{") > MOST_DEPTH:
        require_shallow(found)
    return found


def no_number(word: str) -> NoReturn:
    raise ParseError(f"The body holds {word}, which is no number.")


def finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ParseError("The body holds a number that is too large.")
    return number


def too_deep() -> ParseError:
    return ParseError(f"The body is nested more than {MOST_DEPTH} levels deep.")


def require_shallow(found: Any) -> None:
    """Raises ParseError for what is nested too deep."""
    level = [found] if isinstance(found, dict | list) else []
    for _ in range(MOST_DEPTH):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise too_deep()


def require_storable(found: Any) -> None:
    """Raises ParseError for a text with a character that no database keeps."""
    ahead = [found]
    while ahead:
        each = ahead.pop()
        if isinstance(each, dict):
            ahead += [*each, *each.values()]
        elif isinstance(each, list):
            ahead += each
        elif isinstance(each, str) and ("\0" in each or any("\ud800" <= sign <= "\udfff" for sign in each)):
            raise ParseError("The body holds a text with a character that cannot be kept (NUL, or half of a pair).")
