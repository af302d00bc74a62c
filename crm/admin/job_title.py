"""Job titles and the personas they stand for."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from crm.models import JobTitle
from crm.models.visibility import of_people, seen

from .active import ruleset_of
from .paginator import CappedPaginator
from .scoped import ScopedAdmin


@admin.register(JobTitle)
class JobTitleAdmin(ScopedAdmin):
    """Each distinct title once, the most frequent first."""

    list_display = ["text", "matched", "stands_for", "people"]
    list_filter = [("result", ChoicesCheckboxFilter)]
    list_filter_submit = True
    search_fields = ["text"]
    fields = ["text", "matched", "stands_for", "seniority", "function"]
    readonly_fields = ["matched", "stands_for", "seniority", "function"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobTitle]:
        ruleset = ruleset_of(request)
        self.names = {each.key: each.name for each in ruleset.document().personas} if ruleset else {}
        found: QuerySet[JobTitle] = super().get_queryset(request)
        people = of_people(seen(request.user, "contacts__company__"), request.user, "contacts__")
        counted = Count("contacts", filter=people or None)
        return found.annotate(people=counted).prefetch_related("personas").order_by("-people", "text")

    @admin.display(description="Match", ordering="result")
    def matched(self, title: JobTitle) -> str:
        return title.get_result_display() if title.result else "Not matched yet"

    @admin.display(description="Stands for")
    def stands_for(self, title: JobTitle) -> str:
        return " or ".join(self.names.get(each.persona, each.persona) for each in title.personas.all()) or "nobody"

    @admin.display(description="People", ordering="people")
    def people(self, title: JobTitle) -> int:
        count: Any = getattr(title, "people", 0)
        return int(count)
