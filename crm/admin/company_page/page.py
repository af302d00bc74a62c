"""The page of one company, with the fit card on top."""

import logging
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from crm.admin.active import ruleset_of
from crm.admin.fit_card import fit_card
from crm.admin.freshness import freshness_of
from crm.admin.provenance import FACT_OF_FIELD, note_edit
from crm.admin.ranges import range_text
from crm.admin.rescoring import rescore_after_commit
from crm.admin.scoped import ScopedAdmin
from crm.admin.stamp import stamp_of
from crm.models import Activity, Company, Fit, Override
from crm.scoring.failures import FAULTS

from .form import CompanyForm
from .inlines import INLINES

logger = logging.getLogger(__name__)


class CompanyPage(ScopedAdmin):
    """Everything about one account, and what can be done with it."""

    form = CompanyForm
    inlines = INLINES
    autocomplete_fields = ["owner", "parent"]
    readonly_fields = ["created_at", "updated_at"]
    change_form_outer_before_template = "crm/fit_card.html"
    warn_unsaved_form = True
    fieldsets = [
        ("Company", {"classes": ["tab"], "fields": [
            "name", "domain", "parent", ("country", "city"), ("industry", "company_type"), "notes",
        ]}),
        ("Size and money", {"classes": ["tab"], "fields": [
            ("employees", "consumer_users"), ("monthly_revenue_usd", "funding_total_usd"),
            ("funding_stage", "project_stage"), ("status", "founded"),
        ]}),
        ("How complete", {"classes": ["tab"], "fields": [
            "funding_researched_on", "people_researched_on", "tags_researched_on",
        ]}),
        ("Who works it", {"classes": ["tab"], "fields": [
            ("owner", "team"), "lifecycle_stage", ("created_at", "updated_at"),
        ]}),
    ]  # fmt: skip

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        freshness_of(request)
        response: HttpResponse = super().changeform_view(request, *args, **kwargs)
        return response

    def get_urls(self) -> list[URLPattern]:
        again = path(
            "<path:object_id>/try-again/", self.admin_site.admin_view(self.try_again), name="crm_company_try_again"
        )
        return [again, *super().get_urls()]

    def try_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """An account that could not be scored is tried again now, and not only when its time has come."""
        company = self.get_object(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if company is None or not self.has_change_permission(request, company):
            raise PermissionDenied
        Fit.objects.filter(pk=company.pk).update(retry_at=None)
        self.message_user(request, "It is tried again now. Load the page again in a few seconds.", messages.INFO)
        return HttpResponseRedirect(reverse("admin:crm_company_change", args=[company.pk]))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Company | None = None,
    ) -> HttpResponse:
        ruleset = ruleset_of(request)
        context["ruleset"] = ruleset
        if obj and obj.pk and ruleset:
            context["stamp"] = stamp_of(obj, ruleset, freshness_of(request))
            try:
                context["card"] = fit_card(obj, ruleset, timezone.now())
            except FAULTS as error:  # what keeps it from being scored must not keep people from mending it
                logger.warning("fit card not shown company=%d error=%s", obj.pk, type(error).__name__)
        response: HttpResponse = super().render_change_form(request, context, add, change, form_url, obj)
        return response

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Activities and overrides are signed by whoever enters them."""
        if formset.model in (Activity, Override):
            for row in formset.forms:
                if row.has_changed() and row.instance.author_id is None:
                    row.instance.author = request.user
        super().save_formset(request, form, formset, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        edited = {FACT_OF_FIELD[field] for field in form.changed_data if field in FACT_OF_FIELD}
        edited |= {formset.fact for formset in formsets if getattr(formset, "fact", "") and formset.has_changed()}
        note_edit(form.instance, edited, request.user.pk, timezone.now().date())
        rescore_after_commit([form.instance.pk])

    # Ranges, where the form may only be read

    @admin.display(description="Employees")
    def employees(self, company: Company) -> SafeString | str:
        return range_text(company, "employees")

    @admin.display(description="Consumer users")
    def consumer_users(self, company: Company) -> SafeString | str:
        return range_text(company, "consumer_users")

    @admin.display(description="Monthly revenue in US dollars")
    def monthly_revenue_usd(self, company: Company) -> SafeString | str:
        return range_text(company, "monthly_revenue_usd")

    @admin.display(description="Funding raised in US dollars")
    def funding_total_usd(self, company: Company) -> SafeString | str:
        return range_text(company, "funding_total_usd")
