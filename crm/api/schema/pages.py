"""The description of the API for programs, and a page for people, with nothing from elsewhere.

Both are open to everybody: they say what the product can do, and nothing of what is in it.
"""

import json
from functools import cache
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""What the page for people may load. Swagger UI sets styles on its elements."""


@cache
def described() -> bytes:
    """The description as JSON, made once a process."""
    return written().encode()


def written() -> str:
    """The description as it is kept in docs/openapi.json."""
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]
    found = generator.get_schema(request=None, public=True)
    return json.dumps(found, indent=1, ensure_ascii=False, default=str) + "\n"


@require_safe
def schema(request: HttpRequest) -> HttpResponseBase:
    """The description of the API: OpenAPI 3.1."""
    text = described()
    tag = f'"{sha256(text).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    return HttpResponse(text, content_type="application/json", headers=headers)


@require_safe
@ensure_csrf_cookie
def docs(request: HttpRequest) -> HttpResponse:
    """The page to read and try the API."""
    response = render(request, "crm/api/docs.html")
    response["Content-Security-Policy"] = POLICY
    return response
