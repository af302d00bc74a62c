"""What one press of a button does to the draft: move, duplicate, turn off or on, remove, undo, redo."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from personas.editing import components, criteria, facts, people, profiles, publication, revisions
from personas.models import Component, Criterion, CustomFact, GoldenCase, Persona, Profile
from personas.rules.errors import RuleError

from .field import fault_of, identity
from .page import DRAFT, needs, person

Row = Profile | Component | Criterion | GoldenCase | Persona | CustomFact
MODELS: dict[str, type[Row]] = {
    "profile": Profile,
    "component": Component,
    "criterion": Criterion,
    "case": GoldenCase,
    "persona": Persona,
    "fact": CustomFact,
}


@needs(DRAFT, "POST")
def step(request: HttpRequest) -> HttpResponse:
    """`what` and `id` name a row of the draft, `do` what happens to it."""
    model = MODELS.get(request.POST.get("what", ""))
    row = model._default_manager.filter(pk=identity(request.POST.get("id"))).first() if model else None
    action = request.POST.get("do", "")
    if row is None:
        messages.warning(request, "That is not in the draft any more.")
        return back(request)
    stands = f"#{request.POST.get('what')}-{row.pk}"
    try:
        said = act(request, row, action)
    except RuleError as error:
        messages.error(request, fault_of(error))
        return back(request, stands)
    if said is None:
        messages.warning(request, "Nothing was done.")
    elif action in ("duplicate", "remove"):
        messages.success(request, said)
    if action == "remove":
        stands = "#draft-bar"
        if isinstance(row, Profile):
            return HttpResponseRedirect(reverse("admin:personas_profile_changelist"))
    return back(request, stands)


def act(request: HttpRequest, row: Row, action: str) -> str | None:
    """What was done, in words; None where there is no such action."""
    author = person(request)
    actions: dict[str, Callable[[], object]] = {}
    name = str(row)
    match row:
        case Criterion():
            actions = {
                "up": lambda: criteria.move_criterion(row, -1, author),
                "down": lambda: criteria.move_criterion(row, 1, author),
                "duplicate": lambda: criteria.duplicate_criterion(row, author),
                "off": lambda: criteria.turn_criterion(row, author, on=False),
                "on": lambda: criteria.turn_criterion(row, author, on=True),
                "remove": lambda: criteria.remove_criterion(row, author),
            }
        case Component():
            actions = {
                "up": lambda: components.move_component(row, -1, author),
                "down": lambda: components.move_component(row, 1, author),
                "duplicate": lambda: components.duplicate_component(row, author),
                "off": lambda: components.turn_component(row, author, on=False),
                "on": lambda: components.turn_component(row, author, on=True),
                "remove": lambda: components.remove_component(row, author),
            }
        case Profile():
            actions = {
                "up": lambda: profiles.move_profile(row, -1, author),
                "down": lambda: profiles.move_profile(row, 1, author),
                "duplicate": lambda: profiles.duplicate_profile(row, author),
                "remove": lambda: profiles.remove_profile(row, author),
            }
        case GoldenCase():
            actions = {
                "up": lambda: publication.move_case(row, -1, author),
                "down": lambda: publication.move_case(row, 1, author),
                "duplicate": lambda: publication.duplicate_case(row, author),
                "remove": lambda: publication.remove_case(row, author),
            }
        case Persona():
            actions = {
                "up": lambda: people.move_persona(row, -1, author),
                "down": lambda: people.move_persona(row, 1, author),
                "duplicate": lambda: people.duplicate_persona(row, author),
                "remove": lambda: people.remove_persona(row, author),
            }
        case CustomFact():
            actions = {
                "up": lambda: facts.move_fact(row, -1, author),
                "down": lambda: facts.move_fact(row, 1, author),
                "remove": lambda: facts.remove_fact(row, author),
            }
    if action not in actions:
        return None
    actions[action]()
    word = {"duplicate": "Duplicated", "remove": "Removed"}.get(action, "Done:")
    return f"{word} “{name}”. Undo takes it back."


@needs(DRAFT, "POST")
def undo(request: HttpRequest) -> HttpResponse:
    """The edit that the page showed as the last is taken back, unless another is the last by now."""
    try:
        undone = revisions.undo(person(request), only=identity(request.POST.get("revision")))
        messages.success(request, f"Undone: {undone}.")
    except revisions.NothingToUndo as error:
        messages.warning(request, str(error))
    return back(request, "#draft-bar")


@needs(DRAFT, "POST")
def redo(request: HttpRequest) -> HttpResponse:
    """The edit that the page showed as taken back last is done again, unless another is by now."""
    try:
        messages.success(request, f"Done again: {revisions.redo(only=identity(request.POST.get('revision')))}.")
    except revisions.NothingToUndo as error:
        messages.warning(request, str(error))
    return back(request, "#draft-bar")


def back(request: HttpRequest, place: str = "") -> HttpResponse:
    """To the page that the button stood on."""
    address = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        address = reverse("admin:personas_profile_changelist")
    return HttpResponseRedirect(address + place)
