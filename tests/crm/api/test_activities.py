"""Activities through the API."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from crm.models import Activity, Company, Fit
from crm.scoring.drain import rescore_all
from tests.factories import company, contact, member, now, ruleset

from .calling import integration, person, program

pytestmark = pytest.mark.django_db

HERE = "/api/v1/activities/"


def today() -> date:
    return now().date()


@pytest.fixture
def api() -> APIClient:
    return program(scopes=["activities:read", "activities:write"])


@pytest.fixture
def team() -> Group:
    return Group.objects.create(name="North")


def activity(account: Company | None = None, **columns: Any) -> Activity:
    return Activity.objects.create(
        **{"company": account or company(), "kind": "note", "summary": "Met at the fair"} | columns
    )


def post(client: APIClient, account: Company, **said: Any) -> Any:
    return client.post(HERE, {"company": account.pk, "kind": "note", "summary": "Called"} | said, format="json")


def found(client: APIClient, **query: Any) -> list[str]:
    answer = client.get(HERE, query)
    assert answer.status_code == 200, answer.json()
    return [row["summary"] for row in answer.json()["results"]]


# Writing down


def test_what_was_done_is_written_down_under_the_name_of_the_program(api: APIClient) -> None:
    account = company()
    somebody = contact(account)

    answer = post(api, account, kind="call", contact=somebody.pk, happened_at="2026-03-04T10:00:00+01:00")

    said = answer.json()
    assert answer.status_code == 201, said
    assert answer["Location"].endswith(f"{HERE}{said['id']}/")
    row = Activity.objects.get()
    assert row.author is not None
    assert row.author.username.startswith("api: ")
    assert said == {
        "id": row.pk,
        "company": account.pk,
        "contact": somebody.pk,
        "kind": "call",
        "summary": "Called",
        "body": "",
        "happened_at": "2026-03-04T09:00:00Z",
        "due_on": None,
        "done_at": None,
        "author": row.author.pk,
        "assignee": None,
    }
    assert row.history.get().history_user == row.author


def test_the_account_is_scored_with_what_was_done(
    api: APIClient, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    ruleset(must=[{"key": "met", "label": "Met", "when": {"fact": "last_activity", "within_days": 30}}])
    account = company()
    rescore_all(at=now())

    with django_capture_on_commit_callbacks(execute=True):
        post(api, account)

    assert Fit.objects.get(pk=account.pk).segment == "only"


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"happened_at": "2999-01-01T00:00:00Z"}, "/happened_at"),
        ({"happened_at": "0001-01-01T00:00:00+14:00"}, "/happened_at"),
        ({"happened_at": "1900-01-01T00:00:00Z"}, "/happened_at"),
        ({"due_on": "2026-05-01"}, "/due_on"),
        ({"done_at": "2026-05-01T10:00:00Z"}, "/done_at"),
        ({"kind": "party"}, "/kind"),
        ({"summary": ""}, "/summary"),
        ({"summary": "x" * 301}, "/summary"),
        ({"company": 10**30}, "/company"),
        ({"company": 1.5}, "/company"),
        ({"company": True}, "/company"),
        ({"company": None}, "/company"),
        ({"contact": 987654}, "/contact"),
        ({"assigne": 1}, "/assigne"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(api: APIClient, said: dict[str, Any], pointer: str) -> None:
    answer = post(api, company(), **said)

    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (400, [pointer])
    assert not Activity.objects.exists()


def test_a_task_of_a_person_is_their_own_and_one_of_a_program_is_whose_the_account_is(api: APIClient) -> None:
    rep, owner = member("rep", "RevOps"), member("owner", "Sales")
    account = company(owner=owner)

    mine = post(person(rep), account, kind="task").json()
    theirs = post(api, account, kind="task", due_on="2026-05-01").json()

    assert (mine["assignee"], theirs["assignee"]) == (rep.pk, owner.pk)


# Changing


def test_a_change_names_only_what_changes_and_keeps_what_stood_there(api: APIClient) -> None:
    Activity.objects.bulk_create([Activity(company=company(), kind="note", summary="Wrong", body="As it was")])
    row = Activity.objects.get()

    answer = api.patch(f"{HERE}{row.pk}/", {"summary": "Right"}, format="json")

    assert (answer.status_code, answer.json()["summary"], answer.json()["body"]) == (200, "Right", "As it was")
    assert [record.summary for record in row.history.order_by("history_id")] == ["Wrong", "Right"]


def test_a_change_of_what_somebody_else_changed_is_refused(api: APIClient) -> None:
    row = activity()
    seen = api.get(f"{HERE}{row.pk}/")["ETag"]
    Activity.objects.update(summary="Another")

    answer = api.patch(f"{HERE}{row.pk}/", {"summary": "Mine"}, format="json", headers={"if-match": seen})

    assert answer.status_code == 412
    assert Activity.objects.get().summary == "Another"


def test_whoever_is_to_do_a_task_may_check_it_off_and_change_nothing_else(team: Group) -> None:
    rep = member("rep", "Sales", "North")
    task = activity(company(team=team, owner=member("other")), kind="task", assignee=rep)
    address = f"{HERE}{task.pk}/"

    changed = person(rep).patch(address, {"done_at": "2026-05-01T10:00:00Z", "summary": "x"}, format="json")
    done = person(rep).patch(address, {"done_at": "2026-05-01T10:00:00Z"}, format="json")

    assert (changed.status_code, done.status_code) == (403, 200)
    assert done.json()["done_at"] == "2026-05-01T10:00:00Z"


def test_an_activity_can_be_removed_and_its_history_stays(api: APIClient) -> None:
    row = activity()

    assert api.delete(f"{HERE}{row.pk}/").status_code == 204

    assert not Activity.objects.exists()
    assert [record.history_type for record in Activity.history.order_by("history_id")] == ["+", "-"]


def test_a_call_sent_twice_is_one_activity(api: APIClient) -> None:
    account = company()
    headers = {"idempotency-key": "one"}
    said = {"company": account.pk, "kind": "note", "summary": "Called"}

    answers = [api.post(HERE, said, format="json", headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert Activity.objects.count() == 1


# Who sees and changes what


def test_a_key_without_the_scope_reads_and_writes_nothing() -> None:
    account = company()

    assert program(scopes=["activities:write", "deals:read"]).get(HERE).status_code == 403
    assert post(program(scopes=["activities:read"]), account).status_code == 403
    assert not Activity.objects.exists()


def test_what_is_hidden_is_not_there(team: Group) -> None:
    theirs = activity(company(owner=member("other")), summary="Hidden")
    activity(company(team=team), summary="Ours")
    api = program(team=team)

    assert found(api) == ["Ours"]
    assert found(api, company=theirs.company_id) == []
    address = f"{HERE}{theirs.pk}/"
    assert [api.get(address).status_code, api.patch(address, {}, format="json").status_code] == [404, 404]
    assert api.delete(address).status_code == 404


def test_hidden_records_in_a_body_are_refused_as_those_that_are_not_there(team: Group) -> None:
    hidden = company(owner=member("other"))
    somebody = contact(hidden)
    ours = company(team=team)
    api = program(team=team)

    for name, pk in (("company", hidden.pk), ("contact", somebody.pk), ("assignee", hidden.owner_id)):
        there, nowhere = post(api, ours, **{name: pk}), post(api, ours, **{name: 987654})
        assert (there.status_code, nowhere.status_code) == (400, 400)
        assert there.json()["errors"][0]["detail"].replace(str(pk), "") == nowhere.json()["errors"][0][
            "detail"
        ].replace("987654", "")
    assert not Activity.objects.exists()


def test_an_account_that_is_only_seen_takes_no_activity(team: Group) -> None:
    rep = member("rep", "Sales", "North")
    seen = company(team=team, owner=member("other"))
    row = activity(seen)

    assert post(person(rep), seen).status_code == 403
    assert person(rep).patch(f"{HERE}{row.pk}/", {"summary": "x"}, format="json").status_code == 403
    assert person(rep).delete(f"{HERE}{row.pk}/").status_code == 403
    mine = activity(company(owner=rep))
    assert person(rep).patch(f"{HERE}{mine.pk}/", {"company": seen.pk}, format="json").status_code == 403


def test_a_contact_who_is_hidden_is_not_named(team: Group) -> None:
    row = activity(company(team=team), contact=contact(company(owner=member("other"))))
    api = program(team=team)

    assert api.get(f"{HERE}{row.pk}/").json()["contact"] is None
    assert api.get(HERE).json()["results"][0]["contact"] is None
    api.patch(f"{HERE}{row.pk}/", {"summary": "New"}, format="json")
    row.refresh_from_db()
    assert row.contact is not None


def test_what_nobody_may_set_stays_as_it_was(api: APIClient) -> None:
    row = activity(author=member("author"))
    before = Activity.objects.values("id", "author", "token").get()

    said = {"id": row.pk + 1, "author": member("other").pk}
    api.patch(f"{HERE}{row.pk}/", said, format="json")
    refused = api.patch(f"{HERE}{row.pk}/", {"token": "7a7ad1de-2f43-4f0e-9a53-0a4c5e0bd9ab"}, format="json")

    assert Activity.objects.values("id", "author", "token").get() == before
    assert refused.status_code == 400


# Lists


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"kind": "call,task"}, {"Call", "Late", "Done"}),
        ({"done": "true"}, {"Done"}),
        ({"done": "false"}, {"Late"}),
        ({"due_before": str(today())}, {"Late"}),
        ({"due_since": str(today())}, {"Done"}),
        ({"happened_before": (now() - timedelta(days=2)).isoformat()}, {"Old"}),
        ({"search": "rocket"}, {"Old"}),
        ({"search": "cal"}, {"Call"}),
        ({"changed_since": (now() - timedelta(hours=1)).isoformat(), "kind": "call"}, {"Call"}),
    ],
)
def test_the_list_narrows(api: APIClient, query: dict[str, str], names: set[str]) -> None:
    long_ago = now() - timedelta(days=9)
    activity(summary="Call", kind="call")
    activity(summary="Late", kind="task", due_on=today() - timedelta(days=9))
    activity(summary="Done", kind="task", due_on=today() + timedelta(days=1), done_at=now())
    Activity.objects.bulk_create([Activity(company=company(name="Rocket"), summary="Old", happened_at=long_ago)])

    assert set(found(api, **query)) == names


def test_the_list_narrows_by_records_and_says_which_cannot_be(api: APIClient) -> None:
    account, author = company(), member("author")
    somebody = contact(account)
    activity(account, summary="One", contact=somebody, author=author, assignee=None)
    activity(summary="Other")

    assert found(api, company=account.pk) == found(api, contact=somebody.pk) == found(api, author=author.pk) == ["One"]
    for wrong in ({"company": "x"}, {"company": 10**30}, {"done": "maybe"}, {"kind": "party"}, {"knid": "call"}):
        assert api.get(HERE, wrong).status_code == 400, wrong


def test_tasks_without_a_day_come_last(api: APIClient) -> None:
    for name, due_on in (("Any day", None), ("Late", today() + timedelta(days=3)), ("Soon", today())):
        activity(summary=name, kind="task", due_on=due_on)

    assert found(api, ordering="due_on") == ["Soon", "Late", "Any day"]
    assert found(api, ordering="-due_on") == ["Late", "Soon", "Any day"]


@pytest.mark.parametrize("count", [2, 9])
def test_the_list_takes_the_same_queries_for_any_number(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        activity(contact=contact())
    api = program(integration(scopes=["activities:read"]))
    api.get(HERE)

    with django_assert_num_queries(6):
        assert len(found(api)) == count
