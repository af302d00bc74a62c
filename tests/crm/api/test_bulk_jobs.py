"""Jobs: rows too many for a call, written part by part in the background."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from crm.integrations import revoke
from crm.models import BulkJob, BulkPart, Company, Contact, IntegrationKey
from crm.tasks import upsert_for_a_while
from crm.upserting import jobs
from crm.upserting.answers import Done
from tests.crm.api.calling import integration, person, program
from tests.factories import member, now, ruleset

pytestmark = pytest.mark.django_db

JOBS = "/api/v1/companies/jobs/"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PART_ROWS", {"sqlite": 10, "postgresql": 10})


def lines(number: int, **more: object) -> bytes:
    return b"\n".join(
        json.dumps({"name": f"Firm {n}", "domain": f"firm{n}.com"} | more).encode() for n in range(number)
    )


def ask(client: APIClient, body: bytes, **more: Any) -> Any:
    return client.post(JOBS, body, content_type="application/x-ndjson", **more)


def never() -> bool:
    return False


def once() -> Iterator[bool]:
    yield False
    while True:
        yield True


def results(client: APIClient, job: int) -> list[dict[str, Any]]:
    answer: Any = client.get(f"/api/v1/jobs/{job}/results/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


def test_a_job_is_kept_at_once_and_done_by_a_worker() -> None:
    client = program()

    asked = ask(client, lines(25) + b"\nnonsense\n")

    assert asked.status_code == 202
    assert asked["Location"].endswith(f"/api/v1/jobs/{asked.json()['id']}/")
    assert (asked.json()["state"], asked.json()["rows"], Company.objects.count()) == ("waiting", 26, 0)

    assert jobs.advance(never)

    said = client.get(asked["Location"]).json()
    assert (said["state"], said["done"]) == ("done", 26)
    assert said["counts"] == {"created": 25, "updated": 0, "unchanged": 0, "refused": 1}
    found = results(client, said["id"])
    assert [each["row"] for each in found] == list(range(26))
    assert {each["id"] for each in found[:25]} == set(Company.objects.values_list("pk", flat=True))
    assert found[25]["errors"][0]["detail"].startswith("is not JSON")


def test_progress_and_answers_are_there_while_it_runs() -> None:
    client = program()
    asked = ask(client, lines(25)).json()
    turns = once()

    jobs.advance(lambda: next(turns))

    said = client.get(f"/api/v1/jobs/{asked['id']}/").json()
    assert (said["state"], said["done"], said["counts"]["created"]) == ("running", 10, 10)
    assert len(results(client, asked["id"])) == 10


def test_a_job_whose_worker_was_lost_is_taken_up_again_with_one_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    client = program()
    asked = ask(client, lines(25)).json()
    upsert, calls = jobs.UPSERTS[BulkJob.Kind.COMPANIES], 0

    def lost(*arguments: Any) -> Done:
        nonlocal calls
        calls += 1
        done = upsert(*arguments)
        if calls == 2:
            raise KeyboardInterrupt
        return done

    with monkeypatch.context() as patched:
        patched.setitem(jobs.UPSERTS, BulkJob.Kind.COMPANIES, lost)
        with pytest.raises(KeyboardInterrupt):
            jobs.advance(never)
    assert (Company.objects.count(), BulkJob.objects.get().done) == (10, 10)

    jobs.advance(never)

    said = client.get(f"/api/v1/jobs/{asked['id']}/").json()
    assert (said["state"], said["done"], said["counts"]["created"], Company.objects.count()) == ("done", 25, 25, 25)
    assert [each["result"] for each in results(client, asked["id"])] == ["created"] * 25


def test_a_job_that_others_stand_in_the_way_of_waits_as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    def blocked(*arguments: object) -> object:
        raise OperationalError("database is locked")

    client = program()
    asked = ask(client, lines(5)).json()
    with monkeypatch.context() as patched:
        patched.setitem(jobs.UPSERTS, BulkJob.Kind.COMPANIES, blocked)
        waits = [jobs.advance(never) for _ in range(jobs.MOST_TRIES + 2)]

    jobs.advance(never)

    assert not any(waits)
    assert client.get(f"/api/v1/jobs/{asked['id']}/").json()["state"] == "done"


@pytest.mark.parametrize(
    "end",
    [
        lambda key, at: revoke(key, at),
        lambda key, at: IntegrationKey.objects.filter(pk=key.pk).update(expires_at=at),
        lambda key, at: key.delete(),
    ],
    ids=["revoked", "expired", "gone"],
)
def test_a_job_whose_key_no_longer_holds_goes_no_further(end: Any) -> None:
    found = integration()
    client, other = program(found), program(found)
    asked = ask(client, lines(25)).json()
    turns = once()
    jobs.advance(lambda: next(turns))

    end(found.keys.earliest("pk"), timezone.now())
    jobs.advance(never)

    said = other.get(f"/api/v1/jobs/{asked['id']}/").json()
    assert (said["state"], said["error"], said["done"]) == ("failed", jobs.MAY_NOT_WRITE, 10)
    assert Company.objects.count() == 10


def test_a_job_that_a_person_asked_for_takes_no_key() -> None:
    asked = ask(person(member("boss", "RevOps")), lines(5))

    jobs.advance(never)

    assert asked.status_code == 202
    assert Company.objects.count() == 5


def test_rows_that_worker_after_worker_is_lost_with_end_the_job() -> None:
    client = program()
    asked = ask(client, lines(15)).json()
    BulkPart.objects.filter(first=0).update(tries=jobs.MOST_TRIES)

    jobs.advance(never)

    said = client.get(f"/api/v1/jobs/{asked['id']}/").json()
    assert (said["state"], said["error"]) == ("failed", jobs.TOO_OFTEN)


def test_a_fault_that_nobody_foresaw_ends_the_job_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> object:
        raise LookupError("personal data")

    client = program()
    asked = ask(client, lines(5)).json()
    monkeypatch.setitem(jobs.UPSERTS, BulkJob.Kind.COMPANIES, broken)

    jobs.advance(never)

    said = client.get(f"/api/v1/jobs/{asked['id']}/").json()
    assert (said["state"], "personal" in said["error"]) == ("failed", False)


def test_a_database_that_is_away_ends_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*arguments: object) -> object:
        raise OperationalError("server closed the connection")

    ask(program(), lines(5))
    with monkeypatch.context() as patched:
        patched.setitem(jobs.UPSERTS, BulkJob.Kind.COMPANIES, away)
        with pytest.raises(OperationalError):
            jobs.advance(never)

    jobs.advance(never)
    assert BulkJob.objects.get().state == "done"


def test_a_job_that_was_cancelled_goes_no_further() -> None:
    client = program()
    asked = ask(client, lines(25)).json()
    turns = once()
    jobs.advance(lambda: next(turns))

    said = client.post(f"/api/v1/jobs/{asked['id']}/cancel/").json()

    assert said["state"] == "cancelled"
    assert not jobs.advance(never)
    assert Company.objects.count() == 10


def test_a_job_asked_for_twice_with_a_key_is_one_job() -> None:
    client = program()

    first = ask(client, lines(5), HTTP_IDEMPOTENCY_KEY="night")
    again = ask(client, lines(5), HTTP_IDEMPOTENCY_KEY="night")

    assert (again.status_code, again.json(), again["Location"]) == (202, first.json(), first["Location"])
    assert BulkJob.objects.count() == 1
    assert ask(client, lines(6), HTTP_IDEMPOTENCY_KEY="night").status_code == 422


def test_nobody_elses_job_is_there() -> None:
    asked = ask(program(), lines(1)).json()
    other = program()

    for address in ("", "results/"):
        assert other.get(f"/api/v1/jobs/{asked['id']}/{address}").status_code == 404
    assert other.post(f"/api/v1/jobs/{asked['id']}/cancel/").status_code == 404
    assert other.get("/api/v1/jobs/").json()["results"] == []


def test_a_key_that_may_no_longer_write_sees_no_job() -> None:
    found = integration()
    client = program(found)
    asked = ask(client, lines(1)).json()
    found.scopes = ["contacts:write"]
    found.save()

    assert client.get(f"/api/v1/jobs/{asked['id']}/").status_code == 403
    assert client.get("/api/v1/jobs/").json()["results"] == []
    assert ask(client, lines(1)).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"\n\n", 400), (lines(4), 413), (b"x" * 3_000, 413), (lines(3), 202)],
    ids=["empty", "empty lines", "rows", "bytes", "fits"],
)
def test_a_job_has_limits(settings: Settings, body: bytes, status: int) -> None:
    settings.JOB_ROWS, settings.JOB_BYTES = 3, 2_000

    assert ask(program(), body).status_code == status


def test_a_list_in_json_is_a_job_too() -> None:
    asked = program().post("/api/v1/contacts/jobs/?source=a+list", [{"name": "Ada"}], format="json")

    jobs.advance(never)

    assert (asked.status_code, asked.json()["source"]) == (202, "a list")
    assert Contact.objects.get().name == "Ada"


def test_the_worker_without_a_broker_and_the_one_with_it_do_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.tasks.close_old_connections", lambda: None)
    ruleset()
    ask(program(), lines(15, employees=10))
    call_command("scoring_worker", "--once")
    assert set(Company.objects.values_list("fit__segment", flat=True)) == {"early"}

    ask(program(), lines(25))
    upsert_for_a_while()
    assert set(BulkJob.objects.values_list("state", flat=True)) == {"done"}
    assert Company.objects.count() == 25


def test_jobs_that_ended_long_ago_are_forgotten(settings: Settings) -> None:
    settings.JOB_DAYS = 7
    for _ in range(3):
        ask(program(), lines(1))
    jobs.advance(never)
    old, young, running = BulkJob.objects.order_by("pk")
    BulkJob.objects.filter(pk=old.pk).update(finished_at=now() - timedelta(days=8))
    BulkJob.objects.filter(pk=running.pk).update(state="running", finished_at=None)

    assert jobs.forget_old(timezone.now()) == 1

    assert set(BulkJob.objects.values_list("pk", flat=True)) == {young.pk, running.pk}
    assert not BulkPart.objects.filter(job=old.pk).exists()


def test_jobs_come_page_by_page_the_latest_first() -> None:
    client: Any = program()
    asked = [ask(client, lines(1)).json()["id"] for _ in range(3)]

    first = client.get("/api/v1/jobs/", {"page_size": 2, "fields": "id"}).json()
    second = client.get(first["next"]).json()

    assert [row["id"] for row in first["results"] + second["results"]] == asked[::-1]
    assert (second["next"], client.get(second["previous"]).json()["results"]) == (None, first["results"])
    assert client.get("/api/v1/jobs/", {"ordering": "id", "fields": "id"}).json()["results"][0] == {"id": asked[0]}


@pytest.mark.parametrize("count", [2, 9])
def test_the_list_of_jobs_takes_the_same_queries_for_any_number(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = program()
    for _ in range(count):
        ask(client, lines(1))
    client.get("/api/v1/jobs/")

    with django_assert_num_queries(3):
        assert len(client.get("/api/v1/jobs/").json()["results"]) == count
