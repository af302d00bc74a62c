"""The page of one component: how its rows become points, and the rows as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from personas.admin.vocabulary import for_typing, vocabulary
from personas.editing.components import save_component
from personas.editing.reading import version
from personas.editing.revisions import ChangedMeanwhile
from personas.models import Component, Profile
from personas.rules.errors import Fault, RuleError
from personas.rules.texts import dump_json

from .criterion import editor
from .field import Field, as_json, condition, key_for, number, place, posted, said
from .meanwhile import met, opened
from .page import DRAFT, needs, person, show

NUMBERS = ("cap", "floor", "otherwise")


@needs(DRAFT, "GET", "POST")
def component_page(request: HttpRequest, profile_id: int, component_id: int | None = None) -> HttpResponse:
    """The form of a component with its rows, new or there; what was typed stays until it is saved."""
    profile = get_object_or_404(Profile, pk=profile_id)
    row = Component.objects.filter(pk=component_id, profile=profile).first() if component_id else None
    if component_id and row is None and request.method == "GET":
        messages.warning(request, "That component is not in the draft any more.")
        return HttpResponseRedirect(editor(profile))
    fields = fields_of(row)
    rows = list(row.rows.all()) if row else []
    context: dict[str, Any] = {
        "profile": profile,
        "row": row,
        "fields": fields,
        "gate": dump_json(for_typing(row.gate)) if row and row.gate else "",
        "table": dump_json([table_row(each) for each in rows]),
        "opened": opened(request),
        "base": version(row, *rows) if row else "",
        "back": editor(profile) + (f"#component-{row.pk}" if row else ""),
        "wrong": [],
        "faults": [],
    }
    status = 200
    if request.method == "POST":
        outcome = save(request, profile, row, fields, context)
        if isinstance(outcome, HttpResponse):
            return outcome
        status = outcome
        if component_id and row is None:
            context["wrong"].append("Somebody removed this component meanwhile. Saving puts it into the draft again.")
    context["vocabulary"] = vocabulary(profile.subject)
    title = row.label if row else "New component"
    return show(request, "component.html", f"{title} · {profile.name}", context, status=status)


def table_row(row: Any) -> dict[str, Any]:
    """A row as the table takes it."""
    return {
        "pk": row.pk,
        "key": row.key,
        "label": row.label,
        "points": said(row.points),
        "rationale": row.rationale,
        "off": not row.enabled,
        "when": for_typing(row.condition),
    }


def save(
    request: HttpRequest, profile: Profile, row: Component | None, fields: list[Field], context: dict[str, Any]
) -> HttpResponse | int:
    """Where to go once it is saved; else the status of the form, which holds what was typed and what is wrong."""
    post = request.POST
    for each in fields:
        each.value = post.get(each.name, "")
    context["gate"], context["base"] = post.get("gate", ""), post.get("base", "")
    faults: list[Fault] = []
    raw = posted(post, *(each.name for each in fields), numbers=NUMBERS)
    gate = condition(post.get("gate", ""), "gate", faults)
    if gate is not None:
        raw["gate"] = gate
        context["gate"] = dump_json(for_typing(gate))
    table = condition(post.get("table", "") or "[]", "rows", faults)
    lines = [each for each in table if isinstance(each, dict)] if isinstance(table, list) else []
    context["table"] = dump_json([each | {"when": for_typing(each.get("when"))} for each in lines])
    raw["rows"] = rows_of(lines, faults)
    if "key" not in raw:
        others = profile.components.exclude(pk=row.pk) if row else profile.components.all()
        raw["key"] = key_for(raw.get("label", ""), others.values_list("key", flat=True))
    if "label" not in raw:
        faults.append(Fault("label", "is missing", "a few words that name it"))
    ids = [each["pk"] if isinstance(each.get("pk"), int) else None for each in lines]
    off = [each.get("off") is True for each in lines]
    try:
        if faults:
            raise RuleError(faults)
        saved = save_component(profile, row, raw, ids, off, person(request), base=post.get("base", ""))
    except RuleError as error:
        deep, context["wrong"] = place(fields, error.faults, "gate", "rows")
        context["faults"] = as_json(deep)
        return 422
    except ChangedMeanwhile:
        now = Component.objects.filter(pk=row.pk).first() if row else None
        context |= met(request, version(now, *now.rows.all()) if now else "", gone=now is None)
        return 409
    messages.success(request, f"Saved “{saved.label}” in the draft.")
    return HttpResponseRedirect(f"{editor(profile)}#component-{saved.pk}")


def rows_of(lines: Sequence[Mapping[str, Any]], faults: list[Fault]) -> list[dict[str, object]]:
    """The rows of the table as they stand in a document; rows without a key get one."""
    out: list[dict[str, object]] = []
    keys = [str(each.get("key")) for each in lines if each.get("key")]
    for at, each in enumerate(lines):
        label = str(each.get("label") or "").strip()
        if not label:
            faults.append(Fault(f"rows[{at}].label", "is missing", "a few words that name it"))
        key = each.get("key") or key_for(label, keys)
        keys.append(str(key))
        row: dict[str, object] = {"key": key, "label": label, "when": each.get("when")}
        points = number(str(each.get("points") or ""))
        row |= {"points": points} if points is not None else {}
        row |= {"rationale": str(each["rationale"])} if each.get("rationale") else {}
        out.append(row)
    return out


def fields_of(row: Component | None) -> list[Field]:
    return [
        Field("label", "Name", said(row and row.label), help="What people read on an account, in a few words."),
        Field(
            "combine", "Its points are", said(row.combine if row else Component.Combine.SUM), kind="select",
            choices=[
                ("sum", "the points of all rows that hold, added"),
                ("first", "the points of the first row that holds"),
                ("max", "the points of the best row that holds"),
            ],
        ),
        Field(
            "otherwise", "Where no row holds", said(row and row.otherwise), kind="number", unit="points",
            help="For the first or best row only. Empty: 0 points.",
        ),
        Field("cap", "Never more than", said(row and row.cap), kind="number", unit="points", help="Empty: no limit."),
        Field("floor", "Never less than", said(row and row.floor), kind="number", unit="points",
              help="Empty: no limit."),
        Field("key", "Key", said(row and row.key), help="Its name in text. Empty: made from the name."),
    ]  # fmt: skip
