"""How many accounts criteria hold for, as JSON: of a sample at once, of all on demand. People are not counted."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import date

from personas.admin.counts import Provider, Whole, provider_for
from personas.editing.reading import draft_reader, draft_words
from personas.models import Criterion, Profile
from personas.rules.conditions import MISSING, Condition, Missing
from personas.rules.errors import RuleError
from personas.rules.reading import DocumentReader
from personas.rules.texts import load_json

from .check import LONGEST
from .page import DRAFT, needs

NOTHING: dict[str, object] = {"may": False}


@needs(DRAFT, "POST")
def condition_counts(request: HttpRequest) -> HttpResponse:
    """`{"condition": …, "missing": "open", "whole": ""}` in; the counts out. `whole` is `look` or `start`."""
    provider = provider_for(request.user)
    if provider is None or len(request.body) > LONGEST:
        return JsonResponse(NOTHING)
    try:
        posted = load_json(request.body.decode("utf-8", "replace"))
    except RuleError:
        return JsonResponse(NOTHING, status=400)
    if not isinstance(posted, dict):
        return JsonResponse(NOTHING, status=400)
    if posted.get("subject") == Profile.Subject.CONTACT:
        return JsonResponse(NOTHING)
    reader = draft_reader()
    found = reader.conditions.read(posted.get("condition"), "when", bonus=True)
    if found is None or reader.faults:
        return JsonResponse({"may": True})
    missing = posted.get("missing")
    policy: Missing = cast(Missing, missing) if missing in MISSING else "open"
    return JsonResponse(counted(provider, reader, [found], policy, str(posted.get("whole") or "")))


@needs(DRAFT, "POST")
def profile_counts(request: HttpRequest, profile_id: int) -> HttpResponse:
    """The counts of every criterion of a profile, with their ids in `rows`; `whole=start` counts all accounts."""
    profile = get_object_or_404(Profile, pk=profile_id)
    provider = provider_for(request.user)
    if provider is None or profile.subject == Profile.Subject.CONTACT:
        return JsonResponse(NOTHING)
    reader = draft_reader()
    rows: list[int] = []
    conditions: list[Condition] = []
    for row in Criterion.objects.filter(profile=profile):
        reader.faults.clear()
        found = reader.conditions.read(row.condition, "when", bonus=True)
        if found is not None and not reader.faults:
            rows.append(row.pk)
            conditions.append(found)
    if not conditions:
        return JsonResponse({"may": True, "rows": []})
    missing = cast(Missing, profile.missing)
    out = counted(provider, reader, conditions, missing, request.POST.get("whole", ""))
    return JsonResponse(out | {"rows": rows})


def counted(
    provider: Provider, reader: DocumentReader, conditions: Sequence[Condition], missing: Missing, whole: str
) -> dict[str, Any]:
    """What is known of these conditions; while all accounts are being counted only how far that is."""
    words = draft_words(reader, conditions)
    out: dict[str, Any] = {"may": True}
    if whole == "start":
        return out | {"whole": whole_words(provider.start(words, conditions, missing))}
    found = provider.find(words, conditions, missing)
    if found is not None:
        out["whole"] = whole_words(found)
    if whole != "look":
        out["sample"] = asdict(provider.sample(words, conditions, missing))
    return out


def whole_words(found: Whole) -> dict[str, Any]:
    """The counts of all accounts as the page takes them."""
    return asdict(found) | {"as_of": f"{date(found.as_of, 'j M Y H:i')} UTC"}
