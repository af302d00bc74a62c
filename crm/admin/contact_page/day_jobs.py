"""Who of our contacts has a day job at a company: its segment is a fact of their accounts."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from crm.admin.active import ruleset_of
from crm.admin.navigation import may_view
from crm.admin.scoped import visible
from crm.admin.working.people import day_jobs_at, with_day_job_at
from crm.models import Company, Fit

SHOWN = 100


def day_jobs(page: Any, request: HttpRequest, company_id: int) -> HttpResponse:
    """The page that lists them, as far as this person sees them."""
    if not may_view(request, "crm.contact") or not may_view(request, "crm.company"):
        raise PermissionDenied
    company = visible(Company, request).filter(pk=company_id).first()
    if company is None:
        raise Http404("There is no such company.")
    people = (
        with_day_job_at(request, company)
        .select_related("title")
        .select_related("company")
        .order_by("name", "pk")[:SHOWN]
    )
    ruleset = ruleset_of(request)
    names = {each.key: each.name for each in ruleset.document().profiles} if ruleset else {}
    segment = Fit.objects.filter(pk=company.pk).values_list("effective_segment", flat=True).first()
    context = {
        "title": f"Day jobs at {company}",
        "company": company,
        "people": list(people),
        "counted": day_jobs_at(request, company),
        "segment": names.get(segment or "", segment or ""),
        "shown": SHOWN,
        "opts": page.opts,
    }
    request.current_app = page.admin_site.name
    return render(request, "crm/working/day_jobs.html", page.admin_site.each_context(request) | context)
