"""The page of a profile's head: what it is called, where it stands, and its bands."""

from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from personas.admin.vocabulary import for_typing, vocabulary
from personas.editing.profiles import add_profile, change_profile
from personas.editing.reading import version
from personas.editing.revisions import ChangedMeanwhile
from personas.models import Profile
from personas.rules.errors import Fault, RuleError
from personas.rules.texts import dump_json

from .criterion import editor
from .field import Field, as_json, condition, key_for, number, place, posted, said
from .meanwhile import met, opened
from .page import DRAFT, needs, person, show


@needs(DRAFT, "GET", "POST")
def head_page(request: HttpRequest, profile_id: int | None = None) -> HttpResponse:
    """The form of a profile's head, new or there; what was typed stays until it is saved."""
    row = get_object_or_404(Profile, pk=profile_id) if profile_id else None
    fields = fields_of(row)
    bands = row.bands if row else []
    context: dict[str, Any] = {
        "row": row,
        "fields": fields,
        "enough": dump_json(for_typing(row.enough_data)) if row and row.enough_data else "",
        "bands": dump_json([{"key": each.get("key", ""), "from": said(each.get("from"))} for each in bands]),
        "opened": opened(request),
        "base": version(row) if row else "",
        "back": editor(row) if row else reverse("admin:personas_profile_changelist"),
        "wrong": [],
        "faults": [],
    }
    status = 200
    if request.method == "POST":
        outcome = save(request, row, fields, context)
        if isinstance(outcome, HttpResponse):
            return outcome
        status = outcome
    context["vocabulary"] = vocabulary()
    return show(request, "head.html", f"Head of {row.name}" if row else "New profile", context, status=status)


def save(request: HttpRequest, row: Profile | None, fields: list[Field], context: dict[str, Any]) -> HttpResponse | int:
    """Where to go once it is saved; else the status of the form, which holds what was typed and what is wrong."""
    post = request.POST
    for each in fields:
        each.value = post.get(each.name, "")
    context["base"], context["enough"], context["bands"] = (post.get(name, "") for name in ("base", "enough", "bands"))
    faults: list[Fault] = []
    raw = posted(post, *(each.name for each in fields), numbers=("rank", "maximum"))
    if "examples" in raw:
        raw["examples"] = [line.strip() for line in str(raw["examples"]).split("\n") if line.strip()]
    enough = condition(post.get("enough", ""), "enough_data", faults)
    if enough is not None:
        raw["enough_data"] = enough
        context["enough"] = dump_json(for_typing(enough))
    bands = condition(post.get("bands", "") or "[]", "bands", faults)
    raw["bands"] = [band(each) for each in bands if isinstance(each, dict)] if isinstance(bands, list) else []
    if "name" not in raw:
        faults.append(Fault("name", "is missing", "what people call this kind of company"))
    if "key" not in raw:
        others = Profile.objects.exclude(pk=row.pk) if row else Profile.objects.all()
        raw["key"] = key_for(raw.get("name", ""), others.values_list("key", flat=True))
    try:
        if faults:
            raise RuleError(faults)
        saved = (
            change_profile(row, raw, person(request), base=post.get("base", ""))
            if row
            else add_profile(raw, person(request))
        )
    except RuleError as error:
        deep, context["wrong"] = place(fields, error.faults, "enough_data", "bands")
        context["faults"] = as_json(deep)
        return 422
    except ChangedMeanwhile:
        now = Profile.objects.filter(pk=row.pk).first() if row else None
        context |= met(request, version(now) if now else "", gone=now is None)
        return 409
    messages.success(request, f"Saved “{saved.name}” in the draft.")
    return HttpResponseRedirect(editor(saved))


def band(raw: dict[str, object]) -> dict[str, object]:
    """A band as it stands in a document."""
    start = number(str(raw.get("from") or ""))
    return {"key": str(raw.get("key") or "")} | ({} if start is None else {"from": start})


def fields_of(row: Profile | None) -> list[Field]:
    rank = row.rank if row else (Profile.objects.aggregate(last=Max("rank"))["last"] or 0) + 1
    return [
        Field("name", "Name", said(row and row.name), help="What people call this kind of company."),
        Field(
            "stance", "Stance", said(row and row.stance), kind="select", help="What sales does with it.",
            choices=[("", "None"), *Profile.Stance.choices],
        ),
        Field(
            "rank", "Rank", said(rank), kind="number",
            help="Segments are looked at by rank, 1 first. Empty: a scorecard, never a segment.",
        ),
        Field(
            "missing", "A fact that is unknown", said(row.missing if row else "open"), kind="select",
            choices=Profile.Missing.choices, help="Unless a criterion says otherwise.",
        ),
        Field("summary", "Why it matters", said(row and row.summary), kind="area"),
        Field(
            "action", "What to do", said(row and row.action), kind="area",
            help="What sales does with such an account.",
        ),
        Field(
            "examples", "Examples", "\n".join(map(str, row.examples)) if row else "", kind="area",
            help="Names, one a line.",
        ),
        Field(
            "maximum", "Meant to reach at most", said(row and row.maximum), kind="number", unit="points",
            help="You are warned when a total can be greater. Empty: no check.",
        ),
        Field(
            "key", "Key", said(row and row.key),
            help="Its name in text and for integrations. Empty: made from the name.",
        ),
    ]  # fmt: skip
