"""The list of companies and the page of one."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm.models import Company, Fit, FitChange, Override
from crm.scoring.drain import rescore_all
from tests.factories import company, contact, invested, now, ruleset, termed

LIST = "/admin/crm/company/"
LIST_QUERIES = 14

pytestmark = pytest.mark.django_db


def page_of(account: Company) -> str:
    return reverse("admin:crm_company_change", args=[account.pk])


def text_of(client: Client, address: str) -> str:
    """What a page says, without its tags."""
    response = client.get(address)
    assert response.status_code == 200
    return re.sub(
        r"\s+", " ", re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    )


def submitted(client: Client, address: str) -> dict[str, Any]:
    """The values that the form at `address` would send."""
    context = client.get(address).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data: dict[str, Any] = {}
    for form in forms:
        for field in form:
            value = field.value()
            widgets = getattr(field.field.widget, "widgets", None)
            if widgets:
                for place, part in enumerate(field.field.widget.decompress(value)):
                    data[f"{field.html_name}_{place}"] = part or ""
            else:
                data[field.html_name] = "" if value is None else value
    return data


@pytest.fixture
def rep(client: Client) -> Client:
    """Somebody of staff who may see companies and nothing more."""
    user = User.objects.create_user("rep", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_company"))
    client.force_login(user)
    return client


def test_the_best_account_comes_first(admin_client: Client) -> None:
    ruleset()
    company(5_000, name="in no segment")
    company(3, name="settled in the second")
    company(name="perhaps in the first, nothing certain")
    company(120, name="perhaps in the first, some points certain")
    invested(company(120, name="settled in the first"), "Accel")
    rescore_all(at=now())
    company(50, name="not scored")

    shown = admin_client.get(LIST).context["cl"].result_list

    assert [each.name for each in shown] == [
        "settled in the first",
        "perhaps in the first, some points certain",
        "perhaps in the first, nothing certain",
        "settled in the second",
        "in no segment",
        "not scored",
    ]


def test_a_row_says_segment_points_reason_question_and_freshness(admin_client: Client) -> None:
    ruleset()
    invested(company(120, name="Rocket", domain="rocket.example", country="DE"), "Accel")
    rescore_all(at=now())

    text = text_of(admin_client, LIST)

    for said in (
        "Rocket",
        "rocket.example",
        "Growth",
        "Settled · Focus",
        "20 of 100",
        "120 people",
        "Up to date",
        "DE",
        "nobody",
    ):
        assert said in text, said


def test_unknown_looks_neither_like_zero_nor_like_no(admin_client: Client) -> None:
    ruleset()
    company(name="Riddle")
    rescore_all(at=now())

    text = text_of(admin_client, LIST)

    assert "0–20 of 100" in text
    assert "Could be any segment or none" in text
    assert "Employees could settle the segment" in text
    assert "country unknown" in text


def test_an_account_that_was_never_scored_says_so(admin_client: Client) -> None:
    ruleset()
    company(120)

    assert "Not scored yet" in text_of(admin_client, LIST)


def test_an_account_of_older_rules_is_waiting(admin_client: Client) -> None:
    ruleset()
    company(120)
    rescore_all(at=now())
    ruleset(must=[{"key": "any", "when": {"fact": "employees", "at_least": 1}}])

    assert "Rules changed, waiting" in text_of(admin_client, LIST)


@pytest.mark.parametrize("accounts", [5, 50])
def test_the_list_takes_the_same_queries_for_any_number_of_rows(
    admin_client: Client, accounts: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ruleset()
    for number in range(accounts):
        contact(invested(company(10 + number), "Accel", "Benchmark"), "Engineer")
    rescore_all(at=now())
    admin_client.get(LIST)

    with django_assert_num_queries(LIST_QUERIES):
        response = admin_client.get(LIST)

    assert len(response.context["cl"].result_list) == accounts


def test_a_long_list_is_not_counted_to_its_end(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.admin.paginator.MOST_COUNTED", 3)
    for _ in range(5):
        company()

    assert "more than 3 companies" in text_of(admin_client, LIST)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("segment=growth", {"Rocket", "Kept"}),
        ("segment=early", {"Seedling"}),
        ("possible=growth", {"Rocket", "Perhaps"}),
        ("status=settled", {"Rocket", "Seedling", "Kept"}),
        ("status=undecided", {"Perhaps"}),
        ("status=none", {"Giant"}),
        ("status=unscored", {"Newcomer"}),
        ("country=DE", {"Rocket"}),
        ("country=unknown", {"Seedling", "Perhaps", "Giant", "Kept", "Newcomer"}),
        ("owned=me", {"Giant"}),
        ("q=rocket.exa", {"Rocket"}),
        ("q=perh", {"Perhaps"}),
    ],
)
def test_the_list_narrows(admin_client: Client, admin_user: User, query: str, names: set[str]) -> None:
    ruleset()
    invested(company(120, name="Rocket", domain="rocket.example", country="DE"), "Accel")
    company(3, name="Seedling")
    company(120, name="Perhaps")
    company(5_000, name="Giant", owner=admin_user)
    kept = company(5_000, name="Kept")
    Override.objects.create(
        company=kept,
        segment="growth",
        reason="A named example",
        author=admin_user,
        expires_on=now() + timedelta(days=9),
    )
    rescore_all(at=now())
    company(7, name="Newcomer")

    response = admin_client.get(f"{LIST}?{query}")

    assert {each.name for each in response.context["cl"].result_list} == names


def test_the_card_says_everything_about_the_fit(admin_client: Client) -> None:
    ruleset()
    account = invested(company(120, name="Rocket"), "Accel")
    rescore_all(at=now())

    text = text_of(admin_client, page_of(account))

    for said in (
        "Growth this account", "Settled · Focus", "Must all hold", "15 to 500 people", "Employees: 120 people",
        "20 of 20", "Worth asking", "What changed", "First scored", "by ruleset 1", "Early",
        "Employees below 15 would make it a yes",
    ):  # fmt: skip
        assert said in text, said


def test_the_card_shows_what_a_person_set_by_hand(admin_client: Client, admin_user: User) -> None:
    ruleset()
    account = company(5_000)
    Override.objects.create(
        company=account,
        segment="growth",
        reason="A named example",
        author=admin_user,
        expires_on=now() + timedelta(days=9),
    )

    text = text_of(admin_client, page_of(account))

    assert "Set by hand" in text
    assert "A named example" in text
    assert "By the rules: In no segment" in text


def test_without_rules_the_page_says_what_to_do(admin_client: Client) -> None:
    account = company(120)

    assert "python manage.py load_preset" in text_of(admin_client, page_of(account))
    assert "python manage.py load_preset" in text_of(admin_client, LIST)
    assert "Once this company is saved" in text_of(admin_client, f"{LIST}add/")


def test_saving_scores_at_once(admin_client: Client, django_capture_on_commit_callbacks: Any) -> None:
    ruleset()
    account = invested(company(5_000), "Accel")
    rescore_all(at=now())
    data = submitted(admin_client, page_of(account)) | {"employees": "100-200", "_continue": "1"}

    with django_capture_on_commit_callbacks(execute=True):
        response = admin_client.post(page_of(account), data)

    assert response.status_code == 302, response.context["errors"]
    account.refresh_from_db()
    assert (account.employees_low, account.employees_high) == (100, 200)
    fit = Fit.objects.get(company=account)
    assert (fit.segment, fit.segment_status, fit.points) == ("growth", "settled", 2000)
    source = account.fact_sources.get(fact="employees")
    assert (source.source, source.observed_on) == ("entered by hand", now().date())
    assert "entered by hand, today" in text_of(admin_client, page_of(account))


def test_a_fact_that_a_person_empties_is_nobodys_word(admin_client: Client) -> None:
    account = company(50, city="Oslo")
    account.fact_sources.create(fact="city", source="entered by hand", person=User.objects.get(username="admin"))

    admin_client.post(page_of(account), submitted(admin_client, page_of(account)) | {"city": "", "country": "NO"})

    account.refresh_from_db()
    assert (account.city, account.country.code) == (None, "NO")
    assert list(account.fact_sources.values_list("fact", flat=True)) == ["country"]


def test_saving_before_the_first_rules_is_no_fault(
    admin_client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    account = company(120)

    with django_capture_on_commit_callbacks(execute=True):
        response = admin_client.post(page_of(account), submitted(admin_client, page_of(account)))

    assert response.status_code == 302


def test_a_range_that_is_none_is_refused_at_its_field(admin_client: Client) -> None:
    ruleset()
    account = company(120)
    data = submitted(admin_client, page_of(account)) | {"employees": "a few"}

    response = admin_client.post(page_of(account), data)

    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == ["employees"]
    assert "is not a number or a range" in response.content.decode()
    account.refresh_from_db()
    assert account.employees_low == 120


def test_emptying_a_field_makes_the_fact_unknown(admin_client: Client) -> None:
    ruleset()
    account = company(120, city="Berlin")

    admin_client.post(page_of(account), submitted(admin_client, page_of(account)) | {"employees": "", "city": ""})

    account.refresh_from_db()
    assert (account.employees_low, account.employees_high, account.city) == (None, None, None)


def test_terms_are_looked_up_in_their_own_vocabulary(admin_client: Client) -> None:
    termed(termed(company(), "tags", "react fans"), "technologies", "react")
    query = "app_label=crm&model_name=companyterm&field_name=term&term=react"

    found = admin_client.get(f"/admin/autocomplete/?{query}&vocabulary=technologies").json()

    assert [each["text"] for each in found["results"]] == ["react"]


def test_an_activity_is_signed(admin_client: Client, admin_user: User, django_capture_on_commit_callbacks: Any) -> None:
    ruleset()
    account = company(5_000)
    data = submitted(admin_client, page_of(account)) | {
        "activities-TOTAL_FORMS": "1", "activities-0-kind": "call", "activities-0-summary": "First call",
        "activities-0-happened_at_0": "2026-01-01", "activities-0-happened_at_1": "10:00", "activities-0-due_on": "",
    }  # fmt: skip

    with django_capture_on_commit_callbacks(execute=True):
        response = admin_client.post(page_of(account), data)

    assert response.status_code == 302, [each.formset.errors for each in response.context["inline_admin_formsets"]]
    assert account.activities.get().author == admin_user


def test_score_again(admin_client: Client) -> None:
    ruleset()
    first, second = company(3), company(5_000)
    chosen = {"action": "score_again", "_selected_action": [first.pk, second.pk], "confirmed": "1"}

    text = admin_client.post(LIST, chosen, follow=True).content.decode()

    assert "2 companies are up to date; 2 results changed." in text
    assert FitChange.objects.count() == 2


def test_score_again_without_rules_says_what_to_do(admin_client: Client) -> None:
    account = company(3)

    text = admin_client.post(
        LIST, {"action": "score_again", "_selected_action": [account.pk], "confirmed": "1"}, follow=True
    ).content.decode()

    assert "load_preset" in text


def test_who_may_only_look_can_only_look(rep: Client) -> None:
    ruleset()
    account = invested(company((11, 50), name="Rocket"), "Accel")
    rescore_all(at=now())

    text = text_of(rep, page_of(account))

    assert "11–50" in text
    assert "Growth" in text
    assert "Save and continue" not in text
    assert rep.post(page_of(account), {"name": "Other"}).status_code == 403
    assert rep.get(f"{LIST}add/").status_code == 403
    assert "Score again" not in text_of(rep, LIST)


def test_a_stranger_is_sent_to_the_login_page(client: Client) -> None:
    assert client.get(LIST).status_code == 302


@pytest.mark.parametrize("employees", [120, 5_000, 3, None])
def test_the_card_heads_with_the_points_of_the_list(admin_client: Client, employees: int | None) -> None:
    ruleset()
    account = company(employees)
    rescore_all(at=now())

    head = admin_client.get(page_of(account)).context["card"].headline

    fit = Fit.objects.get(company=account)
    assert (head.receipt.key, head.points.low, head.points.high) == (fit.headline, fit.low, fit.high)


def test_rules_without_any_profile_are_no_fault(admin_client: Client) -> None:
    ruleset({"format": 1})
    account = company(3)
    rescore_all(at=now())

    assert "In no segment" in text_of(admin_client, page_of(account))
    assert "In no segment" in text_of(admin_client, LIST)
