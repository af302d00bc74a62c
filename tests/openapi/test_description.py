"""The API describes itself: completely, as it was released or with more, and without asking anybody elsewhere."""

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, get_resolver

from crm.api.schema.breaking import breaking
from crm.api.schema.pages import written
from tests.openapi import RELEASED

NOT_DESCRIBED = {"/api/v1/schema/", "/api/v1/docs/"}


@pytest.fixture(scope="module")
def text() -> str:
    return written()


@pytest.fixture(scope="module")
def described(text: str) -> Any:
    return json.loads(text)


@pytest.fixture(scope="module")
def released() -> Any:
    return json.loads(RELEASED.read_text(encoding="utf-8"))


def calls(described: Any) -> list[tuple[str, str, Any]]:
    return [
        (method, path, call)
        for path, methods in described["paths"].items()
        for method, call in methods.items()
        if method != "parameters"
    ]


def test_no_caller_of_the_released_api_breaks(described: Any, released: Any) -> None:
    assert breaking(released, described) == []


def test_the_released_description_is_up_to_date(text: str) -> None:
    assert RELEASED.read_text(encoding="utf-8") == text, "run: make schema"


def test_it_is_valid_and_nothing_is_guessed() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_it_is_openapi_3_1_and_speaks_no_other(text: str, described: Any) -> None:
    assert described["openapi"].startswith("3.1")
    assert '"nullable"' not in text


def test_every_address_of_the_api_is_described(described: Any) -> None:
    (api,) = (each for each in get_resolver().url_patterns if str(each.pattern) == "api/v1/")
    addresses = {
        "/api/v1/" + re.sub(r"<(?:\w+:)?\w+>", "{}", str(each.pattern))
        for each in api.url_patterns  # type: ignore[union-attr]
        if isinstance(each, URLPattern)
    }

    assert addresses - NOT_DESCRIBED == {re.sub(r"\{\w+\}", "{}", path) for path in described["paths"]}


def test_every_call_says_what_it_does_who_may_and_what_goes_wrong(described: Any) -> None:
    for method, path, call in calls(described):
        where = f"{method} {path}"
        assert call.get("description"), where
        assert call["tags"], where
        assert {"key": []} in call["security"], where
        assert {"session": []} in call["security"], where
        assert {"400", "401", "403", "429", "503"} <= call["responses"].keys(), where
        for status in call["responses"]:
            if status >= "400":
                assert call["responses"][status]["content"].keys() == {"application/problem+json"}, where


def test_the_tags_are_all_explained(described: Any) -> None:
    assert {tag for *_, call in calls(described) for tag in call["tags"]} == {
        each["name"] for each in described["tags"]
    }


def test_calls_have_names_of_their_own(described: Any) -> None:
    names = [call["operationId"] for *_, call in calls(described)]

    assert len(set(names)) == len(names)


def test_every_call_that_writes_can_be_made_once(described: Any) -> None:
    reads_only = {"evaluate"}
    for method, path, call in calls(described):
        if method in ("post", "patch", "delete") and call["operationId"] not in reads_only:
            assert "Idempotency-Key" in [each["name"] for each in call["parameters"]], (method, path)


def test_whoever_asks_gets_it(text: str) -> None:
    answer = Client().get("/api/v1/schema/")

    assert (answer.status_code, answer.content.decode()) == (200, text)
    assert Client().get("/api/v1/schema/", headers={"if-none-match": answer["ETag"]}).status_code == 304
    assert Client().post("/api/v1/schema/").status_code == 405


def test_the_page_takes_nothing_from_elsewhere() -> None:
    answer = Client().get("/api/v1/docs/")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(r'(?:src|href)="(?!/)', page) == []
    assert re.findall(r"<script(?! src)|<style|\son\w+=", page) == []
    assert "default-src 'none'; script-src 'self';" in answer["Content-Security-Policy"]
