"""A change of the API that would break its callers is found; one that gives them more is not."""

from copy import deepcopy
from typing import Any

import pytest

from crm.api.schema.breaking import breaking

BEFORE: dict[str, Any] = {
    "paths": {
        "/a/": {
            "get": {
                "operationId": "a_list",
                "parameters": [{"in": "query", "name": "kind", "schema": {"type": "string", "enum": ["x", "y"]}}],
                "responses": {
                    "200": {
                        "headers": {"ETag": {}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}},
                    },
                    "404": {"content": {}},
                },
            },
            "post": {
                "operationId": "a_create",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ARequest"}}}},
                "responses": {"201": {}},
            },
        }
    },
    "components": {
        "schemas": {
            "A": {
                "type": "object",
                "required": ["id", "kind"],
                "properties": {
                    "id": {"type": "integer"},
                    "kind": {"enum": ["x", "y"]},
                    "note": {"type": ["string", "null"]},
                    "inner": {"type": "array", "items": {"$ref": "#/components/schemas/A"}},
                },
            },
            "ARequest": {
                "type": "object",
                "properties": {
                    "kind": {"enum": ["x", "y"]},
                    "note": {"type": ["string", "null"], "maxLength": 9},
                    "one": {"oneOf": [{"type": "string"}, {"type": "number"}]},
                },
            },
        }
    },
}

A = ("components", "schemas", "A")
POSTED = ("components", "schemas", "ARequest")
GET = ("paths", "/a/", "get")
POST = ("paths", "/a/", "post")


def changed(place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The API with another value at one place; None takes it away."""
    after: Any = deepcopy(BEFORE)
    here = after
    for step in place[:-1]:
        here = here[step]
    if value is None:
        del here[place[-1]]
    else:
        here[place[-1]] = value
    return after  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("paths", "/a/"), None, "/a/ is gone"),
        (POST, None, "POST /a/ is gone"),
        ((*GET, "operationId"), "b", "GET /a/: the operation a_list is now b"),
        ((*GET, "security"), [{"key": []}], "GET /a/: now needs a key"),
        ((*GET, "parameters"), [], "GET /a/: the parameter kind is gone"),
        ((*GET, "parameters", 0, "required"), True, "GET /a/: the parameter kind is now required"),
        ((*GET, "parameters", 0, "schema", "enum"), ["x"], "GET /a/: parameter kind no longer takes y"),
        ((*GET, "parameters", 0, "schema", "type"), "integer", "GET /a/: parameter kind no longer takes string"),
        ((*GET, "responses", "200"), None, "GET /a/: no longer answers 200"),
        ((*GET, "responses", "200", "content"), {}, "GET /a/: 200 no longer comes as application/json"),
        ((*GET, "responses", "200", "headers"), {}, "GET /a/: 200: the header ETag is gone"),
        ((*A, "properties", "note"), None, "GET /a/: 200.note is gone"),
        ((*A, "properties", "id", "type"), "string", "GET /a/: 200.id may now be string"),
        ((*A, "properties", "id", "type"), ["integer", "null"], "GET /a/: 200.id may now be null"),
        ((*A, "properties", "kind", "enum"), ["x", "y", "z"], "GET /a/: 200.kind may now be z"),
        ((*A, "required"), ["id"], "GET /a/: 200.kind may now be missing"),
        ((*POST, "requestBody"), None, "POST /a/: takes no body any more"),
        ((*POST, "requestBody", "required"), True, "POST /a/: a body is now required"),
        ((*POSTED, "required"), ["kind"], "POST /a/: request.kind is now required"),
        ((*POSTED, "properties", "kind", "enum"), ["x"], "POST /a/: request.kind no longer takes y"),
        ((*POSTED, "properties", "note", "type"), "string", "POST /a/: request.note no longer takes null"),
        ((*POSTED, "properties", "note", "maxLength"), 8, "POST /a/: request.note has the lower maxLength 8"),
        ((*POSTED, "properties", "note", "pattern"), "a", "POST /a/: request.note has another pattern"),
        ((*POSTED, "properties", "one", "oneOf"), [{"type": "string"}], "POST /a/: request.one has fewer alternatives"),
    ],
)
def test_what_breaks_a_caller_is_found(place: tuple[Any, ...], value: Any, said: str) -> None:
    assert said in breaking(BEFORE, changed(place, value))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("paths", "/b/"), {}),
        ((*GET, "responses", "404"), None),
        ((*A, "properties", "more"), {"type": "string"}),
        ((*A, "properties", "note", "type"), "string"),
        ((*A, "properties", "kind", "enum"), ["x"]),
        ((*A, "required"), ["id", "kind", "note"]),
        ((*POSTED, "properties", "more"), {"type": "string"}),
        ((*POSTED, "properties", "kind", "enum"), ["x", "y", "z"]),
        ((*POSTED, "properties", "note", "maxLength"), 10),
        ((*GET, "parameters", 0, "schema", "enum"), ["x", "y", "z"]),
    ],
)
def test_what_gives_a_caller_more_is_no_break(place: tuple[Any, ...], value: Any) -> None:
    assert breaking(BEFORE, changed(place, value)) == []


def test_an_api_does_not_break_itself() -> None:
    assert breaking(BEFORE, deepcopy(BEFORE)) == []
