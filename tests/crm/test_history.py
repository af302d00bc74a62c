"""Who changed what, and when: kept for what people edit, and shown as far as one sees it."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from crm.admin.history import edits
from crm.history import change
from crm.models import Activity, Company, CompanyDomain, Contact, Deal, ExternalId, Override
from crm.scoring.drain import rescore_all
from tests.crm.admin.test_company import submitted, text_of
from tests.factories import company, contact, invested, member, now, ruleset, termed, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def robin(client: Client) -> User:
    """A rep who is signed in."""
    user = member("robin", "Sales", "North", first_name="Robin", last_name="Reed")
    client.force_login(user)
    return user


def imported(**columns: Any) -> Company:
    """A company as an import leaves it: without a history."""
    Company.objects.bulk_create([Company(**{"name": "Rocket"} | columns)])
    return Company.objects.get(name=columns.get("name", "Rocket"))


def page(account: Company, door: str = "change") -> str:
    return reverse(f"admin:crm_company_{door}", args=[account.pk])


def save(client: Client, account: Company, **values: object) -> None:
    response = client.post(page(account), submitted(client, page(account)) | values)
    assert response.status_code == 302, response.context["errors"]


def moves(row: Any, user: User) -> list[tuple[str, str, str, str]]:
    """Each value that moved, the newest first: who did it, what, before, after."""
    return [(each.by, move.label, move.before, move.after) for each in edits(row, user) for move in each.moves]


def test_the_first_edit_of_an_imported_row_says_what_was_there_before(client: Client, robin: User) -> None:
    account = imported(city="Bonn", employees_low=11, employees_high=50)

    save(client, account, city="Berlin", employees="42")

    assert moves(account, robin) == [
        ("Robin Reed", "City", "Bonn", "Berlin"),
        ("Robin Reed", "Employees", "11-50", "42"),
    ]
    assert [each.did for each in edits(account, robin)] == ["Changed"]


def test_saving_without_a_change_is_no_edit(client: Client, robin: User) -> None:
    account = imported()

    save(client, account)

    assert edits(account, robin) == []
    assert "No change is recorded yet" in text_of(client, page(account, "history"))


def test_what_hangs_on_an_account_shows_in_its_history(client: Client, robin: User) -> None:
    account = imported(owner=robin)
    Deal.objects.create(company=account, name="Big one", opened_on="2026-01-01").delete()
    invested(account, "Accel")
    termed(account, "tags", "saas")
    contact(account, name="Kim")
    Activity.objects.create(company=account, kind="call", summary="First call")
    Override.objects.create(company=account, segment="growth", reason="Named", author=robin, expires_on="2099-01-01")

    shown = text_of(client, page(account, "history"))

    for said in (
        "Added deal “Big one”", "Deleted deal “Big one”", "Added investment “Accel”", "Added company term “saas”",
        "Added contact “Kim”", "Added activity “First call”", "Added override “Named”", "UTC",
    ):  # fmt: skip
        assert said in shown, said


def test_a_row_on_the_page_of_another_is_kept_too(client: Client, robin: User) -> None:
    account = imported(owner=robin)
    Contact.objects.bulk_create([Contact(company=account, name="Kim")])
    kim = Contact.objects.get()

    save(client, account, **{"contacts-0-name": "Kim Lee"})

    assert moves(kim, robin) == [("Robin Reed", "Name", "Kim", "Kim Lee")]
    assert [each.subject for each in edits(account, robin)] == ["contact “Kim Lee”"]


def test_domains_and_ids_elsewhere_show_in_the_history_of_an_account(robin: User) -> None:
    account = imported(owner=robin)
    CompanyDomain.objects.create(company=account, domain="rocket.io")
    ExternalId.objects.create(company=account, system="hubspot", value="7").delete()

    assert [(each.did, each.subject) for each in edits(account, robin)] == [
        ("Deleted", "external id “7”"), ("Added", "external id “7”"), ("Added", "company domain “rocket.io”"),
    ]  # fmt: skip


def test_former_employers_show_in_the_history_of_a_contact(robin: User) -> None:
    kim = worked(contact(None, name="Kim"), "Google")

    assert [each.subject for each in edits(kim, robin)] == ["employment “Google”", "this contact"]


def test_a_change_of_many_rows_is_signed_and_knows_what_was_before(robin: User) -> None:
    accounts = [imported(name=f"Rocket {number}", city="Bonn") for number in range(3)]
    there = imported(name="There already", city="Berlin")

    changed = change(Company.objects.all(), {"city": "Berlin"}, by=robin)

    assert changed == 3
    for account in accounts:
        assert moves(account, robin) == [("Robin Reed", "City", "Bonn", "Berlin")]
    assert edits(there, robin) == []
    assert set(Company.objects.values_list("city", flat=True)) == {"Berlin"}


def test_a_link_to_a_hidden_row_is_not_named(client: Client, robin: User) -> None:
    olga = member("olga", "Sales", "South", first_name="Olga")
    hidden = company(name="Zeppelin", owner=olga, team=Group.objects.get(name="South"))
    account = company(name="Rocket", owner=robin)
    for parent in (hidden, None):
        account.parent = parent
        account.save()

    shown = text_of(client, page(account, "history"))

    assert "Zeppelin" not in shown
    assert "Parent: not open to you, or gone → empty" in shown
    boss = member("boss", "RevOps")
    assert ("a command", "Parent", "Zeppelin", "empty") in moves(account, boss)


def test_scoring_and_imports_write_no_history() -> None:
    ruleset()
    account = imported(employees_low=120, employees_high=120)
    rescore_all(at=now())

    assert account.history.count() == 0


def test_a_deleted_account_takes_its_history_from_sight(client: Client, robin: User) -> None:
    account = company(name="Rocket", owner=robin)
    pk = account.pk
    account.delete()

    response = client.get(reverse("admin:crm_company_history", args=[pk]))

    assert response.status_code == 302
    assert Company.history.filter(id=pk, history_type="-").exists()


def test_only_the_latest_changes_are_shown(client: Client, robin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.admin.history.SHOWN", 3)
    account = company(name="Rocket", owner=robin)
    for city in ("Bonn", "Berlin", "Paris", "Rome"):
        account.city = city
        account.save()

    shown = text_of(client, page(account, "history"))

    assert "Paris → Rome" in shown
    assert "Bonn → Berlin" in shown
    assert "unknown → Bonn" not in shown
    assert "Only the latest 3 changes are shown" in shown
