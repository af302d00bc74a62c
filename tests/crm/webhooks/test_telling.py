"""An event is there exactly if what it tells of was committed, and for whoever asked and may see it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import connections, transaction
from django.utils import timezone

from crm.history import change
from crm.integrations import save_integration
from crm.models import Company, Contact, Deal, Integration, Outbox, PersonaChange, WebhookDelivery, WebhookSubscription
from crm.scoring.drain import drain, rescore_all
from crm.scoring.write import Writer
from crm.webhooks import telling
from crm.webhooks.subscribing import disable, pause, remove, switch_on
from personas.publishing import publish
from personas.rules.document import from_data
from tests.factories import company, contact, member, now, ruleset

from .subscriptions import administrator, subscription, told

pytestmark = pytest.mark.django_db(transaction=True)

only_postgres = pytest.mark.skipif(not settings.POSTGRESQL, reason="SQLite has one writer at a time")

PEOPLE = [
    {"key": "sam", "name": "Sam", "titles": ["engineer"]},
    {"key": "pam", "name": "Pam", "titles": ["product manager"]},
]
RULES: dict[str, Any] = {
    "format": 1,
    "personas": PEOPLE,
    "profiles": [
        {
            "key": "growth",
            "name": "Growth",
            "rank": 1,
            "must": [{"key": "size", "label": "Size", "when": {"fact": "employees", "at_least": 15}}],
            "components": [
                {
                    "key": "size",
                    "label": "Size",
                    "combine": "sum",
                    "rows": [
                        {"key": "some", "when": {"fact": "employees", "at_least": 15}, "points": 10},
                        {"key": "more", "when": {"fact": "employees", "at_least": 30}, "points": 1},
                        {"key": "big", "when": {"fact": "employees", "at_least": 60}, "points": 9},
                    ],
                }
            ],
            "bands": [{"key": "high", "from": 15}, {"key": "low", "from": 0}],
        }
    ],
}


def rules(data: dict[str, Any] | None = None) -> None:
    publish(from_data(data or RULES))


def sized(account: Company, employees: int) -> None:
    Company.objects.filter(pk=account.pk).update(employees_low=employees, employees_high=employees)


def drained() -> None:
    drain(lane=0, lanes=1, at=now(), until=lambda: False)


def told_once(hook: WebhookSubscription) -> dict[str, Any]:
    (found,) = told(hook)
    return found


# Companies


def test_an_account_that_came_into_a_segment_is_told_with_before_after_and_cause() -> None:
    rules()
    account = company(5, name="Acme", domain="acme.example")
    drained()
    hook = subscription("company.segment_changed")

    sized(account, 20)
    drained()

    said = told_once(hook)
    assert said["type"] == "company.segment_changed"
    assert said["timestamp"].endswith("Z")
    assert said["data"]["company"] == {"id": account.pk, "name": "Acme", "domain": "acme.example"}
    assert said["data"]["cause"] == "facts"
    assert (said["data"]["before"]["segment"], said["data"]["before"]["status"]) == (None, "none")
    assert said["data"]["after"] == {
        "segment": "growth",
        "status": "settled",
        "effective_segment": "growth",
        "points": 10,
        "low": 10,
        "high": 10,
        "band": "low",
        "ruleset": 1,
    }
    assert said["data"]["links"]["company"] == f"/api/v1/companies/{account.pk}/"


def test_a_change_is_told_once_as_the_most_that_was_asked_for() -> None:
    rules()
    account = company(20)
    drained()
    all_of_it, bands, fits = (
        subscription("company.segment_changed", "company.band_changed", "company.fit_changed"),
        subscription("company.band_changed"),
        subscription("company.fit_changed"),
    )

    for employees in (40, 70, 5):  # points alone, then another band, then no segment
        sized(account, employees)
        drained()

    assert [said["type"] for said in told(all_of_it)] == [
        "company.fit_changed",
        "company.band_changed",
        "company.segment_changed",
    ]
    assert [said["data"]["after"]["band"] for said in told(bands)] == ["high", "low"]
    assert {said["type"] for said in told(fits)} == {"company.fit_changed"}
    assert len(told(fits)) == 3


def test_what_was_rolled_back_is_told_to_nobody() -> None:
    rules()
    account = company(20)
    drained()
    subscription()

    with transaction.atomic():
        Deal.objects.create(company=account, name="Pilot", opened_on=now().date())
        contact(account, "Engineer")
        publish(from_data(RULES | {"personas": PEOPLE[:1]}))
        transaction.set_rollback(True)

    assert told() == []
    assert not Outbox.objects.exists()


def test_while_nobody_asks_nothing_is_noted_of_contacts_deals_and_rules() -> None:
    rules()
    hook = subscription("company.fit_changed")
    account = company(20)

    Deal.objects.create(company=account, name="Pilot", opened_on=now().date())
    contact(account, "Engineer")
    rules(RULES | {"personas": PEOPLE[:1]})
    rescore_all(at=now())
    disable(hook, "", at=timezone.now())
    Deal.objects.update(name="Other")

    assert not PersonaChange.objects.exists()
    assert set(Outbox.objects.values_list("event", flat=True)) <= {"company.segment_changed"}


def test_events_from_before_a_subscription_are_not_told() -> None:
    rules()
    company(20)
    drained()
    hook = subscription()

    assert told(hook) == []


def test_an_event_is_one_delivery_however_often_it_is_looked_at() -> None:
    rules()
    hook = subscription("company.segment_changed")
    company(20)
    drained()
    row = Outbox.objects.get()
    told()
    row.save(force_insert=True)

    assert len(told(hook)) == 1


@pytest.mark.parametrize(
    ("filters", "heard"),
    [
        ({}, True),
        ({"segment_after": ["growth"]}, True),
        ({"segment_after": ["other"]}, False),
        ({"segment_before": ["none"]}, True),
        ({"segment_before": ["growth"]}, False),
        ({"band_after": ["low"], "settled": True}, True),
        ({"segment": ["growth"]}, True),
        ({"owner": [999_999]}, False),
        ({"persona": ["sam"]}, True),
    ],
)
def test_filters_narrow_what_is_told(filters: dict[str, object], heard: bool) -> None:
    rules()
    account = company(5)
    drained()
    hook = subscription("company.segment_changed", filters=filters)

    sized(account, 20)
    drained()

    assert bool(told(hook)) is heard


# Who may see it


def test_nobody_is_told_of_an_account_that_they_may_not_see() -> None:
    north, south = Group.objects.create(name="North"), Group.objects.create(name="South")
    rita = member("rita", "Sales", "North")
    rules()
    hook = subscription(owner=rita)

    ours, theirs = company(20, team=north), company(20, team=south)
    Deal.objects.create(company=theirs, name="Pilot", opened_on=now().date())
    contact(theirs, "Engineer")
    drained()

    assert {said["data"]["company"]["id"] for said in told(hook)} == {ours.pk}


def test_an_integration_is_told_what_its_scopes_let_it_read() -> None:
    integration = Integration(name="Bot", scopes=["deals:read"])
    save_integration(integration)
    rules()
    hook = subscription(owner=integration.user)

    account = company(20)
    Deal.objects.create(company=account, name="Pilot", opened_on=now().date())
    drained()

    assert [said["type"] for said in told(hook)] == ["deal.changed"]


def test_somebody_who_was_switched_off_is_told_nothing() -> None:
    rules()
    hook = subscription(owner=member("rita", "Sales"))
    User.objects.filter(username="rita").update(is_active=False)

    company(20)
    drained()

    assert told(hook) == []


# Contacts


def persona_moves(hook: WebhookSubscription) -> list[tuple[list[str], list[str], str]]:
    return [
        (said["data"]["before"]["personas"], said["data"]["after"]["personas"], said["data"]["cause"])
        for said in told(hook)
    ]


def test_a_contact_with_another_title_or_a_decided_persona_is_told_whatever_the_path() -> None:
    rules()
    rescore_all(at=now())
    account = company(20)
    sam = contact(account, "Engineer")
    pam = contact(None, "Product Manager").title
    rescore_all(at=now())
    hook = subscription("contact.persona_changed")

    Contact.objects.filter(pk=sam.pk).update(title=pam)
    first = persona_moves(hook)
    sam.refresh_from_db()
    change(Contact.objects.filter(pk=sam.pk), {"persona": "sam"}, by=administrator())
    second = persona_moves(hook)
    Contact.objects.filter(pk=sam.pk).update(name="Somebody else", title=None)

    assert first == [(["sam"], ["pam"], "contact")]
    assert second[1:] == [(["pam"], ["sam"], "contact")]
    assert persona_moves(hook) == second
    assert Contact.objects.get(pk=sam.pk).name not in WebhookDelivery.objects.order_by("pk")[0].body


def test_several_changes_before_anybody_was_told_are_one() -> None:
    rules()
    sam, pam = contact(None, "Engineer"), contact(None, "Product Manager")
    rescore_all(at=now())
    hook = subscription("contact.persona_changed")

    for title in (None, pam.title, None, pam.title):
        Contact.objects.filter(pk=sam.pk).update(title=title)
    for title in (None, pam.title):
        Contact.objects.filter(pk=pam.pk).update(title=title)

    assert persona_moves(hook) == [(["sam"], ["pam"], "contact")]
    assert not PersonaChange.objects.exists()


def test_a_new_contact_is_told_once_with_the_personas_of_the_title() -> None:
    rules()
    hook = subscription("contact.persona_changed")

    contact(None, "Engineer")
    drained()
    rescore_all(at=now())

    assert persona_moves(hook) == [([], ["sam"], "contact")]


def test_titles_that_are_matched_again_are_told_of_everybody_who_has_them() -> None:
    rules()
    people = [contact(None, "Engineer") for _ in range(5)]
    decided = contact(None, "Engineer", persona="pam")
    rescore_all(at=now())
    hook = subscription("contact.persona_changed")

    rules(RULES | {"personas": [PEOPLE[1] | {"titles": ["engineer"]}]})
    rescore_all(at=now())

    moves = told(hook)
    assert {said["data"]["contact"]["id"] for said in moves} == {each.pk for each in people}
    assert decided.pk not in {said["data"]["contact"]["id"] for said in moves}
    assert set(map(str, persona_moves(hook))) == {str((["sam"], ["pam"], "matching"))}


def test_a_contact_who_changes_while_a_title_waits_to_be_told_is_told_of_each_step_once() -> None:
    rules()
    stays, leaves, joins = contact(None, "Engineer"), contact(None, "Engineer"), contact(None, "Product Manager")
    rescore_all(at=now())
    hook = subscription("contact.persona_changed")
    rules(RULES | {"personas": [PEOPLE[0] | {"titles": ["designer"]}, PEOPLE[1] | {"titles": ["engineer"]}]})
    rescore_all(at=now())

    Contact.objects.filter(pk=leaves.pk).update(title=None)
    Contact.objects.filter(pk=joins.pk).update(title=stays.title)

    by_contact = {
        said["data"]["contact"]["id"]: (said["data"]["before"]["personas"], said["data"]["after"]["personas"])
        for said in told(hook)
    }
    assert by_contact == {stays.pk: (["sam"], ["pam"]), leaves.pk: (["sam"], [])}


# Deals and rules


def test_deals_are_told_whatever_the_path() -> None:
    account = company(20)
    hook = subscription("deal.changed")

    deal = Deal.objects.create(company=account, name="Pilot", amount="1000.50", currency="USD", opened_on=now().date())
    change(Deal.objects.filter(pk=deal.pk), {"stage": "proposal"}, by=administrator())
    Deal.objects.filter(pk=deal.pk).update(stage="proposal", stage_since=now().date())
    Deal.objects.filter(pk=deal.pk).update(amount=2000)
    Deal.objects.filter(pk=deal.pk).delete()

    said = [each["data"] for each in told(hook)]
    assert [each["cause"] for each in said] == ["created", "updated", "updated", "deleted"]
    assert (said[0]["before"], said[0]["after"]["amount"]) == (None, 1000.5)
    assert (said[1]["before"]["stage"], said[1]["after"]["stage"]) == ("discovery", "proposal")
    assert (said[2]["before"]["amount"], said[2]["after"]["amount"]) == (1000.5, 2000)
    assert said[3]["after"] is None
    assert {each["deal"]["id"] for each in said} == {deal.pk}


@pytest.mark.parametrize("sees_both", [True, False])
def test_where_a_deal_was_before_is_said_only_to_who_sees_that_account(sees_both: bool) -> None:
    north, south = Group.objects.create(name="North"), Group.objects.create(name="South")
    rita = member("rita", "Sales", "North", *(["South"] if sees_both else []))
    ours, theirs = company(20, team=north), company(20, team=south)
    deal = Deal.objects.create(company=theirs, name="Pilot", opened_on=now().date())
    hook = subscription("deal.changed", owner=rita)

    Deal.objects.filter(pk=deal.pk).update(company=ours)

    data = told_once(hook)["data"]
    assert data["before"]["company"] == (theirs.pk if sees_both else None)
    assert data["before"]["name"] == "Pilot"
    assert str(theirs.pk) not in str(data["links"])


def test_deals_can_be_narrowed_to_a_stage() -> None:
    hook = subscription("deal.changed", filters={"stage_after": ["won"]})
    deal = Deal.objects.create(company=company(20), name="Pilot", opened_on=now().date())
    Deal.objects.filter(pk=deal.pk).update(stage="won", closed_on=now().date())

    assert told_once(hook)["data"]["after"]["stage"] == "won"


def test_a_published_ruleset_is_told_and_the_same_published_again_is_not() -> None:
    ruleset()
    hook = subscription("ruleset.published")

    rules()
    rules()

    data = told_once(hook)["data"]
    assert (data["ruleset"], data["before"], data["after"]) == ({"number": 2}, {"number": 1}, {"number": 2})


# From the first moment on


@only_postgres
def test_what_was_under_way_when_somebody_asked_is_told_to_them_when_it_is_committed() -> None:
    rules()
    account, other = company(5), company(900)
    drained()
    sized(account, 20)
    begun, go_on = threading.Event(), threading.Event()
    write = Writer.write

    def slowly(self: Writer, moment: datetime) -> Any:
        done = write(self, moment)
        begun.set()
        assert go_on.wait(30)
        return done

    with elsewhere() as begin, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Writer, "write", slowly)
        begin(drained)
        assert begun.wait(30)
        deal = Deal.objects.create(company=other, name="Before", opened_on=now().date())
        hook = subscription("company.segment_changed", "deal.changed")
        assert not told(hook)
        go_on.set()
    Deal.objects.filter(pk=deal.pk).update(name="After")

    assert [said["type"] for said in told(hook)] == ["company.segment_changed", "deal.changed"]


def test_one_that_is_switched_on_again_hears_from_then_on_whatever_the_clocks_say() -> None:
    hook = subscription("deal.changed", state="disabled")
    subscription("deal.changed")
    account = company(20)
    Deal.objects.create(company=account, name="Before", opened_on=now().date())
    switch_on(hook, at=timezone.now())
    Deal.objects.create(company=account, name="After", opened_on=now().date())
    Outbox.objects.update(at=timezone.now() - timedelta(minutes=1))

    assert [said["data"]["after"]["name"] for said in told(hook)] == ["After"]


# While it is changed


@contextmanager
def elsewhere() -> Iterator[Callable[[Callable[[], Any]], Future[Any]]]:
    """Begins works in threads of their own, and ends when all of them are done."""
    with ThreadPoolExecutor(4) as pool:
        begun: list[Future[Any]] = []

        def in_its_own_connection(work: Callable[[], Any]) -> Any:
            try:
                return work()
            finally:
                connections.close_all()

        def begin(work: Callable[[], Any]) -> Future[Any]:
            begun.append(pool.submit(in_its_own_connection, work))
            return begun[-1]

        yield begin
        for work in begun:
            work.result(30)


@only_postgres
@pytest.mark.parametrize("change", ["deleted", "disabled"])
def test_one_that_goes_while_events_are_told_waits_until_they_are(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hook, other = subscription("deal.changed"), subscription("deal.changed")
    Deal.objects.create(company=company(20), name="Pilot", opened_on=now().date())
    read, go_on = threading.Event(), threading.Event()
    found = telling.held

    def held() -> Any:
        subscriptions = found()
        read.set()
        assert go_on.wait(30)
        return subscriptions

    monkeypatch.setattr(telling, "held", held)
    with elsewhere() as begin:
        telling_it = begin(lambda: telling.fan_out(timezone.now()))
        assert read.wait(30)
        if change == "deleted":
            going = begin(lambda: remove(hook))
        else:
            going = begin(lambda: disable(hook, "", at=timezone.now()))
        wait([going], timeout=0.5)
        go_on.set()
        assert telling_it.result(30) == 1
        going.result(30)

    assert other.deliveries.waiting().count() == 1
    states = WebhookDelivery.objects.exclude(subscription=other).values_list("state", flat=True)
    assert list(states) == ([] if change == "deleted" else ["failed"])


@only_postgres
def test_one_that_is_being_deleted_is_told_nothing_and_the_others_are() -> None:
    hook, other = subscription("deal.changed"), subscription("deal.changed")
    Deal.objects.create(company=company(20), name="Pilot", opened_on=now().date())
    with elsewhere() as begin:
        with transaction.atomic():
            remove(hook)
            telling_it = begin(lambda: telling.fan_out(timezone.now()))
            wait([telling_it], timeout=0.5)
        assert telling_it.result(30) == 1

    assert [row.subscription for row in WebhookDelivery.objects.all()] == [other]


# Switched off and on


def test_what_happens_while_it_is_paused_waits_and_while_it_is_disabled_is_not_kept() -> None:
    hook = subscription("deal.changed")
    account = company(20)

    pause(hook, "Maintenance", at=timezone.now())
    Deal.objects.create(company=account, name="Kept", opened_on=now().date())
    told()
    switch_on(hook, at=timezone.now())
    assert hook.deliveries.waiting().count() == 1
    disable(hook, "Gone", at=timezone.now())
    Deal.objects.create(company=account, name="Lost", opened_on=now().date())
    switch_on(hook, at=timezone.now())

    assert [said["data"]["after"]["name"] for said in told(hook)] == ["Kept"]
    assert hook.deliveries.dead().count() == 1
