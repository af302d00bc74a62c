"""The page of one contact, with who they are to us on top."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.widgets import UnfoldAdminSelectWidget

from crm.admin.active import ruleset_of
from crm.admin.remembering import Remembering, RememberingPage
from crm.admin.rescoring import rescore_after_commit
from crm.admin.scoped import ScopedInline, visible
from crm.history import change as change_rows
from crm.models import Contact, Employment

from .card import person_card


class EmploymentInline(ScopedInline):
    model = Employment
    extra = 0
    fields = ["kind", "employer", "title", "ended_on"]
    autocomplete_fields = ["employer"]
    verbose_name, verbose_name_plural = "employer", "other employers"


class ContactPage(RememberingPage):
    """A person, how to reach them, and where else they work or worked."""

    form = Remembering
    autocomplete_fields = ["company", "title", "owner"]
    readonly_fields = ["created_at", "updated_at"]
    inlines = [EmploymentInline]
    change_form_outer_before_template = "crm/working/person.html"
    fieldsets = [
        ("Person", {"fields": ["name", "company", "title", "persona", "is_founder"]}),
        ("How to reach them", {"fields": ["email", "linkedin_url", "city", "followers", "consent"]}),
        ("Who works it", {"fields": ["owner", ("created_at", "updated_at")]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        correct = path("<int:pk>/persona/", self.admin_site.admin_view(self.correct), name="crm_contact_persona")
        return [correct, *super().get_urls()]

    def correct(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The persona that a person chose for this contact is stored, or taken back; the account is scored again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        contact = visible(Contact, request).filter(pk=pk).first()
        if contact is None:
            raise Http404("There is no such contact.")
        if not self.has_change_permission(request, contact):
            raise PermissionDenied
        page = HttpResponseRedirect(reverse("admin:crm_contact_change", args=[pk]))
        ruleset = ruleset_of(request)
        names = {each.key: each.name for each in ruleset.document().personas} if ruleset else {}
        wanted, was = request.POST.get("persona", ""), request.POST.get("was", "")
        stored = contact.persona or ""
        if wanted == stored:
            self.message_user(request, "Nothing changed.", messages.INFO)
        elif wanted and wanted not in names:
            self.message_user(request, "Choose one of the personas in the rules.", messages.ERROR)
        elif was != stored:
            self.message_user(
                request, "Not saved: somebody else changed the persona meanwhile. Look at it again.", messages.WARNING
            )
        else:
            with transaction.atomic():
                change_rows(
                    Contact.objects.filter(pk=pk, persona=contact.persona),
                    {"persona": wanted or None},
                    by=request.user if isinstance(request.user, User) else None,
                )
                rescore_after_commit([contact.company_id])
            said = f"{contact} is {names[wanted]} from now on." if wanted else f"{contact} is what the title says."
            self.message_user(request, said, messages.SUCCESS)
        return page

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
        if db_field.name == "linkedin_url":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        rescore_after_commit([form.instance.company_id, form.initial.get("company")])

    def delete_model(self, request: HttpRequest, obj: Contact) -> None:
        super().delete_model(request, obj)
        rescore_after_commit([obj.company_id])
