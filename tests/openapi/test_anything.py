"""Whatever is sent to the API, it answers as it says, and never with a fault of ours: as each role, and as nobody."""

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import Group
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from pytest_django.fixtures import Settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from crm.integrations import new_key
from crm.models import Activity, Deal, WebhookDelivery, WebhookSubscription
from crm.scoring.drain import rescore
from personas.models import ListEntry
from personas.publishing import save_draft
from tests.crm.api.calling import integration
from tests.factories import company, contact, invested, member, now, ruleset
from tests.openapi import RELEASED

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "30"))
FEW = 2
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
TOKEN = "a" * 32
ROLES = ("Sales", "Sales manager", "RevOps", "Administrator")

api = schemathesis.openapi.from_dict(json.loads(RELEASED.read_text(encoding="utf-8")))
api.app = get_wsgi_application()


@dataclass(frozen=True)
class World:
    """What there is to call about: an id for each place in the addresses that takes one."""

    ids: dict[str, Any]

    def lead(self, case: Any) -> None:
        """The call is about something that is there, two times out of three."""
        place = case.path_parameters or {}
        parts = case.path.split("/")
        kind = "deliveries" if parts[4] == "deliveries" else parts[3]
        for name in ("id", "webhook"):
            if name in place and str(place[name]).lstrip("-").isdecimal() and int(place[name]) % 3:
                place[name] = self.ids.get(kind, 1)
        for name, known in (("number", "1"), ("key", KEYS.get(kind, "growth"))):
            if name in place and len(str(place[name])) % 2:
                place[name] = known

    def learn(self, case: Any, response: Any) -> None:
        """A job that this caller has asked for is there to be called about."""
        if case.path.endswith("/jobs/") and response.status_code == HTTPStatus.ACCEPTED:
            self.ids["jobs"] = response.json()["id"]


KEYS = {"lists": "leading", "profiles": "growth", "personas": "sam"}


@pytest.fixture
def world(settings: Settings) -> World:
    settings.API_CALLS_A_MINUTE = settings.API_WRONG_KEYS_A_MINUTE = 10**9
    rules = ruleset()
    save_draft(rules.document())
    account = invested(company(120, country="DE"), "Accel")
    who = contact(account, "VP Engineering")
    rescore([account.pk], at=now())
    deal = Deal.objects.create(company=account, name="First", opened_on=now().date())
    done = Activity.objects.create(company=account, kind="note", summary="Hello", happened_at=now())
    hook = webhook()
    told = WebhookDelivery.objects.create(
        subscription=hook, type="deal.changed", body="{}", state="failed", created_at=now(), event=1
    )
    return World(
        {
            "companies": account.pk,
            "contacts": who.pk,
            "investors": account.investments.get().investor_id,
            "deals": deal.pk,
            "activities": done.pk,
            "fit-changes": account.fit_changes.first().pk,  # type: ignore[union-attr]
            "lists": ListEntry.objects.order_by("pk")[0].pk,
            "webhooks": hook.pk,
            "deliveries": told.pk,
        }
    )


def webhook() -> WebhookSubscription:
    return WebhookSubscription.objects.create(
        name="Slack",
        url="https://hooks.example.com/",
        events=["company.segment_changed"],
        owner=member("owner"),
        listens_since=now(),
    )


def sign_in(who: str) -> dict[str, dict[str, str]]:
    """The headers and cookies of a caller: nobody, somebody with a role, or a program."""
    if who == "nobody":
        return {}
    if who in ("program", "program of a team"):
        team = Group.objects.create(name="Team") if who == "program of a team" else None
        _, key = new_key(integration(team=team, per_minute=10**6), by=None, at=now())
        return {"headers": {"Authorization": f"Bearer {key}"}}
    client = Client()
    client.force_login(member(who.replace(" ", ""), who))
    cookies = {name: each.value for name, each in client.cookies.items()} | {"csrftoken": TOKEN}
    return {"headers": {"X-CSRFToken": TOKEN}, "cookies": cookies}


def call(case: Any, world: World, caller: Mapping[str, Any]) -> Any:
    """The answer, which was found to be as described."""
    world.lead(case)
    response = case.call(**caller)
    world.learn(case, response)
    # A caller who asks for some fields gets those alone.
    whole = "fields" not in (case.query or {})
    case.validate_response(
        response, checks=[each for each in CHECKS if whole or each is not response_schema_conformance]
    )
    return response


def send(who: str, world: World, examples: int) -> Counter[int]:
    """How often which status came, when whatever was sent to every call; raises what was not as described."""
    caller, statuses, wrong = sign_in(who), Counter[int](), []
    for found in api.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]

        @hypothesis(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def calls(case: Any) -> None:
            statuses[call(case, world, caller).status_code] += 1

        try:
            calls()
        except (BaseExceptionGroup, Failure) as failure:
            wrong.append(f"{operation.label}: {told(failure)}")
    assert not wrong, "\n\n".join(wrong)
    return statuses


def told(failure: BaseException) -> str:
    """What was not as described, with how to send it again."""
    if isinstance(failure, BaseExceptionGroup):
        return "\n".join(told(each) for each in failure.exceptions)
    return f"{failure.title}: {failure.message}" if isinstance(failure, Failure) else repr(failure)


def test_whatever_a_program_sends_the_answer_is_as_described(world: World) -> None:
    statuses = send("program", world, FEW)

    assert statuses[200] > 10


@pytest.mark.whole
@pytest.mark.parametrize("who", ["nobody", *ROLES, "program", "program of a team"])
def test_whatever_anybody_sends_the_answer_is_as_described(who: str, world: World) -> None:
    statuses = send(who, world, EXAMPLES)

    print(f"{who}: {dict(sorted(statuses.items()))}")
    if who == "nobody":
        # 404: an address that there is not, such as one with an id below 0.
        assert statuses.keys() <= {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}
    else:
        assert statuses[HTTPStatus.OK] > EXAMPLES
