"""Bringing scores up to date: what is written, and what is left alone."""

import pytest
from django.db import connection

from crm.models import Company, Fit, FitChange, Override, Score
from crm.scoring.audit import audit
from crm.scoring.drain import drain, rescore, rescore_all
from personas.publishing import NoRuleset, publish
from personas.rules.document import from_data
from tests import factories
from tests.factories import SEGMENTS, by_hand, company, invested, member, now, ruleset

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_account_gets_its_segment_points_and_interval() -> None:
    ruleset()
    known = invested(company(120), "Accel")

    rescore_all(at=now())

    fit = Fit.objects.get(company=known)
    assert (fit.segment, fit.segment_status, fit.effective_segment) == ("growth", "settled", "growth")
    assert (fit.points, fit.low, fit.high) == (2000, 2000, 2000)
    assert fit.scored_facts_rev == fit.facts_rev


def test_an_unknown_fact_leaves_the_segment_undecided_and_the_points_an_interval() -> None:
    ruleset()
    account = company(None)

    rescore_all(at=now())

    fit = Fit.objects.get(company=account)
    assert fit.segment_status == "undecided"
    assert fit.possible == "growth,early,none"
    assert (fit.points, fit.low, fit.high) == (None, 0, 2000)


def test_a_range_that_an_edge_cuts_through_decides_nothing() -> None:
    ruleset()
    cut, clear = company((11, 50)), company((20, 50))

    rescore_all(at=now())

    possible = dict(Fit.objects.values_list("company", "possible"))
    assert possible[cut.pk] == "growth,early,none"
    assert possible[clear.pk] == "growth,none"


def test_an_open_ended_range_decides_what_lies_beyond_its_end() -> None:
    ruleset()
    large = company((10_000, None))

    rescore_all(at=now())

    assert Fit.objects.get(company=large).segment_status == "none"


def test_scoring_again_writes_nothing() -> None:
    ruleset()
    invested(company(120), "Accel")
    company(None)
    rescore_all(at=now())

    again = rescore_all(at=now())

    assert (again.seen, again.changed) == (0, 0)
    assert FitChange.objects.count() == 2


def test_a_changed_fact_leaves_a_change_that_names_the_cells() -> None:
    ruleset()
    account = invested(company(14), "Accel")
    rescore_all(at=now())
    Company.objects.filter(pk=account.pk).update(employees_low=20, employees_high=20)

    done = rescore_all(at=now())

    change = FitChange.objects.filter(company=account).first()
    assert change is not None
    assert done.changed == 1
    assert (change.cause, change.segment_before, change.segment_after) == ("facts", "early", "growth")
    assert change.cells_before != change.cells_after


def test_a_change_within_a_cell_changes_nothing() -> None:
    ruleset()
    account = invested(company(20), "Accel")
    rescore_all(at=now())
    Company.objects.filter(pk=account.pk).update(employees_low=30, employees_high=30)

    assert rescore_all(at=now()).changed == 0


def test_a_new_ruleset_scores_everything_again_and_says_that_it_was_the_rules() -> None:
    ruleset()
    account = invested(company(600), "Accel")
    rescore_all(at=now())
    wider = from_data(SEGMENTS | {"profiles": [SEGMENTS["profiles"][0] | {"must": []}]})  # type: ignore[index]
    number = publish(wider).number

    rescore_all(at=now())

    change = FitChange.objects.filter(company=account).first()
    assert change is not None
    assert (change.cause, change.ruleset_after, change.segment_after) == ("ruleset", number, "growth")
    assert Score.objects.filter(company=account).count() == 1


def test_an_older_result_never_overwrites_a_newer_one() -> None:
    old = ruleset()
    account = invested(company(120), "Accel")
    rescore_all(at=now())
    Fit.objects.filter(company=account).update(scored_ruleset=old.number + 5, cells="newer")

    rescore([account.pk], at=now())

    assert Fit.objects.get(company=account).cells == "newer"


def test_an_override_counts_and_stands_beside_the_computed_segment(django_user_model: type) -> None:
    ruleset()
    account = company(600)
    author = django_user_model.objects.create(username="rep")  # type: ignore[attr-defined]
    Override.objects.create(
        company=account, segment="growth", reason="Named example", author=author, expires_on="2999-01-01"
    )

    rescore_all(at=now())

    fit = Fit.objects.get(company=account)
    assert (fit.segment, fit.effective_segment) == (None, "growth")


def test_accounts_are_placed_by_what_somebody_set_by_hand_until_it_ends() -> None:
    ruleset()
    author = member("rep")
    growth, early = invested(company(20), "Accel"), company(3)
    competitor, chosen, gone = invested(company(900_000), "Accel"), company(900), company((10, 900))
    expired = invested(company(30), "Accel")
    by_hand(growth, None, author)
    by_hand(competitor, "early", author)
    by_hand(chosen, "growth", author)
    by_hand(gone, None, author)
    by_hand(expired, None, author, expires_on="2020-01-01")
    rescore_all(at=now())

    order = list(Fit.objects.best_first().values_list("company", flat=True))

    assert order == [chosen.pk, expired.pk, competitor.pk, early.pk]
    assert dict(Fit.objects.values_list("company", "effective_status")) == {
        growth.pk: "none", early.pk: "settled", competitor.pk: "settled", chosen.pk: "settled", gone.pk: "none",
        expired.pk: "settled",
    }  # fmt: skip

    Override.objects.filter(company=growth).update(ended_at=now())
    rescore_all(at=now())
    assert growth.pk in Fit.objects.best_first().values_list("company", flat=True)


@pytest.mark.parametrize("segment", ["growth", None, "a segment of older rules"])
def test_a_place_that_does_not_follow_what_counts_is_found_by_the_audit(segment: str | None) -> None:
    ruleset()
    account = company(3)
    by_hand(account, segment, member("rep"))
    rescore_all(at=now())
    assert audit(now()).wrong == ()

    Fit.objects.filter(company=account).update(effective_status="undecided")

    assert audit(now()).wrong == (account.pk,)


def test_batches_of_any_size_give_the_same_result() -> None:
    ruleset()
    for size in (None, 5, 20, 200, 900):
        invested(company(size), "Accel")
    rescore_all(at=now(), batch=2)
    small = list(Fit.objects.order_by("pk").values_list("segment", "possible", "low", "high"))
    Fit.objects.all().delete()

    rescore_all(at=now(), batch=1000)

    assert list(Fit.objects.order_by("pk").values_list("segment", "possible", "low", "high")) == small


def test_draining_scores_new_accounts_and_stale_ones_of_its_lane_only() -> None:
    ruleset()
    accounts = [company(20) for _ in range(6)]

    drain(lane=0, lanes=2, at=now(), until=lambda: False)

    scored = Fit.objects.exclude(cells=None).values_list("company", flat=True)
    assert set(scored) == {each.pk for each in accounts if each.pk % 2 == 0}


def test_draining_picks_up_an_account_whose_facts_were_marked() -> None:
    ruleset()
    account = company(20)
    rescore_all(at=now())
    Company.objects.filter(pk=account.pk).update(employees_low=5, employees_high=5)

    drain(lane=0, lanes=1, at=now(), until=lambda: False)

    fit = Fit.objects.get(company=account)
    assert (fit.segment, fit.scored_facts_rev, fit.stale_since) == ("early", 2, None)


def test_without_a_ruleset_a_rescore_says_so_and_a_drain_does_nothing() -> None:
    company(20)

    with pytest.raises(NoRuleset):
        rescore_all(at=now())

    assert drain(lane=0, lanes=1, at=now(), until=lambda: False).seen == 0


def test_no_temporary_table_is_left_behind() -> None:
    ruleset()
    company(20)
    rescore_all(at=now())

    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)

    assert not [name for name in tables if name.startswith("scoring_")]


def test_a_day_job_at_an_account_of_a_segment_counts_after_one_run() -> None:
    bonus = [{"key": "job", "when": {"fact": "day_job_segments", "any_of": ["only"]}, "points": 5}]
    ruleset(must=[{"key": "size", "when": {"fact": "employees", "at_least": 1}}], bonus=bonus)
    project = company(1)
    employer = company(50)
    factories.worked(factories.contact(project), "Employer", "day_job", employer)

    rescore_all(at=now())

    assert Fit.objects.get(company=project).low == 500
    assert rescore_all(at=now()).seen == 0


def test_what_would_settle_the_segment_is_stored_with_it() -> None:
    ruleset()
    open_account, settled = company((10, 100)), invested(company(20), "Accel")

    rescore_all(at=now())

    found = Fit.objects.in_bulk()
    fit = found[open_account.pk]
    assert (fit.settled_by_any, fit.settled_by_some) == (None, "employees")
    assert (found[settled.pk].settled_by_any, found[settled.pk].settled_by_some) == (None, None)


def test_accounts_are_placed_by_rank_then_certainty_then_points() -> None:
    ruleset()
    nowhere = company(900)
    undecided = company((10, 900))
    small = company(3)
    growth = invested(company(20), "Accel")
    larger = invested(company(200), "Accel")
    rescore_all(at=now())
    new = company()

    order = list(Fit.objects.order_by("place", "company").values_list("company", flat=True))

    assert order == [each.pk for each in (larger, growth, undecided, small, nowhere, new)]
    assert list(Fit.objects.best_first().values_list("company", flat=True)) == order[:4]
