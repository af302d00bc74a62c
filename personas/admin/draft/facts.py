"""Facts of the draft beyond the built-in ones, and built-in ones with another label or a freshness limit."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from personas.admin.vocabulary import KINDS
from personas.editing.facts import save_fact
from personas.editing.reading import version
from personas.editing.revisions import ChangedMeanwhile
from personas.editing.uses import uses_by_fact, uses_of_fact
from personas.models import CustomFact
from personas.rules.errors import RuleError
from personas.rules.facts import BUILT_IN, Kind

from .field import Field, key_for, place, posted, said
from .meanwhile import met, opened
from .page import DRAFT, bar, needs, person, show
from .used import used

NUMBERS = ("minimum", "maximum", "fresh_for_days")


def facts_page(request: HttpRequest) -> HttpResponse:
    """The facts that the draft adds with where each is used, and the built-in ones."""
    uses = uses_by_fact()
    rows = list(CustomFact.objects.all())
    there = {row.key for row in rows}
    shown = [
        {
            "row": row,
            "kind": KINDS[Kind(row.kind)],
            "built_in": row.key in BUILT_IN,
            "uses": used(uses.get(row.key, [])),
        }
        for row in rows
    ]
    built_in = [
        {"fact": fact, "kind": KINDS[fact.kind], "places": len(uses.get(fact.key, []))}
        for fact in BUILT_IN.values()
        if fact.key not in there
    ]
    return show(request, "facts.html", "Facts", bar(request) | {"facts": shown, "built_in": built_in})


@needs(DRAFT, "GET", "POST")
def fact_page(request: HttpRequest, fact_id: int | None = None) -> HttpResponse:
    """The form of a fact, new or there; what was typed stays until it is saved."""
    row = get_object_or_404(CustomFact, pk=fact_id) if fact_id else None
    given = (request.POST or request.GET).get("key", "")
    known = BUILT_IN.get(row.key if row else given)
    fields = fields_of(row, known.key if known else "")
    uses = uses_of_fact(row.key) if row else []
    back = reverse("admin:personas_customfact_changelist")
    context: dict[str, Any] = {
        "row": row,
        "fields": fields,
        "base": version(row) if row else "",
        "opened": opened(request),
        "back": back,
        "crumb": ("Facts", back),
        "uses": used(uses),
        "built_in": known is not None,
        "action": reverse("admin:personas_fact", args=[row.pk]) if row else "",
        "wrong": [],
    }
    status = 200
    if request.method == "POST":
        for each in fields:
            each.value = request.POST.get(each.name, "")
        raw = posted(request.POST, *(each.name for each in fields), numbers=NUMBERS)
        key = str(raw.pop("key", "") or (row.key if row else "")) or key_for(
            raw.get("label", ""), CustomFact.objects.values_list("key", flat=True)
        ).replace("-", "_")
        if "choices" in raw:
            raw["choices"] = [line.strip() for line in str(raw["choices"]).split("\n") if line.strip()]
        raw |= {"ordered": raw["ordered"] == "yes"} if "ordered" in raw else {}
        try:
            saved = save_fact(row, key, raw, person(request), base=request.POST.get("base", ""))
        except RuleError as error:
            context["wrong"] = place(fields, error.faults)[1]
            status = 422
        except ChangedMeanwhile:
            now = CustomFact.objects.filter(pk=row.pk).first() if row else None
            context |= met(request, version(now) if now else "", gone=now is None)
            status = 409
        else:
            messages.success(request, f"Saved the fact “{saved.label}” in the draft.")
            return HttpResponseRedirect(f"{back}#fact-{saved.pk}")
    title = row.label if row else f"Adjust {known.label}" if known else "New fact"
    return show(request, "fact.html", title, context, status=status)


def fields_of(row: CustomFact | None, built_in: str) -> list[Field]:
    """The fields of a fact; of a built-in one only what can be adjusted."""
    known = BUILT_IN.get(built_in)
    label = row.label if row else known.label if known else ""
    fields = [
        Field("label", "Name", label, help="What people call it, such as Monthly web visits."),
        Field("kind", "Kind", said(row and row.kind), kind="select", choices=[(each, KINDS[each]) for each in Kind],
              help="What its values are like. It decides which questions can be asked of it."),
        Field("unit", "Unit", row.unit if row else known.unit if known else "", help="Such as visits or USD a month."),
        Field("fresh_for_days", "Fresh for", said(row and row.fresh_for_days), kind="number", unit="days",
              help="An older value counts as unknown and is still shown. Empty: a value never grows stale."),
        Field("choices", "Choices", "\n".join(row.choices) if row else "", kind="area",
              help="For a choice: one a line, the lowest first. Empty: any word."),
        Field("ordered", "The choices are in order", "yes" if row and row.ordered else "", kind="select",
              choices=[("", "no"), ("yes", "yes: one can be asked to be at least another")]),
        Field("minimum", "Never below", said(row and row.minimum), kind="number", help="For numbers. Empty: no limit."),
        Field("maximum", "Never above", said(row and row.maximum), kind="number", help="For numbers. Empty: no limit."),
        Field("explanation", "Explanation", row.explanation if row else known.explanation if known else "", kind="area",
              help="Shown to whoever writes a criterion, and to whoever fills it in."),
        Field("key", "Key", built_in, help="Its name in text and for integrations; letters, digits and underscore. "
              "Empty: made from the name. It stays."),
    ]  # fmt: skip
    left_out = {"key"} if row else set()
    if known:
        left_out |= {"kind", "choices", "ordered", "minimum", "maximum"}
    return [each for each in fields if each.name not in left_out]
