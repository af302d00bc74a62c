"""The lists that rules look things up in."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse

from personas.models import NamedList, Ruleset

from .draft.field import identity
from .draft.lists import list_page, lists_page
from .draft.page import may_draft
from .draft.urls import list_urls
from .reading import IN_FORCE, ReadingAdmin


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

    def get_urls(self) -> list[URLPattern]:
        return [*list_urls(self.admin_site), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The lists of the draft for whoever may draft, those that can be read for others."""
        return lists_page(request) if may_draft(request) else super().changelist_view(request, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list of the draft for whoever may draft; what is in force for others, and with `?in_force`."""
        if may_draft(request) and request.method == "GET" and IN_FORCE not in request.GET:
            row = NamedList.objects.filter(pk=identity(object_id)).first()
            if row is None:
                messages.warning(request, "That list is not in the draft any more.")
                return HttpResponseRedirect(reverse("admin:personas_namedlist_changelist"))
            return list_page(request, row)
        context = {"drafting": may_draft(request)} | (extra_context or {})
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def page(self, row: NamedList, ruleset: Ruleset | None) -> dict[str, Any]:
        document = ruleset.document() if ruleset else None
        found = next((each for each in document.lists if each.key == row.key), None) if document else None
        return {"list": found}
