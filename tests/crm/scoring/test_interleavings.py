"""Orders of events that rarely happen by chance, brought about on a real database."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from crm.job_titles import fingerprint
from crm.models import (
    Company,
    Contact,
    Employer,
    Employment,
    Fit,
    FitChange,
    Investment,
    Investor,
    JobTitle,
    Ripple,
    TitlePersona,
)
from crm.scoring.drain import Run, drain, rescore
from crm.scoring.freshness import freshness
from crm.scoring.ripples import spread
from crm.scoring.write import Written
from personas.publishing import active_ruleset, publish
from personas.rules.document import from_data
from personas.rules.stored_result import StoredResult
from tests.factories import SEGMENTS, company, contact, invested, now, ruleset

pytestmark = pytest.mark.django_db(transaction=True)

only_postgres = pytest.mark.skipif(
    "config.getoption('database') != 'postgres'", reason="SQLite lets nobody begin to write before the last has ended"
)
Results = tuple[list[tuple[str, StoredResult]], int]


def elsewhere(work: Callable[[], Any]) -> Any:
    """What the work gave, done in another thread with a connection of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(in_its_own_connection, work).result(30)


def in_its_own_connection(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connections.close_all()


def between_read_and_write(monkeypatch: pytest.MonkeyPatch, *works: Callable[[], Any]) -> None:
    """The first runs that have read and not yet written wait until the works, one for each, are done elsewhere."""
    results = Run.results
    left = list(works)

    def held_up(self: Run, at: Any) -> Results:
        if left:
            elsewhere(left.pop(0))
        return results(self, at)

    monkeypatch.setattr(Run, "results", held_up)


def drained() -> Written:
    return drain(lane=0, lanes=1, at=now(), until=lambda: False)


def edit(account: Company, size: int) -> None:
    Company.objects.filter(pk=account.pk).update(employees_low=size, employees_high=size)


def fit(account: Company) -> Fit:
    return Fit.objects.get(company=account)


def stale(account: Company) -> bool:
    return Fit.objects.stale(active_ruleset().number, now()).filter(company=account).exists()


def history(account: Company) -> list[tuple[str | None, str | None]]:
    """From which segment to which, the oldest first."""
    changes = FitChange.objects.filter(company=account).order_by("pk")
    return list(changes.values_list("segment_before", "segment_after"))


# Reading and writing


def test_an_edit_between_read_and_write_leaves_the_account_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    account = invested(company(20), "Accel")
    between_read_and_write(monkeypatch, lambda: edit(account, 5))

    rescore([account.pk], at=now())

    found = fit(account)
    assert (found.segment, found.scored_facts_rev < found.facts_rev, stale(account)) == ("growth", True, True)
    drained()
    assert (fit(account).segment, stale(account)) == ("early", False)


def test_a_drain_goes_on_until_what_was_edited_under_its_hands_is_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    account = invested(company(20), "Accel")
    between_read_and_write(monkeypatch, lambda: edit(account, 5), lambda: edit(account, 30), lambda: edit(account, 6))

    drained()

    assert (fit(account).segment, stale(account)) == ("early", False)
    assert history(account)[-1] == ("growth", "early")


def test_the_slower_of_two_drains_does_not_write_over_the_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    account = invested(company(20), "Accel")

    def overtake() -> None:
        edit(account, 5)
        rescore([account.pk], at=now())

    between_read_and_write(monkeypatch, overtake)

    done = rescore([account.pk], at=now())

    assert done == Written()
    assert (fit(account).segment, stale(account)) == ("early", False)
    assert history(account) == [(None, "early")]


def test_two_drains_that_saw_the_same_leave_one_change(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    account = company(5)
    rescore([account.pk], at=now())
    edit(account, 600)
    between_read_and_write(monkeypatch, lambda: rescore([account.pk], at=now()))

    rescore([account.pk], at=now())

    assert history(account) == [(None, "early"), ("early", None)]


def test_a_publication_between_read_and_write_leaves_the_account_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    account = company(20)
    between_read_and_write(monkeypatch, lambda: publish(from_data(without_size_limit())))

    rescore([account.pk], at=now())

    assert stale(account)
    drained()
    assert (fit(account).segment, stale(account)) == ("early", False)


def test_a_result_of_older_rules_does_not_write_over_one_of_newer_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    account = company(20)

    def publish_and_score() -> None:
        publish(from_data(without_size_limit()))
        rescore([account.pk], at=now())

    between_read_and_write(monkeypatch, publish_and_score)

    done = rescore([account.pk], at=now())

    assert done == Written()
    assert (fit(account).segment, stale(account)) == ("early", False)


def without_size_limit() -> dict[str, Any]:
    """Rules by which any company of known size is in the segment early."""
    early = {"key": "early", "rank": 1, "must": [{"key": "any", "when": {"fact": "employees", "at_least": 0}}]}
    return SEGMENTS | {"profiles": [early]}


def test_a_result_of_an_earlier_day_does_not_write_over_one_of_a_later_day(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset(must=[{"key": "touched", "when": {"fact": "last_activity", "within_days": 30}}])
    account = company()
    today = now()
    account.activities.create(kind="call", summary="Call", happened_at=today - timedelta(days=30))
    tomorrow = today + timedelta(days=1)
    between_read_and_write(monkeypatch, lambda: rescore([account.pk], at=tomorrow))

    done = rescore([account.pk], at=today)

    assert done == Written()
    assert (fit(account).segment, fit(account).seen_at) == (None, tomorrow)


def test_a_company_deleted_between_read_and_write_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    account, other = company(5), company(5)
    between_read_and_write(monkeypatch, account.delete)

    rescore([account.pk, other.pk], at=now())

    assert list(Fit.objects.values_list("company", "segment")) == [(other.pk, "early")]
    assert not FitChange.objects.exclude(company=other).exists()


@only_postgres
def test_an_account_that_is_being_edited_is_left_and_the_others_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    account, other = company(5), company(5)
    with other_session() as session:
        session.execute("UPDATE crm_company SET employees_low = 600, employees_high = 600 WHERE id = %s", [account.pk])

        rescore([account.pk, other.pk], at=now())

        assert (fit(account).segment, fit(other).segment) == (None, "early")
        session.commit()
    assert (stale(account), stale(other)) == (True, False)
    drained()
    assert (fit(account).segment_status, stale(account)) == ("none", False)


# Marks: two transactions that change two ends of one fact


@contextmanager
def other_session() -> Iterator[Any]:
    """A connection to PostgreSQL with a transaction of its own."""
    session = connection.get_new_connection(connection.get_connection_params())
    try:
        yield session
    finally:
        session.rollback()
        session.close()


@contextmanager
def meanwhile() -> Iterator[Callable[[Callable[[], Any]], None]]:
    """Begins works elsewhere, each of which may have to wait for us, and ends when all of them are done."""
    with ThreadPoolExecutor(4) as pool:
        begun: list[Future[Any]] = []

        def begin(work: Callable[[], Any]) -> None:
            begun.append(pool.submit(in_its_own_connection, work))
            wait(begun, timeout=0.5)

        yield begin
        for work in begun:
            work.result(60)


PERSONAS = {
    "format": 1,
    "personas": [{"key": "sam"}, {"key": "pam"}],
    "lists": {"giants": {"title": "Giants", "contains_from": 8, "entries": ["Grand Works"]}},
    "profiles": [
        {"key": "only", "rank": 1, "must": [{"key": "sam", "when": {"fact": "personas", "any_of": ["sam"]}}]},
        {
            "key": "card",
            "components": [
                {
                    "key": "all",
                    "combine": "sum",
                    "rows": [
                        {"key": "giant", "points": 1, "when": {"fact": "founder_employers", "any_in_list": "giants"}},
                        {"key": "backed", "points": 2, "when": {"fact": "investors", "any_of": ["Accel"]}},
                    ],
                }
            ],
            "bonus": [{"key": "job", "points": 4, "when": {"fact": "day_job_segments", "any_of": ["only"]}}],
        },
    ],
}


def made_sure(*accounts: Company) -> None:
    """Each of these accounts, when it says that it is fresh, shows what working it out again gives.

    A change that is still to be followed to its accounts is no secret: until then nothing says that it is fresh.
    """
    if Ripple.objects.exists():
        assert freshness().behind
        spread()
    said = {each.pk: stale(each) for each in accounts}
    before = results(accounts)
    Fit.objects.filter(company__in=accounts).update(cells="0")  # not what any account has: all are worked out again
    rescore([each.pk for each in accounts], at=now())
    after = results(accounts)
    wrong = [pk for pk in said if not said[pk] and before[pk] != after[pk]]
    assert not wrong, f"fresh and wrong: {[(before[pk], after[pk]) for pk in wrong]}"


def results(accounts: Sequence[Company]) -> dict[int, Any]:
    return {
        each.pk: (fit(each).segment, fit(each).segment_status, list(each.scores.order_by("profile").values_list("low")))
        for each in accounts
    }


def matched(title: str, persona: str) -> JobTitle:
    """A title that was matched so by the rules in force."""
    by = fingerprint(active_ruleset().document().personas)
    row = JobTitle.objects.create(text=title, result=JobTitle.Result.MATCH, matched_with=by)
    TitlePersona.objects.create(title=row, persona=persona)
    return row


@only_postgres
def test_a_contact_added_while_the_persona_of_its_title_changes() -> None:
    publish(from_data(PERSONAS))
    title = matched("Head", "pam")
    account = company(people_researched_on=now().date())
    with other_session() as session, meanwhile() as begin:
        session.execute("UPDATE crm_titlepersona SET persona = 'sam' WHERE title_id = %s", [title.pk])
        begin(lambda: Contact.objects.create(name="Ann", company=account, title=title))
        drained()
        session.commit()

    made_sure(account)


@only_postgres
def test_a_contact_added_while_its_title_is_matched() -> None:
    publish(from_data(PERSONAS))
    title = matched("Head", "sam")
    JobTitle.objects.update(result=JobTitle.Result.AMBIGUOUS)
    account = company(people_researched_on=now().date())
    with other_session() as session, meanwhile() as begin:
        session.execute("UPDATE crm_jobtitle SET result = 'match' WHERE id = %s", [title.pk])
        begin(lambda: Contact.objects.create(name="Ann", company=account, title=title))
        drained()
        session.commit()

    made_sure(account)


@only_postgres
def test_a_contact_that_moves_while_the_persona_of_its_title_changes() -> None:
    publish(from_data(PERSONAS))
    title = matched("Head", "pam")
    here, there = company(people_researched_on=now().date()), company(people_researched_on=now().date())
    person = Contact.objects.create(name="Ann", company=here, title=title)
    drained()
    with other_session() as moving, other_session() as matching, meanwhile() as begin:
        moving.execute("UPDATE crm_contact SET company_id = %s WHERE id = %s", [there.pk, person.pk])
        change = "UPDATE crm_titlepersona SET persona = 'sam' WHERE title_id = %s"
        begin(lambda: matching.execute(change, [title.pk]))
        moving.commit()
        until_nobody_waits()
        drained()
        matching.commit()

    made_sure(here, there)


@only_postgres
def test_a_former_employer_added_while_the_contact_moves() -> None:
    publish(from_data(PERSONAS))
    here, there = company(people_researched_on=now().date()), company(people_researched_on=now().date())
    person = contact(here, is_founder=True)
    employer = Employer.objects.create(name="Grand Works")
    drained()
    addition = "INSERT INTO crm_employment (contact_id, employer_id, kind) VALUES (%s, %s, 'previous')"
    with other_session() as moving, other_session() as adding, meanwhile() as begin:
        moving.execute("UPDATE crm_contact SET company_id = %s WHERE id = %s", [there.pk, person.pk])
        begin(lambda: adding.execute(addition, [person.pk, employer.pk]))
        moving.commit()
        until_nobody_waits()
        drained()
        adding.commit()

    made_sure(here, there)


def until_nobody_waits() -> None:
    """Whoever had to wait for a lock has it, and has done what it was about to do."""
    for _ in range(3_000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend'"
                " AND pid <> pg_backend_pid() AND datname = current_database()"
            )
            if cursor.fetchone()[0] == 0:
                return
            cursor.execute("SELECT pg_sleep(0.02)")
    raise AssertionError("somebody waits")


@only_postgres
def test_a_day_job_added_while_the_segment_of_the_employer_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    publish(from_data(PERSONAS))
    title = matched("Head", "sam")
    employer_company, account = company(), company(people_researched_on=now().date())
    employer = Employer.objects.create(name="Employer", company=employer_company)
    person = contact(account)
    drained()
    Contact.objects.create(name="Ann", company=employer_company, title=title)
    store = Run.store

    def add_day_job() -> None:
        Employment.objects.create(contact=person, employer=employer, kind=Employment.Kind.DAY_JOB)
        rescore([account.pk], at=now())

    with meanwhile() as begin:

        def not_committed_yet(self: Run, stored: Any, at: Any) -> Written:
            monkeypatch.setattr(Run, "store", store)
            with transaction.atomic():
                written = store(self, stored, at)
                begin(add_day_job)
            return written

        monkeypatch.setattr(Run, "store", not_committed_yet)
        rescore([employer_company.pk], at=now())

    assert fit(employer_company).segment == "only"
    made_sure(account)


@only_postgres
def test_a_day_job_added_while_its_employer_becomes_an_account() -> None:
    publish(from_data(PERSONAS))
    title = matched("Head", "sam")
    employer_company, account = company(people_researched_on=now().date()), company(people_researched_on=now().date())
    Contact.objects.create(name="Ann", company=employer_company, title=title)
    employer = Employer.objects.create(name="Employer")
    person = contact(account)
    drained()
    with other_session() as session, meanwhile() as begin:
        session.execute("UPDATE crm_employer SET company_id = %s WHERE id = %s", [employer_company.pk, employer.pk])
        begin(lambda: Employment.objects.create(contact=person, employer=employer, kind=Employment.Kind.DAY_JOB))
        drained()
        session.commit()

    made_sure(account)


@only_postgres
def test_an_investment_added_while_the_investor_is_renamed() -> None:
    publish(from_data(PERSONAS))
    investor = Investor.objects.create(name="Nobody")
    account = company(funding_researched_on=now().date())
    drained()
    with other_session() as session, meanwhile() as begin:
        session.execute("UPDATE crm_investor SET name = 'Accel' WHERE id = %s", [investor.pk])
        begin(lambda: Investment.objects.create(company=account, investor=investor))
        drained()
        session.commit()

    made_sure(account)
