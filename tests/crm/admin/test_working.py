"""Working one account: who is there, what happened, and writing down what was done."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from crm.admin.working.choosing import MOST_OFFERED
from crm.admin.working.events import SHOWN, Event
from crm.admin.working.log import Line, log_form
from crm.admin.working.people import BuyingGroup, buying_group
from crm.admin.working.timeline import timeline
from crm.history import change
from crm.job_titles import match_titles
from crm.models import Activity, Company, Contact, Deal, Fit, Override
from crm.scoring.drain import rescore_all
from personas.publishing import active_ruleset
from tests.factories import SEGMENTS, company, contact, invested, member, now, ruleset

pytestmark = pytest.mark.django_db

RULES = SEGMENTS | {
    "personas": [
        {
            "key": "sam", "name": "Sam", "tier": "primary", "buying_roles": ["initiator", "user"],
            "titles": ["engineer", "product engineer"],
            "statements": [
                {"kind": "goal", "text": "Ship it"},
                {"kind": "deal_maker", "text": "Runs in an hour"},
                {"kind": "deal_breaker", "text": "A call first"},
            ],
        },
        {
            "key": "pam", "name": "Pam", "tier": "primary", "buying_roles": ["decision_maker", "user"],
            "titles": ["product manager", "product engineer"],
        },
        {"key": "nobody", "name": "Nobody", "tier": "other"},
    ]
}  # fmt: skip
HTMX = {"HX-Request": "true"}


@pytest.fixture
def rep(client: Client) -> User:
    """Somebody of sales, who is signed in."""
    user = member("rep", "Sales", "North", first_name="Robin")
    client.force_login(user)
    return user


@pytest.fixture
def account(rep: User) -> Company:
    ruleset(RULES)
    return company(120, name="Rocket", owner=rep)


def group_of(account: Company, user: User) -> BuyingGroup:
    match_titles(active_ruleset().document())
    found = buying_group(asked_by(user), Company.objects.get(pk=account.pk), active_ruleset())
    assert found is not None
    return found


def asked_by(user: User) -> Any:
    request = RequestFactory().get("/")
    request.user = user
    return request


def events_of(account: Company, user: User, **how: str) -> tuple[Event, ...]:
    return timeline(asked_by(user), account, active_ruleset(), **how).events


def said(event: Event) -> str:
    return " | ".join((event.kind, event.title, event.by, *event.lines))


# People


def test_nobody_is_missing_where_nobody_looked(account: Company, rep: User) -> None:
    found = group_of(account, rep)

    assert [(each.name, each.state) for each in found.personas] == [("Sam", "unknown"), ("Pam", "unknown")]
    assert {each.state for each in found.roles} == {"unknown"}
    assert found.gaps == ""


def test_gaps_are_named_once_the_people_are_complete(account: Company, rep: User) -> None:
    Company.objects.filter(pk=account.pk).update(people_researched_on=now().date())
    contact(account, "Engineer", name="Kim")

    found = group_of(account, rep)

    assert [(each.name, each.state) for each in found.personas] == [("Sam", "present"), ("Pam", "missing")]
    assert found.gaps == "Missing: Pam, influencer, decision maker"


def test_who_comes_after_the_first_hundred_counts_too(account: Company, rep: User) -> None:
    Company.objects.filter(pk=account.pk).update(people_researched_on=now().date())
    engineer = contact(account, "Engineer", name="A").title
    Contact.objects.bulk_create(Contact(company=account, name=f"B {n}", title=engineer) for n in range(100))
    assert [(each.name, each.state) for each in group_of(account, rep).personas] == [
        ("Sam", "present"), ("Pam", "missing"),
    ]  # fmt: skip

    contact(account, "Product Manager", name="Zoe")

    found = group_of(account, rep)
    assert (len(found.people), found.more) == (100, True)
    assert {each.name: each.state for each in found.personas} == {"Sam": "present", "Pam": "present"}
    assert [each.contact.name for each in found.personas[1].people] == ["Zoe"]

    contact(account, name="Zzz")
    found = group_of(account, rep)
    assert {each.state for each in found.roles} == {"present", "unknown"}
    assert found.settle == "the job title of Zzz"


def test_somebody_without_a_persona_leaves_it_open_who_is_missing(account: Company, rep: User) -> None:
    Company.objects.filter(pk=account.pk).update(people_researched_on=now().date())
    contact(account, name="Kim")

    assert {each.state for each in group_of(account, rep).personas} == {"unknown"}


def test_an_ambiguous_title_covers_personas_perhaps_and_the_roles_that_both_have(account: Company, rep: User) -> None:
    contact(account, "Product Engineer", name="Kim")

    found = group_of(account, rep)

    assert found.people[0].said == "Sam or Pam"
    assert {each.name: each.state for each in found.personas} == {"Sam": "perhaps", "Pam": "perhaps"}
    assert {each.name: each.state for each in found.roles} == {
        "Initiator": "perhaps", "Influencer": "unknown", "Decision maker": "perhaps", "User": "present",
    }  # fmt: skip


def test_what_a_person_decided_counts_before_the_title(account: Company, rep: User) -> None:
    contact(account, "Product Engineer", persona="pam")

    assert {each.name: each.state for each in group_of(account, rep).personas} == {"Sam": "unknown", "Pam": "present"}


def test_the_page_says_what_to_say_but_not_to_those_who_refuse(client: Client, account: Company, rep: User) -> None:
    contact(account, "Engineer", name="Kim")
    page = reverse("admin:crm_company_change", args=[account.pk])
    match_titles(active_ruleset().document())

    before = client.get(page).content.decode()
    account.contacts.update(consent="refused")
    after = client.get(page).content.decode()

    for text in ("Ship it", "Runs in an hour", "A call first"):
        assert text in before
        assert text not in after
    assert "Do not contact" in after
    assert f"{reverse('admin:crm_contact_add')}?company={account.pk}" in before


# Writing down


def written(client: Client, account: Company, kind: str, /, **said: Any) -> Any:
    """The answer to a form of the quick log that is filled in so."""
    address = reverse("admin:crm_activity_log", args=[account.pk])
    return client.post(address, {"kind": kind, "token": uuid.uuid4(), "summary": "Done"} | said, headers=HTMX)


@pytest.mark.parametrize("kind", ["note", "call", "email", "meeting"])
def test_a_line_is_enough(client: Client, account: Company, rep: User, kind: str) -> None:
    response = written(client, account, kind, summary="Asked about size")

    assert response.headers["HX-Trigger"] == "icp-account-changed"
    assert "Asked about size" in response.content.decode()
    row = Activity.objects.get()
    assert (row.kind, row.company, row.author, row.summary) == (kind, account, rep, "Asked about size")
    assert row.assignee is None
    assert row.history.count() == 1


def test_a_task_is_due_tomorrow_and_ones_own(client: Client, account: Company, rep: User) -> None:
    form = client.get(reverse("admin:crm_activity_log", args=[account.pk]), {"kind": "task"}, headers=HTMX).context[
        "form"
    ]
    assert form["due_on"].value() == now().date() + timedelta(days=1)
    assert form["assignee"].value() == rep.pk

    written(client, account, "task", due_on="2030-01-02", assignee=rep.pk)

    assert Activity.objects.to_do().get().assignee == rep


def test_without_a_script_the_form_is_a_page_and_leads_back(client: Client, account: Company) -> None:
    address = reverse("admin:crm_activity_log", args=[account.pk])

    assert "<html" in client.get(address, {"kind": "call"}).content.decode()
    response = client.post(address, {"kind": "call", "token": uuid.uuid4(), "summary": "Done"})

    assert response.headers["Location"] == reverse("admin:crm_company_change", args=[account.pk])


def test_the_same_form_sent_twice_is_one_row(client: Client, account: Company) -> None:
    token = uuid.uuid4()

    for _ in range(2):
        assert written(client, account, "call", token=token).status_code == 200

    assert Activity.objects.count() == 1


def test_what_is_still_to_come_is_no_call(client: Client, account: Company) -> None:
    response = written(client, account, "call", happened_at=(now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"))

    assert "Make a task" in response.content.decode()
    assert not Activity.objects.exists()


def test_a_summary_is_asked_for_at_its_field(client: Client, account: Company) -> None:
    assert "log_summary_error" in written(client, account, "note", summary=" ").content.decode()


def test_typing_goes_on_at_the_field_that_is_wrong(client: Client, account: Company) -> None:
    fresh = client.get(reverse("admin:crm_activity_log", args=[account.pk]), {"kind": "call"}, headers=HTMX)
    refused = written(client, account, "call", happened_at="2090-01-01T10:00")

    assert focused(fresh) == ["summary"]
    assert focused(refused) == ["happened_at"]


def focused(response: Any) -> list[str]:
    """The names of the fields that say they want the focus."""
    fields = re.findall(r"<(?:input|select|textarea)[^>]* autofocus[^>]*>", response.content.decode())
    return [re.findall(r'name="(\w+)"', field)[0] for field in fields]


def test_a_contact_of_another_account_cannot_be_named(client: Client, account: Company) -> None:
    response = written(client, account, "call", contact=contact(company(), name="Other").pk)

    assert response.context["form"].errors.keys() == {"contact"}


def test_writing_down_scores_the_account_again(
    client: Client, rep: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    ruleset(must=[{"key": "touched", "when": {"fact": "last_activity", "within_days": 30}}])
    account = company(owner=rep)
    rescore_all(at=now())

    with django_capture_on_commit_callbacks(execute=True):
        written(client, account, "call")

    assert Fit.objects.get(pk=account.pk).segment == "only"


@pytest.mark.parametrize(("team", "status"), [("North", 403), ("South", 404)])
def test_only_whoever_works_the_account_writes_something_down(
    client: Client, account: Company, team: str, status: int
) -> None:
    theirs = company(owner=member("other", "Sales", team), team=Group.objects.get(name=team))

    assert written(client, theirs, "call").status_code == status
    assert not Activity.objects.exists()


# Whom it was with, and who does it


@pytest.fixture
def many(account: Company) -> list[Contact]:
    """A hundred and twenty contacts of the account, by name."""
    return Contact.objects.bulk_create(Contact(company=account, name=f"Person {n:03}") for n in range(1, 121))


def asked(client: Client, account: Company, **how: Any) -> dict[str, Line]:
    """The lines of the form, by name."""
    response = client.get(reverse("admin:crm_activity_log", args=[account.pk]), {"kind": "task"} | how, headers=HTMX)
    return {line.field.name: line for line in response.context["form"].lines()}


def offered(line: Line) -> list[str]:
    assert line.offer
    assert all(name in line.widget for _, name in line.offer.options)
    return [name for _, name in line.offer.options]


def test_a_few_contacts_are_all_listed_and_need_no_search(client: Client, account: Company) -> None:
    contact(account, "Engineer", name="Kim")

    line = asked(client, account)["contact"]

    assert offered(line) == ["Nobody named", "Kim, Engineer"]
    assert line.offer
    assert not line.offer.searchable


def test_of_many_contacts_those_are_listed_that_were_spoken_to_last(
    client: Client, account: Company, many: list[Contact]
) -> None:
    Activity.objects.create(company=account, kind="call", summary="Call", contact=many[109])
    Activity.objects.create(company=account, kind="task", summary="To do", contact=many[110])

    line = asked(client, account)["contact"]

    assert offered(line)[:3] == ["Nobody named", "Person 110", "Person 001"]
    assert len(offered(line)) == 1 + MOST_OFFERED
    assert line.offer
    assert line.offer.said == "50 are listed. Type to find everybody else."


def test_whoever_is_chosen_already_is_listed(client: Client, account: Company, many: list[Contact]) -> None:
    line = asked(client, account, contact=many[100].pk)["contact"]

    assert offered(line)[1] == "Person 101"
    assert line.offer
    assert line.offer.chosen == str(many[100].pk)


def test_a_contact_that_is_not_listed_can_be_named(client: Client, account: Company, many: list[Contact]) -> None:
    assert "Person 101" not in offered(asked(client, account)["contact"])

    written(client, account, "call", contact=many[100].pk)

    assert Activity.objects.get().contact == many[100]


@pytest.mark.parametrize(
    ("typed", "chosen", "said", "listed"),
    [
        ("101", "Person 101", "Found and chosen: Person 101.", 1),
        ("PERSON 10", "", "12 found. Choose one, or type more.", 13),
        ("person", "", "More than 50 found. Choose one, or type more.", 51),
        ("chief lee", "Lee, Chief", "Found and chosen: Lee, Chief.", 1),
        ("Kim", "Kim", "2 found. Kim is chosen.", 3),
        ("zoe", "", "Nobody goes by “zoe”. Clear the search to see the first again.", 1),
        ("\0", "", "50 are listed. Type to find everybody else.", 51),
    ],
)
@pytest.mark.usefixtures("many")
def test_typing_finds_everybody(
    client: Client, account: Company, typed: str, chosen: str, said: str, listed: int
) -> None:
    contact(account, "Chief", name="Lee")
    contact(account, name="Kim")
    contact(account, name="Kimberly")

    line = asked(client, account, contact_typed=typed)["contact"]

    assert line.offer
    assert (line.offer.said, len(offered(line))) == (said, listed)
    assert dict(line.offer.options).get(line.offer.chosen, "") == (chosen or offered(line)[0])


def test_without_a_script_what_is_typed_names_the_contact(
    client: Client, account: Company, many: list[Contact]
) -> None:
    written(client, account, "call", contact_typed="person 101")

    assert Activity.objects.get().contact == many[100]


@pytest.mark.parametrize("typed", ["person 10", "zoe", "x" * 101, "\0"])
@pytest.mark.usefixtures("many")
def test_what_is_typed_and_names_several_or_nobody_is_asked_again(client: Client, account: Company, typed: str) -> None:
    response = written(client, account, "call", contact_typed=typed)

    assert 'role="alert"' in response.content.decode()
    assert not Activity.objects.exists()


def test_one_of_several_that_were_found_is_chosen(client: Client, account: Company, many: list[Contact]) -> None:
    written(client, account, "call", contact_typed="person 10", contact=many[100].pk)

    assert Activity.objects.get().contact == many[100]


def test_who_was_chosen_and_what_was_typed_do_not_overrule_each_other(
    client: Client, account: Company, many: list[Contact]
) -> None:
    response = written(client, account, "call", contact_typed="101", contact=many[0].pk)

    assert "You chose Person 001 and typed “101”, which finds Person 101" in response.content.decode()
    line = next(line for line in response.context["form"].lines() if line.field.name == "contact")
    assert line.offer.chosen == str(many[100].pk)
    assert not Activity.objects.exists()


def test_a_task_goes_to_the_colleague_who_is_typed_instead_of_oneself(
    client: Client, account: Company, rep: User
) -> None:
    for number in range(60):
        member(f"mate{number:02}", "North", first_name="Mate", last_name=f"{number:02}")

    line = asked(client, account)["assignee"]
    assert line.offer
    assert (len(offered(line)), line.offer.chosen) == (2 + MOST_OFFERED, str(rep.pk))
    written(client, account, "task", assignee=rep.pk, assignee_typed="mate 57")

    assert Activity.objects.get().assignee == User.objects.get(username="mate57")


@pytest.mark.usefixtures("many", "rep")
def test_typing_finds_nobody_who_is_hidden(client: Client, account: Company) -> None:
    contact(company(owner=member("other", "Sales", "South", first_name="Olga")), name="Hidden")
    contact(company(owner=account.owner), name="Hidden too")

    lines = asked(client, account, contact_typed="hidden", assignee_typed="olga")

    assert offered(lines["contact"]) == offered(lines["assignee"]) == ["Nobody found"]


def test_the_form_takes_the_same_queries_for_any_number_of_people(
    client: Client, account: Company, rep: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    request = asked_by(User.objects.get(pk=rep.pk))

    def shown() -> None:
        list(log_form(request, account, "task").lines())

    contact(account, "Engineer", name="Kim")
    shown()
    with django_assert_num_queries(2):
        shown()
    for number in range(60):
        contact(account, f"Engineer {number}", name=f"Person {number}")
        member(f"mate{number}", "North", first_name=f"Mate {number}")
    with django_assert_num_queries(3) as asked_for:  # and the one who is chosen and not among the first
        shown()
    assert all("LIMIT" in query["sql"] for query in asked_for.captured_queries)


# Tasks


def check(client: Client, task: Activity, done: str = "1", **extra: Any) -> Any:
    return client.post(reverse("admin:crm_activity_done", args=[task.pk]), {"done": done} | extra)


def done_at(task: Activity) -> Any:
    return Activity.objects.values_list("done_at", flat=True).get(pk=task.pk)


def test_a_task_is_checked_off_once_and_opened_again(client: Client, account: Company, rep: User) -> None:
    task = Activity.objects.create(company=account, kind="task", summary="Call", assignee=rep)

    check(client, task)
    first = done_at(task)
    check(client, task)
    assert first is not None
    assert done_at(task) == first
    check(client, task, "0")
    assert done_at(task) is None
    # What stood before, done, and open again; and who did it.
    assert [row.history_user for row in task.history.all()] == [rep, rep, None]


def test_checking_off_takes_a_post(client: Client, account: Company, rep: User) -> None:
    task = Activity.objects.create(company=account, kind="task", summary="Call", assignee=rep)

    assert client.get(reverse("admin:crm_activity_done", args=[task.pk])).status_code == 405


def test_ones_own_task_on_a_colleagues_account_can_be_checked_off_and_no_other(client: Client, rep: User) -> None:
    ruleset(RULES)
    mate = member("mate", "Sales", "North")
    theirs = company(owner=mate, team=Group.objects.get(name="North"))
    own = Activity.objects.create(company=theirs, kind="task", summary="Mine", assignee=rep)
    other = Activity.objects.create(company=theirs, kind="task", summary="Theirs", assignee=mate)

    assert check(client, own).status_code == 302
    assert check(client, other).status_code == 403
    assert set(Activity.objects.to_do()) == {other}


def test_a_hidden_task_answers_as_one_that_does_not_exist(client: Client, rep: User) -> None:
    hidden = company(owner=member("other", "Sales", "South"))
    task = Activity.objects.create(company=hidden, kind="task", summary="Call", assignee=rep)

    assert check(client, task).status_code == 404
    assert Activity.objects.to_do().exists()


def test_several_tasks_are_done_by_an_action(client: Client, account: Company, rep: User) -> None:
    tasks = [Activity.objects.create(company=account, kind="task", summary=f"Task {n}") for n in range(2)]
    call = Activity.objects.create(company=account, kind="call", summary="Call")

    response = client.post(
        "/admin/crm/activity/",
        {"action": "mark_done", "_selected_action": [call.pk, *(each.pk for each in tasks)]},
        follow=True,
    )

    assert "2 tasks are done. 1 of those chosen" in response.content.decode()
    call.refresh_from_db()
    assert call.done_at is None
    assert not Activity.objects.to_do().exists()


@pytest.mark.parametrize(
    ("which", "names"),
    [
        ("mine", {"late", "today"}),
        ("overdue", {"late"}),
        ("today", {"today"}),
        ("week", {"today", "soon"}),
        ("open", {"late", "today", "soon", "whenever"}),
        ("done", {"done"}),
    ],
)
def test_the_list_narrows_to_tasks(client: Client, account: Company, rep: User, which: str, names: set[str]) -> None:
    today = now().date()
    for name, days, assignee in (("late", -1, rep), ("today", 0, rep), ("soon", 5, None)):
        Activity.objects.create(
            company=account, kind="task", summary=name, due_on=today + timedelta(days=days), assignee=assignee
        )
    Activity.objects.create(company=account, kind="task", summary="whenever")
    Activity.objects.create(company=account, kind="task", summary="done", done_at=now(), assignee=rep)
    Activity.objects.create(company=account, kind="call", summary="call")

    shown = client.get("/admin/crm/activity/", {"tasks": which}).context["cl"].result_list

    assert {each.summary for each in shown} == names


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"kind": "call", "due_on": "2030-01-01"}, "due_on"),
        ({"kind": "call", "happened_at_0": "2090-01-01"}, "happened_at"),
    ],
)
def test_the_form_of_an_activity_says_what_only_a_task_has(
    client: Client, account: Company, data: dict[str, str], field: str
) -> None:
    said = {"summary": "Call", "company": account.pk, "happened_at_0": "2026-01-01", "happened_at_1": "10:00"}

    response = client.post(reverse("admin:crm_activity_add"), said | data)

    assert list(response.context["adminform"].form.errors) == [field]


# Timeline


def test_the_timeline_tells_everything_the_newest_first(account: Company, rep: User) -> None:
    rescore_all(at=now())
    contact(account, "Engineer", name="Kim")
    invested(account, "Accel")
    rescore_all(at=now())
    Activity.objects.create(company=account, kind="call", summary="First call", author=rep)
    Activity.objects.create(company=account, kind="task", summary="Still to do")
    Activity.objects.create(company=account, kind="task", summary="Sent", done_at=now(), assignee=rep)
    Override.objects.create(company=account, segment="early", reason="Named", author=rep, expires_on="2099-01-01")
    change(Company.objects.filter(pk=account.pk), {"city": "Berlin"}, by=rep)
    moved = "Investors went from unknown to on the list “Leading investors”, may hold more"

    assert [said(event) for event in events_of(account, rep)] == [
        "Facts entered | City: unknown → Berlin | Robin",
        "Set by hand | Early, until 1 Jan 2099 | Robin | Named",
        "Task done | Sent | Robin",
        "Call | First call | Robin",
        f"Fit | Undecided → Growth |  | 20 points | {moved}",
        "Facts entered | Added investment “Accel” | a command",
        "Contact added | Kim |  | Engineer",
        "Fit | Undecided |  | 20 points | Scored for the first time",
        "Facts entered | Account added | a command",
    ]


def test_deals_are_told_from_their_history(account: Company, rep: User) -> None:
    deal = Deal.objects.create(
        company=account, name="First year", opened_on="2026-01-05", amount=1000, currency="USD", owner=rep
    )
    rows = Deal.objects.filter(pk=deal.pk)
    change(rows, {"stage": "proposal"}, by=rep)
    change(rows, {"amount": 2000}, by=rep)
    change(rows, {"stage": "lost", "closed_on": now().date(), "outcome_reason": "Too dear"}, by=rep)

    assert [said(event) for event in events_of(account, rep, only="deals")] == [
        "Deal lost | First year, 2,000 USD | Robin | Proposal → Lost | Too dear",
        "Deal amount changed | First year | Robin | 1,000 USD → 2,000 USD",
        "Deal moved | First year, 1,000 USD | Robin | Discovery → Proposal",
        "Deal opened | First year, 2,000 USD | Robin",
    ]


def test_a_deal_that_came_closed_is_told_by_its_days(account: Company, rep: User) -> None:
    Deal.objects.bulk_create(
        [Deal(company=account, name="Old", stage="won", opened_on="2026-01-05", closed_on="2026-02-05")]
    )

    events = events_of(account, rep, only="deals")

    assert [(said(event), event.day) for event in events] == [
        ("Deal won | Old | ", True), ("Deal opened | Old | ", True),
    ]  # fmt: skip


def test_an_override_that_ended_says_when(account: Company, rep: User) -> None:
    Override.objects.create(
        company=account, segment=None, reason="Test", author=rep, expires_on="2099-01-01", ended_at=now()
    )
    Override.objects.create(company=account, segment="early", reason="Old", author=rep, expires_on="2020-01-01")

    kinds = [event.kind for event in events_of(account, rep, only="fit")]

    assert sorted(kinds) == ["No longer set by hand", "Override expired", "Set by hand", "Set by hand"]


def test_people_who_were_added_together_are_one_event(account: Company, rep: User) -> None:
    for number in range(7):
        contact(account, name=f"Kim {number}")

    (event,) = events_of(account, rep, only="people")

    assert event.kind == "7 contacts added"
    assert event.title.endswith("and 2 more")


def test_show_more_shows_each_event_once(client: Client, account: Company, rep: User) -> None:
    moment = now()
    for number in range(2 * SHOWN):
        Activity.objects.create(company=account, kind="note", summary=f"Note {number}", happened_at=moment)
        Deal.objects.create(company=account, name=f"Deal {number}", opened_on="2026-01-05")
    seen: list[str] = []
    before = ""
    for _ in range(9):
        found = timeline(asked_by(rep), account, active_ruleset(), before=before)
        seen += [event.title for event in found.events]
        before = found.next
        if not before:
            break

    assert sorted(seen) == sorted(
        [f"{kind} {number}" for kind in ("Note", "Deal") for number in range(2 * SHOWN)] + ["Account added"]
    )
    assert client.get(timeline(asked_by(rep), account, active_ruleset()).more, headers=HTMX).status_code == 200


@pytest.mark.parametrize("before", ["x", "~", "2026-01-01~1~1", "2026-01-01T00:00:00+00:00~1~9999999999999999999999"])
def test_a_place_that_is_none_begins_at_the_top(client: Client, account: Company, before: str) -> None:
    address = reverse("admin:crm_activity_timeline", args=[account.pk])

    assert client.get(address, {"before": before, "only": "nothing"}).status_code == 200


def test_the_timeline_of_a_hidden_account_is_not_there(client: Client, rep: User) -> None:
    hidden = company(owner=member("other", "Sales", "South"))

    assert client.get(reverse("admin:crm_activity_timeline", args=[hidden.pk])).status_code == 404


def test_the_timeline_and_the_people_take_the_same_queries_for_any_number(
    account: Company, rep: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        contact(account, f"Engineer {number}")
        Activity.objects.create(company=account, kind="call", summary="Call", author=rep)
        deal = Deal.objects.create(company=account, name=f"Deal {number}", opened_on="2026-01-05", owner=rep)
        change(Deal.objects.filter(pk=deal.pk), {"stage": "proposal"}, by=rep)
        Company.objects.filter(pk=account.pk).update(employees_low=number, employees_high=number)
        rescore_all(at=now())
    request = asked_by(User.objects.get(pk=rep.pk))
    rules = active_ruleset()
    buying_group(request, account, rules)

    with django_assert_num_queries(3):
        buying_group(request, account, rules)
    with django_assert_num_queries(13):
        timeline(request, account, rules)
