"""Job titles and the personas they stand for."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from crm.models import Contact, JobTitle
from crm.models.visibility import sees_all
from crm.tasks import wake_after_commit

from .active import ruleset_of
from .paginator import CappedPaginator
from .scoped import ScopedAdmin
from .titles.words import Said, said_of


@admin.register(JobTitle)
class JobTitleAdmin(ScopedAdmin):
    """Each distinct title once, the most frequent first. The queue of titles is at crm.admin.titles."""

    list_display = ["text", "matched", "stands_for", "people"]
    list_filter = [("result", ChoicesCheckboxFilter)]
    list_filter_submit = True
    search_fields = ["text"]
    fields = ["text", "stands_for", "why", "seniority", "function", "people"]
    readonly_fields = ["stands_for", "why", "seniority", "function", "people"]
    sortable_by = ["text"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobTitle]:
        """Titles with the contacts that somebody sees: all of them as of the last count, others counted now."""
        ruleset = ruleset_of(request)
        self.names = {each.key: each.name for each in ruleset.document().personas} if ruleset else {}
        self.counted = sees_all(request.user)
        found: QuerySet[JobTitle] = super().get_queryset(request)
        if not self.counted:
            seen = Contact.objects.visible_to(request.user).filter(title=OuterRef("pk")).order_by().values("title")
            number = Subquery(seen.annotate(number=Count("pk")).values("number"), output_field=IntegerField())
            found = found.annotate(people=Coalesce(number, 0))
        order = F("contact_count").desc(nulls_last=True)
        return found.prefetch_related("personas").order_by(order, "text")

    def save_model(self, request: HttpRequest, obj: JobTitle, form: Any, change: bool) -> None:
        """The title is saved; other words are read again by a worker."""
        if "text" in form.changed_data:
            obj.matched_with = None
        super().save_model(request, obj, form, change)
        wake_after_commit()

    def said(self, title: JobTitle) -> Said:
        return said_of(title, self.names)

    @admin.display(description="Match", ordering="result")
    def matched(self, title: JobTitle) -> str:
        return title.get_result_display() if title.result else "Not matched yet"

    @admin.display(description="Stands for")
    def stands_for(self, title: JobTitle) -> str:
        return self.said(title).whom if title.pk else "Read as soon as it is saved"

    @admin.display(description="Why")
    def why(self, title: JobTitle) -> str:
        return "; ".join(self.said(title).why) or "No pattern fits"

    @admin.display(description="Contacts")
    def people(self, title: JobTitle) -> SafeString | str:
        if not title.pk:
            return "None yet"
        count: Any = title.contact_count if self.counted else getattr(title, "people", None)
        link = f"{reverse('admin:crm_contact_changelist')}?title__id__exact={title.pk}"
        said = "Not counted yet" if count is None else f"{count:,}"
        return format_html('<a href="{}">{}</a>', link, said)
