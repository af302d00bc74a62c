"""`manage.py rollout`: where the rules are, held back and let go."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from crm.models import Company
from crm.scoring.drain import drain
from personas.publishing import publish
from personas.rules.document import from_data
from tests.factories import SEGMENTS, company, now, ruleset

pytestmark = pytest.mark.django_db(transaction=True)


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("rollout", *arguments, stdout=out)
    return out.getvalue()


def drained() -> None:
    drain(lane=0, lanes=1, at=now(), until=lambda: False)


def test_it_says_how_far_the_rules_have_come() -> None:
    ruleset()
    for _ in range(3):
        company(5)
    before = said()
    drained()

    assert "3 accounts to go; not begun" in before
    assert said() == "Ruleset 1: every account shows it.\n"


def test_rules_can_be_held_back_and_let_go() -> None:
    ruleset()
    edited, _ = company(5), company(5)
    drained()
    publish(from_data(SEGMENTS | {"profiles": [SEGMENTS["profiles"][1]]}))  # type: ignore[index]

    paused = said("pause")
    Company.objects.filter(pk=edited.pk).update(employees_low=6, employees_high=6)
    drained()
    halfway = said()
    said("resume")
    drained()

    assert "0 of 2 done, 2 accounts to go; held back since" in paused
    assert "1 of 2 done, 1 account to go; held back since" in halfway
    assert "every account shows it" in said()


def test_before_the_first_publication_it_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="load_preset"):
        said()
