"""Writing down what was done with an account: a line, and as much more as one likes."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from crm.activities import wrong_with_activity
from crm.admin.active import ruleset_of
from crm.admin.navigation import may_view
from crm.admin.scoped import visible
from crm.models import Activity, Company, Contact
from crm.models.visibility import Person
from crm.rescoring import rescore_after_commit

from .choosing import MOST_TYPED, Choosing, Offer, assignees, contacts_of
from .region import may_log, region
from .tasks import check_off

CHANGED = "icp-account-changed"
"""The event that htmx raises on a page after something was written down."""

SUMMARIES = {
    "note": "What is worth knowing",
    "call": "What the call was about",
    "email": "What was written",
    "meeting": "What the meeting was about",
    "task": "What is to be done",
}


@dataclass(frozen=True)
class Line:
    """A field of the form; one with an `offer` is a select, with a box that finds whoever is not in it."""

    field: forms.BoundField
    widget: SafeString
    offer: Offer | None = None
    box: forms.BoundField | None = None


def finder(label: str, placeholder: str) -> forms.CharField:
    """The box that somebody is found with."""
    attrs = {"type": "search", "aria-label": label, "placeholder": placeholder, "autocomplete": "off"}
    return forms.CharField(required=False, max_length=MOST_TYPED, widget=UnfoldAdminTextInputWidget(attrs))


class LogForm(forms.Form):
    """One activity of a kind; a task has a day and somebody to do it, everything else a moment that has passed."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=Activity.Kind, widget=forms.HiddenInput)
    summary = forms.CharField(max_length=300, widget=UnfoldAdminTextInputWidget())
    due_on = forms.DateField(
        label="Due", required=False, widget=UnfoldAdminTextInputWidget({"type": "date"}), help_text="Empty: any day."
    )
    assignee = forms.ModelChoiceField(
        User.objects.none(), label="Who does it", required=False, widget=UnfoldAdminSelectWidget
    )
    assignee_typed = finder("Find a colleague by name", "Find by name")
    contact = forms.ModelChoiceField(
        Contact.objects.none(), label="With", required=False, widget=UnfoldAdminSelectWidget
    )
    contact_typed = finder("Find a contact by name, job title or e-mail", "Find by name or title")
    happened_at = forms.DateTimeField(
        label="When (UTC)",
        required=False,
        widget=UnfoldAdminTextInputWidget({"type": "datetime-local"}),
        help_text="Empty: now.",
    )
    body = forms.CharField(label="More", required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}))

    def __init__(self, *args: Any, kind: str, choosing: dict[str, Choosing], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choosing = choosing
        self.fields["summary"].label = SUMMARIES[kind]
        unasked = ("happened_at",) if kind == Activity.Kind.TASK else ("due_on", "assignee", "assignee_typed")
        for name in unasked:
            del self.fields[name]
        for name in choosing.keys() & self.fields.keys():
            self.fields[name].queryset = choosing[name].rows  # type: ignore[attr-defined]

    def lines(self) -> Iterator[Line]:
        """What is shown, field by field; who types goes on at the first one that is wrong."""
        wrong = next((field for field in self.visible_fields() if field.errors), self["summary"])
        wrong.field.widget.attrs["autofocus"] = True
        for field in self.visible_fields():
            if field.name in self.choosing:
                yield self.line(field, self[f"{field.name}_typed"])
            elif not field.name.endswith("_typed"):
                yield Line(field, field.as_widget())

    def line(self, field: forms.BoundField, box: forms.BoundField) -> Line:
        """The field with those to choose from; everybody else can be chosen all the same."""
        offer = self.choosing[field.name].offer(str(box.value() or ""), field.value())
        widget: Any = field.field.widget
        widget.choices = offer.options
        attrs = field.build_widget_attrs({"id": field.auto_id}, widget)
        return Line(field, widget.render(field.html_name, offer.chosen, attrs, self.renderer), offer, box)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for name in said.keys() & self.choosing.keys():
            typed = said.get(f"{name}_typed", "")
            try:
                said[name] = self.choosing[name].settle(typed, said[name], begin=self.initial.get(name))
            except forms.ValidationError as error:
                self.add_error(name, error)
        return said

    def clean_happened_at(self) -> Any:
        at = self.cleaned_data["happened_at"] or timezone.now()
        for _, wrong in wrong_with_activity({"happened_at": at}, at=timezone.now()):
            raise forms.ValidationError(wrong)
        return at


def account(request: HttpRequest, pk: int) -> Company:
    """The account with this id; raises Http404 where this person sees none."""
    company: Company | None = visible(Company, request).filter(pk=pk).first()
    if company is None or not may_view(request, "crm.company"):
        raise Http404("There is no such company.")
    return company


def log_form(request: HttpRequest, company: Company, kind: str) -> LogForm:
    """The form for an activity of this kind, filled in as far as possible."""
    data = request.POST if request.method == "POST" else None
    initial = {
        "token": uuid.uuid4(),
        "kind": kind,
        "due_on": timezone.now().date() + timedelta(days=1),
        "assignee": request.user.pk,
        "contact": request.GET.get("contact", ""),
        "assignee_typed": request.GET.get("assignee_typed", ""),
        "contact_typed": request.GET.get("contact_typed", ""),
    }
    choosing = {"contact": contacts_of(request, company), "assignee": assignees(request)}
    return LogForm(data, kind=kind, choosing=choosing, initial=initial, auto_id="log_%s")


def write_down(company: Company, author: Person, said: dict[str, Any]) -> Activity:
    """The activity is stored, once for each token, and the account scored again."""
    with transaction.atomic():
        row, made = Activity.objects.get_or_create(
            token=said["token"],
            defaults={
                "company": company,
                "author": author if isinstance(author, User) else None,
                "kind": said["kind"],
                "summary": said["summary"],
                "body": said["body"],
                "contact": said["contact"],
                "happened_at": said.get("happened_at") or timezone.now(),
                "due_on": said.get("due_on"),
                "assignee": said.get("assignee"),
            },
        )
        if made:
            rescore_after_commit([company.pk])
    return row


def log(request: HttpRequest, company_id: int) -> HttpResponse:
    """The form to write something down, or the account with it written down."""
    company = account(request, company_id)
    if not may_log(request, company):
        raise PermissionDenied
    kind = str((request.POST if request.method == "POST" else request.GET).get("kind", ""))
    if kind not in Activity.Kind.values:
        raise Http404("There is no such kind of activity.")
    form = log_form(request, company, kind)
    page = reverse("admin:crm_company_change", args=[company.pk])
    htmx = "HX-Request" in request.headers
    name = Activity.Kind(kind).label
    if request.method == "POST" and form.is_valid():
        write_down(company, request.user, form.cleaned_data)
        if not htmx:
            return HttpResponseRedirect(page)
        return shown_again(request, company, f"{name} saved.")
    shown = {"form": form, "company": company, "kind": kind, "name": name, "htmx": htmx}
    if htmx:
        return render(request, "crm/working/log_form.html", shown)
    return render(
        request,
        "crm/working/log_page.html",
        admin.site.each_context(request) | shown | {"page": page, "title": f"{name}: {company}"},
    )


def check(request: HttpRequest, pk: int) -> HttpResponse:
    """The task is done, or open again, as the form says; the page that it was said on is shown anew."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    task = visible(Activity, request).filter(pk=pk, kind=Activity.Kind.TASK).select_related("company").first()
    if task is None or not may_view(request, "crm.activity"):
        raise Http404("There is no such task.")
    allowed = Activity.objects.filter(pk=pk).to_be_done_by(request.user).exists()
    if not (allowed and request.user.has_perm("crm.change_activity")):
        raise PermissionDenied
    done = request.POST.get("done") == "1"
    check_off(request.user, [pk], done=done)
    said = "Task done." if done else "Task open again."
    if "HX-Request" in request.headers:
        return shown_again(request, task.company, said)
    messages.success(request, said)
    home = request.POST.get("from") == "home"
    return HttpResponseRedirect(
        reverse("admin:index") if home else reverse("admin:crm_company_change", args=[task.company_id])
    )


def timeline_again(request: HttpRequest, company_id: int) -> HttpResponse:
    """The timeline narrowed to a kind, or its older part; as a page of its own where there is no script."""
    company = account(request, company_id)
    only, before = request.GET.get("only", ""), request.GET.get("before", "")
    working = region(request, company, ruleset_of(request), only=only, before=before)
    if "HX-Request" not in request.headers:
        page = {"working": working, "title": f"Timeline: {company}", "company": company}
        return render(request, "crm/working/timeline_page.html", admin.site.each_context(request) | page)
    template = "crm/working/events.html" if before else "crm/working/timeline.html"
    return render(request, template, {"working": working})


def shown_again(request: HttpRequest, company: Company, said: str) -> HttpResponse:
    """The timeline with what has changed, `said` for everybody to hear, and an event for the rest of the page."""
    working = region(request, company, ruleset_of(request))
    response = render(request, "crm/working/logged.html", {"working": working, "said": said})
    response["HX-Trigger"] = CHANGED
    return response
