"""Callers who mean harm: they get a clear refusal, soon, and nothing that is not theirs."""

import json
import subprocess
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from pytest_django.fixtures import Settings

from crm.api.bulk import bodies
from crm.imports.bulk import insert
from crm.models import Activity, BulkJob, Company, Contact, Deal, Investor
from crm.upserting import jobs
from crm.upserting.writing import COLUMNS
from personas.rules import apart
from tests.crm.api.calling import integration, program
from tests.factories import company, invested, now, ruleset

pytestmark = pytest.mark.django_db

API = "/api/v1/"
JSON, NDJSON = "application/json", "application/x-ndjson"
KEYS = {f"k{number}": 1 for number in range(3_000)}


def of_team(name: str) -> tuple[Any, Group]:
    """A client of a program that sees what a new team sees, and the team."""
    team = Group.objects.create(name=name)
    return program(team=team), team


# Methods and bodies


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "NOSUCH"])
@pytest.mark.parametrize("address", ["companies/", "me/", "jobs/", "evaluate/"])
def test_a_method_that_there_is_not_is_refused(method: str, address: str) -> None:
    assert program().generic(method, API + address).status_code == 405


@pytest.mark.parametrize("body", ['[{"a": 1}]', "[[]]", "[]", "5", "true", "null", '"done_at"'])
def test_a_change_that_is_no_object_is_refused(body: str) -> None:
    account = company()
    rows = {
        "companies": account,
        "contacts": Contact.objects.create(name="Ada", company=account),
        "deals": Deal.objects.create(name="First", company=account, opened_on=now().date()),
        "activities": Activity.objects.create(kind="note", summary="Met", company=account, happened_at=now()),
    }
    client = program()

    found = {
        name: client.patch(f"{API}{name}/{row.pk}/", body, content_type=JSON).status_code for name, row in rows.items()
    }

    assert found == dict.fromkeys(rows, 400)


def test_a_body_in_chunks_is_refused_and_not_taken_for_an_empty_one() -> None:
    account = company(city="Berlin")

    answer = program().generic("PATCH", f"{API}companies/{account.pk}/", HTTP_TRANSFER_ENCODING="chunked")

    assert (answer.status_code, answer.json()["status"]) == (411, 411)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("parameter", ["companies/?changed_since", "activities/?happened_since", "fit-changes/?since"])
def test_a_moment_at_the_end_of_the_calendar_is_no_fault_of_ours(parameter: str, moment: str) -> None:
    assert program().get(f"{API}{parameter}={moment}").status_code in (200, 400)


def test_an_empty_if_match_changes_nothing() -> None:
    account = company(city="Berlin")

    answer = program().patch(f"{API}companies/{account.pk}/", {"city": "Paris"}, format="json", HTTP_IF_MATCH="")

    assert answer.status_code == 412


# What takes long


@pytest.mark.parametrize("address", ["companies/", "contacts/", "evaluate/", "lookup/"])
def test_of_very_many_unknown_members_the_first_are_told(address: str) -> None:
    answer = program().post(API + address, KEYS, format="json")

    assert answer.status_code == 400
    assert 10 <= len(answer.json()["errors"]) <= 25


def test_of_very_many_unknown_custom_facts_the_first_are_told() -> None:
    answer = program().post(f"{API}companies/", {"name": "Acme", "custom": KEYS}, format="json")

    assert answer.status_code == 400
    assert 10 <= len(answer.json()["errors"]) <= 25


@pytest.mark.parametrize("row", [KEYS, {"name": "Acme", "employees": {"value": 1} | KEYS}, {"custom": KEYS}])
def test_of_a_row_with_very_many_faults_the_first_are_told(row: dict[str, Any]) -> None:
    answer = program().post(f"{API}companies/bulk/", [row], format="json").json()["results"][0]

    assert answer["result"] == "refused"
    assert len(answer["errors"]) == 10


def test_of_a_person_with_very_many_faults_the_first_are_told() -> None:
    answer = program().post(f"{API}contacts/bulk/", [KEYS], format="json").json()["results"][0]

    assert (answer["result"], len(answer["errors"])) == ("refused", 10)


def test_of_very_many_unknown_facts_the_first_are_told() -> None:
    ruleset()

    answer = program().post(f"{API}evaluate/", {"facts": KEYS}, format="json")

    assert answer.status_code == 200
    assert len(answer.json()["warnings"]) == 50


def test_more_lines_than_a_call_takes_are_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "rows_of", None)

    answer = program().post(f"{API}companies/bulk/", b"1\n" * 10_001, content_type=NDJSON)

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        '{"facts": {}, "document": ' + '{"a": ' * 900 + "1" + "}" * 901,
        '{"facts": {"employees": ' + "[" * 65 + "]" * 65 + "}}",
    ],
)
def test_what_if_takes_nothing_that_is_nested_too_deep(body: str) -> None:
    ruleset()

    answer = program().post(f"{API}evaluate/", body, content_type=JSON)

    assert answer.status_code == 400
    assert "nested" in answer.json()["detail"]


# Rules that are tried apart


def test_a_few_rules_are_tried_at_once_and_others_are_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "PATIENCE_SECONDS", 0.01)
    client = program()
    for _ in range(apart.AT_ONCE):
        apart.turns.acquire()
    try:
        answer = client.post(f"{API}evaluate/", {"facts": {}, "document": {"format": 1}}, format="json")
    finally:
        for _ in range(apart.AT_ONCE):
            apart.turns.release()

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert client.post(f"{API}evaluate/", {"facts": {}, "document": {"format": 1}}, format="json").status_code == 200


def test_rules_that_are_tried_apart_know_no_keys_and_no_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, str]] = []
    run = subprocess.run

    def watched(*arguments: Any, **more: Any) -> Any:
        told.append(more["env"])
        return run(*arguments, **more)

    monkeypatch.setenv("SECRET_KEY", "a secret")
    monkeypatch.setattr(subprocess, "run", watched)

    program().post(f"{API}evaluate/", {"facts": {}, "document": {"format": 1}}, format="json")

    assert told
    assert set(told[0]) <= set(apart.ENVIRONMENT)


# What is not theirs


def test_a_key_that_may_write_and_not_read_is_told_the_id_alone() -> None:
    client = program(scopes=["companies:write", "contacts:write", "investors:write"])
    account = company(city="Berlin", notes="Private")

    made = client.post(f"{API}companies/", {"name": "Acme"}, format="json").json()
    changed = client.patch(f"{API}companies/{account.pk}/", {}, format="json", HTTP_IDEMPOTENCY_KEY="a")
    again = client.patch(f"{API}companies/{account.pk}/", {}, format="json", HTTP_IDEMPOTENCY_KEY="a")

    assert list(made) == ["id"]
    assert changed.json() == again.json() == {"id": account.pk}


def test_the_facts_of_a_person_take_the_scope_to_read_contacts() -> None:
    ruleset()
    ada = Contact.objects.create(name="Ada", company=company())

    for address in ("fit", "questions"):
        assert program(scopes=["scores:read"]).get(f"{API}contacts/{ada.pk}/{address}/").status_code == 403
        both = program(scopes=["scores:read", "contacts:read"])
        assert both.get(f"{API}contacts/{ada.pk}/{address}/").status_code == 200


def test_a_program_of_a_team_renames_no_investor_of_accounts_that_it_may_not_change() -> None:
    client, team = of_team("Europe")
    invested(company(team=team), "Ours")
    invested(company(team=Group.objects.create(name="Asia")), "Theirs")
    ours, theirs = (Investor.objects.get(name=name) for name in ("Ours", "Theirs"))

    assert client.patch(f"{API}investors/{ours.pk}/", {"name": "Renamed"}, format="json").status_code == 200
    assert client.patch(f"{API}investors/{theirs.pk}/", {"name": "Mine"}, format="json").status_code == 403
    assert sorted(Investor.objects.values_list("name", flat=True)) == ["Renamed", "Theirs"]


@pytest.mark.parametrize("change", [{"user__is_active": False}, {"scopes": ["companies:read"]}])
def test_a_job_goes_no_further_once_whoever_asked_for_it_may_not_write(change: dict[str, Any]) -> None:
    asker = integration()
    program(asker).post(f"{API}companies/jobs/", b'{"name": "Acme"}\n', content_type=NDJSON)
    if "scopes" in change:
        asker.scopes = change["scopes"]
        asker.save()
    else:
        asker.user.is_active = False
        asker.user.save()

    jobs.advance(lambda: False)

    assert BulkJob.objects.get().state == BulkJob.State.FAILED
    assert not Company.objects.exists()


# Values


def test_a_custom_number_may_have_as_many_digits_as_are_kept_and_no_more() -> None:
    ruleset({"format": 1, "facts": {"visits": {"kind": "integer", "label": "Visits"}}})
    rows = [{"name": f"Firm {digits}", "custom": {"visits": int("9" * digits)}} for digits in (24, 25)]

    answer = program().post(f"{API}companies/bulk/", json.dumps(rows), content_type=JSON)

    assert [each["result"] for each in answer.json()["results"]] == ["created", "refused"]


def test_an_address_that_an_earlier_row_took_off_somebody_is_free() -> None:
    ada = Contact.objects.create(name="Ada", email="ada@acme.com")
    rows = [{"id": ada.pk, "email": "ada@beta.com"}, {"name": "Adam", "email": "ada@acme.com"}]

    answer = program().post(f"{API}contacts/bulk/", rows, format="json").json()

    assert [each["result"] for each in answer["results"]] == ["updated", "created"]
    assert dict(Contact.objects.values_list("name", "email")) == {"Ada": "ada@beta.com", "Adam": "ada@acme.com"}


@pytest.mark.parametrize(
    ("said", "seen"), [("203.0.113.7:4711", "203.0.113.7"), ("[2001:db8::7]:4711", "2001:db8::7"), ("rubbish", None)]
)
def test_what_a_proxy_says_of_an_address_is_read_without_its_port(
    said: str, seen: str | None, settings: Settings
) -> None:
    settings.API_PROXIES = 1
    caller = integration()

    answer = program(caller).get(f"{API}me/", HTTP_X_FORWARDED_FOR=said)

    assert answer.status_code == 200
    assert caller.keys.get().last_used_from == seen


def test_rows_that_go_against_others_are_refused_alike_by_every_database() -> None:
    ada = Contact.objects.create(name="Ada", email="ada@acme.com")

    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Contact, COLUMNS, [[getattr(ada, name) for name in COLUMNS]])
