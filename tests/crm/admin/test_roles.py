"""The doors of the admin: a rep of another team reads, links, deletes and guesses nothing through any of them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm.admin.scoped import ScopedAdmin
from crm.choices import has_accounts
from crm.models import Activity, Company, Contact, Deal, Employer, Employment, Fit, Investor, JobTitle, Override
from crm.scoring.drain import rescore_all
from tests.crm.admin.test_company import submitted
from tests.factories import company, contact, invested, member, now, ruleset, worked

pytestmark = pytest.mark.django_db

MISSING = 987_654
SECRET = "Zeppelin"
NO_ROWS = {
    "employments-TOTAL_FORMS": 0,
    "employments-INITIAL_FORMS": 0,
    "external_ids-TOTAL_FORMS": 0,
    "external_ids-INITIAL_FORMS": 0,
}

Fill = Callable[..., dict[str, Any]]


@pytest.fixture
def rep() -> User:
    return member("rep", "Sales", "North", first_name="Robin")


@pytest.fixture
def other() -> User:
    return member("other", "Sales", "South", first_name="Olga")


@pytest.fixture
def signed_in(client: Client, rep: User) -> Client:
    """The rep of team North."""
    client.force_login(rep)
    return client


@pytest.fixture
def mine(rep: User) -> Company:
    return company(120, name="Mine", owner=rep, team=Group.objects.get(name="North"))


@pytest.fixture
def teams(rep: User) -> Company:
    """An account of the rep's team, in a colleague's hands."""
    mate = member("mate", "Sales", "North", first_name="Mia")
    return company(120, name="The team's", owner=mate, team=Group.objects.get(name="North"))


@pytest.fixture
def hidden(other: User) -> Company:
    """An account of another team, with one of everything; each name begins with the secret word."""
    account = invested(company(120, name=f"{SECRET} Works", owner=other, team=Group.objects.get(name="South")), "Accel")
    worked(contact(account, "Engineer", name=f"{SECRET} Person", email="zeppelin@works.example"), "Google")
    Deal.objects.create(company=account, name=f"{SECRET} deal", opened_on="2026-01-01")
    Activity.objects.create(company=account, kind="call", summary=f"{SECRET} call")
    Override.objects.create(company=account, segment="growth", reason=SECRET, author=other, expires_on="2099-01-01")
    return account


def rows_of(account: Company) -> dict[str, Model]:
    """The hidden rows that have a page of their own, by model."""
    return {
        "company": account,
        "contact": account.contacts.get(),
        "deal": account.deals.get(),
        "activity": account.activities.get(),
    }


def page(model: str, pk: object, door: str = "change") -> str:
    return reverse(f"admin:crm_{model}_{door}", args=[pk])


def said(response: Any) -> str:
    return str(response.content.decode())


def answer(client: Client, address: str, pk: object, data: dict[str, Any] | None = None) -> tuple[Any, ...]:
    """All that an answer tells, with the id it was asked for taken out."""
    response = client.get(address) if data is None else client.post(address, data)
    messages = [str(each) for each in client.get("/admin/").context["messages"]]
    told = re.sub(rf"\b{pk}\b", "ID", "|".join([response.headers.get("Location", ""), *messages]))
    return response.status_code, told


# Reading


def test_every_page_of_accounts_is_scoped() -> None:
    for model, page in admin.site._registry.items():
        if has_accounts(model):
            assert isinstance(page, ScopedAdmin), model
        for inline in page.inlines:
            assert not has_accounts(inline.model) or "Scoped" in str(inline.__mro__), inline


@pytest.mark.parametrize(
    "model", ["company", "contact", "deal", "activity", "employer", "investor", "jobtitle", "term"]
)
@pytest.mark.parametrize("query", ["", "?q=zep", "?q=engineer"])
def test_no_list_and_no_search_shows_a_hidden_row(
    signed_in: Client, hidden: Company, mine: Company, model: str, query: str
) -> None:
    Employer.objects.create(name="Some employer", company=hidden)

    response = signed_in.get(reverse(f"admin:crm_{model}_changelist") + query)

    assert response.status_code == 200
    assert SECRET not in said(response)


@pytest.mark.parametrize("model", ["company", "contact", "deal", "activity"])
@pytest.mark.parametrize("door", ["change", "delete", "history"])
def test_a_hidden_row_answers_as_one_that_does_not_exist(
    signed_in: Client, hidden: Company, model: str, door: str
) -> None:
    pk = rows_of(hidden)[model].pk

    for data in (None, {"post": "yes", "name": "Taken"}):
        there = answer(signed_in, page(model, pk, door), pk, data)
        assert there == answer(signed_in, page(model, MISSING, door), MISSING, data)
        assert SECRET not in there[1]
    assert rows_of(hidden)[model].pk == pk


def test_trying_again_answers_the_same_for_hidden_and_missing(signed_in: Client, hidden: Company) -> None:
    for method in (signed_in.get, signed_in.post):
        answers = {method(reverse("admin:crm_company_try_again", args=[pk])).status_code for pk in (hidden.pk, MISSING)}
        assert len(answers) == 1


@pytest.mark.parametrize(
    ("model", "field"), [("contact", "company"), ("deal", "company"), ("activity", "contact"), ("company", "parent")]
)
def test_looking_up_as_one_types_finds_nothing_hidden(
    signed_in: Client, hidden: Company, model: str, field: str
) -> None:
    found = signed_in.get(
        reverse("admin:autocomplete"),
        {"app_label": "crm", "model_name": model, "field_name": field, "term": "zep"},
    )

    assert found.status_code == 200
    assert found.json()["results"] == []


def test_users_cannot_be_looked_up_by_whoever_may_not_see_them(signed_in: Client, other: User) -> None:
    found = signed_in.get(
        reverse("admin:autocomplete"),
        {"app_label": "crm", "model_name": "company", "field_name": "owner", "term": "o"},
    )

    assert found.status_code == 403


@pytest.mark.parametrize("value", ["id__exact", "id"])
def test_a_filter_does_not_give_the_name_of_a_hidden_row_away(signed_in: Client, hidden: Company, value: str) -> None:
    response = signed_in.get(f"/admin/crm/contact/?company__{value}={hidden.pk}")

    assert SECRET not in said(response)


@pytest.mark.parametrize(
    "query",
    ["parent__name__startswith=Z", "parent=1", "subsidiaries=1", "contacts__name__startswith=Z"],
)
def test_a_list_cannot_be_narrowed_by_what_it_points_to(
    signed_in: Client, mine: Company, hidden: Company, query: str
) -> None:
    Company.objects.filter(pk=mine.pk).update(parent=hidden)

    assert signed_in.get(f"/admin/crm/company/?{query}").status_code == 400


def test_home_shows_what_one_sees(signed_in: Client, mine: Company, hidden: Company) -> None:
    ruleset()
    invested(mine, "Accel")
    rescore_all(at=now())

    response = signed_in.get("/admin/")

    assert [each.company.name for each in response.context["best"]] == ["Mine"]
    assert SECRET not in said(response)


def test_home_says_how_to_start_where_all_accounts_are_hidden(signed_in: Client, hidden: Company) -> None:
    ruleset()

    assert signed_in.get("/admin/").context["has_companies"] is False


def test_counts_of_words_count_what_one_sees(signed_in: Client, mine: Company, hidden: Company) -> None:
    invested(mine, "Accel")
    contact(mine, "Engineer")

    investor = signed_in.get("/admin/crm/investor/").context["cl"].result_list[0]
    title = signed_in.get("/admin/crm/jobtitle/").context["cl"].result_list[0]

    assert (investor.companies, title.people) == (1, 1)


def test_searching_the_whole_admin_finds_nothing_hidden(
    signed_in: Client, hidden: Company, mine: Company, settings: Any
) -> None:
    settings.UNFOLD = settings.UNFOLD | {"COMMAND": {"search_models": True}}

    text = said(signed_in.get(reverse("admin:search"), {"s": "zeppelin", "extended": "1"}))

    assert SECRET not in text


# A visible row that points to a hidden one


def test_a_field_that_points_to_a_hidden_row_says_only_that_and_keeps_its_value(
    signed_in: Client, mine: Company, hidden: Company
) -> None:
    Company.objects.filter(pk=mine.pk).update(parent=hidden)
    address = page("company", mine.pk)

    shown = said(signed_in.get(address))
    response = signed_in.post(address, submitted(signed_in, address) | {"city": "Berlin", "parent": ""})

    assert "not open to you" in shown
    assert SECRET not in shown
    assert response.status_code == 302, response.context["errors"]
    mine.refresh_from_db()
    assert (mine.city, mine.parent) == ("Berlin", hidden)


def test_so_it_does_on_a_page_for_reading(signed_in: Client, teams: Company, hidden: Company) -> None:
    Company.objects.filter(pk=teams.pk).update(parent=hidden)

    shown = said(signed_in.get(page("company", teams.pk)))

    assert "not open to you" in shown
    assert SECRET not in shown
    assert page("company", hidden.pk) not in shown


def test_a_list_does_not_name_a_hidden_row_that_it_points_to(signed_in: Client, mine: Company, hidden: Company) -> None:
    Activity.objects.create(company=mine, contact=hidden.contacts.get(), kind="call", summary="With whom?")
    Employer.objects.create(name="Some employer", company=hidden)

    for model in ("activity", "employer"):
        text = said(signed_in.get(reverse(f"admin:crm_{model}_changelist")))
        assert SECRET not in text
        assert "not open to you" in text


# Linking


@pytest.mark.parametrize(
    ("model", "data"),
    [
        ("contact", {"name": "New", "is_founder": "unknown"} | NO_ROWS),
        ("deal", {"name": "New", "stage": "discovery", "opened_on": "2026-01-01"}),
        ("activity", {"kind": "note", "summary": "New", "happened_at_0": "2026-01-01", "happened_at_1": "10:00"}),
        ("employer", {"name": "New"}),
    ],
)  # fmt: skip
def test_nothing_can_be_hung_on_a_hidden_account(
    signed_in: Client, hidden: Company, model: str, data: dict[str, Any]
) -> None:
    def refused(pk: int) -> str:
        response = signed_in.post(reverse(f"admin:crm_{model}_add"), data | {"company": pk})
        assert response.status_code == 200
        assert list(response.context["adminform"].form.errors) == ["company"]
        assert SECRET not in said(response)
        return str(response.context["adminform"].form.errors)

    assert refused(hidden.pk) == refused(MISSING)


@pytest.mark.parametrize("model", ["contact", "deal", "activity"])
def test_nothing_can_be_hung_on_an_account_that_one_only_sees(signed_in: Client, teams: Company, model: str) -> None:
    response = signed_in.post(reverse(f"admin:crm_{model}_add"), {"company": teams.pk})

    assert response.context["adminform"].form.errors["company"] == ["Choose a company that you may edit."]


@pytest.mark.parametrize("door", ["change", "add"])
def test_no_field_takes_the_id_of_a_hidden_row(signed_in: Client, mine: Company, hidden: Company, door: str) -> None:
    call = Activity.objects.create(company=mine, kind="call", summary="First")
    smuggled: dict[str, dict[str, Any]] = {
        "company": {"parent": hidden.pk, "owner": hidden.owner_id, "team": hidden.team_id},
        "activity": {"contact": hidden.contacts.get().pk},
    }
    rows: dict[str, Model] = {"company": mine, "activity": call}
    for model, row in rows.items():
        address = page(model, row.pk) if door == "change" else reverse(f"admin:crm_{model}_add")
        response = signed_in.post(address, submitted(signed_in, address) | smuggled[model])

        assert response.status_code == 200
        assert set(smuggled[model]) <= set(response.context["adminform"].form.errors)
        assert SECRET not in said(response)


def test_a_form_is_not_filled_from_an_address_with_a_hidden_row(signed_in: Client, hidden: Company) -> None:
    for model in ("contact", "deal", "activity"):
        assert SECRET not in said(signed_in.get(reverse(f"admin:crm_{model}_add"), {"company": hidden.pk}))


def test_rows_on_the_page_of_an_account_cannot_be_those_of_another(
    signed_in: Client, mine: Company, hidden: Company
) -> None:
    theirs = hidden.contacts.get()
    address = page("company", mine.pk)
    data = submitted(signed_in, address) | {
        "contacts-TOTAL_FORMS": 1, "contacts-INITIAL_FORMS": 1, "contacts-0-id": theirs.pk,
        "contacts-0-company": mine.pk, "contacts-0-name": "Taken", "contacts-0-is_founder": "unknown",
    }  # fmt: skip

    response = signed_in.post(address, data)

    assert SECRET not in said(response)
    theirs.refresh_from_db()
    assert (theirs.name, theirs.company) == (f"{SECRET} Person", hidden)


# Editing


def test_an_account_of_the_team_can_be_read_and_not_edited(signed_in: Client, teams: Company) -> None:
    deal = Deal.objects.create(company=teams, name="Big one", opened_on="2026-01-01")
    call = Activity.objects.create(company=teams, kind="call", summary="First")
    person = contact(teams, name="Kim")

    for model, row in (("company", teams), ("deal", deal), ("activity", call), ("contact", person)):
        address = page(model, row.pk)
        shown = said(signed_in.get(address))
        assert 'name="_save"' not in shown
        assert "Somebody else works this account" in shown
        assert signed_in.post(address, {"name": "Taken"}).status_code == 403
        assert signed_in.post(page(model, row.pk, "delete"), {"post": "yes"}).status_code == 403


def test_a_manager_edits_the_accounts_of_the_team(client: Client, teams: Company) -> None:
    client.force_login(member("manager", "Sales manager", "North"))
    address = page("company", teams.pk)

    response = client.post(address, submitted(client, address) | {"city": "Berlin"})

    assert response.status_code == 302, response.context["errors"]
    teams.refresh_from_db()
    assert (teams.city, teams.owner.username if teams.owner else "") == ("Berlin", "mate")


def test_what_nobody_owns_can_be_taken(signed_in: Client, rep: User) -> None:
    free = company(name="Free")
    address = page("company", free.pk)
    assert "Somebody else works" not in said(signed_in.get(address))

    response = signed_in.post(address, submitted(signed_in, address) | {"owner": rep.pk})

    assert response.status_code == 302, response.context["errors"]
    free.refresh_from_db()
    assert free.owner == rep


def test_what_one_makes_is_ones_own(signed_in: Client, rep: User) -> None:
    form = signed_in.get(reverse("admin:crm_company_add")).context["adminform"].form

    assert form.get_initial_for_field(form.fields["owner"], "owner") == rep.pk
    assert form.get_initial_for_field(form.fields["team"], "team") == Group.objects.get(name="North").pk


def test_an_account_can_be_given_to_colleagues_and_to_own_teams(
    signed_in: Client, mine: Company, teams: Company
) -> None:
    form = signed_in.get(page("company", mine.pk)).context["adminform"].form

    assert {user.username for user in form.fields["owner"].queryset} == {"rep", "mate"}
    assert ">mate</option>" in re.sub(r"\s*(<|>)\s*", r"\1", str(form["owner"]))
    assert [team.name for team in form.fields["team"].queryset] == ["North"]


def test_an_action_changes_only_what_one_may_edit(signed_in: Client, mine: Company, teams: Company) -> None:
    ruleset()

    signed_in.post(
        "/admin/crm/company/", {"action": "score_again", "_selected_action": [mine.pk, teams.pk], "confirmed": "1"}
    )

    assert set(Fit.objects.exclude(segment_status=None).values_list("company__name", flat=True)) == {"Mine"}


def test_an_action_does_not_reach_hidden_rows(signed_in: Client, mine: Company, hidden: Company) -> None:
    ruleset()

    signed_in.post(
        "/admin/crm/company/", {"action": "score_again", "_selected_action": [mine.pk, hidden.pk], "confirmed": "1"}
    )
    signed_in.post(
        "/admin/crm/contact/",
        {"action": "delete_selected", "_selected_action": [hidden.contacts.get().pk], "post": "yes"},
    )

    assert Fit.objects.get(company=hidden).segment_status is None
    assert hidden.contacts.count() == 1


# Deleting


@pytest.fixture
def keeper(rep: User) -> User:
    """The rep, who may delete everything that is theirs, words included."""
    from django.contrib.auth.models import Permission

    rep.user_permissions.set(Permission.objects.filter(codename__startswith="delete_"))
    return rep


@pytest.mark.usefixtures("keeper")
def test_a_deletion_that_reaches_hidden_rows_is_refused_and_names_none(
    signed_in: Client, mine: Company, hidden: Company
) -> None:
    """By cascade, by protection and by a link that would be cut."""
    Company.objects.filter(pk=hidden.pk).update(parent=mine)
    for model, row in (
        ("investor", Investor.objects.get(name="Accel")),
        ("employer", Employer.objects.get(name="Google")),
        ("jobtitle", JobTitle.objects.get(text="Engineer")),
        ("company", mine),
    ):
        shown = said(signed_in.get(page(model, row.pk, "delete")))
        several = said(
            signed_in.post(
                reverse(f"admin:crm_{model}_changelist"), {"action": "delete_selected", "_selected_action": [row.pk]}
            )
        )
        for text in (shown, several):
            assert "records that you may not see or change" in text, model
            assert SECRET not in text
        assert signed_in.post(page(model, row.pk, "delete"), {"post": "yes"}).status_code == 403
        assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.usefixtures("keeper")
def test_what_is_ones_own_can_be_deleted_with_all_that_hangs_on_it(signed_in: Client, mine: Company) -> None:
    worked(contact(mine, "Engineer"), "Google")
    Deal.objects.create(company=mine, name="Deal", opened_on="2026-01-01")

    assert signed_in.post(page("company", mine.pk, "delete"), {"post": "yes"}).status_code == 302

    assert not Company.objects.exists()
    assert not Employment.objects.exists()


# Counting queries


def test_a_rep_takes_two_queries_more_than_a_superuser_for_a_list(
    signed_in: Client, mine: Company, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The teams, and who may see all: both once a request, for any number of rows."""
    ruleset()
    for number in range(10):
        company(number, team=mine.team)
    rescore_all(at=now())
    signed_in.get("/admin/crm/company/")

    with django_assert_num_queries(17):
        signed_in.get("/admin/crm/company/")


# RevOps


def test_revops_sees_all_and_may_look_everybody_up(client: Client, hidden: Company, mine: Company) -> None:
    client.force_login(member("revops", "RevOps"))

    assert {each.name for each in client.get("/admin/crm/company/").context["cl"].result_list} == {
        hidden.name, mine.name,
    }  # fmt: skip
    found = client.get(
        reverse("admin:autocomplete"),
        {"app_label": "crm", "model_name": "company", "field_name": "owner", "term": "oth"},
    )
    assert [each["text"] for each in found.json()["results"]] == ["other"]
    assert Contact.objects.visible_to(User.objects.get(username="revops")).count() == 1
