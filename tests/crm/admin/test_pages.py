"""Every page of the admin opens, and shows only what somebody may see."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.integrations import save_integration
from crm.models import (
    Activity,
    Audit,
    BrokerOutage,
    Contact,
    Deal,
    ExchangeRate,
    Fit,
    Integration,
    Investor,
    JobTitle,
    Lane,
    Opinion,
    Rollout,
    Simulation,
    TitlePersona,
    WebhookDelivery,
    WebhookSubscription,
)
from crm.scoring.drain import rescore_all
from personas.admin.reading import ReadingAdmin
from personas.publishing import active_ruleset, save_draft
from tests.factories import SEGMENTS, company, contact, invested, member, now, ruleset, termed, worked

pytestmark = pytest.mark.django_db

RULES = SEGMENTS | {
    "personas": [{"key": "sam", "name": "Sam", "statements": [{"kind": "goal", "text": "Ship"}]}],
    "facts": {"web_visits": {"kind": "integer", "label": "Web visits", "unit": "visits"}},
    "cases": [{"name": "Small", "facts": {"employees": 3}, "segment": "early"}],
}
MODELS = sorted(model._meta.label_lower for model in admin.site._registry)
LIST_QUERIES = {
    "auth.group": 5,
    "auth.user": 5,
    "crm.activity": 4,
    "crm.audit": 5,
    "crm.brokeroutage": 5,
    "crm.company": 15,
    "crm.contact": 7,
    "crm.deal": 5,
    "crm.employer": 4,
    "crm.exchangerate": 5,
    "crm.integration": 6,
    "crm.investor": 4,
    "crm.jobtitle": 6,
    "crm.lane": 5,
    "crm.opinion": 6,
    "crm.rollout": 8,
    "crm.simulation": 5,
    "crm.term": 5,
    "crm.webhookdelivery": 6,
    "crm.webhooksubscription": 5,
    "personas.customfact": 22,
    "personas.namedlist": 24,
    "personas.persona": 20,
    "personas.profile": 18,
    "personas.ruleset": 23,
}
READ_ONLY = sorted(
    model._meta.label_lower for model, page in admin.site._registry.items() if isinstance(page, ReadingAdmin)
)


@pytest.fixture
def filled() -> None:
    """One of everything."""
    save_draft(ruleset(RULES).document())
    account = termed(invested(company(120, name="Rocket"), "Accel"), "tags", "saas")
    person = worked(contact(account, "Product Engineer", name="Kim"), "Google")
    assert person.title is not None
    TitlePersona.objects.create(title=person.title, persona="sam")
    Activity.objects.create(company=account, kind="call", summary="First call", happened_at=timezone.now())
    ExchangeRate.objects.create(currency="EUR", usd="1.1", as_of="2026-01-01")
    Group.objects.create(name="North")
    Deal.objects.create(company=account, name="First deal", opened_on="2026-01-01")
    rescore_all(at=now())
    Lane.objects.get_or_create(number=0)
    Rollout.objects.get_or_create(ruleset=1, defaults={"started_at": now(), "accounts": 1})
    Audit.objects.create(day=now().date())
    BrokerOutage.objects.create(began_at=now(), reason="TimeoutError")
    Opinion.objects.create(
        company=account, ruleset=1, answer="none", agrees=True, author=User.objects.create_user("thinks")
    )
    Simulation.objects.create(document=active_ruleset().text, content_hash="0", base=1, asked_at=now())
    save_integration(Integration(name="Warehouse"))
    hook = WebhookSubscription.objects.create(
        name="Slack",
        owner=User.objects.get(username="thinks"),
        url="https://example.com/hook",
        events=["deal.changed"],
        listens_since=now(),
    )
    WebhookDelivery.objects.create(
        subscription=hook, event=1, type="deal.changed", company=account, body="{}", state="failed", created_at=now()
    )


def test_the_models_are_the_expected_ones() -> None:
    assert MODELS == [
        "auth.group", "auth.user", "crm.activity", "crm.audit", "crm.brokeroutage", "crm.company", "crm.contact",
        "crm.deal", "crm.employer", "crm.exchangerate", "crm.integration", "crm.investor", "crm.jobtitle", "crm.lane",
        "crm.opinion", "crm.rollout", "crm.simulation", "crm.term", "crm.webhookdelivery", "crm.webhooksubscription",
        "personas.customfact", "personas.namedlist", "personas.persona", "personas.profile", "personas.ruleset",
    ]  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.usefixtures("filled")
def test_every_list_opens(admin_client: Client, model: str) -> None:
    address = reverse(f"admin:{model.replace('.', '_')}_changelist")

    assert admin_client.get(address).status_code == 200
    assert admin_client.get(f"{address}?q=a").status_code == 200


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.usefixtures("filled")
def test_every_page_opens(admin_client: Client, model: str) -> None:
    row = next(each for each in admin.site._registry if each._meta.label_lower == model)._default_manager.first()
    assert row is not None

    assert admin_client.get(reverse(f"admin:{model.replace('.', '_')}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("model", sorted({*MODELS} - {*READ_ONLY, "crm.opinion"}))
def test_every_form_for_a_new_row_opens(admin_client: Client, model: str) -> None:
    assert admin_client.get(reverse(f"admin:{model.replace('.', '_')}_add")).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_somebody_without_permission_sees_nothing(client: Client, model: str) -> None:
    client.force_login(User.objects.create_user("new", is_staff=True))

    assert client.get(reverse(f"admin:{model.replace('.', '_')}_changelist")).status_code == 403
    home = client.get("/admin/")
    assert "may not look at companies" in home.content.decode()
    assert "/admin/crm/company/" not in home.content.decode()


def test_the_sidebar_has_what_somebody_may_see(client: Client) -> None:
    user = User.objects.create_user("rep", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_company", "change_contact"]))
    client.force_login(user)

    groups = client.get("/admin/").context["sidebar_navigation"]

    assert [(group["title"], [item["title"] for item in group["items"]]) for group in groups] == [
        (None, ["Home"]), ("Sales", ["Companies", "Contacts"]),
    ]  # fmt: skip


def test_home_says_how_to_start(admin_client: Client) -> None:
    assert "load_preset" in admin_client.get("/admin/").content.decode()
    ruleset()
    assert "import_companies" in admin_client.get("/admin/").content.decode()


@pytest.mark.usefixtures("filled")
def test_home_shows_the_best_accounts(admin_client: Client) -> None:
    company(3, name="Newcomer")

    response = admin_client.get("/admin/")

    assert [each.company.name for each in response.context["best"]] == ["Rocket"]


def test_home_takes_the_same_queries_for_any_number_of_accounts(
    admin_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ruleset()
    for number in range(12):
        invested(company(100 + number), "Accel")
    rescore_all(at=now())
    admin_client.get("/admin/")

    with django_assert_num_queries(19):
        admin_client.get("/admin/")


@pytest.mark.usefixtures("filled")
def test_contacts_show_the_persona_that_their_title_stands_for(admin_client: Client) -> None:
    contact(None, "Gardener")
    contact(None)

    text = admin_client.get("/admin/crm/contact/").content.decode()

    assert "Sam" in text
    assert "no match" in text
    assert "unknown" in text


@pytest.mark.parametrize("people", [2, 20])
def test_contacts_take_the_same_queries_for_any_number(
    admin_client: Client, people: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ruleset()
    for number in range(people):
        contact(company(), f"Engineer {number}")
    admin_client.get("/admin/crm/contact/")

    with django_assert_num_queries(7):
        admin_client.get("/admin/crm/contact/")


def test_a_contact_that_moves_scores_both_companies(
    admin_client: Client, django_capture_on_commit_callbacks: object
) -> None:
    ruleset()
    before, after = company(3), company(4)
    person = contact(before)
    data = {
        "name": person.name, "company": after.pk, "employments-TOTAL_FORMS": 0, "employments-INITIAL_FORMS": 0,
        "external_ids-TOTAL_FORMS": 0, "external_ids-INITIAL_FORMS": 0,
        "is_founder": "unknown",
    }  # fmt: skip

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        response = admin_client.post(reverse("admin:crm_contact_change", args=[person.pk]), data)

    assert response.status_code == 302, response.context["errors"]
    assert Contact.objects.get().company == after
    assert Fit.objects.exclude(segment_status=None).count() == 2


def test_job_titles_come_with_the_most_frequent_first(admin_client: Client) -> None:
    contact(None, "Rare")
    for _ in range(3):
        contact(None, "Frequent")

    shown = admin_client.get("/admin/crm/jobtitle/").context["cl"].result_list

    assert [title.text for title in shown] == ["Frequent", "Rare"]
    assert JobTitle.objects.count() == 2


def test_investors_say_in_how_many_companies_they_are(admin_client: Client) -> None:
    invested(company(), "Accel")
    invested(company(), "Accel")

    shown = admin_client.get("/admin/crm/investor/").context["cl"].result_list

    assert [(each.name, each.companies) for each in shown] == [("Accel", 2)]
    assert Investor.objects.count() == 1


def test_passwords_are_asked_for_in_the_looks_of_the_rest(client: Client) -> None:
    text = client.get("/admin/login/").content.decode()

    assert "ICP CRM" in text
    assert "crm/admin.css" in text


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.usefixtures("filled")
def test_every_history_opens(admin_client: Client, model: str) -> None:
    row = apps.get_model(model)._default_manager.first()
    assert row is not None

    page = admin_client.get(reverse(f"admin:{model.replace('.', '_')}_history", args=[row.pk]))

    assert page.status_code == 200


@pytest.mark.parametrize(
    ("address", "active"),
    [("admin:index", "Home"), ("admin:crm_deal_changelist", "Deals"), ("admin:crm_deal_board", "Pipeline")],
)
def test_the_sidebar_marks_the_page_one_is_on_and_no_other(admin_client: Client, address: str, active: str) -> None:
    groups = admin_client.get(reverse(address)).context["sidebar_navigation"]

    assert [each["title"] for group in groups for each in group["items"] if each["active"]] == [active]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.usefixtures("filled")
def test_every_list_takes_the_same_queries_again(
    admin_client: Client, model: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = reverse(f"admin:{model.replace('.', '_')}_changelist")
    admin_client.get(address)  # what is kept by the process is there

    with django_assert_num_queries(LIST_QUERIES[model]):
        admin_client.get(address)


MORE_ROWS: dict[str, Callable[[int], object]] = {
    "crm.activity": lambda n: Activity.objects.create(
        company=company(), kind="call", summary="Call", author=member(f"member {n}")
    ),
    "crm.employer": lambda n: worked(contact(company()), f"Employer {n}", company=company()),
    "crm.investor": lambda n: invested(company(), f"Investor {n}"),
    "crm.opinion": lambda n: Opinion.objects.create(
        company=company(), ruleset=1, profile="growth", line="must:size", answer="yes", agrees=True,
        author=member(f"member {n}"),
    ),
    "crm.simulation": lambda n: Simulation.objects.create(
        document="{}", content_hash="0" * 64, asked_by=member(f"member {n}"), asked_at=timezone.now(), state="done"
    ),
    "crm.term": lambda n: termed(company(), "tags", f"tag {n}"),
}  # fmt: skip


@pytest.mark.parametrize("model", MORE_ROWS)
@pytest.mark.usefixtures("filled")
def test_a_list_takes_the_same_queries_for_any_number_of_rows(
    admin_client: Client, model: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = reverse(f"admin:{model.replace('.', '_')}_changelist")
    MORE_ROWS[model](0)
    admin_client.get(address)
    with CaptureQueriesContext(connection) as asked:
        admin_client.get(address)
    for number in range(1, 6):
        MORE_ROWS[model](number)

    with django_assert_num_queries(len(asked)):
        admin_client.get(address)
