"""A form that was saved by somebody since it was opened: who did it, and what can be done now."""

from typing import Any

from django.http import HttpRequest

from personas.models import DraftRevision

from .field import identity

SHOWN = 5


def opened(request: HttpRequest) -> int:
    """When the form was opened, as a mark: edits of the draft after it have a greater id."""
    return identity(request.POST.get("opened")) or last_edit()


def last_edit() -> int:
    return DraftRevision.objects.values_list("pk", flat=True).first() or 0


def met(request: HttpRequest, base: str, *, gone: bool = False) -> dict[str, Any]:
    """What the form shows: the edits since it was opened, whether they are all one's own, and the new `base`."""
    since = identity(request.POST.get("opened"))
    edits = DraftRevision.objects.select_related("author").filter(pk__gt=since, undone_at=None)
    found = list(edits[: SHOWN + 1])
    return {
        "theirs": True,
        "gone": gone,
        "own": bool(found) and all(each.author_id == request.user.pk for each in found),
        "met": found[:SHOWN],
        "base": base,
        "opened": last_edit(),
    }
