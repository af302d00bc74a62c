"""Investors."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from crm.models import Investor
from crm.models.visibility import seen

from .paginator import CappedPaginator
from .scoped import ScopedAdmin


@admin.register(Investor)
class InvestorAdmin(ScopedAdmin):
    """Who invests, and in how many of the companies that one sees."""

    list_display = ["name", "companies"]
    search_fields = ["name"]
    # Counting companies drops the order of the model.
    ordering = ["name", "pk"]
    show_full_result_count = False
    paginator = CappedPaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet[Investor]:
        found: QuerySet[Investor] = super().get_queryset(request)
        return found.annotate(
            companies=Count("investments", filter=seen(request.user, "investments__company__") or None)
        )

    @admin.display(description="Companies", ordering="companies")
    def companies(self, investor: Investor) -> int:
        count: int = getattr(investor, "companies", 0)
        return count
