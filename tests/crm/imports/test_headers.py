"""Columns to facts."""

from decimal import Decimal

import pytest

from crm.imports.headers import BadMapping, map_columns, read_header


@pytest.mark.parametrize(
    ("titles", "facts"),
    [
        (
            [
                "Record ID",
                "Company name",
                "Company Domain Name",
                "Country/Region",
                "Number of Employees",
                "Annual Revenue",
            ],
            ["external_id", "name", "domain", "country", "employees", "monthly_revenue"],
        ),
        (["Account ID", "Account Name", "Website", "Billing City"], ["external_id", "name", "domain", "city"]),
        (
            ["Organization - Name", "Organization - Website", "Organization - Umsatz", "Organization - Mitarbeiter"],
            ["name", "domain", "monthly_revenue", "employees"],
        ),
        (
            ["Organization Name", "Industries", "Headquarters Location", "Founded Date", "Top 5 Investors"],
            ["name", "tags", "location", "founded", "investors"],
        ),
        (["Firma", "Webseite", "Land", "Stadt", "Branche"], ["name", "domain", "country", "city", "industry"]),
        (
            ["company_id", "name", "last_round_type", "accelerator"],
            ["external_id", "name", "funding_stage", "accelerators"],
        ),
        (["StartupName", "CityLocation", "InvestorsName"], ["name", "city", "investors"]),
    ],
    ids=["hubspot", "salesforce", "pipedrive", "crunchbase", "german", "plain", "camel"],
)
def test_headers_of_other_programs_are_known(titles: list[str], facts: list[str]) -> None:
    found = map_columns(titles).columns

    assert {fact: column.positions for fact, column in found.items()} == {fact: (at,) for at, fact in enumerate(facts)}


@pytest.mark.parametrize(
    ("title", "months", "currency", "scale"),
    [
        ("Annual Revenue", 12, None, 1),
        ("MRR (EUR)", 1, "EUR", 1),
        ("monthly_revenue_usd", 1, "USD", 1),
        ("Revenue (in thousands)", None, None, 1000),
        ("Jahresumsatz (Mio. €)", 12, "EUR", 10**6),
        ("Total Funding Amount (in USD)", None, "USD", 1),
        ("AmountInUSD", None, "USD", 1),
    ],
)
def test_a_header_says_period_currency_and_scale(
    title: str, months: int | None, currency: str | None, scale: int
) -> None:
    header = read_header(title)

    assert (header.months, header.currency, header.scale) == (months, currency, Decimal(scale))


def test_columns_with_one_header_fill_each_other_in() -> None:
    assert map_columns([" Company ", "Company\u00a0", ""]).columns["name"].positions == (0, 1)


def test_of_two_headers_of_one_fact_the_more_telling_is_taken_and_the_other_told() -> None:
    mapping = map_columns(["Company Name for Emails", "Company Name"])

    assert mapping.columns["name"].positions == (1,)
    assert mapping.left == [("Company Name for Emails", "name comes from 'Company Name'")]


def test_in_a_list_of_people_their_own_city_is_not_the_companys() -> None:
    mapping = map_columns(["First Name", "City", "Record ID", "Company Name", "Company City"])

    assert {fact: column.positions for fact, column in mapping.columns.items()} == {"name": (3,), "city": (4,)}
    assert ("City", "says something about First Name") in mapping.left


def test_the_latest_round_is_not_the_total() -> None:
    assert "funding_total" not in map_columns(["Company", "Latest Funding Amount"]).columns


def test_dates_and_currencies_belong_to_their_facts() -> None:
    mapping = map_columns(["Company", "employees", "employees_as_of", "Total Funding", "Total Funding Currency"])

    assert mapping.observed == {"employees": (2,)}
    assert mapping.currencies == {"funding_total": (4,)}


def test_a_person_can_say_what_a_column_is() -> None:
    mapping = map_columns(
        ["Kunde X", "Company", "Revenue"],
        chosen={"kunde x": "name", "Revenue": "annual_revenue*1000"},
        ignored=["Company"],
    )

    assert mapping.columns["name"].positions == (0,)
    assert mapping.columns["monthly_revenue"].header.months == 12
    assert mapping.columns["monthly_revenue"].header.scale == 1000
    assert mapping.left == [("Company", "ignored as told")]


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"Compny": "name"}, "did you mean 'Company'"),
        ({"Company": "employes"}, "did you mean 'employees'"),
        ({"Company": "revenue*many"}, "whole number"),
        ({"Company": "city"}, "no column holds the names"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_what_would_do(chosen: dict[str, str], message: str) -> None:
    with pytest.raises(BadMapping, match=message):
        map_columns(["Company", "Revenue"], chosen=chosen)
