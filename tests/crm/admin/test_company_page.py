"""The page of one company, where a rep answers, mends, sets by hand, agrees, and compares."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.models import (
    Activity,
    Attribute,
    Company,
    Fit,
    Investor,
    Look,
    Opinion,
    Override,
    Term,
)
from crm.scoring.drain import rescore_all
from tests.crm.admin.test_company import submitted, text_of
from tests.factories import company, contact, invested, member, now, ruleset, termed

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PAGE_QUERIES = 65


@pytest.fixture
def robin(client: Client) -> User:
    """A rep who is signed in."""
    user = member("robin", "Sales", "North", first_name="Robin", last_name="Reed")
    client.force_login(user)
    return user


@pytest.fixture
def olga() -> User:
    return member("olga", "Sales", "North", first_name="Olga", last_name="Orr")


@pytest.fixture
def account(robin: User) -> Company:
    """An account of Robin's whose size nobody knows; an investor of the list is known."""
    ruleset()
    made = invested(company(name="Rocket", owner=robin, team=Group.objects.get(name="North")), "Accel")
    rescore_all(at=now())
    return made


def door(account: Company, name: str = "change", *more: object) -> str:
    return reverse(f"admin:crm_company_{name}", args=[account.pk, *more])


def answer(client: Client, account: Company, fact: str, value: Any = "", **more: Any) -> Any:
    """What posting an answer gives; by htmx unless `headers` says otherwise."""
    data = {"value": value, "on": timezone.now().date().isoformat(), "source": "", "place": "ask"} | more
    headers = data.pop("headers", HTMX)
    return client.post(door(account, "answer", fact), data, headers=headers)


def said(response: Any) -> str:
    return str(response.content.decode())


# Answering


def test_each_question_has_a_field_made_for_its_fact(client: Client, robin: User) -> None:
    facts = {
        "size": {"fact": "employees", "at_least": 15},
        "money": {"fact": "monthly_revenue", "at_least": 1_000},
        "listed": {"fact": "is_public", "is": False},
        "stage": {"fact": "funding_stage", "is": "seed"},
        "backers": {"fact": "investors", "any_of": ["accel"]},
        "who": {"fact": "personas", "any_of": ["pat"]},
    }
    rows = [{"key": key, "when": when, "points": 5} for key, when in facts.items()]
    ruleset(components=[{"key": "all", "label": "All", "combine": "sum", "rows": rows}])
    account = company(owner=robin)

    asked = client.get(door(account)).context["questions"]
    page = said(client.get(door(account)))

    assert len(asked) == 5
    assert 'placeholder="42, 11-50 or 10,000+"' in page
    assert "Monthly revenue, in USD a month" in page
    assert 'type="radio" name="value" value="yes"' in page
    assert "checked" not in page.split('id="ask-is_public"')[1].split("</form>")[0]
    assert 'name="complete"' in page
    form = next(each.form for each in asked if each.form and each.form.fact.key == "employees")
    assert form.fields["value"].required


def test_a_fact_from_contacts_leads_to_where_it_comes_from(client: Client, robin: User) -> None:
    ruleset(must=[{"key": "who", "when": {"fact": "titles", "any_of": ["engineer"]}}])
    account = company(owner=robin)

    page = said(client.get(door(account)))

    assert f"{reverse('admin:crm_contact_add')}?company={account.pk}" in page
    assert client.get(door(account, "answer", "titles")).status_code == 404


def test_an_answer_scores_at_once_and_says_what_it_did(client: Client, account: Company, robin: User) -> None:
    response = answer(client, account, "employees", "120")

    assert response.status_code == 200
    assert "Employees is 120 people now: Undecided → Growth, 0–20 → 20 points." in said(response)
    fit = Fit.objects.get(company=account)
    assert (fit.segment, fit.segment_status, fit.points, fit.stale_since) == ("growth", "settled", 2000, None)
    source = account.fact_sources.get(fact="employees")
    assert (source.source, source.person, source.observed_on) == ("entered by hand", robin, timezone.now().date())
    assert account.history.latest().history_user == robin


def test_an_answer_without_a_script_leads_back_to_the_page(client: Client, account: Company) -> None:
    response = answer(client, account, "employees", "11-50", source="Their CEO", headers={})

    assert response.status_code == 302
    assert response.headers["Location"] == door(account)
    text = text_of(client, door(account))
    assert "Employees is 11 to 50 people now" in text
    assert "Their CEO, today" in text


def test_what_cannot_be_is_refused_at_its_field_and_kept(client: Client, account: Company) -> None:
    for value, fault in (("a few", "is not a number or a range"), ("", "This field is required")):
        response = answer(client, account, "employees", value)

        assert response.status_code == 200
        assert response.headers["HX-Retarget"] == "#ask-employees"
        assert fault in said(response)
        assert f'value="{value}"' in said(response) or not value
    tomorrow = (timezone.now() + timedelta(days=2)).date().isoformat()
    assert "This day has not come yet" in said(answer(client, account, "employees", "12", on=tomorrow))
    account.refresh_from_db()
    assert account.employees_low is None
    assert not account.fact_sources.exists()


def test_known_facts_are_mended_the_same_way_and_may_be_unknown_again(client: Client, account: Company) -> None:
    answer(client, account, "employees", "120")

    form = said(client.get(f"{door(account, 'answer', 'employees')}?place=mend", headers=HTMX))
    assert 'value="120"' in form
    assert "Not known after all" in form
    response = answer(client, account, "employees", "", unknown="1", place="mend")

    assert "Employees is unknown now: Growth → Undecided, 20 → 0–20 points." in said(response)
    account.refresh_from_db()
    assert account.employees_low is None
    assert not account.fact_sources.exists()


def test_names_are_added_kept_taken_out_and_said_to_be_all(client: Client, account: Company) -> None:
    answer(client, account, "investors", "Benchmark, Sequoia Capital", keep=["Accel"], shown=["Accel"])
    assert {str(each) for each in account.investments.all()} == {"Accel", "Benchmark", "Sequoia Capital"}

    shown = ["Accel", "Benchmark", "Sequoia Capital"]
    answer(client, account, "investors", "", keep=shown[:1], shown=shown, complete="1")

    assert {str(each) for each in account.investments.all()} == {"Accel"}
    account.refresh_from_db()
    assert account.funding_researched_on == timezone.now().date()


def test_known_names_are_offered_after_the_last_comma(client: Client, account: Company) -> None:
    Investor.objects.create(name='Sequoia "S" Capital')
    termed(company(), "tags", "react fans")

    offered = said(client.get(door(account, "names", "investors"), {"value": "Accel, seq"}))

    assert offered == '<option value="Accel, Sequoia &quot;S&quot; Capital"></option>'
    assert Term.objects.filter(vocabulary="tags").exists()


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("integer", "5-9", {"low": 5, "high": 9}),
        ("percent", "-12.5 to 3", {"low": -12.5, "high": 3}),
        ("decimal", "0.125", {"low": 0.125, "high": 0.125}),
        ("date", "2025-01-02", {}),
        ("boolean", "no", {"boolean": False}),
        ("text", "Words", {"text": "Words"}),
    ],
)
def test_custom_facts_of_every_kind_are_answered(
    client: Client, robin: User, kind: str, value: str, stored: dict[str, Any]
) -> None:
    ruleset(
        {
            "format": 1,
            "facts": {"own": {"kind": kind, "label": "Own fact"}},
            "profiles": [{"key": "only", "rank": 1, "must": [{"key": "k", "when": {"known": "own"}}]}],
        }
    )
    account = company(owner=robin)

    response = answer(client, account, "own", value)

    assert "Own fact is " in said(response)
    row = Attribute.objects.get(company=account, fact="own")
    assert {name: getattr(row, name) for name in stored} == stored
    assert (row.day is not None) == (kind == "date")


def test_an_answer_is_kept_though_it_cannot_be_scored_at_once(
    client: Client, account: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.admin.company_page.answering.rescore_now", lambda company: False)

    text = said(answer(client, account, "employees", "120"))

    assert "It is kept; lists show it as soon as the account can be scored" in text
    account.refresh_from_db()
    assert account.employees_low == 120


def test_the_form_below_learns_what_was_answered(client: Client, account: Company) -> None:
    response = answer(client, account, "employees", "120")

    told = json.loads(response.headers["HX-Trigger-After-Settle"])["icp:stated"]
    assert {name: each["value"] for name, each in told.items()} == {"employees": "120"}


def test_only_who_works_the_account_answers(client: Client, account: Company, olga: User) -> None:
    client.force_login(olga)

    page = said(client.get(door(account)))

    assert "Worth asking" in page
    assert "data-answer" not in page
    assert "icp-pencil" not in page
    assert answer(client, account, "employees", "5").status_code == 403
    assert client.post(door(account, "override"), {}).status_code == 403


def test_hidden_and_missing_accounts_answer_alike(client: Client, account: Company) -> None:
    client.force_login(member("far", "Sales", "South"))
    missing = Company(pk=987_654)

    for name, more in (("answer", ["employees"]), ("names", ["investors"]), ("override", []), ("opinion", []),
                       ("compare", []), ("override_end", [1]), ("override_extend", [1])):  # fmt: skip
        for ask in (client.get, client.post):
            codes = {ask(door(each, name, *more), headers=HTMX).status_code for each in (account, missing)}
            assert codes == {403}, name


# Set by hand


def set_by_hand(client: Client, account: Company, **more: Any) -> Any:
    until = (timezone.now() + timedelta(days=30)).date().isoformat()
    data = {"segment": "early", "reason": "They will shrink", "expires_on": until} | more
    return client.post(door(account, "override"), data, headers=HTMX)


def test_a_segment_set_by_hand_counts_at_once_and_stands_beside_the_computed_one(
    client: Client, account: Company, robin: User
) -> None:
    response = set_by_hand(client, account)

    assert "Set by hand, active" in said(response)
    assert "By the rules: Undecided" in said(response)
    assert Fit.objects.get(company=account).effective_segment == "early"
    made = account.overrides.get()
    assert (made.author, made.reason) == (robin, "They will shrink")


@pytest.mark.parametrize(
    ("employees", "segment", "state"),
    [("120", "growth", "redundant"), ("120", "-", "contradicted"), ("5000", "-", "redundant"), (None, "-", "active")],
)
def test_the_state_of_an_override_is_told(
    client: Client, account: Company, employees: str | None, segment: str, state: str
) -> None:
    set_by_hand(client, account, segment=segment)
    if employees:
        answer(client, account, "employees", employees)

    assert f"Set by hand, {state}" in text_of(client, door(account))


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"segment": ""}, "Choose a segment"),
        ({"segment": "unheard"}, "not one of the available choices"),
        ({"reason": " "}, "Say why"),
        ({"expires_on": "2020-01-01"}, "Choose a day after today"),
        ({"expires_on": "2099-01-01"}, "within the next two years"),
    ],
)
def test_an_override_without_sense_is_refused_at_its_field(
    client: Client, account: Company, given: dict[str, str], fault: str
) -> None:
    response = set_by_hand(client, account, **given)

    assert fault in said(response)
    assert response.headers["HX-Retarget"] == "#override-form"
    assert not account.overrides.exists()


def test_one_override_at_a_time_and_an_expired_one_makes_room(client: Client, account: Company, robin: User) -> None:
    yesterday = timezone.now().date() - timedelta(days=1)
    old = Override.objects.create(company=account, segment="early", reason="Old", author=robin, expires_on=yesterday)
    assert "Set by hand, expired" in text_of(client, door(account))

    assert "Set by hand, active" in said(set_by_hand(client, account))
    assert "Robin Reed has set the segment already" in said(set_by_hand(client, account, segment="growth"))

    old.refresh_from_db()
    assert old.ended_at is not None
    assert account.overrides.filter(ended_at=None).get().segment == "early"


def test_an_override_is_extended_and_ended_with_one_click_each(client: Client, account: Company) -> None:
    set_by_hand(client, account)
    made = account.overrides.get()
    until = (made.expires_on + timedelta(days=90)).isoformat()

    for _ in range(2):
        client.post(door(account, "override_extend", made.pk), {"until": until}, headers=HTMX)
    made.refresh_from_db()
    assert made.expires_on.isoformat() == until
    for _ in range(2):
        assert "Ended" in said(client.post(door(account, "override_end", made.pk), headers=HTMX))

    assert Fit.objects.get(company=account).effective_segment is None
    assert made.history.count() >= 2
    text = said(client.post(door(account, "override_extend", made.pk), {"until": until}, headers=HTMX))
    assert "It was ended meanwhile" in text


# Answered by two


@pytest.fixture
def boss() -> User:
    """Somebody else who may edit the account."""
    return User.objects.create_superuser("bo", first_name="Bo", last_name="Boss")


def seen_on(client: Client, account: Company, fact: str, response: Any = None) -> str:
    """What the form for a fact says it was made from."""
    shown = response or client.get(door(account, "answer", fact), headers=HTMX)
    found = re.search(r'name="seen" value="(\w+)"', said(shown))
    assert found is not None
    return found[1]


def test_an_answer_from_a_page_that_was_loaded_before_anothers_comes_back_once(
    client: Client, account: Company, robin: User, boss: User
) -> None:
    seen = seen_on(client, account, "employees")
    client.force_login(boss)
    answer(client, account, "employees", "120", seen=seen, source="Their site")
    client.force_login(robin)

    refused = answer(client, account, "employees", "40", seen=seen)

    assert "Bo Boss saved this after you opened it: 120 people (Their site)." in text_of_part(refused)
    assert refused["HX-Retarget"] == "#ask-employees"
    assert 'value="40"' in said(refused)
    account.refresh_from_db()
    assert account.employees_low == 120

    answer(client, account, "employees", "40", seen=seen_on(client, account, "employees", refused))
    account.refresh_from_db()
    assert account.employees_low == 40


def test_what_somebody_else_stated_meanwhile_is_not_forgotten_unseen(
    client: Client, account: Company, robin: User, boss: User
) -> None:
    answer(client, account, "employees", "120")
    seen = seen_on(client, account, "employees")
    client.force_login(boss)
    answer(client, account, "employees", "130", seen=seen)
    client.force_login(robin)

    refused = answer(client, account, "employees", seen=seen, unknown="1")

    assert "Bo Boss saved this after you opened it: 130 people" in text_of_part(refused)
    account.refresh_from_db()
    assert account.employees_low == 130

    answer(client, account, "employees", seen=seen_on(client, account, "employees", refused), unknown="1")
    account.refresh_from_db()
    assert account.employees_low is None


def test_the_questions_on_the_page_know_what_they_were_made_from(client: Client, account: Company) -> None:
    page = client.get(door(account))

    assert seen_on(client, account, "employees", page) == seen_on(client, account, "employees")


def text_of_part(response: Any) -> str:
    """What a part of a page says, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", said(response)))


# Agree or disagree


def think(client: Client, account: Company, on: str, says: str, reason: str = "") -> Any:
    return client.post(door(account, "opinion"), {"on": on, "says": says, "reason": reason}, headers=HTMX)


def test_somebody_agrees_with_one_click_and_disagrees_with_a_reason(
    client: Client, account: Company, robin: User
) -> None:
    form = client.get(door(account, "opinion"), {"on": "growth|must:size", "says": "disagree"}, headers=HTMX)
    assert "What is wrong with it?" in said(form)
    assert "You agree" in said(think(client, account, "growth|must:size", "agree"))
    assert "Say why" in said(think(client, account, "growth|must:size", "disagree", " "))
    assert "You disagree: Too few" in said(think(client, account, "growth|must:size", "disagree", "Too few"))

    kept = account.opinions.get()
    assert (kept.profile, kept.line, kept.agrees, kept.reason, kept.answer, kept.author, kept.ruleset) == (
        "growth", "must:size", False, "Too few", "open", robin, 1,
    )  # fmt: skip
    think(client, account, "growth|must:size", "withdraw")
    assert not account.opinions.exists()


def test_an_opinion_that_was_withdrawn_stays_in_the_history_of_the_account(
    client: Client, account: Company, robin: User
) -> None:
    think(client, account, "growth|must:size", "disagree", "Too few")
    think(client, account, "growth|must:size", "withdraw")

    last = Opinion.history.first()
    assert (last.history_type, last.history_user, last.reason) == ("-", robin, "Too few")
    assert "opinion “Too few”" in text_of(client, door(account, "history"))


@pytest.mark.parametrize(("on", "answer"), [("|", "undecided"), ("growth|points:size:big", "open")])
def test_the_segment_and_rows_with_points_have_opinions_too(
    client: Client, account: Company, on: str, answer: str
) -> None:
    think(client, account, on, "agree")

    kept = account.opinions.get()
    assert (f"{kept.profile}|{kept.line}", kept.answer) == (on, answer)


def test_what_others_think_is_shown_with_name_and_day(client: Client, account: Company, olga: User) -> None:
    Opinion.objects.create(
        company=account, profile="growth", line="must:size", ruleset=1, answer="no", agrees=False, reason="Is wrong",
        author=olga,
    )  # fmt: skip

    assert "Olga Orr disagrees: Is wrong" in text_of(client, door(account))


def test_there_is_no_opinion_on_what_is_not_there(client: Client, account: Company) -> None:
    assert think(client, account, "growth|must:unheard", "agree").status_code == 404
    assert think(client, account, "growth|must:size", "shrug").status_code == 404
    assert not account.opinions.exists()


def test_who_makes_the_rules_reads_and_settles_opinions(client: Client, account: Company, robin: User) -> None:
    think(client, account, "growth|must:size", "disagree", "Too few")
    address = reverse("admin:crm_opinion_changelist")
    assert client.get(address).status_code == 403
    client.force_login(member("rita", "RevOps"))

    assert "Too few" in text_of(client, address)
    for query in ("?of_profile=growth", "?of_line=growth|must:size", "?agrees__exact=0", "?state=all"):
        assert "Too few" in text_of(client, address + query), query
    assert "Too few" not in text_of(client, f"{address}?of_profile=segment")
    kept = Opinion.objects.get()
    client.post(reverse("admin:crm_opinion_change", args=[kept.pk]), {"settlement": "Raised to 20"})

    kept.refresh_from_db()
    assert (kept.settlement, kept.settled_by.username if kept.settled_by else "") == ("Raised to 20", "rita")
    assert "Too few" not in text_of(client, address)
    assert "Raised to 20" in text_of(client, f"{address}?state=settled")


# Comparing


def test_two_accounts_are_compared_line_by_line(client: Client, account: Company, robin: User) -> None:
    other = invested(company(120, name="Balloon", owner=robin), "Accel")
    address = f"{door(account, 'compare')}?with={other.pk}"

    whole = text_of(client, address)
    only = text_of(client, f"{address}&only=1&profile=growth")

    for text in (whole, only):
        for word in ("Rocket", "Balloon", "Answer differs", "120 people", "Undecided", "Settled"):
            assert word in text, word
    assert "Backed" in whole
    assert "Backed" not in only


def test_a_hidden_account_cannot_be_compared_with(client: Client, account: Company) -> None:
    hidden = company(7, name="Zeppelin", owner=member("far", "Sales", "South"))

    texts = {
        text_of(client, f"{door(account, 'compare')}?with={pk}").replace(str(pk), "ID") for pk in (hidden.pk, 987_654)
    }

    assert all("There is no such account, or it is not open to you" in text for text in texts)
    assert not any("Zeppelin" in text for text in texts)


# Looking


def test_what_changed_since_the_last_look_is_new(client: Client, account: Company, robin: User) -> None:
    text_of(client, door(account))
    first = Look.objects.get(user=robin, company=account).at
    assert "New since your last look" not in text_of(client, door(account))

    account.employees_low = account.employees_high = 120
    account.save()
    rescore_all(at=now())

    assert "New since your last look on" in text_of(client, door(account))
    assert Look.objects.get(user=robin, company=account).at > first


@pytest.mark.parametrize("look", [
    lambda client, address: client.head(address),
    lambda client, address: client.get(address, headers={"Sec-Purpose": "prefetch"}),
])  # fmt: skip
def test_what_nobody_sees_is_no_look(
    client: Client, account: Company, robin: User, look: Callable[[Client, str], Any]
) -> None:
    look(client, door(account))

    assert not Look.objects.exists()


# Saving the form


def form_of(client: Client, account: Company) -> dict[str, Any]:
    """What the page's form would send, with what it was built from."""
    context = client.get(door(account)).context
    return submitted(client, door(account)) | {"built_from": context["built_from"], "once": context["once"]}


def test_a_stale_form_says_who_changed_what_and_overwrites_only_when_sent_again(
    client: Client, account: Company, olga: User
) -> None:
    data = form_of(client, account) | {"city": "Bonn", "industry": "Rockets"}
    account._history_user = olga  # type: ignore[attr-defined]
    account.city = "Berlin"
    account.save()

    refused = client.post(door(account), data)

    text = said(refused)
    assert "Olga Orr, at" in text
    assert "after you opened it: City." in text
    assert "Stored meanwhile: Berlin" in text
    assert 'value="Bonn"' in text
    account.refresh_from_db()
    assert (account.city, account.industry) == ("Berlin", None)
    again = data | {"overwrite": refused.context["overwrite"], "once": refused.context["once"]}
    assert client.post(door(account), again).status_code == 302
    account.refresh_from_db()
    assert (account.city, account.industry) == ("Bonn", "Rockets")


def test_a_third_change_in_between_is_told_again(client: Client, account: Company) -> None:
    data = form_of(client, account) | {"city": "Bonn"}
    Company.objects.filter(pk=account.pk).update(city="Berlin")
    refused = client.post(door(account), data)
    assert "An import or another program" in said(refused)
    Company.objects.filter(pk=account.pk).update(city="Paris")

    again = client.post(door(account), data | {"overwrite": refused.context["overwrite"]})

    assert again.status_code == 200
    assert "Stored meanwhile: Paris" in said(again)


def test_a_row_that_somebody_else_changed_is_told_too(client: Client, account: Company) -> None:
    someone = contact(account, "Engineer", name="Kim")
    data = form_of(client, account) | {"contacts-0-name": "Kim Two"}
    someone.name = "Kim Three"
    someone.save()

    assert "changed Kim Three after you opened this page" in said(client.post(door(account), data))
    someone.refresh_from_db()
    assert someone.name == "Kim Three"


def test_a_form_that_is_sent_twice_is_saved_once(client: Client, account: Company) -> None:
    data = form_of(client, account) | {
        "activities-TOTAL_FORMS": "1", "activities-0-kind": "call", "activities-0-summary": "First call",
        "activities-0-happened_at_0": "2026-01-01", "activities-0-happened_at_1": "10:00", "activities-0-due_on": "",
    }  # fmt: skip

    answers = [client.post(door(account), data) for _ in range(2)]

    assert [each.status_code for each in answers] == [302, 302]
    assert Activity.objects.filter(company=account).count() == 1
    assert "saved already" in text_of(client, door(account))


def test_a_new_company_that_is_sent_twice_is_made_once(client: Client, account: Company) -> None:
    address = reverse("admin:crm_company_add")
    data = submitted(client, address) | {"name": "Twin", "once": client.get(address).context["once"]}

    for _ in range(2):
        assert client.post(address, data).status_code == 302

    assert Company.objects.filter(name="Twin").count() == 1


# Cost


def crowd(account: Company, author: User, rows: int) -> Company:
    """The account with so many of each of what hangs on it."""
    for number in range(rows):
        contact(account, f"Engineer {account.pk} {number}")
        Activity.objects.create(company=account, kind="call", summary=f"Call {number}")
        invested(account, f"Investor {number}")
        termed(account, "tags", f"tag {number}")
        Opinion.objects.create(
            company=account, profile="growth", line=f"must:{number}", ruleset=1, answer="no", agrees=True, author=author
        )
    return account


def test_the_page_takes_the_same_queries_for_any_number_of_rows(
    client: Client, account: Company, robin: User, olga: User
) -> None:
    team = Group.objects.get(name="North")
    addresses = [door(crowd(company(owner=robin, team=team), olga, rows)) for rows in (2, 30)]
    counts = []
    for address in addresses:
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            client.get(address)
        counts.append(len(seen))

    assert counts == [PAGE_QUERIES, PAGE_QUERIES]
