"""Forms that tell of what others saved meanwhile, and are saved once: the same on every page that sales work in."""

from html import unescape
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse

from crm.models import Activity, Contact, Deal
from tests.crm.admin.test_company import submitted
from tests.factories import company, contact, now

pytestmark = pytest.mark.django_db


def filled(client: Client, address: str) -> dict[str, Any]:
    """The form at this address as a browser would send it."""
    context = client.get(address).context
    return submitted(client, address) | {"built_from": context["built_from"], "once": context["once"]}


def rows() -> list[models.Model]:
    account = company(name="Rocket")
    return [
        contact(account, name="Kim"),
        Deal.objects.create(company=account, name="First year", opened_on=now().date()),
        Activity.objects.create(company=account, kind="note", summary="Hello"),
    ]


NAMES = {Contact: "name", Deal: "name", Activity: "summary"}


@pytest.mark.parametrize("place", range(3), ids=["contact", "deal", "activity"])
def test_what_somebody_else_saved_meanwhile_is_told_and_not_overwritten(admin_client: Client, place: int) -> None:
    row = rows()[place]
    name = NAMES[type(row)]
    address = reverse(f"admin:crm_{row._meta.model_name}_change", args=[row.pk])
    sent = filled(admin_client, address) | {name: "Mine"}
    setattr(row, name, "Theirs")
    row.save()

    refused = admin_client.post(address, sent)

    row.refresh_from_db()
    assert getattr(row, name) == "Theirs"
    assert f"changed this {row._meta.verbose_name} after you opened it" in unescape(refused.content.decode())
    again = {name: refused.context[name] for name in ("overwrite", "once")}
    assert admin_client.post(address, sent | again).status_code == 302
    row.refresh_from_db()
    assert getattr(row, name) == "Mine"


@pytest.mark.parametrize("model", [Contact, Deal, Activity])
def test_a_form_that_is_sent_twice_makes_one_row(admin_client: Client, model: type[models.Model]) -> None:
    account = company(name="Rocket")
    address = reverse(f"admin:crm_{model._meta.model_name}_add")
    wanted = {NAMES[model]: "Once", "company": str(account.pk)}
    wanted |= {Deal: {"opened_on": str(now().date())}, Activity: {"kind": "note"}}.get(model, {})
    sent = filled(admin_client, address) | wanted

    first, second = admin_client.post(address, sent), admin_client.post(address, sent, follow=True)

    assert first.status_code == 302
    assert "not saved a second time" in second.content.decode()
    assert model._default_manager.count() == 1
