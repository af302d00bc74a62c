"""Lists that somebody narrowed and sorted, kept by name, for themselves or for everybody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict

from crm.models import SavedView
from crm.models.visibility import sees_all

MOST_QUERY = 2_000
MOST_VIEWS = 100
"""Of one person, on one list."""

NAME_LENGTH = 80


@dataclass(frozen=True)
class View:
    """A saved view as a link; `shown` is whether the page shows it now."""

    pk: int
    name: str
    query: str
    shared: bool
    own: bool
    owner: str
    shown: bool
    editable: bool
    removable: bool


def sanitised(query: str, known: Iterable[str]) -> str:
    """The part of an address that this list understands, in one order; what is empty or unknown is left out."""
    given = QueryDict(query[:MOST_QUERY])
    kept = [(name, given[name]) for name in sorted(set(known)) if given.get(name)]
    return urlencode(kept)


def views_of(request: HttpRequest, page: str, known: Sequence[str]) -> list[View]:
    """The views of a list that this person may open: their own first, then those that are shared."""
    now = sanitised(request.META.get("QUERY_STRING", ""), known)
    rows = SavedView.objects.visible_to(request.user).filter(page=page).select_related("owner").order_by("name", "pk")
    may_remove_all = sees_all(request.user)
    found = []
    for row in rows:
        own = row.owner_id == request.user.pk
        query = sanitised(row.query, known)
        found.append(
            View(
                row.pk,
                row.name,
                query,
                row.shared,
                own,
                "" if own else row.owner.get_full_name() or row.owner.get_username(),
                query == now,
                own,
                own or (may_remove_all and row.shared),
            )
        )
    return sorted(found, key=lambda each: not each.own)


class SavedViewDoors:
    """Saving, renaming and deleting views of one list; `page` names the list, `known` what its addresses may hold."""

    def __init__(self, page: str, address: Any, known: Sequence[str]) -> None:
        self.page = page
        self.address = address
        self.known = known

    def save(self, request: HttpRequest) -> HttpResponse:
        """The list as it is narrowed now is kept by a name; the same name again writes over it."""
        user = self.poster(request)
        if isinstance(user, HttpResponse):
            return user
        name = self.name_in(request)
        query = sanitised(request.POST.get("query", ""), self.known)
        shared = request.POST.get("shared") == "on"
        if not name:
            messages.error(request, "Not saved: a view needs a name.")
        elif SavedView.objects.filter(owner=user, page=self.page).exclude(name=name).count() >= MOST_VIEWS:
            messages.error(request, f"Not saved: you have {MOST_VIEWS} views already. Delete one first.")
        else:
            _, made = SavedView.objects.update_or_create(
                owner=user, page=self.page, name=name, defaults={"query": query, "shared": shared}
            )
            said = "Saved" if made else "Saved over the view that had this name"
            whom = "everybody finds it above this list" if shared else "only you see it"
            messages.success(request, f"{said}: “{name}”; {whom}.")
        return self.back(query)

    def change(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One's own view has another name, or is shared, or is no longer so."""
        user = self.poster(request)
        if isinstance(user, HttpResponse):
            return user
        view = self.found(SavedView.objects.editable_by(user), pk)
        name = self.name_in(request)
        if not name:
            messages.error(request, "Not renamed: a view needs a name.")
            return self.back(view.query)
        view.name, view.shared = name, request.POST.get("shared") == "on"
        try:
            with transaction.atomic():
                view.save(update_fields=["name", "shared"])
            messages.success(request, f"Saved: “{name}”.")
        except IntegrityError:
            messages.error(request, f"Not renamed: you have another view named “{name}”.")
        return self.back(view.query)

    def delete(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One's own view is gone; whoever sees all accounts may remove a shared one."""
        user = self.poster(request)
        if isinstance(user, HttpResponse):
            return user
        view = self.found(SavedView.objects.visible_to(user), pk)
        if view.owner_id != user.pk and not (view.shared and sees_all(user)):
            raise PermissionDenied
        view.delete()
        messages.success(request, f"Deleted the view “{view.name}”. The accounts are as they were.")
        return self.back("")

    def poster(self, request: HttpRequest) -> User | HttpResponse:
        """Whoever posts; another answer where nothing was posted."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not isinstance(request.user, User):
            raise PermissionDenied
        return request.user

    def found(self, views: Any, pk: int) -> SavedView:
        view: SavedView | None = views.filter(page=self.page, pk=pk).first()
        if view is None:
            raise Http404("There is no such view.")
        return view

    def name_in(self, request: HttpRequest) -> str:
        return " ".join(request.POST.get("name", "").replace("\0", "").split())[:NAME_LENGTH]

    def back(self, query: str) -> HttpResponseRedirect:
        known = sanitised(query, self.known)
        return HttpResponseRedirect(f"{self.address}?{known}" if known else str(self.address))
