"""What hangs on a company, each on a tab of its own page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Model
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from crm.admin.active import ruleset_of
from crm.admin.fit_card import points_move, segment_move
from crm.admin.scoped import ScopedInline
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


class CompanyInline(ScopedInline):
    """Rows of a company on a tab, with no empty row until one is asked for."""

    tab = True
    extra = 0
    per_page = PER_PAGE
    hide_title = True
    fact = ""

    def get_formset(self, request: HttpRequest, obj: Company | None = None, **kwargs: Any) -> type[Any]:
        """The formset, which says the fact that its rows state."""
        formset: type[Any] = super().get_formset(request, obj, **kwargs)
        formset.fact = self.fact
        return formset


class ContactInline(CompanyInline):
    model = Contact
    fields = ["name", "title", "email", "is_founder", "consent"]
    autocomplete_fields = ["title"]
    show_change_link = True


class InvestmentInline(CompanyInline):
    model = Investment
    ordering = ["pk"]
    verbose_name_plural = "investors"
    fields = ["investor"]
    autocomplete_fields = ["investor"]
    fact = "investors"


class TermWidget(AutocompleteSelect):
    """Looks terms up in one vocabulary only."""

    vocabulary = ""

    def get_url(self) -> str:
        return f"{super().get_url()}?vocabulary={self.vocabulary}"


class TermInline(CompanyInline):
    """Terms of one vocabulary."""

    model = CompanyTerm
    ordering = ["pk"]
    fields = ["term"]
    vocabulary = ""

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(term__vocabulary=self.vocabulary).select_related("term")

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


class ActivityInline(CompanyInline):
    model = Activity
    fields = ["kind", "summary", "happened_at", "due_on"]
    show_change_link = True


class DealInline(CompanyInline):
    model = Deal
    fields = ["name", "stage", "amount", "currency", "opened_on", "closed_on"]
    show_change_link = True


class OverrideInline(CompanyInline):
    model = Override
    fields = ["segment", "reason", "expires_on", "ended_at", "author"]
    readonly_fields = ["author"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        ruleset = ruleset_of(request)
        if db_field.name == "segment" and ruleset:
            choices = [("", "In no segment"), *((each.key, each.name) for each in ruleset.document().ranked())]
            return forms.ChoiceField(
                choices=choices,
                required=False,
                label=field.label,
                widget=UnfoldAdminSelectWidget,
                help_text=field.help_text,
            )
        if db_field.name == "reason":
            field.widget.attrs["rows"] = 2
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Overrides are ended, never deleted, so that their history stays."""
        return False


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
