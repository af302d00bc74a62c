"""The list of companies, the best first."""

from itertools import islice
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse_lazy
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from unfold.views import ChangeList

from crm.admin.active import ruleset_of
from crm.admin.fit_card import fit_card
from crm.admin.fit_line import NEVER, FitLine
from crm.admin.freshness import freshness_of
from crm.admin.paginator import CappedPaginator
from crm.models import Activity, Company
from crm.scoring.failures import FAULTS

from . import filters, rule_filters
from .actions import CompanyActions
from .changelist import CompanyChangeList
from .chips import chips_of
from .narrowing import LookupNarrowing
from .neighbours import neighbours
from .people import People, age
from .saved_views import SavedViewDoors, sanitised, views_of
from .search import search

PAGE = "company"
LIST = reverse_lazy("admin:crm_company_changelist")

FILTERS: list[Any] = [
    filters.SegmentFilter,
    filters.PossibleFilter,
    filters.StatusFilter,
    filters.ByRulesFilter,
    filters.BandFilter,
    filters.PointsFilter,
    filters.OwnerFilter,
    filters.StageFilter,
    rule_filters.CriterionFilter,
    rule_filters.MissingFilter,
    rule_filters.SettleFilter,
    rule_filters.BestFilter,
    rule_filters.PersonaFilter,
    filters.TagFilter,
    filters.CountryFilter,
    filters.MovedFilter,
    filters.ByRulesetFilter,
    filters.FreshnessFilter,
]

LOOKUPS: dict[str, type[LookupNarrowing]] = {
    each.parameter_name: each for each in FILTERS if issubclass(each, LookupNarrowing)
}

PARAMETERS = (
    *(each.parameter_name for each in FILTERS if each is not filters.PointsFilter),
    "points_from",
    "points_to",
    SEARCH_VAR,
    ORDER_VAR,
)
"""All that an address of the list may hold, but for the page."""

RULE_PARAMETERS = ("criterion", "missing")
LOOKED_UP = 20


def line_of(company: Company) -> FitLine:
    """The line that the page has given to the company."""
    line: FitLine = getattr(company, "fit_line", NEVER)
    return line


class NeighbourList(CompanyChangeList):
    """The list without a page of it: only which companies are in it, and in which order."""

    def get_results(self, request: HttpRequest) -> None:
        self.result_count, self.result_list = 0, []


class CompanyListing(CompanyActions):
    """The best account first: what each row says, what narrows the list, what is done to many at once."""

    list_display = [
        "receipt", "account", "segment", "points", "why", "ask", "owned_by", "people", "last_activity", "scored",
    ]  # fmt: skip
    list_display_links = ["account"]
    list_select_related = False
    sortable_by = ["account", "segment"]
    list_filter = FILTERS
    list_filter_submit = True
    list_filter_sheet = True
    list_fullwidth = True
    list_per_page = 50
    list_max_show_all = 50
    list_before_template = "crm/list/above.html"
    ordering = ["fit__place", "pk"]
    search_fields = ["name", "domain"]
    search_help_text = "Name, domain or person"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator

    class Media:
        js = ["crm/list.js"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        doors = SavedViewDoors(PAGE, LIST, PARAMETERS)
        return [
            path("choices/<slug:name>/", view(self.choices_found), name="crm_company_choices"),
            path("views/save/", view(self.with_views(doors.save)), name="crm_company_view_save"),
            path("views/<int:pk>/", view(self.with_views(doors.change)), name="crm_company_view_change"),
            path("views/<int:pk>/delete/", view(self.with_views(doors.delete)), name="crm_company_view_delete"),
            path("<int:pk>/receipt/", view(never_cache(self.receipt_row)), name="crm_company_receipt"),
            path("<int:pk>/neighbours/", view(never_cache(self.neighbours_bar)), name="crm_company_neighbours"),
            *super().get_urls(),
        ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CompanyChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Company], search_term: str
    ) -> tuple[QuerySet[Company], bool]:
        return search(request, queryset, search_term), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        freshness_of(request)
        response: HttpResponse = super().changelist_view(request, extra_context)
        context: dict[str, Any] | None = getattr(response, "context_data", None)
        if context is not None and "cl" in context:
            context |= self.above(request, context["cl"])
        return response

    def above(self, request: HttpRequest, changelist: Any) -> dict[str, Any]:
        """What stands above the list: saved views, what narrows it, and what to do where nothing is shown."""
        chips = list(chips_of(changelist))
        asks_rules = any(changelist.params.get(name) for name in RULE_PARAMETERS)
        empty = changelist.result_count == 0
        changelist.nothing = "matches" if empty and chips else "there" if empty else ""
        return {
            "ruleset": ruleset_of(request),
            "chips": chips,
            "views": views_of(request, PAGE, PARAMETERS),
            "query": request.META.get("QUERY_STRING", ""),
            "left_out": asks_rules and rule_filters.others_waiting(request),
        }

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Company | None = None,
    ) -> HttpResponse:
        """The page of one, which knows the list that somebody came from."""
        context["list_query"] = sanitised(request.GET.get("_changelist_filters", ""), PARAMETERS)
        return super().render_change_form(request, context, add, change, form_url, obj)

    # Columns

    @admin.display(description="Receipt")
    def receipt(self, company: Company) -> SafeString:
        return render_to_string("crm/list/receipt_button.html", {"company": company})

    @admin.display(description="Company", ordering="name")
    def account(self, company: Company) -> SafeString:
        return render_to_string("crm/list/account.html", {"company": company})

    @admin.display(description="Segment", ordering="fit__place")
    def segment(self, company: Company) -> SafeString:
        return render_to_string("crm/segment_badge.html", {"standing": line_of(company).standing})

    @admin.display(description="Points")
    def points(self, company: Company) -> SafeString:
        return render_to_string("crm/points_bar.html", {"points": line_of(company).points})

    @admin.display(description="Why")
    def why(self, company: Company) -> SafeString:
        return render_to_string("crm/list/why.html", {"why": line_of(company).why})

    @admin.display(description="Ask first")
    def ask(self, company: Company) -> SafeString:
        return render_to_string("crm/list/ask.html", {"line": line_of(company)})

    @admin.display(description="Owner, stage")
    def owned_by(self, company: Company) -> SafeString:
        owner = filters.name_of(company.owner) if company.owner else ""
        return render_to_string("crm/list/owner.html", {"owner": owner, "stage": company.get_lifecycle_stage_display()})

    @admin.display(description="People")
    def people(self, company: Company) -> SafeString:
        return render_to_string("crm/list/people.html", {"people": getattr(company, "people", People())})

    @admin.display(description="Last activity")
    def last_activity(self, company: Company) -> SafeString:
        kind, at = getattr(company, "last_kind", None), getattr(company, "last_at", None)
        word = Activity.Kind(kind).label if kind else ""
        return render_to_string("crm/list/last_activity.html", {"kind": word, "at": at, "age": age(at) if at else ""})

    @admin.display(description="Scored")
    def scored(self, company: Company) -> SafeString:
        return render_to_string("crm/list/scored.html", {"line": line_of(company)})

    # What the page asks for later

    def with_views(self, door: Any) -> Any:
        """A door to saved views, for whoever may see the list."""

        def opened(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            response: HttpResponse = door(request, **kwargs)
            return response

        return opened

    def choices_found(self, request: HttpRequest, name: str) -> HttpResponse:
        """The choices of a filter that go with what was typed, as a select asks for them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        lookup = LOOKUPS.get(name)
        if lookup is None:
            raise Http404("There is no such filter.")
        term = request.GET.get("term", "").replace("\0", "")[:100]
        found = [{"id": key, "text": text} for key, text in islice(lookup.found(request, term), LOOKED_UP)]
        return JsonResponse({"results": found, "pagination": {"more": False}})

    def seen(self, request: HttpRequest, pk: int) -> Company:
        """The company with this id; raises Http404 where this person sees none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        company: Company | None = self.get_queryset(request).filter(pk=pk).first()
        if company is None:
            raise Http404("There is no such company.")
        return company

    def receipt_row(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The receipt of one row: what the account's own segment says, line by line."""
        company, ruleset = self.seen(request, pk), ruleset_of(request)
        card = None
        if ruleset:
            try:
                card = fit_card(company, ruleset, timezone.now())
            except FAULTS:  # the page of the account says so
                card = None
        section = (card.own or card.headline) if card else None
        context = {"company": company, "card": card, "section": section, "ruleset": ruleset}
        return render(request, "crm/list/receipt.html", context)

    def neighbours_bar(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Links to the accounts before and after this one, in the list whose address the question mark begins."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            changelist = self.narrowed_list(request)
        except IncorrectLookupParameters as error:
            raise Http404("There is no such list.") from error
        order = list(changelist.queryset.query.order_by)
        found = neighbours(changelist.queryset, order, pk, seen=Company.objects.visible_to(request.user))
        query = request.META.get("QUERY_STRING", "")
        return render(
            request, "crm/list/neighbours_bar.html", {"found": found, "query": query, "narrowed": bool(query)}
        )

    def narrowed_list(self, request: HttpRequest) -> NeighbourList:
        """The list that the address narrows, without reading a page of it."""
        return NeighbourList(
            request, self.model, ["action_checkbox", *self.get_list_display(request)], self.list_display_links,
            self.get_list_filter(request), None, self.get_search_fields(request), False, self.list_per_page,
            self.list_max_show_all, (), self, self.sortable_by, self.search_help_text,
        )  # fmt: skip
