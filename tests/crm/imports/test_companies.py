"""Importing companies from a file."""

import gzip
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from crm.imports import companies as importing
from crm.imports import writing
from crm.imports.matching import Account
from crm.models import Company, CompanyTerm, ExchangeRate, ExternalId, FactSource, Investment, Investor
from tests.crm.imports.outcome import Outcome
from tests.factories import company, invested

pytestmark = pytest.mark.django_db


def test_a_row_becomes_a_company_with_its_facts_and_where_they_come_from(tmp_path: Path) -> None:
    content = (
        "company_id,name,domain,country,city,founded,status,employees,employees_as_of,revenue_usd,funding_total_usd,"
        "last_round_type,investors,accelerator,tags\n"
        "c1,Acme Inc.,https://www.acme.example/,USA,Austin,2014,ipo,11-50,2024-07-15,1200000,5M,series_b,"
        "North Fund;South Fund,Big Start,dev tools;saas\n"
    )

    done = Outcome(tmp_path, content, "--source", "a list of 2024")

    acme = Company.objects.get()
    assert done.status == 0
    assert done.counts("rows", "created") == [1, 1]
    assert (acme.name, acme.name_key, acme.domain, acme.country.code) == ("Acme Inc.", "acme", "acme.example", "US")
    assert (acme.city, acme.founded, acme.status, acme.funding_stage) == ("Austin", 2014, "public", "series_b")
    assert (acme.employees_low, acme.employees_high) == (11, 50)
    assert acme.monthly_revenue_usd_low == acme.monthly_revenue_usd_high == 100_000
    assert acme.funding_total_usd_low == 5_000_000
    assert acme.funding_researched_on is None
    assert {str(row.investor) for row in acme.investments.all()} == {"North Fund", "South Fund"}
    assert {(row.term.vocabulary, row.term.name) for row in acme.terms.all()} == {
        ("accelerators", "Big Start"), ("tags", "dev tools"), ("tags", "saas"),
    }  # fmt: skip
    assert str(ExternalId.objects.get()) == "import:c1"
    source = acme.fact_sources.get(fact="employees")
    assert (source.source, source.observed_on, source.stated) == ("a list of 2024", date(2024, 7, 15), "11-50")
    assert acme.fact_sources.get(fact="is_public").stated == "ipo"
    assert "rescore" in done.text


MANY = "id,Company,Website,Country,Employees,Annual Revenue,Investors,Tags\n" + "".join(
    f"{n},Firm {n},firm{n}.example,{'US' if n % 2 else 'Germany'},{n + 1},{n}00k,Fund {n % 7};Fund {n % 5},t{n % 3}\n"
    for n in range(450)
)


def test_importing_again_changes_nothing_and_writes_nothing(tmp_path: Path) -> None:
    Outcome(tmp_path, MANY)

    with CaptureQueriesContext(connection) as queries:
        again = Outcome(tmp_path, MANY)

    assert again.counts("rows", "created", "updated", "unchanged") == [450, 0, 0, 450]
    written = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE", "COPY"))]
    assert not [sql for sql in written if "crm_importrun" not in sql]


def test_an_import_takes_as_many_statements_for_many_rows_as_for_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", {"sqlite": 450, "postgresql": 450})
    lines = MANY.splitlines(keepends=True)

    with CaptureQueriesContext(connection) as few:
        Outcome(tmp_path, "".join(lines[:50]), "--system", "few")
    with CaptureQueriesContext(connection) as many:
        Outcome(tmp_path, MANY.replace("firm", "other").replace("Firm", "Other"), "--system", "many")

    assert len(many) <= len(few)


def test_names_are_made_once_in_whatever_spelling(tmp_path: Path) -> None:
    Investor.objects.create(name="North Fund")

    Outcome(tmp_path, 'Company,Investors\nAcme,"NORTH FUND, LLC;South Fund"\nBeta,South fund\n')

    assert sorted(Investor.objects.values_list("name", flat=True)) == ["North Fund", "South Fund"]
    assert Investment.objects.count() == 3


def test_an_empty_cell_erases_nothing(tmp_path: Path) -> None:
    invested(company(25, name="Acme", city="Bonn"), "North Fund")

    done = Outcome(tmp_path, "Company,City,Employees,Investors\nAcme,,N/A,\n")

    acme = Company.objects.get()
    assert (acme.city, acme.employees_low, acme.investments.count()) == ("Bonn", 25, 1)
    assert done.counts("unchanged") == [1]


@pytest.mark.parametrize(
    ("before", "row", "employees"),
    [
        (date(2024, 1, 1), "40,2023-12-31", 25),
        (date(2024, 1, 1), "40,2024-01-01", 40),
        (date(2024, 1, 1), "40,", 40),
        (None, "40,2020-01-01", 40),
    ],
    ids=["older", "as-old", "undated", "nothing-known-before"],
)
def test_an_older_observation_does_not_replace_a_newer_one(
    tmp_path: Path, before: date | None, row: str, employees: int
) -> None:
    acme = company(25, name="Acme")
    FactSource.objects.create(company=acme, fact="employees", source="before", observed_on=before)

    Outcome(tmp_path, f"Company,employees,employees_as_of\nAcme,{row}\n")

    acme.refresh_from_db()
    assert acme.employees_low == employees
    assert (acme.fact_sources.get().source == "before") is (employees == 25)


def test_a_later_observation_of_the_same_value_is_noted(tmp_path: Path) -> None:
    acme = company(25, name="Acme")
    FactSource.objects.create(company=acme, fact="employees", source="before", observed_on=date(2023, 1, 1))

    done = Outcome(tmp_path, "Company,employees,employees_as_of\nAcme,25,2024-01-01\n")

    assert acme.fact_sources.get().observed_on == date(2024, 1, 1)
    assert done.counts("updated") == [1]


def test_what_a_person_entered_stays(tmp_path: Path) -> None:
    person = User.objects.create(username="someone")
    acme = invested(company(25, name="Acme"), "North Fund")
    for fact in ("employees", "investors", "city"):
        FactSource.objects.create(company=acme, fact=fact, source="by hand", person=person)

    done = Outcome(
        tmp_path, "Company,Employees,Investors,City\nAcme,40,South Fund,Bonn\n", "--observed-on", "2024-01-01"
    )

    acme.refresh_from_db()
    assert (acme.employees_low, acme.city) == (25, None)
    assert [str(row.investor) for row in acme.investments.all()] == ["North Fund"]
    assert set(acme.fact_sources.values_list("source", "person")) == {("by hand", person.pk)}
    assert "left for what was known better 3" in done.text


def test_of_two_rows_on_one_company_the_first_counts_and_the_second_fills_in(tmp_path: Path) -> None:
    content = "Company,Website,Employees,City\nAcme,acme.example,25,\nAcme,acme.example,40,Bonn\n"

    Outcome(tmp_path, content)
    again = Outcome(tmp_path, content)

    acme = Company.objects.get()
    assert (acme.employees_low, acme.city) == (25, "Bonn")
    assert again.counts("updated", "unchanged") == [0, 2]


def test_another_currency_is_converted_and_one_without_a_rate_is_refused(tmp_path: Path) -> None:
    ExchangeRate.objects.create(currency="EUR", usd="1.25", as_of=date(2026, 1, 1))

    done = Outcome(tmp_path, "Firma;Umsatz\nAcme;1.200.000,00 €\nBeta;£2M\n")

    assert Company.objects.get(name="Acme").monthly_revenue_usd_low == 125_000
    assert Company.objects.get(name="Beta").monthly_revenue_usd_low is None
    assert done.status == 1
    assert [(row["line"], row["column"]) for row in done.refused()] == [("3", "Umsatz")]
    assert "no exchange rate of GBP" in done.refused()[0]["reason"]


def test_the_header_and_the_options_say_what_a_revenue_is_of(tmp_path: Path) -> None:
    Outcome(tmp_path, "Company,MRR\nMonthly,9000\n")
    Outcome(tmp_path, "Company,Revenue (in thousands)\nYearly,1200\n")
    Outcome(tmp_path, "Company,R\nTold,1200\n", "--map", "R=annual_revenue*1000")

    assert {c.name: c.monthly_revenue_usd_low for c in Company.objects.all()} == {
        "Monthly": 9000, "Yearly": 100_000, "Told": 100_000,
    }  # fmt: skip


BAD = "Company,Website,Employees\nAcme,acme.example,many\nBeta,beta.example,12\n"


def test_a_bad_cell_is_left_and_the_rest_of_its_row_kept(tmp_path: Path) -> None:
    done = Outcome(tmp_path, BAD)

    assert done.status == 1
    assert Company.objects.get(name="Acme").domain == "acme.example"
    (row,) = done.refused()
    assert row == {
        "line": "2", "column": "Employees", "reason": "'many' is not a number",
        "Company": "Acme", "Website": "acme.example", "Employees": "many",
    }  # fmt: skip


def test_a_row_with_a_bad_cell_can_be_skipped(tmp_path: Path) -> None:
    done = Outcome(tmp_path, BAD, "--on-error", "skip")

    assert list(Company.objects.values_list("name", flat=True)) == ["Beta"]
    assert done.counts("created", "rejected") == [1, 1]


def test_a_bad_cell_can_stop_the_import_with_nothing_of_its_chunk_written(tmp_path: Path) -> None:
    done = Outcome(tmp_path, BAD, "--on-error", "stop")

    assert (done.status, Company.objects.count()) == (1, 0)
    assert "line 2, Employees" in done.message


def test_refused_cells_are_written_so_that_no_spreadsheet_runs_them(tmp_path: Path) -> None:
    done = Outcome(tmp_path, "Company,Website,Employees\n=1+1,-x.example,@SUM(A1)\n")

    (row,) = done.refused()
    assert (row["Company"], row["Website"], row["Employees"]) == ("'=1+1", "'-x.example", "'@SUM(A1)")
    assert Company.objects.get().name == "=1+1"


def test_a_dry_run_says_what_would_happen_and_writes_nothing(tmp_path: Path) -> None:
    company(25, name="Firm 3", domain="firm3.example")

    with CaptureQueriesContext(connection) as queries:
        done = Outcome(tmp_path, MANY + "x,,y.example,,,,,\n", "--dry-run")

    assert done.status == 1
    assert done.counts("rows", "created", "updated", "rejected") == [451, 449, 1, 1]
    assert (Company.objects.count(), Investor.objects.count(), FactSource.objects.count()) == (1, 0, 0)
    assert not done.rejected.exists()
    assert all(query["sql"].startswith("SELECT") for query in queries)


@time_machine.travel("2026-03-01 12:00", tick=False)
def test_a_list_of_investors_is_complete_only_when_told_so(tmp_path: Path) -> None:
    content = "Company,Investors\nAcme,North Fund\nBeta,\n"

    Outcome(tmp_path, content, "--complete", "investors")

    assert set(Company.objects.values_list("funding_researched_on", flat=True)) == {date(2026, 3, 1)}
    assert Outcome(tmp_path, "Company\nAcme\n", "--complete", "investors").status == 2


def test_a_list_of_people_gives_their_companies(tmp_path: Path) -> None:
    done = Outcome(tmp_path, "First Name,Last Name,Company,City\nAda,L,Acme,Bonn\nAlan,T,Acme,Kiel\nGrace,H,,\n")

    assert done.status == 0
    assert done.counts("rows", "created", "unchanged", "empty") == [3, 1, 1, 1]
    assert Company.objects.get().city is None
    assert "list of something else" in done.text


def test_addresses_of_many_are_left_and_not_refused(tmp_path: Path) -> None:
    done = Outcome(tmp_path, "Company,Website\nAcme,https://linkedin.com/company/acme\nBeta,beta@gmail.com\n")

    assert done.status == 0
    assert set(Company.objects.values_list("domain", flat=True)) == {None}
    assert "nobody's own 2" in done.text


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        ("", [], "the file is empty"),
        ("Colour,Size\nred,3\n", [], "no column holds the names"),
        ("Company\nAcme\n", ["--map", "Firm=name"], "no column is called 'Firm'"),
        ("Company\nAcme\n", ["--observed-on", "2999-01-01"], "in the future"),
        ("Company\nAcme\n", ["--delimiter", "dots"], "no single character"),
        ("Company\nAcme\n", ["--rejected", "/no/such/folder/x.csv"], "--rejected"),
        (gzip.compress(b"Company\nAcme\n", mtime=0)[:15], [], "damaged"),
    ],
)
def test_what_cannot_run_says_why(tmp_path: Path, content: str | bytes, arguments: list[str], message: str) -> None:
    done = Outcome(tmp_path, content, *arguments)

    assert message in done.message
    assert Company.objects.count() == 0


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file") as caught:
        call_command("import_companies", str(tmp_path / "none.csv"))

    assert caught.value.returncode == 2


def test_terms_of_one_company_do_not_double(tmp_path: Path) -> None:
    Outcome(tmp_path, "Company,Tags\nAcme,SaaS;saas\nAcme,saas;b2b\n")

    assert CompanyTerm.objects.count() == 2


def test_a_date_in_the_future_is_refused_and_the_fact_kept(tmp_path: Path) -> None:
    done = Outcome(tmp_path, "Company,employees,employees_as_of\nAcme,25,2999-01-01\n")

    assert done.refused()[0]["reason"] == "2999-01-01 is in the future"
    assert Company.objects.get().employees_low == 25
    assert FactSource.objects.get().observed_on is None


def test_a_chunk_that_somebody_was_in_the_way_of_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = writing.write
    attempts: list[str] = []

    def disturbed(accounts: Iterable[Account]) -> None:
        attempts.append("")
        if len(attempts) == 1:
            raise IntegrityError
        write(accounts)

    monkeypatch.setattr(writing, "write", disturbed)

    done = Outcome(tmp_path, "id,Company,Website,Investors\n1,Acme,acme.example,North Fund\n")

    assert (done.status, len(attempts)) == (0, 2)
    assert [str(row.investor) for row in Investment.objects.all()] == ["North Fund"]


@pytest.mark.skipif(not connection.features.has_select_for_update, reason="SQLite has one writer")
def test_companies_are_locked_in_ascending_id(tmp_path: Path) -> None:
    company(name="Acme")

    with CaptureQueriesContext(connection) as queries:
        Outcome(tmp_path, "Company,Employees\nAcme,25\n")

    locking = [query["sql"] for query in queries if "FOR UPDATE" in query["sql"]]
    assert len(locking) == 1
    assert 'ORDER BY "crm_company"."id" ASC FOR UPDATE' in locking[0]
