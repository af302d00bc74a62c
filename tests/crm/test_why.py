"""`manage.py why` says in words how a company or a contact scores."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from crm.scoring.drain import rescore
from tests.factories import company, contact, ruleset

pytestmark = pytest.mark.django_db

PEOPLE = {
    "format": 1,
    "profiles": [
        {"key": "card"},
        {
            "key": "writer",
            "name": "Whom to write to",
            "subject": "contact",
            "components": [
                {
                    "key": "who",
                    "label": "Who it is",
                    "rows": [
                        {"key": "founder", "label": "Founder", "when": {"fact": "contact_is_founder", "is": True},
                         "points": 5},
                        {"key": "size", "label": "Size", "when": {"fact": "employees", "at_least": 15}, "points": 2},
                    ],
                }
            ],
        },
    ],
}  # fmt: skip


def why(wanted: str) -> str:
    out = StringIO()
    call_command("why", wanted, stdout=out)
    return out.getvalue()


def test_a_contact_is_told_by_the_e_mail_address_with_every_line() -> None:
    ruleset(PEOPLE)
    account = company(20, name="Acme")
    contact(account, name="Ann", email="ann@acme.example")

    behind = why("Ann@acme.example")
    rescore([account.pk], at=timezone.now())
    said = why("ann@acme.example")

    assert "Whom to write to: 2 to 7; what is stored is behind" in behind
    assert said.splitlines()[:2] == ["Ann (ann@acme.example), at Acme", "  Whom to write to: 2 to 7"]
    assert "yes 2 of 2 Size | Employees: 20 people" in [" ".join(line.split()) for line in said.splitlines()]
    assert "Is a founder: settles Whom to write to, whatever the answer" in said


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("nobody@acme.example", "no contact has the e-mail address"),
        ("alone@acme.example", "this contact is at no company"),
    ],
)
def test_a_contact_without_points_is_refused_in_words(email: str, said: str) -> None:
    ruleset(PEOPLE)
    contact(None, email="alone@acme.example")

    with pytest.raises(CommandError, match=said):
        why(email)


def test_without_profiles_of_people_nobody_has_points() -> None:
    ruleset()
    contact(company(), email="ann@acme.example")

    with pytest.raises(CommandError, match="the rules have no profiles of people"):
        why("ann@acme.example")
