"""What a simulation says would happen is what publishing then does."""

from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crm.models import Company, CompanyTerm, Contact, Employer, Employment, Fit, Investor, JobTitle, Override, Term
from crm.scoring.drain import rescore_all
from crm.scoring.simulate import Simulated, simulate, simulated_results
from crm.scoring.simulation_tally import Tally
from personas.models import Ruleset
from personas.publishing import publish
from personas.rules.document import Document, from_data, to_data
from tests import factories
from tests.crm.scoring.test_cells_agree import documents, fill, persona_titles
from tests.personas.rules.test_alike import nudge

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY_JOB = {"key": "day-job", "when": {"fact": "day_job_segments", "any_of": ["segment"]}, "points": 50}


def changed(size: tuple[int, int] = (15, 800), **more: Any) -> Document:
    """The two plain segments, with another size of the first."""
    profiles: list[Any] = factories.SEGMENTS["profiles"]  # type: ignore[assignment]
    growth, early = profiles
    must = [{"key": "size", "label": "Size", "when": {"fact": "employees", "between": list(size)}}, growth["must"][1]]
    return from_data({**factories.SEGMENTS, "profiles": [growth | {"must": must} | more, early]})


def stored() -> list[Simulated]:
    """What every account has now."""
    fits = Fit.objects.order_by("company_id")
    return [
        Simulated(each.company_id, each.segment, each.segment_status or "", each.low, each.high, each.band)
        for each in fits
    ]


def moved(tally: Tally) -> dict[tuple[str, ...], int]:
    """Where accounts come from and go to, those that stay left out."""
    return {key[1:]: n for key, n in tally.counts.items() if key[0] == "segment" and key[1] != key[2]}


@settings(
    max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
@given(
    data=st.data(),
    old=documents(),
    new=documents(),
    alike=st.sampled_from(["nothing", "a profile", "all but numbers"]),
    fresh=st.booleans(),
)
def test_publishing_does_what_the_simulation_said_account_by_account(
    data: st.DataObject, old: dict[str, Any], new: dict[str, Any], alike: str, fresh: bool
) -> None:
    for model in (Override, Contact, Employment, Company, Employer, Investor, Term, CompanyTerm, JobTitle, Ruleset):
        model._default_manager.all().delete()
    persona_titles()
    author, _ = User.objects.get_or_create(username="author")
    draft = new
    if alike == "a profile":
        draft = old | {"profiles": [old["profiles"][0], new["profiles"][1]]}
    elif alike == "all but numbers":
        draft = deepcopy(old)
        nudge(data.draw, draft["profiles"])
    for document in (old, draft):
        document["profiles"][1]["bonus"] = [DAY_JOB]
    publish(from_data(old))
    for place in range(4):
        fill(data, place)
    companies = list(Company.objects.all())
    for company in companies:
        if data.draw(st.booleans()):
            at = data.draw(st.sampled_from(companies))
            factories.worked(factories.contact(company), f"Employer {at.pk}", "day_job", at)
    if data.draw(st.booleans()):
        Override.objects.create(
            company=companies[0], segment="segment", reason="Known", author=author, expires_on=date(2026, 6, 1)
        )
    rescore_all(at=NOW)
    if not fresh:
        Company.objects.filter(pk=companies[1].pk).update(employees_low=20, employees_high=20, city="Berlin")

    said = list(simulated_results(from_data(draft), at=NOW))

    publish(from_data(draft))
    rescore_all(at=NOW)
    assert said == stored()


def test_the_active_rules_change_nothing() -> None:
    ruleset = factories.ruleset()
    for employees in (5, 20, 120, None):
        factories.invested(factories.company(employees), "Accel")
    rescore_all(at=NOW)
    factories.company(7)
    Company.objects.filter(employees_low=20).update(employees_low=3, employees_high=3)

    tally = simulate(ruleset.document(), at=NOW).tally

    assert moved(tally) == {}
    assert tally.movers == []
    assert tally.ids == {}
    assert (tally.looked, tally.stale) == (5, 2)


def test_the_active_rules_leave_everybody_at_the_employers_they_have() -> None:
    ruleset = factories.ruleset()
    employers = [factories.invested(factories.company(size), "Accel") for size in (5, 120)]
    for place, employer in enumerate(employers):
        factories.worked(factories.contact(factories.company(60)), f"Employer {place}", "day_job", employer)
    rescore_all(at=NOW)
    data = to_data(ruleset.document())
    data["profiles"][0]["bonus"] = [DAY_JOB]  # type: ignore[index]
    published = publish(from_data(data))
    rescore_all(at=NOW)

    walk = simulate(published.document(), at=NOW)

    assert walk.tally.movers == []
    assert walk.moved == 0


def test_a_day_job_counts_with_the_segment_that_its_company_would_have() -> None:
    bonus = [{"key": "day-job", "when": {"fact": "day_job_segments", "any_of": ["growth"]}, "points": 50}]
    publish(changed((15, 500), bonus=bonus))
    employer, account = (
        factories.invested(factories.company(size, people_researched_on=NOW.date()), "Accel") for size in (600, 100)
    )
    factories.worked(factories.contact(account), "Employer", "day_job", employer)
    rescore_all(at=NOW)
    draft = changed((15, 800), bonus=bonus)

    tally = simulate(draft, at=NOW).tally
    said = list(simulated_results(draft, at=NOW))

    assert (5_000, account.pk) in tally.movers
    publish(draft)
    rescore_all(at=NOW)
    assert said == stored()


def test_a_simulation_writes_no_result() -> None:
    factories.ruleset()
    factories.invested(factories.company(600), "Accel")
    rescore_all(at=NOW)
    before = list(Fit.objects.values())

    simulate(changed(), at=NOW)

    assert list(Fit.objects.values()) == before
    assert Ruleset.objects.count() == 1


def test_accounts_that_move_are_counted_and_named() -> None:
    factories.ruleset()
    stays, comes = (factories.invested(factories.company(size), "Accel") for size in (100, 600))
    rescore_all(at=NOW)

    tally = simulate(changed(), at=NOW).tally

    assert moved(tally) == {("none", "settled:growth"): 1}
    assert tally.counts["segment", "settled:growth", "settled:growth"] == 1
    assert tally.ids["segment|none|settled:growth"] == [comes.pk]
    assert all(stays.pk not in ids for ids in tally.ids.values())


def test_before_any_rules_every_account_comes_from_nowhere() -> None:
    factories.company(5)

    tally = simulate(changed(), at=NOW).tally

    assert moved(tally) == {("unscored", "settled:early"): 1}


def test_a_walk_goes_on_where_another_has_ended() -> None:
    factories.ruleset()
    for size in (100, 600, 700, 5):
        factories.invested(factories.company(size), "Accel")
    rescore_all(at=NOW)
    whole = simulate(changed(), at=NOW).tally
    from crm.scoring.simulate import Walk, as_ruleset

    with Walk(as_ruleset(changed()), Ruleset.objects.get(), NOW, batch=2) as walk:
        walk.step()
    kept = Tally.from_json(walk.tally.as_json())
    with Walk(as_ruleset(changed()), Ruleset.objects.get(), NOW, batch=2, tally=kept) as walk:
        while walk.step():
            pass

    assert walk.tally == whole


def test_the_answers_to_a_changed_line_are_counted_on_both_sides() -> None:
    factories.ruleset()
    for size in (100, 600, None):
        factories.company(size)
    rescore_all(at=NOW)

    lines = simulate(changed(), at=NOW).tally.lines

    place = ("growth", "must", "", "size")
    assert {key[4:]: n for key, n in lines.items() if key[:4] == place} == {
        ("before", "yes"): 1, ("before", "no"): 1, ("before", "open"): 1, ("after", "yes"): 2, ("after", "open"): 1,
    }  # fmt: skip
    assert {key[:4] for key in lines} == {place}


def test_owners_win_and_lose_accounts_that_nobody_has_overridden() -> None:
    factories.ruleset()
    owner = User.objects.create(username="owner")
    kept, lost = (factories.invested(factories.company(100, owner=owner), "Accel") for _ in range(2))
    Override.objects.create(company=kept, segment="growth", reason="Known", author=owner, expires_on=date(2026, 6, 1))
    rescore_all(at=NOW)

    tally = simulate(changed((200, 800)), at=NOW).tally

    assert tally.owners == {(str(owner.pk), "growth", ""): 1}
    assert tally.ids["segment|settled:growth|none"] == [kept.pk, lost.pk]
    assert tally.counts["override", "redundant", "contradicted"] == 1
    assert tally.ids["override|redundant|contradicted"] == [kept.pk]


def test_certain_results_that_open_are_counted() -> None:
    factories.ruleset()
    known = factories.invested(factories.company(100), "Accel")
    rescore_all(at=NOW)
    must = [{"key": "users", "label": "Users", "when": {"fact": "consumer_users", "at_least": 1}}]

    tally = simulate(changed(must=must), at=NOW).tally

    assert tally.counts["certainty", "segment", "opens"] == 1
    assert tally.ids["certainty|segment|opens"] == [known.pk]


def test_the_biggest_movers_come_first() -> None:
    factories.ruleset()
    small, large = (factories.invested(factories.company(size), "Accel") for size in (20, 120))
    rescore_all(at=NOW)
    rows = [
        {"key": "big", "when": {"fact": "employees", "at_least": 100}, "points": 35},
        {"key": "some", "when": {"fact": "employees", "at_least": 15}, "points": 7},
    ]
    components = [{"key": "size", "label": "Size", "combine": "first", "rows": rows}]

    tally = simulate(changed(components=components), at=NOW).tally

    assert tally.movers == [(1500, large.pk), (-300, small.pk)]


def with_patterns(*titles: str) -> Document:
    """A segment of the accounts where Sam is, or somebody who may decide; Sam has these job titles."""
    musts = [
        {"fact": "personas", "any_of": ["sam"]},
        {"fact": "buying_roles", "any_of": ["decision_maker"]},
    ]
    return from_data(
        {
            "format": 1,
            "personas": [
                {"key": "sam", "titles": list(titles)},
                {"key": "pam", "titles": ["product manager", "cook"], "buying_roles": ["decision_maker"]},
            ],
            "profiles": [
                {"key": f"with-{place}", "rank": place, "must": [{"key": "there", "when": must}]}
                for place, must in enumerate(musts, 1)
            ],
        }
    )


def test_people_have_the_personas_that_the_patterns_of_the_draft_give_them() -> None:
    publish(with_patterns("software engineer"))
    for title in ("Software Engineer", "Data Engineer", "Cook", "Gardener", None):
        factories.contact(factories.company(20), title)
    decided = factories.contact(factories.company(20), "Data Engineer")
    Contact.objects.filter(pk=decided.pk).update(persona="pam")
    rescore_all(at=NOW)
    factories.contact(factories.company(20), "Cook")
    draft = with_patterns("data engineer", "cook")

    said = list(simulated_results(draft, at=NOW))
    walk = simulate(draft, at=NOW)

    assert set(JobTitle.objects.filter(result="match").values_list("text", flat=True)) == {"Software Engineer", "Cook"}
    publish(draft)
    rescore_all(at=NOW)
    assert said == stored()
    assert walk.moved == 0
    assert sum(moved(walk.tally).values()) == 4


def test_an_employer_counts_with_the_segment_that_the_patterns_of_the_draft_give_it() -> None:
    def rules(*titles: str) -> Document:
        data: Any = to_data(with_patterns(*titles))
        data["profiles"][1]["bonus"] = [
            {"key": "day-job", "when": {"fact": "day_job_segments", "any_of": ["with-1"]}, "points": 50}
        ]
        return from_data(data)

    publish(rules("software engineer"))
    employer, account = factories.company(20), factories.company(20)
    factories.contact(employer, "Data Engineer")
    factories.worked(factories.contact(account, "Cook"), "Employer", "day_job", employer)
    rescore_all(at=NOW)

    said = list(simulated_results(rules("data engineer"), at=NOW))

    publish(rules("data engineer"))
    rescore_all(at=NOW)
    assert said == stored()
