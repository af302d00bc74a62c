"""What is done to many accounts at once. Each function writes what differs, with history, and says how much."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from crm.history import BATCH, change, keep_before
from crm.models import Company, CompanyTerm, FactSource, Term
from crm.stating import BY_HAND

MOST = 10_000
"""Accounts that one action may touch."""

CHUNK = 500


@dataclass(frozen=True)
class Extent:
    """What an action would touch: ids to change, and how many of the chosen stay as they are, and why."""

    chosen: int
    ids: tuple[int, ...]
    not_yours: int = 0
    already: int = 0


def chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    left = iter(ids)
    while batch := list(islice(left, CHUNK)):
        yield batch


def matching(ids: Sequence[int], rows: Callable[[list[int]], Any]) -> set[int]:
    """The ids that `rows`, a queryset of ids for some of them, finds; a few at a time."""
    return {pk for batch in chunks(ids) for pk in rows(batch)}


def extent(ids: Sequence[int], user: Any, having: Callable[[list[int]], Any] | None = None) -> Extent:
    """What changing these companies would touch; `having` finds those that need no change."""
    editable = Company.objects.editable_by(user).order_by()
    mine = matching(ids, lambda batch: editable.filter(pk__in=batch).values_list("pk", flat=True))
    own = [pk for pk in ids if pk in mine]
    there = matching(own, having) if having else set()
    return Extent(len(ids), tuple(pk for pk in own if pk not in there), len(ids) - len(own), len(there))


def with_value(column: str, value: object) -> Callable[[list[int]], Any]:
    """Finds the companies that have this value already."""
    return lambda batch: Company.objects.filter(**{column: value}, pk__in=batch).order_by().values_list("pk", flat=True)


def with_tag(term: Term | None, *, wanted: bool) -> Callable[[list[int]], Any]:
    """Finds the companies that have the tag, or that do not where it is to be taken away."""

    def find(batch: list[int]) -> Any:
        tagged = CompanyTerm.objects.filter(term=term, company__in=batch).order_by().values_list("company", flat=True)
        return tagged if wanted else set(batch) - set(tagged)

    return find


def give(ids: Sequence[int], owner: User | None, *, by: User) -> int:
    """These companies belong to `owner`, or to nobody; how many changed."""
    with transaction.atomic():
        return sum(
            change(Company.objects.editable_by(by).filter(pk__in=batch), {"owner": owner}, by=by)
            for batch in chunks(ids)
        )


def put_stage(ids: Sequence[int], stage: str | None, *, by: User) -> int:
    """These companies are at this stage, None unknown, which `by` stated today; how many changed."""
    done = 0
    with transaction.atomic():
        for batch in chunks(ids):
            mine = locked(batch, by)
            done += change(Company.objects.filter(pk__in=mine), {"lifecycle_stage": stage}, by=by)
            stated(sorted(mine), "lifecycle_stage", by, known=stage is not None)
    return done


def add_tag(ids: Sequence[int], term: Term, *, by: User) -> int:
    """These companies have the tag; how many did not before."""
    done = 0
    with transaction.atomic():
        for batch in chunks(ids):
            lacking = locked(batch, by) - set(with_tag(term, wanted=True)(batch))
            rows = [CompanyTerm(company_id=pk, term=term) for pk in sorted(lacking)]
            bulk_create_with_history(rows, CompanyTerm, batch_size=BATCH, default_user=by)
            stated(sorted(lacking), "tags", by)
            done += len(rows)
    return done


def remove_tag(ids: Sequence[int], term: Term, *, by: User) -> int:
    """None of these companies has the tag; how many had it. The history names whoever sent the request."""
    done = 0
    with transaction.atomic():
        for batch in chunks(ids):
            rows = list(CompanyTerm.objects.filter(term=term, company__in=locked(batch, by)).order_by("pk"))
            keep_before(rows)
            CompanyTerm.objects.filter(pk__in=[row.pk for row in rows]).delete()
            stated([row.company_id for row in rows], "tags", by)
            done += len(rows)
    return done


def locked(ids: Sequence[int], by: User) -> set[int]:
    """Those of the companies that `by` may edit; nobody else changes them until the transaction ends."""
    rows = Company.objects.editable_by(by).filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
    return set(rows.values_list("pk", flat=True))


def stated(ids: Sequence[int], fact: str, by: User, *, known: bool = True) -> None:
    """The fact of these companies was stated by `by` today; one that is unknown has no source."""
    today = timezone.now().date()
    for batch in chunks(ids):
        if not known:
            FactSource.objects.filter(company__in=batch, fact=fact).delete()
            continue
        FactSource.objects.bulk_create(
            [FactSource(company_id=pk, fact=fact, source=BY_HAND, observed_on=today, person_id=by.pk) for pk in batch],
            update_conflicts=True,
            unique_fields=["company", "fact"],
            update_fields=["source", "observed_on", "stated", "person"],
        )
