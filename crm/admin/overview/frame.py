"""What the pages of the dashboard have in common: who may open them, their frame, names and links."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from crm.models.visibility import sees_all
from crm.scoring.survey_spans import NONE, UNDECIDED, UNSCORED
from personas.rules.document import Document

View = Callable[..., HttpResponseBase]

PLACES = {NONE: "In no segment", UNDECIDED: "Undecided", UNSCORED: "Not scored yet"}


def may_open(request: HttpRequest) -> bool:
    """Whether this person sees every account, so that totals tell them nothing they may not know."""
    return request.user.has_perm("crm.view_company") and sees_all(request.user)


def for_who_sees_all(view: View) -> View:
    """A page of the admin for people who see all companies; 403 for others."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_open(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    page: View = admin.site.admin_view(checked)
    return page


def show(request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    """A page inside the frame of the admin."""
    return render(request, f"crm/overview/{template}", {**admin.site.each_context(request), "title": title, **context})


def names_of(document: Document) -> dict[str, str]:
    """Profiles, and places that are no segment, by key."""
    return PLACES | {profile.key: profile.name for profile in document.profiles}


def companies(**narrowed: str) -> str:
    """The address of the list of companies, narrowed; empty values narrow nothing."""
    query = urlencode({name: value for name, value in narrowed.items() if value}, safe=":")
    return f"{reverse('admin:crm_company_changelist')}?{query}"


def companies_in(place: str, **narrowed: str) -> str:
    """The list of the companies in a segment, or in none for a reason."""
    return companies(**({"status": place} if place in PLACES else {"segment": place}), **narrowed)
