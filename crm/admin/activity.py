"""Activities."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from crm.models import Activity

from .paginator import CappedPaginator
from .rescoring import rescore_after_commit


@admin.register(Activity)
class ActivityAdmin(ModelAdmin):
    """Notes, calls, e-mails, meetings and tasks, the newest first."""

    list_display = ["summary", "kind", "company", "contact", "happened_at", "due_on", "done_at"]
    list_select_related = ["company", "contact"]
    list_filter = [("kind", ChoicesCheckboxFilter)]
    list_filter_submit = True
    list_per_page = 50
    search_fields = ["summary", "company__name"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    autocomplete_fields = ["company", "contact"]
    readonly_fields = ["author"]
    fields = ["kind", "summary", "body", "company", "contact", "happened_at", "due_on", "done_at", "author"]

    def save_model(self, request: HttpRequest, obj: Activity, form: Any, change: bool) -> None:
        if obj.author_id is None and request.user.pk:
            obj.author_id = request.user.pk
        super().save_model(request, obj, form, change)
        rescore_after_commit([obj.company_id, form.initial.get("company")])
