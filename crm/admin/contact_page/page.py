"""The page of one contact, with who they are to us on top."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget

from crm.admin.active import ruleset_of
from crm.admin.provenance import note_contact_edit
from crm.admin.remembering import Remembering, RememberingPage
from crm.admin.scoped import ScopedInline
from crm.models import Contact, ContactExternalId, Employment
from crm.moving import move as move_contact
from crm.rescoring import rescore_after_commit

from . import day_jobs, deciding, moving, past, sources
from .card import person_card
from .receipt import contact_card


class EmploymentInline(ScopedInline):
    model = Employment
    extra = 0
    fields = ["kind", "employer", "title", "ended_on"]
    autocomplete_fields = ["employer"]
    verbose_name, verbose_name_plural = "employer", "other employers"


class ContactExternalIdInline(ScopedInline):
    model = ContactExternalId
    extra = 0
    fields = ["system", "value"]
    ordering = ["pk"]
    verbose_name, verbose_name_plural = "external id", "external ids"


class ContactPage(RememberingPage):
    """A person, how to reach them, and where else they work or worked."""

    form = Remembering
    autocomplete_fields = ["company", "title", "owner"]
    readonly_fields = ["created_at", "updated_at"]
    inlines = [EmploymentInline, ContactExternalIdInline]
    change_form_outer_before_template = "crm/working/person.html"
    fieldsets = [
        ("Person", {"fields": ["name", "company", "title", "persona", "is_founder"]}),
        ("How to reach them", {"fields": ["email", "linkedin_url", "city", "followers", "consent"]}),
        ("Who works it", {"fields": ["owner", ("created_at", "updated_at")]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        contact = "<int:pk>/"
        return [
            path(f"{contact}persona/", view(self.persona), name="crm_contact_persona"),
            path(f"{contact}roles/", view(self.roles), name="crm_contact_roles"),
            path(f"{contact}champion/", view(self.champion), name="crm_contact_champion"),
            path(f"{contact}move/", view(self.move), name="crm_contact_move"),
            path(f"{contact}move/back/", view(self.move_back), name="crm_contact_move_back"),
            path(f"{contact}employer/<int:employer_id>/", view(self.link_employer), name="crm_contact_employer"),
            path("day-jobs/<int:company_id>/", view(self.day_jobs), name="crm_contact_day_jobs"),
            *super().get_urls(),
        ]

    def persona(self, request: HttpRequest, pk: int) -> HttpResponse:
        return deciding.decide(self, request, pk, "persona")

    def roles(self, request: HttpRequest, pk: int) -> HttpResponse:
        return deciding.decide(self, request, pk, "roles")

    def champion(self, request: HttpRequest, pk: int) -> HttpResponse:
        return deciding.decide(self, request, pk, "is_champion")

    def move(self, request: HttpRequest, pk: int) -> HttpResponse:
        return moving.move(self, request, pk)

    def move_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        return moving.move_back(self, request, pk)

    def link_employer(self, request: HttpRequest, pk: int, employer_id: int) -> HttpResponse:
        return past.link_employer(self, request, pk, employer_id)

    def day_jobs(self, request: HttpRequest, company_id: int) -> HttpResponse:
        return day_jobs.day_jobs(self, request, company_id)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Contact | None = None,
    ) -> HttpResponse:
        ruleset = ruleset_of(request)
        context["ruleset"] = ruleset
        if ruleset and obj is not None and obj.pk:
            # As it is stored, and not as a form with errors would have it.
            stored = Contact.objects.select_related("title").prefetch_related("title__personas").get(pk=obj.pk)
            context["person"] = person_card(request, stored, ruleset)
            context |= contact_card(request, stored, ruleset)
        if obj is not None and obj.pk:
            context["sources"] = sources.sources_of(obj)
            context["past"] = past.past(request, obj, may_edit=self.has_change_permission(request, obj))
        response: HttpResponse = super().render_change_form(request, context, add, change, form_url, obj)
        return response

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        ruleset = ruleset_of(request)
        if db_field.name == "persona" and ruleset:
            personas = [(each.key, each.name) for each in ruleset.document().personas]
            return forms.ChoiceField(
                choices=[("", "As the title says"), *personas],
                required=False,
                widget=UnfoldAdminSelectWidget,
                help_text=db_field.help_text,
            )
        if db_field.name == "company":
            kwargs["help_text"] = "Another company here is a move of today; “Moved to another company” takes any day."
        if db_field.name == "linkedin_url":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        """The contact is stored; with another company they have moved there today, and what they were is kept."""
        if not change or "company" not in form.changed_data:
            super().save_model(request, obj, form, change)
            return
        stored = Contact.objects.select_related("title", "company").get(pk=obj.pk)
        target, title = obj.company, obj.title
        obj.company, obj.title = stored.company, stored.title
        super().save_model(request, obj, form, change)
        done = move_contact(
            obj,
            target,
            was=stored.company_id,
            on=timezone.now().date(),
            title=title.text if title else None,
            by=request.user if isinstance(request.user, User) else None,
            keep="persona" in form.changed_data,
        )
        obj.refresh_from_db()
        rescore_after_commit(done.companies)
        if done.what == "taken back":
            self.message_user(request, "The move of today was a slip, and is taken back.", messages.INFO)
        else:
            said = "Written down as a move of today, with the former employer. If it was a slip, take it back below."
            self.message_user(request, said, messages.INFO)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # A move has noted where they are since when, and as what.
        moved = change and "company" in form.changed_data
        edited = [name for name in form.changed_data if not (moved and name in ("company", "title"))]
        note_contact_edit(request, form.instance, edited)
        rescore_after_commit([form.instance.company_id, form.initial.get("company")])

    def delete_model(self, request: HttpRequest, obj: Contact) -> None:
        super().delete_model(request, obj)
        rescore_after_commit([obj.company_id])
