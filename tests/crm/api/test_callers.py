"""Who may call the API, with which key, from where, and how often."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from crm.api.counting import counts
from crm.integrations import AlreadyMade, new_key, revoke, save_integration
from crm.models import Company, Integration, IntegrationKey
from crm.models.visibility import sees_all

pytestmark = pytest.mark.django_db

ME = "/api/v1/me/"


@pytest.fixture(autouse=True)
def nobody_has_called() -> None:
    counts.forget()


def integration(name: str = "Warehouse", **more: Any) -> Integration:
    made = Integration(name=name, **more)
    save_integration(made)
    return made


def key_of(found: Integration, **more: Any) -> tuple[IntegrationKey, str]:
    return new_key(found, by=None, at=timezone.now(), **more)


def call(text: str, **more: Any) -> Any:
    return Client().get(ME, headers={"authorization": f"Bearer {text}"}, **more)


def test_a_key_says_who_calls() -> None:
    _, text = key_of(integration(scopes=["companies:read"], per_minute=60))

    said = call(text).json()

    assert (said["name"], said["kind"], said["scopes"]) == ("Warehouse", "integration", ["companies:read"])
    assert (said["sees_every_account"], said["calls_a_minute"]) == (True, 60)


def test_a_person_who_signed_in_may_call_too(client: Client, django_user_model: type[User]) -> None:
    client.force_login(django_user_model.objects.create_user("rita"))

    assert client.get(ME).json() | {"name": "rita", "kind": "person", "scopes": None} == client.get(ME).json()


def test_nobody_is_told_how_to_sign_in() -> None:
    answer = Client().get(ME)

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 401


def test_of_a_key_only_a_hash_is_kept() -> None:
    key, text = key_of(integration())

    secret = text.partition(".")[2]
    assert len(secret) == 40
    assert secret not in str(IntegrationKey.objects.filter(pk=key.pk).values().get())


def spoilt(key: IntegrationKey, **columns: Any) -> None:
    IntegrationKey.objects.filter(pk=key.pk).update(**columns)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: revoke(key, timezone.now()),
        lambda key: spoilt(key, expires_at=timezone.now() - timedelta(seconds=1)),
        lambda key: User.objects.filter(integration=key.integration).update(is_active=False),
        lambda key: Integration.objects.update(networks=["203.0.113.0/24"]),
        lambda key: key.delete(),
    ],
    ids=["revoked", "expired", "switched off", "from elsewhere", "gone"],
)
def test_a_key_that_does_not_hold_is_refused_at_once_and_never_told_why(spoil: Any) -> None:
    key, text = key_of(integration())
    assert call(text).status_code == 200

    spoil(key)

    answers = [call(text), call("x" * 8 + "." + "y" * 40), call(""), call("ünïcode"), call(text + "x"), call("a b")]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.json()["detail"] for answer in answers} == {"The key is not valid."}


def test_an_address_in_the_networks_may_call(settings: Settings) -> None:
    _, text = key_of(integration(networks=["203.0.113.0/24", "2001:db8::/32"]))

    assert call(text, REMOTE_ADDR="203.0.113.9").status_code == 200
    assert call(text, REMOTE_ADDR="2001:db8::1").status_code == 200
    assert call(text, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 401
    settings.API_PROXIES = 1
    assert call(text, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.2.3.4, 203.0.113.9").status_code == 200
    assert call(text, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 1.2.3.4").status_code == 401


def test_a_new_key_may_overlap_with_the_old_one() -> None:
    found = integration()
    old, old_text = key_of(found)

    _, new_text = key_of(found, overlap=timedelta(hours=1))

    assert [call(text).status_code for text in (old_text, new_text)] == [200, 200]
    old.refresh_from_db()
    assert old.expires_at is not None
    assert timedelta(minutes=59) < old.expires_at - timezone.now() <= timedelta(hours=1)


def test_an_overlap_never_prolongs_a_key() -> None:
    found = integration()
    soon = timezone.now() + timedelta(minutes=1)
    old, _ = key_of(found, expires_at=soon)

    key_of(found, overlap=timedelta(hours=1))

    old.refresh_from_db()
    assert old.expires_at == soon


def test_a_form_sent_twice_makes_one_key() -> None:
    found, token = integration(), uuid4()
    key_of(found, token=token)

    with pytest.raises(AlreadyMade):
        key_of(found, token=token)

    assert found.keys.count() == 1


def test_when_and_from_where_a_key_was_used_last_is_known_to_the_minute() -> None:
    key, text = key_of(integration())

    call(text, REMOTE_ADDR="203.0.113.9")
    first = IntegrationKey.objects.get(pk=key.pk)
    call(text, REMOTE_ADDR="203.0.113.9")

    assert first.last_used_from == "203.0.113.9"
    assert isinstance(first.last_used_at, datetime)
    assert IntegrationKey.objects.get(pk=key.pk).last_used_at == first.last_used_at


def test_an_integration_of_a_team_sees_what_the_team_sees() -> None:
    team = Group.objects.create(name="North")
    found = integration(team=team)
    for name, owner in (("Ours", None), ("Theirs", Group.objects.create(name="South"))):
        Company.objects.create(name=name, team=owner or team)

    assert not sees_all(User.objects.get(pk=found.user_id))
    assert [each.name for each in Company.objects.visible_to(found.user)] == ["Ours"]
    found.team = None
    save_integration(found)
    assert Company.objects.visible_to(User.objects.get(pk=found.user_id)).count() == 2


def test_nobody_can_sign_in_as_an_integration(client: Client) -> None:
    found = integration()

    assert not found.user.has_usable_password()
    assert not found.user.is_staff
    assert not found.user.has_perm("auth.view_user")
    assert found.user.has_perm("crm.add_contact")


# How often


def test_who_calls_too_often_waits_and_is_told_how_long() -> None:
    _, text = key_of(integration(per_minute=3))

    answers = [call(text) for _ in range(5)]

    assert [answer.status_code for answer in answers].count(429) >= 2
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1].json()["title"] == "Too Many Requests"


def test_calls_are_counted_over_all_keys_and_processes(redis_server: redis.Redis) -> None:
    found = integration(per_minute=4)
    texts = [key_of(found)[1], key_of(found)[1]]

    statuses = []
    for text in texts * 4:
        counts.forget()  # as another process begins
        statuses.append(call(text).status_code)

    assert statuses.count(429) >= 2


def test_without_redis_nobody_is_turned_away_by_mistake(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    _, text = key_of(integration(per_minute=3))

    assert [call(text).status_code for _ in range(3)] == [200, 200, 200]


def guesses(number: int, **more: Any) -> list[int]:
    return [call(f"{place:08}." + "y" * 40, **more).status_code for place in range(number)]


def test_an_address_that_tries_wrong_keys_waits_before_the_next_is_looked_up(settings: Settings) -> None:
    settings.API_WRONG_KEYS_A_MINUTE = 4
    _, text = key_of(integration())

    statuses = guesses(12)
    answer = call(text)

    assert statuses[:4] == [401] * 4
    assert statuses[-2:] == [429] * 2
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert call(text, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_whoever_has_called_from_there_before_is_not_kept_waiting_for_it(settings: Settings) -> None:
    settings.API_WRONG_KEYS_A_MINUTE = 4
    key, text = key_of(integration())
    assert call(text).status_code == 200

    assert guesses(12)[-1] == 429
    assert call(text).status_code == 200

    revoke(key, timezone.now())
    assert [call(text).status_code for _ in range(2)] == [401, 429]


def test_a_few_wrong_keys_harm_nobody_at_the_same_address() -> None:
    _, text = key_of(integration())

    assert set(guesses(20)) == {401}
    assert call(text).status_code == 200


def test_wrong_keys_are_counted_over_all_processes(settings: Settings, redis_server: redis.Redis) -> None:
    settings.API_WRONG_KEYS_A_MINUTE = 4

    statuses = []
    for _ in range(12):
        counts.forget()  # as another process begins
        statuses += guesses(1)

    assert statuses[-1] == 429


def test_calls_without_a_key_are_counted_by_address(settings: Settings) -> None:
    settings.API_CALLS_A_MINUTE = 3

    statuses = [Client().get(ME).status_code for _ in range(10)]

    assert (statuses[0], statuses[-1]) == (401, 429)
    assert Client().get(ME, REMOTE_ADDR="203.0.113.9").status_code == 401


def test_calls_that_a_key_may_not_make_count_as_well() -> None:
    _, text = key_of(integration(per_minute=3, scopes=["deals:read"]))

    statuses = [
        Client().get("/api/v1/companies/", headers={"authorization": f"Bearer {text}"}).status_code for _ in range(10)
    ]

    assert (statuses[0], statuses[-1], call(text).status_code) == (403, 429, 429)


# Problems


def test_an_address_that_is_not_there_is_a_problem_too() -> None:
    answer = Client().get("/api/v1/nothing/")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_fault_of_ours_tells_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("crm.api.caller.sees_all", fail)
    _, text = key_of(integration())

    answer = Client(raise_request_exception=False).get(ME, headers={"authorization": f"Bearer {text}"})

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert b"hunter2" not in answer.content


def test_a_method_that_an_address_does_not_have_is_a_problem() -> None:
    _, text = key_of(integration())

    answer = Client().post(ME, headers={"authorization": f"Bearer {text}"})

    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
