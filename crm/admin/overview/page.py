"""The dashboard itself: a page of blocks, each of which can be counted again and shown by itself."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from crm.admin.active import ruleset_of
from crm.admin.freshness import freshness_of
from crm.models import Company, Simulation, Survey
from crm.scoring import surveys as counting
from crm.tasks import wake_after_commit
from personas.models import Ruleset

from .accounts import band_tables, segment_rows
from .blocks import SUBJECTS, Block, surveys
from .coverage import coverage_groups
from .frame import for_who_sees_all, show
from .movers import moves_shown
from .opinions import disagreements
from .people import persona_rows
from .worklist import worklist_shown


def shown(subject: str, ruleset: Ruleset, found: dict[str, Any], at: datetime) -> dict[str, Any]:
    """What the page says of what was found on a subject."""
    document = ruleset.document()
    match subject:
        case "worklist":
            return worklist_shown(document, found)
        case "bands":
            return {"tables": list(band_tables(document, found))}
        case "coverage":
            return {"groups": list(coverage_groups(ruleset, found, at))}
        case "personas":
            return {"rows": persona_rows(document, found)}
        case _:
            return moves_shown(document, found)


def block_of(survey: Survey, ruleset: Ruleset, at: datetime) -> Block:
    """The survey for the page."""
    block = Block(survey.subject, survey, at, ruleset.number)
    if block.found is not None:
        block.shown.update(shown(survey.subject, ruleset, block.found, at))
    return block


@for_who_sees_all
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """The whole dashboard."""
    freshness_of(request)
    ruleset = ruleset_of(request)
    context: dict[str, Any] = {"ruleset": ruleset, "has_companies": Company.objects.exists()}
    if ruleset is not None:
        at = timezone.now()
        kept = surveys()
        context |= {
            "blocks": {subject: block_of(survey, ruleset, at) for subject, survey in kept.items()},
            "segments": segment_rows(ruleset.document(), kept["worklist"].found),
            "disagreements": disagreements(request, ruleset.document()),
            "simulation": Simulation.objects.unfinished().only("state", "looked", "total").first(),
            "uncounted": any(each.found is None and not each.is_unfinished for each in kept.values()),
        }
    return show(request, "page.html", "Dashboard", context)


@for_who_sees_all
@require_POST
def count_again(request: HttpRequest) -> HttpResponse:
    """A subject, or all of them, waits for a worker; the answer leads back to it."""
    subject = request.POST.get("subject", "")
    if subject and subject not in counting.SUBJECTS:
        raise Http404("There is no such subject.")
    counting.ask([subject] if subject else list(counting.SUBJECTS), at=timezone.now())
    wake_after_commit()
    page = reverse("overview_worklist" if request.POST.get("from") == "worklist" else "overview")
    return HttpResponseRedirect(f"{page}#{subject}" if subject else page)


@for_who_sees_all
@never_cache
def progress(request: HttpRequest, subject: str) -> HttpResponse:
    """How far the count of a subject is; once it has ended, the whole block takes its place."""
    ruleset = ruleset_of(request)
    if ruleset is None or subject not in SUBJECTS:
        raise Http404("There is no such subject.")
    survey = Survey.objects.defer("progress").filter(subject=subject).first() or Survey(subject=subject)
    whole = request.GET.get("whole") == "1"
    if survey.is_unfinished:
        block = Block(subject, survey, timezone.now(), ruleset.number)
        return render(request, "crm/overview/progress.html", {"block": block, "whole": whole})
    context = {"block": block_of(survey, ruleset, timezone.now()), "ruleset": ruleset, "whole": whole}
    response = render(request, f"crm/overview/{subject}.html", context)
    response["HX-Retarget"] = f"#{subject}"
    response["HX-Reswap"] = "outerHTML"
    return response
