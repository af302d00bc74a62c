"""One page of companies: which come in which order, without reading the others."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.views import ChangeList

from crm.admin.active import ruleset_of
from crm.admin.fit_line import NEVER, fit_lines
from crm.models import Company, Fit
from crm.models.visibility import sees_all

from .narrowing import document_of
from .people import People, people_of, with_last_activity

BEST_FIRST = ("fit__place", "fit__company_id")
BY_NAME = ("name", "pk")
ORDERS = {"place": BEST_FIRST, "name": BY_NAME}
"""What the list can be sorted by, with the index that has the rows in this order."""


class CompanyChangeList(ChangeList):
    """One page of companies, each with its line of fit, its people and what was last done.

    The ids of the page come first, in the order of an index and from nothing but
    what narrows the list; the rows are read for those ids alone.
    """

    result_list: Any

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        """The columns of one index, all in one direction, so that no database sorts all rows."""
        asked = super().get_ordering(request, queryset)
        first = str(asked[0]) if asked else ""
        columns = BY_NAME if first.lstrip("-") == "name" else BEST_FIRST
        return [f"-{each}" for each in columns] if first.startswith("-") else list(columns)

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """The companies that the filters leave. Every company has a fit, and to say so lets its index lead."""
        found: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        return found.filter(fit__isnull=False) if "fit__place" in str(found.query.order_by[0]) else found

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        ids = self.all_best_first(request) if self.is_whole(request) else self.result_list.values_list("pk", flat=True)
        self.result_list = page_of(request, list(ids))

    def is_whole(self, request: HttpRequest) -> bool:
        """Whether nothing at all narrows the list, and it is sorted by fit."""
        first = str(self.queryset.query.order_by[0])
        return sees_all(request.user) and not self.query and not self.get_filters_params() and BEST_FIRST[0] in first

    def all_best_first(self, request: HttpRequest) -> QuerySet[Any, Any]:
        """The ids of this page out of all companies, from one index alone."""
        order = [str(each).replace("fit__", "") for each in self.queryset.query.order_by]
        page = self.result_list.query
        return Fit.objects.order_by(*order).values_list("company_id", flat=True)[page.low_mark : page.high_mark]


def page_of(request: HttpRequest, ids: Sequence[int]) -> list[Company]:
    """These companies in this order, each with what a row shows of it, in a fixed number of queries."""
    rows = with_last_activity(Company.objects.filter(pk__in=ids).order_by(), timezone.now())
    found = {company.pk: company for company in rows.select_related("fit", "owner").defer("notes")}
    companies = [found[pk] for pk in ids if pk in found]
    lines = fit_lines(companies, ruleset_of(request))
    people = people_of(companies, document_of(request))
    for company in companies:
        shown: Any = company
        shown.fit_line = lines.get(company.pk, NEVER)
        shown.people = people.get(company.pk, People())
    return companies
