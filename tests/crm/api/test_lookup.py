"""Who is behind a domain or an e-mail address."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from rest_framework.test import APIClient

from crm.models import Company, CompanyDomain, Contact, Fit
from crm.scoring.drain import rescore
from tests.crm.api.calling import integration, program
from tests.factories import company, contact, invested, now, ruleset

pytestmark = pytest.mark.django_db

LOOKUP = "/api/v1/lookup/"


def look(client: APIClient, **asked: object) -> Any:
    return client.post(LOOKUP, asked, format="json")


def test_a_domain_leads_to_its_company_and_how_well_it_fits() -> None:
    ruleset()
    acme = invested(company(20, name="Acme", domain="acme.com"), "Accel")
    rescore([acme.pk], at=now())

    said = look(program(), domain="https://www.acme.com/signup").json()

    assert (said["domain"], said["company"]["id"], said["contact"], said["created"]) == ("acme.com", acme.pk, None, [])
    assert (said["fit"]["segment"], said["fit"]["status"], said["fit"]["state"]) == ("growth", "settled", "up_to_date")
    assert said["fit"]["points"] == 10


def test_an_address_leads_to_the_contact_and_the_company_of_its_domain() -> None:
    acme = company(name="Acme", domain="acme.com")
    CompanyDomain.objects.create(company=acme, domain="acme.io")
    ada = contact(acme, "CTO", email="ada@gmail.com")

    at_work = look(program(), email="bob@ACME.io").json()
    at_home = look(program(), email="Ada@gmail.com").json()

    assert (at_work["company"]["id"], at_work["contact"]) == (acme.pk, None)
    assert (at_home["company"]["id"], at_home["contact"]["id"], at_home["contact"]["title"]) == (acme.pk, ada.pk, "CTO")
    assert (at_home["domain"], "is a mail provider" in at_home["note"]) == (None, True)


def test_who_is_not_known_is_null_and_stays_so() -> None:
    said = look(program(), domain="nobody.com").json()

    assert (said["company"], said["contact"], said["fit"]) == (None, None, None)
    assert not Company.objects.exists()


@pytest.mark.parametrize(
    ("fit", "state"),
    [({}, "never"), ({"stale_since": now(), "facts_rev": 99}, "waiting")],
    ids=["never", "waiting"],
)
def test_a_result_says_how_fresh_it_is(fit: dict[str, object], state: str) -> None:
    ruleset()
    acme = company(20, domain="acme.com")
    if fit:
        rescore([acme.pk], at=now())
        Fit.objects.filter(pk=acme.pk).update(**fit)

    assert look(program(), domain="acme.com").json()["fit"]["state"] == state


def test_without_rules_it_says_so() -> None:
    company(20, domain="acme.com")

    assert look(program(), domain="acme.com").json()["fit"]["state"] == "no_rules"


def test_a_lookup_takes_few_queries(django_assert_max_num_queries: Any) -> None:
    ruleset()
    contact(company(20, domain="acme.com"), email="ada@acme.com")
    client = program()
    look(client, email="ada@acme.com")

    with django_assert_max_num_queries(8):
        look(client, email="ada@acme.com")


@pytest.mark.django_db(transaction=True)
def test_on_demand_company_and_contact_are_made_and_scored_at_once() -> None:
    ruleset()
    found = integration()
    client = program(found)

    said = look(client, email="ada@acme.com", create=True, person="Ada", title="CTO", name="Acme").json()
    again = look(client, email="ada@acme.com", create=True).json()

    assert said["created"] == ["company", "contact"]
    assert (said["company"]["name"], said["contact"]["name"], said["contact"]["title"]) == ("Acme", "Ada", "CTO")
    assert said["contact"]["company"] == said["company"]["id"]
    assert (said["fit"]["state"], said["fit"]["ruleset"]) == ("up_to_date", 1)
    assert (again["created"], again["company"]) == ([], said["company"])
    assert Company.history.get().history_user_id == found.user_id


def test_a_company_that_cannot_be_scored_at_once_is_made_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(ids: list[int], **more: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    ruleset()
    monkeypatch.setattr("crm.rescoring.rescore", fail)

    answer = look(program(), domain="acme.com", create=True)

    assert (answer.status_code, answer.json()["created"]) == (200, ["company"])
    assert answer.json()["fit"]["state"] == "never"
    assert Company.objects.get().domain == "acme.com"


def test_nobody_is_made_of_a_mail_provider() -> None:
    said = look(program(), email="ada@gmail.com", create=True).json()

    assert (said["company"], said["created"], said["contact"]["company"]) == (None, ["contact"], None)


def test_what_is_hidden_is_not_there_and_cannot_be_made_again() -> None:
    berlin, paris = Group.objects.create(name="Berlin"), Group.objects.create(name="Paris")
    hidden = company(20, name="Secret", domain="secret.com", team=paris)
    contact(hidden, email="ada@secret.com")
    client = program(team=berlin)

    assert look(client, email="ada@secret.com").json()["company"] is None
    refused = look(client, domain="secret.com", create=True)

    assert (refused.status_code, refused.json()["detail"]) == (409, "This domain cannot be taken.")
    assert (Company.objects.count(), Contact.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({}, ""),
        ({"domain": "a.com", "email": "a@a.com"}, ""),
        ({"domain": "10.0.0.1"}, "/domain"),
        ({"domain": "nonsense"}, "/domain"),
        ({"email": "nobody"}, "/email"),
        ({"domain": "a.com", "creat": True}, "/creat"),
        ({"domain": 5.5}, "/domain"),
        ({"domain": "a.com", "create": "perhaps"}, "/create"),
    ],
)
def test_what_is_no_question_is_refused(asked: dict[str, object], pointer: str) -> None:
    refused = look(program(), **asked)

    assert (refused.status_code, [each["pointer"] for each in refused.json()["errors"]]) == (400, [pointer])


@pytest.mark.parametrize(
    ("scopes", "asked", "missing"),
    [
        (["scores:read"], {"domain": "a.com"}, "companies:read"),
        (["companies:read"], {"domain": "a.com"}, "scores:read"),
        (["companies:read", "scores:read"], {"email": "a@a.com"}, "contacts:read"),
        (["companies:read", "scores:read"], {"domain": "a.com", "create": True}, "companies:write"),
        (
            ["companies:read", "scores:read", "contacts:read", "companies:write"],
            {"email": "a@a.com", "create": True},
            "contacts:write",
        ),
    ],
)
def test_each_part_needs_its_scope(scopes: list[str], asked: dict[str, object], missing: str) -> None:
    refused = look(program(scopes=scopes), **asked)

    assert (refused.status_code, refused.json()["detail"]) == (403, f"This key lacks the scope {missing}.")
    assert not Company.objects.exists()
