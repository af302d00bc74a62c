"""The history of what people change: beside what every save writes by itself, what bulk changes must be told to.

Imports and scoring write none. So the first edit of a row keeps what stood there before it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

BEFORE = "before the first edit"
BATCH = 200


def kept(model: type[models.Model]) -> bool:
    """Whether the history of this model is kept."""
    return hasattr(model, "history")


def keep_before(rows: Iterable[models.Model]) -> None:
    """What is stored of these rows is in their history, so that the edit to come can be seen. They are of one model."""
    there = [row for row in rows if row.pk is not None]
    model: Any = type(there[0]) if there else None
    ids = {row.pk for row in there}
    if model is None or not kept(model):
        return
    record = model.history.model
    key = model._meta.pk.attname
    missing = ids - set(model.history.filter(**{f"{key}__in": ids}).values_list(key, flat=True))
    record.objects.bulk_create(
        (
            record(
                history_date=timezone.now(),
                history_type="+",
                history_change_reason=BEFORE,
                **{field.attname: getattr(row, field.attname) for field in record.tracked_fields},
            )
            for row in model._default_manager.filter(pk__in=missing)
        ),
        batch_size=BATCH,
    )


def change(rows: models.QuerySet[Any], values: Mapping[str, object], *, by: User | None) -> int:
    """These rows have these values, and their history says who gave them. Returns how many rows changed.

    For changes that a person makes to many rows at once; `update` alone would leave no trace.
    """
    with transaction.atomic():
        found = list(rows.order_by("pk").select_for_update(of=("self",)))
        differing = [row for row in found if any(getattr(row, name) != value for name, value in values.items())]
        if not differing:
            return 0
        keep_before(differing)
        for row in differing:
            for name, value in values.items():
                setattr(row, name, value)
        bulk_update_with_history(differing, rows.model, list(values), batch_size=BATCH, default_user=by)
    return len(differing)
