"""The draft before it is published: what it changes, what to look at twice, its golden cases; and rolling back."""

import logging
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from personas import publishing
from personas.editing import publication
from personas.editing.publication import CaseOutcome, outcomes, places, publish_draft, row_at
from personas.editing.revisions import ChangedMeanwhile
from personas.models import Component, Criterion, DraftRevision, Profile, Ruleset
from personas.rules.errors import Fault, RuleError
from personas.rules.lint import warnings

from .field import identity
from .page import DRAFT, PUBLISH, bar, may_draft, may_publish, named_difference, needs, person, show
from .used import link

logger = logging.getLogger(__name__)

SHOWN_EDITS = 20
PLAIN = {"profiles": "Segments:", "document": "The draft"}


def draft_page(request: HttpRequest) -> HttpResponse:
    """How the draft differs, what is wrong or worth a second look, its golden cases, its edits."""
    if not (may_draft(request) or may_publish(request)):
        return publication_refused(request)
    stand = bar(request)
    document = stand["draft"].document
    cases = outcomes(document) if document else []
    context = stand | {
        "faults": linked(stand["draft"].faults),
        "warnings": linked(tuple(warnings(document, datetime.now(UTC).date()))) if document else [],
        "failing": [each for each in cases if not each.holds],
        "holding": [each for each in cases if each.holds],
        "edits": list(DraftRevision.objects.select_related("author", "undone_by")[:SHOWN_EDITS]),
        "off": list(Criterion.objects.filter(enabled=False).select_related("profile")),
        "before": publishing.ruleset_before(stand["active"]) if stand["active"] else None,
        "same": bool(document and stand["active"] and stand["active"].content_hash == document.content_hash()),
    }
    return show(request, "review.html", "Draft", context)


def publication_refused(request: HttpRequest) -> HttpResponse:
    messages.warning(request, "The draft is for people who edit or publish rules.")
    return HttpResponseRedirect(reverse("admin:personas_profile_changelist"))


def linked(faults: tuple[Fault, ...]) -> list[dict[str, str]]:
    """Faults with where to mend them."""
    rows = places() if faults else {}
    out = []
    for fault in faults:
        row = row_at(fault.path, rows)
        hint = f" ({fault.hint})" if fault.hint else ""
        out.append(
            {
                "where": where(row) if row else PLAIN.get(fault.path, fault.path),
                "said": f"{fault.message}{hint}",
                "link": link(row) if row else "",
            }
        )
    return out


def where(row: Profile | Component | Criterion) -> str:
    """A row with the profile that it stands in."""
    return str(row) if isinstance(row, Profile) else f"{row.profile}: {row}"


@needs(PUBLISH, "GET", "POST")
def publish_page(request: HttpRequest) -> HttpResponse:
    """What publishing changes, to be confirmed with a note; golden cases that do not hold can be changed with it."""
    stand = bar(request)
    document = stand["draft"].document
    if document is None:
        messages.warning(request, "The draft has faults. Fix them first.")
        return HttpResponseRedirect(reverse("admin:personas_draft"))
    cases = outcomes(document)
    failing = [each for each in cases if not each.holds]
    context: dict[str, Any] = stand | {
        "failing": failing,
        "warnings": linked(tuple(warnings(document, datetime.now(UTC).date()))),
        "seen": document.content_hash(),
        "note": request.POST.get("note", ""),
        "wrong": [],
        "accepted": [],
        "off": list(Criterion.objects.filter(enabled=False).select_related("profile")),
    }
    if request.method == "POST":
        accepted = chosen(request, failing)
        context["accepted"] = list(accepted)
        try:
            if not context["note"].strip():
                raise RuleError([Fault("note", "is empty", "say why, for whoever reads the history")])
            if set(accepted) != {each.pk for each in failing}:
                raise RuleError(
                    [Fault("cases", "a golden case does not hold", "accept its new outcome or edit the rules")]
                )
            number = stand["active"].number if stand["active"] else 0
            ruleset = publish_draft(
                accepted, seen=request.POST.get("seen", ""), note=context["note"].strip(), author=person(request)
            )
        except RuleError as error:
            context["wrong"] = [f"{each.path.capitalize()} {each.message} ({each.hint})." for each in error.faults]
        except ChangedMeanwhile:
            context["wrong"] = ["Somebody changed the draft meanwhile. Below is what it says now: look at it again."]
        else:
            if ruleset.number == number:
                messages.info(request, f"The draft says what {str(ruleset).lower()} says; nothing was published.")
            else:
                logger.info("published ruleset=%d user_id=%s", ruleset.number, request.user.pk)
                messages.success(request, f"{ruleset} is active. Accounts are scored again in the background.")
            return HttpResponseRedirect(reverse("admin:personas_ruleset_change", args=[ruleset.pk]))
        return show(request, "publish.html", "Publish the draft", context, status=422)
    return show(request, "publish.html", "Publish the draft", context)


def chosen(request: HttpRequest, failing: list[CaseOutcome]) -> dict[int, str]:
    """The golden cases whose new outcome was accepted."""
    if not may_draft(request):
        return {}
    return {each.pk: each.found for each in failing if request.POST.get(f"case-{each.pk}") == each.found}


@needs(PUBLISH, "GET", "POST")
def roll_back_page(request: HttpRequest) -> HttpResponse:
    """What going back changes, to be confirmed."""
    active = Ruleset.objects.active().first()
    before = publishing.ruleset_before(active) if active else None
    if active is None or before is None:
        messages.warning(request, "There is no other ruleset to go back to.")
        return HttpResponseRedirect(reverse("admin:personas_ruleset_changelist"))
    if request.method == "POST":
        try:
            seen = identity(request.POST.get("seen"))
            ruleset = publication.roll_back(
                seen=seen, note=request.POST.get("note", "").strip(), author=person(request)
            )
        except ChangedMeanwhile:
            messages.warning(request, "Another ruleset was published meanwhile. Look at what going back means now.")
            return HttpResponseRedirect(reverse("admin:personas_roll_back"))
        except RuleError as error:
            messages.error(request, f"It cannot be published again: {error}")
            return HttpResponseRedirect(reverse("admin:personas_roll_back"))
        logger.info("rolled_back ruleset=%d to=%d user_id=%s", ruleset.number, before.number, request.user.pk)
        messages.success(request, f"{ruleset} is active and says what {str(before).lower()} said.")
        return HttpResponseRedirect(reverse("admin:personas_ruleset_change", args=[ruleset.pk]))
    document = before.document()
    stand = bar(request)
    context = stand | {
        "before": before,
        "undoes": named_difference(active.document(), document),
        "draft_differs": bool(stand["changes"] or stand["draft"].faults),
    }
    return show(request, "roll_back.html", "Roll back", context)


@needs(DRAFT, "POST")
def start_over(request: HttpRequest) -> HttpResponse:
    """The draft says what the active rules say."""
    try:
        publication.start_over(person(request))
    except publishing.NoRuleset as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "The draft says what the active rules say. Undo takes it back.")
    return HttpResponseRedirect(reverse("admin:personas_draft"))
