"""The rules through the API: reading them, publishing them, and the lists of the draft."""

from copy import deepcopy
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from crm.models import Fit
from crm.scoring.drain import rescore_all
from personas.editing.revisions import undo
from personas.models import DraftRevision, ListEntry, Persona, Profile, Ruleset
from personas.publishing import draft, publish, save_draft
from personas.rules.document import from_data, parse
from tests.factories import SEGMENTS, company, invested, member, now, ruleset

from .calling import integration, person, program

pytestmark = pytest.mark.django_db

PERSONA = {
    "key": "sam",
    "name": "Sam",
    "tier": "primary",
    "buying_roles": ["user"],
    "titles": ["Product Engineer"],
    "statements": [{"kind": "goal", "text": "Ship"}, {"kind": "deal_breaker", "text": "Sales calls"}],
}
CASE = {"name": "Rocket", "facts": {"employees": 3}, "segment": "early"}


def rules(**more: Any) -> dict[str, Any]:
    """The plain segments with one persona, as data of a document."""
    return deepcopy(SEGMENTS) | {"personas": [PERSONA]} | more


@pytest.fixture
def api() -> APIClient:
    return program(scopes=["rules:read", "rules:write"])


@pytest.fixture
def active() -> Ruleset:
    """Rules that are in force and in the draft."""
    document = from_data(rules())
    save_draft(document)
    return publish(document)


def changed() -> dict[str, Any]:
    """The same rules with a segment of another name."""
    data = rules()
    data["profiles"][1]["name"] = "Young"
    return data


def post(client: APIClient, document: object, *, base: int = 1, note: str = "Renamed", **more: Any) -> Any:
    body = {"document": document, "base": base, "note": note} | more
    return client.post("/api/v1/rulesets/", {k: v for k, v in body.items() if v is not None}, format="json")


# Reading


def test_a_persona_comes_whole_with_what_to_say_and_what_to_avoid(api: APIClient, active: Ruleset) -> None:
    said = api.get("/api/v1/personas/sam/").json()

    assert (said["name"], said["titles"], said["exclude"]) == ("Sam", ["Product Engineer"], [])
    assert (said["goals"], said["deal_breakers"], said["deal_makers"]) == (["Ship"], ["Sales calls"], [])
    assert api.get("/api/v1/personas/").json()["results"] == [said]
    assert api.get("/api/v1/personas/nobody/").status_code == 404


def test_a_profile_says_its_criteria_in_plain_words(api: APIClient, active: Ruleset) -> None:
    said = api.get("/api/v1/profiles/growth/").json()

    assert (said["stance"], said["rank"], said["is_segment"]) == ("focus", 1, True)
    assert said["must"][0] == {
        "key": "size",
        "label": "15 to 500 people",
        "sentence": "Employees is from 15 to 500 people",
        "when": {"fact": "employees", "between": [15, 500]},
        "points": None,
        "reason": "",
        "rationale": "",
    }
    assert [(row["key"], row["points"]) for row in said["components"][0]["rows"]] == [("big", 20), ("some", 10)]
    assert "Must, all of these:" in said["text"]


def test_a_list_says_its_names_and_where_it_is_used(api: APIClient, active: Ruleset) -> None:
    said = api.get("/api/v1/lists/leading/").json()

    assert said["entries"] == [{"name": "Sequoia Capital", "aliases": []}, {"name": "Accel", "aliases": []}]
    assert said["used_by"] == [{"profile": "growth", "line": "backed"}]
    assert [each["key"] for each in api.get("/api/v1/lists/?search=ACCEL").json()["results"]] == ["leading"]
    assert api.get("/api/v1/lists/?search=nobody").json()["results"] == []


def test_older_rules_and_the_draft_can_be_asked_for(api: APIClient, active: Ruleset) -> None:
    publish(from_data(changed()))
    Profile.objects.filter(key="early").update(name="Drafted")

    def name(which: str) -> str:
        found: str = api.get("/api/v1/profiles/early/" + which).json()["name"]
        return found

    assert (name(""), name("?ruleset=active"), name("?ruleset=1"), name("?ruleset=draft")) == (
        "Young", "Young", "Early", "Drafted",
    )  # fmt: skip


def test_the_draft_is_for_those_who_edit_or_publish_it(active: Ruleset) -> None:
    for address in ("profiles/?ruleset=draft", "rulesets/draft/", "rulesets/draft/text/", "lists/leading/entries/"):
        assert person(member(f"rep {address}", "Sales")).get(f"/api/v1/{address}").status_code == 403
        assert person(member(f"ops {address}", "RevOps")).get(f"/api/v1/{address}").status_code == 200


def test_a_draft_with_faults_says_them(api: APIClient, active: Ruleset) -> None:
    Profile.objects.filter(key="early").update(rank=None, wanted_personas=["nobody"])

    answer = api.get("/api/v1/personas/?ruleset=draft")

    assert (answer.status_code, "nobody" in answer.json()["detail"]) == (409, True)


def test_what_cannot_be_asked_is_refused(api: APIClient, active: Ruleset) -> None:
    for address in (
        "personas/?ruleset=99", "personas/?ruleset=new", "personas/?tier=best", "personas/?teir=primary",
        "profiles/?subject=dog", "profiles/?fields=nmae", "rulesets/?active=perhaps",
    ):  # fmt: skip
        assert api.get(f"/api/v1/{address}").status_code == 400, address
    for address in ("rulesets/99/", "rulesets/0/", "rulesets/99999999999/", "rulesets/new/", "lists/none/entries/"):
        assert api.get(f"/api/v1/{address}").status_code == 404, address


def test_before_the_first_publication_there_are_no_rules(api: APIClient) -> None:
    assert api.get("/api/v1/profiles/").status_code == 404
    assert api.get("/api/v1/rulesets/").json()["results"] == []


def test_only_what_is_asked_for_is_told(api: APIClient, active: Ruleset) -> None:
    assert api.get("/api/v1/profiles/?fields=key,rank").json()["results"] == [
        {"key": "growth", "rank": 1}, {"key": "early", "rank": 2},
    ]  # fmt: skip


def test_rules_that_did_not_change_are_not_sent_again(api: APIClient, active: Ruleset) -> None:
    for address in ("profiles/growth/", "rulesets/1/", "rulesets/1/text/", "rulesets/1/changes/"):
        version = api.get(f"/api/v1/{address}")["ETag"]
        assert api.get(f"/api/v1/{address}", headers={"if-none-match": version}).status_code == 304


# Rulesets


def test_a_ruleset_comes_as_a_document_as_text_and_as_what_it_changed(api: APIClient, active: Ruleset) -> None:
    publish(from_data(changed()), note="Renamed", author=member("ops", "RevOps", first_name="Olga"))

    said = api.get("/api/v1/rulesets/2/").json()
    text = api.get("/api/v1/rulesets/2/text/")

    assert (said["number"], said["active"], said["note"], said["author_name"]) == (2, True, "Renamed", "Olga")
    assert from_data(said["document"]).content_hash() == said["content_hash"]
    assert text["Content-Type"] == "application/yaml; charset=utf-8"
    assert parse(text.content.decode()).content_hash() == said["content_hash"]
    assert api.get("/api/v1/rulesets/2/changes/").json() == {
        "number": 2, "before": 1, "changes": ["profiles.early.name: Early → Young"],
    }  # fmt: skip
    assert [row["number"] for row in api.get("/api/v1/rulesets/?ordering=-number").json()["results"]] == [2, 1]
    assert [row["number"] for row in api.get("/api/v1/rulesets/?active=false").json()["results"]] == [1]


@pytest.mark.parametrize("count", [1, 6])
def test_the_list_of_rulesets_takes_the_same_queries_for_any_number(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        ruleset(name=f"Name {number}")
    api = program(integration(scopes=["rules:read"]))
    api.get("/api/v1/rulesets/")

    with django_assert_num_queries(5):
        assert len(api.get("/api/v1/rulesets/").json()["results"]) == count


@pytest.mark.parametrize("count", [1, 6])
@pytest.mark.parametrize(
    ("address", "queries"),
    [("personas/", 4), ("profiles/", 4), ("lists/", 4), ("lists/leading/entries/", 6)],
)
def test_the_lists_of_the_rules_take_the_same_queries_for_any_number(
    count: int, address: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lists = {
        "leading": {"title": "Leading investors", "entries": [f"Fund {number}" for number in range(count)]},
        **{f"list_{number}": {"title": f"List {number}", "entries": ["Accel"]} for number in range(count)},
    }
    personas = [
        PERSONA | {"key": f"sam_{number}", "name": f"Sam {number}", "titles": [f"Engineer {number}"]}
        for number in range(count)
    ]
    document = from_data(rules(lists=lists, personas=personas))
    save_draft(document)
    publish(document)
    api = program(scopes=["rules:read"])
    api.get(f"/api/v1/{address}")

    with django_assert_num_queries(queries):
        assert len(api.get(f"/api/v1/{address}").json()["results"]) >= min(count, 2)


def test_a_posted_document_is_in_force_and_in_the_draft_and_accounts_are_scored_by_it(
    api: APIClient, active: Ruleset, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = company(3)
    rescore_all(at=now())
    woken: list[bool] = []
    monkeypatch.setattr("crm.doorbell.wake", lambda: woken.append(True))
    data = changed()
    data["profiles"][1]["key"] = "young"

    answer = post(api, data)

    said = answer.json()
    assert answer.status_code == 201, said
    assert (said["number"], said["published"], answer["Location"]) == (2, True, "http://testserver/api/v1/rulesets/2/")
    assert any("young" in line for line in said["changes"])
    assert draft().content_hash() == said["content_hash"]
    assert woken
    rescore_all(at=now())
    assert Fit.objects.get(pk=account.pk).segment == "young"
    found = Ruleset.objects.get(number=2)
    assert (found.note, str(found.author).startswith("api: ")) == ("Renamed", True)


def test_what_the_draft_said_before_can_be_brought_back(api: APIClient, active: Ruleset) -> None:
    Persona.objects.update(story="Not published yet")

    post(api, changed())
    undo(None)

    assert Persona.objects.get().story == "Not published yet"


def test_text_out_of_git_is_published_as_it_is(api: APIClient, active: Ruleset) -> None:
    text = api.get("/api/v1/rulesets/1/text/").content.decode().replace("name: Early", "name: Young")

    assert post(api, text).json()["changes"] == ["profiles.early.name: Early → Young"]


def test_the_draft_can_be_published_as_it_is(api: APIClient, active: Ruleset) -> None:
    Profile.objects.filter(key="early").update(name="Young")

    answer = post(api, None, draft=True)

    assert (answer.status_code, answer.json()["changes"]) == (201, ["profiles.early.name: Early → Young"])


def test_what_is_in_force_already_is_not_published_again(api: APIClient, active: Ruleset) -> None:
    answer = post(api, rules())

    assert (answer.status_code, answer.json()["published"], answer.json()["number"]) == (200, False, 1)
    assert Ruleset.objects.count() == 1


def test_nothing_is_published_over_what_somebody_else_published_meanwhile(api: APIClient, active: Ruleset) -> None:
    publish(from_data(changed()))

    answer = post(api, rules(personas=[]), base=1)

    assert (answer.status_code, "ruleset 2 is active" in answer.json()["detail"]) == (409, True)
    assert (Ruleset.objects.count(), Persona.objects.count(), DraftRevision.objects.count()) == (2, 1, 0)


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({"format": 1, "profils": []}, ["/document"]),
        ("format: 1\nprofiles: [", ["/document"]),
        (7, ["/document"]),
        (rules(cases=[CASE | {"segment": "growth"}]), ["/document/cases"]),
        (
            rules(profiles=[{"key": "a", "name": "A", "must": [{"key": "b", "when": {"fact": "employes", "is": 1}}]}]),
            ["/document/profiles/0/must/0/when/fact"],
        ),
    ],
)
def test_a_document_with_faults_is_refused_with_each_at_its_place(
    api: APIClient, active: Ruleset, document: object, pointers: list[str]
) -> None:
    answer = post(api, document)

    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (400, pointers)
    assert (Ruleset.objects.count(), DraftRevision.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    "wrong", [{"note": ""}, {"note": None}, {"base": None}, {"base": -1}, {"draft": True}, {"nota": "x"}]
)
def test_a_publication_says_why_and_where_from(api: APIClient, active: Ruleset, wrong: dict[str, Any]) -> None:
    assert post(api, changed(), **wrong).status_code == 400
    assert Ruleset.objects.count() == 1


def test_publishing_is_for_those_who_may(active: Ruleset) -> None:
    assert post(program(scopes=["rules:read"]), changed()).status_code == 403
    assert post(person(member("rep", "Sales")), changed()).status_code == 403
    assert post(person(member("ops", "RevOps")), changed()).status_code == 201


def test_an_older_ruleset_can_be_made_active_again(api: APIClient, active: Ruleset) -> None:
    post(api, changed())

    stale = api.post("/api/v1/rulesets/1/activate/", {"base": 1}, format="json")
    answer = api.post("/api/v1/rulesets/1/activate/", {"base": 2}, format="json")

    assert (stale.status_code, answer.status_code, answer.json()["number"]) == (409, 201, 3)
    again = Ruleset.objects.get(active=True)
    assert (again.note, draft().content_hash()) == ("Back to ruleset 1", active.content_hash)
    assert again.content_hash == active.content_hash


def test_the_draft_comes_as_a_ruleset_without_a_number(api: APIClient, active: Ruleset) -> None:
    Profile.objects.filter(key="early").update(name="Young")

    said = api.get("/api/v1/rulesets/draft/").json()

    assert (said["number"], said["active"], said["published_at"]) == (None, False, None)
    assert from_data(said["document"]).content_hash() == said["content_hash"] == draft().content_hash()
    assert api.get("/api/v1/rulesets/draft/changes/").json() == {
        "number": None, "before": 1, "changes": ["profiles.early.name: Early → Young"],
    }  # fmt: skip


# Lists of the draft


def test_a_name_is_added_to_the_draft_and_counts_once_that_is_published(api: APIClient, active: Ruleset) -> None:
    account = invested(company(120), "Benchmark")
    here = "/api/v1/lists/leading/entries/"

    answer = api.post(here, {"name": "Benchmark", "aliases": ["Benchmark Capital"]}, format="json")

    said = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"http://testserver{here}{said['id']}/")
    assert (said["name"], said["aliases"]) == ("Benchmark", ["Benchmark Capital"])
    assert [row["name"] for row in api.get(here, {"ordering": "name"}).json()["results"]] == [
        "Accel", "Benchmark", "Sequoia Capital",
    ]  # fmt: skip
    revision = DraftRevision.objects.get()
    assert (revision.said, str(revision.author).startswith("api: ")) == (
        "Added “Benchmark” on the list Leading investors", True,
    )  # fmt: skip
    rescore_all(at=now())
    assert Fit.objects.get(pk=account.pk).segment is None
    assert post(api, None, draft=True).status_code == 201
    rescore_all(at=now())
    assert Fit.objects.get(pk=account.pk).segment == "growth"


def test_a_name_is_changed_and_removed_as_it_was_seen(api: APIClient, active: Ruleset) -> None:
    row = ListEntry.objects.get(name="Accel")
    here = f"/api/v1/lists/leading/entries/{row.pk}/"
    seen = api.get(here)["ETag"]

    answer = api.patch(here, {"aliases": ["Accel Partners"]}, format="json", headers={"if-match": seen})

    assert (answer.status_code, answer.json()["name"], answer.json()["aliases"]) == (200, "Accel", ["Accel Partners"])
    assert api.delete(here, headers={"if-match": seen}).status_code == 412
    assert api.delete(here, headers={"if-match": answer["ETag"]}).status_code == 204
    assert api.get(here).status_code == 404
    undo(None)
    assert ListEntry.objects.get(name="Accel").aliases == ["Accel Partners"]


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"name": "ACCEL"}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "New", "aliases": ["accel"]}, "/aliases"),
        ({"name": "New", "aliases": "x"}, "/aliases"),
        ({"name": "New", "position": 1}, "/position"),
        ({"name": "x" * 301}, "/name"),
    ],
)
def test_a_name_that_cannot_be_is_refused(api: APIClient, active: Ruleset, said: dict[str, Any], pointer: str) -> None:
    answer = api.post("/api/v1/lists/leading/entries/", said, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    assert ListEntry.objects.count() == 2


def test_the_lists_of_the_draft_are_for_those_who_edit_it(active: Ruleset) -> None:
    row = ListEntry.objects.get(name="Accel")
    here = "/api/v1/lists/leading/entries/"
    for client in (program(scopes=["rules:read"]), person(member("rep", "Sales"))):
        assert client.post(here, {"name": "New"}, format="json").status_code == 403
        assert client.patch(f"{here}{row.pk}/", {"name": "New"}, format="json").status_code == 403
        assert client.delete(f"{here}{row.pk}/").status_code == 403
    assert ListEntry.objects.filter(name="Accel").exists()
