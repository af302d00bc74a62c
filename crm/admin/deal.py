"""Deals."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, DropdownFilter

from crm.deals import stage_since
from crm.models import Deal
from crm.models.visibility import teams_of
from crm.rescoring import rescore_after_commit

from .deal_board import MOST_COLLEAGUES, board, close, colleagues, move
from .deal_form import DealForm
from .history import who
from .paginator import CappedPaginator
from .remembering import RememberingPage
from .scoped import VisibleSelectFilter

Deals = QuerySet[Deal]


class OpenFilter(DropdownFilter):
    """Whether the deal is still in the making."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("open", "Open"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, queryset: Deals) -> Deals:
        if self.value() == "open":
            return queryset.exclude(stage__in=Deal.CLOSED)
        return queryset.filter(stage__in=Deal.CLOSED) if self.value() == "closed" else queryset


class OwnerFilter(DropdownFilter):
    """Whose deal it is: mine, my team's account's, nobody's, or a colleague's by name."""

    title = "owner"
    parameter_name = "owned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        others = [each for each in colleagues(request)[:MOST_COLLEAGUES] if each.pk != request.user.pk]
        return [
            ("me", "Me"),
            ("team", "My team"),
            ("nobody", "Nobody"),
            *((str(each.pk), who(each)) for each in others),
        ]

    def queryset(self, request: HttpRequest, queryset: Deals) -> Deals:
        value = self.value()
        if not value:
            return queryset
        if value not in dict(self.lookup_choices):
            return queryset.none()
        if value == "nobody":
            return queryset.filter(owner=None)
        if value == "team":
            return queryset.filter(company__team__in=teams_of(request.user) if isinstance(request.user, User) else [])
        return queryset.filter(owner=request.user.pk if value == "me" else int(value))


@admin.register(Deal)
class DealAdmin(RememberingPage):
    """Sales in the making and their outcomes, the newest first."""

    form = DealForm
    list_display = ["name", "company", "stage", "value", "opened_on", "closed_on", "outcome", "owned_by"]
    list_select_related = ["company", "owner"]
    list_filter = [
        OwnerFilter, ("stage", ChoicesCheckboxFilter), OpenFilter,
        ("company", VisibleSelectFilter),
    ]  # fmt: skip
    list_filter_submit = True
    list_before_template = "crm/working/deals_before.html"
    list_per_page = 50
    search_fields = ["name", "company__name"]
    search_help_text = "Deal or company"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    autocomplete_fields = ["company", "owner"]
    fieldsets = [
        (None, {"fields": ["name", "company", "stage", ("amount", "currency"), ("opened_on", "owner")]}),
        ("Outcome", {"fields": ["closed_on", "outcome_reason"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("board/", view(board), name="crm_deal_board"),
            path("<int:pk>/move/", view(move), name="crm_deal_move"),
            path("<int:pk>/close/", view(close), name="crm_deal_close"),
            *super().get_urls(),
        ]

    @admin.display(description="Amount", ordering="amount")
    def value(self, deal: Deal) -> SafeString | str:
        if deal.amount is None:
            return format_html('<span class="icp-unknown">{}</span>', "unknown")
        return f"{deal.amount:,.0f} {deal.currency}"

    @admin.display(description="Outcome")
    def outcome(self, deal: Deal) -> str:
        return deal.outcome_reason or ""

    @admin.display(description="Owner", ordering="owner__first_name")
    def owned_by(self, deal: Deal) -> SafeString | str:
        return who(deal.owner) if deal.owner else format_html('<span class="icp-unknown">{}</span>', "nobody")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"opened_on": timezone.now().date(), "owner": request.user.pk} | super().get_changeform_initial_data(
            request
        )

    def save_model(self, request: HttpRequest, obj: Deal, form: Any, change: bool) -> None:
        if not change or "stage" in form.changed_data:
            obj.stage_since = stage_since(obj, today=timezone.now().date())
        super().save_model(request, obj, form, change)
        rescore_after_commit([obj.company_id, form.initial.get("company")])
