"""What the pages of job titles have in common: who may open them, their frame, and the personas they speak of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from crm.admin.active import ruleset_of
from crm.admin.navigation import may_view
from crm.job_titles import matcher_of
from crm.models.visibility import sees_all
from personas.editing.titles import Waiting, draft_personas, waiting
from personas.rules.document import Document
from personas.rules.parts import Persona
from personas.titles import TitleMatcher

View = Callable[..., HttpResponse]

MAY_DRAFT = "personas.change_profile"


def for_titles(view: View) -> Any:
    """A page of the admin for people who may see job titles; 403 for others."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_view(request, "crm.jobtitle"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(never_cache(checked))


def may_draft(request: HttpRequest) -> bool:
    """Whether this person may edit the personas of the draft."""
    return request.user.has_perm(MAY_DRAFT)


def may_count(request: HttpRequest) -> bool:
    """Whether this person may know how many contacts have a title, those that they do not see included."""
    return sees_all(request.user)


def show(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page inside the frame of the admin."""
    frame = admin.site.each_context(request)
    more = {"title": title, "may_draft": may_draft(request), "may_count": may_count(request)}
    return render(request, f"crm/titles/{template}", {**frame, **more, **context}, status=status)


@dataclass(frozen=True)
class Patterns:
    """The personas in force and those of the draft. For people who may not draft, both are those in force."""

    active: Sequence[Persona]
    draft: Sequence[Persona]

    @property
    def names(self) -> Mapping[str, str]:
        """Every persona by key; the draft's name where it differs."""
        return {each.key: each.name or each.key for each in (*self.active, *self.draft)}

    @cached_property
    def waiting(self) -> Mapping[tuple[str, ...], list[Waiting]]:
        """What the draft changes in their titles and is not published, by the words of the title."""
        return waiting(self.active, self.draft)

    @property
    def differ(self) -> bool:
        """Whether the draft may read a title otherwise."""
        return matched_by(self.active) != matched_by(self.draft)

    @cached_property
    def by_active(self) -> TitleMatcher:
        return matcher_of(Document(personas=tuple(self.active)))

    @cached_property
    def by_draft(self) -> TitleMatcher:
        return matcher_of(Document(personas=tuple(self.draft)))


def matched_by(personas: Sequence[Persona]) -> list[tuple[object, ...]]:
    """All that titles are matched by."""
    return [(each.key, each.titles, each.exclude) for each in personas]


def patterns_of(request: HttpRequest) -> Patterns:
    """The personas that this person works with."""
    ruleset = ruleset_of(request)
    active = ruleset.document().personas if ruleset else ()
    return Patterns(active, draft_personas() if may_draft(request) else active)
