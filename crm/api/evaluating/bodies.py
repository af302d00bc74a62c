"""Bodies with facts: JSON and JSON Lines, with exact numbers as `manage.py evaluate` reads them."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from personas.api.limits import read_body, read_json
from personas.rules.evaluate import number

NDJSON = "application/x-ndjson"


def whole_body(stream: Any, parser_context: Mapping[str, Any] | None) -> bytes:
    """The body, of which the request then knows the size."""
    request: Any = (parser_context or {}).get("request")
    body = read_body(stream, request)
    if request is not None:
        request.body_size = len(body)
    return body


class FactsParser(BaseParser):
    """JSON, with exact numbers."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        return read_json(whole_body(stream, parser_context), number=number)


class LinesParser(BaseParser):
    """Lines of JSON in a tuple, each left as it is: a wrong one is answered in its place."""

    media_type = NDJSON

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = whole_body(stream, parser_context)
        return tuple(line for line in BytesIO(body) if line.strip())


class LinesRenderer(JSONRenderer):
    """For whoever accepts lines of JSON; a problem is still one object."""

    media_type = NDJSON
    format = "ndjson"
