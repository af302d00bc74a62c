"""The page of one company, with the fit card on top."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from crm.admin.active import ruleset_of
from crm.admin.freshness import freshness_of
from crm.admin.provenance import FACT_OF_FIELD, note_contact_rows, note_edit
from crm.admin.ranges import range_text
from crm.admin.remembering import RememberingPage
from crm.deals import stage_since
from crm.models import Activity, Company, Contact, Deal, Fit
from crm.rescoring import rescore_after_commit

from . import answering, comparing, opinions, overriding
from .card import card_context
from .form import CompanyForm
from .inlines import INLINES
from .looking import is_a_look, last_look, look


class CompanyPage(RememberingPage):
    """Everything about one account, and what can be done with it."""

    form = CompanyForm
    inlines = INLINES
    autocomplete_fields = ["owner", "parent"]
    readonly_fields = ["created_at", "updated_at"]
    change_form_outer_before_template = "crm/fit_card.html"
    fieldsets = [
        ("Company", {"classes": ["tab"], "fields": [
            "name", "domain", "parent", ("country", "city"), ("industry", "company_type"), "notes",
        ]}),
        ("Size and money", {"classes": ["tab"], "fields": [
            ("employees", "consumer_users"), ("monthly_revenue_usd", "funding_total_usd"),
            ("funding_stage", "project_stage"), ("status", "founded"),
        ]}),
        ("How complete", {"classes": ["tab"], "fields": [
            "funding_researched_on", "people_researched_on", "tags_researched_on",
        ]}),
        ("Who works it", {"classes": ["tab"], "fields": [
            ("owner", "team"), "lifecycle_stage", ("created_at", "updated_at"),
        ]}),
    ]  # fmt: skip

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        freshness_of(request)
        return super().changeform_view(request, object_id, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        account = "<int:pk>/"
        return [
            path("<path:object_id>/try-again/", view(self.try_again), name="crm_company_try_again"),
            path(f"{account}answer/<slug:key>/", view(self.answer), name="crm_company_answer"),
            path(f"{account}names/<slug:key>/", view(self.names), name="crm_company_names"),
            path(f"{account}segment/", view(self.override), name="crm_company_override"),
            path(f"{account}segment/<int:override_id>/end/", view(self.end), name="crm_company_override_end"),
            path(f"{account}segment/<int:override_id>/extend/", view(self.extend), name="crm_company_override_extend"),
            path(f"{account}opinion/", view(self.opinion), name="crm_company_opinion"),
            path(f"{account}compare/", view(self.compare), name="crm_company_compare"),
            *super().get_urls(),
        ]

    def answer(self, request: HttpRequest, pk: int, key: str) -> HttpResponse:
        return answering.answer(self, request, pk, key)

    def names(self, request: HttpRequest, pk: int, key: str) -> HttpResponse:
        return answering.names(self, request, pk, key)

    def override(self, request: HttpRequest, pk: int) -> HttpResponse:
        return overriding.override(self, request, pk)

    def end(self, request: HttpRequest, pk: int, override_id: int) -> HttpResponse:
        return overriding.ended(self, request, pk, override_id)

    def extend(self, request: HttpRequest, pk: int, override_id: int) -> HttpResponse:
        return overriding.extended(self, request, pk, override_id)

    def opinion(self, request: HttpRequest, pk: int) -> HttpResponse:
        return opinions.opinion(self, request, pk)

    def compare(self, request: HttpRequest, pk: int) -> HttpResponse:
        return comparing.compare(self, request, pk)

    def try_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """An account that could not be scored is tried again now, and not only when its time has come."""
        company = self.get_object(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if company is None or not self.has_change_permission(request, company):
            raise PermissionDenied
        Fit.objects.filter(pk=company.pk).update(retry_at=None)
        self.message_user(request, "It is tried again now. Load the page again in a few seconds.", messages.INFO)
        return HttpResponseRedirect(reverse("admin:crm_company_change", args=[company.pk]))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Company | None = None,
    ) -> HttpResponse:
        at = timezone.now()
        ruleset = ruleset_of(request)
        context["ruleset"] = ruleset
        if obj and obj.pk:
            seen = last_look(request, obj)
            context |= card_context(self, request, obj, ruleset, since=seen)
            if change and is_a_look(request):
                look(request, obj, at)
        response: HttpResponse = super().render_change_form(request, context, add, change, form_url, obj)
        return response

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Activities are signed by whoever enters them, and theirs to do; a deal is in its stage since it was moved."""
        for row in formset.forms:
            if row.has_changed() and formset.model is Activity:
                begin_activity(row.instance, request.user.pk)
            elif row.has_changed() and formset.model is Deal:
                begin_deal(row.instance, request.user.pk, moved="stage" in row.changed_data)
        super().save_formset(request, form, formset, change)
        if formset.model is Contact:
            note_contact_rows(request, formset)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        edited = {FACT_OF_FIELD[field] for field in form.changed_data if field in FACT_OF_FIELD}
        edited |= {formset.fact for formset in formsets if getattr(formset, "fact", "") and formset.has_changed()}
        note_edit(form.instance, edited, request.user.pk, timezone.now().date())
        rescore_after_commit([form.instance.pk])

    # Ranges, where the form may only be read

    @admin.display(description="Employees")
    def employees(self, company: Company) -> SafeString | str:
        return range_text(company, "employees")

    @admin.display(description="Consumer users")
    def consumer_users(self, company: Company) -> SafeString | str:
        return range_text(company, "consumer_users")

    @admin.display(description="Monthly revenue in US dollars")
    def monthly_revenue_usd(self, company: Company) -> SafeString | str:
        return range_text(company, "monthly_revenue_usd")

    @admin.display(description="Funding raised in US dollars")
    def funding_total_usd(self, company: Company) -> SafeString | str:
        return range_text(company, "funding_total_usd")


def begin_activity(row: Activity, person: int | None) -> None:
    """It was written down by somebody; a new task that names nobody is theirs."""
    if row.author_id is None:
        row.author_id = person
    if row._state.adding and row.kind == Activity.Kind.TASK and row.assignee_id is None:
        row.assignee_id = person


def begin_deal(row: Deal, person: int | None, *, moved: bool) -> None:
    """It is in its stage since now where it is new or was moved; a new one is owned by who enters it."""
    if row._state.adding or moved:
        row.stage_since = stage_since(row, today=timezone.now().date())
    if row._state.adding and row.owner_id is None:
        row.owner_id = person
