"""What webhooks send is what the description says that they send."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crm.models import FitChange, Outbox
from crm.webhooks import payloads
from tests.openapi import RELEASED

DESCRIBED: Any = json.loads(RELEASED.read_text(encoding="utf-8"))
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
COMPANY = {"pk": 7, "name": "Acme", "domain": None}
RESULT = {"segment": "growth", "status": "settled", "low": 1250, "high": 1250, "band": None}
FIRST = FitChange(pk=3, cause="first", ruleset_after=2, **{f"{name}_after": value for name, value in RESULT.items()})
LATER = FitChange(
    pk=4,
    cause="facts",
    ruleset_before=1,
    ruleset_after=2,
    **{f"{name}_{when}": value for name, value in RESULT.items() for when in ("before", "after")},
)
DEAL = json.dumps(
    {
        "name": "First", "stage": "won", "amount": "12000.50", "currency": "USD", "opened_on": "2026-01-01",
        "closed_on": None, "outcome_reason": "", "owner_id": None, "company_id": 7,
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("event", "data"),
    [
        (Outbox.Event.SEGMENT, payloads.of_fit(FIRST, COMPANY)),
        (Outbox.Event.BAND, payloads.of_fit(LATER, COMPANY)),
        (Outbox.Event.FIT, payloads.of_fit(LATER, COMPANY)),
        (Outbox.Event.PERSONA, payloads.of_contact(Outbox(contact=5, before="sam", cause="contact"), COMPANY)),
        (Outbox.Event.PERSONA, payloads.of_contact(Outbox(contact=5, after="sam,pam", cause="matching"), None)),
        (Outbox.Event.DEAL, payloads.of_deal(Outbox(deal=9, after=DEAL, cause="created"), COMPANY)),
        (Outbox.Event.DEAL, payloads.of_deal(Outbox(deal=9, before=DEAL, cause="deleted"), COMPANY)),
        (Outbox.Event.RULESET, payloads.of_ruleset(Outbox(ruleset=1, cause="published"))),
        (Outbox.Event.RULESET, payloads.of_ruleset(Outbox(ruleset=2, cause="published"))),
    ],
)
def test_a_message_is_as_described(event: str, data: Any) -> None:
    message = json.loads(payloads.message(event, AT, data))
    asked = DESCRIBED["webhooks"][event]["post"]["requestBody"]["content"]["application/json"]["schema"]

    Draft202012Validator(closed(asked)).validate(message)


def test_every_event_is_described() -> None:
    assert set(DESCRIBED["webhooks"]) == set(Outbox.Event.values)


def closed(schema: Any) -> dict[str, Any]:
    """The schema with all that it refers to, in which nothing may stand that is not described."""
    components = json.loads(json.dumps(DESCRIBED["components"]))
    for each in components["schemas"].values():
        if "properties" in each:
            each.setdefault("additionalProperties", False)
            each["required"] = sorted(each["properties"])
    return {**schema, "components": components}
