"""People get points as a part of scoring their account, and are as fresh as it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from crm.models import Activity, Company, Contact, ContactFit, Fit, FitChange, Score
from crm.scoring import marks
from crm.scoring.audit import audit
from crm.scoring.contacts import People
from crm.scoring.drain import drain, rescore, rescore_all
from crm.scoring.explain import explain_contact
from crm.scoring.write import Written
from tests.factories import company, contact, now, ruleset, worked

pytestmark = pytest.mark.django_db(transaction=True)

WRITER = {
    "key": "writer",
    "subject": "contact",
    "must": [{"key": "may", "when": {"not": {"fact": "contact_consent", "is": "refused"}}}],
    "components": [
        {
            "key": "who",
            "combine": "sum",
            "rows": [
                {"key": "sam", "when": {"fact": "contact_persona", "any_of": ["sam"]}, "points": 5},
                {"key": "chief", "when": {"fact": "contact_seniority", "at_least": "staff"}, "points": 3},
                {"key": "here", "when": {"fact": "employees", "at_least": 15}, "points": 2},
            ],
        }
    ],
}
BUYER = {
    "key": "buyer",
    "subject": "contact",
    "must": [{"key": "chief", "when": {"fact": "contact_seniority", "at_least": "vp"}}],
    "components": [
        {"key": "all", "rows": [{"key": "mail", "when": {"fact": "contact_has_email", "is": True}, "points": 7}]}
    ],
}
CARD = {
    "key": "card",
    "components": [
        {
            "key": "best",
            "combine": "first",
            "rows": [{"key": "good", "when": {"fact": "best_contact_points", "at_least": 8}, "points": 4}],
        }
    ],
}


def rules(*people: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "personas": [{"key": "sam", "titles": ["software engineer"]}],
        "profiles": [CARD, *people],
    } | more


SAM = "Staff Software Engineer"
CLERK = "Junior Accountant"


def researched(employees: int = 20, **columns: Any) -> Company:
    return company(employees, people_researched_on=now().date(), **columns)


def drained() -> Written:
    return drain(lane=0, lanes=1, at=now(), until=lambda: False)


def of(person: Contact) -> tuple[Any, ...]:
    found = ContactFit.objects.get(contact=person)
    return found.profile, found.status, found.verdict, found.points, found.low, found.high


def points(account: Company) -> int | None:
    return Score.objects.values_list("points", flat=True).get(company=account, profile__key="card")


def stale() -> int:
    return Fit.objects.exclude(stale_since=None).count()


def test_a_contact_gets_points_and_the_best_ones_are_a_fact_of_the_company() -> None:
    ruleset(rules(WRITER))
    account = researched()
    person = contact(account, SAM, consent="given")
    contact(account, CLERK, consent="given")

    drained()

    assert of(person) == ("writer", "exact", "yes", 1000, 1000, 1000)
    assert (points(account), stale()) == (400, 0)


def test_what_is_unknown_of_a_contact_leaves_its_points_and_those_of_the_account_open() -> None:
    ruleset(rules(WRITER))
    account = researched()
    person = contact(account)

    drained()

    assert of(person) == ("writer", "open", "open", None, 200, 1000)
    assert points(account) is None


def test_the_first_profile_that_does_not_rule_out_a_contact_gives_the_points() -> None:
    ruleset(rules(BUYER, WRITER))
    account = researched()
    chief = contact(account, "VP Finance", consent="given", email="vp@example.com")
    clerk = contact(account, CLERK, consent="given")
    refused = contact(account, "Head of Finance", consent="refused")

    drained()

    assert of(chief) == ("buyer", "exact", "yes", 700, 700, 700)
    assert of(clerk) == ("writer", "exact", "yes", 200, 200, 200)
    assert of(refused) == (None, "exact", "no", None, None, None)
    best_first = list(ContactFit.objects.order_by("place").values_list("contact", flat=True))
    assert best_first == [chief.pk, clerk.pk, refused.pk]


def test_a_certain_contact_comes_before_an_open_one_with_more_points() -> None:
    ruleset(rules(WRITER))
    account = researched()
    certain = contact(account, CLERK, consent="given")
    perhaps = contact(account, SAM)

    drained()

    assert list(ContactFit.objects.order_by("place").values_list("contact", flat=True)) == [certain.pk, perhaps.pk]


def test_a_change_of_one_contact_scores_its_account_again_and_no_other() -> None:
    ruleset(rules(WRITER))
    account, other = researched(), researched()
    person = contact(account, SAM, consent="given")
    contact(other, CLERK, consent="given")
    drained()

    Contact.objects.filter(pk=person.pk).update(consent="refused")

    assert (stale(), drained().seen, stale()) == (1, 1, 0)
    assert of(person)[0] is None
    assert points(account) is None


def test_nothing_is_written_where_the_points_of_people_stay_the_same() -> None:
    ruleset(rules(WRITER))
    account = researched()
    contact(account, SAM, consent="given")
    drained()
    before = Fit.objects.get().facts_rev

    Company.objects.update(employees_low=16, employees_high=16)
    drained()

    assert Fit.objects.get().facts_rev == before + 1


def test_the_cause_of_a_change_is_not_that_people_were_scored_on_the_way() -> None:
    ruleset(rules(WRITER))
    contact(researched(), SAM, consent="given")
    drained()

    ruleset(rules(WRITER | {"components": [], "bonus": []}))
    drained()

    assert FitChange.objects.order_by("pk").values_list("cause", flat=True).last() == "ruleset"


def test_who_moves_takes_the_points_along() -> None:
    ruleset(rules(WRITER))
    here, there, third = researched(), researched(5), researched()
    person = contact(here, SAM, consent="given")
    drained()

    Contact.objects.filter(pk=person.pk).update(company=there)
    done = drained()

    found = ContactFit.objects.get()
    assert (found.company_id, found.points) == (there.pk, 800)
    assert (points(here), points(there), stale()) == (None, 400, 0)
    assert done.seen <= 3
    assert Fit.objects.get(company=third).facts_rev == 1


def test_who_leaves_has_no_points_any_more() -> None:
    ruleset(rules(WRITER))
    person = contact(researched(), CLERK)
    drained()

    Contact.objects.filter(pk=person.pk).update(company=None)
    drained()

    assert not ContactFit.objects.exists()
    assert stale() == 0


def test_without_profiles_of_people_nobody_keeps_points() -> None:
    ruleset(rules(WRITER))
    contact(researched(), CLERK)
    drained()

    ruleset(rules())
    drained()

    assert not ContactFit.objects.exists()
    assert stale() == 0


def test_rules_that_say_the_same_of_people_do_not_write_their_points_again() -> None:
    first = ruleset(rules(WRITER))
    person = contact(researched(), CLERK)
    drained()
    ruleset(rules(WRITER, lists={"giants": {"title": "Giants", "entries": ["Acme"]}}))
    drained()

    assert ContactFit.objects.get(contact=person).ruleset == first.number

    third = ruleset(rules(WRITER | {"name": "Another"}))
    drained()

    assert ContactFit.objects.get(contact=person).ruleset == third.number


def test_time_alone_moves_a_contact_and_the_account_with_it() -> None:
    lately = {
        "key": "warm",
        "subject": "contact",
        "components": [
            {
                "key": "all",
                "rows": [{"key": "w", "when": {"fact": "contact_last_activity", "within_days": 7}, "points": 9}],
            }
        ],
    }
    ruleset(rules(lately))
    account = researched()
    person = contact(account)
    Activity.objects.create(company=account, contact=person, kind="call", summary="Call", happened_at=now())
    drained()
    assert (of(person)[3], points(account)) == (900, 400)
    review = Fit.objects.get().review_at
    assert review is not None
    assert review == ContactFit.objects.get().review_at

    drain(lane=0, lanes=1, at=review + timedelta(minutes=1), until=lambda: False)

    assert (of(person)[3], points(account)) == (0, 0)
    assert FitChange.objects.order_by("pk").values_list("cause", flat=True).last() == "time"


def test_what_was_done_with_somebody_elsewhere_is_no_fact_of_them_here() -> None:
    known = {
        "key": "known",
        "subject": "contact",
        "components": [{"key": "all", "rows": [{"key": "w", "when": {"known": "contact_last_activity"}, "points": 9}]}],
    }
    ruleset(rules(known))
    here, there = researched(), researched()
    person = contact(here)
    Activity.objects.create(company=there, contact=person, kind="call", summary="Call", happened_at=now())

    rescore([here.pk, there.pk], at=now())

    assert of(person)[3] == 0


def test_a_walk_over_all_accounts_scores_their_people() -> None:
    ruleset(rules(WRITER))
    people = [contact(researched(), CLERK, consent="given") for _ in range(5)]
    contact(None)

    done = rescore_all(at=now(), batch=2)

    assert done.seen == 5
    assert [of(person)[3] for person in people] == [200] * 5
    assert ContactFit.objects.count() == 5
    assert rescore_all(at=now(), batch=2).seen == 0


def test_a_contact_that_cannot_be_scored_makes_its_account_fail_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset(rules(WRITER))
    account, other = researched(), researched()
    contact(account, SAM, consent="given")
    person = contact(other, CLERK, consent="given")
    bad = {"on": True}
    result = People.result

    def fails(self: People, text: str) -> Any:
        found = result(self, text)
        if bad["on"] and found.low == 1000:
            raise ValueError("no such persona")
        return found

    monkeypatch.setattr(People, "result", fails)

    done = drained()

    fit = Fit.objects.get(company=account)
    assert (done.seen, done.failed) == (1, 1)
    assert (fit.failures, fit.failure, fit.stale_since is not None) == (1, "ValueError: no such persona", True)
    assert of(person)[3] == 200
    bad["on"] = False
    drain(lane=0, lanes=1, at=now() + timedelta(minutes=1), until=lambda: False)
    assert stale() == 0


@pytest.mark.parametrize("change", ["low = 0, points = 0", "cells = '0'", "profile = NULL", "place = 0"])
def test_points_of_people_that_somebody_changed_are_found_and_mended(change: str) -> None:
    ruleset(rules(WRITER))
    account = researched()
    person = contact(account, SAM, consent="given")
    contact(account, CLERK, consent="given")
    rescore_all(at=now())
    assert audit(now()).wrong == ()
    right = ContactFit.objects.filter(contact=person).values().get()
    marks.remove()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE crm_contactfit SET {change} WHERE contact_id = %s", [person.pk])
    marks.replace_triggers()

    found = audit(now())
    drained()

    assert found.wrong == (account.pk,)
    assert ContactFit.objects.filter(contact=person).values().get() == right
    assert audit(now()).wrong == ()


def test_former_employers_are_all_known_once_the_people_are_researched() -> None:
    giants = {
        "key": "giant",
        "subject": "contact",
        "components": [
            {
                "key": "all",
                "rows": [{"key": "g", "when": {"fact": "contact_employers", "any_of": ["Giant"]}, "points": 9}],
            }
        ],
    }
    ruleset(rules(giants))
    one, two = contact(researched()), contact(company(20))
    three = worked(contact(researched()), "Giant")

    drained()

    assert [of(each)[4:] for each in (one, two, three)] == [(0, 0), (0, 900), (900, 900)]


def test_the_receipt_of_a_contact_sums_to_the_stored_points() -> None:
    ruleset(rules(BUYER, WRITER))
    account = researched()
    people = [
        contact(account, SAM, consent="given", email="sam@example.com"),
        contact(account, CLERK, consent="given"),
        contact(account, "VP Finance"),
        contact(account, "Head of Finance", consent="refused"),
        contact(account),
    ]
    drained()

    for person in people:
        receipt = explain_contact(person, at=now())
        assert receipt is not None
        assert of(person) == tuple(
            getattr(receipt.points, name) for name in ("profile", "status", "verdict", "points", "low", "high")
        )
        assert receipt.is_fresh
        if receipt.own and receipt.own.result.points is not None:
            lines = [line for group in receipt.own.groups for line in group.lines if line.kind in ("points", "bonus")]
            assert sum(int(str(line.points)) for line in lines) * 100 == receipt.points.points


def test_the_receipt_of_a_contact_says_where_a_fact_comes_from_and_what_to_ask() -> None:
    ruleset(rules(WRITER))
    person = contact(researched(), "Product Engineer", persona="sam")
    drained()

    receipt = explain_contact(person, at=now())

    assert receipt is not None
    assert receipt.own is not None
    [must, group] = receipt.own.groups
    said = {line.key: line for line in group.lines}
    assert (said["sam"].points, said["sam"].facts[0].source) == (5, "decided by a person")
    assert said["here"].facts[0].label == "Employees"
    assert must.lines[0].answer.word == "open"
    assert {each.fact for each in receipt.questions} >= {"contact_seniority"}


def test_somebody_at_no_company_has_no_receipt() -> None:
    ruleset(rules(WRITER))

    assert explain_contact(contact(None), at=now()) is None


def test_who_may_still_come_to_another_profile_leaves_the_best_points_without_an_upper_end() -> None:
    ruleset(rules(BUYER, WRITER))
    account = researched()
    person = contact(account)

    drained()

    assert of(person) == ("buyer", "exact", "open", 0, 0, 0)
    assert points(account) is None
