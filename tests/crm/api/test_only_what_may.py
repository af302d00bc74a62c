"""Every field of every model, sent to every address that changes one: nothing changes that should not."""

from typing import Any

import pytest
from django.db import models

from crm.api.companies.serializer import CompanySerializer
from crm.api.contacts.serializer import ContactSerializer
from crm.api.lookup import Question
from crm.imports.columns import SETS, is_column
from crm.models import Activity, Company, Contact, Deal, Investor
from crm.upserting.people import WORDS as PERSON_WORDS
from crm.upserting.reading import OWN
from personas.models import ListEntry
from personas.publishing import publish, save_draft
from personas.rules.document import from_data
from personas.rules.facts import BUILT_IN
from tests.factories import SEGMENTS, company, contact, member, now

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


# Accounts and people, by every door that makes or changes them

DOORS = {Company: CompanySerializer, Contact: ContactSerializer}
STATED = {Company: {*OWN, *(key for key in BUILT_IN if is_column(key) or key in SETS)}, Contact: set(PERSON_WORDS)}


def columns_of(model: Any) -> list[str]:
    names = {field.name for field in model._meta.get_fields()} | {field.attname for field in model._meta.fields}
    return sorted(names | set(OTHERS) | {"fit", "segment", "points", "created_by", "history_date"})


def kept(row: Any) -> dict[str, Any]:
    """What is stored of a row, without what differs for each."""
    own = type(row)._default_manager.values().get(pk=row.pk)
    return {name: own[name] for name in own if name not in ("id", "name", "name_key", "created_at", "updated_at")}


@pytest.mark.parametrize("model", [Company, Contact])
@pytest.mark.parametrize("door", ["patch", "post", "bulk", "bulk change"])
def test_no_door_to_accounts_and_people_takes_more_than_it_names(model: Any, door: str) -> None:
    address = f"/api/v1/{'companies' if model is Company else 'contacts'}/"
    fields = DOORS[model]().fields.items()
    taken = STATED[model] if door.startswith("bulk") else {name for name, each in fields if not each.read_only}
    api: Any = program()
    there = company(name="Acme") if model is Company else contact(None, name="Acme")
    before, named = kept(there), model.objects.values("name", "name_key" if model is Company else "email").get()

    for name in columns_of(model):
        if name in taken:
            continue
        value = OTHERS.get(name, "x")
        if door == "patch":
            api.patch(f"{address}{there.pk}/", {name: value}, format="json")
        elif door == "post":
            api.post(address, {"name": "Beta", name: value}, format="json")
        else:
            row = {name: value} | ({"id": there.pk} if door == "bulk change" else {"name": "Beta"})
            api.post(f"{address}bulk/", [row], format="json")
        for row in model.objects.all():
            assert kept(row) == before, name
    assert model.objects.values(*named).get(pk=there.pk) == named


def test_a_lookup_takes_nothing_but_what_it_asks_for() -> None:
    api: Any = program()

    for name in {*columns_of(Company), *columns_of(Contact)} - set(Question().fields):
        answer = api.post("/api/v1/lookup/", {"domain": "acme.com", "create": True, name: "x"}, format="json")
        assert answer.status_code == 400, name
    assert not Company.objects.exists()
