"""Simulations as they wait, run in turns, and end; any worker can take the next turn."""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from crm.models import Company, Simulation
from crm.models.simulation import SimulationQuerySet
from personas.models import Ruleset
from personas.rules.document import Document, to_json
from personas.rules.errors import RuleError

from .failures import FAULTS
from .simulate import Walk
from .simulation_report import report
from .simulation_tally import Tally

logger = logging.getLogger(__name__)

KEPT = 20
REASON_LENGTH = 500


class Turn:
    """A walk that this process keeps from one turn to the next, so that nothing is worked out twice."""

    walk: Walk | None = None
    simulation: int = 0
    session: object = None


kept = Turn()


def ask(document: Document, *, asked_by: User | None, at: datetime) -> Simulation:
    """A simulation of `document` that waits for a worker; one that waits or runs already is not asked for twice."""
    content_hash = document.content_hash()
    base = Ruleset.objects.active().values_list("number", flat=True).first() or 0
    with transaction.atomic():
        found = Simulation.objects.unfinished().filter(content_hash=content_hash, base=base).first()
        if found is not None:
            return found
        old = Simulation.objects.exclude(pk__in=Simulation.objects.unfinished()).values_list("pk", flat=True)
        Simulation.objects.filter(pk__in=list(old[KEPT:])).delete()
        return Simulation.objects.create(
            document=to_json(document),
            content_hash=content_hash,
            base=base,
            asked_by=asked_by,
            asked_at=at,
            total=Company.objects.count(),
        )


def cancel(simulation_id: int, *, at: datetime) -> bool:
    """Whether it was waiting or running, and is no longer; a worker stops after the batch at hand."""
    return bool(
        Simulation.objects.unfinished()
        .filter(pk=simulation_id)
        .update(state=Simulation.State.CANCELLED, finished_at=at, progress=None, claim="", beat_at=None)
    )


def any_to_take() -> bool:
    """Whether a simulation could go on now."""
    return Simulation.objects.to_take().exists()


def advance(until: Callable[[], bool]) -> bool:
    """The next simulation has come further, until it ends or `until` says so; whether there was one.

    Any number may call this at once: one at a time goes on, and one whose
    worker has died goes on from its last turn.
    """
    found = take()
    if found is None:
        return False
    try:
        go_on(found, until)
    except (RuleError, *FAULTS) as error:
        forget()
        logger.warning("simulation failed simulation=%d error=%s", found.pk, type(error).__name__)
        end(found, state=Simulation.State.FAILED, error=f"{type(error).__name__}: {error}"[:REASON_LENGTH])
    except BaseException:
        forget()
        raise
    return True


def take() -> Simulation | None:
    """The simulation whose turn it is, now ours; None when there is none, or another worker was quicker."""
    found = Simulation.objects.to_take().only("pk").first()
    if found is None:
        return None
    claim = uuid4().hex
    try:
        with transaction.atomic():
            mine = (
                Simulation.objects.to_take()
                .filter(pk=found.pk)
                .order_by()
                .update(state=Simulation.State.RUNNING, claim=claim, beat_at=Now())
            )
    except IntegrityError:  # another one is running
        return None
    return Simulation.objects.get(pk=found.pk) if mine else None


def go_on(simulation: Simulation, until: Callable[[], bool]) -> None:
    """Batch after batch, until the end, `until`, or somebody cancels it."""
    walk = walk_of(simulation)
    while True:
        looked = walk.step()
        if not looked:
            found = report(walk)
            end(
                simulation, state=Simulation.State.DONE, result=found, accounts=walk.tally.ids, looked=found["accounts"]
            )
            forget()
            return
        if not beat(simulation, walk):
            forget()
            return
        if until():
            ours(simulation).update(progress=walk.tally.as_json(), beat_at=None, claim="")
            return


def walk_of(simulation: Simulation) -> Walk:
    """The walk where the last turn has left it; a new one when other rules were published, or another day began."""
    now = timezone.now()
    active = Ruleset.objects.active().first()
    number = active.number if active else 0
    if (
        kept.walk is not None
        and kept.simulation == simulation.pk
        and kept.session is connection.connection
        and kept.walk.at.date() == now.date()
        and (kept.walk.active_ruleset.number if kept.walk.active_ruleset else 0) == number
        and simulation.progress is not None
        and simulation.progress["last"] == kept.walk.tally.last
    ):
        return kept.walk
    forget()
    tally = Tally.from_json(simulation.progress) if simulation.progress and simulation.base == number else None
    if tally is None:
        ours(simulation).update(started_at=now, base=number, looked=0, total=Company.objects.count())
    draft = Ruleset(number=0, text=simulation.document, content_hash=simulation.content_hash)
    walk = Walk(draft, active, now, tally=tally)
    walk.open()
    kept.walk, kept.simulation, kept.session = walk, simulation.pk, connection.connection
    return walk


def forget() -> None:
    """This process keeps no walk, and its connection no temporary tables of one."""
    walk, session = kept.walk, kept.session
    kept.walk, kept.session = None, None
    if walk is not None and session is connection.connection and connection.is_usable():
        walk.close()


def ours(simulation: Simulation) -> SimulationQuerySet:
    """The row, as long as nobody has cancelled it and no other worker has taken it."""
    return Simulation.objects.filter(pk=simulation.pk, state=Simulation.State.RUNNING, claim=simulation.claim)


def beat(simulation: Simulation, walk: Walk) -> bool:
    """Whether it is still ours; if so, everyone sees how far it is."""
    return bool(ours(simulation).update(beat_at=Now(), looked=walk.tally.looked))


def end(simulation: Simulation, **columns: object) -> None:
    """It has ended, unless somebody has ended it before."""
    ours(simulation).update(finished_at=timezone.now(), progress=None, beat_at=None, claim="", **columns)


def is_out_of_date(simulation: Simulation, content_hash: str | None, active: int) -> str:
    """Why the result no longer tells what publishing the draft would do; empty where it does.

    `content_hash` is that of the draft now, None where the draft has faults.
    """
    if simulation.base != active:
        return f"Ruleset {active} was published since." if active else "No ruleset is active any more."
    if content_hash is None:
        return "The draft has faults now."
    return "" if content_hash == simulation.content_hash else "The draft has changed since."
