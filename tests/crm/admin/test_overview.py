"""The dashboard: every number leads to the accounts behind it, and only people who see all accounts see totals."""

import csv
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.models import Company, FactSource, Fit, Opinion, Survey
from crm.scoring import surveys
from crm.scoring.drain import rescore_all
from personas.publishing import save_draft
from personas.rules.document import from_data
from tests.factories import SEGMENTS, by_hand, company, contact, invested, member, ruleset

pytestmark = pytest.mark.django_db

PAGE = "/admin/overview/"
WORKLIST = "/admin/worklist/"
PERSONAS = [{"key": "sam", "name": "Sam", "tier": "primary", "titles": ["product engineer"]}]
BANDS = {
    "key": "card",
    "name": "Card",
    "components": [
        {"key": "a", "label": "A", "rows": [
            {"key": "big", "label": "Big", "when": {"fact": "employees", "at_least": 100}, "points": 20}]}
    ],
    "bands": [{"key": "high", "from": 20}, {"key": "low"}],
}  # fmt: skip
RULES: dict[str, Any] = SEGMENTS | {"personas": PERSONAS, "profiles": [*SEGMENTS["profiles"], BANDS]}  # type: ignore[misc]


@pytest.fixture
def population() -> list[Company]:
    """Accounts of every kind, scored and counted."""
    ruleset(RULES)
    made = [
        invested(company(120, name="Rocket"), "Accel"),
        invested(company((11, 50), name="Dock"), "Accel"),
        company(120, name="Quiet"),
        company(3, name="Small"),
        company(name="Nobody knows"),
    ]
    contact(made[0], persona="sam")
    rescore_all(at=timezone.now())
    count()
    return made


def count() -> None:
    active = surveys.active()
    assert active is not None
    for subject in surveys.SUBJECTS:
        surveys.count_now(subject, active, at=timezone.now())


@pytest.fixture
def revops(client: Client) -> Client:
    """Somebody of RevOps, signed in."""
    client.force_login(member("remy", "RevOps"))
    return client


def text_of(client: Client, address: str) -> str:
    """What a page says, without its tags."""
    response = client.get(address)
    assert response.status_code == 200, address
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", text))


def test_the_page_says_what_was_counted_and_when(revops: Client, population: list[Company]) -> None:
    said = text_of(revops, PAGE)

    assert "Counted over all accounts, as of" in said
    assert "3 accounts are undecided" in said
    assert "1. Look up" not in said  # numbers are of the list
    assert "settles" in said
    assert "All accounts 5 accounts" in said


@pytest.fixture
def overridden(population: list[Company]) -> None:
    """Accounts set by hand: a settled and an undecided one into a segment, into none, and into one that is gone."""
    author = member("rep", "Sales")
    for accounts in ([company(3) for _ in range(3)], [company() for _ in range(3)]):
        for account, segment in zip(accounts, ("growth", None, "gone"), strict=True):
            by_hand(account, segment, author)
    rescore_all(at=timezone.now())
    count()


@pytest.fixture
def known_since_long(population: list[Company]) -> None:
    """Facts of every age, one that is too old to count, and one that cannot be."""
    rocket, dock, quiet, small, _ = population
    for account, day in ((rocket, "2020-01-01"), (dock, None), (quiet, timezone.now().date())):
        FactSource.objects.create(company=account, fact="employees", source="a directory", observed_on=day)
    FactSource.objects.create(company=small, fact="founded", source="a directory", observed_on="2000-01-01")
    Company.objects.filter(pk=rocket.pk).update(employees_low=60, employees_high=60)
    rescore_all(at=timezone.now())
    count()


def test_every_account_is_counted_once_by_what_counts(
    revops: Client, population: list[Company], overridden: None
) -> None:
    rows = {row.name: row.accounts for row in revops.get(PAGE).context["segments"]}

    assert rows == {"Growth": 3, "Early": 1, "gone": 2, "Undecided": 3, "In no segment": 2}
    assert sum(rows.values()) == Company.objects.count()
    assert "Set by hand" in text_of(revops, PAGE)


def test_every_number_leads_to_as_many_accounts(
    revops: Client, population: list[Company], overridden: None, known_since_long: None
) -> None:
    page = revops.get(PAGE).content.decode()
    links = set(re.findall(r'<a[^>]*href="(/admin/[^"]+)"[^>]*>(?:<b>)?([\d,]+)(?![\d,]| ?%)', page))

    assert len(links) > 60
    for link, number in links:
        response = revops.get(unescape(link))
        assert response.status_code == 200, link
        listed = response.context["cl"].result_count if "cl" in response.context else len(response.context["rows"])
        assert listed == int(number.replace(",", "")), link


def test_no_number_stands_without_its_accounts(
    revops: Client, population: list[Company], overridden: None, known_since_long: None
) -> None:
    page = revops.get(PAGE).content.decode()
    # Points of one account are no count.
    page = re.sub(r"Most points gained or lost.*?</table>", "", page, flags=re.DOTALL)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page, flags=re.DOTALL)
    sentences = re.findall(r"<p>.*?(?:accounts are undecided</a>|changed segment or points).*?</p>", page)

    assert len(cells) > 100
    assert len(sentences) == 2
    for each in (*cells, *sentences):
        rest = re.sub(r"<a .*?</a>|<svg.*?</svg>|<span class=.icp-over__percent.*?</span>", "", each, flags=re.DOTALL)
        assert not re.search(r"[1-9]", re.sub(r"<[^>]+>|\d+ %", "", rest)), each


def test_a_known_list_says_how_far_it_has_looked(
    revops: Client, population: list[Company], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.admin.overview.coverage.SHOWN", 2)
    monkeypatch.setattr("crm.scoring.survey_spans.SPAN", 2)
    link = f"{PAGE}known/?fact=employees&known=known"
    assert "The first 2 accounts." in text_of(revops, link)

    monkeypatch.setattr("crm.admin.overview.coverage.SECONDS", -1.0)
    assert "Only the first 0 accounts were looked at" in text_of(revops, link)


@pytest.mark.parametrize(
    "query",
    ["", "fact=employees", "fact=employees&known=x", "fact=x&known=known", "fact=employees&known=known&segment=x",
     "fact=employees%00&known=known"],
)  # fmt: skip
def test_a_list_behind_no_number_is_not_there(revops: Client, population: list[Company], query: str) -> None:
    assert revops.get(f"{PAGE}known/?{query}").status_code == 404


def test_a_move_leads_to_its_changes_with_their_cause(revops: Client, population: list[Company]) -> None:
    Company.objects.filter(name="Nobody knows").update(employees_low=4, employees_high=4)
    rescore_all(at=timezone.now())
    count()

    page = revops.get(PAGE).content.decode()
    [link] = {
        unescape(each) for each in re.findall(r'href="([^"]*before=undecided&amp;after=early&amp;cause=facts)"', page)
    }
    said = text_of(revops, link)

    assert "From Undecided to Early" in said
    assert "Nobody knows" in said
    assert "Employees went from unknown" in said


def test_before_anything_was_counted_the_page_says_what_to_do(revops: Client) -> None:
    assert "load_preset" in text_of(revops, PAGE)
    ruleset(RULES)
    assert "No companies yet" in text_of(revops, PAGE)
    company(12)
    said = text_of(revops, PAGE)
    assert "Not counted yet" in said
    assert "manage.py survey coverage" in said
    assert "manage.py survey worklist" in text_of(revops, WORKLIST)


def test_the_worklist_is_a_page_of_its_own_with_every_fact(revops: Client, population: list[Company]) -> None:
    said = text_of(revops, WORKLIST)

    assert "3 accounts are undecided" in said
    assert "Accounts and export : Employees" in said


def test_counting_again_waits_for_a_worker_and_then_shows_the_new_figures(
    revops: Client, population: list[Company]
) -> None:
    company(9)
    rescore_all(at=timezone.now())
    response = revops.post(f"{PAGE}count/", {"subject": "coverage"})
    assert response.headers["Location"] == f"{PAGE}#coverage"
    assert revops.post(f"{PAGE}count/", {"subject": "coverage"}).status_code == 302
    assert Survey.objects.exclude(asked_at=None).count() == 1
    waiting = revops.get(f"{PAGE}progress/coverage/")
    assert "Waiting for a worker" in waiting.content.decode()
    assert "HX-Retarget" not in waiting.headers

    surveys.advance(lambda: False)

    done = revops.get(f"{PAGE}progress/coverage/")
    assert done.headers["HX-Retarget"] == "#coverage"
    assert "6 accounts" in done.content.decode()


def test_only_a_post_counts_again(revops: Client, population: list[Company]) -> None:
    assert revops.get(f"{PAGE}count/").status_code == 405
    assert revops.post(f"{PAGE}count/", {"subject": "nonsense"}).status_code == 404


def test_a_count_that_failed_says_so_and_offers_another(revops: Client, population: list[Company]) -> None:
    Survey.objects.filter(subject="bands").update(error="DataError: out of range", failed_at=timezone.now())

    said = text_of(revops, PAGE)

    assert "The last count did not get to its end. DataError: out of range" in said
    assert "The figures are those of the count before" in said
    assert "Try again" in said


def test_figures_of_older_rules_say_so(revops: Client, population: list[Company]) -> None:
    ruleset(RULES | {"personas": []})

    assert "Counted by ruleset 1. Ruleset 2 is in force now." in text_of(revops, PAGE)


@pytest.mark.parametrize(
    "address",
    [PAGE, WORKLIST, f"{WORKLIST}employees/", f"{WORKLIST}employees/export/", f"{PAGE}progress/bands/",
     f"{PAGE}moves/?before=undecided&after=early"],
)  # fmt: skip
def test_who_does_not_see_every_account_sees_no_totals(client: Client, population: list[Company], address: str) -> None:
    client.force_login(member("rep", "Sales"))
    assert client.get(address).status_code == 403
    assert client.post(f"{PAGE}count/").status_code == 403
    assert "Dashboard" not in text_of(client, "/admin/")

    blind = User.objects.create_user("blind", is_staff=True)
    blind.user_permissions.set(Permission.objects.filter(codename="see_all_companies"))
    client.force_login(blind)
    assert client.get(address).status_code == 403


def test_nobody_gets_in_without_signing_in(client: Client) -> None:
    assert "/login/" in client.get(PAGE).headers["Location"]


# The worklist


def test_a_fact_names_the_accounts_that_wait_for_it_with_what_is_known(
    revops: Client, population: list[Company]
) -> None:
    FactSource.objects.create(company=population[1], fact="employees", source="a directory", observed_on="2026-02-01")

    said = text_of(revops, f"{WORKLIST}employees/")

    assert re.search(r"Dock .*11 to 50 people a directory 1 Feb 2026", said)
    assert "Rocket" not in said
    assert revops.get(f"{WORKLIST}nonsense/").status_code == 404


def test_the_export_is_what_the_page_says_and_runs_in_no_spreadsheet(revops: Client, population: list[Company]) -> None:
    Company.objects.filter(name="Dock").update(name="=Dock()")

    response: Any = revops.get(f"{WORKLIST}employees/export/")
    rows = list(csv.DictReader(b"".join(response.streaming_content).decode().splitlines()))

    assert {row["company_id"] for row in rows} == {
        str(fit.pk)
        for fit in Fit.objects.filter(segment_status="undecided")
        if "employees" in f"{fit.settled_by_any},{fit.settled_by_some}".split(",")
    }
    dock = next(row for row in rows if "Dock" in row["name"])
    assert dock["name"] == "'=Dock()"
    assert dock["value_now"] == "11 to 50 people"


# Disagreements


def test_disagreements_are_listed_by_criterion_with_the_way_to_its_editor(
    revops: Client, population: list[Company]
) -> None:
    save_draft(from_data(RULES))
    author = member("rep", "Sales")
    for account, agrees in ((population[0], False), (population[1], True)):
        Opinion.objects.create(
            company=account, ruleset=1, profile="growth", line="must:backed", answer="yes", agrees=agrees,
            reason="" if agrees else "They were bought out.", author=author,
        )  # fmt: skip
    Opinion.objects.create(
        company=population[2], ruleset=1, profile="growth", line="points:size:big", answer="yes", agrees=False,
        reason="Wrong.", author=author,
    )  # fmt: skip

    page = revops.get(PAGE).content.decode()
    said = text_of(revops, PAGE)

    assert "Backed Growth 1 1 “They were bought out.”" in said
    assert "Edit the criterion" in said
    lists = re.findall(r'href="(/admin/crm/opinion/[^"]+)">(\d)</a>', page)
    assert len(lists) == 4
    for link, number in lists:
        assert revops.get(unescape(link)).context["cl"].result_count == int(number)
    for link in re.findall(r'href="(/admin/crm/company/\?criterion=[^"]+)"', page):
        assert revops.get(unescape(link)).status_code == 200


# How much it costs


def test_the_page_asks_the_same_however_many_accounts_there_are(
    revops: Client, population: list[Company], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Company.objects.filter(name="Rocket").update(employees_low=20, employees_high=20)
    rescore_all(at=timezone.now())
    count()
    revops.get(PAGE)
    with django_assert_num_queries(14):
        revops.get(PAGE)
    for _ in range(10):
        invested(company(120), "Accel")
    rescore_all(at=timezone.now())
    Company.objects.filter(employees_low=120).update(employees_low=20, employees_high=20)
    rescore_all(at=timezone.now())
    count()
    with django_assert_num_queries(14):
        revops.get(PAGE)


def test_the_page_of_a_fact_asks_the_same_however_many_accounts_wait(
    revops: Client, population: list[Company], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    revops.get(f"{WORKLIST}employees/")
    with django_assert_num_queries(9):
        revops.get(f"{WORKLIST}employees/")
    for _ in range(10):
        company()
    rescore_all(at=timezone.now())
    with django_assert_num_queries(9):
        revops.get(f"{WORKLIST}employees/")
