"""Accounts that cannot be scored: kept with their reason, tried again for ever, in nobody's way."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, InternalError, NotSupportedError, ProgrammingError
from django.db.models import F

from crm.models import Fit

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
REASON_LENGTH = 300

# What facts or rules that nobody foresaw can raise. A lost connection is none of these: it says nothing of an account.
FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    DataError,
    IntegrityError,
    InternalError,
    LookupError,
    NotSupportedError,
    ProgrammingError,
    RecursionError,
    TypeError,
    ValueError,
)


def wait_after(failures: int) -> timedelta:
    """How long after so many failures in a row the next try comes: 30 seconds, doubling, an hour at most."""
    doubled = min(max(failures - 1, 0), 20)
    return min(FIRST_WAIT * (1 << doubled), LONGEST_WAIT)


def record_failures(seen: Mapping[int, int], error: BaseException, *, ruleset: int, at: datetime) -> int:
    """These accounts say why they could not be scored, and when they are tried again.

    `seen` is the revision of their facts by id. Returns how many; those whose facts changed meanwhile are due already.
    """
    reason = f"{type(error).__name__}: {error}"[:REASON_LENGTH]
    recorded = 0
    for fit in Fit.objects.filter(pk__in=sorted(seen)).order_by("pk").only("facts_rev", "failures"):
        recorded += Fit.objects.filter(pk=fit.pk, facts_rev=seen[fit.pk]).update(
            failures=F("failures") + 1,
            failure=reason,
            failed_ruleset=ruleset,
            retry_at=at + wait_after(fit.failures + 1),
        )
    return recorded
