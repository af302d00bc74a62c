"""The lists that rules look things up in."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from personas.models import NamedList, Ruleset

from .reading import ReadingAdmin


@admin.register(NamedList)
class NamedListAdmin(ReadingAdmin):
    """Lists, with how many names are on each."""

    list_display = ["title", "matched", "size"]
    change_form_outer_before_template = "personas/named_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[NamedList]:
        found: QuerySet[NamedList] = super().get_queryset(request)
        return found.annotate(size=Count("entries"))

    @admin.display(description="Matched")
    def matched(self, named: NamedList) -> str:
        return named.get_match_display()

    @admin.display(description="Names")
    def size(self, named: NamedList) -> int:
        count: int = getattr(named, "size", 0)
        return count

    def page(self, row: NamedList, ruleset: Ruleset | None) -> dict[str, Any]:
        document = ruleset.document() if ruleset else None
        found = next((each for each in document.lists if each.key == row.key), None) if document else None
        return {"list": found}
