"""The list of contacts."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from crm.models import Contact, JobTitle

from .active import ruleset_of
from .company_list.rule_filters import may_stand_for, stands_for
from .paginator import CappedPaginator
from .scoped import ScopedAdmin, VisibleSelectFilter

UNKNOWN = format_html('<span class="icp-unknown">{}</span>', "unknown")


class PersonaFilter(DropdownFilter):
    """Who somebody stands for: for certain, or as one of several."""

    title = "persona"
    parameter_name = "persona"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        ruleset = ruleset_of(request)
        return [(each.key, each.name or each.key) for each in ruleset.document().personas] if ruleset else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Contact]) -> QuerySet[Contact]:
        value = self.value()
        if not value:
            return queryset
        found = Contact.objects.filter(stands_for(value) | may_stand_for(value)).order_by()
        return queryset.filter(pk__in=found.values("pk")) if "\0" not in value else queryset.none()


class MatchFilter(DropdownFilter):
    """What came of matching the job title, where no person decided."""

    title = "title match"
    parameter_name = "match"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*JobTitle.Result.choices, ("untitled", "No title"), ("decided", "Decided by a person")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Contact]) -> QuerySet[Contact]:
        value = self.value()
        if not value:
            return queryset
        if value == "decided":
            return queryset.filter(persona__isnull=False)
        if value == "untitled":
            return queryset.filter(title=None)
        if value not in JobTitle.Result.values:
            return queryset.none()
        titles = JobTitle.objects.filter(result=value).order_by()
        return queryset.filter(persona=None, title__in=titles.values("pk"))


class ContactListing(ScopedAdmin):
    """People by name, with the persona that their title stands for."""

    list_display = ["name", "job_title", "personas", "company", "email", "founder", "consent"]
    list_select_related = ["company", "title"]
    list_filter = [
        PersonaFilter,
        MatchFilter,
        ("company", VisibleSelectFilter),
        ("consent", ChoicesDropdownFilter),
    ]
    list_filter_submit = True
    list_per_page = 50
    list_max_show_all = 50
    # By the index of names, and by nothing that would sort all of them.
    ordering = ["name", "pk"]
    sortable_by = ["name"]
    empty_value_display = UNKNOWN
    search_fields = ["name", "email", "company__name"]
    search_help_text = "Name, e-mail or company"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        found: QuerySet[Contact] = super().get_queryset(request)
        return found.prefetch_related("title__personas")

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """The columns; personas get the names that the active ruleset gives them."""
        ruleset = ruleset_of(request)
        self.names = {each.key: each.name for each in ruleset.document().personas} if ruleset else {}
        return list(self.list_display)

    @admin.display(description="Job title")
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

    @admin.display(description="Founder")
    def founder(self, contact: Contact) -> SafeString | str:
        return UNKNOWN if contact.is_founder is None else "Yes" if contact.is_founder else "No"
