"""Calls that are done once, however often they are sent."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.api.idempotency import once
from crm.models import IdempotentCall, Term
from crm.scoring.audit import audit
from tests import factories

from .calling import integration, program

ENTERED, GO_ON = threading.Event(), threading.Event()


class Terms(APIView):
    """Makes a term of each call; "wait" holds it until the test lets go."""

    @once
    def post(self, request: Request) -> Response:
        said: Any = request.data
        made = Term.objects.create(vocabulary="tags", name=f"{said['name']} {next(factories.numbers)}")
        if said.get("wait"):
            ENTERED.set()
            assert GO_ON.wait(120)
        if said.get("refuse"):
            return Response({"detail": "no"}, status=409)
        return Response({"name": made.name}, status=201, headers={"Location": f"/terms/{made.pk}/"})


urlpatterns = [path("terms/", Terms.as_view())]
here = override_settings(ROOT_URLCONF=__name__)


def post(client: Any, key: str | None = "k1", **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return client.post("/terms/", {"name": "new"} | body, format="json", headers=headers)


@here
@pytest.mark.django_db
def test_a_call_sent_again_is_answered_as_before_and_does_nothing() -> None:
    client = program()

    first, again = post(client), post(client)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again["Idempotency-Replayed"] == "true"
    assert Term.objects.count() == 1


@here
@pytest.mark.django_db
def test_a_key_is_not_good_for_another_call() -> None:
    client = program()
    post(client)

    answer = post(client, name="other")

    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert Term.objects.count() == 1


@here
@pytest.mark.django_db
def test_two_programs_may_use_the_same_key() -> None:
    assert post(program()).json() != post(program()).json()


@here
@pytest.mark.django_db
def test_two_keys_of_one_program_share_what_was_done() -> None:
    found = integration()

    assert post(program(found)).json() == post(program(found)).json()


@here
@pytest.mark.django_db
def test_a_refused_call_leaves_nothing_and_may_be_tried_again() -> None:
    client = program()

    refused = post(client, refuse=True)

    assert refused.status_code == 409
    assert not Term.objects.exists()
    assert not IdempotentCall.objects.exists()
    assert post(client).status_code == 201


@here
@pytest.mark.django_db
def test_without_a_key_each_call_is_done() -> None:
    client = program()
    post(client, key=None)
    post(client, key=None)

    assert Term.objects.count() == 2


@here
@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
def test_a_key_is_visible_ascii(key: str) -> None:
    assert post(program(), key=key).status_code == 400


@here
@pytest.mark.django_db
def test_a_call_is_forgotten_after_a_day() -> None:
    client = program()
    post(client)
    IdempotentCall.objects.update(at=timezone.now() - timedelta(hours=25))

    audit(timezone.now())

    assert post(client).headers.get("Idempotency-Replayed") is None


@here
@pytest.mark.django_db(transaction=True)
def test_while_the_first_call_is_being_done_the_second_waits_or_is_told_so() -> None:
    found = integration()
    one, other = program(found), program(found)
    ENTERED.clear()
    GO_ON.clear()
    answers: list[Any] = []
    call = threading.Thread(target=calling, args=(answers, one))
    call.start()
    assert ENTERED.wait(120)
    if connection.vendor == "postgresql":
        second = post(other, wait=True)
        assert (second.status_code, second["Retry-After"]) == (409, "1")
        GO_ON.set()
        call.join()
    else:
        GO_ON.set()
        call.join()
    third = post(other, wait=True)

    assert answers[0].status_code == third.status_code == 201
    assert third.content == answers[0].content
    assert Term.objects.count() == 1


@here
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_with_one_key_have_one_effect() -> None:
    found = integration()
    clients = [program(found) for _ in range(20)]
    answers: list[Any] = []
    calls = [threading.Thread(target=calling, args=(answers, client, False)) for client in clients]
    for call in calls:
        call.start()
    for call in calls:
        call.join()

    assert {each.status_code for each in answers} <= {201, 409}
    assert len({each.content for each in answers if each.status_code == 201}) == 1
    assert Term.objects.count() == 1


def calling(answers: list[Any], client: Any, wait: bool = True) -> None:
    try:
        answers.append(post(client, wait=wait) if wait else post(client))
    finally:
        close_old_connections()
        connection.close()


def views(found: Any = None) -> Iterator[Any]:
    """Every view class of the API."""
    for each in (found or get_resolver("config.urls")).url_patterns:
        if isinstance(each, URLResolver):
            yield from views(each)
        elif isinstance(each, URLPattern):
            view = getattr(each.callback, "cls", None)
            if view is not None and issubclass(view, APIView):
                yield view, getattr(each.callback, "actions", None)


def test_every_writing_call_of_the_api_is_done_once() -> None:
    lacking = {
        f"{view.__name__}.{method}"
        for view, actions in views()
        if not getattr(view, "reads_only", False)
        for method in ("post", "put", "patch", "delete")
        for handler in [getattr(view, (actions or {}).get(method, method), None)]
        if handler is not None and not getattr(handler, "once", False)
    }

    assert not lacking
