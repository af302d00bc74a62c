"""Behind every door of the admin: rows that somebody may see, links to such rows only, edits where they may edit."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakKeyDictionary

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import Group, User
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from crm import choices
from crm.choices import has_accounts
from crm.deletion import NOT_YOURS, reaches_too_far
from crm.history import keep_before, kept
from crm.models.visibility import sees_all

from .history import history_page

UNDISCLOSED = format_html('<span class="icp-unknown">{}</span>', "not open to you")

Rows = QuerySet[Any]


UNCOMPARABLE = re.compile(r"\0|\d{19}")
"""What PostgreSQL refuses in a text, and SQLite as a number."""


def is_id(value: object) -> bool:
    """Whether this spells a number that a row can have."""
    text = str(value)
    return text.isascii() and text.isdecimal() and len(text) < 19


def visible(model: type[models.Model], request: HttpRequest) -> Rows:
    """The rows of any model that this person sees."""
    manager: Any = model._default_manager
    found: Rows = manager.visible_to(request.user) if has_accounts(model) else manager.all()
    return found


def editable(model: type[models.Model], request: HttpRequest) -> Rows:
    """The rows of any model that this person may edit."""
    manager: Any = model._default_manager
    found: Rows = manager.editable_by(request.user) if has_accounts(model) else manager.all()
    return found


answers: WeakKeyDictionary[HttpRequest, dict[tuple[object, ...], Any]] = WeakKeyDictionary()


def once(request: HttpRequest, key: tuple[object, ...], ask: Callable[[], Any]) -> Any:
    """What `ask` says, asked once a request."""
    known = answers.setdefault(request, {})
    if key not in known:
        known[key] = ask()
    return known[key]


def may_see(request: HttpRequest, row: models.Model) -> bool:
    """Whether this person sees the row."""
    return is_among(request, "see", row, visible)


def may_edit(request: HttpRequest, row: models.Model) -> bool:
    """Whether this person may edit the row."""
    return is_among(request, "edit", row, editable)


def is_among(
    request: HttpRequest, verb: str, row: models.Model, rows: Callable[[type[models.Model], HttpRequest], Rows]
) -> bool:
    model = type(row)
    if row.pk is None or not has_accounts(model) or sees_all(request.user):
        return True
    found: bool = once(
        request, (verb, model, row.pk), lambda: rows(model, request).filter(pk=row.pk).order_by().exists()
    )
    return found


def own_teams(request: HttpRequest) -> QuerySet[Group]:
    """The teams of this person: their groups, without those that are roles."""
    return choices.own_teams(request.user)


def choices_for(field: Any, request: HttpRequest) -> Rows | None:
    """What the field may point to by this person's hand; None where that is not limited."""
    if field.related_model is Group:
        return choices.teams_for(request.user)
    if field.related_model is User:
        return choices.people_for(request.user)
    if sees_all(request.user) or not has_accounts(field.related_model):
        return None
    # What hangs on an account is part of it: to hang it there is to edit the account.
    return (editable if is_part(field) else visible)(field.related_model, request)


def is_part(field: Any) -> bool:
    """Whether the field says which account its row is part of."""
    return bool(field.name == "company" and has_accounts(field.model))


class LookupSelect(AutocompleteSelect):
    """Looks rows up as one types; what was sent and can be no row is not looked for."""

    def format_value(self, value: Any) -> list[str]:
        return [each for each in super().format_value(value) if not each or is_id(each)]


class ScopedFields:
    """Fields that point to what somebody may see, and to nothing else."""

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> Rows | None:
        """The choices of a field that points to other rows; a form refuses every other."""
        ordered: Rows | None = super().get_field_queryset(db, db_field, request)  # type: ignore[misc]
        limited = choices_for(db_field, request)
        if limited is None or ordered is None:
            return ordered if limited is None else limited
        return limited.order_by(*ordered.query.order_by)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            site: AdminSite = self.admin_site  # type: ignore[attr-defined]
            kwargs.setdefault("widget", LookupSelect(db_field, site, using=kwargs.get("using")))
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and is_part(db_field):
            field.error_messages["invalid_choice"] = "Choose a company that you may edit."
        return field

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Those that look up as one types; colleagues are few, and a list does for whoever may not see all users."""
        names: Iterable[str] = super().get_autocomplete_fields(request)  # type: ignore[misc]
        if sees_all(request.user) and request.user.has_perm("auth.view_user"):
            return list(names)
        model: type[models.Model] = self.model  # type: ignore[attr-defined]
        return [name for name in names if model._meta.get_field(name).related_model is not User]


class ScopedInline(ScopedFields, TabularInline):
    """Rows on the page of another, to be edited where that may be edited."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_add_permission(request, obj) and (obj is None or may_edit(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or may_edit(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or may_edit(request, obj))


class ScopedAdmin(ScopedFields, ModelAdmin):
    """A list and pages of what somebody may see. What is hidden answers as what is not there.

    A field that points to a hidden row says only that, and keeps its value.
    """

    def get_queryset(self, request: HttpRequest) -> Rows:
        found: Rows = super().get_queryset(request)
        if has_accounts(self.model):
            scoped: Any = found
            found = scoped.visible_to(request.user)
        return found

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_view_permission(request, obj) and (obj is None or may_see(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or may_edit(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or may_edit(request, obj))

    def get_search_results(self, request: HttpRequest, queryset: Rows, search_term: str) -> tuple[Rows, bool]:
        """What is found by the words; PostgreSQL refuses a NUL, and the list asks for none, but a look-up may."""
        found: tuple[Rows, bool] = super().get_search_results(request, queryset, search_term.replace("\0", ""))
        return found

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Whether an address may narrow the list so: by an account or contact it points to only where a filter does."""
        name = lookup.split("__")[0]
        field = next((each for each in self.opts.get_fields() if each.name == name), None)
        related = getattr(field, "related_model", None)
        if related and has_accounts(related) and name not in filtered_by(self.get_list_filter(request)):
            return False
        allowed: bool = super().lookup_allowed(lookup, value, request)
        return allowed

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list; what no database can compare a column with is refused as any other nonsense in an address."""
        own = {getattr(each, "parameter_name", None) for each in self.get_list_filter(request)}
        columns = {field.name for field in self.opts.get_fields()} | {"pk"}
        for name, values in request.GET.lists():
            if (
                name.split("__")[0] in columns
                and name not in own
                and any(UNCOMPARABLE.search(value) for value in values)
            ):
                raise IncorrectLookupParameters
        return super().get_changelist_instance(request)

    def response_action(self, request: HttpRequest, queryset: Rows) -> HttpResponse | None:
        """What the action answers; rows that no list can have offered are none."""
        if not all(is_id(each) for each in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            self.message_user(request, "Nothing was done: choose rows of the list first.", messages.WARNING)
            return None
        response: HttpResponse | None = super().response_action(request, queryset)
        return response

    # What it points to

    def pointing_elsewhere(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """The fields whose value this person could not choose, with what stands in their place."""
        if obj is None or obj.pk is None or sees_all(request.user):
            return {}
        found: dict[str, Any] = once(
            request, ("elsewhere", self.model, obj.pk), lambda: self.find_elsewhere(request, obj)
        )
        return found

    def find_elsewhere(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        names = flatten_fieldsets(super().get_fieldsets(request, obj))
        for field in self.opts.fields:
            if field.name not in names or not field.related_model or getattr(obj, field.attname) is None:
                continue
            pk, related = getattr(obj, field.attname), field.related_model
            if has_accounts(related):
                if not visible(related, request).filter(pk=pk).order_by().exists():
                    found[field.name] = undisclosed(field)
            elif related in (User, Group):
                choices = choices_for(field, request)
                if choices is not None and not choices.filter(pk=pk).exists():
                    found[field.name] = field.name
        return found

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = super().get_fieldsets(request, obj)
        elsewhere = self.pointing_elsewhere(request, obj)
        if not elsewhere:
            return shown
        return [(title, options | {"fields": replaced(options["fields"], elsewhere)}) for title, options in shown]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), *self.pointing_elsewhere(request, obj).values()]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What a new row begins with: in the hands of whoever makes it, where they do not work on all accounts."""
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        rows = {field.name for field in self.opts.fields if field.related_model}
        given = {name: value for name, value in given.items() if name not in rows or is_id(value)}
        if sees_all(request.user):
            return given
        names = {field.name for field in self.opts.fields}
        begin: dict[str, Any] = {"owner": request.user.pk} if "owner" in names else {}
        if "team" in names:
            teams = list(own_teams(request).values_list("pk", flat=True)[:2])
            begin |= {"team": teams[0]} if len(teams) == 1 else {}
        return begin | given

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """The page; where only this row keeps somebody from editing, it says so."""
        if change and obj is not None and super().has_change_permission(request) and not may_edit(request, obj):
            messages.info(request, "Somebody else works this account: you can read it, and not change it.")
        response: HttpResponse = super().render_change_form(request, context, add, change, form_url, obj)
        return response

    # Edits

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            keep_before([obj])
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        keep_before([each.instance for each in formset.initial_forms if each.has_changed()])
        super().save_formset(request, form, formset, change)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What would be deleted; where that reaches rows that are not this person's, only that it does."""
        rows = list(objs)
        if not sees_all(request.user) and reaches_too_far(rows, request.user):
            return [f"{capfirst(row._meta.verbose_name)}: {row}" for row in rows], {}, {NOT_YOURS}, []
        return super().get_deleted_objects(rows, request)

    # History

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who changed the row, when and what; the plain list of edits where values are not kept."""
        if kept(self.model):
            return history_page(self, request, object_id, extra_context or {})
        response: HttpResponse = super().history_view(request, object_id, extra_context)
        return response


def filtered_by(filters: Iterable[Any]) -> set[str]:
    """The names that the filters of a list go by in an address."""
    return {
        each[0] if isinstance(each, list | tuple) else getattr(each, "parameter_name", None) or str(each)
        for each in filters
    }


def undisclosed(field: Any) -> Callable[[Any], SafeString]:
    """A column of the page that stands for a field with a hidden value."""

    def shown(row: Any) -> SafeString:
        return UNDISCLOSED

    shown.__name__ = f"{field.name}_undisclosed"
    shown.short_description = field.verbose_name  # type: ignore[attr-defined]
    return shown


def replaced(fields: Any, by: dict[str, Any]) -> list[Any]:
    """The fields of a form, also those in one line, with others in place of those that `by` names."""
    return [
        replaced(each, by) if isinstance(each, list | tuple) else by.get(each, each) if isinstance(each, str) else each
        for each in fields
    ]


class VisibleSelectFilter(AutocompleteSelectFilter):
    """Narrows by a row that is looked up as one types; says the name of none that is hidden."""

    def choices(self, changelist: Any) -> Any:
        for each in super().choices(changelist):
            each["form"].fields[self.lookup_kwarg].queryset = visible(self.field.related_model, self.request)
            yield each
