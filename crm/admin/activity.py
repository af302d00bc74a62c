"""Activities."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from crm.models import Activity, Contact

from .paginator import CappedPaginator
from .rescoring import rescore_after_commit
from .scoped import UNDISCLOSED, ScopedAdmin


@admin.register(Activity)
class ActivityAdmin(ScopedAdmin):
    """Notes, calls, e-mails, meetings and tasks, the newest first."""

    list_display = ["summary", "kind", "company", "whom", "happened_at", "due_on", "done_at"]
    list_select_related = ["company"]
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Activity]:
        found: QuerySet[Activity] = super().get_queryset(request)
        return found.prefetch_related(Prefetch("contact", Contact.objects.visible_to(request.user)))

    @admin.display(description="Contact")
    def whom(self, activity: Activity) -> SafeString | str:
        if activity.contact_id and activity.contact is None:
            return UNDISCLOSED
        return activity.contact.name if activity.contact else ""

    def save_model(self, request: HttpRequest, obj: Activity, form: Any, change: bool) -> None:
        if obj.author_id is None and request.user.pk:
            obj.author_id = request.user.pk
        super().save_model(request, obj, form, change)
        rescore_after_commit([obj.company_id, form.initial.get("company")])
