"""Lists of the draft: their names, many at once, and where each list is used."""

import logging
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from personas.editing import lists, names
from personas.editing.reading import version
from personas.editing.revisions import ChangedMeanwhile
from personas.editing.uses import uses_by_list, uses_of_list
from personas.models import ListEntry, NamedList
from personas.rules.errors import RuleError
from personas.rules.words import fold

from .field import Field, fault_of, identity, key_for, place, posted, said
from .meanwhile import met, opened
from .page import DRAFT, bar, needs, person, show
from .used import used

logger = logging.getLogger(__name__)

A_PAGE = 50
MOST_SHOWN = 200
MATCHES = [("name", "by name: without case, accents, punctuation and legal forms"), ("domain", "by domain")]


def lists_page(request: HttpRequest) -> HttpResponse:
    """Every list of the draft with how long it is and where it is used."""
    uses = uses_by_list()
    rows = [(row, row.entries.all(), uses.get(row.key, [])) for row in NamedList.objects.prefetch_related("entries")]
    shown = [{"row": row, "size": len(entries), "uses": used(places)} for row, entries, places in rows]
    return show(request, "lists.html", "Lists", bar(request) | {"lists": shown})


@needs(DRAFT, "GET", "POST")
def list_head_page(request: HttpRequest, list_id: int | None = None) -> HttpResponse:
    """The form of a list's head, new or there; what was typed stays until it is saved."""
    row = get_object_or_404(NamedList, pk=list_id) if list_id else None
    fields = [
        Field("title", "Name", said(row and row.title), help="What people call the list."),
        Field("match", "Names are matched", said(row.match if row else "name"), kind="select", choices=MATCHES),
        Field(
            "contains_from", "Also inside a longer name from", said(row and row.contains_from), kind="number",
            unit="letters", help="A name of so many letters also matches inside a longer one, in whole words. "
            "Empty: whole names only.",
        ),
    ]  # fmt: skip
    if row is None:
        fields.append(Field("key", "Key", help="Its name in text. Empty: made from the name. It stays."))
    context: dict[str, Any] = {
        "row": row,
        "fields": fields,
        "base": version(row) if row else "",
        "opened": opened(request),
        "back": address_of(row) if row else reverse("admin:personas_namedlist_changelist"),
        "crumb": ("Lists", reverse("admin:personas_namedlist_changelist")),
        "wrong": [],
    }
    status = 200
    if request.method == "POST":
        for each in fields:
            each.value = request.POST.get(each.name, "")
        raw = posted(request.POST, *(each.name for each in fields), numbers=("contains_from",))
        if row is None and "key" not in raw:
            raw["key"] = key_for(raw.get("title", ""), NamedList.objects.values_list("key", flat=True))
        try:
            saved = lists.save_list(row, raw, person(request), base=request.POST.get("base", ""))
        except RuleError as error:
            context["wrong"] = place(fields, error.faults)[1]
            status = 422
        except ChangedMeanwhile:
            now = NamedList.objects.filter(pk=row.pk).first() if row else None
            context |= met(request, version(now) if now else "", gone=now is None)
            status = 409
        else:
            messages.success(request, f"Saved the list “{saved.title}” in the draft.")
            return HttpResponseRedirect(address_of(saved))
    return show(request, "plain.html", f"Head of {row}" if row else "New list", context, status=status)


@dataclass
class Line:
    """An entry as the page shows it; with `form` it is being edited."""

    row: ListEntry | None
    name: str
    aliases: str
    base: str = ""
    form: bool = False


def list_page(request: HttpRequest, row: NamedList) -> HttpResponse:
    """The list with its entries: searched, added to, changed and removed in place."""
    return listed(request, row)


def listed(
    request: HttpRequest,
    row: NamedList,
    typed: Line | None = None,
    faults: tuple[Any, ...] = (),
    status: int = 200,
    **more: object,
) -> HttpResponse:
    """The page; with `typed`, what was typed into the form of an entry and is not saved yet."""
    given = request.POST if request.method == "POST" else request.GET
    search = given.get("q", "").strip()
    entries = sorted(row.entries.all(), key=lambda each: fold(each.name))
    if search:
        wanted = fold(search)
        entries = [each for each in entries if any(wanted in fold(name) for name in (each.name, *each.aliases))]
    pages = Paginator(entries, A_PAGE)
    page = pages.get_page(given.get("p"))
    edited = typed.row.pk if typed and typed.row else identity(given.get("edit"))
    lines = []
    for each in page:
        line = Line(each, each.name, "; ".join(each.aliases), version(each), each.pk == edited)
        lines.append(typed if typed and typed.row and typed.row.pk == each.pk else line)
    if typed and typed.row and typed not in lines:
        lines.insert(0, typed)
    places = uses_of_list(row.key)
    context = bar(request) | {
        "row": row,
        "size": row.entries.count(),
        "found": len(entries),
        "search": search,
        "page": page,
        "pages": pages,
        "again": urlencode({"q": search}) if search else "",
        "lines": lines,
        "typed": typed,
        "new": typed if typed and typed.row is None else Line(None, "", "", form=True),
        "name_faults": [f"{each.message[:1].upper()}{each.message[1:]}" for each in faults if each.path == "name"],
        "alias_faults": [f"{each.message[:1].upper()}{each.message[1:]}" for each in faults if each.path == "aliases"],
        "uses": used(places),
        "opened": opened(request),
    }
    return show(request, "list.html", row.title, context | more, status=status)


@needs(DRAFT, "POST")
def entry(request: HttpRequest, list_id: int) -> HttpResponse:
    """One entry is added, changed or removed; `do` says which."""
    row = get_object_or_404(NamedList, pk=list_id)
    which = identity(request.POST.get("entry"))
    found = row.entries.filter(pk=which).select_related("named_list").first() if which else None
    if request.POST.get("do") == "remove":
        if found is None:
            messages.info(request, "That name is not on the list any more.")
        else:
            lists.remove_entry(found, person(request))
            messages.success(request, f"Removed “{found.name}”. Undo takes it back.")
        return HttpResponseRedirect(back_to(request, row))
    name = " ".join(request.POST.get("name", "").split())
    spelt = request.POST.get("aliases", "")
    aliases = [" ".join(each.split()) for each in re.split(r"[;\n]", spelt) if each.strip()]
    typed = Line(found, name, spelt, request.POST.get("base", ""), form=True)
    try:
        if which and found is None:
            raise ChangedMeanwhile
        saved = lists.save_entry(row, found, name, aliases, person(request), base=request.POST.get("base", ""))
    except RuleError as error:
        return listed(request, row, typed, error.faults, 422)
    except ChangedMeanwhile:
        typed.base = version(found) if found else ""
        return listed(request, row, typed, (), 409, **met(request, typed.base, gone=found is None))
    messages.success(request, f"Saved “{saved.name}” in the draft.")
    return HttpResponseRedirect(back_to(request, row) + f"#entry-{saved.pk}")


@needs(DRAFT, "POST")
def remove_list(request: HttpRequest, list_id: int) -> HttpResponse:
    """The list is taken out of the draft, unless something uses it."""
    row = NamedList.objects.filter(pk=list_id).first()
    if row is None:
        messages.info(request, "That list is not in the draft any more.")
        return HttpResponseRedirect(reverse("admin:personas_namedlist_changelist"))
    try:
        lists.remove_list(row, person(request))
    except RuleError as error:
        messages.error(request, fault_of(error))
        return HttpResponseRedirect(address_of(row))
    messages.success(request, f"Removed the list “{row.title}”. Undo takes it back.")
    return HttpResponseRedirect(reverse("admin:personas_namedlist_changelist"))


@needs(DRAFT, "GET", "POST")
def many_page(request: HttpRequest, list_id: int) -> HttpResponse:
    """Many names at once: pasted or uploaded, checked, and taken over once somebody has seen what that does."""
    row = get_object_or_404(NamedList, pk=list_id)
    how = "replace" if request.POST.get("how") == "replace" else "add"
    context: dict[str, Any] = {"row": row, "text": "", "how": how, "back": address_of(row), "problems": []}
    title = f"Many names · {row.title}"
    if request.method != "POST":
        return show(request, "many.html", title, context)
    text = request.POST.get("text", "")
    try:
        uploaded = request.FILES.get("file")
        if uploaded is not None:
            text = names.text_of(uploaded.read(names.LARGEST + 1))
        context["text"] = text
        read = names.read_names(text, by_domain=row.match == "domain")
        outcome = names.take_over(lists.as_list(row), read, replace=how == "replace")
    except names.Refused as error:
        context |= {"problems": error.problems[: names.SHOWN], "further": len(error.problems[names.SHOWN :])}
        if any(each.said.startswith(("This is", "The file has")) for each in error.problems) or "\0" in text:
            context["text"] = ""
        return show(request, "many.html", title, context, status=422)
    base = lists.list_version(row)
    stale = False
    if request.POST.get("sure") == "yes":
        try:
            done = f"{'Replaced' if how == 'replace' else 'Added to'} the list {row.title}: {in_words(outcome)}"
            lists.save_entries(row, outcome.entries, person(request), base=request.POST.get("base", ""), said=done)
        except ChangedMeanwhile:
            stale = True
        else:
            logger.info("list taken over list_id=%d names=%d user_id=%s", row.pk, len(read), request.user.pk)
            messages.success(request, f"Saved in the draft: {in_words(outcome)}. Undo takes it back.")
            return HttpResponseRedirect(address_of(row))
    checked = {"read": len(read), "outcome": outcome, "base": base, "stale": stale, "most": MOST_SHOWN}
    return show(request, "many_check.html", title, context | checked, status=409 if stale else 200)


def in_words(outcome: names.Outcome) -> str:
    """What is done, in a few words."""
    parts = [(len(outcome.new), "new"), (len(outcome.more), "with other spellings"), (len(outcome.gone), "removed")]
    return ", ".join(f"{count:,} {word}" for count, word in parts if count) or "nothing changes"


def address_of(row: NamedList) -> str:
    return reverse("admin:personas_namedlist_change", args=[row.pk])


def back_to(request: HttpRequest, row: NamedList) -> str:
    """The page of the list as it was searched and turned to."""
    kept = {key: request.POST[key] for key in ("q", "p") if request.POST.get(key)}
    return address_of(row) + (f"?{urlencode(kept)}" if kept else "")
