"""Who somebody is, where they went, and who is missing: what a person decides, sees and may not see."""

from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from crm import moving
from crm.admin.company_list.people import people_of
from crm.admin.company_list.rule_filters import PersonaFilter
from crm.admin.working.people import buying_group
from crm.admin.working.timeline import timeline
from crm.models import (
    Activity,
    Company,
    Contact,
    ContactMove,
    Deal,
    Employer,
    Employment,
    Fit,
    JobTitle,
    TitlePersona,
)
from crm.scoring.classify import Span
from crm.scoring.drain import rescore_all
from crm.scoring.survey_personas import PERSONAS
from personas.publishing import active_ruleset
from tests.crm.admin.test_company import submitted, text_of
from tests.crm.admin.test_working import asked_by
from tests.factories import company, contact, member, now, ruleset, worked

pytestmark = pytest.mark.django_db

RULES: dict[str, Any] = {
    "format": 1,
    "personas": [
        {"key": "sam", "name": "Sam", "tier": "primary", "buying_roles": ["initiator", "user"],
         "titles": ["engineer", "product engineer"]},
        {"key": "pam", "name": "Pam", "tier": "primary", "buying_roles": ["decision_maker", "user"],
         "titles": ["product manager", "product engineer"]},
        {"key": "dan", "name": "Dan", "tier": "usable_by", "buying_roles": ["user"]},
    ],
    "profiles": [
        {
            "key": "big", "name": "Big", "rank": 1,
            "wanted_personas": ["dan", "sam"], "wanted_roles": ["decision_maker"],
            "must": [{"key": "size", "when": {"fact": "employees", "at_least": 100}}],
        },
        {
            "key": "small", "name": "Small", "rank": 2,
            "must": [{"key": "size", "when": {"fact": "employees", "less_than": 100}}],
        },
    ],
}  # fmt: skip
DAY = date(2026, 5, 3)


@pytest.fixture
def rep(client: Client) -> User:
    """Somebody of sales, who is signed in; the rules are published."""
    ruleset(RULES)
    user = member("rep", "Sales", "North", first_name="Robin")
    client.force_login(user)
    return user


@pytest.fixture
def ada(rep: User) -> Contact:
    return contact(company(120, name="Old Ltd", owner=rep), name="Ada")


def titled(text: str, *personas: str) -> JobTitle:
    """A job title that stands for these personas."""
    result = {0: "none", 1: "match"}.get(len(personas), "ambiguous")
    title, _ = JobTitle.objects.get_or_create(text=text, defaults={"result": result})
    for place, persona in enumerate(personas):
        TitlePersona.objects.get_or_create(title=title, persona=persona, defaults={"place": place})
    return title


def page_of(person: Contact) -> str:
    return reverse("admin:crm_contact_change", args=[person.pk])


def decide(client: Client, what: str, person: Contact, **said: Any) -> str:
    response = client.post(reverse(f"admin:crm_contact_{what}", args=[person.pk]), said, follow=True)
    return str(response.content.decode())


def group_of(account: Company, user: User) -> Any:
    return buying_group(asked_by(user), Company.objects.get(pk=account.pk), active_ruleset())


# Roles and champions


def test_roles_are_corrected_for_one_contact_and_taken_back(
    client: Client, ada: Contact, rep: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    Contact.objects.filter(pk=ada.pk).update(title=titled("Engineer", "sam"))
    rescore_all(at=now())

    with django_capture_on_commit_callbacks(execute=True):
        said = decide(client, "roles", ada, how="these", role=["user", "influencer"], was="")

    assert "Ada is influencer, user from now on." in said
    ada.refresh_from_db()
    assert ada.roles == "influencer,user"
    assert Fit.objects.get().stale_since is None
    shown = text_of(client, page_of(ada))
    assert f"decided by Robin on {now():%-d %b %Y}; by the persona: initiator, user" in shown
    assert {each.name: each.state for each in group_of(Company.objects.get(), rep).roles} == {
        "Decision maker": "unknown"
    }

    assert "no buying role" in decide(client, "roles", ada, how="none", was="influencer,user")
    ada.refresh_from_db()
    assert ada.roles == "none"
    decide(client, "roles", ada, how="persona", was="none")
    ada.refresh_from_db()
    assert ada.roles is None
    assert [row.roles for row in ada.history.all()] == [None, "none", "influencer,user", None]


@pytest.mark.parametrize(
    "said", [{"how": "these", "role": ["king"]}, {"how": "zed"}, {}], ids=["no-such-role", "nonsense", "empty"]
)
def test_roles_that_are_none_are_refused(client: Client, ada: Contact, said: dict[str, Any]) -> None:
    assert "Choose among the buying roles" in decide(client, "roles", ada, was="", **said)
    ada.refresh_from_db()
    assert ada.roles is None


def test_a_champion_is_said_in_one_click_and_by_whom_is_kept(client: Client, ada: Contact, rep: User) -> None:
    assert "Ada is a champion." in decide(client, "champion", ada, champion="yes", was="")
    decide(client, "champion", ada, champion="no", was="yes")
    said = decide(client, "champion", ada, champion="", was="no")

    assert "Whether Ada is a champion is not known." in said
    assert [(row.is_champion, row.history_user) for row in ada.history.all()] == [
        (None, rep), (False, rep), (True, rep), (None, None),
    ]  # fmt: skip
    assert "Choose yes, no or not known." in decide(client, "champion", ada, champion="perhaps", was="")


def test_what_somebody_else_decided_meanwhile_is_not_overwritten(client: Client, ada: Contact) -> None:
    Contact.objects.filter(pk=ada.pk).update(is_champion=False, roles="user")

    assert "somebody else changed whether this is a champion" in decide(client, "champion", ada, champion="yes", was="")
    assert "somebody else changed the buying roles" in decide(client, "roles", ada, how="none", was="")
    ada.refresh_from_db()
    assert (ada.is_champion, ada.roles) == (False, "user")


def test_the_buying_group_is_shown_anew_after_a_click_and_says_what_was_done(client: Client, ada: Contact) -> None:
    address = reverse("admin:crm_contact_champion", args=[ada.pk])
    response = client.post(address, {"champion": "yes", "was": "", "from": "company"})

    account = reverse("admin:crm_company_change", args=[ada.company_id])
    assert response.headers["Location"] == f"{account}#person-{ada.pk}"
    said = client.get(account, headers={"HX-Request": "true", "HX-Target": "icp-people"}).content.decode()
    assert '<p class="icp-people__said" role="status">Ada is a champion.</p>' in said


@pytest.mark.parametrize("what", ["persona", "roles", "champion", "move", "move_back"])
def test_only_whoever_works_the_account_decides(client: Client, rep: User, what: str) -> None:
    mate, other = member("mate", "Sales", "North"), member("other", "Sales", "South")
    seen = contact(company(owner=mate, team=Group.objects.get(name="North")))
    hidden = contact(company(owner=other))
    mine = contact(company(owner=rep))
    address = f"admin:crm_contact_{what}"

    assert client.post(reverse(address, args=[seen.pk]), {"champion": "yes", "how": "none"}).status_code == 403
    assert client.post(reverse(address, args=[hidden.pk]), {"champion": "yes", "how": "none"}).status_code == 404
    assert client.get(reverse(address, args=[mine.pk])).status_code == (200 if what == "move" else 405)
    assert "Moved to another company" not in text_of(client, page_of(seen))


# Moving


def move(client: Client, person: Contact, to: Company | None, **said: Any) -> str:
    person.refresh_from_db()
    form = {
        "was": person.company_id or "",
        "company": to.pk if to else "",
        "on": DAY.isoformat(),
        "title": person.title.text if person.title else "",
    }
    response = client.post(reverse("admin:crm_contact_move", args=[person.pk]), form | said, follow=True)
    return str(response.content.decode())


def test_a_contact_is_moved_by_the_form_and_both_accounts_are_scored(
    client: Client, ada: Contact, rep: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    other = company(60, name="Other Ltd", owner=rep)
    rescore_all(at=now())

    with django_capture_on_commit_callbacks(execute=True):
        said = move(client, ada, other, title="Head of  Product")

    assert "Ada is at Other Ltd now. What they were before is kept." in said
    ada.refresh_from_db()
    assert ada.title is not None
    assert (ada.company, ada.title.text) == (other, "Head of Product")
    assert not Fit.objects.exclude(stale_since=None).exists()
    assert "Nothing changed." in move(client, ada, other, was="")
    assert ContactMove.objects.count() == 2
    shown = text_of(client, page_of(ada))
    assert "Moved to Other Ltd from Old Ltd on 3 May 2026, says Robin." in shown
    assert "Worked at Old Ltd until 3 May 2026" in shown


def test_a_decision_is_taken_back_with_the_title_unless_the_form_says_otherwise(client: Client, rep: User) -> None:
    one, two = (contact(company(owner=rep), persona="sam", roles="user") for _ in range(2))
    other = company(owner=rep)

    move(client, one, other, title="Gardener")
    move(client, two, other, title="Gardener", keep="on")

    assert dict(Contact.objects.values_list("pk", "persona")) == {one.pk: None, two.pk: "sam"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"on": "2999-01-01"}, "once it happened"),
        ({"on": "1492-01-01"}, "Choose a day from 1950 on"),
        ({"on": ""}, "This field is required"),
        ({"company": "999999"}, "Choose a company that you may edit"),
        ({"was": "999999"}, "somebody else has moved this contact"),
    ],
    ids=["to-come", "long-ago", "no-day", "no-such-company", "moved-meanwhile"],
)
def test_what_cannot_be_is_refused_in_words(
    client: Client, ada: Contact, rep: User, said: dict[str, str], words: str
) -> None:
    assert words in move(client, ada, company(owner=rep), **said)
    assert not ContactMove.objects.exists()


def test_nobody_is_moved_into_an_account_that_the_mover_may_not_edit(client: Client, ada: Contact) -> None:
    hidden = company(name="Zeppelin", owner=member("other", "Sales", "South"))

    said = move(client, ada, hidden)

    assert "Choose a company that you may edit" in said
    assert "Zeppelin" not in said


def test_a_slip_is_taken_back_by_one_click_and_only_once(client: Client, ada: Contact, rep: User) -> None:
    old = ada.company
    move(client, ada, company(owner=rep))
    pk = ContactMove.objects.order_by("-pk")[0].pk
    address = reverse("admin:crm_contact_move_back", args=[ada.pk])

    assert "That was a slip" in text_of(client, page_of(ada))
    for words in ("as if the move had not been", "Nothing changed."):
        assert words in client.post(address, {"move": pk}, follow=True).content.decode()

    ada.refresh_from_db()
    assert ada.company == old
    assert not ContactMove.objects.exists()


def test_another_company_in_the_form_of_the_contact_is_a_move_of_today(client: Client, ada: Contact, rep: User) -> None:
    other = company(name="Other Ltd", owner=rep)
    Contact.objects.filter(pk=ada.pk).update(persona="sam")

    form = submitted(client, page_of(ada)) | {"company": other.pk, "city": "Paris"}
    response = client.post(page_of(ada), form, follow=True)

    assert "Written down as a move of today" in response.content.decode()
    ada.refresh_from_db()
    assert (ada.company, ada.city, ada.persona) == (other, "Paris", "sam")
    assert list(ContactMove.objects.order_by("pk").values_list("direction", "happened_on")) == [
        ("left", now().date()), ("joined", now().date()),
    ]  # fmt: skip
    assert Employment.objects.get().employer.name == "Old Ltd"


def test_a_wrong_record_is_corrected_without_a_move(client: Client, ada: Contact, rep: User) -> None:
    assert "Corrected: Ada is at" in move(client, ada, company(owner=rep), mistake="on")
    assert not ContactMove.objects.exists()


def test_both_timelines_tell_of_a_move_and_no_hidden_account_is_named(client: Client, ada: Contact, rep: User) -> None:
    old = Company.objects.get(name="Old Ltd")
    hidden = company(name="Zeppelin", owner=member("other", "Sales", "South"))
    Contact.objects.filter(pk=ada.pk).update(is_champion=True)
    ada.refresh_from_db()
    moving.move(ada, hidden, was=old.pk, on=DAY, title=None, by=None)

    def told(account: Company, user: User) -> list[tuple[str, str, tuple[str, ...]]]:
        found = timeline(asked_by(user), account, active_ruleset(), only="people").events
        return [(each.kind, each.title, each.lines) for each in found]

    assert ("Contact left", "Ada left", ("Was a champion here",)) in told(old, rep)
    assert ("Contact added", "Ada", ()) in told(old, rep)
    boss = User.objects.create_superuser("boss")
    assert ("Contact left", "Ada left for Zeppelin", ("Was a champion here",)) in told(old, boss)
    assert told(hidden, boss) == [("Contact joined", "Ada joined from Old Ltd", ("Was a champion there",))]
    assert "Zeppelin" not in text_of(client, reverse("admin:crm_company_change", args=[old.pk]))


def test_activities_and_deals_of_the_old_account_are_shown_with_the_contact(
    client: Client, ada: Contact, rep: User
) -> None:
    old = Company.objects.get(name="Old Ltd")
    Activity.objects.create(company=old, contact=ada, kind="call", summary="Spoke about size")
    Deal.objects.create(company=old, name="First year", opened_on=DAY, stage="proposal")
    move(client, ada, company(owner=rep))

    shown = text_of(client, page_of(ada))

    assert "Call Spoke about size at Old Ltd" in shown
    assert "Deal, proposal First year at Old Ltd" in shown


# Employers


def test_an_employer_with_the_name_or_domain_of_a_company_is_offered_and_linked(
    client: Client, rep: User, ada: Contact
) -> None:
    rocket = company(name="Rocket", domain="rocket.example")
    for name in ("ROCKET Inc.", "www.rocket.example", "Elsewhere"):
        worked(ada, name)
    worked(ada, "Linked", company=rocket)

    shown = text_of(client, page_of(ada))
    assert shown.count("This is Rocket (rocket.example)") == 2
    employer = Employer.objects.get(name="www.rocket.example")
    address = reverse("admin:crm_contact_employer", args=[ada.pk, employer.pk])
    said = [client.post(address, {"company": rocket.pk}, follow=True).content.decode() for _ in range(2)]

    assert "Rocket is where Ada worked." in said[0]
    assert "Nothing changed" in said[1]
    employer.refresh_from_db()
    assert employer.company == rocket
    assert [(each.company, each.history_user, each.history_type) for each in employer.history.all()[:1]] == [
        (rocket, rep, "~")
    ]


def test_a_hidden_company_is_neither_offered_nor_named_nor_linked(client: Client, ada: Contact) -> None:
    hidden = company(name="Zeppelin", domain="zeppelin.example", owner=member("other", "Sales", "South"))
    worked(ada, "zeppelin.example")
    worked(ada, "Airships", company=hidden)
    employer = Employer.objects.get(name="zeppelin.example")

    shown = text_of(client, page_of(ada))
    address = reverse("admin:crm_contact_employer", args=[ada.pk, employer.pk])

    assert "Zeppelin" not in shown
    assert client.post(address, {"company": hidden.pk}).status_code == 404
    assert client.get(address).status_code == 405


def test_the_page_of_a_company_says_of_how_many_accounts_its_segment_is_a_fact(
    client: Client, rep: User, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    here = company(120, name="Dock", owner=rep)
    for number in range(2):
        worked(contact(company(owner=rep), name=f"Side {number}"), "Dock", kind="day_job", company=here)
    worked(contact(company(owner=member("other", "Sales", "South")), name="Zed"), "Dock", kind="day_job", company=here)
    worked(contact(company(owner=rep)), "Dock", kind="previous", company=here)
    address = reverse("admin:crm_contact_day_jobs", args=[here.pk])

    shown = text_of(client, reverse("admin:crm_company_change", args=[here.pk]))
    assert "2 contacts of other accounts have a day job here" in shown
    assert "is a fact of 2 other accounts. See who" in shown
    client.get(address)
    with django_assert_num_queries(11):
        listed = text_of(client, address)
    assert "Side 1" in listed
    assert "Zed" not in listed
    monkeypatch.setattr("crm.admin.working.people.MOST_COUNTED", 1)
    group = group_of(here, rep)
    assert (group.day_jobs.people, group.day_jobs.others) == ("More than 1 contact", "more than 1 other account")


# Who is missing


def test_a_segment_says_whom_it_wants(rep: User) -> None:
    account = company(120, owner=rep, people_researched_on=DAY)
    contact(account, name="Kim", persona="pam")
    rescore_all(at=now())

    group = group_of(account, rep)

    assert group.wanted_by == "Big"
    assert [(each.name, each.state, each.wanted) for each in group.personas] == [
        ("Dan", "missing", True), ("Sam", "missing", True),
    ]  # fmt: skip
    assert [(each.name, each.state) for each in group.roles] == [("Decision maker", "present")]
    assert group.gaps == "Missing: Dan, Sam"
    assert group.settle == ""


def test_where_no_segment_says_so_the_tiers_do(rep: User) -> None:
    account = company(5, owner=rep, people_researched_on=DAY)
    contact(account, persona="pam")
    rescore_all(at=now())

    group = group_of(account, rep)

    assert [(each.name, each.state, each.wanted) for each in group.personas] == [
        ("Sam", "missing", True), ("Pam", "present", True), ("Dan", "missing", False),
    ]  # fmt: skip
    assert group.gaps == "Missing: Sam, initiator, influencer"


def test_what_is_not_known_comes_with_what_would_settle_it(rep: User) -> None:
    account = company(5, owner=rep)
    contact(account, name="Kim")
    Contact.objects.create(company=account, name="Lee", title=titled("Product Engineer", "sam", "pam"))

    group = group_of(account, rep)

    assert group.gaps == ""
    assert group.settle == (
        "the job title of Kim; whether Lee is Sam or Pam; whether everybody is listed (say since when under “How"
        " complete”)"
    )


@pytest.mark.django_db(transaction=True)
@settings(max_examples=8)
@given(data=st.data())
def test_page_list_filter_and_dashboard_say_the_same_of_every_account(data: st.DataObject) -> None:
    Company.objects.all().delete()
    rules = ruleset(RULES)
    user = User.objects.filter(username="boss").first() or User.objects.create_superuser("boss")
    titles = [titled("Engineer", "sam"), titled("Product Engineer", "sam", "pam"), titled("Gardener"), None]
    people = st.lists(st.tuples(st.sampled_from(titles), st.sampled_from([None, "dan", "pam"])), max_size=3)
    for number in range(3):
        account = company(
            data.draw(st.sampled_from([150, 5])),
            name=f"Account {number}",
            people_researched_on=data.draw(st.sampled_from([None, DAY])),
        )
        for title, persona in data.draw(people):
            Contact.objects.create(company=account, name="Somebody", title=title, persona=persona)
    rescore_all(at=now())
    request = asked_by(user)
    narrowing = PersonaFilter(request, {}, Company, admin.site.get_model_admin(Company))
    accounts = list(Company.objects.select_related("fit"))
    listed = people_of(accounts, rules.document())
    span = Span(0, max(account.pk for account in accounts))
    survey = PERSONAS.report(PERSONAS.count(span, rules, now()), rules, now())
    counted = {
        (row["segment"], each["persona"]): {key: each[key] for key in ("present", "missing", "unknown")}
        for row in survey["segments"]
        for each in row["personas"]
    }

    seen: dict[tuple[str, str], dict[str, int]] = {
        key: dict.fromkeys(("present", "missing", "unknown"), 0) for key in counted
    }
    for account in accounts:
        group = buying_group(request, account, rules)
        assert group is not None
        wanted = [each for each in group.personas if each.wanted]
        row = listed[account.pk]
        assert {each.name for each in wanted if each.state == "missing"} == set(row.missing)
        assert {each.name for each in wanted if each.state == "perhaps"} == set(row.perhaps)
        assert {each.name for each in wanted if each.state == "unknown"} == set(row.unknown)
        for each in wanted:
            key, state = each.name.lower(), "unknown" if each.state == "perhaps" else each.state
            seen[str(account.fit.effective_segment), key][state] += 1
            found = narrowing.narrowed(request, Company.objects.all(), f"{key}:{state}")
            assert found is not None
            assert account.pk in set(found.values_list("pk", flat=True))
    assert seen == counted
