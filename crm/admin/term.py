"""Tags, technologies, accelerators and other vocabularies."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AllValuesCheckboxFilter

from crm.models import Term

from .paginator import CappedPaginator
from .scoped import ScopedAdmin


@admin.register(Term)
class TermAdmin(ScopedAdmin):
    """The words of each vocabulary."""

    list_display = ["name", "vocabulary"]
    list_filter = [("vocabulary", AllValuesCheckboxFilter)]
    list_filter_submit = True
    search_fields = ["name"]
    fields = ["vocabulary", "name"]
    ordering = ["vocabulary", "name"]
    show_full_result_count = False
    paginator = CappedPaginator

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Term], search_term: str
    ) -> tuple[QuerySet[Term], bool]:
        """What matches, of one vocabulary where the field that asks names it."""
        found, doubles = super().get_search_results(request, queryset, search_term)
        vocabulary: Any = request.GET.get("vocabulary")
        return (found.filter(vocabulary=vocabulary) if vocabulary else found), doubles
