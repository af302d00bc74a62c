"""What a deletion would reach, and whether somebody may reach that far."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import Any

from django.contrib.admin.utils import NestedObjects
from django.db import models, router

from crm.models.visibility import Person

BATCH = 500
NOT_YOURS = "records that you may not see or change"


def reaches_too_far(rows: Sequence[models.Model], user: Person) -> bool:
    """Whether deleting these rows would delete, or cut a link of, a row that this person may not edit.

    That holds for rows that stand in the way of the deletion as well.
    """
    if not rows:
        return False
    using = router.db_for_write(type(rows[0]))
    collector: Any = NestedObjects(using=using, origin=rows)
    collector.collect(rows)
    found: dict[type[models.Model], set[Any]] = defaultdict(set)
    for model, objects in collector.model_objs.items():
        found[model] |= {each.pk for each in objects}
    for each in collector.protected:
        found[type(each)].add(each.pk)
    for (field, _), groups in collector.field_updates.items():
        for group in groups:
            found[field.model] |= {each.pk for each in group}
    return any(has_others(model, ids, user) for model, ids in found.items())


def has_others(model: type[models.Model], ids: set[Any], user: Person) -> bool:
    """Whether one of these rows is not this person's to edit; of what goes with no account, none is."""
    manager: Any = model._default_manager
    if not hasattr(manager, "editable_by"):
        return False
    left = iter(ids)
    while batch := list(islice(left, BATCH)):
        if manager.editable_by(user).filter(pk__in=batch).count() < len(batch):
            return True
    return False
