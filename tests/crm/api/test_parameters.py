"""What stands behind the question mark of a call that is no list: nothing that is not known is passed over."""

from typing import Any

import pytest

from crm.models import Activity, Company, Deal, Investor
from personas.models import ListEntry
from personas.publishing import publish, save_draft
from personas.rules.document import from_data
from tests.factories import SEGMENTS, company, now

from .calling import program

pytestmark = pytest.mark.django_db


@pytest.fixture
def there() -> dict[str, int]:
    """The ids of one record of each kind."""
    document = from_data(SEGMENTS)
    save_draft(document)
    publish(document)
    acme = company(name="Acme", domain="acme.com")
    return {
        "company": acme.pk,
        "investor": Investor.objects.create(name="Accel").pk,
        "deal": Deal.objects.create(company=acme, name="First", opened_on=now().date()).pk,
        "task": Activity.objects.create(company=acme, kind="task", summary="Call").pk,
        "entry": ListEntry.objects.get(name="Accel").pk,
    }


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("post", "companies/", {"name": "Beta"}),
        ("patch", "companies/{company}/", {"name": "Beta"}),
        ("delete", "companies/{company}/", None),
        ("post", "investors/", {"name": "Beta"}),
        ("patch", "investors/{investor}/", {"name": "Beta"}),
        ("delete", "investors/{investor}/", None),
        ("post", "deals/", {"name": "Beta", "company": "{company}"}),
        ("delete", "deals/{deal}/", None),
        ("post", "activities/", {"kind": "note", "summary": "Beta", "company": "{company}"}),
        ("patch", "activities/{task}/", {"done_at": "2026-01-01T12:00:00Z"}),
        ("post", "lists/leading/entries/", {"name": "Beta"}),
        ("patch", "lists/leading/entries/{entry}/", {"name": "Beta"}),
        ("delete", "lists/leading/entries/{entry}/", None),
        ("post", "companies/bulk/", [{"name": "Beta"}]),
        ("post", "companies/jobs/", [{"name": "Beta"}]),
        ("post", "lookup/", {"domain": "beta.com", "create": True}),
        ("post", "rulesets/", {"draft": True, "base": 1, "note": "x"}),
        ("post", "rulesets/1/activate/", {"base": 1}),
        ("get", "companies/{company}/", None),
        ("get", "companies/{company}/fit/", None),
        ("get", "lists/leading/entries/{entry}/", None),
        ("get", "rulesets/1/", None),
        ("get", "rulesets/draft/", None),
        ("get", "rulesets/1/text/", None),
        ("get", "rulesets/draft/text/", None),
        ("get", "rulesets/1/changes/", None),
        ("get", "rulesets/draft/changes/", None),
        ("get", "worklist/", None),
    ],
)
def test_a_parameter_that_the_call_does_not_know_is_refused_and_nothing_is_done(
    there: dict[str, int], method: str, address: str, body: Any
) -> None:
    if isinstance(body, dict) and "company" in body:
        body = body | {"company": there["company"]}
    before = (Company.objects.count(), Investor.objects.count(), ListEntry.objects.count())

    answer = getattr(program(), method)(f"/api/v1/{address.format(**there)}?soruce=x", body, format="json")

    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["parameter"] == "soruce"
    assert (Company.objects.count(), Investor.objects.count(), ListEntry.objects.count()) == before
    assert Activity.objects.get().done_at is None


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("post", "companies/"),
        ("patch", "investors/{investor}/"),
        ("get", "rulesets/draft/"),
        ("get", "rulesets/draft/changes/"),
    ],
)
def test_a_field_that_there_is_not_cannot_be_asked_for(there: dict[str, int], method: str, address: str) -> None:
    body = None if method == "get" else {"name": "Beta"}

    answer = getattr(program(), method)(f"/api/v1/{address.format(**there)}?fields=nope", body, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "fields")
