"""Lists of the API: pages, what is unknown refused, only the fields asked for, and how a body may be."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import override_settings
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.resources import AccountResource
from crm.models import Company
from personas.api.paging import Order
from personas.api.sparse import Sparse
from tests import factories

from .calling import program

pytestmark = pytest.mark.django_db


class Row(Sparse, serializers.ModelSerializer[Company]):
    class Meta:
        model = Company
        fields = ["id", "name", "founded"]


class Companies(AccountResource):
    model = Company
    resource = "companies"
    serializer_class = Row
    orderings = {
        "name": Order(("name", "pk")),
        "best": Order(("fit__place", "fit__company_id")),
        "founded": Order(("founded", "pk"), nullable=True),
        "researched": Order(("people_researched_on", "pk"), nullable=True),
        "created_at": Order(("created_at", "pk")),
    }

    def get(self, request: Request) -> Response:
        return self.listed()

    def search(self, found: QuerySet[Company], text: str) -> QuerySet[Company]:
        return found.filter(name__icontains=text)


class Echo(AccountResource):
    model = Company
    resource = "companies"
    serializer_class = Row
    reads_only = True

    def post(self, request: Request) -> Response:
        return Response({"said": request.data})


urlpatterns = [path("companies/", Companies.as_view()), path("echo/", Echo.as_view())]


@pytest.fixture(autouse=True)
def here() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def client() -> Any:
    return program()


def pages(client: Any, ordering: str, size: int = 2) -> tuple[list[str], list[str]]:
    """The names of all pages, walked forward, and walked back again from the last."""
    page = client.get("/companies/", {"ordering": ordering, "page_size": size}).json()
    assert page["previous"] is None
    forward = [each["name"] for each in page["results"]]
    last = page
    while page["next"]:
        last = page = client.get(page["next"]).json()
        forward += [each["name"] for each in page["results"]]
    back = [each["name"] for each in last["results"]]
    while last["previous"]:
        last = client.get(last["previous"]).json()
        back = [each["name"] for each in last["results"]] + back
    return forward, back


@pytest.mark.parametrize("ordering", ["name", "best", "founded", "researched", "created_at"])
@pytest.mark.parametrize("way", ["", "-"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_every_row_is_on_one_page_walking_either_way(client: Any, ordering: str, way: str, size: int) -> None:
    for number, year in enumerate([None, 2001, 1999, None, 2001, 2010, None]):
        day = date(2024, 1, 1 + number) if number % 2 else None
        factories.company(name=f"C{number % 3}", founded=year, people_researched_on=day)
    whole = [each["name"] for each in client.get("/companies/", {"ordering": way + ordering}).json()["results"]]

    forward, back = pages(client, way + ordering, size)

    assert forward == back == whole
    assert len(whole) == 7


@pytest.mark.parametrize(("ordering", "names"), [("founded", ["A", "B", "X"]), ("-founded", ["B", "A", "X"])])
def test_what_is_unknown_comes_last_whichever_way(client: Any, ordering: str, names: list[str]) -> None:
    for name, year in (("X", None), ("B", 2001), ("A", 1999)):
        factories.company(name=name, founded=year)

    found = client.get("/companies/", {"ordering": ordering}).json()["results"]

    assert [each["name"] for each in found] == names


@pytest.mark.parametrize("letter", ["漢", "🚀", '"', "\x01"], ids=["chinese", "emoji", "quote", "control"])
def test_a_list_goes_on_after_the_longest_name(client: Any, letter: str) -> None:
    names = [f"{letter * 298}{place:02}" for place in range(4)]
    for name in names:
        factories.company(name=name)

    assert pages(client, "name", size=1) == (names, names)


def test_a_page_goes_on_after_its_last_row_whatever_happened_meanwhile(client: Any) -> None:
    for name in "BDF":
        factories.company(name=name)
    page = client.get("/companies/", {"page_size": 2}).json()
    factories.company(name="A")
    factories.company(name="E")
    Company.objects.filter(name="D").delete()

    rest = client.get(page["next"]).json()["results"]

    assert [each["name"] for each in rest] == ["E", "F"]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "é", "eyJhIjoxfQ", "W10", "=", "%00"])
def test_a_forged_cursor_is_refused(client: Any, cursor: str) -> None:
    answer = client.get("/companies/", {"cursor": cursor})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "cursor"


def test_a_cursor_is_not_good_for_another_ordering(client: Any) -> None:
    for _ in range(3):
        factories.company()
    page = client.get("/companies/", {"page_size": 2}).json()

    assert client.get(page["next"] + "&ordering=-name").status_code == 400


@pytest.mark.parametrize("size", ["0", "501", "-1", "ten", "", "1.5", "٣"])
def test_a_page_has_1_to_500_rows(client: Any, size: str) -> None:
    assert client.get("/companies/", {"page_size": size}).status_code == 400


def test_an_unknown_parameter_is_refused_and_the_nearest_named(client: Any) -> None:
    answer = client.get("/companies/", {"serch": "x"})

    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"parameter": "serch", "detail": "There is no such parameter. Did you mean 'search'?"}
    ]


@pytest.mark.parametrize("query", ["search=a&search=b", "search=%00", "ordering=size", "fields=id,nam"])
def test_what_makes_no_sense_behind_the_question_mark_is_refused(client: Any, query: str) -> None:
    assert client.get(f"/companies/?{query}").status_code == 400


def test_a_list_has_only_the_fields_asked_for(client: Any) -> None:
    made = factories.company(name="A")

    assert client.get("/companies/", {"fields": "id,name"}).json()["results"] == [{"id": made.pk, "name": "A"}]


def test_a_list_is_searched(client: Any) -> None:
    factories.company(name="Alpha")
    factories.company(name="Beta")

    found = client.get("/companies/", {"search": "alp"}).json()["results"]

    assert [each["name"] for each in found] == ["Alpha"]


# Bodies


def said(client: Any, body: bytes, **more: Any) -> Any:
    return client.post("/echo/", body, content_type="application/json", **more)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b"1" * 5_000,
        b"[" * 100 + b"]" * 100,
        b"[" * 200_000,
        b'{"a":' * 70 + b"1" + b"}" * 70,
        rb'{"a": "\u0000"}',
        rb'{"\u0000": 1}',
        rb'{"a": ["\ud800"]}',
        b'{"a": "\x00"}',
    ],
    ids=range(13),
)
def test_a_body_that_cannot_be_kept_is_refused(client: Any, body: bytes) -> None:
    answer = said(client, body)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_character_of_two_halves_is_one(client: Any) -> None:
    assert said(client, rb'{"a": "\ud83d\ude00"}').json() == {"said": {"a": "😀"}}


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: Any) -> None:
    with override_settings(API_BODY_BYTES=1024):
        assert said(client, b'"' + b"x" * 1022 + b'"').status_code == 200
        assert said(client, b'"' + b"x" * 1023 + b'"').status_code == 413


def test_what_is_not_json_is_refused(client: Any) -> None:
    assert client.post("/echo/", b"a=1", content_type="application/x-www-form-urlencoded").status_code == 415
