"""The page of one criterion."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from personas.admin.counts import provider_for
from personas.admin.vocabulary import for_typing, vocabulary
from personas.editing.criteria import WORTH_POINTS, add_criterion, change_criterion, siblings
from personas.editing.reading import version
from personas.editing.revisions import ChangedMeanwhile
from personas.models import Component, Criterion, Profile
from personas.rules.errors import Fault, RuleError
from personas.rules.texts import dump_json

from .field import Field, as_json, condition, identity, key_for, place, posted, said
from .meanwhile import met, opened
from .page import DRAFT, needs, person, show

TITLES = {
    Criterion.Kind.MUST: "must",
    Criterion.Kind.POINTS: "row",
    Criterion.Kind.BONUS: "bonus",
    Criterion.Kind.DISQUALIFY: "reason to leave out",
    Criterion.Kind.FLAG: "flag",
}


@needs(DRAFT, "GET", "POST")
def criterion_page(request: HttpRequest, profile_id: int, criterion_id: int | None = None) -> HttpResponse:
    """The form of a criterion, new or there; what was typed stays until it is saved."""
    profile = get_object_or_404(Profile, pk=profile_id)
    row = Criterion.objects.filter(pk=criterion_id, profile=profile).first() if criterion_id else None
    given = request.POST if request.method == "POST" else request.GET
    if row is not None:
        kind, component = row.kind, row.component
    else:
        kind = given.get("kind", "")
        component = profile.components.filter(pk=identity(given.get("component"))).first()
    known = kind in Criterion.Kind.values and (kind == Criterion.Kind.POINTS) == (component is not None)
    if (criterion_id and row is None and request.method == "GET") or not known:
        messages.warning(request, "That criterion is not in the draft any more.")
        return HttpResponseRedirect(editor(profile))
    gone = bool(criterion_id) and row is None
    fields = fields_of(kind, row, people=profile.of_people)
    context: dict[str, Any] = {
        "profile": profile,
        "row": row,
        "kind": kind,
        "component": component,
        "fields": fields,
        "when": dump_json(for_typing(row.condition)) if row else "",
        "opened": opened(request),
        "base": version(row) if row else "",
        "counts": provider_for(request.user) is not None and not profile.of_people,
        "bonus": kind == Criterion.Kind.BONUS,
        "back": editor(profile) + (f"#criterion-{row.pk}" if row else ""),
        "wrong": [],
        "faults": [],
    }
    status = 200
    if request.method == "POST":
        outcome = save(request, profile, kind, component, row, fields, context)
        if isinstance(outcome, HttpResponse):
            return outcome
        status = outcome
        if gone:
            context["wrong"].append("Somebody removed this criterion meanwhile. Saving puts it into the draft again.")
    context["vocabulary"] = vocabulary(profile.subject)
    what = TITLES[Criterion.Kind(kind)]
    title = f"{row.label}" if row else f"New {what}"
    return show(request, "criterion.html", f"{title} · {profile.name}", context, status=status)


def save(
    request: HttpRequest,
    profile: Profile,
    kind: str,
    component: Component | None,
    row: Criterion | None,
    fields: list[Field],
    context: dict[str, Any],
) -> HttpResponse | int:
    """Where to go once it is saved; else the status of the form, which holds what was typed and what is wrong."""
    post = request.POST
    for each in fields:
        each.value = post.get(each.name, "")
    context["when"], context["base"] = post.get("when", ""), post.get("base", "")
    faults: list[Fault] = []
    raw = posted(post, *(each.name for each in fields), numbers=("points",))
    when = condition(post.get("when", ""), "when", faults)
    if when is not None:
        raw["when"] = when
        context["when"] = dump_json(for_typing(when))
    group = siblings(profile, kind, component)
    if "key" not in raw:
        taken = group.exclude(pk=row.pk) if row else group
        raw["key"] = key_for(raw.get("label", ""), taken.values_list("key", flat=True))
    if "label" not in raw:
        faults.append(Fault("label", "is missing", "a few words that name it"))
    try:
        if faults:
            raise RuleError(faults)
        if row:
            saved = change_criterion(row, raw, person(request), base=post.get("base", ""))
        else:
            saved = add_criterion(profile, kind, component, raw, person(request))
    except RuleError as error:
        found = error.faults
        context["faults"], context["wrong"] = as_json_of(fields, found)
        return 422
    except ChangedMeanwhile:
        now = Criterion.objects.filter(pk=row.pk).first() if row else None
        context |= met(request, version(now) if now else "", gone=now is None)
        return 409
    messages.success(request, f"Saved “{saved.label}” in the draft.")
    if "another" in post:
        more = f"?kind={kind}" + (f"&component={component.pk}" if component else "")
        return HttpResponseRedirect(reverse("admin:personas_criterion_new", args=[profile.pk]) + more)
    return HttpResponseRedirect(f"{editor(profile)}#criterion-{saved.pk}")


def as_json_of(fields: list[Field], faults: tuple[Fault, ...]) -> tuple[list[dict[str, str]], list[str]]:
    """Faults of the condition for the builder, and those that have no field."""
    deep, rest = place(fields, faults, "when")
    return as_json(deep), rest


def fields_of(kind: str, row: Criterion | None, *, people: bool = False) -> list[Field]:
    whom, such = ("a contact", "refused") if people else ("an account", "listed company")
    fields = [
        Field("label", "Name", said(row and row.label), help=f"What people read on {whom}, in a few words."),
        Field(
            "points", "Points", said(row and row.points), kind="number", unit="points",
            help="Given when the condition holds; below 0 counts against.",
        ),
        Field(
            "reason", "Reason", said(row and row.reason),
            help=f"What is said of {whom} that is left out for it, such as “{such}”.",
        ),
        Field("rationale", "Why", said(row and row.rationale), kind="area", help="Why this matters, for colleagues."),
        Field(
            "key", "Key", said(row and row.key),
            help="Its name in text and in the history. Empty: made from the name.",
        ),
    ]  # fmt: skip
    left_out = set()
    if kind not in WORTH_POINTS:
        left_out.add("points")
    if kind != Criterion.Kind.DISQUALIFY:
        left_out.add("reason")
    return [each for each in fields if each.name not in left_out]


def editor(profile: Profile) -> str:
    """Where the profile is edited."""
    return reverse("admin:personas_profile_change", args=[profile.pk])
