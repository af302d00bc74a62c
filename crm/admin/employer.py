"""Employers."""

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.models import Company, Employer

from .paginator import CappedPaginator
from .scoped import UNDISCLOSED, ScopedAdmin


@admin.register(Employer)
class EmployerAdmin(ScopedAdmin):
    """Where our contacts work or worked, by name."""

    list_display = ["name", "account"]
    fields = ["name", "company"]
    search_fields = ["name"]
    autocomplete_fields = ["company"]
    show_full_result_count = False
    paginator = CappedPaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet[Employer]:
        found: QuerySet[Employer] = super().get_queryset(request)
        return found.prefetch_related(Prefetch("company", Company.objects.visible_to(request.user)))

    @admin.display(description="Company")
    def account(self, employer: Employer) -> SafeString | str:
        if employer.company_id and employer.company is None:
            return UNDISCLOSED
        if employer.company is None:
            return ""
        page = reverse("admin:crm_company_change", args=[employer.company.pk])
        return format_html('<a class="icp-link" href="{}">{}</a>', page, employer.company.name)
