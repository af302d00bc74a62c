"""Who sees which accounts, and what hangs on them."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser, Group, User
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from crm.models import Activity, Company, Contact, Deal, Employment, Fit, Investment
from crm.models.visibility import Person
from crm.roles import ROLES
from tests.factories import company, contact, invested, member, worked

pytestmark = pytest.mark.django_db


@dataclass
class House:
    """Two teams with a rep each, a manager of the first, somebody of RevOps, and accounts of every kind."""

    rep: User
    mate: User
    manager: User
    other: User
    revops: User


@pytest.fixture
def house() -> House:
    north, south = Group.objects.create(name="North"), Group.objects.create(name="South")
    made = House(
        rep=member("rep", "Sales", "North"),
        mate=member("mate", "Sales", "North"),
        manager=member("manager", "Sales manager", "North"),
        other=member("other", "Sales", "South"),
        revops=member("revops", "RevOps"),
    )
    company(name="mine", owner=made.rep, team=north)
    company(name="mine alone", owner=made.rep)
    company(name="mate's", owner=made.mate, team=north)
    company(name="team's", team=north)
    company(name="other's", owner=made.other, team=south)
    company(name="other's alone", owner=made.other)
    company(name="other team's", team=south)
    company(name="nobody's")
    return made


def names(rows: Any) -> set[str]:
    return {row.name for row in rows}


NORTH = {"mine", "mate's", "team's", "nobody's"}
SOUTH = {"other's", "other's alone", "other team's", "nobody's"}
EVERY = NORTH | SOUTH | {"mine alone"}


@pytest.mark.parametrize(
    ("who", "seen", "edited"),
    [
        ("rep", NORTH | {"mine alone"}, {"mine", "mine alone", "team's", "nobody's"}),
        ("mate", NORTH, {"mate's", "team's", "nobody's"}),
        ("manager", NORTH, NORTH),
        ("other", SOUTH, SOUTH),
        ("revops", EVERY, EVERY),
    ],
)
def test_a_role_sees_and_edits_what_fits_it(house: House, who: str, seen: set[str], edited: set[str]) -> None:
    user = getattr(house, who)

    assert names(Company.objects.visible_to(user)) == seen
    assert names(Company.objects.editable_by(user)) == edited


@pytest.mark.usefixtures("house")
def test_a_superuser_sees_all_and_a_stranger_nothing() -> None:
    gone = member("gone", "RevOps")
    gone.is_active = False

    assert names(Company.objects.visible_to(User.objects.create_superuser("root"))) == EVERY
    assert names(Company.objects.visible_to(AnonymousUser())) == set()
    assert names(Company.objects.visible_to(gone)) == set()
    assert names(Company.objects.editable_by(gone)) == set()


def test_whoever_has_no_team_sees_what_has_none(house: House) -> None:
    assert names(Company.objects.visible_to(member("new", "Sales"))) == {"nobody's"}


def test_what_may_be_edited_may_be_seen(house: House) -> None:
    for user in User.objects.all():
        assert not Company.objects.editable_by(user).exclude(pk__in=Company.objects.visible_to(user).values("pk"))


def test_what_hangs_on_an_account_goes_with_it(house: House) -> None:
    for account in Company.objects.all():
        invested(account, "Accel")
        worked(contact(account), "Google")
        Deal.objects.create(company=account, name=account.name, opened_on="2026-01-01")
        Activity.objects.create(company=account, kind="note", summary="Hello")

    for user in User.objects.all():
        for verb in ("visible_to", "editable_by"):
            accounts = names(getattr(Company.objects, verb)(user))
            for model, path in (
                (Contact, "company"), (Deal, "company"), (Activity, "company"), (Investment, "company"),
                (Fit, "company"), (Employment, "contact__company"),
            ):  # fmt: skip
                rows = getattr(model._default_manager, verb)(user)
                assert set(rows.values_list(f"{path}__name", flat=True)) == accounts, (user, verb, model)


@pytest.mark.parametrize(("who", "seen"), [("rep", {"mine", "nobody's"}), ("other", {"other's", "nobody's"})])
def test_a_contact_without_a_company_goes_with_its_owner(house: House, who: str, seen: set[str]) -> None:
    contact(None, name="mine", owner=house.rep)
    contact(None, name="other's", owner=house.other)
    contact(None, name="nobody's")

    assert names(Contact.objects.visible_to(getattr(house, who))) == seen
    assert names(Contact.objects.editable_by(getattr(house, who))) == seen
    assert len(Contact.objects.visible_to(house.revops)) == 3


def test_people_are_the_same_however_they_are_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """From few accounts to their people, and from many people to their accounts."""
    for account in Company.objects.all():
        contact(account, owner=house.other)
    contact(None, name="rep's", owner=house.rep)
    contact(None, name="nobody's")
    found = {}
    for few in (0, 100):
        monkeypatch.setattr("crm.models.visibility.FEW", few)
        found[few] = {
            (user.username, verb): set(
                getattr(Contact.objects, verb)(user).filter(name__gt="").values_list("pk", flat=True)
            )
            for user in User.objects.all()
            for verb in ("visible_to", "editable_by")
        }

    assert found[0] == found[100]
    assert len(found[0]["rep", "visible_to"]) == len(NORTH) + 3
    assert len(found[0]["rep", "editable_by"]) == 6


def test_a_contact_of_a_hidden_company_is_hidden_even_from_its_owner(house: House) -> None:
    contact(Company.objects.get(name="other's"), owner=house.rep)

    assert not Contact.objects.visible_to(house.rep).exists()


def test_every_model_with_an_account_says_who_sees_its_rows() -> None:
    accounts = {Company, Contact}
    without = [
        model._meta.label
        for model in apps.get_app_config("crm").get_models()
        if not model.__name__.startswith("Historical")
        and (model in accounts or any(shows(field, accounts) for field in model._meta.fields))
        and not (hasattr(model._default_manager, "visible_to") and hasattr(model._default_manager, "editable_by"))
    ]

    # An employer is a word that everybody may use; where it points to an account, that is looked after.
    assert without == ["crm.Employer"]


def shows(field: Any, accounts: set[Any]) -> bool:
    return bool(field.related_model in accounts)


def test_one_query_tells_what_somebody_sees(house: House, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """Beside what is asked once about the person: their teams, their permissions, and whether they see few accounts."""
    user: Person = User.objects.get(pk=house.rep.pk)
    list(Contact.objects.visible_to(user))

    with django_assert_num_queries(1):
        list(Contact.objects.visible_to(user))
    with django_assert_num_queries(1):
        list(Company.objects.editable_by(user))


def test_the_accounts_of_one_person_are_found_by_an_index(house: House) -> None:
    plan = Company.objects.visible_to(house.rep).order_by().explain()

    if connection.vendor == "sqlite":
        assert "SCAN" not in plan
        assert "company_owner_team" in plan


# Roles


def test_the_roles_are_there_with_what_they_may_do() -> None:
    groups = {group.name: group for group in Group.objects.all()}
    may = {
        name: {f"{each.content_type.app_label}.{each.codename}" for each in groups[name].permissions.all()}
        for name in ROLES
    }

    assert set(groups) == {"Sales", "Sales manager", "RevOps", "Administrator", "Integration"}
    assert may["Sales"] < may["Sales manager"]
    assert may["Sales manager"] - may["Sales"] == {"crm.delete_company", "crm.edit_team_companies"}
    assert may["Integration"] - may["Sales manager"] == {
        "crm.change_investor", "crm.delete_investor", "crm.change_term", "crm.delete_term", "crm.change_employer",
        "crm.delete_employer", "personas.change_profile", "personas.publish_ruleset",
        "crm.view_webhooksubscription", "crm.add_webhooksubscription", "crm.change_webhooksubscription",
        "crm.delete_webhooksubscription", "crm.view_webhookdelivery",
    }  # fmt: skip
    assert may["RevOps"] < may["Administrator"]
    assert {each for each in may["Administrator"] - may["RevOps"] if not each.startswith("auth.")} == set()
    assert {each for each in may["RevOps"] if each.startswith("auth.")} == {"auth.view_user", "auth.view_group"}
    for name, holds in may.items():
        everywhere = name in ("RevOps", "Administrator")
        for permission in ("crm.see_all_companies", "crm.import_companies", "crm.view_lane", "crm.change_exchangerate"):
            assert (permission in holds) is everywhere, (name, permission)
        for permission in ("personas.publish_ruleset", "personas.change_profile"):
            # What a program may do of it, the scopes of its key say.
            assert (permission in holds) is (everywhere or name == "Integration"), (name, permission)


def test_what_somebody_took_from_a_role_stays_away_and_new_permissions_come() -> None:
    from django.contrib.auth.models import Permission

    from crm.apps import grant_new_permissions, remember_permissions

    sales = Group.objects.get(name="Sales")
    sales.permissions.remove(Permission.objects.get(codename="delete_contact"))
    Permission.objects.get(codename="view_deal").delete()
    Group.objects.get(name="RevOps").delete()

    remember_permissions()
    grant_new_permissions()

    held = set(sales.permissions.values_list("codename", flat=True))
    assert "delete_contact" not in held
    assert "view_deal" in held
    assert not Group.objects.filter(name="RevOps").exists()
