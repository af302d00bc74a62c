"""Contacts."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminSelectWidget

from crm.models import Contact, Employment

from .active import ruleset_of
from .paginator import CappedPaginator
from .rescoring import rescore_after_commit
from .scoped import ScopedAdmin, ScopedInline, VisibleSelectFilter

UNKNOWN = format_html('<span class="icp-unknown">{}</span>', "unknown")


class EmploymentInline(ScopedInline):
    model = Employment
    extra = 0
    fields = ["kind", "employer", "title", "ended_on"]
    autocomplete_fields = ["employer"]
    verbose_name, verbose_name_plural = "employer", "other employers"


@admin.register(Contact)
class ContactAdmin(ScopedAdmin):
    """People, with the persona that their title stands for."""

    list_display = ["name", "job_title", "personas", "company", "email", "founder", "consent"]
    list_select_related = ["company", "title"]
    list_filter = [("company", VisibleSelectFilter), ("consent", ChoicesDropdownFilter)]
    list_filter_submit = True
    list_per_page = 50
    empty_value_display = UNKNOWN
    search_fields = ["name", "email", "company__name"]
    search_help_text = "Name, e-mail or company"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    autocomplete_fields = ["company", "title", "owner"]
    readonly_fields = ["created_at", "updated_at"]
    inlines = [EmploymentInline]
    fieldsets = [
        ("Person", {"fields": ["name", "company", "title", "persona", "is_founder"]}),
        ("How to reach them", {"fields": ["email", "linkedin_url", "city", "followers", "consent"]}),
        ("Who works it", {"fields": ["owner", ("created_at", "updated_at")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        found: QuerySet[Contact] = super().get_queryset(request)
        return found.prefetch_related("title__personas")

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """The columns; personas get the names that the active ruleset gives them."""
        ruleset = ruleset_of(request)
        self.names = {each.key: each.name for each in ruleset.document().personas} if ruleset else {}
        return list(self.list_display)

    @admin.display(description="Job title", ordering="title__text")
    def job_title(self, contact: Contact) -> SafeString | str:
        return contact.title.text if contact.title else UNKNOWN

    @admin.display(description="Persona")
    def personas(self, contact: Contact) -> SafeString | str:
        keys = [contact.persona] if contact.persona else []
        if not keys and contact.title:
            keys = [each.persona for each in contact.title.personas.all()]
        if not keys:
            return format_html('<span class="icp-unknown">{}</span>', "no match" if contact.title else "unknown")
        names = [self.names.get(key, key) for key in keys if key]
        return format_html_join(" or ", "{}", ((name,) for name in names))

    @admin.display(description="Founder", ordering="is_founder")
    def founder(self, contact: Contact) -> SafeString | str:
        return UNKNOWN if contact.is_founder is None else "Yes" if contact.is_founder else "No"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        ruleset = ruleset_of(request)
        if db_field.name == "persona" and ruleset:
            personas = [(each.key, each.name) for each in ruleset.document().personas]
            return forms.ChoiceField(
                choices=[("", "As the title says"), *personas],
                required=False,
                widget=UnfoldAdminSelectWidget,
                help_text=db_field.help_text,
            )
        if db_field.name == "linkedin_url":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        rescore_after_commit([form.instance.company_id, form.initial.get("company")])

    def delete_model(self, request: HttpRequest, obj: Contact) -> None:
        super().delete_model(request, obj)
        rescore_after_commit([obj.company_id])
