"""What SQL finds in packed cells is what the rules answer, on both databases."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crm.models import Fit
from crm.models.fit import ENGINE
from crm.scoring.answers import Reader, TooManyCombinations, current
from crm.scoring.drain import rescore_all, scorer_for
from crm.scoring.packing import Packing
from personas.publishing import publish
from personas.rules.document import from_data
from personas.rules.truth import TRUTHS, Truth
from tests.factories import company, now, ruleset

from .test_cells_agree import NOW, documents, fill

pytestmark = pytest.mark.django_db(transaction=True)


def rows_of(document: Any) -> Any:
    return document.profiles[0].components[0].rows


@settings(
    max_examples=12, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(rules=documents(), data=st.data())
def test_every_line_finds_the_accounts_that_the_rules_answer_so(rules: dict[str, Any], data: st.DataObject) -> None:
    from crm.models import Company, Employer, Investor, JobTitle, Term

    for model in (Company, Employer, Investor, JobTitle, Term):
        model._default_manager.all().delete()
    active = publish(from_data(rules))
    for place in range(6):
        fill(data, place)
    rescore_all(at=NOW)
    scorer = scorer_for(active, NOW.date())
    packing, reader = Packing(scorer), Reader(scorer)
    stored = {fit.pk: packing.cells(fit.cells or "") for fit in Fit.objects.filter(current(active))}
    assert len(stored) == 6

    for profile in scorer.document.profiles:
        for condition in profile.conditions():
            for answer in TRUTHS:
                expected = {pk for pk, cells in stored.items() if scorer.answer(condition, profile, cells) is answer}
                found = set(
                    Fit.objects.filter(reader.answered(condition, profile, answer)).values_list("pk", flat=True)
                )
                assert found == expected, (condition, answer)
    for place, fact in enumerate(scorer.cuts):
        unknown = {pk for pk, cells in stored.items() if scorer.cuts[fact].fact.kind != "set" and cells[place] == 0}
        unknown |= {
            pk for pk, cells in stored.items() if scorer.cuts[fact].fact.kind == "set" and cells[place] % 3 == 0
        }
        assert set(Fit.objects.filter(reader.unknown(fact)).values_list("pk", flat=True)) == unknown


def test_cells_of_several_words_are_read() -> None:
    """More sets than one word holds: the last is found where it stands."""
    sets = ["investors", "tags", "technologies", "accelerators", "founder_employers", "titles"]
    names = [f"name {place}" for place in range(9)]
    rows = [
        {"key": f"{fact}-{at}", "when": {"fact": fact, "any_of": [name]}, "points": 1}
        for fact in sets
        for at, name in enumerate(names)
    ]
    active = ruleset(components=[{"key": "all", "label": "All", "combine": "sum", "rows": rows}])
    account = company()
    rescore_all(at=now())
    scorer = scorer_for(active, now().date())
    packing, reader = Packing(scorer), Reader(scorer)
    assert len(packing.words) > 1
    (profile,) = scorer.document.profiles
    for fact in scorer.cuts:
        cells = [0] * len(scorer.cuts)
        cells[list(scorer.cuts).index(fact)] = 2 + 3 * (1 << 4 | 1 << 9)
        Fit.objects.filter(pk=account.pk).update(cells=packing.text(cells))
        for row in rows_of(scorer.document):
            found = Fit.objects.filter(reader.answered(row.when, profile, Truth.YES)).exists()
            assert found is (scorer.answer(row.when, profile, cells) is Truth.YES), row.key


def test_a_condition_with_too_many_outcomes_is_refused() -> None:
    names = [f"name {place}" for place in range(14)]
    active = ruleset(must=[{"key": "all", "label": "All", "when": {"fact": "tags", "all_of": names}}])
    scorer = scorer_for(active, now().date())
    (profile,) = scorer.document.profiles

    with pytest.raises(TooManyCombinations):
        Reader(scorer).answered(profile.must[0].when, profile, Truth.YES)


def test_cells_of_other_rules_are_left_out() -> None:
    first = ruleset()
    company(3)
    rescore_all(at=now())
    second = ruleset(must=[{"key": "any", "when": {"fact": "employees", "at_least": 1}}])

    assert Fit.objects.filter(current(first), scored_engine=ENGINE).exists()
    assert not Fit.objects.filter(current(second)).exists()
