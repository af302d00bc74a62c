"""Facts beyond the built-in ones."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse

from personas.models import CustomFact

from .draft.facts import fact_page, facts_page
from .draft.field import identity
from .draft.page import may_draft
from .draft.urls import fact_urls
from .reading import ReadingAdmin
from .vocabulary import KINDS


@admin.register(CustomFact)
class CustomFactAdmin(ReadingAdmin):
    """Facts that the draft adds; for whoever may draft, the editor of them."""

    list_display = ["label", "of_kind", "unit", "key"]

    @admin.display(description="Kind", ordering="kind")
    def of_kind(self, fact: CustomFact) -> str:
        return KINDS.get(fact.kind, fact.kind)  # type: ignore[call-overload,no-any-return]

    def get_urls(self) -> list[URLPattern]:
        return [*fact_urls(self.admin_site), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The facts of the draft for whoever may draft, a list for others."""
        return facts_page(request) if may_draft(request) else super().changelist_view(request, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form of the fact for whoever may draft."""
        if may_draft(request) and request.method == "GET":
            if not CustomFact.objects.filter(pk=identity(object_id)).exists():
                messages.warning(request, "That fact is not in the draft any more.")
                return HttpResponseRedirect(reverse("admin:personas_customfact_changelist"))
            return fact_page(request, int(object_id))
        response: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        return response
