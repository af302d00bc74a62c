"""Jobs: rows that wait, are taken part by part by any worker, and are answered where they were kept."""

import json
import logging
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from crm.choices import only_team
from crm.models import BulkJob, BulkPart, IntegrationKey
from crm.models.visibility import sees_all
from crm.scoring.dialect import is_in_the_way
from crm.scoring.failures import FAULTS

from .answers import Call, Done
from .cells import rows_of
from .companies import upsert_companies
from .contacts import upsert_contacts

logger = logging.getLogger(__name__)

PART_ROWS = {"sqlite": 200, "postgresql": 2_000}
MOST_TRIES = 8
MAY_NOT_WRITE = "Whoever asked for it may not write any more; rows before are in."
TOO_OFTEN = "A worker was lost with these rows again and again."
UPSERTS: dict[str, Callable[[Sequence[object], Call], Done]] = {
    BulkJob.Kind.COMPANIES: upsert_companies,
    BulkJob.Kind.CONTACTS: upsert_contacts,
}
MAY = {
    BulkJob.Kind.COMPANIES: ("crm.add_company", "crm.change_company"),
    BulkJob.Kind.CONTACTS: ("crm.add_contact", "crm.change_contact"),
}
"""What a bulk upsert takes: to change what is there as well as to add."""
VIEW = {BulkJob.Kind.COMPANIES: "crm.view_company", BulkJob.Kind.CONTACTS: "crm.view_contact"}
Part = tuple[int, bytes]
"""The number of a first row, and the rows packed."""


def call_of(user: User, *, source: str, observed_on: date | None, at: datetime) -> Call:
    """What is stated by this user, whose new companies are in the hands of whoever does not see all.

    As everywhere: an integration's team, or the person and their only team.
    """
    integration = getattr(user, "integration", None)
    own = integration.name if integration else user.get_username()
    owner, team = None, None
    if integration:
        team = integration.team_id
    elif not sees_all(user):
        only = only_team(user)
        owner, team = user.pk, only.pk if only else None
    return Call(
        by=user,
        source=(source or own)[:200],
        today=at.date(),
        observed_on=observed_on,
        owner=owner,
        team=team,
        reads=frozenset(kind for kind in UPSERTS if may_read(user, kind)),
    )


def may_read(user: User, kind: str) -> bool:
    """Whether this user, or the program that it is, may read records of this kind."""
    integration = getattr(user, "integration", None)
    scoped = integration is None or f"{kind}:read" in integration.scopes
    return scoped and user.has_perm(VIEW[BulkJob.Kind(kind)])


# Keeping


class Packing:
    """Lines of JSON into parts, so that however many there are, few are held unpacked."""

    def __init__(self) -> None:
        self.size = PART_ROWS[connection.vendor]
        self.rows = 0
        self.parts: list[Part] = []
        self.lines: list[bytes] = []

    def add(self, line: bytes) -> None:
        """Afterwards this row is in."""
        self.lines.append(line)
        self.rows += 1
        if len(self.lines) == self.size:
            self.close()

    def close(self) -> None:
        """Afterwards every row that was added is in a part."""
        if self.lines:
            self.parts.append((self.rows - len(self.lines), zlib.compress(b"\n".join(self.lines), 1)))
            self.lines = []


def keep(kind: str, packing: Packing, call: Call, *, at: datetime, key: IntegrationKey | None = None) -> BulkJob:
    """A job with these rows, which waits for a worker; it goes no further once the key does not hold."""
    packing.close()
    with transaction.atomic():
        job = BulkJob.objects.create(
            kind=kind,
            asked_by=call.by,
            key=key,
            asked_at=at,
            source=call.source,
            observed_on=call.observed_on,
            rows=packing.rows,
        )
        BulkPart.objects.bulk_create(
            (BulkPart(job=job, first=first, content=content) for first, content in packing.parts), batch_size=50
        )
    logger.info("job kept job=%d kind=%s rows=%d", job.pk, kind, job.rows)
    return job


def cancel(job: BulkJob, *, at: datetime) -> bool:
    """Whether it was waiting or running, and is no longer; what was written stays."""
    return bool(BulkJob.objects.unfinished().filter(pk=job.pk).update(state=BulkJob.State.CANCELLED, finished_at=at))


def answers_of(job: BulkJob) -> Iterator[bytes]:
    """The answers to the rows that were looked at, in lines of JSON, some at a time."""
    last = -1
    while True:
        parts = BulkPart.objects.filter(job=job, first__gt=last, answers__isnull=False).order_by("first")
        part = parts.values_list("first", "answers").first()
        if part is None:
            return
        last = part[0]
        yield zlib.decompress(bytes(part[1] or b""))


def forget_old(at: datetime) -> int:
    """How many jobs were removed, with their rows and answers: all that ended more than JOB_DAYS ago."""
    before = at - timedelta(days=settings.JOB_DAYS)
    old = list(BulkJob.objects.filter(finished_at__lt=before).order_by("pk").values_list("pk", flat=True)[:20])
    BulkPart.objects.filter(job__in=old).delete()
    BulkJob.objects.filter(pk__in=old).delete()
    return len(old)


# Doing


def any_to_take() -> bool:
    """Whether a job could go on now."""
    return BulkJob.objects.unfinished().exists()


def advance(until: Callable[[], bool]) -> bool:
    """The jobs that wait have come further, the oldest first, until all are done or `until` says so; whether any has.

    Any number may call this at once: a job is one worker's at a time, and one
    whose worker has died goes on from its last part.
    """
    found = False
    # Asked first, because on SQLite to begin is to keep all others from writing.
    while any_to_take() and not until():
        turn = begin()
        if turn is None or not step(turn):
            break
        found = True
    return found


class Turn(NamedTuple):
    """The turn of a job at its next part; `part` None where all are answered."""

    job: int
    part: int | None


def begin() -> Turn | None:
    """The job whose turn it is, of whose next part one more try is on record; None when others have them all."""
    with transaction.atomic():
        jobs = BulkJob.objects.unfinished().order_by("pk")
        job = jobs.select_for_update(of=("self",), skip_locked=True).first()
        if job is None:
            return None
        if job.state == BulkJob.State.WAITING:
            job.state, job.started_at = BulkJob.State.RUNNING, timezone.now()
            job.save(update_fields=["state", "started_at"])
        part = BulkPart.objects.filter(job=job, answers=None).order_by("first").only("pk").first()
        if part is not None:
            BulkPart.objects.filter(pk=part.pk).update(tries=F("tries") + 1)
        return Turn(job.pk, part.pk if part else None)


def step(turn: Turn) -> bool:
    """Whether the next part of the job is written and answered, or the job has ended.

    A turn that somebody else was in the way of is no try.
    """
    try:
        with transaction.atomic():
            done = go_on(turn.job)
    except FAULTS as error:
        logger.warning("job failed job=%d error=%s", turn.job, type(error).__name__)
        end(turn.job, BulkJob.State.FAILED, f"{type(error).__name__} while writing; rows before are in.")
        return True
    except OperationalError as error:
        if not is_in_the_way(error):
            raise
        done = False
    if not done:
        give_back(turn)
    return done


def give_back(turn: Turn) -> None:
    """The try that `begin` put on record is off it again, unless somebody is in the way of that as well."""
    if turn.part is None:
        return
    try:
        BulkPart.objects.filter(pk=turn.part, tries__gt=0).update(tries=F("tries") - 1)
    except OperationalError as error:
        if not is_in_the_way(error):
            raise


def go_on(pk: int) -> bool:
    """The same, in the transaction that writes it all."""
    jobs = BulkJob.objects.unfinished().filter(pk=pk).select_related("asked_by__integration", "key")
    job = jobs.select_for_update(of=("self",), skip_locked=True).first()
    if job is None:
        return False
    part = BulkPart.objects.filter(job=job, answers=None).order_by("first").first()
    if part is None:
        end(pk, BulkJob.State.DONE)
        return True
    if part.tries > MOST_TRIES:
        end(pk, BulkJob.State.FAILED, TOO_OFTEN)
        return True
    if not may_write(job, at=timezone.now()):
        end(pk, BulkJob.State.FAILED, MAY_NOT_WRITE)
        return True
    rows = list(rows_of(iter(zlib.decompress(bytes(part.content)).split(b"\n"))))
    call = call_of(job.asked_by, source=job.source, observed_on=job.observed_on, at=job.asked_at)
    found = UPSERTS[job.kind](rows, call)
    lines = (json.dumps(each.as_json(part.first), ensure_ascii=True).encode() + b"\n" for each in found.answers)
    part.answers = zlib.compress(b"".join(lines), 1)
    part.save(update_fields=["answers"])
    counts = {name: F(name) + number for name, number in found.counts.items() if number}
    BulkJob.objects.filter(pk=pk).update(done=F("done") + len(rows), **counts)
    if job.done + len(rows) >= job.rows:
        end(pk, BulkJob.State.DONE)
    return True


def may_write(job: BulkJob, *, at: datetime) -> bool:
    """Whether whoever asked for the job may still write what it writes, and the key that they asked with holds."""
    user = job.asked_by
    integration = getattr(user, "integration", None)
    if integration is not None and f"{job.kind}:write" not in integration.scopes:
        return False
    if integration is not None and (job.key is None or not job.key.holds(at)):
        return False
    return user.is_active and user.has_perms(MAY[BulkJob.Kind(job.kind)])


def end(pk: int, state: str, error: str = "") -> None:
    """It has ended, unless somebody has ended it before."""
    BulkJob.objects.unfinished().filter(pk=pk).update(state=state, finished_at=timezone.now(), error=error[:300])
    logger.info("job ended job=%d state=%s", pk, state)


def pack(rows: Iterable[object]) -> Packing:
    """Rows of JSON, packed."""
    packing = Packing()
    for row in rows:
        packing.add(json.dumps(row, ensure_ascii=True).encode())
    return packing
