"""The list of companies, the best first."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.views import ChangeList

from crm.admin.active import ruleset_of
from crm.admin.fit_line import NEVER, FitLine, fit_lines
from crm.admin.freshness import freshness_of
from crm.admin.paginator import CappedPaginator
from crm.admin.ranges import range_text
from crm.admin.scoped import ScopedAdmin
from crm.models import Company
from crm.scoring.drain import rescore
from personas.publishing import NoRuleset

from . import filters


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


class CompanyListing(ScopedAdmin):
    """The best account first: what each row says, what narrows the list, what is done to many at once."""

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
    ordering = ["fit__place", "pk"]
    search_fields = ["name", "domain"]
    search_help_text = "Name or domain"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    actions = ["score_again"]

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

    @admin.display(description="Segment", ordering="fit__place")
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
