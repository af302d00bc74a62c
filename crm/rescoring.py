"""Scoring at once what was just edited."""

import logging
from collections.abc import Iterable

from django.db import DatabaseError, transaction
from django.utils import timezone

from crm.models import Fit
from crm.scoring.drain import rescore
from personas.publishing import NoRuleset

logger = logging.getLogger(__name__)


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


def rescore_now(company: int) -> bool:
    """Whether the stored result of this account is up to date now; what fails stays stale and is tried again."""
    try:
        # What fails takes nothing with it of the transaction that the account was made in.
        with transaction.atomic():
            rescore([company], at=timezone.now())
    except NoRuleset:
        return False
    except DatabaseError as error:
        logger.warning("account not scored at once company=%d error=%s", company, type(error).__name__)
        return False
    return Fit.objects.filter(pk=company, stale_since=None).exists()
