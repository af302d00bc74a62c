"""What is to be scored next: the accounts of a lane whose result is older than facts, rules, engine or clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from crm.models import Rollout
from crm.models.fit import ENGINE
from personas.models import Ruleset

from . import titles
from .dialect import Moment, as_moment, by_index, postgresql
from .ripples import spread
from .triggers import RIPPLES


@dataclass(frozen=True)
class Pick:
    """One reason to score an account again: the rows it is true of, and in which order; marks take `parameters`.

    What is picked `alone` is scored before anything else is looked for.
    """

    where: str
    order: str
    parameters: Sequence[Moment] = ()
    alone: bool = False


def picks(ruleset: int, at: datetime) -> tuple[Pick, ...]:
    """The reasons in the order in which they count: edits before the mass of a new ruleset, which comes last.

    Each is served by an index of its own. An account that failed waits for its
    time, or for other facts or rules.
    """
    now = as_moment(at)
    retry = f"retry_at IS NOT NULL AND (retry_at <= %s OR failed_ruleset < {ruleset})"
    return (
        Pick("stale_since IS NOT NULL AND retry_at IS NULL", "stale_since, company_id"),
        Pick(retry, "retry_at", [now]),
        Pick("review_at <= %s AND retry_at IS NULL", "review_at", [now]),
        Pick(f"{older_rules(ruleset)} AND retry_at IS NULL", "scored_engine, scored_ruleset, company_id"),
    )


def employers_first(pick: Pick) -> Pick:
    """The same for accounts whose segment is a fact of others.

    Scored before those, they do not make them wait a second time.
    """
    works_there = "EXISTS (SELECT 1 FROM crm_employer w WHERE w.company_id = crm_fit.company_id)"
    return Pick(f"{pick.where} AND {works_there}", pick.order, pick.parameters, alone=True)


def older_rules(ruleset: int) -> str:
    """The condition that a result comes from older rules or an older engine."""
    return f"(scored_engine, scored_ruleset) < ({ENGINE}, {ruleset})"


def due(
    ruleset: int, at: datetime, *, lane: int = 0, lanes: int = 1, limit: int = 1, employers: bool = False
) -> list[int]:
    """At most `limit` companies of the lane that are to be scored now, in ascending order.

    With `employers` those whose segment is a fact of others come first, and alone.
    """
    with by_index():
        return sorted(first(ruleset, at, lane, lanes, limit, employers))


def first(ruleset: int, at: datetime, lane: int, lanes: int, limit: int, employers: bool) -> dict[int, None]:
    """The same, the most urgent first."""
    found: dict[int, None] = {}
    share = f" AND company_id %% {int(lanes)} = {int(lane)}" if lanes > 1 else ""
    for pick in wanted(ruleset, at, employers):
        left = limit - len(found)
        if left <= 0:
            break
        if pick.alone and found:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT company_id FROM crm_fit WHERE {pick.where}{share} ORDER BY {pick.order} LIMIT {left}",
                [*pick.parameters],
            )
            found |= dict.fromkeys(key for (key,) in cursor.fetchall())
        if pick.alone and found:
            break
    return found


def wanted(ruleset: int, at: datetime, employers: bool) -> Iterator[Pick]:
    """The reasons that count now, in their order."""
    edited, *others, mass = picks(ruleset, at)
    if employers:
        yield employers_first(edited)
    yield from (edited, *others)
    if is_paused(ruleset):
        return
    if employers:
        yield employers_first(mass)
    yield mass


def anything(ruleset: Ruleset, at: datetime) -> bool:
    """Whether there may be something to do: one look, for those who look often."""
    reasons = picks(ruleset.number, at)
    tables = [f"EXISTS (SELECT 1 FROM crm_fit WHERE {pick.where})" for pick in reasons]
    tables.append(titles.UNREAD)
    if postgresql():
        tables.append(f"EXISTS (SELECT 1 FROM {RIPPLES})")
    with by_index(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {' OR '.join(tables)}",
            [*(each for pick in reasons for each in pick.parameters), *titles.stretches(ruleset)],
        )
        return bool(cursor.fetchone()[0])


def is_paused(ruleset: int) -> bool:
    """Whether somebody holds back the rollout of this ruleset."""
    return Rollout.objects.filter(ruleset=ruleset, paused_at__isnull=False).exists()


def lanes_with_work(at: datetime) -> list[int]:
    """The lanes that have something to score now, titles matched and ripples followed.

    None before the first publication.
    """
    ruleset = Ruleset.objects.active().defer("text").first()
    if ruleset is None:
        return []
    if not anything(ruleset, at):
        return []
    titles.catch_up(ruleset)
    spread()
    lanes = settings.SCORING_LANES
    return [lane for lane in range(lanes) if due(ruleset.number, at, lane=lane, lanes=lanes)]
