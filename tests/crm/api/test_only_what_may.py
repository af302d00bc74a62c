"""Every field of every model, sent to every address that changes one: nothing changes that should not."""

from typing import Any

import pytest
from django.db import models

from crm.models import Activity, Deal, Investor
from personas.models import ListEntry
from personas.publishing import publish, save_draft
from personas.rules.document import from_data
from tests.factories import SEGMENTS, company, member, now

from .calling import program

pytestmark = pytest.mark.django_db

OTHERS: dict[str, object] = {
    "id": 4711,
    "pk": 4711,
    "author": None,
    "author_id": None,
    "token": "7a7ad1de-2f43-4f0e-9a53-0a4c5e0bd9ab",
    "stage_since": "2001-01-01",
    "name_key": "another",
    "companies": 99,
    "position": 77,
    "named_list": 4711,
    "named_list_id": 4711,
    "history": [],
    "history_user": None,
    "company_id": 4711,
    "contact_id": 4711,
    "owner_id": None,
    "assignee_id": None,
}


def made(model: type[models.Model]) -> tuple[models.Model, str, set[str]]:
    """A row, its address, and the fields that may be sent to it."""
    if model is ListEntry:
        document = from_data(SEGMENTS)
        save_draft(document)
        publish(document)
        row = ListEntry.objects.get(name="Accel")
        return row, f"lists/leading/entries/{row.pk}/", {"name", "aliases"}
    if model is Investor:
        investor = Investor.objects.create(name="Accel")
        return investor, f"investors/{investor.pk}/", {"name"}
    if model is Deal:
        deal = Deal.objects.create(company=company(), name="First", opened_on=now().date(), owner=member("owner"))
        return deal, f"deals/{deal.pk}/", {
            "company", "name", "stage", "amount", "currency", "opened_on", "closed_on", "outcome_reason", "owner",
        }  # fmt: skip
    activity = Activity.objects.create(company=company(), kind="task", summary="Call", author=member("author"))
    return activity, f"activities/{activity.pk}/", {
        "company", "contact", "kind", "summary", "body", "happened_at", "due_on", "done_at", "assignee",
    }  # fmt: skip


@pytest.mark.parametrize("model", [Activity, Deal, Investor, ListEntry])
def test_a_field_that_may_not_be_changed_is_not(model: type[models.Model]) -> None:
    row, address, writable = made(model)
    api: Any = program()
    before = model._default_manager.values().get(pk=row.pk)
    names = {field.name for field in model._meta.get_fields()} | {field.attname for field in model._meta.fields}

    for name in sorted((names | set(OTHERS)) - writable):
        api.patch(f"/api/v1/{address}", {name: OTHERS.get(name, "x")}, format="json")
        assert model._default_manager.values().get(pk=row.pk) == before, name
