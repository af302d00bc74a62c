"""Many contacts in one call: rows in their order, old and new, whose word it is, and what other systems call them."""

from datetime import date
from typing import Any

import pytest

from crm.api.bulk import calls
from crm.models import Contact, ContactExternalId, ContactMove, ContactSource, JobTitle
from crm.moving import MovedMeanwhile
from crm.origins import BY_HAND, word_of
from crm.people import Said, save_contact
from crm.upserting import applying
from tests.factories import company, contact, member, now

from .calling import integration, program
from .test_bulk import CONTACTS, results, send, team_of_two

pytestmark = pytest.mark.django_db


def fresh(row: Contact) -> Contact:
    return Contact.objects.select_related("company", "title").get(pk=row.pk)


def kept(answer: Any) -> list[dict[str, str]]:
    found: list[dict[str, str]] = [each for row in answer.json()["results"] for each in row["kept"]]
    return found


def stated(person: Contact, **columns: Any) -> None:
    """A person says this of the contact."""
    said = Said(by=(user := member("rita")), on=date(2026, 1, 5), origin=word_of(user, date(2026, 1, 5)),
                columns=columns)  # fmt: skip
    save_contact(person, said)


# Rows count in their order


def test_a_later_row_of_a_call_says_where_somebody_works_whom_an_earlier_row_made() -> None:
    acme = company()

    answer = send(program(), CONTACTS, {"email": "a@x.com", "name": "Ada"}, {"email": "a@x.com", "company": acme.pk})

    assert results(answer) == [("created", []), ("updated", [])]
    assert Contact.objects.get().company == acme


def test_of_two_rows_on_somebody_without_a_company_the_later_is_a_move() -> None:
    first, second = company(), company()
    ada = contact(None, email="a@x.com")

    answer = send(
        program(), CONTACTS, {"email": "a@x.com", "company": first.pk}, {"email": "a@x.com", "company": second.pk}
    )

    assert (answer.status_code, results(answer)) == (200, [("updated", []), ("updated", [])])
    assert fresh(ada).company == second
    assert [each.company for each in ContactMove.objects.order_by("pk")] == [first, second]


def test_what_a_row_after_a_move_states_holds_though_it_was_so_before_the_move() -> None:
    old, new = company(), company()
    ada = contact(old, "Engineer", email="a@x.com", is_champion=True)

    answer = send(
        program(),
        CONTACTS,
        {"email": "a@x.com", "company": new.pk, "title": "CTO"},
        {"email": "a@x.com", "is_champion": True, "title": "Engineer"},
    )

    assert results(answer) == [("updated", []), ("updated", [])]
    assert (fresh(ada).is_champion, str(fresh(ada).title)) == (True, "Engineer")


def test_what_a_row_before_a_move_states_holds_for_the_company_that_they_leave() -> None:
    old, new = company(), company()
    ada = contact(old, email="a@x.com")

    send(program(), CONTACTS, {"email": "a@x.com", "is_champion": True}, {"email": "a@x.com", "company": new.pk})

    assert fresh(ada).is_champion is None
    assert {each.was_champion for each in ContactMove.objects.all()} == {True}


def test_somebody_who_has_moved_in_a_call_is_not_found_by_name_where_they_were() -> None:
    old, new = company(), company()
    ada = contact(old, name="Ada", email="a@x.com")

    answer = send(
        program(), CONTACTS, {"email": "a@x.com", "company": new.pk}, {"name": "Ada", "company": old.pk, "city": "Rome"}
    )

    assert results(answer) == [("updated", []), ("created", [])]
    assert fresh(ada).city is None


def test_a_contact_whom_somebody_else_has_moved_meanwhile_is_a_row_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(*args: object, **more: object) -> None:
        raise MovedMeanwhile

    monkeypatch.setattr(applying, "move", moved)
    contact(company(), email="a@x.com")

    answer = send(
        program(), CONTACTS, {"email": "a@x.com", "company": company().pk}, {"email": "b@x.com", "name": "Bob"}
    )

    assert (answer.status_code, results(answer)) == (200, [("refused", ["/company"]), ("created", [])])


def test_more_moves_than_a_call_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MOST_MOVES", 1)
    old, new = company(), company()
    for name in "ab":
        contact(old, email=f"{name}@x.com")

    answer = send(program(), CONTACTS, *({"email": f"{name}@x.com", "company": new.pk} for name in "ab"))

    assert results(answer) == [("updated", []), ("refused", ["/company"])]
    assert "send it as a job" in answer.json()["results"][1]["errors"][0]["detail"]


# Old and new


def test_an_old_row_moves_nobody_back() -> None:
    old, new = company(), company()
    ada = contact(old, "Engineer", email="a@x.com", is_champion=True)
    client = program()
    send(client, CONTACTS, {"email": "a@x.com", "company": new.pk, "title": "CTO", "observed_on": "2026-02-01"})

    answer = send(
        client,
        CONTACTS,
        {"email": "a@x.com", "company": old.pk, "title": "Engineer", "is_champion": True, "observed_on": "2026-01-31"},
    )

    assert results(answer) == [("unchanged", [])]
    assert [each["fact"] for each in kept(answer)] == ["company", "title", "is_champion"]
    assert {each["detail"] for each in kept(answer)} == {"the value that is kept was observed later"}
    assert (fresh(ada).company, str(fresh(ada).title), fresh(ada).is_champion) == (new, "CTO", None)


def test_an_old_row_moves_nobody_whose_company_is_known_of_a_later_day() -> None:
    old, new = company(), company()
    client = program()
    send(client, CONTACTS, {"email": "a@x.com", "name": "Ada", "company": new.pk, "observed_on": "2026-02-01"})

    answer = send(client, CONTACTS, {"email": "a@x.com", "company": old.pk, "observed_on": "2026-01-31"})

    assert [each["fact"] for each in kept(answer)] == ["company"]
    assert Contact.objects.get().company == new


def test_an_older_observation_replaces_no_newer_one_and_clears_none() -> None:
    client = program()
    send(client, CONTACTS, {"email": "a@x.com", "name": "Ada", "city": "Rome", "observed_on": "2026-02-01"})

    answer = send(
        client,
        CONTACTS,
        {"email": "a@x.com", "city": "Oslo", "observed_on": "2026-01-01"},
        {"email": "a@x.com", "clear": ["city"], "observed_on": "2026-01-01"},
        {"email": "a@x.com", "city": "Bern", "observed_on": "2026-03-01"},
    )

    assert results(answer) == [("unchanged", []), ("unchanged", []), ("updated", [])]
    assert kept(answer) == [{"fact": "city", "detail": "the value that is kept was observed later"}] * 2
    assert Contact.objects.get().city == "Bern"


# Whose word it is


def test_what_rows_state_has_its_source_and_day() -> None:
    client = program(made := integration())

    send(
        client,
        f"{CONTACTS}?source=a+scan&observed_on=2026-01-31",
        {"email": "a@x.com", "name": "Ada", "city": "Rome"},
        {"email": "a@x.com", "title": "CTO", "source": "LinkedIn", "observed_on": "2026-02-01"},
    )
    send(client, CONTACTS, {"email": "a@x.com", "followers": 5})

    found = ContactSource.objects.values_list("fact", "source", "observed_on").order_by("fact")
    assert list(found) == [
        ("city", "a scan", date(2026, 1, 31)),
        ("followers", made.name, now().date()),
        ("name", "a scan", date(2026, 1, 31)),
        ("title", "LinkedIn", date(2026, 2, 1)),
    ]
    assert not ContactSource.objects.exclude(person=None).exists()


def test_what_a_person_stated_stays_until_they_release_it() -> None:
    ada = contact(None, email="a@x.com")
    stated(ada, city="Rome", is_champion=True)
    client = program()
    row = {"email": "a@x.com", "city": "Oslo", "is_champion": False, "clear": ["city", "is_champion"]}

    assert kept(send(client, CONTACTS, row)) == [
        {"fact": "city", "detail": "a person stated it"}, {"fact": "is_champion", "detail": "a person stated it"},
    ]  # fmt: skip
    assert kept(send(client, CONTACTS, {"email": "a@x.com", "clear": ["city"]})) == [
        {"fact": "city", "detail": "a person stated it"}
    ]
    assert (fresh(ada).city, fresh(ada).is_champion) == ("Rome", True)

    stated_again = Said(by=member("bob"), on=date(2026, 1, 6), origin=word_of(None, date(2026, 1, 6)),
                        columns={"city": None})  # fmt: skip
    save_contact(ada, stated_again)
    send(client, CONTACTS, {"email": "a@x.com", "city": "Oslo"})
    assert fresh(ada).city == "Oslo"


def test_the_same_rows_sent_again_change_nothing_and_a_later_day_confirms() -> None:
    client = program()
    row = {"email": "a@x.com", "name": "Ada", "city": "Rome", "title": "CTO", "company": company().pk}
    send(client, CONTACTS, row | {"observed_on": "2026-01-01"})
    before = Contact.objects.values().get()

    assert results(send(client, CONTACTS, row)) == [("unchanged", [])]
    assert set(ContactSource.objects.values_list("observed_on", flat=True)) == {date(2026, 1, 1)}
    assert results(send(client, CONTACTS, row | {"observed_on": "2026-02-01"})) == [("updated", [])]

    assert set(ContactSource.objects.values_list("observed_on", flat=True)) == {date(2026, 2, 1)}
    assert Contact.objects.values().get() == before
    assert Contact.history.count() == 1


def test_what_is_cleared_has_no_source() -> None:
    client = program()
    send(client, CONTACTS, {"email": "a@x.com", "name": "Ada", "city": "Rome"})

    answer = send(client, CONTACTS, {"email": "a@x.com", "clear": ["city"]})

    assert results(answer) == [("updated", [])]
    assert list(ContactSource.objects.values_list("fact", flat=True)) == ["name"]


def test_a_move_has_its_source_and_opens_what_was_known_of_the_champion() -> None:
    old, new = company(), company()
    ada = contact(old, email="a@x.com")
    stated(ada, is_champion=True)

    send(
        program(), CONTACTS, {"email": "a@x.com", "company": new.pk, "source": "LinkedIn", "observed_on": "2026-02-01"}
    )
    send(program(), CONTACTS, {"email": "a@x.com", "is_champion": True})

    assert fresh(ada).is_champion is True
    source = ContactSource.objects.get(fact="company")
    assert (source.source, source.observed_on) == ("LinkedIn", date(2026, 2, 1))
    assert ContactSource.objects.get(fact="is_champion").source != BY_HAND


def test_sources_are_written_at_once_however_many_rows(django_assert_max_num_queries: Any) -> None:
    client = program()
    rows = [{"email": f"{n}@x.com", "name": f"P {n}", "city": "Rome", "title": "CTO"} for n in range(40)]
    send(client, CONTACTS, *rows[:1])

    with django_assert_max_num_queries(90):
        send(client, CONTACTS, *(row | {"city": "Oslo"} for row in rows))

    assert ContactSource.objects.count() == 120
    assert JobTitle.objects.count() == 1


# What other systems call them


def test_a_contact_is_found_by_what_another_system_calls_them() -> None:
    client = program()
    key = {"system": "hubspot", "value": "7"}
    send(client, CONTACTS, {"external_id": key, "email": "old@x.com", "name": "Ada"})

    answer = send(client, CONTACTS, {"external_id": key, "email": "new@x.com", "city": "Rome"})

    assert results(answer) == [("updated", [])]
    assert Contact.objects.values_list("email", "city").get() == ("new@x.com", "Rome")


def test_an_id_is_added_to_a_contact_who_is_found_otherwise() -> None:
    ada = contact(None, email="a@x.com", name="Ada")
    Contact.objects.update(updated_at="2026-01-01T00:00:00Z")

    row = {"external_id": {"system": "hubspot", "value": "7"}, "email": "a@x.com"}
    assert results(send(program(), CONTACTS, row)) == [("updated", [])]
    assert results(send(program(), CONTACTS, row)) == [("unchanged", [])]

    assert [str(each) for each in ada.external_ids.all()] == ["hubspot:7"]
    assert [each.history_type for each in ContactExternalId.history.all()] == ["+"]
    assert fresh(ada).updated_at.date() == now().date()


def test_a_name_is_not_taken_for_somebody_who_has_another_id_in_the_system() -> None:
    acme = company()
    client = program()
    rows = [{"external_id": {"system": "hubspot", "value": value}, "name": "Ada", "company": acme.pk} for value in "78"]

    assert results(send(client, CONTACTS, *rows)) == [("created", []), ("created", [])]
    assert results(send(client, CONTACTS, *rows)) == [("unchanged", []), ("unchanged", [])]


def test_an_id_or_an_address_of_another_is_refused() -> None:
    client = program()
    key = {"system": "hubspot", "value": "7"}
    send(client, CONTACTS, {"external_id": key, "name": "Ada"}, {"email": "b@x.com", "name": "Bob"})
    bob = Contact.objects.get(name="Bob")

    answer = send(
        client,
        CONTACTS,
        {"id": bob.pk, "external_id": key},
        {"external_id": key, "email": "b@x.com"},
        {"external_id": "x"},
    )

    assert results(answer) == [("refused", ["/external_id"]), ("refused", ["/email"]), ("refused", ["/external_id"])]


def test_an_id_of_somebody_hidden_cannot_be_taken() -> None:
    berlin, paris = team_of_two()
    ada = contact(company(team=paris))
    ContactExternalId.objects.create(contact=ada, system="w", value="1")

    answer = send(program(team=berlin), CONTACTS, {"external_id": {"system": "w", "value": "1"}, "name": "Bob"})

    assert answer.json()["results"][0]["errors"] == [{"pointer": "/external_id", "detail": "cannot be taken"}]


def test_a_key_that_may_not_read_contacts_learns_of_none() -> None:
    ada, bob = contact(None, name="Ada", email="a@x.com"), contact(None, email="b@x.com")
    row = {"id": bob.pk, "email": "a@x.com"}

    told = send(program(), CONTACTS, row).json()["results"][0]["errors"]
    silent = send(program(scopes=["contacts:write"]), CONTACTS, row).json()["results"][0]["errors"]

    assert told == [{"pointer": "/email", "detail": f"is the address of 'Ada', which has id {ada.pk}"}]
    assert silent == [{"pointer": "/email", "detail": "cannot be taken"}]
