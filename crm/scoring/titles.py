"""Job titles on their way to the rules in force: matched before any account is scored by them."""

import logging
import time

from django.db import OperationalError, connection

from crm.job_titles import fingerprint, match_titles, versions_after
from crm.models import Rollout
from personas.models import Ruleset

from .dialect import by_index, is_in_the_way

logger = logging.getLogger(__name__)

# A worker beats and looks at its lanes between two turns of this length.
TURN_SECONDS = 10.0
KEPT = 16

# Three looks into an index (see crm.job_titles.unread).
UNREAD = """EXISTS (SELECT 1 FROM crm_jobtitle WHERE matched_with IS NULL)
    OR EXISTS (SELECT 1 FROM crm_jobtitle WHERE matched_with < %s)
    OR EXISTS (SELECT 1 FROM crm_jobtitle WHERE matched_with > %s AND matched_with < %s)"""

fingerprints: dict[str, str] = {}


def fingerprint_of(ruleset: Ruleset) -> str:
    """What titles are matched with under this ruleset; worked out once a process."""
    found = fingerprints.get(ruleset.content_hash)
    if found is None:
        if len(fingerprints) >= KEPT:
            fingerprints.clear()
        found = fingerprints[ruleset.content_hash] = fingerprint(ruleset.document().personas)
    return found


def catch_up(ruleset: Ruleset, *, only_new: bool = False, seconds: float = TURN_SECONDS) -> bool:
    """Every title is matched by the patterns of this ruleset; False where `seconds` did not do for all.

    With nothing to do it is one look into an index. While the rollout is held
    back, as with `only_new`, only titles that were never matched are. It ends
    as soon as other rules are in force.
    """
    if not any_unread(ruleset):
        return True
    started = time.monotonic()
    end = started + seconds
    try:
        done, ended = match_titles(
            ruleset.document(),
            only_new=only_new or is_held_back(ruleset),
            go_on=lambda: time.monotonic() < end and Ruleset.objects.active().filter(number=ruleset.number).exists(),
        )
    except OperationalError as error:
        if not is_in_the_way(error):
            raise
        return True  # whoever is at it brings them up to date, and their accounts are marked then
    if done.looked:
        logger.info(
            "titles matched ruleset=%d looked=%d changed=%d seconds=%.1f",
            *(ruleset.number, done.looked, done.changed, time.monotonic() - started),
        )
    return ended


def any_unread(ruleset: Ruleset) -> bool:
    """Whether any title was not matched by the patterns of this ruleset."""
    with by_index(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {UNREAD}", stretches(ruleset))
        return bool(cursor.fetchone()[0])


def stretches(ruleset: Ruleset) -> list[str]:
    """The parameters of UNREAD."""
    matched_with = fingerprint_of(ruleset)
    return [matched_with, matched_with, versions_after(matched_with)]


def are_behind(number: int, content_hash: str, first: str | None, last: str | None) -> bool:
    """Whether titles that were matched with something from `first` to `last` wait to be matched by this ruleset.

    What a later version of the matcher said counts as matched.
    """
    if first is None or last is None:
        return False
    matched_with = fingerprints.get(content_hash) or fingerprint_of(Ruleset.objects.get(number=number))
    return first < matched_with or matched_with < last < versions_after(matched_with)


def is_held_back(ruleset: Ruleset) -> bool:
    """Whether somebody has paused the rollout of this ruleset."""
    return Rollout.objects.filter(ruleset=ruleset.number, paused_at__isnull=False).exists()
