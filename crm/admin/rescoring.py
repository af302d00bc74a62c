"""Scoring at once what was just edited."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from crm.scoring.drain import rescore
from personas.publishing import NoRuleset


def rescore_after_commit(companies: Iterable[int | None]) -> None:
    """These companies are scored as soon as the edit is stored; what fails stays stale and is logged."""
    ids = sorted({pk for pk in companies if pk is not None})

    def score() -> None:
        try:
            rescore(ids, at=timezone.now())
        except NoRuleset:
            return

    if ids:
        transaction.on_commit(score, robust=True)
