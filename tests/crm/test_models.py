"""What the database refuses, whoever writes."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from crm.models import Company, CompanyDomain, Contact, Deal, Fit, Investor
from tests.factories import company

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "columns",
    [
        {"domain": "https://example.com"},
        {"domain": "Example.com"},
        {"domain": "localhost"},
        {"employees_low": 50, "employees_high": 11},
        {"monthly_revenue_usd_low": -1},
        {"founded": 99},
        {"name": ""},
    ],
    ids=str,
)
def test_a_company_that_cannot_be_is_refused(columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        company(**columns)


def test_a_domain_belongs_to_one_company() -> None:
    company(domain="example.com")

    with pytest.raises(IntegrityError), transaction.atomic():
        company(domain="example.com")


def test_companies_without_a_domain_are_many() -> None:
    company(), company()

    assert Company.objects.filter(domain=None).count() == 2


def test_a_further_domain_belongs_to_one_company_too() -> None:
    CompanyDomain.objects.create(company=company(), domain="example.com")

    with pytest.raises(IntegrityError), transaction.atomic():
        CompanyDomain.objects.create(company=company(), domain="example.com")


def test_an_empty_text_is_stored_as_unknown() -> None:
    row = company(city="", industry="")

    row.refresh_from_db()

    assert (row.city, row.industry) == (None, None)


def test_an_empty_text_written_past_the_model_is_refused() -> None:
    row = company(city="Berlin")

    with pytest.raises(IntegrityError), transaction.atomic():
        Company.objects.filter(pk=row.pk).update(country="")


def test_an_address_typed_into_a_form_becomes_the_registrable_domain() -> None:
    row = Company(name="Acme", domain="https://www.blog.acme.co.uk/about")

    row.full_clean(exclude=["name_key"])

    assert row.domain == "acme.co.uk"


@pytest.mark.parametrize("text", ["https://www.linkedin.com/company/acme", "gmail.com", "not a domain"])
def test_what_is_no_companys_domain_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ValidationError) as error:
        Company(name="Acme", domain=text).full_clean(exclude=["name_key"])

    assert "domain" in error.value.message_dict


def test_two_spellings_of_a_name_share_a_key() -> None:
    assert company(name="Acme, Inc.").name_key == company(name="ACME").name_key


def test_an_investor_keeps_its_key_when_made_in_bulk() -> None:
    Investor.objects.bulk_create([Investor(name="Sequoia Capital, LLC")])

    assert Investor.objects.get().name_key == "sequoia capital"


def test_one_address_is_one_contact_whatever_its_case() -> None:
    Contact.objects.create(name="A", email="a@example.com")

    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.create(name="B", email="A@Example.com")


def test_an_amount_without_a_currency_is_refused() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Deal.objects.create(company=company(), name="Deal", amount=5, opened_on="2026-01-01")


def test_a_fit_never_claims_facts_it_has_not_seen() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Fit.objects.create(company=company(), facts_rev=1, scored_facts_rev=2)
