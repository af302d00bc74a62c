"""For how many accounts a condition holds, fails and is open: what scoring answers for each of them."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crm.models import Census, Company, Contact, Employer, Employment, Fit, Investor, JobTitle, Term
from crm.models.census import DEAD_AFTER
from crm.scoring import censuses
from crm.scoring.counting import SAMPLE, Answers, asking, sample, spread_ids
from crm.scoring.drain import rescore_all, scorer_for
from crm.scoring.packing import Packing
from personas.editing.reading import draft_reader, draft_words
from personas.models import Ruleset
from personas.publishing import publish, save_draft
from personas.rules.conditions import Condition, Missing
from personas.rules.document import Document, from_data
from personas.rules.truth import Truth
from tests import factories

from .test_cells_agree import CUSTOM, conditions, fill, persona_titles

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLACES = {Truth.YES: 0, Truth.NO: 1, Truth.OPEN: 2}


def read(*raw: dict[str, Any]) -> tuple[Document, list[Condition]]:
    """Conditions over the draft, with the words of it that they use."""
    reader = draft_reader()
    found = [reader.conditions.read(each, "when", bonus=True) for each in raw]
    assert not reader.faults
    kept = [each for each in found if each is not None]
    return draft_words(reader, kept), kept


def asked(*raw: dict[str, Any], missing: Missing = "open") -> Document:
    words, found = read(*raw)
    return asking(words, found, missing)


def at_once(*raw: dict[str, Any], missing: Missing = "open") -> tuple[Answers, ...]:
    return sample(asked(*raw, missing=missing), at=NOW.date()).answers


def in_turns(document: Document) -> list[list[int]]:
    """What is counted in turns of one batch each."""
    made = censuses.ask(document, at=NOW)
    Census.objects.update(started_at=NOW)
    while censuses.advance(lambda: True):
        pass
    made.refresh_from_db()
    assert made.state == "done"
    answers: list[list[int]] = made.answers
    return answers


SIZE = {"fact": "employees", "between": [15, 500]}
BACKED = {"fact": "investors", "any_in_list": "leading"}


@settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
@given(data=st.data(), missing=st.sampled_from(["open", "yes", "no"]))
def test_counts_are_what_scoring_answers_for_each_account(data: st.DataObject, missing: Missing) -> None:
    for model in (Contact, Employment, Company, Employer, Investor, Term, JobTitle, Ruleset, Census):
        model._default_manager.all().delete()
    persona_titles()
    raw = [
        {how: [data.draw(conditions()), data.draw(conditions())]} if how else data.draw(conditions())
        for how in data.draw(st.lists(st.sampled_from(["", "all", "any"]), min_size=2, max_size=8))
    ]
    must = [{"key": f"row{place}", "when": when} for place, when in enumerate(raw)]
    document = from_data(
        {
            "format": 1,
            "facts": CUSTOM,
            "lists": {"names": {"contains_from": 8, "entries": ["Sequoia Capital", "Elan Ventures"]}},
            "personas": [{"key": "sam", "buying_roles": ["user", "influencer"]}, {"key": "pam"}],
            "profiles": [{"key": "card", "rank": 1, "missing": missing, "must": must}],
        }
    )
    ruleset = publish(document)
    save_draft(document)
    for place in range(4):
        fill(data, place)
    rescore_all(at=NOW)
    scorer = scorer_for(ruleset, NOW.date())
    packing = Packing(scorer)
    expected: list[Counter[int]] = [Counter() for _ in raw]
    for cells in Fit.objects.values_list("cells", flat=True):
        answers = scorer.score(packing.cells(cells or "")).profiles["card"].must
        for place in range(len(raw)):
            expected[place][PLACES[answers[f"row{place}"]]] += 1
    wanted = [[found[0], found[1], found[2]] for found in expected]

    assert [list(each) for each in at_once(*raw, missing=missing)] == wanted
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(django_settings, "SCORING_BATCH", 3)
        assert in_turns(asked(*raw, missing=missing)) == wanted


@pytest.fixture
def accounts() -> None:
    """Two that are large, one that is small, and one of which nothing is known."""
    save_draft(from_data(factories.SEGMENTS))
    for size in (20, 100, 5, None):
        factories.company(size)


@pytest.mark.usefixtures("accounts")
def test_few_accounts_are_all_counted() -> None:
    found = sample(asked(SIZE, BACKED), at=NOW.date())

    assert found == ((Answers(2, 1, 1), Answers(0, 0, 4)), 4, True)


@pytest.mark.usefixtures("accounts")
def test_an_unknown_fact_counts_as_the_profile_says() -> None:
    assert at_once(SIZE, missing="no") == (Answers(2, 2, 0),)


@pytest.mark.usefixtures("accounts")
def test_a_draft_counts_by_its_own_lists() -> None:
    factories.invested(Company.objects.all()[0], "Nobody Knows Ventures")
    document = from_data({**factories.SEGMENTS, "lists": {"leading": {"entries": ["Nobody knows ventures"]}}})
    before = at_once(BACKED)

    save_draft(document)

    assert (before, at_once(BACKED)) == ((Answers(0, 0, 4),), (Answers(1, 0, 3),))


def test_a_sample_is_spread_over_all_ids_and_always_the_same() -> None:
    Company.objects.bulk_create(Company(name=f"Company {place}") for place in range(500))
    ids = list(Company.objects.order_by("pk").values_list("pk", flat=True))

    found, every = spread_ids(50)

    assert (len(found), every) == (50, False)
    assert (found[0], found[-1]) == (ids[0], ids[-1])
    assert max(later - earlier for earlier, later in pairwise(found)) <= 12
    assert spread_ids(50) == (found, False)
    assert spread_ids(500) == (ids, True)
    assert SAMPLE == 2_000


def test_a_sample_of_ids_with_wide_gaps_is_spread_over_the_accounts() -> None:
    Company.objects.bulk_create(Company(pk=place + 1, name=f"Company {place}") for place in range(200))
    Company.objects.create(pk=1_000_000_000, name="Far")

    found, _ = spread_ids(50)

    assert len(found) == 50
    assert max(later - earlier for earlier, later in pairwise(found)) <= 5


# All accounts, in turns


@pytest.mark.usefixtures("accounts")
def test_all_accounts_are_counted_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "SCORING_BATCH", 2)
    made = censuses.ask(asked(SIZE), at=timezone.now())

    censuses.advance(lambda: True)
    made.refresh_from_db()
    assert (made.state, made.looked, made.total, made.percent) == ("running", 2, 4, 50)

    while censuses.advance(lambda: True):
        pass
    made.refresh_from_db()
    assert (made.state, made.answers, made.percent) == ("done", [[2, 1, 1]], 100)
    assert not censuses.any_to_take()


@pytest.mark.usefixtures("accounts")
def test_one_that_waits_is_not_asked_for_twice_and_one_that_is_done_begins_anew() -> None:
    made = censuses.ask(asked(SIZE), at=timezone.now())
    assert censuses.ask(asked(SIZE), at=timezone.now()).pk == made.pk
    censuses.advance(lambda: False)
    factories.company(30)

    again = censuses.ask(asked(SIZE), at=timezone.now())
    assert (again.pk, again.state, again.answers) == (made.pk, "waiting", [])
    censuses.advance(lambda: False)

    again.refresh_from_db()
    assert again.answers == [[3, 1, 1]]


@pytest.mark.usefixtures("accounts")
def test_what_a_late_worker_counted_is_not_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "SCORING_BATCH", 2)
    made = censuses.ask(asked(SIZE), at=timezone.now())
    slow = censuses.take()
    assert slow is not None
    assert censuses.take() is None
    Census.objects.update(beat_at=timezone.now() - 2 * DEAD_AFTER)
    censuses.advance(lambda: False)

    censuses.go_on(slow, lambda: False)

    made.refresh_from_db()
    assert (made.state, made.answers) == ("done", [[2, 1, 1]])


@pytest.mark.usefixtures("accounts")
def test_one_that_cannot_be_counted_says_so_and_holds_up_nobody() -> None:
    made = censuses.ask(asked(SIZE), at=timezone.now())
    Census.objects.update(document="{}")

    assert censuses.advance(lambda: False)

    made.refresh_from_db()
    assert made.state == "failed"
    assert not censuses.any_to_take()
