"""Pages of the rules that can be read and not edited."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from personas.models import Ruleset

# In an address: the page that everybody sees, for whoever would see the draft.
IN_FORCE = "in_force"


class ReadingAdmin(ModelAdmin):
    """A list and a page that nobody can edit; `page` says what stands on the page."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_before_template = "personas/read_only.html"
    actions = None

    def page(self, row: Any, ruleset: Ruleset | None) -> dict[str, Any]:
        """What the template of the page shows of `row` beyond the row itself, by the active ruleset."""
        return {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """None: the page is a template."""
        return []

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        ruleset = Ruleset.objects.active().first()
        response: HttpResponse = super().changelist_view(request, {"ruleset": ruleset} | (extra_context or {}))
        return response

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        ruleset = Ruleset.objects.active().first()
        context |= {"ruleset": ruleset, "show_history": False} | self.page(obj, ruleset)
        response: HttpResponse = super().render_change_form(request, context, add, change, form_url, obj)
        return response
