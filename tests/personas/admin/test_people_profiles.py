"""The editor of profiles that give people points: what they may ask, and that they are never taken for segments."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from personas.admin import counts
from personas.editing import people, profiles, revisions, uses
from personas.editing.text import draft_text, save_text
from personas.models import Component, Criterion, Persona, Profile
from personas.publishing import draft, publish, save_draft
from personas.rules.document import from_data
from personas.rules.errors import RuleError
from tests.factories import SEGMENTS

from .test_draft import signed_in, words

pytestmark = pytest.mark.django_db

NEW = "/admin/personas/profile/new/"
WRITERS = {
    "key": "writers",
    "name": "Whom to write to",
    "subject": "contact",
    "must": [{"key": "there", "when": {"fact": "contact_has_email", "is": True}}],
    "components": [
        {"key": "who", "rows": [{"key": "sam", "when": {"fact": "contact_persona", "any_of": ["sam"]}, "points": 5}]}
    ],
}
PEOPLE = SEGMENTS | {
    "personas": [
        {"key": "sam", "name": "Sam Software", "tier": "primary", "titles": ["engineer"]},
        {"key": "pam", "name": "Pam Product", "tier": "primary"},
    ],
    "profiles": [
        {**SEGMENTS["profiles"][0], "wanted_personas": ["pam", "sam"], "wanted_roles": ["user"]},  # type: ignore[index]
        WRITERS,
        SEGMENTS["profiles"][1],  # type: ignore[index]
    ],
}


@pytest.fixture(autouse=True)
def rules() -> None:
    document = from_data(PEOPLE)
    publish(document)
    save_draft(document)


@pytest.fixture
def drafter(client: Client) -> Client:
    return signed_in(client, "view_profile", "change_profile", "view_ruleset", "view_persona")


def writers() -> Profile:
    return Profile.objects.get(key="writers")


def growth() -> Profile:
    return Profile.objects.get(key="growth")


def head(profile: Profile) -> str:
    return reverse("admin:personas_head", args=[profile.pk])


def offered(response: Any) -> dict[str, str]:
    """The facts that the builder of a page offers, with the group that each stands in."""
    return {fact["key"]: fact["group"] for fact in response.context["vocabulary"]["facts"]}


def test_a_profile_of_people_is_made_where_people_are_chosen(drafter: Client) -> None:
    page = drafter.get(f"{NEW}?subject=contact")
    fields = {each.name for each in page.context["fields"]}

    drafter.post(NEW, {"subject": "contact", "name": "Newcomers", "missing": "open"})
    made = Profile.objects.get(key="newcomers")

    assert fields == {"name", "missing", "summary", "action", "maximum", "key"}
    assert (made.subject, made.rank, made.wanted_personas) == ("contact", None, [])
    assert [each.key for each in draft().contact_profiles] == ["writers", "newcomers"]


def test_without_a_choice_it_is_one_of_companies(drafter: Client) -> None:
    drafter.post(f"{NEW}?subject=nonsense", {"name": "Plain", "missing": "open", "rank": "9"})

    assert (Profile.objects.get(key="plain").subject, Profile.objects.get(key="plain").rank) == ("company", 9)


def test_whom_it_gives_points_stays(drafter: Client) -> None:
    drafter.post(head(writers()), {"subject": "company", "name": "Renamed", "missing": "open", "key": "writers"})

    assert (writers().name, writers().subject) == ("Renamed", "contact")
    with pytest.raises(RuleError, match="stays as it was when the profile was made"):
        profiles.change_profile(writers(), {"key": "writers", "name": "Writers"}, None)


def test_a_segment_says_whom_it_wants_in_an_order_that_stays(drafter: Client) -> None:
    page = drafter.get(head(growth()))
    ticks = {each.name: (each.ticked, [key for key, _ in each.choices]) for each in page.context["fields"]}
    form = {each.name: each.value for each in page.context["fields"]} | {"base": page.context["base"]}

    drafter.post(head(growth()), form | {"wanted_personas": ["pam", "sam"], "wanted_roles": ["user"], "bands": ""})

    assert ticks["wanted_personas"] == (["pam", "sam"], ["pam", "sam"])
    assert ticks["wanted_roles"] == (["user"], ["initiator", "influencer", "decision_maker", "user"])
    assert draft().content_hash() == from_data(PEOPLE).content_hash()
    drafter.post(head(growth()), form | {"base": "", "wanted_personas": ["sam"], "wanted_roles": [], "bands": ""})
    assert (growth().wanted_personas, growth().wanted_roles) == (["sam"], [])


def test_a_persona_that_is_not_in_the_draft_cannot_be_wanted(drafter: Client) -> None:
    answer = drafter.post(head(growth()), {"name": "Growth", "key": "growth", "rank": "1", "wanted_personas": ["eve"]})

    assert answer.status_code == 422
    assert "There is no persona 'eve' (leave it out)." in words(answer)


@pytest.mark.parametrize("page", ["head", "criterion", "component"])
def test_facts_are_offered_by_whom_the_profile_is_about(drafter: Client, page: str) -> None:
    def facts(profile: Profile) -> dict[str, str]:
        row = {
            "criterion": Criterion.objects.filter(profile=profile, kind="must").first(),
            "component": Component.objects.filter(profile=profile).first(),
        }.get(page)
        at = [profile.pk, row.pk] if row else [profile.pk]
        return offered(drafter.get(reverse(f"admin:personas_{page}", args=at)))

    of_people, of_companies = facts(writers()), facts(growth())

    assert next(iter(of_people.values())) == "The person"
    assert (of_people["contact_persona"], of_people["employees"]) == ("The person", "Their company")
    assert "day_job_segments" not in of_people
    assert "best_contact_points" not in of_people
    assert "best_contact_points" in of_companies
    assert not [key for key, group in of_companies.items() if key.startswith("contact_") or group]


def test_a_condition_is_read_by_whom_the_profile_is_about(drafter: Client) -> None:
    def check(subject: str) -> Any:
        asked = {"condition": {"fact": "contact_persona", "any_of": ["sam"]}, "path": "when", "subject": subject}
        return drafter.post(reverse("admin:personas_condition"), json.dumps(asked), content_type="text/json").json()

    assert check("contact") == {"sentence": "Personas of the contact include sam", "faults": []}
    assert "is a fact of a person" in check("company")["faults"][0]["message"]


def test_criteria_about_a_person_are_saved_in_a_profile_of_people_only(drafter: Client) -> None:
    form = {
        "kind": "must",
        "label": "Champion",
        "when": '{"fact": "contact_is_champion", "is": true}',
    }

    for profile in (writers(), growth()):
        drafter.post(reverse("admin:personas_criterion_new", args=[profile.pk]), form)

    assert Criterion.objects.get(label="Champion").profile == writers()


class Counting:
    """Counts accounts for everybody."""

    def may(self, user: object) -> bool:
        return True

    def sample(self, *asked: object) -> counts.Sample:
        return counts.Sample([counts.Counts(1, 2, 3)], 6, every=True)

    def find(self, *asked: object) -> None:
        return None

    def start(self, *asked: object) -> counts.Whole:
        raise AssertionError("nobody asked to count all")


def test_accounts_are_not_counted_for_criteria_about_people(drafter: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts.provided, "provider", Counting())
    row = Criterion.objects.get(profile=writers(), kind="must")
    asked = {"condition": {"fact": "employees", "at_least": 5}, "subject": "contact"}
    whole = reverse("admin:personas_condition_counts")

    assert drafter.post(reverse("admin:personas_profile_counts", args=[writers().pk])).json() == {"may": False}
    assert drafter.post(whole, json.dumps(asked), content_type="text/json").json() == {"may": False}
    assert "sample" in drafter.post(whole, json.dumps(asked | {"subject": ""}), content_type="text/json").json()
    page = drafter.get(reverse("admin:personas_criterion", args=[writers().pk, row.pk]))
    assert "is not counted while you type" in words(page)
    assert "People are not counted here" in words(drafter.get(f"/admin/personas/profile/{writers().pk}/change/"))


def test_profiles_of_people_stand_apart_and_move_among_themselves(drafter: Client) -> None:
    profiles.add_profile({"key": "second", "name": "Second", "subject": "contact"}, None)
    profiles.move_profile(writers(), 1, None)
    page = drafter.get("/admin/personas/profile/")

    assert [each.key for each in page.context["profiles"]] == ["growth", "early"]
    assert [each.key for each in page.context["people"]] == ["second", "writers"]
    assert "Points for people" in words(page)
    profiles.move_profile(Profile.objects.get(key="early"), 1, None)
    assert [each.key for each in draft().profiles] == ["growth", "early"]


def test_a_golden_case_expects_no_profile_of_people(drafter: Client) -> None:
    page = drafter.get(reverse("admin:personas_case_new"))
    choices = next(each for each in page.context["fields"] if each.name == "segment").choices

    assert [key for key, _ in choices] == ["growth", "early", "none", "undecided"]
    assert "contact_persona" not in offered(page)


def test_a_persona_that_somebody_asks_for_or_wants_stays() -> None:
    pam, sam = Persona.objects.get(key="pam"), Persona.objects.get(key="sam")

    with pytest.raises(RuleError, match=r"Growth: wanted personas"):
        people.remove_persona(pam, None)
    with pytest.raises(RuleError, match=r"Whom to write to: sam"):
        people.remove_persona(sam, None)
    assert {str(each) for each in uses.uses_of_persona("sam")} == {"Whom to write to: sam", "Growth: wanted personas"}


def test_a_new_key_of_a_persona_follows_to_where_it_is_wanted_and_comes_back(drafter: Client) -> None:
    pam = Persona.objects.get(key="pam")

    people.save_persona(pam, {"key": "pat", "name": "Pat Product"}, None)
    assert growth().wanted_personas == ["pat", "sam"]
    assert draft().profiles[0].wanted_personas == ("pat", "sam")
    with pytest.raises(RuleError, match="The key is in use"):
        people.save_persona(Persona.objects.get(key="sam"), {"key": "tim", "name": "Tim"}, None)

    revisions.undo(None)
    assert growth().wanted_personas == ["pam", "sam"]
    assert Persona.objects.get(key="pam").name == "Pam Product"


def test_where_a_persona_is_used_is_said_in_words(drafter: Client) -> None:
    sam = Persona.objects.get(key="sam")
    said = words(drafter.get(reverse("admin:personas_persona_edit", args=[sam.pk])))

    assert "Whom to write to: sam Personas of the contact include sam" in said
    assert "Growth: wanted personas" in said


def test_a_copy_gives_people_points_too_and_the_text_keeps_both_kinds() -> None:
    before = draft_text()
    copy = profiles.duplicate_profile(writers(), None)

    assert (copy.subject, copy.key) == ("contact", "writers-2")
    assert [each.key for each in draft().contact_profiles] == ["writers", "writers-2"]
    save_text(before, None)
    assert draft().content_hash() == from_data(PEOPLE).content_hash()
    revisions.undo(None)
    revisions.undo(None)
    assert [each.key for each in draft().contact_profiles] == ["writers"]


def test_a_fault_in_a_profile_of_people_stands_at_its_criterion(drafter: Client) -> None:
    Criterion.objects.filter(profile=writers(), kind="must").update(condition={"fact": "contact_shoe_size", "is": 4})

    page = drafter.get(f"/admin/personas/profile/{writers().pk}/change/")

    assert "Unknown fact 'contact_shoe_size'" in words(page)
    assert "Unknown fact" not in words(drafter.get(f"/admin/personas/profile/{growth().pk}/change/")).replace(
        "must[0].when.fact: unknown fact", ""
    )
