"""What every page of the editor has in common: who may open it, its frame, and what stands at its head."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse

from personas.editing.publication import Draft, read_draft
from personas.editing.revisions import last_done, next_undone
from personas.models import Ruleset
from personas.rules.document import Document
from personas.rules.text import difference

DRAFT = "personas.change_profile"
PUBLISH = "personas.publish_ruleset"

View = Callable[..., HttpResponse]


def may_draft(request: HttpRequest) -> bool:
    """Whether this person may edit the draft."""
    return request.user.has_perm(DRAFT)


def may_publish(request: HttpRequest) -> bool:
    """Whether this person may make the draft the active rules, and roll back."""
    return request.user.has_perm(PUBLISH)


def person(request: HttpRequest) -> User | None:
    """Who asks."""
    return request.user if isinstance(request.user, User) else None


def needs(permission: str, *methods: str) -> Callable[[View], View]:
    """A view for people with this permission only, and for these methods where some are named."""

    def wrap(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            if methods and request.method not in methods:
                return HttpResponseNotAllowed(methods)
            return view(request, *args, **kwargs)

        return checked

    return wrap


def show(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], *, status: int = 200
) -> TemplateResponse:
    """A page of the editor in the frame of the admin."""
    frame = admin.site.each_context(request) | {"title": title, "is_popup": False}
    return TemplateResponse(request, f"personas/draft/{template}", frame | context, status=status)


def bar(request: HttpRequest) -> dict[str, Any]:
    """How the draft stands: what it changes, what is wrong with it, and what can be taken back."""
    draft = read_draft()
    active = Ruleset.objects.active().first()
    return {
        "draft": draft,
        "active": active,
        "changes": changes(draft, active),
        "undoable": last_done(),
        "redoable": next_undone(),
        "may_draft": may_draft(request),
        "may_publish": may_publish(request),
    }


@dataclass(frozen=True)
class Change:
    """One change in words: the thing it is about, by its name, and what changes."""

    where: str
    said: str


def changes(draft: Draft, active: Ruleset | None) -> list[Change]:
    """What the draft changes in the active rules, in words; nothing while the draft has faults."""
    if draft.document is None:
        return []
    return named_difference(active.document() if active else Document(), draft.document)


def named_difference(old: Document, new: Document) -> list[Change]:
    """Every change from `old` to `new`, each under the name of what it changes."""
    names = names_of(old) | names_of(new)
    return [named(each, names) for each in difference(old, new)]


def named(line: str, names: Mapping[str, str]) -> Change:
    """A line such as `profiles.a.must.b.label: x → y`, under the name of the criterion b of the profile a."""
    near = [place for place in names if line.startswith((f"{place}:", f"{place}."))]
    if not near:
        return Change("", line)
    place = max(near, key=len)
    rest = line[len(place) :].removeprefix(":").removeprefix(".").strip()
    return Change(names[place], rest)


def names_of(document: Document) -> dict[str, str]:
    """What people call each part of a document, by its place in a difference."""
    names = {f"lists.{each.key}": f"List {each.title}" for each in document.lists}
    names |= {f"facts.{each.key}": f"Fact {each.label}" for each in document.facts}
    names |= {f"personas.{each.key}": each.name for each in document.personas}
    names |= {f"cases.{each.name}": f"Golden case “{each.name}”" for each in document.cases}
    for profile in (*document.profiles, *document.contact_profiles):
        at = f"profiles.{profile.key}"
        names[at] = profile.name
        for word, lines in (
            ("disqualify", profile.disqualify),
            ("must", profile.must),
            ("bonus", profile.bonus),
            ("flags", profile.flags),
        ):
            names |= {f"{at}.{word}.{each.key}": f"{profile.name}: {each.label}" for each in lines}
        for part in profile.components:
            names[f"{at}.components.{part.key}"] = f"{profile.name}: {part.label}"
            for row in part.rows:
                place = f"{at}.components.{part.key}.rows.{row.key}"
                names[place] = f"{profile.name}: {part.label}, {row.label}"
    return names
