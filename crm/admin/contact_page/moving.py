"""The doors through which a contact moves to another company, and a wrong move is taken back."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from crm import moving
from crm.admin.scoped import LookupSelect, editable, visible
from crm.models import Company, Contact
from crm.models.visibility import Person
from crm.rescoring import rescore_after_commit

from .deciding import contact_of, page_of

EARLIEST = date(1950, 1, 1)
MEANWHILE = "Not saved: somebody else has moved this contact meanwhile. Look at it again."


class MoveForm(forms.Form):
    """Where to, since when, as what. `was` is the company that the form was built with."""

    was = forms.CharField(required=False, widget=forms.HiddenInput)
    company = forms.ModelChoiceField(
        Company.objects.none(),
        label="New company",
        required=False,
        help_text="Empty: left, and where to is not known or no account here.",
        error_messages={"invalid_choice": "Choose a company that you may edit, or leave it empty."},
    )
    on = forms.DateField(label="Since", widget=UnfoldAdminTextInputWidget({"type": "date"}))
    title = forms.CharField(
        label="New job title",
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text="Empty: not known.",
    )
    keep = forms.BooleanField(
        label="Keep what was decided also with another title", required=False, widget=UnfoldBooleanWidget
    )
    mistake = forms.BooleanField(
        label="They never worked there: only correct the record", required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, request: HttpRequest, contact: Contact, data: Any = None) -> None:
        initial = {
            "was": contact.company_id or "",
            "on": timezone.now().date().isoformat(),
            "title": contact.title.text if contact.title else "",
        }
        super().__init__(data, auto_id="move-%s", initial=initial)
        company: Any = self.fields["company"]
        company.queryset = editable(Company, request)
        company.widget = LookupSelect(Contact._meta.get_field("company"), admin.site)
        company.widget.choices = company.choices
        self.fields["on"].widget.attrs |= {"max": initial["on"], "min": EARLIEST.isoformat()}
        if contact.persona is None and contact.roles is None:
            del self.fields["keep"]
        if contact.company_id is None:
            del self.fields["mistake"]

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        if day > timezone.now().date():
            raise forms.ValidationError(
                "Choose today (UTC) or an earlier day: a move is written down once it happened."
            )
        if day < EARLIEST:
            raise forms.ValidationError(f"Choose a day from {EARLIEST:%Y} on.")
        return day

    def clean_title(self) -> str:
        return " ".join(str(self.cleaned_data["title"]).split())


def move(page: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """The form that asks where to; posted, the contact is there, and both accounts are scored."""
    contact = contact_of(page, request, pk)
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    form = MoveForm(request, contact, request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return shown(page, request, contact, form)
    said = form.cleaned_data
    was = int(said["was"]) if said["was"].isdecimal() and len(said["was"]) < 19 else None
    by = request.user if isinstance(request.user, User) else None
    if said["company"] is None and contact.company_id is None and was is None:
        form.add_error("company", "They are at no company already. Choose where they are now.")
        return shown(page, request, contact, form)
    try:
        if said.get("mistake"):
            done = moving.correct_company(contact, said["company"], was=was, by=by)
        else:
            done = moving.move(
                contact, said["company"], was=was, on=said["on"], title=said["title"] or None,
                keep=bool(said.get("keep")), by=by,
            )  # fmt: skip
    except moving.MovedMeanwhile:
        page.message_user(request, MEANWHILE, messages.WARNING)
        return HttpResponseRedirect(page_of(contact))
    tell(page, request, contact, done, corrected=bool(said.get("mistake")))
    return back_to(page, request, contact)


def shown(page: Any, request: HttpRequest, contact: Contact, form: MoveForm) -> HttpResponse:
    here = visible(Company, request).filter(pk=contact.company_id or 0).first()
    context = {
        "contact": contact,
        "here": here,
        "form": form,
        "title": f"Move {contact}",
        "opts": page.opts,
        "back": page_of(contact),
    }
    request.current_app = page.admin_site.name
    return render(request, "crm/working/move.html", page.admin_site.each_context(request) | context)


def move_back(page: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """The last move of the contact is taken back: it was a slip."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    contact = contact_of(page, request, pk)
    last = moving.last_move(contact)
    if last is not None and not may_go_back(request, last):
        raise PermissionDenied
    if last is not None and request.POST.get("move") != str(last.rows[0].pk):
        page.message_user(request, MEANWHILE, messages.WARNING)
        return HttpResponseRedirect(page_of(contact))
    done = moving.take_back(contact, by=request.user if isinstance(request.user, User) else None)
    tell(page, request, contact, done)
    return back_to(page, request, contact)


def may_go_back(request: HttpRequest, last: moving.LastMove) -> bool:
    """Whether this person may put somebody back where they came from."""
    return last.source is None or editable(Company, request).filter(pk=last.source).order_by().exists()


def tell(page: Any, request: HttpRequest, contact: Contact, done: moving.Moved, *, corrected: bool = False) -> None:
    """What was done is said, and the accounts that it concerns are scored."""
    contact.refresh_from_db()
    rescore_after_commit(done.companies)
    name = name_for(request.user, contact.company_id)
    if done.what == "nothing":
        page.message_user(request, "Nothing changed.", messages.INFO)
    elif corrected:
        page.message_user(request, f"Corrected: {contact} is at {name or 'no company'}.", messages.SUCCESS)
    elif done.what == "taken back":
        said = f"Taken back: {contact} is at {name or 'no company'} as before, as if the move had not been."
        page.message_user(request, said, messages.SUCCESS)
    else:
        said = f"{contact} is at {name} now." if name else f"{contact} has left."
        page.message_user(request, f"{said} What they were before is kept.", messages.SUCCESS)


def name_for(person: Person, company: int | None) -> str:
    """The name of the company, as far as this person sees it."""
    found = Company.objects.visible_to(person).filter(pk=company or 0).values_list("name", flat=True).first()
    return found or ""


def back_to(page: Any, request: HttpRequest, contact: Contact) -> HttpResponse:
    """The page of the contact, or the list where they are not open to this person any more."""
    seen = visible(Contact, request).filter(pk=contact.pk).exists()
    return HttpResponseRedirect(page_of(contact) if seen else reverse("admin:crm_contact_changelist"))
