"""Stored titles say what the matcher says by the rules in force, and whoever has them is scored by it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.job_titles import fingerprint, match_titles, moved, patterns, storing, titles_for
from crm.models import Company, Contact, Fit, JobTitle, Lane, TitlePersona
from crm.scoring import rollout, surveys, titles
from crm.scoring.drain import drain, rescore, rescore_all
from crm.scoring.due import lanes_with_work
from crm.scoring.freshness import freshness
from crm.scoring.reasons import Code
from crm.scoring.ripples import spread
from personas.models import Ruleset
from personas.publishing import active_ruleset
from personas.rules.document import Document, from_data
from personas.titles import VERSION, Answer, Match, TitleMatcher, changes, probe_of
from tests.factories import company, contact, now, ruleset

pytestmark = pytest.mark.django_db

SAM, PAM = "sam", "pam"


def rules(sam: list[str], pam: list[str], **more: Any) -> dict[str, Any]:
    """Two personas with these patterns, and a segment of accounts where Sam is."""
    return {
        "format": 1,
        "personas": [{"key": SAM, "titles": sam} | more, {"key": PAM, "titles": pam}],
        "profiles": [
            {"key": "with-sam", "rank": 1, "must": [{"key": "sam", "when": {"fact": "personas", "any_of": [SAM]}}]}
        ],
    }


FIRST = rules(["software engineer", "product engineer"], ["product engineer", "product manager"])
WIDER = rules(["software engineer", "product engineer", "data engineer"], ["product engineer", "product manager"])


def reading_of(text: str) -> dict[str, Any]:
    """What the matcher said of a title, as it is stored."""
    reading = JobTitle.objects.get(text=text).reading
    assert isinstance(reading, dict)
    return reading


def stored(text: str) -> tuple[str | None, tuple[str, ...]]:
    title = JobTitle.objects.get(text=text)
    return title.result, tuple(title.personas.values_list("persona", flat=True))


def drained() -> None:
    drain(lane=0, lanes=1, at=now(), until=lambda: False)


def segment_of(account: Company) -> str | None:
    return Fit.objects.get(pk=account.pk).segment


def facts_revisions() -> dict[int, int]:
    """What stands for how often the facts of each account have changed, ripples followed."""
    spread()
    return dict(Fit.objects.values_list("pk", "facts_rev"))


# One title


def test_a_new_title_is_made_and_matched_at_once() -> None:
    ruleset(FIRST)

    found = titles_for(["Sr.  SWE", "Sr. SWE", "Cook", " "])

    assert {text: (row.text, row.result) for text, row in found.items()} == {
        "Sr.  SWE": ("Sr. SWE", "match"), "Sr. SWE": ("Sr. SWE", "match"), "Cook": ("Cook", "none"),
    }  # fmt: skip
    title = JobTitle.objects.get(text="Sr. SWE")
    assert (title.seniority, title.function) == ("senior", "engineering")
    assert reading_of("Sr. SWE")["evidence"] == [{"persona": SAM, "pattern": "software engineer", "words": ["SWE"]}]
    assert stored("Sr. SWE") == ("match", (SAM,))


def test_before_any_rules_a_title_is_only_made() -> None:
    titles_for(["Cook"])

    assert stored("Cook") == (None, ())


def test_a_title_that_came_another_way_is_matched_before_its_account_is_scored() -> None:
    ruleset(FIRST)
    account = company()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO crm_jobtitle (text) VALUES ('Backend Software Engineer')")
    Contact.objects.create(name="Ann", company=account, title=JobTitle.objects.get())

    drained()

    assert stored("Backend Software Engineer") == ("match", (SAM,))
    assert segment_of(account) == "with-sam"


def test_a_title_that_nobody_has_yet_is_matched_without_any_account_to_score() -> None:
    ruleset(FIRST)
    JobTitle.objects.create(text="Software Engineer")

    assert lanes_with_work(now()) == []
    assert stored("Software Engineer") == ("match", (SAM,))


def test_whoever_saves_a_form_need_not_wait_for_a_worker() -> None:
    ruleset(FIRST)
    account = company()
    contact(account, "Software Engineer")

    rescore([account.pk], at=now())

    assert segment_of(account) == "with-sam"


def test_a_product_engineer_is_both_with_the_evidence_until_a_person_decides_and_then_stays() -> None:
    ruleset(FIRST)
    account = company(people_researched_on=now().date())
    person, other = contact(account, "Product Engineer"), contact(title="Product Engineer")
    rescore_all(at=now())
    reading = reading_of("Product Engineer")
    assert stored("Product Engineer") == ("ambiguous", (SAM, PAM))
    assert [(each["persona"], each["pattern"]) for each in reading["evidence"]] == [
        (SAM, "product engineer"), (PAM, "product engineer"),
    ]  # fmt: skip
    assert (segment_of(account), Fit.objects.get().segment_status) == (None, "undecided")

    Contact.objects.filter(pk=person.pk).update(persona=SAM, roles="user")
    ruleset(rules(["software engineer"], ["product engineer", "product manager"]))
    rescore_all(at=now())

    assert stored("Product Engineer") == ("match", (PAM,))
    person.refresh_from_db()
    other.refresh_from_db()
    assert (person.persona, person.roles, other.persona) == (SAM, "user", None)
    assert segment_of(account) == "with-sam"


# Which patterns


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"titles": ["product engineer", "software engineer"]}, False),
        ({"exclude": ["sales engineer"]}, False),
        ({"story": "Builds.", "tier": "primary", "buying_roles": ["user"]}, True),
    ],
)
def test_only_patterns_and_exclusions_count(change: dict[str, Any], same: bool) -> None:
    before = from_data(rules(["software engineer", "product engineer"], []))
    after = from_data(rules(["software engineer", "product engineer"], [], **change))

    assert (fingerprint(before.personas) == fingerprint(after.personas)) is same


def test_rules_with_the_same_patterns_match_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ruleset(FIRST)
    titles_for(["Software Engineer"])
    again = ruleset(FIRST | {"profiles": []})
    titles.fingerprint_of(again)

    with django_assert_num_queries(1 if connection.vendor == "sqlite" else 6):  # one look, and what keeps it to indexes
        assert titles.catch_up(again)


def test_what_a_later_version_of_the_matcher_said_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rules_now = ruleset(FIRST)
    titles_for(["Software Engineer"])
    later = f"{VERSION + 1:04d}abcdefabcdef"
    JobTitle.objects.update(matched_with=later, result="none")

    assert titles.catch_up(rules_now)
    assert match_titles(rules_now.document())[0].looked == 0

    assert JobTitle.objects.get().matched_with == later
    monkeypatch.setattr(patterns, "VERSION", VERSION + 1)
    titles.fingerprints.clear()
    try:
        assert titles.catch_up(rules_now)
        assert stored("Software Engineer") == ("match", (SAM,))
    finally:
        titles.fingerprints.clear()


# Many titles


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "MANY", 3)


TEXTS = [
    *(f"{level} Software Engineer" for level in ("Junior", "Senior", "Staff", "Lead", "Principal")),
    *(f"{level} Data Engineer" for level in ("Junior", "Senior", "Staff")),
    "Product Manager", "Product Engineer", "Cook", "Gardener", "Sales Engineer", "-", "Former Software Engineer",
]  # fmt: skip


@pytest.mark.usefixtures("small_batches")
def test_every_title_says_what_the_matcher_says() -> None:
    JobTitle.objects.bulk_create(JobTitle(text=text) for text in TEXTS)
    TitlePersona.objects.create(title=JobTitle.objects.get(text="Cook"), persona="nobody")
    document = from_data(WIDER)

    done, ended = match_titles(document)

    matcher = TitleMatcher(document.personas)
    assert ((done.looked, done.changed), ended) == ((len(TEXTS), len(TEXTS)), True)
    for text in TEXTS:
        match = matcher.match(text)
        assert stored(text) == (match.result, match.personas)
        assert JobTitle.objects.get(text=text).reading == match.data()
    assert set(JobTitle.objects.values_list("matched_with", flat=True)) == {fingerprint(document.personas)}


def test_a_title_that_the_matcher_stumbles_over_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    active = ruleset(FIRST)
    bad, _ = (JobTitle.objects.create(text=text) for text in ("Bad", "Software Engineer"))
    match = TitleMatcher.match

    def stumbles(self: TitleMatcher, title: str) -> Any:
        return [][1] if title == "Bad" else match(self, title)

    monkeypatch.setattr(TitleMatcher, "match", stumbles)

    assert titles.catch_up(active)

    assert (stored("Bad"), stored("Software Engineer")) == (("unknown", ()), ("match", (SAM,)))
    assert reading_of("Bad")["flags"] == ["unreadable"]
    assert f"title not matched title={bad.pk} error=IndexError" in caplog.text


@pytest.mark.usefixtures("small_batches")
def test_a_changed_pattern_rewrites_only_the_titles_that_it_changes() -> None:
    ruleset(FIRST)
    titles_for(TEXTS)
    personas = set(TitlePersona.objects.values_list("pk", flat=True))

    done, _ = match_titles(from_data(WIDER))
    again, _ = match_titles(from_data(WIDER))

    assert (done.looked, done.changed, again.looked) == (len(TEXTS), 3, 0)
    assert personas < set(TitlePersona.objects.values_list("pk", flat=True))


@pytest.mark.usefixtures("small_batches")
def test_a_changed_pattern_changes_the_facts_of_the_accounts_concerned_and_of_no_other() -> None:
    ruleset(FIRST)
    accounts = {text: company() for text in TEXTS}
    for text, account in accounts.items():
        contact(account, text)
    other = company()
    contact(other)
    rescore_all(at=now())
    before = facts_revisions()

    ruleset(WIDER)
    assert titles.catch_up(active_ruleset())

    raised = {pk for pk, revision in facts_revisions().items() if revision != before[pk]}
    assert raised == {accounts[text].pk for text in TEXTS if "Data" in text}
    rescore_all(at=now())
    assert {segment_of(accounts[text]) for text in TEXTS if "Data" in text} == {"with-sam"}
    assert not freshness().behind


@pytest.mark.usefixtures("small_batches")
def test_a_worker_that_dies_among_the_titles_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset(FIRST)
    account = company()
    contact(account, "Staff Data Engineer")
    titles_for(TEXTS)
    rescore_all(at=now())
    ruleset(WIDER)
    dies_after(monkeypatch, batches=2)
    with pytest.raises(KeyboardInterrupt):
        drained()
    assert freshness().behind
    monkeypatch.undo()

    drained()

    assert stored("Staff Data Engineer") == ("match", (SAM,))
    assert segment_of(account) == "with-sam"
    assert not freshness().behind


def dies_after(monkeypatch: pytest.MonkeyPatch, *, batches: int) -> None:
    """Whoever matches is stopped in the middle of the batch after so many."""
    write, done = storing.write, []

    def stopped(*arguments: Any) -> None:
        write(*arguments)
        done.append(1)
        if len(done) > batches:
            raise KeyboardInterrupt

    monkeypatch.setattr(storing, "MANY", 3)
    monkeypatch.setattr(storing, "write", stopped)


def test_a_worker_that_dies_between_titles_and_accounts_loses_nothing() -> None:
    ruleset(FIRST)
    account = company()
    contact(account, "Data Engineer")
    rescore_all(at=now())
    ruleset(WIDER)

    match_titles(active_ruleset().document())  # and no more

    assert freshness().behind
    drained()
    assert segment_of(account) == "with-sam"


def test_a_paused_rollout_leaves_titles_as_they_are_but_reads_new_ones() -> None:
    ruleset(FIRST)
    account = company()
    contact(account, "Data Engineer")
    rescore_all(at=now())
    ruleset(WIDER)
    rollout.pause(now())
    JobTitle.objects.create(text="Junior Data Engineer")

    drained()
    assert stored("Data Engineer") == ("none", ())
    assert stored("Junior Data Engineer") == ("match", (SAM,))

    rollout.resume()
    drained()
    assert segment_of(account) == "with-sam"


def test_nobody_matches_by_rules_that_are_no_longer_in_force() -> None:
    old = ruleset(FIRST)
    ruleset(WIDER)
    titles_for(["Data Engineer"])

    assert not titles.catch_up(old)

    assert stored("Data Engineer") == ("match", (SAM,))


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("config.getoption('database') != 'postgres'", reason="SQLite has one writer")
def test_titles_that_somebody_holds_are_left_to_them_and_nobody_waits() -> None:
    active = ruleset(FIRST)
    JobTitle.objects.create(text="Cook")
    held = JobTitle.objects.create(text="Software Engineer")
    with transaction.atomic():
        JobTitle.objects.select_for_update().get(pk=held.pk)

        assert elsewhere(lambda: titles.catch_up(active))
        assert (stored("Cook"), stored("Software Engineer")) == (("none", ()), (None, ()))

    assert titles.catch_up(active)
    assert stored("Software Engineer") == ("match", (SAM,))


@pytest.mark.django_db(transaction=True)
def test_several_at_once_match_each_title_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "MANY", 3)
    active = ruleset(WIDER)
    JobTitle.objects.bulk_create(JobTitle(text=f"{text} {place}") for text in TEXTS[:10] for place in range(3))
    matched: list[str] = []
    match = TitleMatcher.match

    def counted(self: TitleMatcher, title: str) -> Any:
        matched.append(title)
        return match(self, title)

    monkeypatch.setattr(TitleMatcher, "match", counted)
    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(lambda _: in_its_own_connection(lambda: titles.catch_up(active)), range(3)))

    assert len(matched) == len(set(matched)) == 30
    assert not titles.any_unread(active)


def elsewhere(work: Callable[[], Any]) -> Any:
    """What the work gave, done on a connection of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(in_its_own_connection, work).result(30)


def in_its_own_connection(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connections.close_all()


# How fresh


def test_a_title_that_waits_keeps_scores_from_calling_themselves_fresh() -> None:
    ruleset(FIRST)
    contact(company(), "Software Engineer")
    rescore_all(at=now())
    Lane.objects.create(number=0, visited_at=now(), worker="one")
    assert not freshness().behind

    JobTitle.objects.update(matched_with="0000abcdefabcdef")
    found = freshness()

    assert found.behind
    assert found.reason is not None
    assert (found.reason.code, found.reason.heals) == (Code.TITLES, True)
    assert found.titles_since is not None
    drained()
    assert not freshness().behind


def test_a_new_title_that_nobody_has_makes_no_score_old() -> None:
    ruleset(FIRST)
    rescore_all(at=now())
    JobTitle.objects.create(text="Cook")

    assert not freshness().behind
    contact(None, "Cook")
    assert freshness().behind


# What a change moves


def test_what_a_change_of_patterns_would_move_comes_with_its_contacts_biggest_first() -> None:
    ruleset(FIRST)
    titles_for(TEXTS)
    for _ in range(3):
        contact(title="Staff Data Engineer")
    JobTitle.objects.filter(text="Junior Data Engineer").update(contact_count=7)

    found = moved(from_data(FIRST), from_data(WIDER))

    assert [(row.title, row.contacts) for row in found.rows] == [
        ("Junior Data Engineer", 7), ("Staff Data Engineer", 3), ("Senior Data Engineer", 0),
    ]  # fmt: skip
    assert (found.titles, found.contacts, found.looked, found.whole) == (3, 10, len(TEXTS), True)
    assert {(row.before, row.after) for row in found.rows} == {(Answer("none", ()), Answer("match", (SAM,)))}
    assert stored("Staff Data Engineer") == ("none", ())


def test_of_too_many_titles_those_with_most_contacts_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.job_titles.moving.MOST_TITLES", 2)
    titles_for(TEXTS)
    JobTitle.objects.filter(text__in=["Cook", "Staff Data Engineer"]).update(contact_count=2)

    found = moved(from_data(FIRST), from_data(WIDER))

    assert [row.title for row in found.rows] == ["Staff Data Engineer"]
    assert (found.looked, found.of, found.whole) == (2, len(TEXTS), False)


def test_the_same_patterns_move_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert moved(from_data(FIRST), from_data(FIRST)).rows == ()


EDITS: dict[str, Document] = {
    name: from_data(data)
    for name, data in {
        "a pattern more": WIDER,
        "a pattern less": rules(["software engineer"], ["product engineer", "product manager"]),
        "an exclusion": rules(["software engineer", "product engineer"], ["product engineer", "product manager"],
                              exclude=["lead", "staff engineer"]),
        "another order": rules(["product engineer", "software engineer"], ["product manager", "product engineer"]),
        "one persona less": FIRST | {"personas": FIRST["personas"][:1], "profiles": []},
        "personas the other way round": FIRST | {"personas": FIRST["personas"][::-1]},
        "a wider pattern": rules(["engineer", "cook"], ["product engineer", "product manager", "gardener"]),
        "one that may be whole": rules(["software engineer", "former software engineer"], ["product manager"]),
    }.items()
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_titles_that_no_changed_line_fits_need_not_be_matched_twice(name: str) -> None:
    before, after = from_data(FIRST), EDITS[name]
    one, other = TitleMatcher(before.personas), TitleMatcher(after.personas)
    all_of_them = {
        text
        for text in TEXTS
        if (one.match(text).result, one.match(text).personas) != (other.match(text).result, other.match(text).personas)
    }

    assert set(changes(one, other, TEXTS)) == all_of_them
    assert (probe_of(before.personas, after.personas) is None) is (name == "another order" or "round" in name)


def test_only_titles_that_a_changed_line_fits_are_matched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset(FIRST)
    titles_for(TEXTS)
    matched: list[str] = []
    match_of = storing.match_of

    def noted(row: storing.Row, matcher: TitleMatcher) -> Match:
        matched.append(row.text)
        return match_of(row, matcher)

    monkeypatch.setattr(storing, "match_of", noted)

    match_titles(from_data(WIDER))

    assert {row.title for row in moved(from_data(FIRST), from_data(WIDER)).rows} <= set(matched)
    assert 0 < len(matched) < len(TEXTS)
    assert set(JobTitle.objects.values_list("matched_with", flat=True)) == {fingerprint(from_data(WIDER).personas)}


# How many contacts


def test_contacts_are_counted_in_the_background_and_only_what_differs_is_written() -> None:
    active: Ruleset = ruleset(FIRST)
    titles_for(["Cook", "Gardener"])
    contact(company(), "Cook")
    contact(None, "Cook")

    first = surveys.count_now("titles", active, at=timezone.now())
    again = surveys.count_now("titles", active, at=timezone.now())

    assert dict(JobTitle.objects.values_list("text", "contact_count")) == {"Cook": 2, "Gardener": 0}
    assert first == {"titles": 2, "contacts": 2, "changed": 2}
    assert again == {"titles": 2, "contacts": 2, "changed": 0}
