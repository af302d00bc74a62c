"""The list of companies: what narrows it, what its rows say, views, neighbours, and what is done to many at once."""

import csv
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.admin.company_list.export import COLUMNS
from crm.models import Activity, Company, Fit, FitChange, JobTitle, SavedView, Term, TitlePersona
from crm.scoring.drain import rescore_all
from tests.factories import SEGMENTS, company, contact, invested, member, now, ruleset, termed

LIST = "/admin/crm/company/"
LIST_QUERIES = 15

PERSONAS = SEGMENTS | {
    "personas": [
        {"key": "sam", "name": "Sam Software", "tier": "primary"},
        {"key": "pam", "name": "Pam Product", "tier": "primary"},
        {"key": "dee", "name": "Dee Designer", "tier": "usable_by"},
    ]
}

pytestmark = pytest.mark.django_db


def names(client: Client, query: str = "") -> list[str]:
    """The companies that the list shows, in its order."""
    response = client.get(f"{LIST}?{query}" if query else LIST)
    assert response.status_code == 200, response
    return [each.name for each in response.context["cl"].result_list]


def said(response: Any) -> str:
    """What a page says, without its tags."""
    assert response.status_code == 200
    return re.sub(
        r"\s+", " ", re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    )


def titled(text: str, *personas: str) -> JobTitle:
    """A job title that stands for these personas."""
    result = {0: "none", 1: "match"}.get(len(personas), "ambiguous")
    title, _ = JobTitle.objects.get_or_create(text=text, defaults={"result": result})
    for place, persona in enumerate(personas):
        TitlePersona.objects.get_or_create(title=title, persona=persona, defaults={"place": place})
    return title


def act(client: Client, action: str, *accounts: Company, query: str = "", **data: Any) -> Any:
    """The answer to an action on these accounts."""
    chosen = {"action": action, "_selected_action": [each.pk for each in accounts]}
    return client.post(f"{LIST}?{query}" if query else LIST, chosen | data)


@pytest.fixture
def rep(client: Client) -> User:
    """A rep of the team North, signed in as `client`."""
    user = member("rep", "Sales", "North", first_name="Rep", last_name="North")
    client.force_login(user)
    return user


# Order and paging


def test_the_list_is_sorted_by_fit_or_by_name_both_ways(admin_client: Client) -> None:
    ruleset()
    company(3, name="B")
    invested(company(120, name="A"), "Accel")
    company(5_000, name="C")
    rescore_all(at=now())

    assert names(admin_client) == ["A", "B", "C"]
    assert names(admin_client, "o=3") == ["A", "B", "C"]
    assert names(admin_client, "o=-3") == ["C", "B", "A"]
    assert names(admin_client, "o=-2") == ["C", "B", "A"]
    assert names(admin_client, "o=2") == ["A", "B", "C"]
    assert names(admin_client, "o=7") == ["A", "B", "C"], "no index has the rows in the order of owners"


def test_pages_follow_on_one_another(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.admin.company.CompanyAdmin.list_per_page", 2)
    for number in range(5):
        company(number + 1, name=f"Account {number}")

    assert names(admin_client) + names(admin_client, "p=2") + names(admin_client, "p=3") == [
        f"Account {number}" for number in range(5)
    ]


@pytest.mark.parametrize("accounts", [5, 50])
def test_the_list_takes_the_same_queries_for_any_number_of_rows_people_and_activities(
    admin_client: Client, accounts: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ruleset(PERSONAS)
    for number in range(accounts):
        account = invested(company(10 + number), "Accel", "Benchmark")
        contact(account, title=None, persona="sam")
        Activity.objects.create(company=account, kind="call", summary="First")
    rescore_all(at=now())
    admin_client.get(LIST)

    with django_assert_num_queries(LIST_QUERIES):
        response = admin_client.get(LIST)

    assert len(response.context["cl"].result_list) == accounts


def test_filters_take_no_query_more_each(
    admin_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ruleset(PERSONAS)
    company(10)
    rescore_all(at=now())
    query = "segment=early&status=settled&missing=investors&persona=sam:missing&criterion=growth:must:size:missed"
    admin_client.get(f"{LIST}?{query}")

    with django_assert_num_queries(9):  # no row on the page; one more asks for accounts of other rules
        admin_client.get(f"{LIST}?{query}")


# What narrows it


@pytest.fixture
def population(admin_user: User) -> None:
    """A few accounts that differ in everything a filter asks."""
    ruleset(PERSONAS)
    rocket = termed(invested(company(120, name="Rocket", domain="rocket.example", country="DE"), "Accel"), "tags", "ai")
    Company.objects.filter(pk=rocket.pk).update(lifecycle_stage="customer", owner=admin_user)
    contact(rocket, persona="sam", name="Kim Rider", email="kim@elsewhere.example")
    company(3, name="Seedling", people_researched_on="2026-01-01")
    company(120, name="Perhaps")
    company(5_000, name="Giant", funding_researched_on="2026-01-01")
    company(name="Riddle")
    rescore_all(at=now())


@pytest.mark.usefixtures("population")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("criterion=growth:must:size:met", {"Rocket", "Perhaps"}),
        ("criterion=growth:size:met", {"Rocket", "Perhaps"}),
        ("criterion=growth:must:size:missed", {"Seedling", "Giant"}),
        ("criterion=growth:must:size:open", {"Riddle"}),
        ("criterion=growth:must:backed:missed", {"Giant"}),
        ("criterion=growth:points:size.big:met", {"Rocket", "Perhaps", "Giant"}),
        ("criterion=growth:points:some:missed", {"Seedling"}),
        ("missing=employees", {"Riddle"}),
        ("missing=investors", {"Seedling", "Perhaps", "Riddle"}),
        ("settle=investors", {"Perhaps"}),
        ("settle=employees", {"Riddle"}),
        ("points_from=20", {"Rocket", "Perhaps", "Giant"}),
        ("points_from=1&points_to=19", set()),
        ("points_to=19", {"Seedling", "Riddle"}),
        ("persona=sam:present", {"Rocket"}),
        ("persona=sam:missing", {"Seedling"}),
        ("persona=pam:missing", {"Seedling"}),
        ("persona=pam:unknown", {"Rocket", "Perhaps", "Giant", "Riddle"}),
        ("stage=customer", {"Rocket"}),
        ("stage=unknown", {"Seedling", "Perhaps", "Giant", "Riddle"}),
        ("tag=ai", {"Rocket"}),
        ("tag=nothing", set()),
        ("owned=nobody&status=undecided", {"Perhaps", "Riddle"}),
        ("owned=others", set()),
        ("q=rider", {"Rocket"}),
        ("q=kim%40elsewhere", {"Rocket"}),
        ("q=kim+rock", {"Rocket"}),
        ("q=https%3A%2F%2Fwww.rocket.example%2Fabout", {"Rocket"}),
        ("q=kim+seed", set()),
    ],
)
def test_the_list_narrows(admin_client: Client, query: str, found: set[str]) -> None:
    assert set(names(admin_client, query)) == found


@pytest.mark.usefixtures("population")
@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("criterion=growth:must:gone:met", "no such criterion"),
        ("criterion=::", "no such criterion"),
        ("criterion=%27%22%3B--", "no such criterion"),
        ("missing=nonsense", "read no such fact"),
        ("settle=a%25b", "read no such fact"),
        ("persona=nobody:missing", "no such persona"),
        ("persona=sam:absent", "no such persona"),
        ("status=maybe", "no such status"),
        ("stage=early", "no such stage"),
        ("country=XX", "no such country"),
        ("owned=99999", "no such owner"),
        ("owned=%C2%B2", "no such owner"),
        ("moved=soon", "no such change"),
        ("moved=0", "no such change"),
        ("scoring=later", "no such scoring"),
        ("band=high", "no such band"),
        ("points_from=many", "points are a number"),
        ("points_from=NaN", "points are a number"),
        ("points_to=1e999", "points are a number"),
        ("tag=%00", "no such tag"),
        ("segment=" + "x" * 400, "no such segment"),
    ],
)
def test_what_makes_no_sense_finds_nothing_and_says_why(admin_client: Client, query: str, why: str) -> None:
    response = admin_client.get(f"{LIST}?{query}")

    assert why in said(response).lower()
    assert response.context["cl"].result_list == []
    assert "No account matches" in said(response)


def test_a_parameter_that_no_filter_has_is_left_out(admin_client: Client) -> None:
    assert admin_client.get(f"{LIST}?nonsense=1").status_code in (302, 400)
    assert admin_client.get(f"{LIST}?p=nonsense").status_code == 200


@pytest.mark.usefixtures("population")
def test_accounts_that_the_active_rules_have_not_scored_are_left_out_and_the_page_says_so(admin_client: Client) -> None:
    query = "criterion=growth:must:size:met"
    assert "not scored by the active rules yet" not in said(admin_client.get(f"{LIST}?{query}"))
    company(120, name="Newcomer")

    response = admin_client.get(f"{LIST}?{query}")

    assert "not scored by the active rules yet" in said(response)
    assert "Newcomer" not in said(response)


def test_an_account_that_moved_is_found_for_some_days(admin_client: Client) -> None:
    ruleset()
    account = company(3, name="Mover")
    company(3, name="Still")
    rescore_all(at=now())
    assert names(admin_client, "moved=7") == []
    Company.objects.filter(pk=account.pk).update(employees_low=120, employees_high=120)
    rescore_all(at=now())

    assert names(admin_client, "moved=7") == ["Mover"]
    FitChange.objects.update(at=timezone.now() - timedelta(days=8))
    assert names(admin_client, "moved=7") == []
    assert names(admin_client, "moved=30") == ["Mover"]


@pytest.mark.usefixtures("population")
def test_what_narrows_the_list_is_said_and_each_can_be_left_out(admin_client: Client) -> None:
    query = "criterion=growth:must:size:met&country=DE&q=rocket&points_from=20"

    chips = admin_client.get(f"{LIST}?{query}").context["chips"]

    assert {(chip.title, chip.words) for chip in chips} == {
        ("search", "rocket"),
        ("criterion", "Growth: 15 to 500 people, met"),
        ("country", "Germany"),
        ("certain points", "at least 20"),
    }
    (country,) = [chip for chip in chips if chip.title == "country"]
    assert "country" not in country.without
    assert "criterion=growth" in country.without


def test_what_was_typed_is_shown_as_text(admin_client: Client) -> None:
    ruleset()
    company()

    for query in ("q=<b id=x>", "segment=<b id=x>", "tag=<b id=x>"):
        assert "<b id=x>" not in admin_client.get(f"{LIST}?{query}").content.decode()


def test_choices_are_looked_up_as_one_types(admin_client: Client) -> None:
    ruleset(PERSONAS)
    termed(company(), "tags", "react", "vue")
    member("walter", first_name="Walter", last_name="Wong")

    def found(name: str, term: str) -> list[str]:
        answer = admin_client.get(reverse("admin:crm_company_choices", args=[name]), {"term": term})
        return [each["text"] for each in answer.json()["results"]]

    assert found("country", "germ") == ["Germany"]
    assert found("tag", "rea") == ["react"]
    assert found("criterion", "people missed") == ["Growth: 15 to 500 people, missed"]
    assert found("missing", "empl") == ["Employees"]
    assert found("persona", "pam") == ["Pam Product missing", "Pam Product present", "Pam Product not known"]
    assert found("owned", "wong") == ["Walter Wong"]
    assert len(found("country", "")) == 20
    assert admin_client.get(reverse("admin:crm_company_choices", args=["password"])).status_code == 404


def test_a_rep_looks_up_colleagues_of_the_own_team_only(client: Client, rep: User) -> None:
    mate = member("mate", "Sales", "North", first_name="Mate")
    stranger = member("stranger", "Sales", "South", first_name="Stranger")
    company(name="Theirs", owner=stranger, team=Group.objects.get(name="North"))

    answer = client.get(reverse("admin:crm_company_choices", args=["owned"]), {"term": ""}).json()["results"]

    assert {each["text"] for each in answer} == {"Me", "My team", "Nobody", "Someone else", "Mate"}
    assert names(client, f"owned={stranger.pk}") == []
    assert names(client, f"owned={mate.pk}") == []


def test_whoever_may_not_see_companies_looks_nothing_up(client: Client) -> None:
    client.force_login(member("clerk"))

    for name, arguments in (("choices", ["owned"]), ("receipt", [1]), ("neighbours", [1])):
        assert client.get(reverse(f"admin:crm_company_{name}", args=arguments)).status_code == 403
    assert client.post(reverse("admin:crm_company_view_save"), {"name": "Mine"}).status_code == 403


# Rows


def test_a_row_says_who_is_missing(admin_client: Client) -> None:
    ruleset(PERSONAS)
    contact(company(name="Half"), persona="sam")
    contact(company(name="Researched", people_researched_on="2026-01-01"), persona="sam")
    untold = company(name="Untold", people_researched_on="2026-01-01")
    contact(untold, persona="sam")
    contact(untold)
    both = company(name="Both")
    contact(both, persona="sam")
    contact(both, title=None, persona="pam")
    unclear = contact(company(name="Unclear"))
    unclear.title = titled("Product Engineer", "sam", "pam")
    unclear.save()
    company(name="Empty", people_researched_on="2026-01-01")
    company(name="Nobody asked")

    rows = {each.name: each.people for each in admin_client.get(LIST).context["cl"].result_list}

    assert rows["Half"].text == "Pam not known"
    assert rows["Researched"].text == "Pam missing"
    assert rows["Untold"].text == "Pam not known"
    assert rows["Both"].text == ""
    assert rows["Unclear"].text == "Sam, Pam perhaps"
    assert rows["Empty"].text == "Sam, Pam missing"
    assert (rows["Nobody asked"].text, rows["Nobody asked"].met) == ("Sam, Pam not known", False)


def test_a_row_says_what_was_done_last(admin_client: Client) -> None:
    ruleset()
    account = company(name="Rocket")
    long_ago = timezone.now() - timedelta(days=12, hours=1)
    Activity.objects.create(company=account, kind="call", summary="Call", happened_at=long_ago)
    Activity.objects.create(company=account, kind="task", summary="Still to do")
    Activity.objects.create(
        company=account, kind="meeting", summary="Ahead", happened_at=timezone.now() + timedelta(days=2)
    )

    text = said(admin_client.get(LIST))

    assert "Call 12 days ago" in text


def test_the_receipt_of_a_row_is_that_of_its_own_segment(admin_client: Client) -> None:
    ruleset()
    account = invested(company(120, name="Rocket"), "Accel")
    rescore_all(at=now())

    text = said(admin_client.get(reverse("admin:crm_company_receipt", args=[account.pk])))

    assert "Growth this account" in text
    assert "15 to 500 people" in text
    assert "Early" not in text


def test_the_receipt_of_a_hidden_account_is_not_there(client: Client, rep: User) -> None:
    hidden = company(owner=member("other"), team=Group.objects.create(name="South"))

    assert client.get(reverse("admin:crm_company_receipt", args=[hidden.pk])).status_code == 404
    assert client.get(reverse("admin:crm_company_receipt", args=[9_999_999])).status_code == 404


def test_a_person_is_searched_only_in_accounts_that_one_sees(client: Client, rep: User) -> None:
    contact(company(name="Hidden", owner=member("other")), name="Kim Rider")
    contact(company(name="Free"), name="Kim Rider")
    Company.objects.filter(name="Hidden").update(team=Group.objects.create(name="South"))

    assert names(client, "q=rider") == ["Free"]


def test_without_companies_the_list_says_what_to_do(admin_client: Client, client: Client) -> None:
    ruleset()

    assert "Add the first one" in said(admin_client.get(LIST))


# Saved views


def test_a_view_keeps_what_the_list_understands_and_nothing_else(admin_client: Client, admin_user: User) -> None:
    query = "segment=growth&q=rock&p=3&_popup=1&password=1&o=-2&country="

    admin_client.post(reverse("admin:crm_company_view_save"), {"name": " My   best ", "query": query})

    view = SavedView.objects.get()
    assert (view.name, view.query, view.shared, view.owner) == (
        "My best", "o=-2&q=rock&segment=growth", False, admin_user,
    )  # fmt: skip


def test_the_same_name_writes_over_and_two_clicks_do_no_harm(admin_client: Client) -> None:
    for query in ("segment=growth", "segment=early", "segment=early"):
        admin_client.post(reverse("admin:crm_company_view_save"), {"name": "Best", "query": query, "shared": "on"})

    assert [(each.query, each.shared) for each in SavedView.objects.all()] == [("segment=early", True)]


def test_a_view_without_a_name_is_not_saved(admin_client: Client) -> None:
    response = admin_client.post(reverse("admin:crm_company_view_save"), {"name": " "}, follow=True)

    assert "a view needs a name" in said(response)
    assert not SavedView.objects.exists()


def test_one_sees_own_and_shared_views_and_changes_own(client: Client, rep: User, admin_user: User) -> None:
    ruleset()
    mine = SavedView.objects.create(page="company", name="Mine", query="segment=growth", owner=rep)
    shared = SavedView.objects.create(page="company", name="Theirs, shared", owner=admin_user, shared=True)
    secret = SavedView.objects.create(page="company", name="Theirs, secret", owner=admin_user)

    views = client.get(f"{LIST}?segment=growth").context["views"]

    assert [(view.name, view.shown, view.removable) for view in views] == [
        ("Mine", True, True), ("Theirs, shared", False, False),
    ]  # fmt: skip
    for pk, status in ((mine.pk, 302), (shared.pk, 404), (secret.pk, 404)):
        answer = client.post(reverse("admin:crm_company_view_change", args=[pk]), {"name": "Other"})
        assert answer.status_code == status
    for pk, status in ((shared.pk, 403), (secret.pk, 404), (mine.pk, 302), (mine.pk, 404)):
        assert client.post(reverse("admin:crm_company_view_delete", args=[pk])).status_code == status
    assert set(SavedView.objects.values_list("name", flat=True)) == {"Theirs, shared", "Theirs, secret"}


def test_revops_removes_a_shared_view_of_somebody_else(client: Client, rep: User) -> None:
    shared = SavedView.objects.create(page="company", name="Old", owner=rep, shared=True)
    secret = SavedView.objects.create(page="company", name="Own", owner=rep)
    client.force_login(member("revops", "RevOps"))

    assert client.post(reverse("admin:crm_company_view_delete", args=[shared.pk])).status_code == 302
    assert client.post(reverse("admin:crm_company_view_delete", args=[secret.pk])).status_code == 404


def test_a_name_that_another_view_has_is_refused(admin_client: Client, admin_user: User) -> None:
    SavedView.objects.create(page="company", name="One", owner=admin_user)
    two = SavedView.objects.create(page="company", name="Two", owner=admin_user)

    response = admin_client.post(reverse("admin:crm_company_view_change", args=[two.pk]), {"name": "One"}, follow=True)

    assert "another view named" in said(response)
    two.refresh_from_db()
    assert two.name == "Two"


def test_views_are_changed_by_posting_only(admin_client: Client, admin_user: User) -> None:
    view = SavedView.objects.create(page="company", name="One", owner=admin_user)

    for name, arguments in (("save", []), ("change", [view.pk]), ("delete", [view.pk])):
        assert admin_client.get(reverse(f"admin:crm_company_view_{name}", args=arguments)).status_code == 405
    assert SavedView.objects.exists()


# Neighbours


def test_neighbours_are_those_of_the_list_one_came_from(admin_client: Client) -> None:
    ruleset()
    rows = [company(number, name=name) for name, number in (("A", 3), ("B", 4), ("C", 5_000), ("D", 5), ("E", 6_000))]
    rescore_all(at=now())

    def around(account: Company, query: str = "") -> tuple[str | None, str | None]:
        address = reverse("admin:crm_company_neighbours", args=[account.pk])
        found = admin_client.get(f"{address}?{query}").context["found"]
        return tuple(each and each[1] for each in (found.before, found.after))

    a, b, c, d, _ = rows
    assert names(admin_client) == ["A", "B", "D", "C", "E"]
    assert around(a) == (None, "B")
    assert around(d) == ("B", "C")
    assert around(b, "o=-2") == ("C", "A")
    assert around(b, "status=settled") == ("A", "D")
    assert around(d, "status=settled&p=1") == ("B", None)
    assert around(c, "status=settled") == ("D", None), "where it would stand"
    assert admin_client.get(reverse("admin:crm_company_neighbours", args=[a.pk]) + "?p=x").status_code == 200


def test_no_neighbour_is_hidden(client: Client, rep: User) -> None:
    ruleset()
    first = company(name="A")
    company(name="B", owner=member("other"), team=Group.objects.create(name="South"))
    company(name="C")

    found = client.get(reverse("admin:crm_company_neighbours", args=[first.pk])).context["found"]

    assert found.after[1] == "C"


# Actions


@pytest.fixture
def book(rep: User) -> tuple[Company, Company, Company]:
    """An account of the rep, one that nobody owns, and one of a mate that the rep may only see."""
    north = Group.objects.get(name="North")
    mate = member("mate", "Sales", "North", first_name="Mate")
    return (
        company(3, name="Mine", owner=rep, team=north),
        company(4, name="Free"),
        company(5, name="Mates", owner=mate, team=north),
    )


def test_an_action_says_what_it_touches_before_it_does_anything(
    client: Client, rep: User, book: tuple[Company, ...]
) -> None:
    first = act(client, "assign", *book)
    assert "1 of the 3 chosen is not yours to edit" in said(first)

    second = act(client, "assign", *book, owner="me")

    text = said(second)
    assert "1 company will be assigned to Rep North." in text
    assert "1 of the 3 chosen is not yours to edit and stays as it is." in text
    assert "1 is already assigned to Rep North." in text
    assert Company.objects.filter(owner=rep).count() == 1


def test_accounts_are_assigned_with_history(client: Client, rep: User, book: tuple[Company, ...]) -> None:
    mine, free, mates = book

    response = act(client, "assign", *book, owner="me", confirmed="1")

    assert response.status_code == 302
    free.refresh_from_db()
    mates.refresh_from_db()
    assert (free.owner, mates.owner == rep) == (rep, False)
    record: Any = free.history.first()
    assert (record.history_user, record.owner) == (rep, rep)
    assert "already assigned" in said(act(client, "assign", *book, owner="me", confirmed="1"))
    assert mine.history.count() <= 1


def test_accounts_are_given_only_to_whom_one_may_choose(client: Client, rep: User, book: tuple[Company, ...]) -> None:
    stranger = member("stranger", "Sales", "South")

    for value in (str(stranger.pk), "99999", "others", "x"):
        response = act(client, "assign", *book, owner=value, confirmed="1")
        assert response.status_code == 200
        assert "icp-warn" in response.content.decode()
    assert not Company.objects.filter(owner=stranger).exists()


def test_a_tag_is_added_and_taken_away_with_history_and_scored(
    admin_client: Client, admin_user: User, django_capture_on_commit_callbacks: Any
) -> None:
    ruleset(must=[{"key": "ai", "label": "AI", "when": {"fact": "tags", "any_of": ["ai"]}}])
    tagged, other = termed(company(), "tags", "ai"), company()
    rescore_all(at=now())

    assert "1 company will be tagged “ai”. 1 is already tagged so." in said(
        act(admin_client, "add_tag", tagged, other, tag="AI")
    )
    with django_capture_on_commit_callbacks(execute=True):
        act(admin_client, "add_tag", tagged, other, tag="ai", confirmed="1")

    assert Fit.objects.filter(segment_status="settled").count() == 2
    row = other.terms.get()
    assert row.history.get().history_user == admin_user
    assert other.fact_sources.get(fact="tags").person == admin_user
    with django_capture_on_commit_callbacks(execute=True):
        act(admin_client, "remove_tag", other, tag="ai", confirmed="1")
    assert not other.terms.exists()
    assert list(row.history.values_list("history_type", flat=True)) == ["-", "+"]
    assert Fit.objects.get(company=other).segment_status == "undecided"


def test_a_tag_that_there_is_not_cannot_be_taken_away(admin_client: Client) -> None:
    assert "No account has such a tag" in said(act(admin_client, "remove_tag", company(), tag="none"))


def test_a_new_tag_is_made_once_it_is_confirmed(admin_client: Client) -> None:
    account = company()
    act(admin_client, "add_tag", account, tag="new")
    assert not Term.objects.exists()

    act(admin_client, "add_tag", account, tag="new", confirmed="1")

    assert account.terms.get().term.name == "new"


def test_the_stage_is_stated_by_whoever_sets_it(
    admin_client: Client, admin_user: User, django_capture_on_commit_callbacks: Any
) -> None:
    ruleset(must=[{"key": "won", "label": "Won", "when": {"fact": "lifecycle_stage", "is": "customer"}}])
    account = company()
    rescore_all(at=now())

    with django_capture_on_commit_callbacks(execute=True):
        act(admin_client, "put_stage", account, stage="customer", confirmed="1")

    account.refresh_from_db()
    assert account.lifecycle_stage == "customer"
    assert account.fact_sources.get(fact="lifecycle_stage").person == admin_user
    assert Fit.objects.get(company=account).segment_status == "settled"
    act(admin_client, "put_stage", account, stage="unknown", confirmed="1")
    assert not account.fact_sources.exists()


def test_all_that_match_are_touched_across_pages(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.admin.company.CompanyAdmin.list_per_page", 2)
    rows = [company(name=f"Match {number}") for number in range(5)]
    company(name="Other")

    page = act(admin_client, "put_stage", rows[0], query="q=match", select_across="1", stage="lead")
    act(admin_client, "put_stage", rows[0], query="q=match", select_across="1", stage="lead", confirmed="1")

    assert "5 companies will be put at the stage Lead." in said(page)
    assert Company.objects.filter(lifecycle_stage="lead").count() == 5


def test_no_action_takes_more_than_so_many(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.admin.company_list.actions.MOST", 2)
    rows = [company() for _ in range(3)]

    response = admin_client.post(
        LIST, {"action": "put_stage", "_selected_action": [each.pk for each in rows], "stage": "lead"}, follow=True
    )

    assert "More than 2 companies match" in said(response)


def test_an_export_holds_what_the_list_says_and_no_formula(client: Client, rep: User) -> None:
    ruleset(PERSONAS)
    rocket = invested(company(120, name='=HYPERLINK("x")', domain="rocket.example", owner=rep), "Accel")
    contact(rocket, persona="sam")
    hidden = company(name="Hidden", owner=member("other"), team=Group.objects.create(name="South"))
    rescore_all(at=now())
    assert "1 company will be exported" in said(act(client, "export", rocket, hidden))

    response: Any = act(client, "export", rocket, hidden, confirmed="1")

    assert response["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(StringIO(b"".join(response.streaming_content).decode())))
    assert [each["name"] for each in rows] == ['\'=HYPERLINK("x")']
    assert list(rows[0]) == list(COLUMNS)
    assert (rows[0]["segment"], rows[0]["points_low"], rows[0]["missing_personas"], rows[0]["owner"]) == (
        "growth", "20", "Pam not known", "Rep North",
    )  # fmt: skip


def test_who_may_only_look_may_export_and_nothing_else(client: Client, admin_user: User) -> None:
    from django.contrib.auth.models import Permission

    user = member("viewer")
    user.user_permissions.add(Permission.objects.get(codename="view_company"))
    client.force_login(user)
    account = company()

    assert act(client, "export", account).status_code == 200
    for action in ("assign", "add_tag", "remove_tag", "put_stage", "score_again"):
        act(client, action, account, owner="me", tag="x", stage="lead", confirmed="1")
    account.refresh_from_db()
    assert (account.owner, account.lifecycle_stage, account.terms.count()) == (None, None, 0)
