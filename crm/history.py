"""The history of what people change: beside what every save writes by itself, what bulk changes must be told to.

Imports and scoring write none. So the first edit of a row keeps what stood there before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, models, transaction
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

BEFORE = "before the first edit"
BATCH = 200
MANY = 10_000


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


def remove(row: Any, *, by: User | None) -> None:
    """The row and all that hangs on it are gone; the history says who removed it."""
    keep_before([row])
    row._history_user = by
    row.delete()


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


# Many rows at once, told by the database itself


def note(model: type[models.Model], ids: Sequence[int], kind: str, by: User | None, reason: str | None = None) -> None:
    """The history has these rows as they are stored, as added (+), changed (~) or about to be removed (-) by `by`."""
    copy_into_history(model, ids, kind, by, reason, only_new=False)


def keep_before_of(model: type[models.Model], ids: Sequence[int]) -> None:
    """What is stored of these rows is in their history, so that the edit to come can be seen."""
    copy_into_history(model, ids, "+", None, BEFORE, only_new=True)


def copy_into_history(
    model: Any, ids: Sequence[int], kind: str, by: User | None, reason: str | None, *, only_new: bool
) -> None:
    """One statement, which reads no row into this process; with `only_new` for rows without any history."""
    if not ids or not kept(model):
        return
    record = model.history.model
    quote = connection.ops.quote_name
    key = quote(model._meta.pk.column)
    table, history = quote(model._meta.db_table), quote(record._meta.db_table)
    columns = [quote(field.column) for field in record.tracked_fields]
    own = ["history_date", "history_type", "history_change_reason", "history_user_id"]
    now: Any = connection.ops.adapt_datetimefield_value(timezone.now())
    cast = "::timestamptz" if connection.vendor == "postgresql" else ""
    number = "::integer" if connection.vendor == "postgresql" else ""
    where = f"NOT EXISTS (SELECT 1 FROM {history} h WHERE h.{key} = t.{key})" if only_new else "TRUE"  # noqa: S608
    with connection.cursor() as cursor:
        for start in range(0, len(ids), MANY):
            some = list(ids[start : start + MANY])
            if connection.vendor == "postgresql":
                among, listed = f"t.{key} = ANY(%s)", [some]
            else:
                among, listed = f"t.{key} IN ({', '.join(map(str, some))})", []
            cursor.execute(
                f"INSERT INTO {history} ({', '.join([*columns, *own])})"  # noqa: S608
                f" SELECT {', '.join(f't.{column}' for column in columns)}, %s{cast}, %s, %s, %s{number}"
                f" FROM {table} t WHERE {among} AND {where} ORDER BY t.{key}",
                [now, kind, reason, by.pk if by else None, *listed],
            )
