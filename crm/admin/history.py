"""The history page: who changed what, and when; of an account with everything that hangs on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.contrib.admin.utils import unquote
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django_countries.fields import CountryField

from crm.history import BEFORE
from crm.models import (
    Activity,
    Attribute,
    Company,
    CompanyDomain,
    CompanyTerm,
    Contact,
    ContactExternalId,
    Deal,
    Employment,
    ExternalId,
    Investment,
    Opinion,
    Override,
)
from crm.models.company import RANGES
from crm.models.visibility import Person

from .ranges import Range

SHOWN = 200

PARTS: Mapping[type[models.Model], tuple[tuple[type[models.Model], str], ...]] = {
    Company: (
        (Contact, "company"),
        (Activity, "company"),
        (Deal, "company"),
        (Override, "company"),
        (Investment, "company"),
        (CompanyTerm, "company"),
        (Attribute, "company"),
        (CompanyDomain, "company"),
        (ExternalId, "company"),
        (Opinion, "company"),
    ),
    Contact: ((Employment, "contact"), (ContactExternalId, "contact")),
}
"""What hangs on a row and shows in its history, with the field that points to the row."""

DID = {"+": ("Added", "add_circle"), "~": ("Changed", "edit"), "-": ("Deleted", "remove_circle")}

Names = Mapping[type[models.Model], Mapping[Any, str]]


@dataclass(frozen=True)
class Move:
    """One value before and after, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Edit:
    """One change: by whom, when, to what, and the values that moved."""

    at: datetime
    by: str
    did: str
    icon: str
    subject: str
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Step:
    """A record of the history with the one before it of the same row; None where it is the first."""

    record: Any
    before: Any | None


def history_page(page: Any, request: HttpRequest, object_id: str, extra: dict[str, Any]) -> HttpResponse:
    """The history of one row, for whoever may see the row."""
    row = page.get_object(request, unquote(object_id))
    if row is None:
        missing: HttpResponse = page._get_obj_does_not_exist_redirect(request, page.opts, object_id)
        return missing
    if not page.has_view_or_change_permission(request, row):
        raise PermissionDenied
    found = edits(row, request.user)
    context = {
        **page.admin_site.each_context(request),
        "title": f"History of {row}",
        "subtitle": None,
        "module_name": str(capfirst(page.opts.verbose_name_plural)),
        "object": row,
        "original": row,
        "opts": page.opts,
        "edits": found[:SHOWN],
        "more": len(found) > SHOWN,
        "shown": SHOWN,
        **extra,
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "crm/history.html", context)


def edits(row: models.Model, user: User | AnonymousUser) -> list[Edit]:
    """The latest changes of the row and of what hangs on it, the newest first: SHOWN, and one if there are more."""
    steps = steps_of(type(row), {type(row)._meta.pk.attname: row.pk})
    for model, field in PARTS.get(type(row), ()):
        if user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
            steps += steps_of(model, {field: row.pk})
    # What is kept only to compare with is nobody's edit.
    steps = [step for step in steps if step.record.history_change_reason != BEFORE]
    steps.sort(key=lambda step: (step.record.history_date, step.record.history_id), reverse=True)
    latest = steps[: SHOWN + 1]
    names = names_in(latest, user)
    found = ((step, edit(step, type(row), names)) for step in latest)
    return [each for step, each in found if each.moves or step.before is None or step.record.history_type != "~"]


def steps_of(model: Any, where: Mapping[str, object]) -> list[Step]:
    """The latest records, each with the one before it."""
    records = list(
        islice(
            model.history.filter(**where)
            .select_related("history_user")
            .order_by("-history_date", "-history_id")
            .iterator(),
            SHOWN + 2,
        )
    )
    key = model._meta.pk.attname
    found = []
    for place, record in enumerate(records):
        before = next((each for each in records[place + 1 :] if getattr(each, key) == getattr(record, key)), None)
        if before is None and record.history_type == "~":
            before = record.prev_record
        found.append(Step(record, before))
    return found


def edit(step: Step, page_of: type[models.Model], names: Names) -> Edit:
    """The step in words."""
    record = step.record
    did, icon = DID[record.history_type]
    model = record.instance_type
    name = model._meta.verbose_name
    subject = f"this {name}" if model is page_of else f"{name} {title(record, names)}".strip()
    moves = tuple(moved(step, names)) if record.history_type == "~" and step.before is not None else ()
    return Edit(record.history_date, who(record.history_user), did, icon, subject, moves)


def who(user: User | None) -> str:
    """Somebody's name; a row that nobody signed was changed by a command."""
    return (user.get_full_name() or user.get_username()) if user else "a command"


def title(record: Any, names: Names) -> str:
    """What a row of a part is called."""
    for name in ("name", "summary", "fact", "reason", "domain", "value"):
        if getattr(record, name, None):
            return f"“{getattr(record, name)}”"
    for name in ("investor", "term", "employer"):
        field = next((each for each in record.tracked_fields if each.name == name), None)
        if field is not None:
            return f"“{told(field, record, names)}”"
    return ""


def moved(step: Step, names: Names) -> Iterable[Move]:
    """The values that differ, in the order of the columns; the two ends of a range as one."""
    done: set[str] = set()
    for field in step.record.tracked_fields:
        base = field.name.rpartition("_")[0]
        if base in RANGES and hasattr(step.record, f"{base}_low"):
            ends = [Range(getattr(each, f"{base}_low"), getattr(each, f"{base}_high")) for each in both(step)]
            if base not in done and ends[0] != ends[1]:
                done.add(base)
                yield Move(words(base), *(str(each) or "unknown" for each in ends))
        elif getattr(step.before, field.attname) != getattr(step.record, field.attname):
            yield Move(words(field.verbose_name), *(told(field, each, names) for each in both(step)))


def both(step: Step) -> Sequence[Any]:
    return (step.before, step.record)


def words(name: str) -> str:
    return str(capfirst(name.replace("_", " "))).replace(" usd", " in US dollars")


def told(field: Any, record: Any, names: Names) -> str:
    """A value as people read it. A link to a hidden row says no more than that."""
    value = getattr(record, field.attname)
    if value is None or value == "":
        return "unknown" if field.null and not field.related_model else "empty"
    if field.related_model:
        return names.get(field.related_model, {}).get(value, "not open to you, or gone")
    if isinstance(field, CountryField):
        return str(value.name)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return f"{value.normalize():,f}" if isinstance(value, Decimal) else str(value)


def names_in(steps: Iterable[Step], user: Person) -> Names:
    """The names of all rows that the records point to, as far as this person sees them."""
    wanted: dict[type[models.Model], set[Any]] = {}
    for step in steps:
        for record in filter(None, both(step)):
            for field in record.tracked_fields:
                pk = getattr(record, field.attname)
                if field.related_model and pk is not None:
                    wanted.setdefault(field.related_model, set()).add(pk)
    return {model: dict(named(model, ids, user)) for model, ids in wanted.items()}


def named(model: Any, ids: set[Any], user: Person) -> Iterable[tuple[Any, str]]:
    rows = model._default_manager
    rows = rows.visible_to(user) if hasattr(rows, "visible_to") else rows.all()
    for row in rows.filter(pk__in=ids):
        yield row.pk, who(row) if isinstance(row, User) else str(row)
