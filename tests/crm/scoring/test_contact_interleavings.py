"""Whatever happens while people are scored: no account says that it is fresh beside points that are not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crm.models import Company, Contact, ContactFit, Fit, FitChange, Score
from crm.scoring.contacts import People
from crm.scoring.drain import Run, drain, rescore, running
from crm.scoring.write import Written
from personas.publishing import active_ruleset, publish
from personas.rules.document import from_data
from tests.crm.scoring.test_interleavings import elsewhere, meanwhile, only_postgres, other_session
from tests.factories import company, contact, now

pytestmark = pytest.mark.django_db(transaction=True)

# Each step by the method that begins it; the second begins when it has ended.
STEPS: dict[str, tuple[type, str]] = {
    "seen": (People, "score"),
    "written": (People, "write"),
    "seen again": (Run, "results"),
}


def rules(given: int = 5) -> dict[str, Any]:
    given_row = {"key": "given", "when": {"fact": "contact_consent", "is": "given"}, "points": given}
    followed = {"key": "followed", "when": {"fact": "contact_followers", "at_least": 100}, "points": 1}
    best = {"key": "best", "when": {"fact": "best_contact_points", "at_least": 5}, "points": 4}
    return {
        "format": 1,
        "profiles": [
            {"key": "card", "components": [{"key": "all", "rows": [best]}]},
            {
                "key": "people",
                "subject": "contact",
                "components": [{"key": "all", "combine": "sum", "rows": [given_row, followed]}],
            },
        ],
    }


@pytest.fixture
def account() -> Company:
    publish(from_data(rules()))
    return company(people_researched_on=now().date())


@pytest.fixture
def person(account: Company) -> Contact:
    return contact(account, consent="given", followers=0)


def at_step(monkeypatch: pytest.MonkeyPatch, step: str, work: Callable[[], Any]) -> None:
    """The first run that comes to this step waits until the work is done elsewhere."""
    left = [work]
    owner, name = STEPS[step]
    original = getattr(owner, name)

    def held_up(self: Any, *arguments: Any) -> Any:
        found = original(self, *arguments) if step == "written" else None
        if left:
            elsewhere(left.pop())
        return found if step == "written" else original(self, *arguments)

    monkeypatch.setattr(owner, name, held_up)


def drained() -> Written:
    return drain(lane=0, lanes=1, at=now(), until=lambda: False)


def stale(account: Company) -> bool:
    return Fit.objects.stale(active_ruleset().number, now()).filter(company=account).exists()


def shown(account: Company) -> tuple[Any, ...]:
    """What is stored of an account and of the people there."""
    people = ContactFit.objects.filter(company=account).order_by("contact").values_list("contact", "low", "high")
    card = Score.objects.filter(company=account, profile__key="card").values_list("low", "high").first()
    return card, list(people)


def made_sure(account: Company) -> None:
    """The account is stale, or shows what working it out again gives; and is fresh once it was drained."""
    said, before = stale(account), shown(account)
    drained()
    assert not stale(account)
    after = shown(account)
    assert said or before == after
    ContactFit.objects.update(cells="0")
    rescore([account.pk], at=now())
    assert shown(account) == after


every_step = pytest.mark.parametrize("step", STEPS)


@every_step
def test_a_contact_is_edited(monkeypatch: pytest.MonkeyPatch, account: Company, person: Contact, step: str) -> None:
    at_step(monkeypatch, step, lambda: Contact.objects.filter(pk=person.pk).update(consent="refused"))

    rescore([account.pk], at=now())

    assert stale(account)
    made_sure(account)
    assert shown(account) == ((0, 0), [(person.pk, 0, 0)])


@every_step
def test_a_contact_scored_before_is_edited_and_edited_again(
    monkeypatch: pytest.MonkeyPatch, account: Company, person: Contact, step: str
) -> None:
    drained()
    Contact.objects.filter(pk=person.pk).update(consent="refused")
    at_step(monkeypatch, step, lambda: Contact.objects.filter(pk=person.pk).update(consent="given", followers=100))

    rescore([account.pk], at=now())

    made_sure(account)
    assert shown(account) == ((400, 400), [(person.pk, 600, 600)])


@every_step
def test_a_contact_is_added(monkeypatch: pytest.MonkeyPatch, account: Company, person: Contact, step: str) -> None:
    Contact.objects.filter(pk=person.pk).update(consent="refused")
    at_step(monkeypatch, step, lambda: contact(account, consent="given", followers=100))

    rescore([account.pk], at=now())

    made_sure(account)
    assert shown(account)[0] == (400, 400)
    assert ContactFit.objects.count() == 2


@every_step
def test_a_contact_is_deleted(monkeypatch: pytest.MonkeyPatch, account: Company, person: Contact, step: str) -> None:
    at_step(monkeypatch, step, Contact.objects.all().delete)

    rescore([account.pk], at=now())

    made_sure(account)
    assert shown(account)[1] == []


@every_step
def test_a_contact_moves(monkeypatch: pytest.MonkeyPatch, account: Company, person: Contact, step: str) -> None:
    there = company(people_researched_on=now().date())
    drained()
    Contact.objects.filter(pk=person.pk).update(followers=100)
    at_step(monkeypatch, step, lambda: Contact.objects.filter(pk=person.pk).update(company=there))

    rescore([account.pk], at=now())

    made_sure(account)
    made_sure(there)
    assert (shown(account)[1], shown(there)) == ([], ((400, 400), [(person.pk, 600, 600)]))


@every_step
def test_another_run_is_faster(monkeypatch: pytest.MonkeyPatch, account: Company, person: Contact, step: str) -> None:
    def overtake() -> None:
        Contact.objects.filter(pk=person.pk).update(consent="refused")
        rescore([account.pk], at=now())

    at_step(monkeypatch, step, overtake)

    rescore([account.pk], at=now())

    assert not stale(account)
    assert shown(account) == ((0, 0), [(person.pk, 0, 0)])
    assert FitChange.objects.count() == 1
    made_sure(account)


@every_step
def test_two_runs_that_saw_the_same_leave_one_change(
    monkeypatch: pytest.MonkeyPatch, account: Company, person: Contact, step: str
) -> None:
    at_step(monkeypatch, step, lambda: rescore([account.pk], at=now()))

    rescore([account.pk], at=now())

    assert not stale(account)
    assert FitChange.objects.count() == 1
    made_sure(account)


@every_step
def test_newer_rules_are_not_written_over(
    monkeypatch: pytest.MonkeyPatch, account: Company, person: Contact, step: str
) -> None:
    def publish_and_score() -> None:
        publish(from_data(rules(given=2)))
        rescore([account.pk], at=now())

    at_step(monkeypatch, step, publish_and_score)

    rescore([account.pk], at=now())

    assert not stale(account)
    assert shown(account) == ((0, 0), [(person.pk, 200, 200)])
    made_sure(account)


def dies_after_people(monkeypatch: pytest.MonkeyPatch, account: Company) -> None:
    """A run is killed when it has written the points of people, and not yet looked at the account again."""
    write = People.write

    def dies(self: People) -> None:
        write(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(People, "write", dies)
    with pytest.raises(KeyboardInterrupt):
        rescore([account.pk], at=now())
    monkeypatch.setattr(People, "write", write)


def test_a_run_that_dies_between_people_and_account_leaves_it_stale(
    monkeypatch: pytest.MonkeyPatch, account: Company, person: Contact
) -> None:
    drained()
    publish(from_data(rules(given=2)))

    dies_after_people(monkeypatch, account)

    assert ContactFit.objects.get().low == 200
    assert stale(account)
    made_sure(account)
    assert FitChange.objects.latest("pk").low_after == 0


def test_a_run_of_older_rules_does_not_take_the_points_of_newer_ones_back(
    monkeypatch: pytest.MonkeyPatch, account: Company, person: Contact
) -> None:
    older = active_ruleset()
    publish(from_data(rules(given=2)))
    dies_after_people(monkeypatch, account)
    Contact.objects.filter(pk=person.pk).update(followers=100)

    with running(now(), older) as run:
        run.listed([account.pk], now())

    assert ContactFit.objects.get().low == 200
    made_sure(account)


def test_an_earlier_day_leaves_the_account_to_be_looked_at_again(account: Company, person: Contact) -> None:
    warm = {"key": "warm", "when": {"fact": "contact_last_activity", "within_days": 1}, "points": 9}
    data = rules()
    data["profiles"][1]["components"][0]["rows"].append(warm)
    publish(from_data(data))
    today = now()
    account.activities.create(contact=person, kind="call", summary="Call", happened_at=today - timedelta(days=1))
    rescore([account.pk], at=today + timedelta(days=1))

    rescore([account.pk], at=today)
    drain(lane=0, lanes=1, at=today + timedelta(days=1), until=lambda: False)

    assert (ContactFit.objects.get().low, stale(account)) == (500, False)


@only_postgres
def test_a_contact_that_is_being_deleted_is_left(account: Company, person: Contact) -> None:
    other = company(people_researched_on=now().date())
    contact(other, consent="given", followers=0)
    with other_session() as session, meanwhile():
        session.execute("UPDATE crm_contact SET consent = 'refused' WHERE id = %s", [person.pk])

        rescore([account.pk, other.pk], at=now())

        assert (stale(account), stale(other)) == (True, False)
        session.commit()
    made_sure(account)


def test_no_account_is_scored_beside_points_that_are_still_to_be_written(
    monkeypatch: pytest.MonkeyPatch, account: Company, person: Contact
) -> None:
    other = company(people_researched_on=now().date())
    fresh: list[bool] = []
    at_step(monkeypatch, "seen", lambda: fresh.extend((not stale(account), not stale(other))))

    rescore([account.pk, other.pk], at=now())

    assert fresh == [False, True]
    made_sure(account)
