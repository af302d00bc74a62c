"""Personas of the draft, each a form with all that is said of it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from personas.admin.moves import provider_for, shown
from personas.editing.people import persona_version, save_persona
from personas.editing.revisions import ChangedMeanwhile
from personas.editing.titles import draft_personas
from personas.editing.uses import uses_of_persona
from personas.models import Persona, Ruleset, Statement
from personas.rules import parts
from personas.rules.document import Document
from personas.rules.errors import Fault, RuleError
from personas.rules.parts import BUYING_ROLES

from .field import Field, key_for, place, posted, said
from .meanwhile import met, opened
from .page import DRAFT, bar, may_draft, may_publish, needs, person, show
from .used import used

STATEMENTS = (
    ("goal", "Goals", "What they want to reach, one a line."),
    ("challenge", "Challenges", "What stands in their way, one a line."),
    ("deal_maker", "Deal-makers: say this", "What wins them over, one a line. Sales sees it on a contact."),
    ("deal_breaker", "Deal-breakers: avoid this", "What puts them off, one a line. Sales sees it on a contact."),
)
TEXTS = ("name", "tier", "key", "story", "pain_tolerance", "technical_level")
LINES = ("aliases", "found_at", "titles", "exclude")
PREVIEW = "preview"
"""A button of the form that saves nothing and shows what the typed titles move."""


def personas_page(request: HttpRequest) -> HttpResponse:
    """The personas of the draft, in order."""
    rows = Persona.objects.prefetch_related("statements", "title_patterns")
    shown = [
        {
            "row": row,
            "roles": ", ".join(role.replace("_", " ") for role in row.buying_roles),
            "titles": sum(not each.exclude for each in row.title_patterns.all()),
            "statements": len(row.statements.all()),
        }
        for row in rows
    ]
    return show(request, "personas.html", "Personas", bar(request) | {"personas": shown})


@needs(DRAFT, "GET", "POST")
def persona_page(request: HttpRequest, persona_id: int | None = None) -> HttpResponse:
    """The form of a persona, new or there; what was typed stays until it is saved."""
    row = get_object_or_404(Persona, pk=persona_id) if persona_id else None
    groups = fields_of(row)
    fields = [field for _, members in groups for field in members]
    back = reverse("admin:personas_persona_changelist")
    context: dict[str, Any] = {
        "row": row,
        "groups": groups,
        "roles": [(role, role.replace("_", " ").capitalize()) for role in BUYING_ROLES],
        "chosen": row.buying_roles if row else [],
        "base": persona_version(row) if row else "",
        "opened": opened(request),
        "back": back,
        "uses": used(uses_of_persona(row.key)) if row else [],
        "wrong": [],
        "may_count": provider_for(request.user) is not None,
    }
    status = 200
    if request.method == "POST":
        for each in fields:
            each.value = request.POST.get(each.name, "")
        context["chosen"] = request.POST.getlist("buying_roles")
        if PREVIEW in request.POST:
            return show(
                request, "persona.html", row.name if row else "New persona", context | moves_of_form(request, row)
            )
        raw = persona_of(request.POST)
        if "key" not in raw:
            others = Persona.objects.exclude(pk=row.pk) if row else Persona.objects.all()
            raw["key"] = key_for(raw.get("name", ""), others.values_list("key", flat=True))
        try:
            if "name" not in raw:
                raise RuleError([Fault("name", "is missing", "what people call this persona")])
            saved = save_persona(row, raw, person(request), base=request.POST.get("base", ""))
        except RuleError as error:
            context["wrong"] = place(fields, error.faults)[1]
            status = 422
        except ChangedMeanwhile:
            now = Persona.objects.filter(pk=row.pk).first() if row else None
            context |= met(request, persona_version(now) if now else "", gone=now is None)
            status = 409
        else:
            messages.success(request, f"Saved the persona “{saved.name}” in the draft.")
            return HttpResponseRedirect(f"{back}#persona-{saved.pk}")
    return show(request, "persona.html", row.name if row else "New persona", context, status=status)


@needs(DRAFT, "POST")
@never_cache
def persona_moves(request: HttpRequest, persona_id: int | None = None) -> HttpResponse:
    """Which titles and how many contacts the typed titles move, compared with the draft as it is saved."""
    row = get_object_or_404(Persona, pk=persona_id) if persona_id else None
    return render(request, "personas/draft/moves.html", moves_of_form(request, row))


def moves_of_form(request: HttpRequest, row: Persona | None) -> dict[str, Any]:
    """What the typed titles move, for the page; nothing for people who may not know."""
    saved = draft_personas()
    key = row.key if row else ""
    name = request.POST.get("name", "").strip() or "This persona"
    typed = parts.Persona(
        key,
        row.name if row else name,
        titles=tuple(lines(request.POST.get("titles", ""))),
        exclude=tuple(lines(request.POST.get("exclude", ""))),
    )
    after = tuple(typed if each.key == key else each for each in saved)
    return moves_shown(request, saved, after if row else (*saved, typed))


@never_cache
def draft_moves(request: HttpRequest) -> HttpResponse:
    """Which titles and how many contacts the personas of the whole draft move, compared with the rules in force."""
    if not (may_draft(request) or may_publish(request)):
        raise PermissionDenied
    active = Ruleset.objects.active().first()
    before = active.document().personas if active else ()
    return render(request, "personas/draft/moves.html", moves_shown(request, before, draft_personas()))


def moves_shown(
    request: HttpRequest, before: tuple[parts.Persona, ...], after: tuple[parts.Persona, ...]
) -> dict[str, Any]:
    """What moves between these personas, in groups; `moves` is None for people who may not know."""
    provider = provider_for(request.user)
    moves = provider.moved(Document(personas=before), Document(personas=after)) if provider else None
    return shown(moves, {each.key: each.name or each.key for each in (*before, *after)})


def persona_of(post: QueryDict) -> dict[str, object]:
    """What was typed, as a persona stands in a document."""
    raw = posted(post, *TEXTS)
    for name in LINES:
        raw[name] = lines(post.get(name, ""))
    raw["buying_roles"] = [role for role in BUYING_ROLES if role in post.getlist("buying_roles")]
    raw["statements"] = [
        {"kind": kind, "text": text} for kind, _, _ in STATEMENTS for text in lines(post.get(kind, ""), keep=True)
    ]
    return raw


def lines(text: str, *, keep: bool = False) -> list[str]:
    """What stands on the lines; with `keep`, a line that starts with a space goes on the one above it."""
    out: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if keep and out and line[:1].isspace() and line.strip():
            out[-1] += f"\n{line.strip()}"
        elif line.strip():
            out.append(line.strip())
    return out


def fields_of(row: Persona | None) -> list[tuple[str, list[Field]]]:
    """The fields of a persona in groups."""
    statements: list[Statement] = list(row.statements.all()) if row else []
    patterns = list(row.title_patterns.all()) if row else []

    def area(name: str, label: str, values: list[str], says: str) -> Field:
        return Field(name, label, "\n".join(values), kind="area", help=says)

    return [
        ("Who they are", [
            Field("name", "Name", said(row and row.name)),
            Field("tier", "Tier", said(row.tier if row else "other"), kind="select", choices=Persona.Tier.choices),
            area("aliases", "Also called", row.aliases if row else [], "Other names, one a line."),
            Field("story", "Story", said(row and row.story), kind="area",
                  help="A short paragraph that makes them real."),
            Field("pain_tolerance", "Pain tolerance", said(row and row.pain_tolerance), kind="area",
                  help="How much trouble they put up with before they leave."),
            Field("technical_level", "Technical level", said(row and row.technical_level), kind="area"),
            area("found_at", "Where to find them", row.found_at if row else [], "One a line."),
            Field("key", "Key", said(row and row.key), help="Its name in rules and for integrations. "
                  "Empty: made from the name."),
        ]),
        ("What they say", [
            area(kind, label, [each.text.replace("\n", "\n  ") for each in statements if each.kind == kind], says)
            for kind, label, says in STATEMENTS
        ]),
        ("Job titles", [
            area("titles", "Titles that match", [each.text for each in patterns if not each.exclude],
                 "One a line, such as senior software engineer. Whole words in order; case does not count."),
            area("exclude", "Titles that rule them out", [each.text for each in patterns if each.exclude],
                 "One a line, such as sales engineer."),
        ]),
    ]  # fmt: skip
