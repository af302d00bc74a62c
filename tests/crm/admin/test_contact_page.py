"""The page of a contact: who they are to us, why, and correcting it."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from crm.job_titles import match_titles
from crm.models import Contact, Fit
from crm.scoring.drain import rescore_all
from personas.publishing import active_ruleset, save_draft
from tests.crm.admin.test_company import text_of
from tests.factories import SEGMENTS, company, contact, member, now, ruleset

pytestmark = pytest.mark.django_db

RULES = SEGMENTS | {
    "personas": [
        {
            "key": "sam", "name": "Sam", "tier": "primary", "story": "Sam builds.", "buying_roles": ["decision_maker"],
            "titles": ["senior engineer", "product engineer"], "exclude": ["sales engineer"],
            "statements": [
                {"kind": "goal", "text": "Ship it"},
                {"kind": "deal_maker", "text": "Runs in an hour"},
                {"kind": "deal_breaker", "text": "A call first"},
            ],
        },
        {"key": "pam", "name": "Pam", "tier": "primary", "titles": ["product engineer"]},
    ]
}  # fmt: skip


@pytest.fixture
def rep(client: Client) -> User:
    """Somebody of sales, who is signed in; the rules are published."""
    save_draft(ruleset(RULES).document())
    user = member("rep", "Sales", "North")
    client.force_login(user)
    return user


def page_of(person: Contact) -> str:
    return reverse("admin:crm_contact_change", args=[person.pk])


def shown(client: Client, person: Contact) -> str:
    match_titles(active_ruleset().document())
    return text_of(client, page_of(person))


def correct(client: Client, person: Contact, persona: str, was: str = "") -> Any:
    address = reverse("admin:crm_contact_persona", args=[person.pk])
    return client.post(address, {"persona": persona, "was": was}, follow=True)


def test_a_certain_persona_comes_with_what_to_say_and_what_to_avoid(client: Client, rep: User) -> None:
    said = shown(client, contact(company(owner=rep), "Senior Engineer"))

    for each in (
        "By the job title", "Sam builds.", "Decision maker", "Ship it", "Runs in an hour", "A call first",
        "The title “Senior Engineer” fits “senior engineer” on the list of Sam.",
    ):  # fmt: skip
        assert each in said, each
    assert "Open persona" in said


def test_an_ambiguous_title_says_what_would_settle_it(client: Client, rep: User) -> None:
    said = shown(client, contact(company(owner=rep), "Product Engineer"))

    assert "Sam or Pam" in said
    assert "Choose which of them this person is" in said


@pytest.mark.parametrize(
    ("title", "words"),
    [
        (None, "The job title is not known"),
        ("Gardener", "No persona fits the title “Gardener”."),
        ("Sales Engineer", "It is never Sam: “sales engineer” is on the list of what they are not."),
        ("Intern to the CTO", "“Intern” says that they are not that yet."),
        ("–", "The title “–” has no words."),
    ],
)
def test_without_a_persona_the_page_says_why(client: Client, rep: User, title: str | None, words: str) -> None:
    assert words in shown(client, contact(company(owner=rep), title))


def test_the_page_names_the_words_that_say_so_and_what_else_the_title_says(client: Client, rep: User) -> None:
    said = shown(client, contact(company(owner=rep), "Sr. Eng., formerly Product Manager"))

    for each in ("fits “senior engineer” on the list of Sam, by “Sr. Eng.”", "“formerly” says what they were."):
        assert each in said, each


def test_a_title_that_was_not_read_yet_is_not_said_to_fit_nobody(client: Client, rep: User) -> None:
    person = contact(company(owner=rep), "Senior Engineer")

    said = text_of(client, page_of(person))

    assert "has not been read yet" in said
    assert "No persona fits" not in said


def test_somebody_who_refused_is_marked_plainly(client: Client, rep: User) -> None:
    assert "Do not contact" in shown(client, contact(company(owner=rep), "Senior Engineer", consent="refused"))


def test_a_correction_counts_for_this_contact_is_kept_and_scores_the_account(
    client: Client, rep: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    ruleset(RULES | {"profiles": [{"key": "only", "name": "Only", "rank": 1, "must": [
        {"key": "pam", "when": {"fact": "personas", "any_of": ["pam"]}}]}]})  # fmt: skip
    account = company(owner=rep)
    person, other = contact(account, "Product Engineer", name="Kim"), contact(account, "Product Engineer")
    rescore_all(at=now())

    with django_capture_on_commit_callbacks(execute=True):
        response = correct(client, person, "pam")

    assert "Kim is Pam from now on." in response.content.decode()
    person.refresh_from_db()
    other.refresh_from_db()
    assert (person.persona, other.persona) == ("pam", None)
    assert Fit.objects.get(pk=account.pk).segment == "only"
    assert [(row.persona, row.history_user) for row in person.history.all()] == [("pam", rep), (None, None)]
    assert "Decided by a person, for this contact only." in shown(client, person)


def test_a_correction_is_taken_back(client: Client, rep: User) -> None:
    person = contact(company(owner=rep), "Product Engineer", persona="pam")

    correct(client, person, "", was="pam")

    person.refresh_from_db()
    assert person.persona is None


def test_a_stale_form_does_not_overwrite_what_somebody_else_decided(client: Client, rep: User) -> None:
    person = contact(company(owner=rep), "Product Engineer", persona="sam")

    response = correct(client, person, "pam", was="")

    assert "somebody else changed the persona" in response.content.decode()
    person.refresh_from_db()
    assert person.persona == "sam"


def test_a_persona_that_is_not_in_the_rules_is_refused(client: Client, rep: User) -> None:
    person = contact(company(owner=rep))

    assert "Choose one of the personas" in correct(client, person, "zed").content.decode()
    person.refresh_from_db()
    assert person.persona is None


def test_only_whoever_works_the_account_corrects_it(client: Client, rep: User) -> None:
    mate, other = member("mate", "Sales", "North"), member("other", "Sales", "South")
    seen = contact(company(owner=mate, team=Group.objects.get(name="North")), "Senior Engineer")
    hidden = contact(company(owner=other), "Senior Engineer")

    assert "Save persona" not in shown(client, seen)
    assert correct(client, seen, "pam").status_code == 403
    assert correct(client, hidden, "pam").status_code == 404
    assert client.get(reverse("admin:crm_contact_persona", args=[seen.pk])).status_code == 405


def test_the_page_takes_a_fixed_number_of_queries(
    client: Client, rep: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = contact(company(owner=rep), "Product Engineer")
    match_titles(active_ruleset().document())
    client.get(page_of(person))

    with django_assert_num_queries(23):
        client.get(page_of(person))
