"""Many companies or contacts in one call."""

import json
from datetime import date
from typing import Any, cast

import pytest
from django.contrib.auth.models import Group, Permission, User
from rest_framework.test import APIClient

from crm.models import (
    Attribute,
    BulkJob,
    Company,
    CompanyDomain,
    Contact,
    ContactMove,
    ExternalId,
    FactSource,
    Fit,
    IdempotentCall,
    Investment,
    Investor,
    JobTitle,
)
from crm.scoring.drain import rescore
from crm.upserting.jobs import advance as run_jobs
from tests.crm.api.calling import integration, person, program
from tests.factories import company, contact, invested, member, ruleset, termed

pytestmark = pytest.mark.django_db

COMPANIES = "/api/v1/companies/bulk/"
CONTACTS = "/api/v1/contacts/bulk/"


def send(client: APIClient, address: str, *rows: Any, query: str = "", **more: Any) -> Any:
    return client.post(address + query, list(rows), format="json", **more)


def results(answer: Any) -> list[tuple[str, list[str]]]:
    assert answer.status_code == 200, answer.content
    return [(each["result"], [fault["pointer"] for fault in each["errors"]]) for each in answer.json()["results"]]


def test_each_row_is_answered_in_its_place_and_a_refused_one_stops_no_other() -> None:
    acme = company(20, name="Acme", domain="acme.com")

    answer = send(
        program(),
        COMPANIES,
        {"domain": "acme.com", "employees": 20},
        {"domain": "beta.com"},
        {"name": "Gamma", "domain": "gamma.com", "employees": {"low": 11, "high": 50}},
        {"domain": "acme.com", "city": "Berlin"},
        "no object",
    )

    assert answer.json()["counts"] == {"created": 1, "updated": 2, "unchanged": 0, "refused": 2}
    assert [each["row"] for each in answer.json()["results"]] == [0, 1, 2, 3, 4]
    assert [each["id"] for each in answer.json()["results"]] == [
        acme.pk, None, Company.objects.get(name="Gamma").pk, acme.pk, None,
    ]  # fmt: skip
    assert results(answer)[1] == ("refused", ["/name"])
    assert (Company.objects.get(name="Gamma").employees_low, Company.objects.get(pk=acme.pk).city) == (11, "Berlin")


def test_lines_of_json_are_rows_and_a_line_that_is_none_is_refused_alone() -> None:
    body = b'{"name": "Acme", "domain": "acme.com"}\n\n{"name": \n{"name": "B", "employees": NaN}\n' + b"[" * 60_000

    answer = program().post(COMPANIES, body, content_type="application/x-ndjson")

    assert results(answer) == [("created", []), ("refused", [""]), ("refused", [""]), ("refused", [""])]
    assert "is not JSON" in answer.json()["results"][1]["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("fact", "value", "stored"),
    [
        ("employees", 20, {"employees_low": 20, "employees_high": 20}),
        ("employees", {"low": 11, "high": None}, {"employees_low": 11, "employees_high": None}),
        ("monthly_revenue", 83333.333, {"monthly_revenue_usd_low": 83333.33}),
        ("is_public", False, {"status": "operating"}),
        ("status", "acquired", {"status": "acquired"}),
        ("country", "na", {"country": "NA"}),
        ("funding_stage", "series_a", {"funding_stage": "series_a"}),
        ("lifecycle_stage", "customer", {"lifecycle_stage": "customer"}),
        ("founded", 2014, {"founded": 2014}),
        ("city", " San  Jose ", {"city": "San Jose"}),
    ],
)
def test_a_fact_is_stored_with_its_source_and_day(fact: str, value: object, stored: dict[str, object]) -> None:
    row = {"name": "Acme", fact: {"value": value, "source": "a scan", "observed_on": "2026-01-31"}}

    assert results(send(program(), COMPANIES, row)) == [("created", [])]

    found = Company.objects.get()
    assert {name: str(getattr(found, name)) for name in stored} == {name: str(each) for name, each in stored.items()}
    source = FactSource.objects.get(company=found)
    assert (source.source, source.observed_on, source.person) == ("a scan", date(2026, 1, 31), None)


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        ({"employes": 1}, "/employes"),
        ({"employees": -1}, "/employees"),
        ({"employees": "20"}, "/employees"),
        ({"employees": True}, "/employees"),
        ({"employees": 10**30}, "/employees"),
        ({"employees": 2**63}, "/employees"),
        ({"employees": {"low": 5, "high": 2}}, "/employees"),
        ({"employees": {"value": 1.5}}, "/employees/value"),
        ({"employees": {"value": 1, "observed_on": "2999-01-01"}}, "/employees/observed_on"),
        ({"employees": {"value": 1, "observedon": "x"}}, "/employees/observedon"),
        ({"employees": {"value": 1, "complete": True}}, "/employees/value"),
        ({"monthly_revenue": 10**17}, "/monthly_revenue"),
        ({"city": "a\x00b"}, "/city"),
        ({"city": "x" * 201}, "/city"),
        ({"domain": "gmail.com"}, "/domain"),
        ({"domain": "10.0.0.1"}, "/domain"),
        ({"country": "Atlantis"}, "/country"),
        ({"funding_stage": "Series A"}, "/funding_stage"),
        ({"status": "gone"}, "/status"),
        ({"status": "acquired", "is_public": True}, "/is_public"),
        ({"founded": 99}, "/founded"),
        ({"investors": "Accel"}, "/investors"),
        ({"investors": [1]}, "/investors"),
        ({"investors": ["x" * 301]}, "/investors"),
        ({"custom": {"seats": 1}}, "/custom/seats"),
        ({"custom": []}, "/custom"),
        ({"external_id": "17"}, "/external_id"),
        ({"external_id": {"system": "x", "value": ""}}, "/external_id"),
        ({"id": "17"}, "/id"),
        ({"id": 999_999}, "/id"),
        ({"clear": ["name"]}, "/clear"),
        ({"observed_on": "yesterday"}, "/observed_on"),
        ({"contacts": 5}, "/contacts"),
        ({"owner": 1}, "/owner"),
        ({"a\ud800b~/": 1}, "/a?b~0~1"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_and_pointed_to(row: dict[str, object], pointer: str) -> None:
    body = json.dumps({"name": "Acme"} | row).encode()

    answer = program().post(COMPANIES, body, content_type="application/x-ndjson")

    assert results(answer) == [("refused", [pointer])]
    assert not Company.objects.exists()


def test_custom_facts_are_stated_by_their_keys() -> None:
    facts = {
        "seats": {"label": "Seats", "kind": "integer"},
        "plan": {"label": "Plan", "kind": "choice", "choices": ["free", "paid"]},
        "signed_on": {"label": "Signed", "kind": "date"},
        "products": {"label": "Products", "kind": "set"},
    }
    ruleset({"format": 1, "facts": facts, "profiles": []})
    row = {
        "name": "Acme",
        "domain": "acme.com",
        "custom": {
            "seats": {"low": 5, "high": 9},
            "plan": "paid",
            "signed_on": "2026-02-03",
            "products": {"value": ["One", "Two"], "complete": True},
        },
    }
    client = program()

    assert results(send(client, COMPANIES, row)) == [("created", [])]
    assert results(send(client, COMPANIES, row)) == [("unchanged", [])]

    by_fact = {each.fact: each for each in Attribute.objects.all()}
    assert [by_fact["seats"].low, by_fact["seats"].high] == [5, 9]
    assert by_fact["plan"].text == "paid"
    assert (by_fact["signed_on"].day, by_fact["products"].complete) == (date(2026, 2, 3), True)
    assert results(send(client, COMPANIES, {"domain": "acme.com", "custom": {"plan": "gold"}})) == [
        ("refused", ["/custom/plan"])
    ]
    assert results(send(client, COMPANIES, {"domain": "acme.com", "clear": ["seats", "products"]})) == [("updated", [])]
    assert Attribute.objects.get(fact="seats").low is None
    assert Attribute.history.filter(fact="seats").count() == 2


def test_a_row_finds_its_company_by_id_external_id_domain_or_name() -> None:
    acme = company(name="Acme", domain="acme.com")
    CompanyDomain.objects.create(company=acme, domain="acme.io")
    ExternalId.objects.create(company=acme, system="warehouse", value="17")

    answer = send(
        program(),
        COMPANIES,
        {"id": acme.pk, "city": "A"},
        {"external_id": {"system": "warehouse", "value": "17"}, "city": "B"},
        {"domain": "https://www.acme.io/about", "city": "C"},
        {"name": "ACME Inc.", "city": "D"},
    )

    assert {each["id"] for each in answer.json()["results"]} == {acme.pk}
    assert Company.objects.get().city == "D"


def test_a_domain_goes_before_a_name_that_another_company_has() -> None:
    acme, beta = company(name="Acme", domain="acme.com"), company(name="Beta")

    answer = send(program(), COMPANIES, {"domain": "acme.com", "name": "Beta", "employees": 20})

    assert results(answer) == [("updated", [])]
    assert answer.json()["results"][0]["id"] == acme.pk
    assert [each["fact"] for each in answer.json()["results"][0]["kept"]] == ["name"]
    beta.refresh_from_db()
    assert (beta.employees_low, beta.domain) == (None, None)


def test_a_domain_that_another_company_has_is_refused_with_its_name() -> None:
    beta = company(name="Beta", domain="beta.com")
    acme = company(name="Acme", domain="acme.com")

    answer = send(program(), COMPANIES, {"id": acme.pk, "domain": "beta.com"})

    assert results(answer) == [("refused", ["/domain"])]
    assert f"'Beta', which has id {beta.pk}" in answer.json()["results"][0]["errors"][0]["detail"]


@pytest.mark.parametrize(
    "key", [{"domain": "beta.com"}, {"external_id": {"system": "w", "value": "7"}}], ids=["domain", "external id"]
)
def test_a_key_that_may_not_read_learns_nothing_of_the_company_that_has_it(key: dict[str, Any]) -> None:
    acme, beta = company(name="Acme"), company(name="Beta", domain="beta.com")
    ExternalId.objects.create(company=beta, system="w", value="7")
    client = program(scopes=["companies:write", "contacts:read"])

    refused = send(client, COMPANIES, {"id": acme.pk, **key})
    client.post("/api/v1/companies/jobs/", [{"id": acme.pk, **key}], format="json")
    run_jobs(lambda: False)
    in_a_job = b"".join(cast(Any, client.get(f"/api/v1/jobs/{BulkJob.objects.get().pk}/results/")).streaming_content)

    for said in (refused.content, in_a_job):
        assert b"cannot be taken" in said
        assert b"Beta" not in said
        assert f"id {beta.pk}".encode() not in said


def test_an_older_observation_replaces_no_newer_one_and_says_so() -> None:
    acme = company(name="Acme", domain="acme.com")
    client = program()
    send(client, COMPANIES, {"domain": "acme.com", "employees": 20, "observed_on": "2026-03-01"})

    answer = send(client, COMPANIES, {"domain": "acme.com", "employees": 10, "observed_on": "2026-02-01"})

    assert results(answer) == [("unchanged", [])]
    assert answer.json()["results"][0]["kept"] == [
        {"fact": "employees", "detail": "the value that is kept was observed later"}
    ]
    acme.refresh_from_db()
    assert acme.employees_low == 20


SINCE_MARCH = {"value": ["Accel"], "complete": True, "observed_on": "2026-03-01"}
LATER = "the value that is kept was observed later"


def investors_of(account: Company) -> list[str]:
    return sorted(str(each) for each in account.investments.all())


@pytest.mark.parametrize(
    ("names", "day", "then"),
    [
        (["GV"], "2025-01-01", ["Accel"]),
        ({"value": ["Accel", "GV"], "complete": True}, "2025-01-01", ["Accel"]),
        (["GV"], "2026-04-01", ["Accel", "GV"]),
        (["GV"], None, ["Accel", "GV"]),
    ],
    ids=["older", "older and complete", "newer", "of today"],
)
def test_a_set_that_is_complete_takes_no_name_that_was_seen_before(names: Any, day: str | None, then: Any) -> None:
    client = program()
    send(client, COMPANIES, {"name": "Acme", "investors": SINCE_MARCH})

    answer = send(client, COMPANIES, {"name": "Acme", "investors": names, "observed_on": day})

    acme = Company.objects.get()
    assert investors_of(acme) == then
    kept = answer.json()["results"][0]["kept"]
    assert kept == ([{"fact": "investors", "detail": LATER}] if then == ["Accel"] else [])


def test_a_set_that_is_not_known_to_be_complete_takes_older_names() -> None:
    client = program()
    send(client, COMPANIES, {"name": "Acme", "investors": ["Accel"], "observed_on": "2026-03-01"})

    send(client, COMPANIES, {"name": "Acme", "investors": ["GV"], "observed_on": "2025-01-01"})

    assert investors_of(Company.objects.get()) == ["Accel", "GV"]


@pytest.mark.parametrize(("day", "result"), [("2026-02-01", "unchanged"), ("2026-04-01", "updated"), (None, "updated")])
def test_an_older_word_makes_nothing_unknown_that_was_observed_later(day: str | None, result: str) -> None:
    client = program()
    send(client, COMPANIES, {"name": "Acme", "employees": 20, "investors": SINCE_MARCH, "observed_on": "2026-03-01"})

    answer = send(client, COMPANIES, {"name": "Acme", "clear": ["employees", "investors"], "observed_on": day})

    assert results(answer) == [(result, [])]
    kept = {each["fact"]: each["detail"] for each in answer.json()["results"][0]["kept"]}
    assert kept == (dict.fromkeys(("employees", "investors"), LATER) if result == "unchanged" else {})
    assert Company.objects.get().employees_low == (20 if result == "unchanged" else None)
    assert investors_of(Company.objects.get()) == (["Accel"] if result == "unchanged" else [])


def test_what_a_person_stated_stays_until_they_release_it() -> None:
    acme = company(20, name="Acme", domain="acme.com")
    stated = FactSource.objects.create(company=acme, fact="employees", source="by hand", person=member("rita"))
    client = program()
    row = {"domain": "acme.com", "employees": 30, "clear": ["employees"]}

    kept = send(client, COMPANIES, row).json()["results"][0]["kept"]
    assert [each["detail"] for each in kept] == ["a person stated it"] * 2

    stated.delete()
    assert results(send(client, COMPANIES, {"domain": "acme.com", "employees": 30})) == [("updated", [])]


def test_a_value_without_a_day_is_of_today_and_confirms_nothing() -> None:
    client = program()
    row = {"name": "Acme", "domain": "acme.com", "employees": 20}
    send(client, COMPANIES, row)
    FactSource.objects.update(observed_on=date(2026, 1, 1))

    assert results(send(client, COMPANIES, row)) == [("unchanged", [])]

    assert set(FactSource.objects.values_list("observed_on", flat=True)) == {date(2026, 1, 1)}


def test_names_are_added_to_a_set_and_taken_away_only_by_a_complete_list() -> None:
    acme = termed(invested(company(name="Acme", domain="acme.com"), "Accel"), "tags", "saas")
    client = program()

    send(client, COMPANIES, {"domain": "acme.com", "investors": ["Index"]})
    assert sorted(str(each) for each in acme.investments.all()) == ["Accel", "Index"]

    send(client, COMPANIES, {"domain": "acme.com", "investors": {"value": ["Index"], "complete": True}})
    assert [str(each) for each in acme.investments.all()] == ["Index"]
    acme.refresh_from_db()
    assert acme.funding_researched_on is not None
    assert acme.terms.count() == 1
    assert list(Investment.history.order_by("history_id").values_list("history_type", "investor__name")) == [
        ("+", "Accel"), ("+", "Index"), ("-", "Accel"),
    ]  # fmt: skip


def test_null_says_nothing_and_clear_makes_unknown() -> None:
    acme = termed(company(20, name="Acme", domain="acme.com", city="Berlin"), "tags", "saas")
    client = program()

    assert results(send(client, COMPANIES, {"domain": "acme.com", "city": None})) == [("unchanged", [])]
    assert results(send(client, COMPANIES, {"domain": "acme.com", "clear": ["city", "employees", "tags"]})) == [
        ("updated", [])
    ]

    acme.refresh_from_db()
    assert (acme.city, acme.employees_low, acme.terms.count()) == (None, None, 0)


def test_every_write_is_in_the_history_under_the_name_of_the_integration() -> None:
    acme = company(20, name="Acme", domain="acme.com")
    Company.history.all().delete()
    found = integration()
    beside = {"investors": ["Accel"], "external_id": {"system": "w", "value": "7"}}

    send(program(found), COMPANIES, {"domain": "acme.com", "employees": 30}, {"name": "New", "tags": ["a"]} | beside)

    assert ExternalId.history.get().history_user_id == Investor.history.get().history_user_id == found.user_id
    changes = acme.history.order_by("history_id").values_list("history_type", "employees_low", "history_user")
    assert list(changes) == [("+", 20, None), ("~", 30, found.user_id)]
    assert Company.history.get(name="New").history_user_id == found.user_id
    assert Company.objects.get(name="New").terms.get().history.get().history_user_id == found.user_id


def test_the_source_is_the_program_unless_the_call_names_another() -> None:
    found = integration()

    send(program(found), COMPANIES, {"name": "Acme", "city": "Berlin"})
    send(program(found), COMPANIES, {"name": "Beta", "city": "Berlin"}, query="?source=a+scan&observed_on=2026-01-02")

    first, second = FactSource.objects.order_by("pk")
    assert (first.source, second.source, second.observed_on) == (found.name, "a scan", date(2026, 1, 2))


def test_the_accounts_of_a_call_are_scored_together_after_it(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    ruleset()
    scored: list[list[int]] = []

    def noted(ids: list[int], **more: Any) -> Any:
        scored.append(ids)
        return rescore(ids, **more)

    monkeypatch.setattr("crm.rescoring.rescore", noted)

    with django_capture_on_commit_callbacks(execute=True):
        send(program(), COMPANIES, *[{"name": f"Firm {n}", "employees": 10} for n in range(5)])

    assert scored == [sorted(Company.objects.values_list("pk", flat=True))]
    assert set(Fit.objects.values_list("segment", "stale_since")) == {("early", None)}


# Who may


def team_of_two() -> tuple[Group, Group]:
    return Group.objects.create(name="Berlin"), Group.objects.create(name="Paris")


def test_a_row_on_an_account_that_the_caller_does_not_see_is_refused_and_tells_nothing_of_it() -> None:
    berlin, paris = team_of_two()
    hidden = company(name="Secret", domain="secret.com", team=paris)
    ExternalId.objects.create(company=hidden, system="w", value="1")

    answer = send(
        program(team=berlin),
        COMPANIES,
        {"domain": "secret.com", "city": "x"},
        {"external_id": {"system": "w", "value": "1"}, "city": "x"},
        {"id": hidden.pk, "city": "x"},
        {"name": "Own", "domain": "secret.com"},
    )

    assert results(answer) == [
        ("refused", ["/domain"]), ("refused", ["/external_id"]), ("refused", ["/id"]), ("refused", ["/domain"]),
    ]  # fmt: skip
    assert "Secret" not in answer.content.decode()
    hidden.refresh_from_db()
    assert hidden.city is None


def test_a_name_that_only_a_hidden_account_has_is_a_new_account_of_the_own_team() -> None:
    berlin, paris = team_of_two()
    company(name="Acme", team=paris)

    answer = send(program(team=berlin), COMPANIES, {"name": "Acme", "city": "x"})

    assert results(answer) == [("created", [])]
    assert Company.objects.get(city="x").team == berlin


def test_an_account_that_somebody_else_works_is_seen_and_stays() -> None:
    berlin, _ = team_of_two()
    company(name="Acme", domain="acme.com", team=berlin, owner=member("rita"))
    colleague = member("carl", "Berlin")
    colleague.user_permissions.set(Permission.objects.filter(codename__in=["add_company", "change_company"]))

    answer = send(person(colleague), COMPANIES, {"domain": "acme.com", "city": "x"})

    assert results(answer) == [("refused", [""])]


@pytest.mark.parametrize("address", [COMPANIES, CONTACTS])
def test_a_key_without_the_scope_and_a_person_without_the_permission_write_nothing(address: str) -> None:
    reader = User.objects.create_user("reader")

    for client in (program(scopes=["companies:read", "contacts:read"]), person(reader)):
        assert send(client, address, {"name": "Acme"}).status_code == 403
    assert APIClient().post(address, [], format="json").status_code == 401
    assert not Company.objects.exists()


# Limits


def test_more_rows_than_a_call_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.api.bulk.calls.MOST_ROWS", 2)

    answer = send(program(), COMPANIES, *[{"name": "A"}] * 3)

    assert (answer.status_code, answer.json()["detail"]) == (
        413, "The body has more than 2 rows. Send it in parts, or as a job.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("?sourc=x", [], 400),
        ("?observed_on=never", [], 400),
        ("?source=" + "x" * 201, [], 400),
        ("", {"name": "Acme"}, 400),
        ("", [], 200),
    ],
)  # fmt: skip
def test_what_is_no_bulk_call_is_refused_as_a_whole(query: str, body: object, status: int) -> None:
    assert program().post(COMPANIES + query, body, format="json").status_code == status


# Once


def test_a_call_with_a_key_is_done_once_and_answered_alike() -> None:
    client = program()
    row = {"name": "Acme", "domain": "acme.com"}
    headers = {"HTTP_IDEMPOTENCY_KEY": "night-1"}

    first = send(client, COMPANIES, row, **headers)
    Company.objects.all().delete()
    again = send(client, COMPANIES, row, **headers)

    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    assert not Company.objects.exists()
    assert send(client, COMPANIES, row | {"city": "x"}, **headers).status_code == 422


def test_a_call_that_breaks_off_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    client = program()
    with monkeypatch.context() as patched:
        patched.setattr("crm.imports.writing.write_links", broken)
        with pytest.raises(KeyboardInterrupt):
            send(client, COMPANIES, {"name": "Acme", "tags": ["a"]}, HTTP_IDEMPOTENCY_KEY="k")
    assert (Company.objects.count(), IdempotentCall.objects.count()) == (0, 0)

    assert results(send(client, COMPANIES, {"name": "Acme", "tags": ["a"]}, HTTP_IDEMPOTENCY_KEY="k")) == [
        ("created", [])
    ]


# Contacts


def test_contacts_are_found_by_address_and_made_where_they_are_not_known() -> None:
    acme = company(name="Acme", domain="acme.com")
    ada = contact(acme, email="Ada@acme.com", name="Ada")
    client = program()
    row = {"email": "bob@acme.com", "name": "Bob", "company": {"domain": "acme.com"}, "title": "CTO", "followers": 5}

    answer = send(client, CONTACTS, {"email": "ada@ACME.com", "city": "Berlin", "is_founder": True}, row)

    assert results(answer) == [("updated", []), ("created", [])]
    ada.refresh_from_db()
    bob = Contact.objects.get(name="Bob")
    assert (ada.city, ada.is_founder, ada.email) == ("Berlin", True, "Ada@acme.com")
    assert (bob.company, bob.title, bob.followers) == (acme, JobTitle.objects.get(text="CTO"), 5)
    assert results(send(client, CONTACTS, row)) == [("unchanged", [])]
    assert [each.history_type for each in bob.history.all()] == ["+"]


def test_a_contact_without_an_address_is_found_by_name_at_its_company() -> None:
    acme = company(name="Acme")
    contact(acme, name="Ada")
    contact(None, name="Ada")

    answer = send(
        program(), CONTACTS, {"name": "Ada", "company": acme.pk, "city": "Berlin"}, {"name": "Ada", "city": "x"}
    )

    assert results(answer) == [("updated", []), ("updated", [])]
    assert set(Contact.objects.values_list("company", "city")) == {(acme.pk, "Berlin"), (None, "x")}


def test_a_contact_who_works_elsewhere_now_has_moved() -> None:
    old, new = company(name="Old"), company(name="New", domain="new.com")
    ada = contact(old, "Engineer", email="ada@x.com", is_champion=True)
    row = {
        "email": "ada@x.com",
        "company": {"domain": "new.com"},
        "title": "CTO",
        "observed_on": "2026-02-01",
        "city": "Oslo",
    }
    client = program()

    assert results(send(client, CONTACTS, row)) == [("updated", [])]
    assert results(send(client, CONTACTS, row)) == [("unchanged", [])]

    ada.refresh_from_db()
    assert (ada.company, str(ada.title), ada.is_champion, ada.city) == (new, "CTO", None, "Oslo")
    moves = ContactMove.objects.order_by("pk").values_list("company", "title", "happened_on")
    assert list(moves) == [(old.pk, "Engineer", date(2026, 2, 1)), (new.pk, "Engineer", date(2026, 2, 1))]
    assert str(ada.employments.get().title) == "Engineer"


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        ({"email": "nobody"}, "/email"),
        ({"company": {"domain": "unknown.com"}}, "/company"),
        ({"company": 999_999}, "/company"),
        ({"company": "Acme"}, "/company"),
        ({"linkedin_url": "javascript:alert(1)"}, "/linkedin_url"),
        ({"followers": -1}, "/followers"),
        ({"followers": 2**63}, "/followers"),
        ({"is_founder": 1}, "/is_founder"),
        ({"consent": "maybe"}, "/consent"),
        ({"persona": "sam"}, "/persona"),
        ({"roles": "user"}, "/roles"),
        ({"owner": 1}, "/owner"),
        ({"clear": ["persona"]}, "/clear"),
        ({"title": "a\x00b"}, "/title"),
    ],
)
def test_a_value_that_a_contact_cannot_have_is_refused_and_pointed_to(row: dict[str, object], pointer: str) -> None:
    answer = send_lines(CONTACTS, {"name": "Ada"} | row)

    assert results(answer) == [("refused", [pointer])]
    assert not Contact.objects.exists()


def send_lines(address: str, *rows: object) -> Any:
    body = b"\n".join(json.dumps(row).encode() for row in rows)
    return program().post(address, body, content_type="application/x-ndjson")


def test_hidden_people_and_hidden_companies_stay_hidden() -> None:
    berlin, paris = team_of_two()
    hidden = company(name="Secret", domain="secret.com", team=paris)
    contact(hidden, name="Ada", email="ada@secret.com")

    answer = send(
        program(team=berlin),
        CONTACTS,
        {"email": "ada@secret.com", "city": "x"},
        {"name": "Bob", "company": hidden.pk},
        {"name": "Bob", "company": {"domain": "secret.com"}},
        {"name": "Bob", "company": {"domain": "nowhere.com"}},
    )

    assert results(answer) == [
        ("refused", ["/email"]), ("refused", ["/company"]), ("refused", ["/company"]), ("refused", ["/company"]),
    ]  # fmt: skip
    details = [each["errors"][0]["detail"] for each in answer.json()["results"]]
    assert details[2] == details[3]
    assert Contact.objects.count() == 1
