"""Setting the segment of an account by hand, beside what the rules say."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from crm.admin.active import ruleset_of
from crm.models import Company, Override
from crm.overrides import DAYS, NotPossible, end, extend, last_day, set_by_hand
from crm.rescoring import rescore_now
from personas.models import Ruleset

from .account import account_of, alone, back_to, by_htmx
from .card import card_parts

TEMPLATE = "crm/company_page/override_form.html"
NONE = "-"


class OverrideForm(forms.Form):
    """Which segment, why, and until when."""

    segment = forms.ChoiceField(label="Segment", widget=UnfoldAdminSelectWidget)
    reason = forms.CharField(
        label="Why",
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        error_messages={"required": "Say why: who reads it later has to understand it."},
    )
    expires_on = forms.DateField(label="Until", widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}))

    def __init__(self, ruleset: Ruleset, today: date, data: Any = None) -> None:
        day = today + timedelta(days=DAYS)
        super().__init__(data, auto_id="override-%s", initial={"expires_on": day.isoformat()})
        self.today = today
        segment: Any = self.fields["segment"]
        segment.choices = [
            ("", "Choose …"),
            *((each.key, each.name) for each in ruleset.document().ranked()),
            (NONE, "In no segment"),
        ]
        segment.error_messages["required"] = "Choose a segment, or “In no segment”."
        self.fields["expires_on"].widget.attrs |= {
            "min": (today + timedelta(days=1)).isoformat(),
            "max": last_day(today).isoformat(),
        }

    def clean_expires_on(self) -> date:
        day: date = self.cleaned_data["expires_on"]
        if day <= self.today:
            raise forms.ValidationError("Choose a day after today.")
        if day > last_day(self.today):
            raise forms.ValidationError("Choose a day within the next two years; it can be extended then.")
        return day


def override(page: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """The form that asks for the segment; posted, it counts at once."""
    company = account_of(page, request, pk, edit=True)
    if not request.user.has_perm("crm.add_override"):
        raise PermissionDenied
    ruleset = ruleset_of(request)
    if ruleset is None:
        raise Http404("There are no rules yet, so there are no segments.")
    at = timezone.now()
    if request.method == "GET":
        return form_part(page, request, company, OverrideForm(ruleset, at.date()))
    if request.method != "POST" or not isinstance(request.user, User):
        return HttpResponseNotAllowed(["GET", "POST"])
    form = OverrideForm(ruleset, at.date(), request.POST)
    if not form.is_valid():
        return form_part(page, request, company, form)
    segment = None if form.cleaned_data["segment"] == NONE else form.cleaned_data["segment"]
    try:
        made = set_by_hand(
            company,
            segment,
            reason=form.cleaned_data["reason"],
            expires_on=form.cleaned_data["expires_on"],
            by=request.user,
            at=at,
        )
    except NotPossible as error:
        form.add_error(None, str(error))
        return form_part(page, request, company, form)
    name = dict(form.fields["segment"].choices)[form.cleaned_data["segment"]]  # type: ignore[attr-defined]
    return told(page, request, company, ruleset, f"Set by hand until {made.expires_on:%-d %b %Y}: {name}.")


def ended(page: Any, request: HttpRequest, pk: int, override_id: int) -> HttpResponse:
    """The override no longer counts."""
    company, found = override_of(page, request, pk, override_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    end(found, at=timezone.now())
    return told(page, request, company, ruleset_of(request), "Ended: the segment is what the rules say again.")


def extended(page: Any, request: HttpRequest, pk: int, override_id: int) -> HttpResponse:
    """The override holds until the day that the button named."""
    company, found = override_of(page, request, pk, override_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        until = date.fromisoformat(request.POST.get("until", ""))
    except ValueError as error:
        raise Http404("No day was given.") from error
    try:
        day = extend(found, until=until, at=timezone.now())
        text = f"It holds until {day:%-d %b %Y} now."
    except NotPossible as error:
        text = str(error)
    return told(page, request, company, ruleset_of(request), text)


def override_of(page: Any, request: HttpRequest, pk: int, override_id: int) -> tuple[Company, Override]:
    """The override of this account, for those who may end it."""
    company = account_of(page, request, pk, edit=True)
    if not request.user.has_perm("crm.change_override"):
        raise PermissionDenied
    found = company.overrides.filter(pk=override_id).first()
    if found is None:
        raise Http404("There is no such override.")
    return company, found


def form_part(page: Any, request: HttpRequest, company: Company, form: OverrideForm) -> HttpResponse:
    response = alone(page, request, company, TEMPLATE, f"Set the segment of {company} by hand", {"form": form})
    if form.is_bound and by_htmx(request):
        response["HX-Retarget"] = "#override-form"
        response["HX-Reswap"] = "outerHTML"
    return response


def told(page: Any, request: HttpRequest, company: Company, ruleset: Ruleset | None, text: str) -> HttpResponse:
    """The account is scored at once, and what was done is said."""
    if not rescore_now(company.pk):
        text += " Lists show it as soon as the account can be scored, which is tried again by itself."
    if by_htmx(request):
        company = page.get_object(request, str(company.pk))
        return card_parts(page, request, company, ruleset, said=text, focus="override")
    page.message_user(request, text, messages.SUCCESS)
    return back_to(company)
