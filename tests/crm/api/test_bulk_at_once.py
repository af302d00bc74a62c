"""Bulk calls at once, killed and sent again."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from crm.integrations import new_key
from crm.models import BulkJob, Company, Contact, ExternalId, Investor
from crm.upserting import jobs, turns
from tests.crm.api.calling import integration, program
from tests.factories import company, contact, now

pytestmark = pytest.mark.django_db(transaction=True)

COMPANIES = "/api/v1/companies/bulk/"
CONTACTS = "/api/v1/contacts/bulk/"
SERVER = "config.getoption('database') != 'postgres'"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody gives up because the machine is busy."""
    monkeypatch.setattr(turns, "PATIENCE", "300s")
    monkeypatch.setattr(turns, "STATEMENT_MS", 600_000)


def at_once(number: int, work: Callable[[int], Any]) -> list[Any]:
    """What each work returned, each in a thread with a connection of its own."""

    def run(place: int) -> Any:
        try:
            return work(place)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def shuffled(rows: list[dict[str, Any]], place: int) -> list[dict[str, Any]]:
    return random.Random(place).sample(rows, len(rows))


@pytest.mark.skipif(SERVER, reason="SQLite has one writer")
def test_twenty_who_state_the_same_companies_in_any_order_leave_each_once() -> None:
    for n in range(0, 60, 3):
        company(name=f"Firm {n}", domain=f"firm{n}.com")
    rows: list[dict[str, Any]] = [
        {
            "name": f"Firm {n}",
            "domain": f"firm{n}.com",
            "external_id": {"system": "w", "value": str(n)},
            "employees": n,
            "investors": [f"Fund {n % 7}", f"Fund {(n + 3) % 7}"],
            "tags": [f"t{n % 5}"],
        }
        for n in range(60)
    ]
    found = integration()
    clients = [program(found) for _ in range(20)]

    answers = at_once(20, lambda place: clients[place].post(COMPANIES, shuffled(rows, place), format="json"))

    assert {answer.status_code for answer in answers} == {200}
    counts = [answer.json()["counts"] for answer in answers]
    assert (sum(each["created"] for each in counts), sum(each["refused"] for each in counts)) == (40, 0)
    assert (Company.objects.count(), ExternalId.objects.count(), Investor.objects.count()) == (60, 60, 7)


@pytest.mark.skipif(SERVER, reason="SQLite has one writer")
def test_a_call_waits_for_whoever_holds_a_company_longer_than_a_page_does() -> None:
    acme = company(name="Acme", domain="acme.com")
    client, held = program(), Event()

    def work(place: int) -> Any:
        if place == 0:
            with transaction.atomic():
                Company.objects.select_for_update().get(pk=acme.pk)
                held.set()
                time.sleep(4)
            return None
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
            cursor.execute("SET statement_timeout = '2s'")
        held.wait(60)
        return client.post(COMPANIES, [{"domain": "acme.com", "employees": 20}], format="json")

    answer = at_once(2, work)[1]

    assert (answer.status_code, answer.json()["counts"]["updated"]) == (200, 1)


@pytest.mark.skipif(SERVER, reason="SQLite has one writer")
def test_a_call_that_waited_in_vain_says_when_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", "200ms")
    acme = company(name="Acme", domain="acme.com")
    client, held, answered = program(), Event(), Event()

    def work(place: int) -> Any:
        if place == 0:
            with transaction.atomic():
                Company.objects.select_for_update().get(pk=acme.pk)
                held.set()
                answered.wait(60)
            return None
        held.wait(60)
        try:
            return client.post(COMPANIES, [{"domain": "acme.com", "employees": 20}], format="json")
        finally:
            answered.set()

    answer = at_once(2, work)[1]

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


@pytest.mark.skipif(SERVER, reason="SQLite has one writer")
def test_many_who_look_up_and_make_the_same_company_make_one() -> None:
    clients = [program() for _ in range(8)]

    answers = at_once(
        8, lambda place: clients[place].post("/api/v1/lookup/", {"domain": "acme.com", "create": True}, format="json")
    )

    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.json()["company"]["id"] for answer in answers}) == Company.objects.count() == 1


@pytest.mark.skipif(SERVER, reason="SQLite has one writer")
def test_twenty_who_state_overlapping_parts_leave_each_once() -> None:
    rows: list[dict[str, Any]] = [{"name": f"Firm {n}", "domain": f"firm{n}.com", "employees": n} for n in range(80)]
    people = [{"email": f"p{n}@x.com", "name": f"P {n}", "title": f"Title {n % 9}"} for n in range(80)]
    found = integration()
    clients = [program(found) for _ in range(20)]

    def work(place: int) -> list[int]:
        mine, theirs = shuffled(rows, place)[:40], shuffled(people, place)[:40]
        return [
            clients[place].post(COMPANIES, mine, format="json").status_code,
            clients[place].post(CONTACTS, theirs, format="json").status_code,
        ]

    assert at_once(20, work) == [[200, 200]] * 20
    assert (Company.objects.count(), Contact.objects.count()) == (80, 80)


@pytest.mark.skipif(SERVER, reason="SQLite has one writer")
def test_companies_that_only_have_a_name_are_made_once_too() -> None:
    found = integration()
    clients = [program(found) for _ in range(10)]
    rows: list[dict[str, Any]] = [{"name": f"Firm {n}"} for n in range(20)]

    at_once(10, lambda place: clients[place].post(COMPANIES, shuffled(rows, place), format="json"))

    assert Company.objects.count() == 20


@pytest.mark.skipif(SERVER, reason="SQLite has one writer")
def test_contacts_that_move_while_others_are_stated_block_nobody() -> None:
    places = [company(name=f"Firm {n}", domain=f"firm{n}.com") for n in range(6)]
    for n in range(24):
        contact(places[n % 6], email=f"p{n}@x.com")
    found = integration()
    clients = [program(found) for _ in range(8)]

    def work(place: int) -> int:
        rows = [{"email": f"p{n}@x.com", "company": {"domain": f"firm{(n + 1) % 6}.com"}} for n in range(24)]
        answer: Any = clients[place].post(CONTACTS, shuffled(rows, place), format="json")
        return int(answer.status_code)

    assert at_once(8, work) == [200] * 8
    assert Contact.objects.filter(company=places[0]).count() == 4


@pytest.mark.skipif(SERVER, reason="SQLite has one writer")
def test_the_same_call_sent_at_once_with_a_key_is_done_once() -> None:
    found = integration()
    clients = [program(found) for _ in range(6)]
    rows = [{"name": "Acme"}, {"name": "Acme", "domain": "acme.com"}]

    def work(place: int) -> Any:
        return clients[place].post(COMPANIES, rows, format="json", HTTP_IDEMPOTENCY_KEY="night")

    answers = at_once(6, work)

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1
    assert Company.objects.count() == 1


@pytest.mark.skipif(SERVER, reason="SQLite has one writer")
def test_two_workers_do_a_job_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PART_ROWS", {"postgresql": 5})
    client = program()
    lines = b"\n".join(json.dumps({"name": f"Firm {n}", "domain": f"firm{n}.com"}).encode() for n in range(60))
    client.post("/api/v1/companies/jobs/", lines, content_type="application/x-ndjson")

    while BulkJob.objects.unfinished().exists():
        at_once(4, lambda place: jobs.advance(lambda: False))

    job = BulkJob.objects.get()
    assert (job.state, job.done, job.created, Company.objects.count()) == ("done", 60, 60, 60)


KILLED = """
import os, signal, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from django.conf import settings
from rest_framework.test import APIClient
settings.ALLOWED_HOSTS = ["testserver"]
from crm.imports import writing
from crm.upserting import jobs
plain = writing.write_links
def killed(*arguments):
    plain(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
writing.write_links = killed
if sys.argv[1] == "job":
    jobs.advance(lambda: False)
client = APIClient()
client.credentials(HTTP_AUTHORIZATION="Bearer " + sys.argv[1], HTTP_IDEMPOTENCY_KEY="night")
client.post("/api/v1/companies/bulk/", [{"name": f"Firm {n}", "tags": ["a"]} for n in range(50)], format="json")
"""


def kill_one(what: str) -> None:
    """A process of its own has begun with the work and was killed in the middle of it."""
    database = connection.settings_dict
    environment = dict(os.environ)
    if connection.vendor == "postgresql":
        plain = settings.DATABASES["default"]
        environment["DATABASE_URL"] = os.environ["DATABASE_URL"].replace(
            f"/{original_name(plain)}", f"/{database['NAME']}", 1
        )
    else:
        environment["DATABASE_URL"] = f"sqlite:///{database['NAME']}"
    done = subprocess.run([sys.executable, "-c", KILLED, what], env=environment, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    wait_for_the_server()


def wait_for_the_server() -> None:
    """The server has found out that nobody is there any more, and has taken back what was begun."""
    for _ in range(600):
        if connection.vendor != "postgresql":
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.1)


def original_name(database: dict[str, Any]) -> str:
    return os.environ["DATABASE_URL"].partition("?")[0].rpartition("/")[2]


def test_a_call_that_was_killed_has_no_effect_and_sent_again_one() -> None:
    found = integration()
    client = program(found)
    _, text = new_key(found, by=None, at=now())

    kill_one(text)
    assert Company.objects.count() == 0

    rows = [{"name": f"Firm {n}", "tags": ["a"]} for n in range(50)]
    first = client.post(COMPANIES, rows, format="json", HTTP_IDEMPOTENCY_KEY="night")
    again = client.post(COMPANIES, rows, format="json", HTTP_IDEMPOTENCY_KEY="night")
    assert (first.json()["counts"]["created"], again.content, Company.objects.count()) == (50, first.content, 50)


def test_a_job_whose_worker_was_killed_is_done_by_the_next_with_one_effect() -> None:
    client = program()
    rows = [{"name": f"Firm {n}", "tags": ["a"]} for n in range(50)]
    client.post("/api/v1/companies/jobs/", rows, format="json")

    kill_one("job")
    assert Company.objects.count() == 0
    jobs.advance(lambda: False)

    job = BulkJob.objects.get()
    assert (job.state, job.created, Company.objects.count()) == ("done", 50, 50)
