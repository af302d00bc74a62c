"""Which company a row is about."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from crm.models import Company, CompanyDomain, ExternalId, FactSource
from tests.crm.imports.outcome import Outcome
from tests.factories import company

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "row",
    [
        "x9,Another Name,acme.example,US",
        "e1,Another Name,,",
        ",ACME GmbH,,Germany",
        ",Acme,,",
        ",Acme,further.example,DE",
    ],
    ids=["domain", "id", "name-and-country", "name-alone", "further-domain"],
)
def test_a_row_finds_the_company_that_it_is_about(tmp_path: Path, row: str) -> None:
    acme = company(name="Acme", domain="acme.example", country="DE")
    CompanyDomain.objects.create(company=acme, domain="further.example")
    ExternalId.objects.create(company=acme, system="crm", value="e1")
    if row.startswith("x9"):
        ExternalId.objects.all().delete()

    done = Outcome(tmp_path, f"id,Company,Website,Country,Employees\n{row},25\n", "--system", "crm")

    acme.refresh_from_db()
    assert done.counts("created", "updated") == [0, 1]
    assert (acme.name, acme.domain, acme.employees_low) == ("Acme", "acme.example", 25)


@pytest.mark.parametrize(
    "row",
    [",Acme,acme.test,DE", "e2,Acme,,DE", ",Acme,,France", "e1,Beta,,DE"],
    ids=["other-domain", "other-id", "other-country", "other-name-in-another-system"],
)
def test_a_row_of_another_company_makes_another(tmp_path: Path, row: str) -> None:
    acme = company(name="Acme", domain="acme.example", country="DE")
    system = "other" if row.startswith("e1") else "crm"
    ExternalId.objects.create(company=acme, system=system, value="e1")

    done = Outcome(tmp_path, f"id,Company,Website,Country\n{row}\n", "--system", "crm")

    assert done.counts("created") == [1]


def test_a_name_that_several_companies_have_is_refused(tmp_path: Path) -> None:
    company(name="Acme", domain="acme.example")
    company(name="Acme", domain="acme.test")

    done = Outcome(tmp_path, "Company\nAcme\n")

    assert (done.status, Company.objects.count()) == (1, 2)
    assert "2 companies are called 'Acme'" in done.refused()[0]["reason"]


@pytest.mark.parametrize("ids", [("a", "b"), ("", "")], ids=["with-ids", "without-ids"])
def test_a_subsidiary_with_its_parents_domain_stays_a_company_of_its_own(tmp_path: Path, ids: tuple[str, str]) -> None:
    content = (
        f"id,Company,Website,Employees\n{ids[0]},Parent Co,parent.example,900\n{ids[1]},Daughter,parent.example,30\n"
    )

    done = Outcome(tmp_path, content)
    again = Outcome(tmp_path, content)

    assert dict(Company.objects.values_list("name", "domain")) == {"Parent Co": "parent.example", "Daughter": None}
    assert Company.objects.get(name="Daughter").employees_low == 30
    assert [row["reason"] for row in done.refused()] == ["parent.example is the domain of 'Parent Co'"]
    assert again.counts("created", "updated", "unchanged") == [0, 0, 2]


def test_one_company_under_two_ids_is_one_company(tmp_path: Path) -> None:
    done = Outcome(tmp_path, 'id,Company,Website\n1,Acme,acme.example\n2,"ACME, Inc.",http://app.acme.example/x\n')

    assert done.counts("created", "updated") == [1, 1]
    assert sorted(ExternalId.objects.values_list("value", flat=True)) == ["1", "2"]


def test_a_domain_goes_to_the_company_that_is_called_like_it(tmp_path: Path) -> None:
    content = "id,Company,Website\n1,Daughter,parent.example\n2,Parent,parent.example\n"

    done = Outcome(tmp_path, content)
    again = Outcome(tmp_path, content)

    assert dict(Company.objects.values_list("name", "domain")) == {"Parent": "parent.example", "Daughter": None}
    assert not FactSource.objects.filter(company__name="Daughter", fact="domain").exists()
    assert "now of 'Parent' and no longer of 'Daughter'" in done.text
    assert again.counts("updated", "unchanged") == [0, 2]


def test_a_domain_can_move_between_companies_that_were_there_before(tmp_path: Path) -> None:
    parent, daughter = company(name="Parent"), company(name="Daughter", domain="parent.example")
    ExternalId.objects.create(company=parent, system="import", value="2")

    Outcome(tmp_path, "id,Company,Website\n2,Parent,parent.example\n")

    parent.refresh_from_db()
    daughter.refresh_from_db()
    assert (parent.domain, daughter.domain) == ("parent.example", None)


def test_a_rejected_row_takes_no_domain(tmp_path: Path) -> None:
    daughter = company(name="Daughter", domain="parent.example")

    Outcome(tmp_path, "id,Company,Website,Employees\n2,Parent,parent.example,many\n", "--on-error", "skip")

    daughter.refresh_from_db()
    assert daughter.domain == "parent.example"


def test_a_domain_that_a_person_entered_does_not_move(tmp_path: Path) -> None:
    daughter = company(name="Daughter", domain="parent.example")
    person = User.objects.create(username="someone")
    FactSource.objects.create(company=daughter, fact="domain", source="by hand", person=person)
    ExternalId.objects.create(company=daughter, system="import", value="1")

    Outcome(tmp_path, "id,Company,Website\n2,Parent,parent.example\n")

    assert dict(Company.objects.values_list("name", "domain")) == {"Parent": None, "Daughter": "parent.example"}


def test_a_company_in_the_rows_country_comes_before_one_in_no_known_country(tmp_path: Path) -> None:
    company(name="Acme")
    german = company(name="Acme", country="DE")

    Outcome(tmp_path, "Company,Country,Employees\nAcme,Germany,25\n")

    german.refresh_from_db()
    assert german.employees_low == 25
