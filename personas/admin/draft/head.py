"""The page of a profile's head: whom it gives points, what it is called, where it stands, and its bands."""

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
from personas.models import Persona, Profile
from personas.rules.errors import Fault, RuleError
from personas.rules.parts import BUYING_ROLES
from personas.rules.texts import dump_json

from .criterion import editor
from .field import Field, as_json, condition, key_for, number, place, posted, said
from .meanwhile import met, opened
from .page import DRAFT, needs, person, show


@needs(DRAFT, "GET", "POST")
def head_page(request: HttpRequest, profile_id: int | None = None) -> HttpResponse:
    """The form of a profile's head, new or there; what was typed stays until it is saved."""
    row = get_object_or_404(Profile, pk=profile_id) if profile_id else None
    # Whom a profile gives points is chosen when it is made: its criteria are put to nobody else.
    given = request.POST if request.method == "POST" else request.GET
    asked = row.subject if row else given.get("subject", "")
    subject = Profile.Subject(asked) if asked in Profile.Subject.values else Profile.Subject.COMPANY
    fields = people_fields(row) if subject == Profile.Subject.CONTACT else fields_of(row)
    bands = row.bands if row else []
    context: dict[str, Any] = {
        "row": row,
        "subject": subject,
        "subjects": [(value, label, value == subject) for value, label in Profile.Subject.choices],
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
    context["vocabulary"] = vocabulary(subject)
    new = "New profile of people" if subject == Profile.Subject.CONTACT else "New profile of companies"
    return show(request, "head.html", f"Head of {row.name}" if row else new, context, status=status)


def save(request: HttpRequest, row: Profile | None, fields: list[Field], context: dict[str, Any]) -> HttpResponse | int:
    """Where to go once it is saved; else the status of the form, which holds what was typed and what is wrong."""
    post = request.POST
    for each in fields:
        each.value = "\n".join(post.getlist(each.name)) if each.kind == "ticks" else post.get(each.name, "")
    context["base"], context["enough"], context["bands"] = (post.get(name, "") for name in ("base", "enough", "bands"))
    faults: list[Fault] = []
    raw = posted(post, *(each.name for each in fields), numbers=("rank", "maximum"))
    if "examples" in raw:
        raw["examples"] = [line.strip() for line in str(raw["examples"]).split("\n") if line.strip()]
    raw |= {each.name: each.ticked for each in fields if each.kind == "ticks"}
    subject: Profile.Subject = context["subject"]
    raw["subject"] = subject.value
    if subject == Profile.Subject.CONTACT and row:
        # What the form does not show stays as the text of the draft may have it.
        raw |= {"stance": row.stance} if row.stance else {}
        raw |= {"examples": row.examples} if row.examples else {}
    enough = condition(post.get("enough", ""), "enough_data", faults)
    if enough is not None:
        raw["enough_data"] = enough
        context["enough"] = dump_json(for_typing(enough))
    bands = condition(post.get("bands", "") or "[]", "bands", faults)
    raw["bands"] = [band(each) for each in bands if isinstance(each, dict)] if isinstance(bands, list) else []
    if "name" not in raw:
        faults.append(Fault("name", "is missing", "a few words that name it"))
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


def people_fields(row: Profile | None) -> list[Field]:
    """The fields of a profile of people: it is no segment, so it has no rank and wants nobody."""
    shown = {
        "name": "What colleagues call these points, such as “Whom to write to first”.",
        "missing": "Unless a criterion says otherwise.",
        "summary": "What these points are for.",
        "action": "What to do with a contact who has many of them.",
        "maximum": "You are warned when a total can be greater. Empty: no check.",
        "key": "Its name in text and for integrations. Empty: made from the name.",
    }
    fields = {each.name: each for each in fields_of(row)}
    for name, says in shown.items():
        fields[name].help = says
    return [fields[name] for name in shown]


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
            "wanted_personas", "Wanted personas", "\n".join(row.wanted_personas) if row else "", kind="ticks",
            choices=personas_to_tick(row),
            help="Whom an account in this segment should have. None ticked: all personas of the tier Primary.",
        ),
        Field(
            "wanted_roles", "Wanted buying roles", "\n".join(row.wanted_roles) if row else "", kind="ticks",
            choices=[(each, each.replace("_", " ").capitalize()) for each in BUYING_ROLES],
            help="Which roles the people there should cover. None ticked: all four.",
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


def personas_to_tick(row: Profile | None) -> list[tuple[str, str]]:
    """The personas of the draft, those that the profile wants first and in its order."""
    names = dict(Persona.objects.values_list("key", "name"))
    wanted = row.wanted_personas if row else []
    return [
        *((key, names.get(key) or f"{key} (not in the draft)") for key in wanted),
        *((key, name) for key, name in names.items() if key not in wanted),
    ]
