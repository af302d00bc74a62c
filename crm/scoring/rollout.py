"""A published ruleset on its way to every account: begun, held back, finished."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection

from crm.models import Fit, Rollout
from crm.models.fit import ENGINE
from personas.models import Ruleset
from personas.publishing import NoRuleset, active_ruleset

from .dialect import by_index
from .due import older_rules
from .effects import effect_of


def remaining(ruleset: int) -> int:
    """How many accounts still show what older rules or an older engine found."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM crm_fit WHERE {older_rules(ruleset)}")
        return int(cursor.fetchone()[0])


def any_remaining(ruleset: int) -> bool:
    """Whether any account still shows what older rules or an older engine found."""
    with by_index(), connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM crm_fit WHERE {older_rules(ruleset)} LIMIT 1")
        return cursor.fetchone() is not None


def any_able(ruleset: int) -> bool:
    """Whether any of those may be scored now: the others failed, and are tried again."""
    with by_index(), connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM crm_fit WHERE {older_rules(ruleset)} AND retry_at IS NULL LIMIT 1")
        return cursor.fetchone() is not None


def current() -> Rollout | None:
    """The rollout of the active ruleset; None before it was begun."""
    try:
        return Rollout.objects.filter(ruleset=active_ruleset().number).first()
    except NoRuleset:
        return None


def begin(ruleset: Ruleset, at: datetime) -> None:
    """The rollout of this ruleset is known, with the number of accounts that it concerns.

    A new version of the program that scores differently rolls out anew.
    """
    found = Rollout.objects.filter(ruleset=ruleset.number).first()
    if found is None and any_remaining(ruleset.number):
        Rollout.objects.bulk_create(
            [Rollout(ruleset=ruleset.number, started_at=at, accounts=remaining(ruleset.number))],
            ignore_conflicts=True,
        )
    elif found is not None and found.finished_at and Fit.objects.filter(scored_engine__range=(1, ENGINE - 1)).exists():
        Rollout.objects.filter(ruleset=ruleset.number).update(
            started_at=at, finished_at=None, accounts=remaining(ruleset.number)
        )


def finish(ruleset: Ruleset, at: datetime) -> None:
    """The rollout of this ruleset has ended, where no account is left, and what it changed is kept.

    That is also kept once only accounts are left that cannot be scored; they are counted when they can.
    """
    found = Rollout.objects.filter(ruleset=ruleset.number).defer("paused_by").first()
    if found is None or (found.finished_at and found.effect is not None):
        return
    failing = 0
    if not any_remaining(ruleset.number):
        Rollout.objects.filter(pk=found.pk, finished_at=None).update(finished_at=at)
        if found.effect is not None and not found.effect["failing"]:
            return
    elif found.effect is not None or found.paused_at or any_able(ruleset.number):
        return
    else:
        failing = remaining(ruleset.number)
    Rollout.objects.filter(pk=found.pk).update(effect=effect_of(ruleset, failing=failing))


def pause(at: datetime, user: User | None = None) -> Rollout:
    """The rollout of the active ruleset is held back: only accounts whose facts change are scored by it.

    Raises NoRuleset before the first publication.
    """
    ruleset = active_ruleset()
    Rollout.objects.bulk_create(
        [Rollout(ruleset=ruleset.number, started_at=at, accounts=Fit.objects.count())], ignore_conflicts=True
    )
    Rollout.objects.filter(ruleset=ruleset.number, paused_at=None).update(paused_at=at, paused_by=user)
    return Rollout.objects.get(ruleset=ruleset.number)


def resume() -> Rollout | None:
    """The rollout of the active ruleset goes on; None where there is none."""
    found = current()
    if found is not None:
        Rollout.objects.filter(pk=found.pk).update(paused_at=None, paused_by=None)
        found.refresh_from_db()
    return found
