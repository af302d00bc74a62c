"""What hangs on a company, each on a tab of its own page."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from crm.activities import TASKS_ONLY, wrong_with_activity
from crm.admin.active import ruleset_of
from crm.admin.deal_form import DealRow
from crm.admin.fit_card import points_move, segment_move
from crm.admin.remembering import RememberingFormSet
from crm.admin.scoped import LookupSelect, ScopedInline
from crm.models import (
    Activity,
    Company,
    CompanyDomain,
    CompanyTerm,
    Contact,
    Deal,
    ExternalId,
    FitChange,
    Investment,
    Override,
    Term,
)

PER_PAGE = 10


class LoadedSelect(LookupSelect):
    """Looks rows up as one types. The one that stands there was loaded with its row, and is not asked for again."""

    known: Mapping[str, str] = {}

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        chosen = [str(each) for each in value if each]
        if not chosen or any(each not in self.known for each in chosen):
            return super().optgroups(name, value, attr)
        options = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        options += [self.create_option(name, each, self.known[each], True, 0) for each in chosen]
        return [(None, options, 0)]


class CompanyFormSet(RememberingFormSet):
    """Rows of a company; what each points to was loaded with it."""

    def add_fields(self, form: Any, index: Any) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            widget = getattr(field.widget, "widget", field.widget)
            if isinstance(widget, LoadedSelect) and form.instance.pk is not None:
                row = getattr(form.instance, name)
                widget.known = {} if row is None else {str(row.pk): str(row)}


class CompanyInline(ScopedInline):
    """Rows of a company on a tab, with no empty row until one is asked for."""

    tab = True
    extra = 0
    per_page = PER_PAGE
    hide_title = True
    fact = ""
    formset = CompanyFormSet
    looked_up: Sequence[str] = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        found = super().get_queryset(request)
        return found.select_related(*self.looked_up) if self.looked_up else found

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.looked_up:
            kwargs.setdefault("widget", LoadedSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_formset(self, request: HttpRequest, obj: Company | None = None, **kwargs: Any) -> type[Any]:
        """The formset, which says the fact that its rows state."""
        formset: type[Any] = super().get_formset(request, obj, **kwargs)
        formset.fact = self.fact
        return formset


class ContactInline(CompanyInline):
    model = Contact
    fields = ["name", "title", "email", "is_founder", "consent"]
    autocomplete_fields = looked_up = ["title"]
    show_change_link = True


class InvestmentInline(CompanyInline):
    model = Investment
    ordering = ["pk"]
    verbose_name_plural = "investors"
    fields = ["investor"]
    autocomplete_fields = looked_up = ["investor"]
    fact = "investors"


class TermWidget(LoadedSelect):
    """Looks terms up in one vocabulary only."""

    vocabulary = ""

    def get_url(self) -> str:
        return f"{super().get_url()}?vocabulary={self.vocabulary}"


class TermInline(CompanyInline):
    """Terms of one vocabulary."""

    model = CompanyTerm
    ordering = ["pk"]
    fields = ["term"]
    looked_up = ["term"]
    vocabulary = ""

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(term__vocabulary=self.vocabulary)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "term":
            widget = TermWidget(db_field, self.admin_site)
            widget.vocabulary = self.vocabulary
            kwargs |= {"widget": widget, "queryset": Term.objects.filter(vocabulary=self.vocabulary)}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class TagInline(TermInline):
    verbose_name, verbose_name_plural = "tag", "tags"
    vocabulary = fact = "tags"


class TechnologyInline(TermInline):
    verbose_name, verbose_name_plural = "technology", "technologies"
    vocabulary = fact = "technologies"


class AcceleratorInline(TermInline):
    verbose_name, verbose_name_plural = "accelerator", "accelerators"
    vocabulary = fact = "accelerators"


class DomainInline(CompanyInline):
    model = CompanyDomain
    ordering = ["pk"]
    verbose_name, verbose_name_plural = "domain", "domains"
    fields = ["domain"]


class ExternalIdInline(CompanyInline):
    model = ExternalId
    ordering = ["pk"]
    verbose_name, verbose_name_plural = "external id", "external ids"
    fields = ["system", "value"]


class ActivityRow(forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """An activity that has happened, or a task that may be due."""

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        stored = {name: getattr(self.instance, name) for name in TASKS_ONLY if self.instance.pk and "kind" in said}
        for name, wrong in wrong_with_activity(stored | said, at=timezone.now()):
            if name in self.fields:
                self.add_error(name, wrong)
            elif not self.has_error("kind"):
                self.add_error("kind", "This task has an assignee, or is done. Open it to make something else of it.")
        return said


class ActivityInline(CompanyInline):
    model = Activity
    form = ActivityRow
    fields = ["kind", "summary", "happened_at", "due_on"]
    show_change_link = True


class DealInline(CompanyInline):
    model = Deal
    form = DealRow
    fields = ["name", "stage", "amount", "currency", "opened_on", "closed_on", "outcome_reason"]
    show_change_link = True


class OverrideInline(CompanyInline):
    """Segments that were set by hand. They are made and ended on the fit card, and never deleted."""

    model = Override
    verbose_name_plural = "overrides"
    fields = readonly_fields = ["to", "reason", "by", "made", "until", "how"]
    ordering = ["-created_at", "-pk"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("author")

    def get_formset(self, request: HttpRequest, obj: Company | None = None, **kwargs: Any) -> type[Any]:
        ruleset = ruleset_of(request)
        self.names = {each.key: each.name for each in ruleset.document().profiles} if ruleset else {}
        return super().get_formset(request, obj, **kwargs)

    @admin.display(description="Segment")
    def to(self, override: Override) -> str:
        return self.names.get(override.segment or "", override.segment or "In no segment")

    @admin.display(description="By")
    def by(self, override: Override) -> str:
        return str(override.author.get_full_name() or override.author.get_username())

    @admin.display(description="Set (UTC)")
    def made(self, override: Override) -> str:
        return f"{override.created_at:%Y-%m-%d %H:%M}"

    @admin.display(description="Until")
    def until(self, override: Override) -> str:
        return f"{override.expires_on:%Y-%m-%d}"

    @admin.display(description="State")
    def how(self, override: Override) -> str:
        if override.ended_at:
            return f"Ended {override.ended_at:%Y-%m-%d %H:%M} UTC"
        return "Expired" if override.expires_on < timezone.now().date() else "In force"


class FitChangeInline(CompanyInline):
    model = FitChange
    verbose_name_plural = "fit changes"
    fields = readonly_fields = ["when", "cause", "segment", "points", "rules"]
    ordering = ["-at", "-pk"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def get_formset(self, request: HttpRequest, obj: Company | None = None, **kwargs: Any) -> type[Any]:
        ruleset = ruleset_of(request)
        self.names = {each.key: each.name for each in ruleset.document().profiles} if ruleset else {}
        return super().get_formset(request, obj, **kwargs)

    @admin.display(description="When (UTC)")
    def when(self, change: FitChange) -> str:
        return f"{change.at:%Y-%m-%d %H:%M}"

    @admin.display(description="Segment")
    def segment(self, change: FitChange) -> str:
        return segment_move(change, self.names)

    @admin.display(description="Points")
    def points(self, change: FitChange) -> str:
        return points_move(change) or "not enough data"

    @admin.display(description="Rules")
    def rules(self, change: FitChange) -> str:
        before, after = change.ruleset_before, change.ruleset_after
        return f"ruleset {after}" if before in (None, after) else f"ruleset {before} → {after}"


INLINES = [
    ContactInline,
    ActivityInline,
    DealInline,
    InvestmentInline,
    AcceleratorInline,
    TagInline,
    TechnologyInline,
    OverrideInline,
    FitChangeInline,
    DomainInline,
    ExternalIdInline,
]
