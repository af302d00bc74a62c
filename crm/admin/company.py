"""Companies: the list with the best account first, and the page with the fit card on top."""

import logging
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.views import ChangeList

from crm.models import Activity, Company, Fit, Override
from crm.scoring.drain import rescore
from crm.scoring.failures import FAULTS
from personas.publishing import NoRuleset

from . import filters
from .active import ruleset_of
from .company_form import CompanyForm
from .company_inlines import INLINES
from .fit_card import fit_card
from .fit_line import NEVER, FitLine, fit_lines
from .freshness import freshness_of
from .paginator import CappedPaginator
from .provenance import FACT_OF_FIELD, note_edit
from .ranges import Range
from .rescoring import rescore_after_commit
from .scoped import ScopedAdmin
from .stamp import stamp_of

logger = logging.getLogger(__name__)

UNKNOWN = format_html('<span class="icp-unknown">{}</span>', "unknown")


class CompanyChangeList(ChangeList):
    """One page of companies, each with its line of fit."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        companies = list(self.result_list)
        lines = fit_lines(companies, ruleset_of(request))
        for company in companies:
            company.fit_line = lines.get(company.pk, NEVER)
        self.result_list = companies


def line_of(company: Company) -> FitLine:
    """The line that the page has given to the company."""
    line: FitLine = getattr(company, "fit_line", NEVER)
    return line


@admin.register(Company)
class CompanyAdmin(ScopedAdmin):
    """Accounts, the best first."""

    form = CompanyForm
    inlines = INLINES
    list_display = ["account", "segment", "points", "why", "ask", "size", "owned_by", "scored"]
    list_display_links = ["account"]
    list_select_related = ["fit", "owner"]
    list_filter = [
        filters.SegmentFilter,
        filters.PossibleFilter,
        filters.StatusFilter,
        filters.FreshnessFilter,
        filters.BandFilter,
        filters.OwnerFilter,
        filters.CountryFilter,
    ]
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    list_before_template = "crm/list/empty.html"
    # Best first: segment by rank, settled before provisional, then certain points.
    ordering = [
        F("fit__segment_rank").asc(nulls_last=True),
        F("fit__segment_status").asc(nulls_last=True),
        F("fit__low").desc(nulls_last=True),
        "pk",
    ]
    search_fields = ["name", "domain"]
    search_help_text = "Name or domain"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    autocomplete_fields = ["owner", "parent"]
    readonly_fields = ["created_at", "updated_at"]
    change_form_outer_before_template = "crm/fit_card.html"
    warn_unsaved_form = True
    actions = ["score_again"]
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

    # The list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CompanyChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        freshness_of(request)
        response: HttpResponse = super().changelist_view(
            request, {"ruleset": ruleset_of(request)} | (extra_context or {})
        )
        return response

    @admin.display(description="Company", ordering="name")
    def account(self, company: Company) -> SafeString:
        return render_to_string("crm/list/account.html", {"company": company})

    @admin.display(description="Segment", ordering="fit__segment_rank")
    def segment(self, company: Company) -> SafeString:
        return render_to_string("crm/segment_badge.html", {"standing": line_of(company).standing})

    @admin.display(description="Points", ordering="fit__low")
    def points(self, company: Company) -> SafeString:
        return render_to_string("crm/points_bar.html", {"points": line_of(company).points})

    @admin.display(description="Why")
    def why(self, company: Company) -> SafeString:
        return render_to_string("crm/list/why.html", {"why": line_of(company).why})

    @admin.display(description="Ask first")
    def ask(self, company: Company) -> SafeString:
        return render_to_string("crm/list/ask.html", {"line": line_of(company)})

    @admin.display(description="Size, country", ordering="employees_low")
    def size(self, company: Company) -> SafeString:
        return render_to_string(
            "crm/list/size.html", {"company": company, "employees": range_text(company, "employees")}
        )

    @admin.display(description="Owner", ordering="owner__first_name")
    def owned_by(self, company: Company) -> SafeString | str:
        if company.owner is None:
            return format_html('<span class="icp-unknown">{}</span>', "nobody")
        return company.owner.get_full_name() or company.owner.get_username()

    @admin.display(description="Scored")
    def scored(self, company: Company) -> SafeString:
        return render_to_string("crm/list/scored.html", {"line": line_of(company)})

    @admin.action(description="Score again", permissions=["change"])
    def score_again(self, request: HttpRequest, companies: QuerySet[Company]) -> None:
        chosen = Company.objects.editable_by(request.user).filter(pk__in=companies.order_by().values("pk"))
        ids = list(chosen.values_list("pk", flat=True).order_by("pk"))
        try:
            done = rescore(ids, at=timezone.now())
        except NoRuleset as error:
            self.message_user(request, str(error).capitalize(), messages.WARNING)
            return
        said = "1 company is" if len(ids) == 1 else f"{len(ids):,} companies are"
        self.message_user(request, f"{said} up to date; {done.changed:,} results changed.", messages.SUCCESS)

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

    # The page

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


def range_text(company: Company, name: str) -> SafeString | str:
    """The range in the columns NAME_low and NAME_high; a muted word where it is unknown."""
    found = Range(getattr(company, f"{name}_low"), getattr(company, f"{name}_high"))
    return str(found).replace("-", "–") or UNKNOWN
