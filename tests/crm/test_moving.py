"""Somebody moves from one company to another, and nothing of what was is lost."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User

from crm import moving
from crm.models import Activity, Company, Contact, ContactMove, Deal, Employer, Employment, Fit
from crm.scoring.drain import drain, rescore_all
from tests.factories import company, contact, member, now, ruleset

pytestmark = pytest.mark.django_db

DAY = date(2026, 5, 3)


@pytest.fixture
def rita() -> User:
    return member("rita", "Sales", first_name="Rita")


@pytest.fixture
def old() -> Company:
    return company(name="Old Ltd")


@pytest.fixture
def other() -> Company:
    return company(name="Other Ltd")


@pytest.fixture
def ada(old: Company) -> Contact:
    return contact(old, "Engineer", name="Ada", is_champion=True, persona="sam", roles="user")


def move(person: Contact, to: Company | None, **how: Any) -> moving.Moved:
    """The contact moves as its own row says, with the title kept."""
    person.refresh_from_db()
    title = person.title.text if person.title else None
    return moving.move(person, to, **({"was": person.company_id, "on": DAY, "title": title, "by": None} | how))


def sides() -> list[tuple[str, str, str | None, bool | None]]:
    rows = ContactMove.objects.order_by("pk").select_related("company", "other")
    return [(row.company.name, row.direction, row.other.name if row.other else None, row.was_champion) for row in rows]


def test_a_move_stands_on_both_companies_and_the_old_one_is_a_former_employer(
    ada: Contact, old: Company, other: Company, rita: User
) -> None:
    done = move(ada, other, by=rita)

    assert (done.what, done.companies) == ("moved", (old.pk, other.pk))
    assert sides() == [("Old Ltd", "left", "Other Ltd", True), ("Other Ltd", "joined", "Old Ltd", True)]
    row = Employment.objects.select_related("employer").get()
    assert (row.kind, row.employer.name, row.employer.company, row.title, row.ended_on) == (
        "previous", "Old Ltd", old, "Engineer", DAY,
    )  # fmt: skip
    ada.refresh_from_db()
    assert (ada.company, ada.is_champion, ada.persona, ada.roles) == (other, None, "sam", "user")
    assert [(each.company_id, each.history_user) for each in ada.history.all()] == [
        (other.pk, rita), (old.pk, None),
    ]  # fmt: skip


def test_another_title_takes_back_what_was_decided_unless_it_is_to_stay(ada: Contact, other: Company) -> None:
    move(ada, other, title="Head of Sales")

    ada.refresh_from_db()
    assert ada.title is not None
    assert (ada.title.text, ada.persona, ada.roles) == ("Head of Sales", None, None)

    second = contact(company(), "Engineer", persona="sam")
    move(second, other, title=None, keep=True)
    second.refresh_from_db()
    assert (second.title, second.persona) == (None, "sam")


def test_somebody_may_leave_for_nobody_knows_where_and_come_from_nowhere(ada: Contact, other: Company) -> None:
    move(ada, None)
    assert sides() == [("Old Ltd", "left", None, True)]

    move(ada, other, on=date(2026, 6, 1))
    assert sides()[1:] == [("Other Ltd", "joined", None, None)]


def test_moved_twice_by_the_same_form_is_moved_once(ada: Contact, old: Company, other: Company) -> None:
    move(ada, other)

    assert move(ada, other, was=old.pk).what == "nothing"
    assert ContactMove.objects.count() == 2
    with pytest.raises(moving.MovedMeanwhile):
        move(ada, company(), was=old.pk)


def test_moving_back_on_the_same_day_was_a_slip(ada: Contact, old: Company, other: Company, rita: User) -> None:
    move(ada, other, title="Head of Sales")

    done = move(ada, old, by=rita)

    assert (done.what, done.companies) == ("taken back", (old.pk, other.pk))
    assert not ContactMove.objects.exists()
    assert not Employment.objects.exists()
    ada.refresh_from_db()
    assert ada.title is not None
    assert (ada.company, ada.title.text, ada.persona, ada.roles, ada.is_champion) == (
        old, "Engineer", "sam", "user", True,
    )  # fmt: skip
    assert move(ada, old).what == "nothing"


def test_moving_back_on_another_day_is_a_move(ada: Contact, old: Company, other: Company) -> None:
    move(ada, other)

    move(ada, old, on=date(2026, 7, 1))

    assert [each[:2] for each in sides()] == [
        ("Old Ltd", "left"), ("Other Ltd", "joined"), ("Other Ltd", "left"), ("Old Ltd", "joined"),
    ]  # fmt: skip
    assert {each.employer.name for each in ada.employments.all()} == {"Old Ltd", "Other Ltd"}


def test_what_was_known_of_the_employment_before_comes_back_with_the_contact(
    ada: Contact, old: Company, other: Company
) -> None:
    employer = Employer.objects.create(name="Old Ltd", company=old)
    Employment.objects.create(contact=ada, employer=employer, title="Intern", ended_on=date(2020, 1, 1))
    move(ada, other)
    assert Employment.objects.get().title == "Engineer"

    moving.take_back(ada, by=None)

    assert list(Employment.objects.values_list("title", "ended_on")) == [("Intern", date(2020, 1, 1))]


def test_what_somebody_decided_after_the_move_survives_taking_it_back(ada: Contact, other: Company) -> None:
    move(ada, other, title="Head of Sales")
    ada.refresh_from_db()
    ada.persona = "pam"
    ada.save()

    moving.take_back(ada, by=None)

    ada.refresh_from_db()
    assert (ada.persona, ada.roles) == ("pam", "user")
    assert moving.take_back(ada, by=None).what == "nothing"


def test_a_record_at_the_wrong_company_is_corrected_without_a_move(ada: Contact, old: Company, other: Company) -> None:
    done = moving.correct_company(ada, other, was=old.pk, by=None)

    ada.refresh_from_db()
    assert (done.companies, ada.company, ada.is_champion) == ((old.pk, other.pk), other, True)
    assert not ContactMove.objects.exists()
    assert not Employment.objects.exists()


def test_an_employer_of_the_same_name_that_is_another_company_is_left_alone(ada: Contact, other: Company) -> None:
    twin = company(name="Old Ltd", domain="twin.example")
    Employer.objects.create(name="Old Ltd", company=twin)

    move(ada, other)

    assert Employer.objects.get(name="Old Ltd").company == twin
    assert Employment.objects.get().employer.company == Company.objects.get(name="Old Ltd", domain=None)


def test_activities_and_deals_stay_with_the_old_account(ada: Contact, old: Company, other: Company) -> None:
    call = Activity.objects.create(company=old, contact=ada, kind="call", summary="Call")
    deal = Deal.objects.create(company=old, name="First year", opened_on=DAY)

    move(ada, other)

    call.refresh_from_db()
    deal.refresh_from_db()
    assert (call.company, call.contact, deal.company) == (old, ada, old)


@pytest.mark.django_db(transaction=True)
def test_both_accounts_are_fresh_again_and_none_other_was_touched() -> None:
    ruleset(must=[{"key": "won", "when": {"fact": "champions_joined", "at_least": 1}}])
    old, other = company(name="Old Ltd"), company(name="Other Ltd")
    person = contact(old, "Engineer", is_champion=True)
    for _ in range(3):
        contact(company(), "Engineer")
    rescore_all(at=now())
    before = dict(Fit.objects.values_list("pk", "facts_rev"))

    move(person, other)
    drain(lane=0, lanes=1, at=now(), until=lambda: False)

    after = dict(Fit.objects.values_list("pk", "facts_rev"))
    assert {pk for pk in after if after[pk] != before[pk]} == {old.pk, other.pk}
    assert not Fit.objects.exclude(stale_since=None).exists()
    assert Fit.objects.get(pk=other.pk).segment == "only"


@pytest.mark.django_db(transaction=True)
def test_a_champion_who_joined_counts_there_and_one_who_left_here() -> None:
    parts: list[dict[str, Any]] = [
        {"key": name, "when": {"fact": name, "at_least": 1}, "points": points}
        for name, points in (("champions_joined", 1), ("champions_left", 2))
    ]
    ruleset(components=[{"key": "all", "combine": "sum", "rows": parts}])
    old, other = company(people_researched_on=DAY), company(people_researched_on=DAY)
    person = contact(old, is_champion=True)
    move(person, other)
    rescore_all(at=now())

    points = dict(Fit.objects.values_list("pk", "low"))

    assert points == {old.pk: 200, other.pk: 100}
