"""Bodies with many rows: a list in JSON, or a line of JSON for each row."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from crm.upserting.cells import LONGEST_LINE, rows_of
from crm.upserting.jobs import Packing
from personas.api.limits import TooLarge, read_body

MOST_ROWS = 10_000
CHUNK = 1 << 16


class TooManyRows(APIException):
    """More rows than the call takes."""

    status_code = 413
    default_code = "too_many_rows"

    def __init__(self, most: int, instead: str) -> None:
        super().__init__(f"The body has more than {most:,} rows. {instead}")


class LinesParser(BaseParser):
    """A row a line, within the limits; a line that cannot be read is a row that is refused."""

    media_type = "application/x-ndjson"
    renderer_class = JSONRenderer

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = read_body(stream, (parser_context or {}).get("request"))
        lines = [line for line in body.split(b"\n") if line.strip()]
        if len(lines) > MOST_ROWS:
            raise TooManyRows(MOST_ROWS, "Send it in parts, or as a job.")
        return list(rows_of(iter(lines)))


class PackedLinesParser(BaseParser):
    """A row a line, packed while it comes in, so that a large body is never in memory as a whole."""

    media_type = "application/x-ndjson"
    renderer_class = JSONRenderer

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        request: Any = (parser_context or {}).get("request")
        most_bytes, most_rows = int(settings.JOB_BYTES), int(settings.JOB_ROWS)
        digest, packing, size, rest = hashlib.sha256(), Packing(), 0, b""
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            digest.update(chunk)
            if size > most_bytes:
                raise TooLarge(most_bytes)
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > LONGEST_LINE:
                raise ParseError(f"A row has more than {LONGEST_LINE:,} bytes.")
            for line in lines:
                add(packing, line, most_rows)
        add(packing, rest, most_rows)
        request.body_digest = digest.hexdigest()
        return packing


def add(packing: Packing, line: bytes, most_rows: int) -> None:
    """Afterwards the line, unless it is empty, is among the rows."""
    if line.strip():
        if packing.rows == most_rows:
            raise TooManyRows(most_rows, "Send it in parts.")
        packing.add(line)
