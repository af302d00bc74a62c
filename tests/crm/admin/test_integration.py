"""Integrations and their keys in the admin."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.integrations import new_key, save_integration
from crm.models import Integration, IntegrationKey
from tests.crm.webhooks.subscriptions import subscription

pytestmark = pytest.mark.django_db

LIST = reverse("admin:crm_integration_changelist")


def made(name: str = "Warehouse", **more: Any) -> Integration:
    found = Integration(name=name, **more)
    save_integration(found)
    return found


def page(found: Integration) -> str:
    return reverse("admin:crm_integration_change", args=[found.pk])


def ask(client: Client, found: Integration, **more: str) -> Any:
    said = {"token": str(uuid4()), "ends": "365", "overlap": ""} | more
    return client.post(reverse("admin:crm_integration_key", args=[found.pk]), said)


def form_of(client: Client, address: str, **said: Any) -> dict[str, Any]:
    form = client.get(address).context["adminform"].form
    hidden = {name: form[name].value() for name in form.fields if form[name].is_hidden and form[name].value()}
    return hidden | {"per_minute": "600", "networks": "", "team": ""} | said


def test_an_integration_is_set_up_with_what_it_may_do(admin_client: Client) -> None:
    address = reverse("admin:crm_integration_add")
    said = form_of(
        admin_client, address, name="Warehouse", scopes=["companies:read"], networks="203.0.113.7\n2001:db8::/32"
    )

    answer = admin_client.post(address, said)

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    found = Integration.objects.get()
    assert (found.scopes, found.networks) == (["companies:read"], ["203.0.113.7/32", "2001:db8::/32"])
    assert found.user.username == "api: Warehouse"


def test_who_made_and_who_revoked_a_key_is_kept_and_shown(admin_client: Client) -> None:
    found = made()
    ask(admin_client, found, overlap="1")
    key = found.keys.get()
    for _ in range(2):
        admin_client.post(reverse("admin:crm_integration_revoke", args=[found.pk, key.pk]))

    said = [(each["by"].username, each["what"]) for each in admin_client.get(page(found)).context["done"]]

    assert [by for by, _ in said] == ["admin", "admin"]
    assert said[0][1] == f"Revoked the key {key}."
    assert said[1][1].startswith(f"Made the key {key}, which ends at ")
    assert "The others in use end by" in said[1][1]


def test_what_is_no_network_is_told_at_its_field(admin_client: Client) -> None:
    address = reverse("admin:crm_integration_add")

    answer = admin_client.post(address, form_of(admin_client, address, name="Warehouse", networks="300.1.1.1"))

    assert "is no address or network" in str(answer.context["adminform"].form.errors["networks"])
    assert not Integration.objects.exists()


def test_a_key_is_shown_once_and_then_never_again(admin_client: Client) -> None:
    found, token = made(), str(uuid4())

    first = ask(admin_client, found, token=token)
    again = ask(admin_client, found, token=token)

    text = first.context["text"]
    assert text in first.content.decode()
    assert "no-store" in first["Cache-Control"]
    assert again.status_code == 302
    assert found.keys.count() == 1
    assert text not in admin_client.get(page(found)).content.decode()


def test_a_new_key_ends_the_others_when_told_to(admin_client: Client) -> None:
    found = made()
    old, _ = new_key(found, by=None, at=timezone.now())

    ask(admin_client, found, overlap="1")

    old.refresh_from_db()
    assert old.expires_at is not None
    assert old.expires_at < timezone.now() + timedelta(days=1)


def test_a_key_is_revoked_in_one_click(admin_client: Client) -> None:
    found = made()
    key, _ = new_key(found, by=None, at=timezone.now())

    admin_client.post(reverse("admin:crm_integration_revoke", args=[found.pk, key.pk]))

    key.refresh_from_db()
    assert key.revoked_at is not None


def test_a_key_of_another_integration_is_not_revoked_by_its_id(admin_client: Client) -> None:
    key, _ = new_key(made(), by=None, at=timezone.now())

    answer = admin_client.post(reverse("admin:crm_integration_revoke", args=[made("Other").pk, key.pk]))

    assert answer.status_code == 404
    assert IntegrationKey.objects.get(pk=key.pk).revoked_at is None


@pytest.mark.parametrize("role", ["Sales", "Sales manager"])
def test_whoever_sells_makes_no_keys(client: Client, django_user_model: type[User], role: str) -> None:
    found = made()
    person = django_user_model.objects.create_user("sam", is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)

    assert client.get(LIST).status_code == 403
    assert client.get(page(found)).status_code in (302, 403)
    assert ask(client, found).status_code == 403
    assert not found.keys.exists()


def test_one_that_was_removed_opens_nothing_and_may_come_back_by_its_name(admin_client: Client) -> None:
    found = made()
    user = found.user
    admin_client.post(reverse("admin:crm_integration_delete", args=[found.pk]), {"post": "yes"})

    user.refresh_from_db()
    assert not Integration.objects.exists()
    assert not user.is_active
    again = made()
    assert again.user == user
    assert User.objects.get(pk=user.pk).is_active


def test_one_that_was_removed_is_told_nothing_even_if_another_comes_in_its_name(admin_client: Client) -> None:
    found = made("Bot")
    hook, paused = subscription(owner=found.user), subscription(owner=found.user, state="paused")
    kept = subscription()

    admin_client.post(reverse("admin:crm_integration_delete", args=[found.pk]), {"post": "yes"})
    made("Bot")

    for each in (hook, paused):
        each.refresh_from_db()
        assert (each.state, each.reason) == ("disabled", "The integration Bot was removed.")
    kept.refresh_from_db()
    assert kept.state == "active"


def test_the_list_takes_the_same_queries_for_any_number(
    admin_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        new_key(made(f"Number {number}"), by=None, at=timezone.now())
    admin_client.get(LIST)

    with django_assert_num_queries(6):
        assert "Number 2" in admin_client.get(LIST).content.decode()
