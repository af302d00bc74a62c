"""Contacts over the API: read, made, moved, decided, removed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from crm.models import (
    Company,
    Contact,
    ContactExternalId,
    ContactFit,
    ContactMove,
    ContactSource,
    Employment,
    FactSource,
    Fit,
    JobTitle,
)
from crm.scoring.drain import rescore
from tests import factories

from .calling import person, program

pytestmark = pytest.mark.django_db

CONTACTS = "/api/v1/contacts/"
PEOPLE = factories.SEGMENTS | {
    "personas": [
        {
            "key": "sam",
            "name": "Sam",
            "tier": "primary",
            "buying_roles": ["user", "initiator"],
            "titles": ["software engineer", "product engineer"],
        },
        {
            "key": "pam",
            "name": "Pam",
            "tier": "primary",
            "buying_roles": ["user", "decision_maker"],
            "titles": ["product manager", "product engineer"],
        },
    ],
    "profiles": [
        *factories.SEGMENTS["profiles"],  # type: ignore[misc]
        {
            "key": "champions",
            "name": "Champions",
            "subject": "contact",
            "components": [
                {
                    "key": "who",
                    "label": "Who",
                    "rows": [{"key": "sam", "when": {"fact": "contact_persona", "any_of": ["sam"]}, "points": 5}],
                }
            ],
        },
    ],
}


@pytest.fixture
def client() -> Any:
    factories.ruleset(PEOPLE)
    return program()


def one(contact: Contact | int) -> str:
    return f"{CONTACTS}{contact.pk if isinstance(contact, Contact) else contact}/"


def pointers(answer: Any) -> set[str]:
    return {each["pointer"] for each in answer.json()["errors"]}


def made(client: Any, **body: Any) -> Any:
    answer = client.post(CONTACTS, {"name": "Ada"} | body, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_contact_is_made_with_who_they_are(client: Any) -> None:
    company = factories.company()

    found = made(client, company=company.pk, title="Sr. Software Engineer", email="ada@acme.example")

    assert found["title"] == "Sr. Software Engineer"
    assert (found["matched"]["how"], found["matched"]["personas"]) == ("certain", ["sam"])
    assert found["matched"]["evidence"]
    assert found["seniority"] == "senior"
    assert found["buying_roles"] == {"certain": ["initiator", "user"], "perhaps": []}
    assert (found["persona"], found["roles"], found["company"]) == (None, None, company.pk)
    record = Contact.history.get()
    assert record.history_user.username.startswith("api: ")


def test_an_ambiguous_title_says_all_that_it_may_stand_for(client: Any) -> None:
    found = made(client, title="Product Engineer")

    assert found["matched"]["how"] == "ambiguous"
    assert set(found["matched"]["personas"]) == {"sam", "pam"}
    assert found["buying_roles"]["certain"] == ["user"]


def test_the_points_of_a_person_come_with_them(client: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        found = made(client, company=factories.company().pk, title="Software Engineer")

    fit = client.get(one(found["id"])).json()["fit"]

    assert (fit["profile"], fit["points"], fit["ruleset"]) == ("champions", 5, 1)
    assert fit["seen_at"] is not None


def test_what_is_decided_is_for_this_contact_and_in_the_history(client: Any) -> None:
    contact = made(client, title="Product Engineer")["id"]

    said = {"persona": "pam", "roles": ["decision_maker"], "is_champion": True}
    found = client.patch(one(contact), said, format="json").json()

    assert (found["persona"], found["roles"], found["is_champion"]) == ("pam", ["decision_maker"], True)
    assert found["matched"]["how"] == "decided"
    assert found["buying_roles"] == {"certain": ["decision_maker"], "perhaps": []}
    nobody = client.patch(one(contact), {"roles": []}, format="json").json()
    assert (nobody["roles"], nobody["buying_roles"]["certain"]) == ([], [])
    back = client.patch(one(contact), {"persona": None, "roles": None}, format="json").json()
    assert (back["matched"]["how"], back["roles"]) == ("ambiguous", None)
    assert Contact.history.filter(id=contact).count() == 4


def test_another_company_is_a_move_that_keeps_what_was(client: Any) -> None:
    before, after = factories.company(name="Before"), factories.company(name="After")
    contact = made(client, company=before.pk, title="Software Engineer", is_champion=True)["id"]

    said = {"company": after.pk, "title": "Product Manager", "moved_on": "2026-01-31"}
    found = client.patch(one(contact), said, format="json").json()

    assert (found["company"], found["title"], found["is_champion"]) == (after.pk, "Product Manager", None)
    job = found["employments"][0]
    assert (job["employer"], job["company"], job["title"], job["ended_on"]) == (
        "Before", before.pk, "Software Engineer", "2026-01-31",
    )  # fmt: skip
    assert {(move.company_id, move.direction) for move in ContactMove.objects.all()} == {
        (before.pk, "left"), (after.pk, "joined"),
    }  # fmt: skip


def test_a_correction_is_no_move(client: Any) -> None:
    wrong, right = factories.company(), factories.company()
    contact = made(client, company=wrong.pk)["id"]

    client.patch(one(contact), {"company": right.pk, "correction": True}, format="json")

    assert Contact.objects.get().company == right
    assert not ContactMove.objects.exists()
    assert not Employment.objects.exists()


def test_other_employers_are_replaced_as_a_whole(client: Any) -> None:
    jobs = [{"employer": "Google", "title": "SWE"}, {"employer": "Acme", "kind": "day_job"}]
    contact = made(client, employments=jobs)["id"]
    kept = Employment.objects.get(employer__name="Google").pk

    said = [{"employer": "Google", "title": "Staff"}, {"employer": "Meta"}]
    found = client.patch(one(contact), {"employments": said}, format="json").json()["employments"]

    assert {(each["employer"], each["title"]) for each in found} == {("Google", "Staff"), ("Meta", None)}
    assert Employment.objects.get(employer__name="Google").pk == kept


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"emial": "x"}, "/emial"),
        ({"email": "no address"}, "/email"),
        ({"email": "taken@acme.example"}, "/email"),
        ({"email": "TAKEN@acme.example"}, "/email"),
        ({"company": 999_999}, "/company"),
        ({"title": "x" * 301}, "/title"),
        ({"linkedin_url": "javascript:alert(1)"}, "/linkedin_url"),
        ({"followers": -1}, "/followers"),
        ({"followers": 2**63}, "/followers"),
        ({"consent": "maybe"}, "/consent"),
        ({"persona": "samm"}, "/persona"),
        ({"roles": ["boss"]}, "/roles/0"),
        ({"moved_on": "2999-01-01"}, "/moved_on"),
        ({"employments": [{"employer": ""}]}, "/employments/0/employer"),
        ({"employments": [{"employer": "A", "kind": "x"}]}, "/employments/0/kind"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(client: Any, body: dict[str, Any], pointer: str) -> None:
    factories.contact(email="taken@acme.example")

    answer = client.post(CONTACTS, {"name": "Ada"} | body, format="json")

    assert answer.status_code == 400
    assert pointers(answer) in ({pointer}, {pointer.rpartition("/")[0]} if pointer == "/roles/0" else {pointer})
    assert Contact.objects.count() == 1


def test_an_employer_is_said_as_a_whole(client: Any) -> None:
    contact = factories.contact()

    answer = client.patch(one(contact), {"employments": [{"title": "x"}]}, format="json")

    assert pointers(answer) == {"/employments/0/employer"}


def test_sent_back_as_it_came_nothing_changes(client: Any) -> None:
    company = factories.company()
    contact = made(client, company=company.pk, title="Software Engineer", employments=[{"employer": "Google"}])["id"]
    before = client.get(one(contact)).json()

    after = client.patch(one(contact), before, format="json").json()

    assert after == before
    assert Contact.history.filter(id=contact).count() == 1


def test_a_change_is_refused_where_somebody_was_faster(client: Any) -> None:
    contact = made(client)["id"]
    tag = client.get(one(contact))["ETag"]
    Contact.objects.update(city="Berlin")

    assert client.patch(one(contact), {"name": "B"}, format="json", headers={"If-Match": tag}).status_code == 412


def test_a_contact_is_removed_and_the_history_says_by_whom(client: Any) -> None:
    contact = made(client)["id"]

    assert client.delete(one(contact)).status_code == 204
    last = Contact.history.filter(id=contact).latest()
    assert (last.history_type, last.history_user.username[:4]) == ("-", "api:")


def test_people_go_with_their_company() -> None:
    team, other = Group.objects.create(name="North"), Group.objects.create(name="South")
    mine = factories.contact(factories.company(team=team))
    away = factories.company(team=other)
    hidden = factories.contact(away)
    client = program(team=team)

    assert [each["id"] for each in client.get(CONTACTS).json()["results"]] == [mine.pk]
    for method in ("get", "patch", "delete"):
        assert getattr(client, method)(one(hidden), {}, format="json").status_code == 404
    answers = [
        client.post(CONTACTS, {"name": "A", "company": pk}, format="json").json()["errors"] for pk in (away.pk, 999_999)
    ]
    assert answers[0][0]["detail"].replace(str(away.pk), "N") == answers[1][0]["detail"].replace("999999", "N")


def test_nobody_is_put_where_one_may_not_work() -> None:
    owner = factories.member("owner", "Sales", "North")
    company = factories.company(team=Group.objects.get(name="North"), owner=owner)
    client = person(factories.member("other", "Sales", "North"))

    assert pointers(client.post(CONTACTS, {"name": "A", "company": company.pk}, format="json")) == {"/company"}


def test_where_somebody_worked_is_not_told_where_it_is_hidden() -> None:
    hidden = factories.company(team=Group.objects.create(name="South"))
    contact = factories.worked(factories.contact(), "Google", company=hidden)
    team = Group.objects.create(name="North")

    job = program(team=team).get(one(contact)).json()["employments"][0]

    assert (job["employer"], job["company"]) == ("Google", None)


@pytest.mark.parametrize("scope", ["contacts:write", "companies:read"])
def test_a_key_without_the_scope_is_refused(scope: str) -> None:
    assert program(scopes=[scope]).get(CONTACTS).status_code == 403


def test_the_list_asks_as_much_for_many_people_as_for_few(client: Any, django_assert_num_queries: Any) -> None:
    def more(count: int) -> None:
        for _ in range(count):
            contact = factories.contact(factories.company(), "Software Engineer")
            factories.worked(contact, f"Employer {contact.pk}", company=contact.company)
        rescore(list(Company.objects.values_list("pk", flat=True)), at=timezone.now())

    more(3)
    client.get(CONTACTS)
    with django_assert_num_queries(12):
        assert len(client.get(CONTACTS).json()["results"]) == 3
    more(7)
    with django_assert_num_queries(12):
        assert len(client.get(CONTACTS).json()["results"]) == 10
    with django_assert_num_queries(5):
        client.get(CONTACTS, {"fields": "id,name,title"})


def test_nothing_but_what_is_meant_to_can_be_changed(client: Any) -> None:
    """Every column of every model about a contact, as its name says it."""
    contact = factories.contact(factories.company(), "Software Engineer")
    rescore([contact.company_id], at=timezone.now())  # type: ignore[list-item]

    def stored() -> list[Any]:
        rows = [Contact.objects.filter(pk=contact.pk), JobTitle.objects.all(), ContactFit.objects.all()]
        return [list(each.values()) for each in (*rows, Company.objects.all(), Fit.objects.all())]

    before = stored()
    meant = set(client.get(one(contact)).json()) - {
        "id", "fit", "matched", "seniority", "function", "buying_roles", "created_at", "updated_at", "last_activity_at",
    }  # fmt: skip
    columns = [field for model in (Contact, ContactFit, JobTitle) for field in model._meta.get_fields()]
    names = {name for field in columns for name in (field.name, getattr(field, "attname", field.name))} - meant
    for name in sorted(names | {"pk", "matched", "buying_roles"}):
        client.patch(one(contact), {name: 7}, format="json")
        client.patch(one(contact), {name: {"points": 7}, "fit": {"points": 7}}, format="json")

    assert stored() == before
    assert not FactSource.objects.exists()
    assert not ContactSource.objects.exists()


# Where it comes from, and what others call them


def sources(client: Any, contact: Any) -> Any:
    return client.get(one(contact)).json()["sources"]


def test_what_a_program_states_has_its_source(client: Any) -> None:
    body = {
        "name": "Ada", "city": "Rome", "title": "CTO",
        "sources": {"city": {"source": "LinkedIn", "observed_on": "2026-01-31"}},
    }  # fmt: skip

    found = client.post(CONTACTS, body, format="json").json()

    assert list(found["sources"]) == ["city", "name", "title"]
    assert found["sources"]["city"] == {
        "source": "LinkedIn", "observed_on": "2026-01-31", "stated": None, "by_person": False,
    }  # fmt: skip
    assert found["sources"]["title"]["source"].startswith("api: Program")
    assert found["sources"]["title"]["observed_on"] == timezone.now().date().isoformat()


def test_what_a_person_states_is_theirs_until_they_make_it_unknown() -> None:
    contact = factories.contact()
    user = factories.member("rep", "Sales")
    api = person(user)

    api.patch(one(contact), {"city": "Rome", "roles": []}, format="json")

    assert {(row.fact, row.source, row.person) for row in ContactSource.objects.all()} == {
        ("city", "entered by hand", user), ("roles", "entered by hand", user),
    }  # fmt: skip
    api.patch(one(contact), {"city": None}, format="json")
    assert list(sources(api, contact)) == ["roles"]


def test_what_stays_as_it_was_keeps_its_source(client: Any) -> None:
    contact = factories.contact(city="Rome")
    ContactSource.objects.create(contact=contact, fact="city", source="a scan", person=factories.member("rep"))

    client.patch(one(contact), {"city": "Rome", "followers": 5}, format="json")

    assert {fact: each["source"][:6] for fact, each in sources(client, contact).items()} == {
        "city": "a scan", "followers": "api: P",
    }  # fmt: skip


def test_a_source_is_said_together_with_its_fact(client: Any) -> None:
    contact = factories.contact(city="Rome")

    for fact in ("city", "email", "nonsense"):
        answer = client.patch(one(contact), {"sources": {fact: {"source": "x"}}}, format="json")
        assert answer.status_code == 400, fact
    answer = client.patch(one(contact), {"city": "Rome", "sources": {"city": {"source": "x"}}}, format="json")
    assert answer.json()["sources"]["city"]["source"] == "x"


def test_a_move_has_its_source_and_what_it_opens_has_none(client: Any) -> None:
    contact = made(client, name="Ada", company=factories.company().pk, title="CTO", is_champion=True, persona="sam")[
        "id"
    ]

    body = {"company": factories.company().pk, "moved_on": "2026-01-31", "title": "CEO"}
    answer = client.patch(one(contact), body, format="json")

    found = answer.json()["sources"]
    assert sorted(found) == ["company", "name", "title"]
    assert (found["company"]["observed_on"], found["title"]["observed_on"]) == ("2026-01-31", "2026-01-31")


def test_what_other_systems_call_them_is_written_read_and_looked_for(client: Any) -> None:
    ada = made(client, name="Ada", external_ids=[{"system": "hubspot", "value": "a:7"}])
    made(client, name="Bob")

    assert names(client, external_id="hubspot:a:7") == ["Ada"]
    assert client.get(f"{CONTACTS}?external_id=hubspot").status_code == 400
    taken = client.post(
        CONTACTS, {"name": "Cem", "external_ids": [{"system": "hubspot", "value": "a:7"}]}, format="json"
    )
    assert (taken.status_code, taken.json()["errors"][0]["pointer"]) == (400, "/external_ids")

    changed = client.patch(one(ada["id"]), {"external_ids": [{"system": "pipedrive", "value": "9"}]}, format="json")
    assert changed.json()["external_ids"] == [{"system": "pipedrive", "value": "9"}]
    assert sorted(each.history_type for each in ContactExternalId.history.all()) == ["+", "+", "-"]

    assert client.delete(one(ada["id"])).status_code == 204
    assert not ContactExternalId.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"employments": [{"employer": "Elsewhere"}]},
        {"external_ids": [{"system": "hubspot", "value": "7"}]},
        {"city": "Rome", "sources": {"city": {"source": "another"}}},
    ],
    ids=["employments", "external-ids", "sources"],
)
def test_what_is_beside_the_columns_is_a_change_of_the_contact_as_well(client: Any, body: Any) -> None:
    contact = factories.contact(city="Rome")
    Contact.objects.update(updated_at="2026-01-01T00:00:00Z")

    client.patch(one(contact), body, format="json")
    contact.refresh_from_db()
    assert contact.updated_at.year == timezone.now().year

    Contact.objects.update(updated_at="2026-01-01T00:00:00Z")
    client.patch(one(contact), body, format="json")
    contact.refresh_from_db()
    assert contact.updated_at.isoformat() == "2026-01-01T00:00:00+00:00"


# Narrowing


def names(client: Any, **query: Any) -> list[str]:
    answer = client.get(CONTACTS, query)
    assert answer.status_code == 200, answer.content
    return [each["name"] for each in answer.json()["results"]]


def test_people_are_found_by_who_they_are(client: Any) -> None:
    company = factories.company(name="Acme")
    made(client, name="Sam", title="Software Engineer", company=company.pk, is_champion=True, email="sam@acme.example")
    made(client, name="Either", title="Product Engineer", company=company.pk)
    made(client, name="Pam", title="Senior Product Manager", is_founder=False)
    made(client, name="Decided", persona="pam", roles=["initiator"])
    rescore([company.pk], at=timezone.now())

    assert names(client, persona="sam") == ["Either", "Sam"]
    assert names(client, matched="ambiguous") == ["Either"]
    assert names(client, matched="decided") == ["Decided"]
    assert names(client, role="initiator") == ["Decided", "Sam"]
    assert names(client, company=company.pk) == ["Either", "Sam"]
    assert names(client, has_company="false") == ["Decided", "Pam"]
    assert names(client, title="software  ENGINEER") == ["Sam"]
    assert names(client, seniority="senior") == ["Pam"]
    assert names(client, is_champion="true") == ["Sam"]
    assert names(client, is_founder="false") == ["Pam"]
    assert names(client, is_founder="unknown") == ["Decided", "Either", "Sam"]
    assert names(client, email="SAM@acme.example") == ["Sam"]
    assert names(client, points_min=5) == ["Sam"]
    assert names(client, certainty="open") == ["Either"]
    assert names(client, search="acme") == ["Either", "Sam"]
    assert names(client, whose="nobody", ordering="-name") == ["Sam", "Pam", "Either", "Decided"]
    assert names(client, ordering="best")[:2] == ["Sam", "Either"]
    tomorrow = (date.today() + timedelta(days=1)).isoformat()  # noqa: DTZ011
    assert names(client, changed_since=f"{tomorrow}T00:00:00Z") == []


@pytest.mark.parametrize(
    "query",
    ["persona=samm", "company=x", f"company={10**30}", "whose=x", "matched=x", "is_champion=1", "points_min=NaN"],
)
def test_what_makes_no_sense_finds_nothing_and_says_so(client: Any, query: str) -> None:
    assert client.get(f"{CONTACTS}?{query}").status_code == 400
