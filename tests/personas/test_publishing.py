"""Drafts, publishing, and going back."""

import pytest
from django.db import IntegrityError, transaction

from personas.models import Criterion, Persona, Profile, Ruleset
from personas.presets import preset_text
from personas.publishing import NoRuleset, active_ruleset, draft, publish, roll_back, save_draft
from personas.rules.document import from_data, parse
from personas.rules.errors import RuleError
from tests.factories import SEGMENTS

pytestmark = pytest.mark.django_db


def test_the_draft_rows_of_a_document_make_the_same_document_again() -> None:
    document = parse(preset_text())

    save_draft(document)

    assert draft().content_hash() == document.content_hash()
    assert Profile.objects.count() == len(document.profiles) + len(document.contact_profiles)
    assert Persona.objects.count() == len(document.personas)


def test_publishing_makes_the_next_number_the_only_active_one() -> None:
    first = publish(from_data(SEGMENTS))
    second = publish(from_data(SEGMENTS | {"profiles": SEGMENTS["profiles"][:1]}))  # type: ignore[index]

    assert (first.number, second.number) == (1, 2)
    assert list(Ruleset.objects.active()) == [second]


def test_publishing_the_active_rules_again_changes_nothing() -> None:
    first = publish(from_data(SEGMENTS))

    assert publish(from_data(SEGMENTS)) == first
    assert Ruleset.objects.count() == 1


def test_a_golden_case_that_does_not_hold_stops_publication() -> None:
    case = {"name": "A giant", "facts": {"employees": 9000}, "segment": "growth"}

    with pytest.raises(RuleError, match="A giant"):
        publish(from_data(SEGMENTS | {"cases": [case]}))

    assert not Ruleset.objects.exists()


def test_rolling_back_publishes_the_rules_before_as_the_next_ruleset() -> None:
    first = publish(from_data(SEGMENTS))
    publish(from_data(SEGMENTS | {"profiles": SEGMENTS["profiles"][:1]}))  # type: ignore[index]

    back = roll_back()

    assert back.number == 3
    assert back.content_hash == first.content_hash
    assert draft().content_hash() == first.content_hash


def test_with_nothing_to_go_back_to_a_roll_back_says_so() -> None:
    publish(from_data(SEGMENTS))

    with pytest.raises(NoRuleset, match="no other ruleset"):
        roll_back()


def test_two_active_rulesets_are_refused_by_the_database() -> None:
    first = publish(from_data(SEGMENTS))

    with pytest.raises(IntegrityError), transaction.atomic():
        Ruleset.objects.create(
            number=2, text=first.text, content_hash="x", published_at=first.published_at, active=True
        )


def test_a_criterion_has_points_only_where_they_count() -> None:
    profile = Profile.objects.create(key="p", name="P")

    with pytest.raises(IntegrityError), transaction.atomic():
        Criterion.objects.create(profile=profile, kind="must", key="k", label="K", condition={}, points=5)


def test_before_the_first_publication_there_is_no_ruleset() -> None:
    with pytest.raises(NoRuleset, match="load_preset"):
        active_ruleset()
