"""Facts, personas and golden cases of the draft in the admin."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from personas.editing.people import persona_version
from personas.editing.revisions import undo
from personas.models import Criterion, CustomFact, DraftRevision, GoldenCase, Persona
from personas.publishing import draft, publish, save_draft
from personas.rules.document import from_data
from tests.factories import SEGMENTS

pytestmark = pytest.mark.django_db

SAM = {
    "key": "sam",
    "name": "Sam",
    "tier": "primary",
    "buying_roles": ["user"],
    "titles": ["software engineer"],
    "statements": [
        {"kind": "deal_breaker", "text": "Calls"},
        {"kind": "goal", "text": "Ship\nsoon"},
        {"kind": "deal_breaker", "text": "Quotes"},
    ],
}
DATA: dict[str, Any] = {
    **SEGMENTS,
    "facts": {"visits": {"kind": "integer", "unit": "visits"}, "plan": {"kind": "choice", "choices": ["free", "team"]}},
    "personas": [SAM, {"key": "pam", "name": "Pam", "aliases": ["Pat"]}],
    "cases": [{"name": "Small", "facts": {"employees": 5, "visits": 12}, "segment": "early"}],
}


@pytest.fixture
def drafter(client: Client) -> Client:
    """Somebody who may edit the draft."""
    document = from_data(DATA)
    publish(document)
    save_draft(document)
    user = User.objects.create_user("ann", is_staff=True, first_name="Ann")
    names = ["view_customfact", "view_persona", "view_profile", "change_profile"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    return client


def words(response: object) -> str:
    """What a page says, without tags."""
    text = response.content.decode()  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", text, flags=re.DOTALL)))


def step(client: Client, what: str, row: Any, action: str) -> str:
    """What is said after the button `action` of the row is pressed."""
    data = {"what": what, "id": row.pk, "do": action, "next": "/admin/personas/profile/"}
    return words(client.post(reverse("admin:personas_step"), data, follow=True))


@pytest.mark.parametrize(
    "address",
    ["customfact/new/", "customfact/{fact}/edit/", "persona/new/", "persona/{persona}/edit/",
     "ruleset/draft/case/{case}/", "ruleset/draft/case/try/"],
)  # fmt: skip
def test_who_may_only_look_edits_nothing(client: Client, drafter: Client, address: str) -> None:
    reader = User.objects.create_user("bob", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(reader)
    rows = {"fact": CustomFact.objects.first(), "persona": Persona.objects.first(), "case": GoldenCase.objects.first()}
    address = address.format(**{name: row.pk for name, row in rows.items() if row})

    assert client.post(f"/admin/personas/{address}", {"name": "Mine", "label": "Mine"}).status_code == 403
    for name in ("customfact", "persona"):
        assert "New " not in words(client.get(f"/admin/personas/{name}/"))


# Facts


def save_fact(client: Client, row: CustomFact | None = None, /, **data: str) -> Any:
    address = reverse("admin:personas_fact", args=[row.pk]) if row else reverse("admin:personas_fact_new")
    return client.post(address, data)


def visits() -> CustomFact:
    return CustomFact.objects.get(key="visits")


def test_facts_say_where_they_are_used(drafter: Client) -> None:
    text = words(drafter.get(reverse("admin:personas_customfact_changelist")))

    assert "Visits Whole number, visits · visits Used by Golden case “Small”" in text
    assert "Plan Choice · plan Not used yet" in text


def test_a_new_fact_can_be_asked_for_at_once(drafter: Client) -> None:
    save_fact(drafter, label="Monthly web visits", kind="integer", unit="visits", fresh_for_days="90", minimum="0")

    fact = draft().vocabulary["monthly_web_visits"]
    assert (fact.label, fact.unit, fact.fresh_for_days, fact.minimum) == ("Monthly web visits", "visits", 90, 0)
    undo(None)
    assert "monthly_web_visits" not in draft().vocabulary


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"label": "Visits", "kind": "integer", "key": "visits"}, "The key 'visits' stands twice"),
        ({"label": "Tier", "kind": "integer", "choices": "a\nb"}, "A fact of kind integer has no choices"),
        ({"label": "Tier", "kind": "choice", "ordered": "yes"}, "Needs choices, the lowest first"),
        ({"label": "Tier", "kind": "text", "minimum": "1"}, "A fact of kind text has no minimum"),
        ({"label": "Tier", "kind": "integer", "fresh_for_days": "x"}, "'x' is not a whole number"),
        ({"label": "Tier", "kind": "integer", "key": "web-visits"}, "'web-visits' is no name for a fact"),
    ],
)
def test_what_is_wrong_with_a_fact_stands_at_its_field(drafter: Client, data: dict[str, str], said: str) -> None:
    response = save_fact(drafter, None, **data)

    assert response.status_code == 422
    assert said in words(response)
    assert CustomFact.objects.count() == 2


def test_a_fact_that_is_used_is_not_removed(drafter: Client) -> None:
    assert "The fact is in use (it stays while these use it: Golden case “Small”)." in step(
        drafter, "fact", visits(), "remove"
    )
    assert visits().pk


def test_a_fact_that_is_not_used_is_removed_and_comes_back(drafter: Client) -> None:
    step(drafter, "fact", CustomFact.objects.get(key="plan"), "remove")
    assert not CustomFact.objects.filter(key="plan").exists()

    undo(None)
    assert draft().vocabulary["plan"].choices == ("free", "team")


def test_a_fact_cannot_change_so_that_a_criterion_becomes_wrong(drafter: Client) -> None:
    Criterion.objects.filter(key="small").update(condition={"fact": "visits", "at_least": 3})

    response = save_fact(drafter, visits(), label="Visits", kind="text")

    assert response.status_code == 422
    assert "the draft would be wrong: profiles[1].must[0].when" in words(response)
    assert visits().kind == "integer"


def test_a_built_in_fact_gets_a_limit_and_goes_back_to_none(drafter: Client) -> None:
    save_fact(drafter, key="employees", label="Staff", fresh_for_days="365", unit="people")
    fact = draft().vocabulary["employees"]
    assert (fact.label, fact.fresh_for_days, fact.kind, fact.minimum) == ("Staff", 365, "integer", 0)

    step(drafter, "fact", CustomFact.objects.get(key="employees"), "remove")

    assert draft().vocabulary["employees"].label == "Employees"


# Personas


def sam() -> Persona:
    return Persona.objects.get(key="sam")


def form(**data: Any) -> dict[str, Any]:
    """What the form of Sam sends."""
    return {
        "name": "Sam", "key": "sam", "tier": "primary", "buying_roles": ["user"], "titles": "software engineer",
        "goal": "Ship\n  soon", "deal_breaker": "Calls\nQuotes", "base": persona_version(sam()),
    } | data  # fmt: skip


def save_persona(client: Client, **data: Any) -> Any:
    return client.post(reverse("admin:personas_persona_edit", args=[sam().pk]), form(**data))


def test_saving_a_persona_as_it_is_changes_nothing(drafter: Client) -> None:
    before = draft().content_hash()
    save_persona(drafter)

    assert draft().content_hash() == before
    assert not DraftRevision.objects.exists()


def test_everything_about_a_persona_is_edited_and_undone(drafter: Client) -> None:
    before = draft().content_hash()

    save_persona(
        drafter, name="Sam Software", tier="usable_by", aliases="Sammy", buying_roles=["user", "initiator"],
        story="Writes code.", pain_tolerance="High", technical_level="Expert", found_at="Forums\nMeetups",
        titles="software engineer\ndeveloper", exclude="sales engineer", challenge="Too many tools",
    )  # fmt: skip

    found = next(each for each in draft().personas if each.key == "sam")
    assert (found.name, found.tier, found.aliases, found.found_at) == (
        "Sam Software", "usable_by", ("Sammy",), ("Forums", "Meetups"),
    )  # fmt: skip
    assert (found.titles, found.exclude) == (("software engineer", "developer"), ("sales engineer",))
    assert found.buying_roles == ("initiator", "user")
    assert [(each.kind, each.text) for each in found.statements] == [
        ("deal_breaker", "Calls"), ("goal", "Ship\nsoon"), ("deal_breaker", "Quotes"), ("challenge", "Too many tools"),
    ]  # fmt: skip
    undo(None)
    assert draft().content_hash() == before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"name": ""}, "Is missing"),
        ({"name": "pat"}, "“pat” is what Pam is called"),
        ({"aliases": "Pam"}, "“Pam” is what Pam is called"),
        ({"key": "pam"}, "The key 'pam' stands twice"),
        ({"exclude": "Software Engineer"}, "also among the titles that match"),
        ({"titles": "x" * 201}, "has 201 characters"),
    ],
)
def test_what_is_wrong_with_a_persona_stands_at_its_field(drafter: Client, data: dict[str, str], said: str) -> None:
    response = save_persona(drafter, **data)

    assert response.status_code == 422
    assert said in words(response)
    assert not DraftRevision.objects.exists()


def test_a_persona_that_a_criterion_asks_for_is_not_removed(drafter: Client) -> None:
    Criterion.objects.filter(key="small").update(condition={"fact": "personas", "any_of": ["sam"]})

    assert "The persona is in use (it stays while these use it: Early: Small)." in step(
        drafter, "persona", sam(), "remove"
    )


def test_personas_are_duplicated_moved_and_removed(drafter: Client) -> None:
    step(drafter, "persona", sam(), "duplicate")
    copy = Persona.objects.get(key="sam-2")
    step(drafter, "persona", copy, "up")
    step(drafter, "persona", Persona.objects.get(key="pam"), "remove")

    assert [each.key for each in draft().personas] == ["sam", "sam-2"]
    assert [each.text for each in draft().personas[1].statements] == ["Calls", "Ship\nsoon", "Quotes"]


@pytest.mark.parametrize(("name", "queries"), [("persona", 22), ("customfact", 26)])
def test_lists_ask_no_more_for_more_rows(
    drafter: Client, name: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = reverse(f"admin:personas_{name}_changelist")
    drafter.get(address)
    for number in range(5):
        CustomFact.objects.create(key=f"fact{number}", label=f"Fact {number}", kind="text")
        Persona.objects.create(key=f"key{number}", name=f"Persona {number}")

    with django_assert_num_queries(queries):
        drafter.get(address)


# Golden cases


def tried(client: Client, facts: str, at: str = "") -> dict[str, Any]:
    found: dict[str, Any] = client.post(reverse("admin:personas_case_try"), {"facts": facts, "at": at}).json()
    return found


def test_a_case_is_tried_as_it_is_typed(drafter: Client) -> None:
    found = tried(drafter, '{"employees": 120, "investors": ["Accel"]}')

    assert (found["found"], found["segment"]) == ("growth", "Growth")
    assert found["profiles"] == [
        {"name": "Growth", "said": "fits; 20 points"}, {"name": "Early", "said": "does not fit (Small)"},
    ]  # fmt: skip


def test_a_case_says_which_facts_cannot_be_read(drafter: Client) -> None:
    assert tried(drafter, '{"employees": -3, "visits": "many"}')["unread"] == [
        "Employees cannot have this value",
        "Visits cannot have this value",
    ]
    assert tried(drafter, "- no")["faults"][0]["path"] == "facts"


def test_a_case_is_saved_from_the_form_and_shown_by_kind(drafter: Client) -> None:
    row = GoldenCase.objects.get()
    address = reverse("admin:personas_case", args=[row.pk])
    assert "&quot;employees&quot;: &quot;5&quot;" in drafter.get(address).content.decode()

    drafter.post(address, {"name": "Small", "segment": "early", "facts": '{"employees": {"low": 3, "high": 7}}'})

    row.refresh_from_db()
    assert row.facts == {"employees": {"low": 3, "high": 7}}
    stale = drafter.post(address, {"name": "Mine", "segment": "early", "facts": "{}", "base": "older", "opened": "0"})
    assert stale.status_code == 409
    assert "You saved this yourself since this form was opened." in words(stale)


def test_cases_are_moved_and_duplicated(drafter: Client) -> None:
    step(drafter, "case", GoldenCase.objects.get(), "duplicate")

    assert [each.name for each in draft().cases] == ["Small", "Small (copy)"]
    step(drafter, "case", GoldenCase.objects.get(name="Small (copy)"), "up")
    assert [each.name for each in draft().cases] == ["Small (copy)", "Small"]
