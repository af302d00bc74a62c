"""What a form was built from, so that nobody overwrites unseen what others have saved, and nobody saves twice."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from unfold.forms import PaginationInlineFormSet

from crm.history import BEFORE, kept

from .scoped import ScopedAdmin, is_id

BUILT_FROM = "built_from"
OVERWRITE = "overwrite"
ONCE = "once"
TOKEN = re.compile(r"[0-9a-f]{32}")

Marks = dict[str, str]


def mark(value: object) -> str:
    """A short sign of a value, which differs where the value does."""
    return hashlib.sha256(repr(value).encode("utf-8", "backslashreplace")).hexdigest()[:12]


def marks_of(form: Any) -> Marks:
    """The sign of each field's stored value."""
    return {name: mark(form.get_initial_for_field(field, name)) for name, field in form.fields.items()}


def row_marks(formset: Any) -> Marks:
    """The sign of each stored row that the formset shows."""
    return {
        f"{formset.prefix}:{form.instance.pk}": mark(
            sorted((name, repr(value)) for name, value in form.initial.items())
        )
        for form in formset.initial_forms
    }


def built_from(form: Any, formsets: Iterable[Any], at: datetime) -> str:
    """What these forms were built from, to be sent back with them."""
    marks = marks_of(form)
    for formset in formsets:
        marks |= row_marks(formset)
    return json.dumps({"at": at.isoformat(), "marks": marks}, separators=(",", ":"))


def read_marks(data: Any, name: str) -> Mapping[str, Any]:
    """The signs that were sent back under `name`; none where they cannot be read."""
    try:
        found = json.loads(data.get(name) or "{}")
    except (ValueError, AttributeError, RecursionError):
        return {}
    marks = found.get("marks") if isinstance(found, dict) else None
    return marks if isinstance(marks, dict) else {}


def built_at(data: Any) -> datetime | None:
    try:
        found = json.loads(data.get(BUILT_FROM) or "{}")
        at = parse_datetime(str(found.get("at")))
    except (ValueError, AttributeError, RecursionError):
        return None
    return at if at is not None and at.tzinfo is not None else None


def is_stale(data: Any, name: str, now: str) -> bool:
    """Whether the value behind this sign is another than the form was built from, or was told to overwrite."""
    known = read_marks(data, BUILT_FROM).get(name)
    return known is not None and now not in (known, read_marks(data, OVERWRITE).get(name))


def remembered(page: Any, request: HttpRequest, row: models.Model) -> dict[str, Any]:
    """How each field of the row's own form looks now, and its sign."""
    form = page.get_form(request, row, change=True)(instance=row)
    marks = marks_of(form)
    return {name: {"value": shown(form[name]), "mark": marks[name]} for name in form.fields}


def shown(field: forms.BoundField) -> str:
    value = field.value()
    return "" if value is None else str(value)


def who_saved(row: models.Model, since: datetime | None) -> str:
    """Who saved the row last, and when."""
    history: Any = type(row)
    record = (
        history.history.filter(**{row._meta.pk.attname: row.pk})
        .exclude(history_change_reason=BEFORE)
        .select_related("history_user")
        .order_by("-history_date", "-history_id")
        .first()
        if kept(type(row))
        else None
    )
    if record is None or record.history_user is None or (since is not None and record.history_date < since):
        return "An import or another program"
    name = record.history_user.get_full_name() or record.history_user.get_username()
    return f"{name}, at {record.history_date:%H:%M} UTC on {record.history_date:%-d %b %Y},"


class Remembering(forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """A form that is not saved where somebody else has changed what it would overwrite, until it is sent once more."""

    stale: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.is_bound or self.instance.pk is None:
            return cleaned
        now = marks_of(self)
        self.stale = tuple(name for name in self.changed_data if is_stale(self.data, name, now[name]))
        if self.stale:
            labels = ", ".join(str(self[name].label) for name in self.stale)
            who = who_saved(self.instance, built_at(self.data))
            for name in self.stale:
                self.add_error(name, f"Stored meanwhile: {self.stored(name) or 'unknown'}.")
            raise ValidationError(
                f"{who} changed this {self.instance._meta.verbose_name} after you opened it: {labels}. What you typed "
                "is kept below and not saved. Save once more to overwrite theirs, or load the page again to keep "
                "theirs.",
                code="stale",
            )
        return cleaned

    def stored(self, name: str) -> str:
        """The stored value of a field in words."""
        value = self.get_initial_for_field(self.fields[name], name)
        choices = getattr(self.fields[name], "choices", None)
        if isinstance(self.fields[name], forms.ModelChoiceField):
            related = getattr(self.instance, name, None)
            return "" if related is None else str(related)
        for key, label in choices or ():
            if str(key) == str(value):
                return str(label)
        return "" if value is None else str(value)


class RememberingFormSet(PaginationInlineFormSet):
    """Rows that are not saved where somebody else has changed them meanwhile, until they are sent once more."""

    stale: tuple[str, ...] = ()

    def get_page_num(self) -> int:
        """The page that is asked for; the first where that is no number."""
        said = self.request.GET.get(key := self.get_pagination_key()) or self.request.POST.get(key)
        return max(int(said), 1) if said and is_id(said) else 1

    def clean(self) -> None:
        super().clean()
        now = row_marks(self)
        # What was typed is on the forms' own rows already.
        found = [
            type(form.instance)._default_manager.get(pk=form.instance.pk)
            for form in self.initial_forms
            if form.has_changed() and is_stale(self.data, key := f"{self.prefix}:{form.instance.pk}", now[key])
        ]
        self.stale = tuple(str(row) for row in found)
        if found:
            raise ValidationError(
                " ".join(
                    f"{who_saved(row, built_at(self.data))} changed {row} after you opened this page." for row in found
                )
                + " Save once more to overwrite theirs, or load the page again to keep theirs.",
                code="stale",
            )


def token_of(request: HttpRequest) -> str:
    """What tells this form from every other that was sent; empty where it has none."""
    token = request.POST.get(ONCE, "")
    return token if TOKEN.fullmatch(token) else ""


def reason_of(token: str) -> str:
    """What the history says of a save, so that the same form is not saved twice."""
    return f"form {token}"


def saved_before(request: HttpRequest, model: Any, token: str, pk: int | None) -> int | None:
    """The row that this very form has made or changed already; None where it was not sent before."""
    records: Any = model.history.filter(history_change_reason=reason_of(token))
    if pk is not None:
        records = records.filter(id=pk)
    else:
        hour_ago = timezone.now() - timedelta(hours=1)
        records = records.filter(history_user=request.user.pk, history_date__gte=hour_ago)
    found: int | None = records.values_list("id", flat=True).first()
    return found


class RememberingPage(ScopedAdmin):
    """A page whose form tells of what others saved meanwhile, and is saved once however often it is sent.

    Its model keeps a history, and its form is a Remembering one.
    """

    change_form_before_template = "crm/built_from.html"
    warn_unsaved_form = True

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        token = token_of(request) if request.method == "POST" else ""
        if not token:
            return super().changeform_view(request, object_id, *args, **kwargs)
        with transaction.atomic():
            # A double click arrives twice at once: one waits here for the other.
            User.objects.select_for_update(no_key=True).filter(pk=request.user.pk or 0).first()
            key = int(object_id) if object_id and is_id(object_id) else None
            done = saved_before(request, self.model, token, key)
            if done is None:
                return super().changeform_view(request, object_id, *args, **kwargs)
        self.message_user(request, "This form was saved already; it was not saved a second time.", messages.INFO)
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        seen = self.get_queryset(request).filter(pk=done).exists()
        return HttpResponseRedirect(reverse(f"{name}_change", args=[done]) if seen else reverse(f"{name}_changelist"))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """The page, which knows what its form was built from, and after a refusal what a second save overwrites."""
        form = context["adminform"].form
        formsets = [each.formset for each in context["inline_admin_formsets"]]
        now = built_from(form, formsets, timezone.now())
        context[BUILT_FROM] = (request.POST.get(BUILT_FROM) if request.method == "POST" else "") or now
        if any(getattr(each, "stale", ()) for each in (form, *formsets)):
            context[OVERWRITE] = now
        context[ONCE] = token_of(request) or uuid4().hex
        response: HttpResponse = super().render_change_form(request, context, add, change, form_url, obj)
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if token := token_of(request):
            obj._change_reason = reason_of(token)
        super().save_model(request, obj, form, change)
