"""The rules can be read in the admin by people who may not edit them."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from personas.management.commands import load_preset
from personas.models import NamedList, Persona, Profile, Ruleset
from personas.publishing import publish
from personas.rules.document import from_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client) -> Client:
    """Somebody who may look at the rules."""
    load_preset.Command().handle(replace=False)
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="personas", codename__startswith="view_")
    )
    client.force_login(user)
    return client


def page(client: Client, row: Profile | Persona | NamedList | Ruleset) -> str:
    """What the page of a row says, without tags."""
    response = client.get(reverse(f"admin:personas_{row._meta.model_name}_change", args=[row.pk]))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_profile_is_told_in_plain_words(reader: Client) -> None:
    text = page(reader, Profile.objects.get(key="high-growth-startup"))

    assert "Segment, rank 1; stance: focus." in text
    assert "Employees is from 15 to 500 people" in text
    assert "this is what ruleset 1 says, the one in force" in text


def test_a_persona_comes_with_all_that_it_says(reader: Client) -> None:
    row = Persona.objects.get(key="sam-software")

    text = page(reader, row)

    for said in (
        "Goals",
        "Challenges",
        "Deal-makers",
        "Deal-breakers",
        "Job titles that match",
        "Story",
        "Primary",
    ):
        assert said in text, said
    assert all(each.text.replace("'", "&#x27;") in text for each in row.statements.all())


def test_a_list_comes_with_names_and_spellings(reader: Client) -> None:
    text = page(reader, NamedList.objects.get(key="leading-investors"))

    assert "Andreessen Horowitz" in text
    assert "also a16z" in text


def test_a_ruleset_says_who_when_and_what_changed(reader: Client) -> None:
    first = Ruleset.objects.get()
    changed = publish(from_data({"format": 1, "profiles": [{"key": "only", "name": "Only", "rank": 1}]}), note="Less")

    assert "Active: scoring reads this one" in page(reader, changed)
    assert "Changed since ruleset 1" in page(reader, changed)
    assert "Less" in page(reader, changed)
    assert "Replaced by a later one" in page(reader, Ruleset.objects.get(pk=first.pk))
    assert first.content_hash in page(reader, first)


def test_what_is_not_in_force_says_so(reader: Client) -> None:
    publish(from_data({"format": 1, "profiles": [{"key": "only", "name": "Only", "rank": 1}]}))

    assert "Not in force" in page(reader, Profile.objects.get(key="hobbyist"))


@pytest.mark.parametrize("model", ["profile", "persona", "namedlist", "ruleset"])
def test_the_stock_forms_can_neither_add_nor_change_nor_delete(admin_client: Client, model: str) -> None:
    """Rules are edited in the editor of the draft only, where every edit can be undone."""
    load_preset.Command().handle(replace=False)
    rows = {"profile": Profile, "persona": Persona, "namedlist": NamedList, "ruleset": Ruleset}[model]
    row = rows._default_manager.first()
    assert row is not None

    assert admin_client.get(f"/admin/personas/{model}/add/").status_code == 403
    assert admin_client.post(f"/admin/personas/{model}/{row.pk}/change/", {"name": "Other"}).status_code == 403
    assert admin_client.post(f"/admin/personas/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", ["profile", "persona", "namedlist", "ruleset"])
def test_who_may_only_read_is_told_so(reader: Client, model: str) -> None:
    assert "cannot be edited here" in reader.get(f"/admin/personas/{model}/").content.decode()
