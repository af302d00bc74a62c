"""The middleware: every request that may have changed something calls the workers, once."""

import asyncio
from unittest.mock import Mock

import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from crm import doorbell


@pytest.fixture
def wake(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """What the middleware calls."""
    wake = Mock()
    monkeypatch.setattr(doorbell, "wake", wake)
    return wake


@pytest.mark.parametrize(
    ("method", "path", "status", "bells"),
    [
        ("POST", "/admin/crm/company/add/", 302, 1),
        ("PUT", "/api/companies/1/", 200, 1),
        ("PATCH", "/api/companies/1/", 200, 1),
        ("DELETE", "/api/companies/1/", 204, 1),
        ("POST", "/api/companies/", 207, 1),
        ("POST", "/api/companies/", 409, 1),
        ("POST", "/api/companies/", 500, 0),
        ("GET", "/admin/", 200, 0),
        ("HEAD", "/admin/", 200, 0),
        ("OPTIONS", "/api/companies/", 200, 0),
        ("POST", "/healthz/scoring", 405, 0),
    ],
    ids=lambda value: str(value).strip("/").replace("/", "-"),
)
def test_a_request_that_may_have_changed_something_rings(
    method: str, path: str, status: int, bells: int, wake: Mock
) -> None:
    handler = doorbell.doorbell(lambda request: HttpResponse(status=status))

    handler(RequestFactory().generic(method, path))

    assert wake.call_count == bells


def test_it_rings_after_the_answer_and_not_before(wake: Mock) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        assert not wake.called
        return HttpResponse()

    doorbell.doorbell(view)(RequestFactory().post("/"))

    assert wake.called


def test_under_asgi_it_rings_as_well(wake: Mock) -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    handler = doorbell.doorbell(view)

    assert iscoroutinefunction(handler)
    asyncio.run(handler(RequestFactory().post("/")))
    assert wake.called


@pytest.mark.django_db
def test_the_admin_rings(wake: Mock, client: Client) -> None:
    client.get("/admin/login/")
    assert not wake.called

    client.post("/admin/login/", {"username": "nobody", "password": "nothing"})
    assert wake.call_count == 1
