"""The page of one golden case: its facts by kind, what they must give, and what the draft gives them as one types."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from personas import publishing
from personas.admin.vocabulary import digits, vocabulary
from personas.editing.publication import save_case
from personas.editing.reading import version
from personas.editing.revisions import ChangedMeanwhile
from personas.models import GoldenCase, Profile
from personas.rules.cells import show as number
from personas.rules.document import Document
from personas.rules.errors import Fault, RuleError
from personas.rules.evaluate import BadLine, read_facts
from personas.rules.facts import InvalidValue, read_date
from personas.rules.golden import ANY_DAY, outcome
from personas.rules.results import ProfileResult, points_number
from personas.rules.scoring import Scorer
from personas.rules.text.values import points_text
from personas.rules.texts import dump_json, load
from personas.rules.truth import Truth

from .check import LONGEST
from .field import Field, as_json, place, plain, posted
from .meanwhile import met, opened
from .page import DRAFT, needs, person, show

VERDICTS = {Truth.YES: "fits", Truth.NO: "does not fit", Truth.OPEN: "open"}


@needs(DRAFT, "GET", "POST")
def case_page(request: HttpRequest, case_id: int | None = None) -> HttpResponse:
    """The form of a golden case, new or there; what was typed stays until it is saved."""
    row = get_object_or_404(GoldenCase, pk=case_id) if case_id else None
    fields = fields_of(row)
    by_name = {each.name: each for each in fields}
    context: dict[str, Any] = {
        "row": row,
        "fields": fields,
        "facts": dump_json(for_typing(row.facts)) if row else "{}",
        "faults": [],
        "base": version(row) if row else "",
        "opened": opened(request),
        "wrong": [],
        "back": reverse("admin:personas_draft") + "#cases",
    }
    status = 200
    if request.method == "POST":
        for each in fields:
            each.value = request.POST.get(each.name, "")
        context["facts"] = request.POST.get("facts", "")
        raw = posted(request.POST, *by_name)
        try:
            raw["facts"] = facts_of(request.POST.get("facts", ""))
            context["facts"] = dump_json(for_typing(raw["facts"]))
            save_case(row, raw, person(request), base=request.POST.get("base", ""))
        except RuleError as error:
            deep, context["wrong"] = place(fields, error.faults, "facts")
            context["faults"] = as_json(deep)
            context["fact_faults"] = [plain(each) for each in deep]
            status = 422
        except ChangedMeanwhile:
            now = GoldenCase.objects.filter(pk=row.pk).first() if row else None
            context |= met(request, version(now) if now else "", gone=now is None)
            status = 409
        else:
            messages.success(request, "Saved the golden case in the draft.")
            return HttpResponseRedirect(context["back"])
    context["vocabulary"] = vocabulary()
    return show(request, "case.html", row.name if row else "New golden case", context, status=status)


def fields_of(row: GoldenCase | None) -> list[Field]:
    segments = [(each.key, each.name) for each in Profile.objects.exclude(rank=None).order_by("rank")]
    return [
        Field("name", "Name", row.name if row else "", help="What the example shows."),
        Field("segment", "Must give", row.segment if row else "", kind="select",
              choices=[*segments, ("none", "no segment"), ("undecided", "undecided")]),
        Field("at", "On the day", row.at.isoformat() if row and row.at else "", kind="date", help="Empty: any day."),
        Field("note", "Note", row.note if row else "", kind="area"),
    ]  # fmt: skip


def facts_of(text: str) -> Mapping[str, object]:
    """The facts that were typed, as YAML or JSON; raises RuleError at `facts`."""
    try:
        found = load(text.replace("\r\n", "\n")) or {}
    except RuleError as error:
        raise RuleError([Fault("facts", f"{each.path}: {each.message}") for each in error.faults]) from None
    if not isinstance(found, dict):
        raise RuleError([Fault("facts", "are no facts and values", "one a line, such as employees: 42")])
    return found


def for_typing(facts: Any) -> Any:
    """Facts with their numbers as text, so that no digit is lost on the way through the browser."""
    if isinstance(facts, dict):
        return {key: for_typing(value) for key, value in facts.items()}
    return digits(facts)


@needs(DRAFT, "POST")
def try_case(request: HttpRequest) -> HttpResponse:
    """What the draft gives the facts posted as `facts` on the day `at`, as JSON."""
    if len(request.body) > LONGEST:
        return JsonResponse({"faults": as_json([Fault("facts", "are too long")])})
    try:
        document = publishing.draft()
    except RuleError:
        return JsonResponse({"faults": [], "said": "The draft has faults. Fix them to see what it gives."})
    try:
        facts = facts_of(request.POST.get("facts", ""))
        at = read_date(request.POST["at"]) if request.POST.get("at") else ANY_DAY
        return JsonResponse({"faults": []} | tried(document, facts, at))
    except (InvalidValue, BadLine) as error:
        return JsonResponse({"faults": as_json([Fault("facts", str(error))])})
    except RuleError as error:
        return JsonResponse({"faults": as_json(error.faults)})


def tried(document: Document, facts: Mapping[str, object], at: date) -> dict[str, object]:
    """The segment that these facts come to, and what each profile says of them."""
    read = read_facts(facts, document.vocabulary, at)
    scorer = Scorer(document, at)
    result = scorer.score(scorer.cells_of(read.known))
    found = outcome(result)
    names = {each.key: each.name for each in document.profiles}
    unread = [
        *(f"{document.vocabulary[each].label} cannot have this value" for each in sorted(read.invalid)),
        *(f"{document.vocabulary[each].label} is too old and counts as unknown" for each in sorted(read.stale)),
        *(f"there is no fact {each}" for each in read.unnamed),
    ]
    return {
        "found": found,
        "segment": names.get(found, {"none": "no segment"}.get(found, found)),
        "unread": unread,
        "profiles": [
            {"name": each.name, "said": said_of(each.key, result.profiles[each.key], document)}
            for each in document.profiles
        ],
    }


def said_of(key: str, result: ProfileResult, document: Document) -> str:
    """What a profile says, in a few words."""
    if result.status == "disqualified":
        return f"ruled out: {result.reason}"
    if result.status == "insufficient_data":
        return "not enough data"
    profile = next(each for each in document.profiles if each.key == key)
    parts = []
    if profile.rank is not None:
        lines = [line.label for line in profile.must if result.must.get(line.key) is not Truth.YES]
        parts.append(VERDICTS[result.verdict] + (f" ({', '.join(lines)})" if lines else ""))
    if profile.components or profile.bonus:
        low, high = points_number(result.low), points_number(result.high)
        parts.append(points_text(low) if low == high else f"{number(low or 0)} to {points_text(high)}")
    if result.band:
        parts.append(f"band {result.band}")
    return "; ".join(parts)
