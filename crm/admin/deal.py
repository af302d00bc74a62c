"""Deals."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from crm.models import Deal

from .paginator import CappedPaginator
from .rescoring import rescore_after_commit
from .scoped import ScopedAdmin


@admin.register(Deal)
class DealAdmin(ScopedAdmin):
    """Sales in the making and their outcomes, the newest first."""

    list_display = ["name", "company", "stage", "value", "opened_on", "closed_on", "owner"]
    list_select_related = ["company", "owner"]
    list_filter = [("stage", ChoicesCheckboxFilter)]
    list_filter_submit = True
    list_per_page = 50
    search_fields = ["name", "company__name"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    autocomplete_fields = ["company", "owner"]
    fields = [
        "name", "company", "stage", ("amount", "currency"), ("opened_on", "closed_on"), "outcome_reason", "owner",
    ]  # fmt: skip

    @admin.display(description="Amount", ordering="amount")
    def value(self, deal: Deal) -> SafeString | str:
        if deal.amount is None:
            return format_html('<span class="icp-unknown">{}</span>', "unknown")
        return f"{deal.amount:,.0f} {deal.currency}"

    def save_model(self, request: HttpRequest, obj: Deal, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        rescore_after_commit([obj.company_id, form.initial.get("company")])
