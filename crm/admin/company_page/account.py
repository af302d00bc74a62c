"""The account that a door of its page is about, for those who may pass."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from crm.admin.active import ruleset_of
from crm.models import Company
from personas.models import Ruleset
from personas.rules.facts import Fact


def account_of(page: Any, request: HttpRequest, pk: int, *, edit: bool) -> Company:
    """The company; raises PermissionDenied alike for one that is hidden, missing, or not to be edited."""
    company: Company | None = page.get_object(request, str(pk))
    if company is None:
        raise PermissionDenied
    allowed = page.has_change_permission if edit else page.has_view_permission
    if not allowed(request, company):
        raise PermissionDenied
    return company


def fact_of(request: HttpRequest, key: str) -> tuple[Ruleset, Fact] | None:
    """The active ruleset and its fact with this key; None where there is none."""
    ruleset = ruleset_of(request)
    fact = ruleset.document().vocabulary.get(key) if ruleset else None
    return (ruleset, fact) if ruleset and fact else None


def by_htmx(request: HttpRequest) -> bool:
    """Whether only a part of the page is asked for."""
    return request.headers.get("HX-Request") == "true"


def page_of(company: Company) -> str:
    return reverse("admin:crm_company_change", args=[company.pk])


def back_to(company: Company) -> HttpResponse:
    return HttpResponseRedirect(page_of(company))


def alone(
    page: Any, request: HttpRequest, company: Company, template: str, title: str, context: dict[str, Any]
) -> HttpResponse:
    """A form as a part of the page, or on a page of its own where no script asks for it."""
    context = {"company": company, "original": company, "opts": page.opts, **context}
    if by_htmx(request):
        return render(request, template, context)
    request.current_app = page.admin_site.name
    return render(
        request,
        "crm/company_page/alone.html",
        {**page.admin_site.each_context(request), "title": title, "part": template, **context},
    )
