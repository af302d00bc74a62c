"""The drain: what it takes, in which order, and what it does about what fails."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from crm.models import (
    Attribute,
    Company,
    CompanyTerm,
    FactSource,
    Fit,
    FitChange,
    Investor,
    Lane,
    Outbox,
    Override,
    Rollout,
    Term,
)
from crm.models.fit import ENGINE
from crm.scoring import drain as drain_module
from crm.scoring import rollout
from crm.scoring.drain import Pace, Run, drain, rescore, rescore_all
from crm.scoring.due import due, lanes_with_work
from crm.scoring.failures import wait_after
from personas.publishing import publish
from personas.rules.document import from_data
from personas.rules.scoring import Scorer
from tests import factories
from tests.factories import SEGMENTS, company, contact, invested, now, ruleset

pytestmark = pytest.mark.django_db(transaction=True)


def drained(at: datetime | None = None) -> Any:
    return drain(lane=0, lanes=1, at=at or now(), until=lambda: False)


def fit(account: Company) -> Fit:
    return Fit.objects.get(company=account)


def test_an_edit_by_any_way_is_scored_by_the_next_drain() -> None:
    ruleset()
    account = company(5)
    drained()

    with connection.cursor() as cursor:
        cursor.execute("UPDATE crm_company SET employees_low = 900, employees_high = 900")
    done = drained()

    assert (done.seen, done.changed) == (1, 1)
    assert (fit(account).segment_status, fit(account).stale_since) == ("none", None)


def test_nothing_is_due_after_a_drain() -> None:
    ruleset()
    for size in range(30):
        company(size)
    drained()

    assert lanes_with_work(now()) == []
    assert drained().seen == 0


def test_an_edit_goes_before_the_mass_of_a_new_ruleset() -> None:
    ruleset()
    accounts = [company(5) for _ in range(5)]
    drained()
    published = publish(from_data(SEGMENTS | {"profiles": [SEGMENTS["profiles"][1]]}))  # type: ignore[index]
    Company.objects.filter(pk=accounts[3].pk).update(employees_low=6, employees_high=6)

    assert due(published.number, now(), limit=1) == [accounts[3].pk]


def test_a_result_says_of_which_moment_it_tells() -> None:
    ruleset()
    account = company(5)
    at = now()

    drained(at)

    assert fit(account).seen_at == at


def test_every_change_is_in_the_outbox_with_what_it_is_about() -> None:
    bands = [{"key": "high", "from": 15}, {"key": "low", "from": 0}]
    ruleset(
        bands=bands,
        components=[
            {
                "key": "size",
                "label": "Size",
                "combine": "sum",
                "rows": [
                    {"key": "some", "when": {"fact": "employees", "at_least": 10}, "points": 10},
                    {"key": "more", "when": {"fact": "employees", "at_least": 20}, "points": 1},
                    {"key": "big", "when": {"fact": "employees", "at_least": 30}, "points": 9},
                ],
            }
        ],
        must=[{"key": "any", "when": {"fact": "employees", "at_least": 1}}],
    )
    account = company(5)
    for size in (0, 10, 20, 30):
        Company.objects.filter(pk=account.pk).update(employees_low=size or 5, employees_high=size or 5)
        drained()

    events = Outbox.objects.order_by("pk").values_list("event", "company_id", "change_id")

    changes = list(FitChange.objects.order_by("pk").values_list("pk", flat=True))
    assert [event for event, _, _ in events] == [
        "company.segment_changed",
        "company.fit_changed",
        "company.fit_changed",
        "company.band_changed",
    ]
    assert [change for _, _, change in events] == changes


def test_changes_follow_each_other_without_a_gap() -> None:
    ruleset()
    account = invested(company(5), "Accel")
    for size in (5, 20, 200, 900):
        Company.objects.filter(pk=account.pk).update(employees_low=size, employees_high=size)
        drained()

    changes = list(FitChange.objects.order_by("pk"))

    assert [each.cause for each in changes] == ["first", "facts", "facts", "facts"]
    for before, after in pairwise(changes):
        assert (before.segment_after, before.low_after) == (after.segment_before, after.low_before)


def test_an_investor_renamed_onto_a_list_counts_in_a_worker_that_knew_the_old_name() -> None:
    ruleset()
    account = invested(company(120), "Nobody")
    drained()
    assert fit(account).segment is None

    Investor.objects.update(name="Accel")
    drained()

    assert fit(account).segment == "growth"


def test_a_term_renamed_counts_in_a_run_that_knew_the_old_name() -> None:
    ruleset(must=[{"key": "tag", "when": {"fact": "tags", "any_of": ["saas"]}}])
    account = company(1, tags_researched_on="2026-01-01")
    CompanyTerm.objects.create(company=account, term=Term.objects.create(vocabulary="tags", name="shop"))
    drained()

    Term.objects.update(name="SaaS")
    drained()

    assert fit(account).segment == "only"


# Time


def test_a_fact_that_grows_too_old_makes_the_result_open_on_the_day_it_does() -> None:
    facts = {"seats": {"kind": "integer", "label": "Seats", "fresh_for_days": 30}}
    profile = {"key": "only", "name": "Only", "rank": 1}
    must = [{"key": "seats", "when": {"fact": "seats", "at_least": 10}}]
    ruleset({"format": 1, "facts": facts, "profiles": [profile | {"must": must}]})
    account = company(1)
    Attribute.objects.create(company=account, fact="seats", low=50, high=50)
    observed = now().date() - timedelta(days=10)
    FactSource.objects.create(company=account, fact="seats", source="survey", observed_on=observed)
    drained()
    assert fit(account).segment == "only"

    in_time, too_late = now() + timedelta(days=20), now() + timedelta(days=21)
    drained(in_time)
    still = fit(account).segment_status
    drained(too_late)

    assert (still, fit(account).segment_status) == ("settled", "undecided")
    assert FitChange.objects.filter(company=account).order_by("-pk")[0].cause == "time"
    assert fit(account).review_at is None


def test_a_rule_about_age_is_looked_at_again_on_the_day_its_answer_changes() -> None:
    ruleset(must=[{"key": "warm", "when": {"fact": "last_activity", "within_days": 30}}])
    account = company(1)
    called = now() - timedelta(days=29)
    account.activities.create(kind="call", summary="Call", happened_at=called)
    drained()
    assert fit(account).segment == "only"

    assert drained(now() + timedelta(days=1)).seen == 0
    drained(now() + timedelta(days=2))

    assert fit(account).segment_status == "none"


def test_an_override_ends_on_its_day(django_user_model: type) -> None:
    ruleset()
    account = company(5)
    author = django_user_model.objects.create(username="rep")  # type: ignore[attr-defined]
    Override.objects.create(
        company=account, segment="growth", reason="Named", author=author, expires_on=now().date() + timedelta(days=1)
    )
    drained()
    assert fit(account).effective_segment == "growth"

    drained(now() + timedelta(days=2))

    assert (fit(account).effective_segment, fit(account).review_at) == ("early", None)


def test_nothing_is_looked_at_again_for_time_alone_where_no_rule_reads_the_clock() -> None:
    ruleset()
    company(5)
    drained()

    assert Fit.objects.get().review_at is None


# Others


def test_a_day_job_at_an_account_that_changes_segment_is_scored_again_and_nobody_else() -> None:
    bonus = [{"key": "job", "when": {"fact": "day_job_segments", "any_of": ["only"]}, "points": 5}]
    ruleset(must=[{"key": "size", "when": {"fact": "employees", "at_least": 10}}], bonus=bonus)
    project, employer, bystander = company(20), company(5), company(20)
    factories.worked(contact(project), "Employer", "day_job", employer)
    drained()

    Company.objects.filter(pk=employer.pk).update(employees_low=50, employees_high=50)
    done = drained()

    assert done.seen == 2
    assert (fit(project).low, fit(bystander).low) == (500, 0)
    assert not Fit.objects.exclude(stale_since=None).exists()


@pytest.mark.parametrize("scored", [drained, lambda: rescore_all(at=now())], ids=["drain", "rescore"])
def test_accounts_whose_segment_others_read_are_scored_first_so_that_nobody_is_scored_twice(
    scored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pace, "__init__", lambda self: setattr(self, "size", 2))
    bonus = [{"key": "job", "when": {"fact": "day_job_segments", "any_of": ["only"]}, "points": 5}]
    ruleset(must=[{"key": "size", "when": {"fact": "employees", "at_least": 10}}], bonus=bonus)
    projects = [company(20) for _ in range(3)]
    employer = company(50)
    for project in projects:
        factories.worked(contact(project), "Employer", "day_job", employer)

    done = scored()

    assert done.seen == 4
    assert [fit(project).low for project in projects] == [500, 500, 500]


@pytest.mark.skipif("config.getoption('database') != 'postgres'", reason="SQLite locks the whole database")
def test_an_account_that_somebody_edits_is_left_for_later_and_holds_nobody_up() -> None:
    ruleset()
    edited, other = company(5), company(5)

    def work() -> Any:
        try:
            return drained()
        finally:
            connections.close_all()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        Company.objects.filter(pk=edited.pk).update(country="DE")
        done = pool.submit(work).result()

    assert done.seen == 1
    assert fit(edited).cells is None
    assert fit(other).segment == "early"


# Failures


@pytest.fixture
def trouble(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """While this list is not empty, no account with exactly 7 employees can be scored."""
    reasons = ["cannot be scored"]
    stored = Scorer.stored

    def fails(self: Scorer, cells: tuple[int, ...]) -> Any:
        seven = stored(self, cells).profiles["only"].points == 700
        if reasons and seven:
            raise ValueError(reasons[0])
        return stored(self, cells)

    monkeypatch.setattr(Scorer, "stored", fails)
    rows = [{"key": f"is-{n}", "when": {"fact": "employees", "between": [n, n]}, "points": n} for n in (6, 7, 8)]
    ruleset(components=[{"key": "size", "label": "Size", "combine": "sum", "rows": rows}])
    return reasons


def test_an_account_that_fails_says_why_and_holds_nobody_up(trouble: list[str]) -> None:
    accounts = [company(size) for size in (6, 7, 8)]

    done = drained()

    assert (done.seen, done.failed) == (2, 1)
    failed = fit(accounts[1])
    assert (failed.failures, failed.failure) == (1, "ValueError: cannot be scored")
    assert failed.stale_since is not None
    assert [fit(each).points for each in (accounts[0], accounts[2])] == [600, 800]


def test_a_failing_account_is_tried_again_after_a_while_that_grows(trouble: list[str]) -> None:
    account = company(7)
    at = now()
    drained(at)

    assert drained(at + timedelta(seconds=29)).failed == 0
    assert drained(at + timedelta(seconds=31)).failed == 1
    assert drained(at + timedelta(seconds=62)).failed == 0
    trouble.clear()
    drained(at + timedelta(seconds=92))

    healed = fit(account)
    assert (healed.points, healed.failures, healed.failure, healed.retry_at) == (700, 0, None, None)


def test_the_wait_doubles_up_to_an_hour() -> None:
    waits = [wait_after(failures).total_seconds() for failures in (1, 2, 3, 8, 1_000)]

    assert waits == [30, 60, 120, 3600, 3600]


def test_a_changed_fact_or_a_new_ruleset_ends_the_wait(trouble: list[str]) -> None:
    account = company(7)
    drained()
    trouble.clear()

    Company.objects.filter(pk=account.pk).update(employees_low=8, employees_high=8)
    assert drained().seen == 1

    trouble.append("again")
    Company.objects.filter(pk=account.pk).update(employees_low=7, employees_high=7)
    drained()
    trouble.clear()
    ruleset(must=[{"key": "size", "when": {"fact": "employees", "at_least": 1}}])
    assert drained().seen == 1


def test_an_account_that_the_database_cannot_read_is_found_among_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ruleset()
    accounts = [company(5) for _ in range(9)]
    look = Run.look

    def fails(self: Run, scope: Any, ids: Any, **keywords: Any) -> int:
        if accounts[4].pk in ids:
            raise ArithmeticError("out of range")
        return look(self, scope, ids, **keywords)

    monkeypatch.setattr(Run, "look", fails)

    done = drained()

    assert (done.seen, done.failed) == (8, 1)
    assert fit(accounts[4]).failure == "ArithmeticError: out of range"


# Rollouts


def changed_rules() -> Any:
    return publish(from_data(SEGMENTS | {"profiles": [SEGMENTS["profiles"][1]]}))  # type: ignore[index]


def test_a_rollout_says_how_many_accounts_it_concerns_and_when_it_ended() -> None:
    ruleset()
    for _ in range(3):
        company(5)
    drained()
    published = changed_rules()

    drained()

    found = Rollout.objects.get(ruleset=published.number)
    assert (found.accounts, found.finished_at is not None) == (3, True)


def test_a_rollout_goes_on_where_it_was_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pace, "__init__", lambda self: setattr(self, "size", 2))
    ruleset()
    for _ in range(6):
        company(5)
    drained()
    published = changed_rules()
    calls = iter([False, True])

    drain(lane=0, lanes=1, at=now(), until=lambda: next(calls))
    left = rollout.remaining(published.number)
    drained()

    assert (left, rollout.remaining(published.number)) == (4, 0)


def test_a_paused_rollout_waits_and_edits_are_scored_all_the_same() -> None:
    ruleset()
    edited, waiting = company(5), company(5)
    drained()
    published = changed_rules()
    rollout.pause(now())

    Company.objects.filter(pk=edited.pk).update(employees_low=6, employees_high=6)
    drained()
    held_back = [fit(edited).scored_ruleset, fit(waiting).scored_ruleset]
    rollout.resume()
    drained()

    assert held_back == [published.number, published.number - 1]
    assert fit(waiting).scored_ruleset == published.number


def test_a_program_that_scores_differently_scores_everything_again_as_a_rollout_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ruleset()
    account = company(5)
    drained()
    first = Rollout.objects.get()
    for module in ("due", "drain", "rollout"):
        monkeypatch.setattr(f"crm.scoring.{module}.ENGINE", ENGINE + 1)
    drain_module.forget_run()

    later = now()
    drained(later)

    again = Rollout.objects.get()
    assert fit(account).scored_engine == ENGINE + 1
    assert first.started_at < again.started_at == again.finished_at == later


def test_a_drain_stops_when_other_rules_are_published_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    company(5)
    monkeypatch.setattr(Pace, "__init__", lambda self: setattr(self, "size", 1))
    company(5)

    def published_after_the_first() -> bool:
        if Fit.objects.exclude(cells=None).count() == 1:
            changed_rules()
        return False

    done = drain(lane=0, lanes=1, at=now(), until=published_after_the_first)

    assert done.seen == 1


# Pace, lanes


def test_batches_fit_the_time_that_a_lock_may_last() -> None:
    pace = Pace()

    pace.learn(1_000, 0.1)
    quick = pace.size
    pace.learn(2_000, 10)
    slow = pace.size
    pace.learn(200, 100)

    assert (quick, slow, pace.size) == (2_000, 200, 100)


def test_a_lane_says_who_drained_it_and_how_much() -> None:
    ruleset()
    company(5)
    company(6)

    drained()

    lane = Lane.objects.get()
    assert (lane.number, lane.seen, lane.changed) == (0, 2, 2)
    assert lane.visited_at is not None
    assert lane.rate is not None


def test_what_stops_a_drain_is_noted_with_its_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    company(5)

    def stops(self: Run, *arguments: Any) -> Any:
        raise OperationalError("disk full")

    monkeypatch.setattr(Run, "store", stops)

    with pytest.raises(OperationalError):
        drained()

    lane = Lane.objects.get()
    assert (lane.error, lane.error_at is not None) == ("OperationalError", True)


def test_only_lanes_with_something_to_do_are_called(settings: Any) -> None:
    settings.SCORING_LANES = 3
    ruleset()
    account = company(5)

    assert lanes_with_work(now()) == [account.pk % 3]


def test_scoring_again_after_a_lost_batch_writes_every_score(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset()
    account = company(5)
    store = Run.store

    def lost(self: Run, results: Any, at: Any) -> Any:
        monkeypatch.setattr(Run, "store", store)
        with transaction.atomic():
            self.writer.take(results)
            transaction.set_rollback(True)
        raise ConnectionResetError

    monkeypatch.setattr(Run, "store", lost)
    with pytest.raises(ConnectionResetError):
        rescore([account.pk], at=now())

    rescore([account.pk], at=now())

    assert account.scores.count() == 2


def test_a_full_run_includes_what_its_own_changes_mark() -> None:
    ruleset()
    company(5)

    rescore_all(at=now())

    assert lanes_with_work(now()) == []
