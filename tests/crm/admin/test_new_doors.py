"""The doors of daily work: whatever is typed, guessed or pressed, nobody reads, changes or breaks what is others'."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.test import Client
from django.urls import reverse

from crm.admin.spreadsheet import guarded
from crm.models import Activity, Company, Deal, Opinion, Override, SavedView
from crm.scoring import surveys
from crm.scoring.drain import rescore_all
from personas.models import GoldenCase, NamedList, Persona, Profile
from personas.publishing import save_draft
from personas.rules.document import from_data
from tests.crm.admin.test_company import submitted
from tests.factories import SEGMENTS, company, contact, invested, member, now, ruleset, termed, worked

pytestmark = [pytest.mark.django_db, pytest.mark.whole]

MISSING = 987_654
SECRET = "Zeppelin"
IN_A_MONTH, IN_TWO_MONTHS = (str(now().date() + timedelta(days=days)) for days in (30, 60))

MOMENTS = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00", "2026-02-30")
GARBAGE = (
    "-1", "abc", "99999999999999999999", "1e9999999", "²", "a\0b", "x" * 3_000, "9" * 5_000, "'\"<script>", "|", ":met",
    *MOMENTS, *(f"{moment}~1~1" for moment in MOMENTS),
)  # fmt: skip

RULES: dict[str, Any] = SEGMENTS | {
    "facts": {"visits": {"label": "Visits", "kind": "integer", "unit": "visits"}},
    "personas": [
        {"key": "sam", "name": "Sam", "tier": "primary", "titles": ["engineer"], "buying_roles": ["user"]},
    ],
}


@pytest.fixture
def rep() -> User:
    return member("rep", "Sales", "North", first_name="Robin")


@pytest.fixture
def other() -> User:
    return member("other", "Sales", "South", first_name="Olga")


@pytest.fixture
def revops() -> User:
    return member("revops", "RevOps")


@pytest.fixture
def rules() -> None:
    ruleset(RULES)
    save_draft(from_data(RULES))


def furnished(account: Company, author: User, word: str) -> Company:
    """An account with one of everything, each with the word in its name."""
    invested(account, "Accel")
    termed(account, "tags", f"{word} tag")
    worked(contact(account, "Engineer", name=f"{word} Person", email=f"{word.lower()}@works.example"), "Google")
    Deal.objects.create(company=account, name=f"{word} deal", opened_on="2026-01-01", amount=5, currency="USD")
    Activity.objects.create(company=account, kind="call", summary=f"{word} call", author=author)
    Activity.objects.create(company=account, kind="task", summary=f"{word} task", author=author, assignee=author)
    Override.objects.create(company=account, segment="growth", reason=f"{word} reason", author=author,
                            expires_on=now().date() + timedelta(days=30))  # fmt: skip
    Opinion.objects.create(company=account, ruleset=1, profile="growth", line="must:size", answer="yes", agrees=False,
                           reason=f"{word} opinion", author=author)  # fmt: skip
    return account


@pytest.fixture
def mine(rules: None, rep: User) -> Company:
    team = Group.objects.get(name="North")
    return furnished(company(120, name="Mine", owner=rep, team=team), rep, "Own")


@pytest.fixture
def hidden(rules: None, other: User) -> Company:
    team = Group.objects.get(name="South")
    return furnished(company(120, name=f"{SECRET} Works", owner=other, team=team), other, SECRET)


@pytest.fixture
def open_to_all(mine: Company, hidden: Company, rep: User) -> Company:
    """What the pages of RevOps need: accounts that are scored and counted, and a draft with one of everything."""
    rescore_all(at=now())
    SavedView.objects.create(owner=rep, page="company", name="View", query="stage=lead")
    return mine


def said(response: Any) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def broken(client: Client, method: str, address: str, sent: Iterable[Mapping[str, Any]]) -> list[str]:
    """What of this makes a page fail; nothing of it is kept."""
    client.raise_request_exception = False
    found = []
    for each in sent:
        with transaction.atomic():
            response = getattr(client, method)(address, each)
            if response.status_code >= 500:
                found.append(f"{str(each)[-80:]}: {response.exc_info[1]!r}"[:300])
            transaction.set_rollback(True)
    return found


def one_by_one(names: Iterable[str], **always: Any) -> Iterable[dict[str, Any]]:
    """Every garbage under every name."""
    return [always | {name: value} for name in names for value in GARBAGE]


LIST = (
    "segment", "possible", "status", "band", "points_from", "points_to", "owned", "stage", "criterion", "missing",
    "settle", "persona", "tag", "country", "moved", "scoring", "q", "o", "p", "all", "_facets",
)  # fmt: skip

READ: dict[str, tuple[str, ...]] = {
    "crm_company_changelist": LIST,
    "crm_company_neighbours": LIST,
    "crm_company_receipt": ("q",),
    "crm_company_choices:owned": ("term", "page"),
    "crm_company_choices:tag": ("term",),
    "crm_company_choices:criterion": ("term",),
    "crm_company_change": ("_changelist_filters", "contacts-page", "activities-page", "fit_changes-page", "_popup"),
    "crm_company_answer:employees": ("place",),
    "crm_company_names:investors": ("value",),
    "crm_company_names:tags": ("value",),
    "crm_company_compare": ("with", "other", "profile", "only"),
    "crm_company_opinion": ("on", "says"),
    "crm_company_add": ("parent", "owner", "employees", "name"),
    "crm_contact_changelist": (
        "persona", "match", "role", "segment", "points_from", "points_to", "certainty", "champion", "whose", "consent",
        "title__id__exact", "company__id__exact", "consent__exact", "q", "o", "p",
    ),
    "crm_contact_add": ("company", "title", "persona", "owner"),
    "crm_deal_changelist": ("owned", "stage__exact", "state", "company__id__exact", "q", "o", "p"),
    "crm_deal_add": ("company", "owner", "stage", "opened_on"),
    "crm_deal_board": ("owner", "of"),
    "crm_deal_close": ("stage", "of"),
    "crm_activity_changelist": ("kind__exact", "tasks", "by", "company__id__exact", "q", "o", "p"),
    "crm_activity_add": ("company", "contact", "assignee", "kind", "due_on"),
    "crm_activity_log": ("kind", "contact"),
    "crm_activity_log:kind=call": ("contact", "contact_typed"),
    "crm_activity_log:kind=task": ("assignee_typed",),
    "crm_activity_timeline": ("only", "before"),
    "crm_opinion_changelist": ("state", "of_profile", "of_line", "agrees__exact", "q", "o", "p"),
    "index": ("q",),
    "freshness": ("state", "shown"),
    "overview": ("q",),
    "overview_worklist": ("q",),
    "overview_moves": ("before", "after", "cause"),
    "overview_moves:before=none&after=growth": ("cause",),
    "overview_moves:after=growth": ("before",),
    "overview_moves:before=none": ("after",),
    "overview_progress:worklist": ("whole",),
    "handbook": ("q",),
    "personas_namedlist_change": ("q", "p", "edit", "in_force"),
    "personas_fact_new": ("key",),
    "personas_criterion_new": ("kind", "component"),
    "personas_customfact_changelist": ("q", "o", "p"),
    "personas_persona_changelist": ("q", "o", "p"),
}  # fmt: skip


def ids() -> dict[str, int]:
    """One row of each kind that a door may be about: those of the account named Mine, and of the draft."""
    account = Company.objects.get(name="Mine")
    return {
        "crm_company": account.pk,
        "crm_contact": account.contacts.get().pk,
        "crm_deal": account.deals.get().pk,
        "crm_activity": account.activities.get(kind="task").pk,
        "crm_opinion": account.opinions.get().pk,
        "crm_activity_log": account.pk,
        "crm_activity_timeline": account.pk,
        "personas_namedlist": NamedList.objects.get().pk,
        "personas_list": NamedList.objects.get().pk,
        "personas_persona": Persona.objects.get().pk,
        "personas_criterion_new": Profile.objects.get(key="growth").pk,
        "personas_component_new": Profile.objects.get(key="growth").pk,
        "personas_head": Profile.objects.get(key="growth").pk,
        "personas_case": GoldenCase.objects.values_list("pk", flat=True).first() or 0,
    }


WITHOUT_ID = ("changelist", "add", "choices", "board", "new", "index", "_try", "_save")


def address(door: str) -> tuple[str, dict[str, str]]:
    """Where the door is, and what it is always given: "name:argument" or "name:key=value"."""
    name, _, rest = door.partition(":")
    given = dict(each.split("=") for each in rest.split("&")) if "=" in rest else {}
    args: list[Any] = [rest] if rest and not given else []
    known = ids()
    if name in known:
        args.insert(0, known[name])
    elif not name.endswith(WITHOUT_ID):
        model = "_".join(name.split("_")[:2])
        args[:0] = [known[model]] if model in known else []
    prefix = "admin:" if name == "index" or name.startswith(("crm_", "personas_")) else ""
    return reverse(f"{prefix}{name}", args=args), given


@pytest.mark.parametrize("door", READ)
def test_no_page_fails_over_what_stands_in_its_address(
    client: Client, open_to_all: Company, revops: User, door: str
) -> None:
    client.force_login(revops)
    if "moves" in door:
        for subject in surveys.SUBJECTS:
            surveys.count_now(subject, ruleset(RULES), at=now())
    where, given = address(door)

    assert client.get(where, given).status_code in (200, 400, 404, 302)
    assert broken(client, "get", where, one_by_one(READ[door], **given)) == []


DAMAGE = ("a\0b", "x" * 3_000, "9" * 40, "1e9999999", "-" + "9" * 50, "²", *MOMENTS, "[" * 60_000)

WORD = {
    "label": "A word",
    "points": "1",
    "rationale": "why",
    "key": "a-word",
    "when": '{"fact": "employees", "at_least": 5}',
}
STATED = {"value": "5", "source": "somebody", "on": "2026-01-01"}

WRITTEN: dict[str, dict[str, Any]] = {
    "crm_activity_log": {"kind": "call", "token": "6f1c7d3e-0000-4000-8000-000000000001", "summary": "x", "body": "x",
                         "contact": "", "contact_typed": "", "happened_at": ""},
    "crm_activity_done": {"done": "1", "from": "home"},
    "crm_company_answer:employees": STATED,
    "crm_company_answer:founded": STATED | {"value": "2001"},
    "crm_company_answer:domain": STATED | {"value": "mine.example"},
    "crm_company_answer:visits": STATED,
    "crm_company_answer:funding_total": STATED,
    "crm_company_answer:investors": STATED | {"value": "Kleiner", "keep": "Accel", "shown": "Accel", "complete": "on"},
    "crm_company_answer:tags": STATED | {"value": "b2b", "keep": "Own tag", "shown": "Own tag", "complete": "on"},
    "crm_company_opinion": {"on": "growth|must:size", "says": "disagree", "reason": "x", "since": ""},
    "crm_company_override": {"segment": "early", "reason": "x", "expires_on": IN_A_MONTH},
    "crm_company_override_extend": {"until": IN_TWO_MONTHS, "since": ""},
    "crm_company_view_save": {"name": "x", "query": "stage=lead", "shared": "on"},
    "crm_company_view_change": {"name": "x", "shared": "on"},
    "crm_contact_persona": {"persona": "sam", "was": ""},
    "crm_deal_move": {"stage": "proposal", "was": "discovery", "of": "all"},
    "crm_deal_close": {"stage": "lost", "was": "discovery", "of": "all", "closed_on": "2026-02-01", "outcome_reason": "x"},  # noqa: E501
    "crm_company_changelist": {"action": "add_tag", "tag": "x", "_selected_action": "1", "select_across": "0",
                               "confirmed": "1", "index": "0"},
    "crm_company_change": {"name": "Mine", "employees": "5", "built_from": "", "overwrite": "", "once": "", "investments-0-investor": "", "domain": "",  # noqa: E501
                           "notes": "x", "founded": "2001", "team": "", "parent": "", "owner": "", "country": ""},
    "crm_contact_change": {"name": "x", "company": "", "followers": "5", "persona": "", "email": "", "built_from": ""},
    "crm_deal_change": {"name": "x", "company": "", "amount": "5", "currency": "USD", "stage": "lost", "opened_on": "",
                        "built_from": ""},
    "crm_activity_change": {"summary": "x", "company": "", "kind": "task", "due_on": "", "assignee": "", "contact": "",
                            "built_from": ""},
    "crm_opinion_changelist": {"action": "settle", "_selected_action": "1"},
    "crm_company_changelist:action=assign": {"owner": "me", "_selected_action": "1", "confirmed": "1"},
    "crm_company_changelist:action=put_stage": {"stage": "lead", "_selected_action": "1"},
    "crm_activity_changelist": {"action": "mark_done", "_selected_action": "1"},
    "overview_count": {"subject": "worklist", "from": "worklist"},
    "personas_criterion_new": WORD | {"kind": "points", "base": "", "opened": "1"},
    "personas_component_new": {"label": "A part", "key": "part", "combine": "sum", "cap": "5", "floor": "0", "gate": "",
                               "table": '[{"label": "a", "points": "1", "when": {"fact": "employees", "at_least": 5}}]'},  # noqa: E501
    "personas_head": {"name": "Growth", "key": "growth", "stance": "focus", "rank": "1", "action": "x", "summary": "x",
                      "examples": "x", "missing": "open", "maximum": "", "bands": "", "enough": ""},
    "personas_profile_new": {"name": "Third", "key": "third", "stance": "focus", "rank": "3", "action": "x",
                             "summary": "x", "examples": "x", "missing": "open", "maximum": "", "bands": "", "enough": ""},  # noqa: E501
    "personas_case_new": {"name": "A case", "segment": "growth", "at": "", "note": "x", "facts": "employees: 42"},
    "personas_case_try": {"facts": "employees: 42", "at": ""},
    "personas_list_new": {"title": "A list", "match": "name", "contains_from": "5", "key": "a_list"},
    "personas_list_head": {"title": "A list", "match": "name", "contains_from": "5", "base": "", "opened": ""},
    "personas_list_entry": {"name": "New name", "aliases": "Other", "do": "save", "entry": "", "q": "", "p": ""},
    "personas_list_many": {"text": "One name", "how": "add", "sure": "yes", "base": ""},
    "personas_fact_new": {"label": "A fact", "kind": "choice", "unit": "x", "fresh_for_days": "5", "choices": "a\nb",
                          "ordered": "", "explanation": "x", "key": "a_fact"},
    "personas_fact_new:kind=decimal": {"label": "A fact", "minimum": "1", "maximum": "7", "key": "a_fact"},
    "personas_persona_new": {"name": "Pam", "tier": "other", "aliases": "x", "story": "x", "pain_tolerance": "x",
                             "technical_level": "x", "found_at": "x", "key": "pam", "goal": "x", "titles": "doctor",
                             "exclude": "x", "buying_roles": "user"},
    "personas_step": {"what": "criterion", "id": "1", "do": "up", "next": "/admin/"},
    "personas_draft_text": {"text": "format: 1", "base": ""},
    "personas_publish": {"note": "x", "seen": "x"},
    "personas_start_over": {"x": "x"},
    "personas_condition_counts": {"x": "x"},
    "personas_profile_counts": {"whole": "look"},
}  # fmt: skip


def place_of(door: str, account: Company) -> tuple[str, dict[str, str]]:
    """Where the door is, and what it is always given."""
    name = door.partition(":")[0]
    if name == "crm_company_view_change":
        return reverse(f"admin:{name}", args=[SavedView.objects.get(name="View").pk]), {}
    if name == "crm_company_override_extend":
        return reverse(f"admin:{name}", args=[account.pk, account.overrides.get().pk]), {}
    if name == "personas_profile_counts":
        return reverse(f"admin:{name}", args=[Profile.objects.get(key="growth").pk]), {}
    if name in ("personas_draft_text", "personas_publish", "personas_start_over", "personas_condition_counts"):
        return reverse(f"admin:{name}"), {}
    return address(door)


@pytest.mark.parametrize("door", WRITTEN)
def test_no_page_fails_over_what_is_typed_into_it(
    client: Client, open_to_all: Company, revops: User, door: str
) -> None:
    client.force_login(revops)
    SavedView.objects.update(owner=revops)
    where, given = place_of(door, open_to_all)
    name = door.partition(":")[0]
    if name == "crm_company_override":
        Override.objects.all().delete()
    valid = WRITTEN[door] | given
    if "_selected_action" in valid:
        valid["_selected_action"] = str(ids()[name.removesuffix("_changelist")])
    if name.endswith("_change") and "view" not in name:
        built = client.get(where).context["built_from"]
        valid = submitted(client, where) | {"built_from": built} | {key: each for key, each in valid.items() if each}

    sent = [valid | {field: value} for field in WRITTEN[door] for value in DAMAGE]
    assert broken(client, "post", where, sent) == []


# What is hidden, and what may only be read

MAY_EDIT: dict[str, dict[str, Any]] = {
    "crm_activity_log": {"kind": "call", "token": "6f1c7d3e-0000-4000-8000-000000000001", "summary": "x"},
    "crm_company_answer:employees": STATED,
    "crm_company_override": {"segment": "early", "reason": "x", "expires_on": IN_A_MONTH},
    "crm_company_override_end": {},
    "crm_company_override_extend": {"until": IN_TWO_MONTHS},
    "crm_contact_persona": {"persona": "sam", "was": ""},
    "crm_deal_move": {"stage": "proposal", "was": "discovery"},
    "crm_deal_close": {"stage": "won", "was": "discovery", "closed_on": "2026-02-01"},
}
MAY_SEE: dict[str, dict[str, Any]] = {
    "take": {},
    "crm_activity_done": {"done": "1"},
    "crm_activity_timeline": {},
    "crm_company_opinion": {"on": "growth|must:size", "says": "agree"},
    "crm_company_compare": {},
    "crm_company_receipt": {},
    "crm_company_neighbours": {"q": "o"},
    "crm_company_names:investors": {"value": "Acc"},
}
ON_OVERRIDE = ("crm_company_override_end", "crm_company_override_extend")


def door_of(door: str, account: Company, pk: int | None = None) -> str:
    """The door for this account, or for a row with the id `pk` in its place."""
    name, _, rest = door.partition(":")
    rows: dict[str, Any] = {"crm_contact": account.contacts, "crm_deal": account.deals}
    row = rows.get("_".join(name.split("_")[:2]))
    own = row.get().pk if row else account.pk
    if name == "crm_activity_done":
        own = account.activities.get(kind="task").pk
    args: list[Any] = [pk or own, *([account.overrides.get().pk] if name in ON_OVERRIDE else []), *filter(None, [rest])]
    return reverse(name if name == "take" else f"admin:{name}", args=args)


def told(client: Client, method: str, where: str, sent: dict[str, Any]) -> tuple[int, str]:
    """What the door tells: the status, and the page where there is one."""
    response = getattr(client, method)(where, sent)
    return response.status_code, said(response) if response.status_code == 200 else ""


def rows_now() -> list[Any]:
    """Everything that the doors could have changed."""
    found: list[Any] = []
    for model in (Company, Deal, Activity, Override, Opinion, SavedView):
        found += model._default_manager.order_by("pk").values_list()
    return found


@pytest.mark.parametrize("door", [*MAY_EDIT, *MAY_SEE])
@pytest.mark.parametrize("method", ["get", "post"])
def test_behind_every_door_what_is_hidden_is_as_what_is_missing(
    client: Client, open_to_all: Company, hidden: Company, rep: User, door: str, method: str
) -> None:
    client.force_login(rep)
    before = rows_now()
    sent = (MAY_EDIT | MAY_SEE)[door]

    there = told(client, method, door_of(door, hidden), sent)

    assert there == told(client, method, door_of(door, hidden, MISSING), sent)
    assert SECRET not in there[1]
    assert rows_now() == before


@pytest.mark.parametrize("door", MAY_EDIT)
def test_what_one_only_sees_is_changed_through_no_door(
    client: Client, open_to_all: Company, rep: User, door: str
) -> None:
    mate = member("mate", "Sales", "North")
    client.force_login(mate)
    before = rows_now()

    assert client.post(door_of(door, open_to_all), MAY_EDIT[door]).status_code == 403
    assert rows_now() == before


@pytest.mark.parametrize("door", [*MAY_EDIT, *MAY_SEE])
def test_whoever_has_no_permission_passes_no_door(client: Client, open_to_all: Company, door: str) -> None:
    Company.objects.update(owner=None, team=None)
    client.force_login(member("nobody"))
    before = rows_now()

    for method in ("get", "post"):
        assert told(client, method, door_of(door, open_to_all), (MAY_EDIT | MAY_SEE)[door])[0] in (403, 404, 405)
    assert rows_now() == before


@pytest.mark.parametrize("door", [*MAY_EDIT, "take", "crm_activity_done", "crm_company_opinion"])
def test_what_changes_something_is_posted_with_a_token(open_to_all: Company, rep: User, door: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(rep)
    before = rows_now()
    where = door_of(door, open_to_all)

    assert client.post(where, (MAY_EDIT | MAY_SEE)[door]).status_code == 403
    assert client.get(where, (MAY_EDIT | MAY_SEE)[door]).status_code in (200, 405)
    assert rows_now() == before


@pytest.mark.parametrize(
    "page",
    [
        "/admin/", "/admin/crm/deal/board/?of=all", "/admin/crm/deal/board/?of=team", "/admin/crm/company/?q=zep",
        "/admin/crm/company/?persona=sam:present", "/admin/crm/company/?owned=others",
        "/admin/crm/contact/?persona=sam", "/admin/crm/company/?tag=Zeppelin%20tag", "/admin/crm/activity/?tasks=open",
        "/admin/crm/deal/?state=open", "/admin/crm/company/choices/owned/?term=",
        "/admin/crm/company/choices/owned/?term=olga",
    ],
)  # fmt: skip
def test_no_page_of_a_rep_shows_what_is_hidden(
    client: Client, open_to_all: Company, hidden: Company, rep: User, page: str
) -> None:
    client.force_login(rep)

    text = said(client.get(page))

    for word in ("Works", "Person", "deal", "call", "task", "reason", "opinion"):
        assert f"{SECRET} {word}" not in text
    assert "Olga" not in text


@pytest.mark.parametrize(
    "page", ["overview", "overview_worklist", "overview_moves", "overview_fact", "overview_export"]
)
def test_figures_of_all_accounts_are_for_who_sees_all(
    client: Client, open_to_all: Company, rep: User, page: str
) -> None:
    client.force_login(rep)
    args = ["employees"] if page in ("overview_fact", "overview_export") else []

    assert client.get(reverse(page, args=args)).status_code == 403
    assert client.post(reverse("overview_count")).status_code == 403


def test_comparing_with_a_hidden_account_says_what_it_says_of_a_missing_one(
    client: Client, open_to_all: Company, hidden: Company, rep: User
) -> None:
    client.force_login(rep)
    where = reverse("admin:crm_company_compare", args=[open_to_all.pk])

    there = client.get(where, {"with": hidden.pk})

    assert SECRET not in said(there)
    assert there.context["other"] is None
    assert there.context["missing"] is client.get(where, {"with": MISSING}).context["missing"] is True


def test_who_sees_accounts_and_nothing_else_sees_nothing_else(client: Client, open_to_all: Company) -> None:
    Company.objects.update(owner=None, team=None)
    reader = member("reader")
    reader.user_permissions.set(Permission.objects.filter(codename="view_company"))
    client.force_login(reader)

    pages = [
        client.get(reverse("admin:crm_company_change", args=[open_to_all.pk])),
        client.get(reverse("admin:crm_activity_timeline", args=[open_to_all.pk])),
    ]

    for page in pages:
        for word in ("Own Person", "Own call", "Own task", "Own deal"):
            assert word not in said(page), word
    assert "Mine" in said(pages[0])
    assert client.get("/admin/crm/company/?q=own@works").context["cl"].result_count == 0


# Pointing to what is hidden


@pytest.mark.parametrize("field", ["contact", "assignee"])
def test_what_is_written_down_points_to_nothing_hidden(
    client: Client, open_to_all: Company, hidden: Company, rep: User, other: User, field: str
) -> None:
    client.force_login(rep)
    value = {"contact": hidden.contacts.get().pk, "assignee": other.pk}[field]
    sent = MAY_EDIT["crm_activity_log"] | {"kind": "task" if field == "assignee" else "call", field: value}

    response = client.post(reverse("admin:crm_activity_log", args=[open_to_all.pk]), sent)

    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert SECRET not in said(response)


ACTIONS = (
    {"action": "assign", "owner": "me"}, {"action": "put_stage", "stage": "customer"}, {"action": "add_tag", "tag": "x"},  # noqa: E501
)  # fmt: skip


@pytest.mark.parametrize("across", ["0", "1"])
@pytest.mark.parametrize("sent", ACTIONS, ids=["assign", "put_stage", "add_tag"])
def test_an_action_on_many_reaches_neither_hidden_rows_nor_those_of_others(
    client: Client, open_to_all: Company, hidden: Company, rep: User, across: str, sent: dict[str, str]
) -> None:
    mate = member("mate", "Sales", "North")
    theirs = company(120, name="Theirs", owner=mate, team=Group.objects.get(name="North"))
    client.force_login(rep)
    others = Company.objects.filter(pk__in=[hidden.pk, theirs.pk]).order_by("pk")
    before = list(others.values_list("pk", "owner", "lifecycle_stage", "terms"))
    chosen = [hidden.pk, theirs.pk, open_to_all.pk]

    response = client.post(
        "/admin/crm/company/", sent | {"_selected_action": chosen, "select_across": across, "confirmed": "1"}
    )

    assert response.status_code in (200, 302)
    assert SECRET not in said(response)
    assert list(others.values_list("pk", "owner", "lifecycle_stage", "terms")) == before


def test_nobody_gives_an_account_to_somebody_of_another_team(
    client: Client, open_to_all: Company, rep: User, other: User
) -> None:
    client.force_login(rep)
    sent = {"action": "assign", "owner": other.pk, "_selected_action": open_to_all.pk, "confirmed": "1"}

    client.post("/admin/crm/company/", sent)

    open_to_all.refresh_from_db()
    assert open_to_all.owner == rep


def test_an_export_holds_what_one_sees(client: Client, open_to_all: Company, hidden: Company, rep: User) -> None:
    client.force_login(rep)

    for across in ("0", "1"):
        response = client.post("/admin/crm/company/", {
            "action": "export", "_selected_action": [hidden.pk, open_to_all.pk], "select_across": across,
            "confirmed": "1",
        })  # fmt: skip
        told = said(response)
        assert "Mine" in told
        assert SECRET not in told


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1+1", "@x", "\t=1", "\n=1", "\uff1d1", "\uff20x"])
def test_no_name_is_a_formula_in_a_file(name: str) -> None:
    assert guarded(name) == f"'{name}"


# Saved views


@pytest.mark.parametrize(("shared", "status"), [(False, 404), (True, 403)])
def test_the_views_of_others_stay_as_they_are(
    client: Client, open_to_all: Company, other: User, shared: bool, status: int
) -> None:
    SavedView.objects.update(shared=shared)
    view = SavedView.objects.get()
    client.force_login(other)
    before = rows_now()

    assert client.post(reverse("admin:crm_company_view_change", args=[view.pk]), {"name": "Taken"}).status_code == 404
    assert client.post(reverse("admin:crm_company_view_delete", args=[view.pk])).status_code == status
    assert client.get(reverse("admin:crm_company_view_delete", args=[view.pk])).status_code == 405
    assert [each.name for each in client.get("/admin/crm/company/").context["views"]] == ["View"] * shared
    assert rows_now() == before


# Opinions


def test_opinions_are_settled_on_accounts_that_one_may_edit(client: Client, open_to_all: Company) -> None:
    mate = member("mate", "Sales", "North")
    mate.user_permissions.set(Permission.objects.filter(codename="change_profile"))
    client.force_login(mate)
    opinion = open_to_all.opinions.get()

    assert client.get("/admin/crm/opinion/").status_code == 200
    client.post("/admin/crm/opinion/", {"action": "settle", "_selected_action": [opinion.pk]})

    opinion.refresh_from_db()
    assert opinion.settled_at is None


# Twice, and what cannot be


def test_pressing_twice_is_pressing_once(client: Client, open_to_all: Company, rep: User) -> None:
    free = company(120, name="Free")
    Override.objects.all().delete()
    client.force_login(rep)
    task = open_to_all.activities.get(kind="task")
    for _ in range(2):
        client.post(reverse("take", args=[free.pk]))
        client.post(reverse("admin:crm_activity_done", args=[task.pk]), {"done": "1"})
        client.post(reverse("admin:crm_activity_log", args=[open_to_all.pk]), MAY_EDIT["crm_activity_log"])
        client.post(reverse("admin:crm_company_override", args=[open_to_all.pk]), MAY_EDIT["crm_company_override"])

    history: Any = Company
    assert history.history.filter(id=free.pk, history_user=rep).count() == 1
    assert open_to_all.activities.filter(summary="x").count() == 1
    assert open_to_all.overrides.count() == 1


def test_an_override_without_end_does_not_break_the_page(client: Client, open_to_all: Company, rep: User) -> None:
    Override.objects.update(expires_on="9999-12-31")
    client.force_login(rep)

    assert client.get(reverse("admin:crm_company_change", args=[open_to_all.pk])).status_code == 200


def test_a_form_that_lies_about_when_it_was_built_is_still_refused(
    client: Client, open_to_all: Company, rep: User
) -> None:
    client.force_login(rep)
    where = reverse("admin:crm_company_change", args=[open_to_all.pk])
    form = submitted(client, where)
    client.post(where, form | {"city": "Bonn"})
    marks = '{"at": "2026-01-01T00:00:00", "marks": {"city": "other"}}'

    response = client.post(where, form | {"city": "Berlin", "built_from": marks})

    assert response.status_code == 200
    assert "city" in response.context["adminform"].form.errors


def test_tasks_are_marked_as_many_at_once_as_any_action_takes(
    client: Client, open_to_all: Company, revops: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.admin.activity.MOST", 1)
    client.force_login(revops)
    chosen = list(Activity.objects.values_list("pk", flat=True))

    client.post("/admin/crm/activity/", {"action": "mark_done", "_selected_action": chosen})

    assert not Activity.objects.filter(done_at__isnull=False).exists()


@pytest.mark.parametrize("page", ["namedlist", "persona", "customfact", "profile"])
@pytest.mark.parametrize("pk", ["9" * 5_000, "9" * 30, "x", "%00"], ids=["very long", "long", "word", "nul"])
def test_an_address_with_an_impossible_id_leads_back(
    client: Client, open_to_all: Company, revops: User, page: str, pk: str
) -> None:
    client.force_login(revops)

    assert client.get(f"/admin/personas/{page}/{pk}/change/").status_code in (302, 404)


@pytest.mark.parametrize("query", ["id__in=99999999999999999999", "summary=%00", "summary__contains=%00"])
def test_a_list_refuses_what_no_column_can_hold(client: Client, open_to_all: Company, revops: User, query: str) -> None:
    client.force_login(revops)

    assert client.get(f"/admin/crm/activity/?{query}").status_code in (302, 400)


@pytest.mark.parametrize(
    ("model", "field"),
    [("contact", "company"), ("deal", "company"), ("activity", "contact"), ("activity", "assignee"),
     ("contact", "title"), ("employment", "employer"), ("investment", "investor"), ("companyterm", "term")],
)  # fmt: skip
def test_looking_up_takes_whatever_is_typed(
    client: Client, open_to_all: Company, revops: User, model: str, field: str
) -> None:
    client.force_login(revops)
    what = {"app_label": "crm", "model_name": model, "field_name": field}

    assert broken(client, "get", reverse("admin:autocomplete"), one_by_one(["term", "page"], **what)) == []
