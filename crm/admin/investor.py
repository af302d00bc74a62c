"""Investors."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from crm.models import Investor

from .paginator import CappedPaginator


@admin.register(Investor)
class InvestorAdmin(ModelAdmin):
    """Who invests, and in how many of our companies."""

    list_display = ["name", "companies"]
    search_fields = ["name"]
    show_full_result_count = False
    paginator = CappedPaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet[Investor]:
        found: QuerySet[Investor] = super().get_queryset(request)
        return found.annotate(companies=Count("investments"))

    @admin.display(description="Companies", ordering="companies")
    def companies(self, investor: Investor) -> int:
        count: int = getattr(investor, "companies", 0)
        return count
