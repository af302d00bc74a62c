"""Whatever changes a fact marks the companies concerned, by whichever way it is written, and no others."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from crm.checks import check_marks, unmarked_tables
from crm.facts import FlagSource
from crm.models import (
    Activity,
    Attribute,
    Company,
    CompanyTerm,
    Contact,
    ContactFit,
    ContactMove,
    Deal,
    Employer,
    Employment,
    FactSource,
    Fit,
    Investment,
    Investor,
    JobTitle,
    Override,
    Term,
    TitlePersona,
)
from crm.scoring import marks
from crm.scoring.dialect import postgresql
from crm.scoring.reads import ROUTES, reads, statements
from crm.scoring.ripples import spread
from crm.scoring.triggers import triggers
from tests.factories import company, contact, invested, now, termed, worked

pytestmark = pytest.mark.django_db(transaction=True)


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def accounts() -> tuple[Company, Company, Company]:
    """Two accounts with facts of every kind, and one beside them."""
    one, other, bystander = company(5), company(5), company(5)
    for account in (one, bystander):
        invested(account, f"Investor of {account.pk}")
        termed(account, "tags", f"Tag of {account.pk}")
        worked(contact(account, f"Title of {account.pk}"), f"Employer of {account.pk}")
        title = JobTitle.objects.get(text=f"Title of {account.pk}")
        TitlePersona.objects.create(title=title, persona="pam")
        Attribute.objects.create(company=account, fact="seats", low=1, high=1)
        FactSource.objects.create(company=account, fact="seats", source="survey", observed_on="2026-01-01")
        Deal.objects.create(company=account, name="Deal", opened_on="2026-01-01")
        Activity.objects.create(company=account, kind="call", summary="Call")
    spread()
    return one, other, bystander


def first(account: Company) -> Contact:
    return Contact.objects.get(company=account)


def saved(account: Company, **columns: object) -> None:
    for name, value in columns.items():
        setattr(account, name, value)
    account.save()


CHANGES: dict[str, Callable[[Company, Company], object]] = {
    "save": lambda one, other: saved(one, employees_low=6, employees_high=6),
    "update": lambda one, other: Company.objects.filter(pk=one.pk).update(country="DE"),
    "bulk_update": lambda one, other: Company.objects.bulk_update(
        [Company(pk=one.pk, city="Berlin"), Company(pk=other.pk, city=None)], ["city"]
    ),
    "bulk_create that updates": lambda one, other: Company.objects.bulk_create(
        [Company(pk=one.pk, name="Same", founded=1999)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["founded"],
    ),
    "raw SQL": lambda one, other: sql(f"UPDATE crm_company SET status = 'public' WHERE id = {one.pk}"),
    "investor added": lambda one, other: invested(one, "Accel"),
    "investment ended": lambda one, other: Investment.objects.filter(company=one).delete(),
    "investor renamed": lambda one, other: Investor.objects.filter(investments__company=one).update(name="Sequoia"),
    "investor deleted": lambda one, other: Investor.objects.filter(investments__company=one).delete(),
    "terms added in bulk": lambda one, other: CompanyTerm.objects.bulk_create(
        [CompanyTerm(company=one, term=Term.objects.create(vocabulary="tags", name="b2b"))]
    ),
    "term renamed": lambda one, other: Term.objects.filter(companies__company=one).update(name="b2c"),
    "contact added": lambda one, other: contact(one),
    "contact deleted": lambda one, other: first(one).delete(),
    "contact followed": lambda one, other: Contact.objects.filter(company=one).update(followers=9),
    "persona decided": lambda one, other: Contact.objects.filter(company=one).update(persona="sam"),
    "title matched": lambda one, other: JobTitle.objects.filter(contacts__company=one).update(result="match"),
    "title's persona changed": lambda one, other: TitlePersona.objects.filter(title__contacts__company=one).delete(),
    "roles decided": lambda one, other: Contact.objects.filter(company=one).update(roles="user"),
    "champion noted": lambda one, other: Contact.objects.filter(company=one).update(is_champion=True),
    "move noted": lambda one, other: ContactMove.objects.create(
        contact=first(one), company=one, direction="joined", was_champion=True, happened_on=date(2026, 2, 2)
    ),
    "contact scored": lambda one, other: ContactFit.objects.create(
        contact=first(one), company=one, ruleset=1, cells="0", status="exact", place=0
    ),
    "former employer added": lambda one, other: worked(first(one), "Stripe"),
    "former employer renamed": lambda one, other: Employer.objects.filter(employments__contact__company=one).update(
        name="Stripe"
    ),
    "employment ended": lambda one, other: Employment.objects.filter(contact__company=one).delete(),
    "attribute changed": lambda one, other: Attribute.objects.filter(company=one).update(high=3),
    "attribute gone": lambda one, other: Attribute.objects.filter(company=one).delete(),
    "observed on another day": lambda one, other: FactSource.objects.filter(company=one).update(
        observed_on=date(2026, 2, 2)
    ),
    "deal closed": lambda one, other: Deal.objects.filter(company=one).update(stage="won", closed_on="2026-02-02"),
    "activity logged": lambda one, other: Activity.objects.create(company=one, kind="note", summary="Note"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_change_marks_its_company_and_no_other(
    change: Callable[[Company, Company], object], accounts: tuple[Company, Company, Company]
) -> None:
    one, other, bystander = accounts
    before = dict(Fit.objects.values_list("pk", "facts_rev"))

    change(one, other)
    spread()

    after = dict(Fit.objects.values_list("pk", "facts_rev"))
    assert after[one.pk] > before[one.pk]
    assert (after[other.pk], after[bystander.pk]) == (before[other.pk], before[bystander.pk])


def test_every_table_that_facts_are_read_from_is_in_the_list_of_changes() -> None:
    changed_here = {
        *("crm_activity", "crm_attribute", "crm_company", "crm_companyterm", "crm_contact", "crm_deal"),
        *("crm_employer", "crm_employment", "crm_factsource", "crm_investment", "crm_investor", "crm_jobtitle"),
        *("crm_term", "crm_titlepersona", "crm_contactfit", "crm_contactmove"),
    }

    assert set(reads()) == changed_here | {"crm_fit", "crm_override"}


def test_a_new_company_waits_to_be_scored_from_its_first_moment() -> None:
    Company.objects.bulk_create([Company(name="One"), Company(name="Other")])
    sql("INSERT INTO crm_company (name, name_key, notes, created_at, updated_at) VALUES ('Raw', 'raw', '', "
        "'2026-01-01', '2026-01-01')")  # fmt: skip

    assert Fit.objects.filter(stale_since__isnull=False, facts_rev=1, scored_facts_rev=0).count() == 3


def test_a_contact_who_moves_marks_both_companies(accounts: tuple[Company, Company, Company]) -> None:
    one, other, _ = accounts
    before = dict(Fit.objects.values_list("pk", "facts_rev"))

    Contact.objects.filter(company=one).update(company=other)

    after = dict(Fit.objects.values_list("pk", "facts_rev"))
    assert {pk for pk in after if after[pk] > before[pk]} == {one.pk, other.pk}


def test_what_no_fact_reads_marks_nothing(accounts: tuple[Company, Company, Company]) -> None:
    before = dict(Fit.objects.values_list("pk", "facts_rev"))

    Company.objects.update(notes="Called twice", name="Other")
    Contact.objects.update(name="Someone")
    Company.objects.update(employees_low=5, employees_high=5)
    FactSource.objects.update(source="elsewhere")

    assert dict(Fit.objects.values_list("pk", "facts_rev")) == before


def test_a_person_who_sets_the_segment_marks_the_account(django_user_model: type) -> None:
    account = company(5)
    author = django_user_model.objects.create(username="rep")  # type: ignore[attr-defined]

    override = Override.objects.create(
        company=account, segment="growth", reason="Named", author=author, expires_on="2999-01-01"
    )
    set_rev = Fit.objects.get().facts_rev
    override.delete()

    assert (set_rev, Fit.objects.get().facts_rev) == (2, 3)


def test_the_segment_of_an_employer_marks_the_accounts_of_those_with_a_day_job_there() -> None:
    project, employer, bystander = company(1), company(50), company(1)
    worked(contact(project), "Employer", "day_job", employer)
    worked(contact(bystander), "Former", "previous", employer)
    spread()
    before = dict(Fit.objects.values_list("pk", "facts_rev"))

    Fit.objects.filter(company=employer).update(effective_segment="growth")
    spread()

    after = dict(Fit.objects.values_list("pk", "facts_rev"))
    assert {pk for pk in after if after[pk] > before[pk]} == {project.pk}


def test_a_mark_is_undone_with_the_change_that_made_it() -> None:
    account = company(5)

    with transaction.atomic():
        Company.objects.filter(pk=account.pk).update(country="DE")
        transaction.set_rollback(True)

    assert Fit.objects.get().facts_rev == 1


def test_a_mark_keeps_since_when_the_account_waits_and_ends_waiting_for_the_next_try() -> None:
    account = company(5)
    since = Fit.objects.get().stale_since
    Fit.objects.update(failures=3, failure="ValueError", retry_at=now())

    Company.objects.filter(pk=account.pk).update(country="DE")

    fit = Fit.objects.get()
    assert (fit.stale_since, fit.retry_at, fit.failures) == (since, None, 3)


@pytest.mark.skipif("config.getoption('database') != 'postgres'", reason="SQLite has no TRUNCATE")
def test_an_emptied_table_marks_everything() -> None:
    account = invested(company(5), "Accel")
    before = Fit.objects.get(company=account).facts_rev

    sql("TRUNCATE crm_investment")

    assert Fit.objects.get(company=account).facts_rev == before + 1


@pytest.mark.parametrize("stamp", ["facts_rev", "scored_facts_rev", "scored_ruleset", "scored_engine"])
def test_a_stamp_never_decreases(stamp: str) -> None:
    company(5)
    Fit.objects.update(facts_rev=9, scored_facts_rev=8, scored_ruleset=7, scored_engine=6)

    with pytest.raises(IntegrityError, match="never decreases"):
        Fit.objects.update(**{stamp: 5})


def test_no_result_is_stale_without_saying_since_when() -> None:
    company(5)

    with pytest.raises(IntegrityError):
        Fit.objects.update(stale_since=None)


# Installation


def drop_one() -> None:
    sql("DROP TRIGGER crm_mark_update ON crm_contact" if postgresql() else "DROP TRIGGER crm_mark_contact_update")


def test_a_missing_trigger_is_told_and_refuses_to_start() -> None:
    drop_one()

    assert any("crm_contact is missing" in fault for fault in marks.faults())
    assert [each.id for each in check_marks(None, databases=["default"])] == ["crm.W005"]
    with pytest.raises(ImproperlyConfigured, match=r"manage\.py migrate"):
        marks.require()
    marks.install()


def test_migrate_puts_a_missing_trigger_back_and_looks_at_everything_again() -> None:
    account = company(5)
    drop_one()

    call_command("migrate", verbosity=0)

    assert marks.faults() == []
    assert Fit.objects.get(company=account).facts_rev == 2


def test_installing_again_changes_nothing() -> None:
    company(5)

    assert marks.install() is False
    assert Fit.objects.get().facts_rev == 1


@pytest.mark.skipif("config.getoption('database') != 'postgres'", reason="SQLite keeps no functions")
def test_a_trigger_that_is_switched_off_or_altered_is_told() -> None:
    sql("ALTER TABLE crm_contact DISABLE TRIGGER crm_mark_update")
    sql(
        "CREATE OR REPLACE FUNCTION crm_mark_deal_update() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
    )

    faults = marks.faults()
    marks.install()

    assert faults == [
        "The trigger crm_mark_update on crm_contact is switched off.",
        "The trigger crm_mark_update on crm_deal is out of date.",
    ]
    assert marks.faults() == []


def test_companies_from_before_the_triggers_get_a_fit() -> None:
    marks.remove()
    account = company(5)
    assert not Fit.objects.exists()

    marks.install()

    assert Fit.objects.get(company=account).stale_since is not None


# The catalogue


def test_a_fact_read_from_a_table_that_nobody_routes_stops_the_start() -> None:
    assert [each.id for each in unmarked_tables([*reads(), "crm_moon"])] == ["crm.E004"]


def test_a_new_fact_brings_its_columns_by_being_written() -> None:
    source = FlagSource("CASE WHEN c.notes <> '' THEN 1 END")

    assert "c.notes" in " ".join(statements({"has_notes": source}))


def test_every_table_with_a_route_has_triggers() -> None:
    assert {each.table for each in triggers()} == set(ROUTES)
