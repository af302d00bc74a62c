"""Companies over the API: read, made, changed, removed."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.utils import timezone

from crm.models import Activity, Attribute, Company, CompanyDomain, ExternalId, FactSource, Fit, Investor
from crm.scoring.drain import rescore
from tests import factories

from .calling import integration, person, program

pytestmark = pytest.mark.django_db

COMPANIES = "/api/v1/companies/"


@pytest.fixture
def client() -> Any:
    return program()


def one(company: Company | int) -> str:
    return f"{COMPANIES}{company.pk if isinstance(company, Company) else company}/"


def pointers(answer: Any) -> set[str]:
    return {each["pointer"] for each in answer.json()["errors"]}


CUSTOM = factories.SEGMENTS | {
    "facts": {
        "seats": {"label": "Seats", "kind": "integer"},
        "renewal": {"label": "Renewal", "kind": "date"},
        "partner": {"label": "Partner", "kind": "boolean"},
        "plan": {"label": "Plan", "kind": "text"},
        "regions": {"label": "Regions", "kind": "set"},
    }
}


# Reading


def test_a_company_is_read_with_everything_known(client: Any) -> None:
    factories.ruleset()
    company = factories.company(
        (11, 50), name="Acme", domain="acme.example", country="DE", monthly_revenue_usd_low="100000.00", founded=2019
    )
    factories.invested(company, "Accel")
    factories.termed(company, "tags", "saas", "ai")
    CompanyDomain.objects.create(company=company, domain="acme.io")
    ExternalId.objects.create(company=company, system="hubspot", value="7")
    Company.objects.filter(pk=company.pk).update(tags_researched_on=date(2026, 1, 2))
    rescore([company.pk], at=timezone.now())

    found = client.get(one(company)).json()

    assert found["name"] == "Acme"
    assert (found["domain"], found["domains"]) == ("acme.example", ["acme.io"])
    assert found["external_ids"] == [{"system": "hubspot", "value": "7"}]
    assert (found["country"], found["city"], found["founded"]) == ("DE", None, 2019)
    assert found["employees"] == {"low": 11, "high": 50}
    assert found["monthly_revenue"] == {"low": 100000, "high": None}
    assert found["consumer_users"] is None
    assert found["investors"] == {"value": ["Accel"], "complete": False}
    assert found["tags"] == {"value": ["ai", "saas"], "complete": True}
    assert found["fit"]["status"] == "undecided"
    assert found["fit"]["possible"] == ["growth", "early"]
    assert found["fit"]["ruleset"] == 1
    assert found["created_at"].endswith("Z")


def test_what_is_unknown_is_null_and_never_left_out(client: Any) -> None:
    found = client.get(one(factories.company())).json()

    assert found["fit"]["status"] is None
    for name in ("domain", "employees", "status", "is_public", "founded", "owner", "parent", "last_activity_at"):
        assert found[name] is None


def test_the_list_has_the_best_first(client: Any) -> None:
    factories.ruleset()
    for name, employees in (("Unknown", None), ("Small", 3), ("Big", 200)):
        factories.invested(factories.company(employees, name=name), "Accel")
    rescore(list(Company.objects.values_list("pk", flat=True)), at=timezone.now())

    assert [each["name"] for each in client.get(COMPANIES).json()["results"]] == ["Big", "Unknown", "Small"]


def test_the_list_asks_as_much_for_many_companies_as_for_few(client: Any, django_assert_num_queries: Any) -> None:
    factories.ruleset(CUSTOM)

    def more(count: int) -> None:
        for _ in range(count):
            company = factories.termed(factories.invested(factories.company(20), "Accel"), "tags", "saas")
            FactSource.objects.create(company=company, fact="employees", source="x")

    more(3)
    client.get(COMPANIES)
    # The key, its user's permissions twice, the ids of the page, the rows, six kinds of what hangs on them, the rules.
    with django_assert_num_queries(14):
        assert len(client.get(COMPANIES).json()["results"]) == 3
    more(7)
    with django_assert_num_queries(14):
        assert len(client.get(COMPANIES).json()["results"]) == 10
    with django_assert_num_queries(5):
        assert client.get(COMPANIES, {"fields": "id,name,fit"}).json()["results"][0].keys() == {"id", "name", "fit"}


def test_when_somebody_last_spoke_with_it_is_told_and_what_is_to_be_done_is_not(client: Any) -> None:
    company = factories.company()
    Activity.objects.create(company=company, kind="call", summary="x", happened_at="2026-01-02T10:00:00Z")
    Activity.objects.create(company=company, kind="task", summary="x", happened_at="2026-02-02T10:00:00Z")

    assert client.get(one(company)).json()["last_activity_at"] == "2026-01-02T10:00:00Z"


# Who sees what


def test_a_program_of_a_team_sees_its_accounts_only() -> None:
    team, other = Group.objects.create(name="North"), Group.objects.create(name="South")
    mine, hidden = factories.company(team=team), factories.company(team=other)
    client = program(team=team)

    assert [each["id"] for each in client.get(COMPANIES).json()["results"]] == [mine.pk]
    assert client.get(one(hidden)).status_code == 404
    assert client.patch(one(hidden), {"name": "X"}, format="json").status_code == 404
    assert client.delete(one(hidden)).status_code == 404


def test_what_one_sees_and_may_not_change_is_refused() -> None:
    team = Group.objects.create(name="North")
    owner = factories.member("owner", "Sales", "North")
    company = factories.company(team=team, owner=owner)
    client = person(factories.member("other", "Sales", "North"))

    assert client.get(one(company)).status_code == 200
    assert client.patch(one(company), {"name": "X"}, format="json").status_code == 403


def test_domains_ids_and_investors_are_in_the_history_under_the_name_of_the_program() -> None:
    found = integration()
    client: Any = program(found)
    made = client.post(
        COMPANIES,
        {
            "name": "Acme",
            "domains": ["acme.io"],
            "external_ids": [{"system": "w", "value": "7"}],
            "investors": ["Accel"],
        },
        format="json",
    )
    assert made.status_code == 201, made.content

    client.patch(one(made.json()["id"]), {"domains": [], "external_ids": []}, format="json")
    investor = client.get("/api/v1/investors/").json()["results"][0]["id"]
    client.patch(f"/api/v1/investors/{investor}/", {"name": "Accel Partners"}, format="json")

    def told(model: Any, column: str) -> list[tuple[Any, ...]]:
        return list(model.history.order_by("history_id").values_list("history_type", column, "history_user"))

    by = found.user_id
    assert told(CompanyDomain, "domain") == [("+", "acme.io", by), ("-", "acme.io", by)]
    assert told(ExternalId, "value") == [("+", "7", by), ("-", "7", by)]
    assert told(Investor, "name") == [("+", "Accel", by), ("~", "Accel Partners", by)]


@pytest.mark.parametrize(("hands", "status"), [("team", 404), ("owner", 403)])
def test_an_account_that_came_into_other_hands_while_the_call_waited_is_not_changed(
    monkeypatch: pytest.MonkeyPatch, hands: str, status: int
) -> None:
    rita, olga = factories.member("rita", "Sales", "North"), factories.member("olga", "Sales", "North")
    acme = factories.company(name="Acme", team=Group.objects.get(name="North"), owner=rita)
    select_for_update = QuerySet.select_for_update

    def locked(rows: QuerySet[Any], **more: Any) -> QuerySet[Any]:
        others = {"owner": olga} if hands == "owner" else {"owner": None, "team": Group.objects.create(name="South")}
        Company.objects.filter(pk=acme.pk).update(**others)
        return select_for_update(rows, **more)

    monkeypatch.setattr(QuerySet, "select_for_update", locked)

    assert person(rita).patch(one(acme), {"city": "Bonn"}, format="json").status_code == status
    acme.refresh_from_db()
    assert acme.city is None


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_key_without_the_scope_is_refused(method: str) -> None:
    client = program(scopes=["companies:write" if method == "get" else "companies:read"])

    assert getattr(client, method)(COMPANIES, {}, format="json").status_code == 403


def test_nobody_without_a_key_is_let_in() -> None:
    from rest_framework.test import APIClient

    assert APIClient().get(COMPANIES).status_code == 401


@pytest.mark.parametrize("link", ["parent", "owner", "team"])
def test_a_hidden_record_is_refused_like_one_that_is_not_there(link: str) -> None:
    team, other = Group.objects.create(name="North"), Group.objects.create(name="South")
    hidden = {
        "parent": factories.company(team=other).pk,
        "owner": factories.member("far", "Sales", "South").pk,
        "team": other.pk,
    }[link]
    client = program(team=team)

    answers = [client.post(COMPANIES, {"name": "A", link: pk}, format="json") for pk in (hidden, 999_999)]

    assert [each.status_code for each in answers] == [400, 400]
    said = [each.json()["errors"][0]["detail"] for each in answers]
    assert said[0].replace(str(hidden), "N") == said[1].replace("999999", "N")


def test_a_link_to_what_one_may_not_choose_stays_when_it_is_sent_back() -> None:
    team, other = Group.objects.create(name="North"), Group.objects.create(name="South")
    company = factories.company(team=team, parent=factories.company(team=other))
    client = program(team=team)

    answer = client.patch(one(company), client.get(one(company)).json(), format="json")

    assert answer.status_code == 200
    company.refresh_from_db()
    assert company.parent_id is not None


# Making


def test_a_company_is_made_with_facts_their_sources_and_its_score(
    client: Any, django_capture_on_commit_callbacks: Any
) -> None:
    factories.ruleset()
    body = {
        "name": "Acme",
        "domain": "https://www.acme.example/about",
        "employees": 120,
        "investors": {"value": ["Accel"], "complete": True},
        "tags": ["saas"],
        "funding_stage": "seed",
        "domains": ["acme.io"],
        "external_ids": [{"system": "hubspot", "value": "7"}],
        "sources": {"employees": {"source": "LinkedIn", "observed_on": "2026-01-31"}},
    }

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(COMPANIES, body, format="json")

    assert answer.status_code == 201
    assert answer["Location"].endswith(one(answer.json()["id"]))
    company = Company.objects.get()
    assert (company.domain, company.employees_low, company.employees_high) == ("acme.example", 120, 120)
    assert company.funding_researched_on is not None
    sources = {row.fact: row for row in FactSource.objects.all()}
    assert (sources["employees"].source, sources["employees"].observed_on) == ("LinkedIn", date(2026, 1, 31))
    assert sources["funding_stage"].source.startswith("api: Program")
    assert {row.person for row in sources.values()} == {None}
    assert [record.history_user.username[:4] for record in company.history.all()] == ["api:"]
    assert Fit.objects.get().segment == "growth"


def test_a_person_who_states_a_fact_is_its_source() -> None:
    user = factories.member("rep", "Sales")

    person(user).post(COMPANIES, {"name": "Acme", "employees": 3}, format="json")

    source = FactSource.objects.get(fact="employees")
    assert (source.source, source.person) == ("entered by hand", user)


def test_whoever_does_not_see_all_makes_accounts_that_they_see() -> None:
    team = Group.objects.create(name="North")
    rep = factories.member("rep", "Sales", "North")

    by_program = program(team=team).post(COMPANIES, {"name": "A"}, format="json").json()
    by_person = person(rep).post(COMPANIES, {"name": "B"}, format="json").json()

    assert (by_program["team"], by_program["owner"]) == (team.pk, None)
    assert (by_person["team"], by_person["owner"]) == (team.pk, rep.pk)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": "  "}, "/name"),
        ({"name": "x" * 301}, "/name"),
        ({"name": "A", "employes": 3}, "/employes"),
        ({"name": "A", "employees": -1}, "/employees"),
        ({"name": "A", "employees": 1.5}, "/employees"),
        ({"name": "A", "employees": True}, "/employees"),
        ({"name": "A", "employees": "12"}, "/employees"),
        ({"name": "A", "employees": {"low": 5, "high": 3}}, "/employees"),
        ({"name": "A", "employees": {"from": 5}}, "/employees"),
        ({"name": "A", "employees": 10**30}, "/employees"),
        ({"name": "A", "monthly_revenue": 10**17}, "/monthly_revenue"),
        ({"name": "A", "domain": "no domain"}, "/domain"),
        ({"name": "A", "domain": "gmail.com"}, "/domain"),
        ({"name": "A", "domains": ["x"]}, "/domains"),
        ({"name": "A", "country": "Germany"}, "/country"),
        ({"name": "A", "funding_stage": "series_z"}, "/funding_stage"),
        ({"name": "A", "founded": 99}, "/founded"),
        ({"name": "A", "founded": 10**20}, "/founded"),
        ({"name": "A", "city": ""}, "/city"),
        ({"name": "A", "city": "x" * 201}, "/city"),
        ({"name": "A", "tags": "saas"}, "/tags"),
        ({"name": "A", "tags": [1]}, "/tags"),
        ({"name": "A", "tags": {"value": [], "add": []}}, "/tags"),
        ({"name": "A", "tags": {"value": [], "complete": "yes"}}, "/tags"),
        ({"name": "A", "tags": ["x"] * 501}, "/tags"),
        ({"name": "A", "owner": 10**30}, "/owner"),
        ({"name": "A", "owner": True}, "/owner"),
        ({"name": "A", "parent": "x"}, "/parent"),
        ({"name": "A", "status": "public", "is_public": False}, "/is_public"),
        ({"name": "A", "people_researched_on": "2999-01-01"}, "/people_researched_on"),
        ({"name": "A", "sources": {"employees": {"source": "x"}}}, "/sources/employees"),
        (
            {"name": "A", "employees": 1, "sources": {"employees": {"source": "x", "observed_on": "2999-01-01"}}},
            "/sources/employees/observed_on",
        ),
        ({"name": "A", "custom": {"seets": 1}}, "/custom/seets"),
        ({"name": "A", "custom": {"seats": "many"}}, "/custom/seats"),
        ({"name": "A", "custom": []}, "/custom"),
        ({"name": "A", "external_ids": [{"system": "x"}]}, "/external_ids/0/value"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(client: Any, body: dict[str, Any], pointer: str) -> None:
    factories.ruleset(CUSTOM)

    answer = client.post(COMPANIES, body, format="json")

    assert answer.status_code == 400
    assert pointers(answer) == {pointer}
    assert not Company.objects.exists()


@pytest.mark.parametrize("body", [[], "x", 1, None])
def test_a_body_that_is_no_object_is_refused(client: Any, body: Any) -> None:
    assert client.post(COMPANIES, body, format="json").status_code == 400


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"domain": "taken.example"}, "/domain"),
        ({"domain": "further.example"}, "/domain"),
        ({"domains": ["taken.example"]}, "/domains"),
        ({"domains": ["further.example"]}, "/domains"),
        ({"external_ids": [{"system": "s", "value": "1"}]}, "/external_ids"),
    ],
)
def test_what_another_company_has_cannot_be_taken(client: Any, body: dict[str, Any], pointer: str) -> None:
    other = factories.company(domain="taken.example")
    CompanyDomain.objects.create(company=other, domain="further.example")
    ExternalId.objects.create(company=other, system="s", value="1")

    answer = client.post(COMPANIES, {"name": "A"} | body, format="json")

    assert (answer.status_code, pointers(answer)) == (400, {pointer})


def test_custom_facts_are_stated_and_read(client: Any) -> None:
    factories.ruleset(CUSTOM)
    custom = {
        "seats": {"low": 5, "high": None},
        "renewal": "2026-05-01",
        "partner": True,
        "plan": "Gold",
        "regions": {"value": ["EU"], "complete": True},
    }

    made = client.post(COMPANIES, {"name": "A", "custom": custom}, format="json").json()

    assert made["custom"] == custom
    cleared = client.patch(one(made["id"]), {"custom": {"seats": None, "regions": []}}, format="json").json()
    assert cleared["custom"] == custom | {"seats": None, "regions": {"value": [], "complete": True}}
    assert Attribute.objects.filter(fact="partner", boolean=True).exists()


# Changing


def test_only_what_is_said_changes(client: Any) -> None:
    company = factories.company(20, name="Acme", city="Berlin")

    answer = client.patch(one(company), {"city": "Köln", "employees": {"low": 30, "high": None}}, format="json")

    assert answer.status_code == 200
    company.refresh_from_db()
    assert (company.name, company.city, company.employees_low, company.employees_high) == ("Acme", "Köln", 30, None)
    assert [each.city for each in company.history.order_by("history_id")] == ["Berlin", "Köln"]


def test_a_fact_said_to_be_unknown_is_unknown_and_has_no_source(client: Any) -> None:
    company = factories.company(20)
    FactSource.objects.create(company=company, fact="employees", source="x")

    assert client.patch(one(company), {"employees": None}, format="json").json()["employees"] is None
    assert not FactSource.objects.exists()


def test_a_set_is_replaced_or_changed_in_part(client: Any) -> None:
    company = factories.termed(factories.company(), "tags", "saas", "ai")

    def tags(said: Any) -> Any:
        return client.patch(one(company), {"tags": said}, format="json").json()["tags"]

    assert tags({"add": ["new"], "remove": ["ai"]}) == {"value": ["new", "saas"], "complete": False}
    assert tags(["b2b"]) == {"value": ["b2b"], "complete": False}
    assert tags({"complete": True}) == {"value": ["b2b"], "complete": True}
    assert tags(None) == {"value": [], "complete": False}


def test_sent_back_as_it_came_nothing_changes(client: Any) -> None:
    factories.ruleset(CUSTOM)
    user = factories.member("rep", "Sales")
    company = factories.company(20, owner=user, status="operating", domain="acme.example")
    factories.termed(factories.invested(company, "Accel"), "tags", "saas")
    FactSource.objects.create(company=company, fact="employees", source="by hand", person=user)
    before = client.get(one(company)).json()

    after = client.patch(one(company), before, format="json").json()

    assert after == before
    assert company.history.count() == 1
    assert FactSource.objects.get().person == user


def test_what_is_beside_the_columns_is_a_change_of_the_company_as_well(client: Any) -> None:
    company = factories.company()
    Company.objects.update(updated_at="2026-01-01T00:00:00Z")

    client.patch(one(company), {"tags": ["saas"]}, format="json")

    assert client.get(COMPANIES, {"changed_since": "2026-01-02T00:00:00Z"}).json()["results"][0]["id"] == company.pk


def test_another_source_is_a_change_of_the_company_as_well(client: Any) -> None:
    company = factories.company(20)
    Company.objects.update(updated_at="2026-01-01T00:00:00Z")

    client.patch(one(company), {"employees": 20, "sources": {"employees": {"source": "LinkedIn"}}}, format="json")

    company.refresh_from_db()
    assert company.updated_at.year == timezone.now().year


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"external_ids": [{"system": "x"}]}, "/external_ids/0/value"),
        ({"employees": 3, "sources": {"employees": {}}}, "/sources/employees/source"),
    ],
)
def test_a_part_is_said_as_a_whole(client: Any, body: dict[str, Any], pointer: str) -> None:
    assert pointers(client.patch(one(factories.company()), body, format="json")) == {pointer}


def test_a_company_is_not_its_own_parent(client: Any) -> None:
    company = factories.company()

    assert pointers(client.patch(one(company), {"parent": company.pk}, format="json")) == {"/parent"}


def test_nothing_but_what_is_meant_to_can_be_changed(client: Any) -> None:
    """Every column of every model about a company, as its name says it, in one body at a time."""
    company = factories.company(name="Acme")
    before = {**Company.objects.filter(pk=company.pk).values().get(), **Fit.objects.values().get()}
    meant = set(client.get(one(company)).json()) - {"id", "fit", "created_at", "updated_at", "last_activity_at"}
    columns = [field for model in (Company, Fit) for field in model._meta.get_fields()]
    names = {name for field in columns for name in (field.name, getattr(field, "attname", field.name))} - meant
    for name in sorted(names | {"pk", "fit", "segment"}):
        client.patch(one(company), {name: 7}, format="json")
        client.patch(one(company), {name: {"segment": "x"}, "fit": {"segment": "x"}}, format="json")

    assert {**Company.objects.filter(pk=company.pk).values().get(), **Fit.objects.values().get()} == before


# Versions


def test_a_record_is_not_sent_again_while_it_is_as_the_reader_has_it(client: Any) -> None:
    company = factories.company()
    tag = client.get(one(company))["ETag"]

    assert client.get(one(company), headers={"If-None-Match": f'"x", {tag}'}).status_code == 304
    Company.objects.filter(pk=company.pk).update(city="Berlin")
    assert client.get(one(company), headers={"If-None-Match": tag}).status_code == 200


def test_a_change_is_refused_where_somebody_was_faster(client: Any) -> None:
    company = factories.company()
    tag = client.get(one(company))["ETag"]
    first = client.patch(one(company), {"city": "A"}, format="json", headers={"If-Match": tag})

    second = client.patch(one(company), {"city": "B"}, format="json", headers={"If-Match": tag})
    third = client.patch(one(company), {"city": "C"}, format="json", headers={"If-Match": first["ETag"]})

    assert [each.status_code for each in (first, second, third)] == [200, 412, 200]
    assert second["Content-Type"] == "application/problem+json"
    assert client.delete(one(company), headers={"If-Match": tag}).status_code == 412


def test_a_score_worked_out_meanwhile_stands_in_nobodys_way(client: Any) -> None:
    factories.ruleset()
    company = factories.company(20)
    read = client.get(one(company))["ETag"]
    rescore([company.pk], at=timezone.now())

    assert client.get(one(company), headers={"If-None-Match": read}).status_code == 200
    assert client.patch(one(company), {"city": "A"}, format="json", headers={"If-Match": read}).status_code == 200


def test_the_version_is_that_of_the_whole_whatever_fields_are_asked_for(client: Any) -> None:
    factories.ruleset(CUSTOM)
    company = factories.company(name="Acme")
    Attribute.objects.create(company=company, fact="seats", low=5, high=5)
    Activity.objects.create(company=company, kind="note", summary="Hello", happened_at=timezone.now())
    whole = client.get(one(company))["ETag"]

    part = client.get(f"{one(company)}?fields=id")
    done = client.patch(f"{one(company)}?fields=id", {"city": "A"}, format="json", headers={"If-Match": whole})

    assert (part.json(), part["ETag"]) == ({"id": company.pk}, whole)
    assert (done.status_code, done.json()) == (200, {"id": company.pk})


# Removing


def test_a_company_is_removed_and_the_history_says_by_whom(client: Any) -> None:
    company = factories.company(name="Acme")

    assert client.delete(one(company)).status_code == 204
    assert client.get(one(company)).status_code == 404
    last = Company.history.filter(id=company.pk).latest()
    assert (last.history_type, last.history_user.username[:4]) == ("-", "api:")


def test_a_sales_person_removes_no_company() -> None:
    client = person(factories.member("rep", "Sales"))

    assert client.delete(one(factories.company())).status_code == 403


def test_what_is_removed_reaches_nothing_hidden() -> None:
    team, other = Group.objects.create(name="North"), Group.objects.create(name="South")
    company = factories.company(team=team)
    factories.company(team=other, parent=company)

    assert program(team=team).delete(one(company)).status_code == 403


@pytest.mark.parametrize("pk", ["0", "999999", str(2**63), "9" * 40])
def test_an_id_that_nothing_has_finds_nothing(client: Any, pk: str) -> None:
    for method in ("get", "patch", "delete"):
        assert getattr(client, method)(f"{COMPANIES}{pk}/", {}, format="json").status_code == 404


def test_two_programs_with_one_domain_make_one_company() -> None:
    one_program, other = program(integration()), program(integration())

    body = {"name": "A", "domain": "a.example"}
    answers = [each.post(COMPANIES, body, format="json") for each in (one_program, other)]

    assert [each.status_code for each in answers] == [201, 400]
