"""Saying of titles who they are: what that puts in the draft, what it moves, and taking it back."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render

from crm.admin.scoped import is_id
from crm.models import JobTitle
from personas.admin.moves import provider_for, shown
from personas.editing.titles import TitleEdit, add_titles, restore_titles, with_titles
from personas.rules.document import Document
from personas.rules.errors import RuleError

from .pages import Patterns, for_titles, may_draft, patterns_of, show
from .queue import came_from

logger = logging.getLogger(__name__)

MOST = 100
"""No more titles are said of at once than two pages hold."""
HOWS = ("is", "only", "not", "nobody")


@dataclass(frozen=True)
class Saying:
    """What is said of titles: `edits` put it in the draft, `sentence` says it."""

    titles: Sequence[JobTitle]
    edits: Sequence[TitleEdit]
    sentence: str


class Unclear(Exception):
    """It cannot be told what is to be said of which titles; the text says what is missing."""


@for_titles
def say_page(request: HttpRequest) -> HttpResponse:
    """What would go in the draft and what that moves, to be confirmed; confirmed, it is in the draft."""
    if not may_draft(request):
        raise PermissionDenied
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    given = request.POST if request.method == "POST" else request.GET
    back = came_from(given.get("next", ""))
    patterns = patterns_of(request)
    try:
        saying = read(given.getlist("title"), given.get("how", ""), given.get("persona", ""), patterns)
        if request.method == "POST":
            done = add_titles(saying.edits, saying.sentence, author(request))
            logger.info("titles_said count=%d how=%s user_id=%s", len(saying.titles), given["how"], request.user.pk)
            messages.success(
                request,
                f"{saying.sentence}, in the draft. It counts once the draft is published."
                if done
                else "The draft says so already; nothing was changed.",
            )
            return HttpResponseRedirect(back)
    except Unclear as unclear:
        messages.warning(request, str(unclear))
        return HttpResponseRedirect(back)
    except RuleError as error:
        messages.error(request, " ".join(f"{each.message} ({each.hint})." for each in error.faults))
        return HttpResponseRedirect(back)
    context: dict[str, Any] = {
        "saying": saying,
        "how": given["how"],
        "persona": given.get("persona", ""),
        "back": back,
        "puts": list(puts(saying, patterns)),
        "query": request.GET.urlencode(),
    }
    if request.GET.get("part") == "moves":
        return render(request, "personas/draft/moves.html", moves(request, saying, patterns))
    if "counted" in request.GET:
        context |= moves(request, saying, patterns)
    return show(request, "say.html", "Job titles in the draft", context)


def read(ids: Iterable[str], how: str, key: str, patterns: Patterns) -> Saying:
    """What was asked for; raises Unclear."""
    pks = sorted({int(each) for each in ids if is_id(each)})[:MOST]
    titles = list(JobTitle.objects.filter(pk__in=pks).prefetch_related("personas").order_by("text"))
    if not titles:
        raise Unclear("Tick the titles first.")
    if how not in HOWS:
        raise Unclear("Say who these titles are.")
    keys = [each.key for each in patterns.draft]
    if how != "nobody" and key not in keys:
        raise Unclear("Choose the persona first.")
    if not keys:
        raise Unclear("The draft has no personas yet. Add one first.")
    edits: list[TitleEdit] = []
    for title in titles:
        match how:
            case "is":
                edits.append(TitleEdit(key, title.text))
            case "not":
                edits.append(TitleEdit(key, title.text, exclude=True))
            case "nobody":
                edits += [TitleEdit(each, title.text, exclude=True) for each in keys]
            case _:
                others = patterns.by_draft.match(title.text).personas
                edits += [TitleEdit(each, title.text, exclude=True) for each in others if each != key]
                edits.append(TitleEdit(key, title.text))
    return Saying(titles, edits, sentence(titles, how, patterns.names.get(key, key)))


def sentence(titles: Sequence[JobTitle], how: str, name: str) -> str:
    """What is said, in words."""
    one = len(titles) == 1
    whom = f"“{titles[0].text}”" if one else f"{len(titles)} titles"
    match how:
        case "is":
            return f"{whom} {'is' if one else 'are'} {name}"
        case "only":
            return f"{whom} {'is' if one else 'are'} only {name}"
        case "not":
            return f"{whom} {'is' if one else 'are'} not {name}"
        case _:
            return f"{whom} {'is' if one else 'are'} nobody’s"


def puts(saying: Saying, patterns: Patterns) -> Iterable[str]:
    """What goes on which list of the draft, one sentence for each list."""
    lists: dict[tuple[str, bool], int] = {}
    for each in saying.edits:
        lists[each.persona, each.exclude] = lists.get((each.persona, each.exclude), 0) + 1
    nobody = all(each.exclude for each in saying.edits) and len(lists) == len(patterns.draft) > 1
    if nobody:
        yield f"Goes on the exclusions of all {len(lists)} personas, so that no pattern claims it."
        return
    for (key, exclude), number in lists.items():
        what = "Goes" if number == 1 else f"{number} titles go"
        yield f"{what} on the {'titles that rule out' if exclude else 'titles of'} {patterns.names.get(key, key)}."


def moves(request: HttpRequest, saying: Saying, patterns: Patterns) -> dict[str, Any]:
    """What the edits move, compared with the draft as it is."""
    provider = provider_for(request.user)
    before, after = tuple(patterns.draft), with_titles(patterns.draft, saying.edits)
    found = provider.moved(Document(personas=before), Document(personas=after)) if provider else None
    return shown(found, patterns.names)


@for_titles
def take_back(request: HttpRequest) -> HttpResponse:
    """Of this title the draft says what the rules in force say."""
    if not may_draft(request):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    text = request.POST.get("text", "")
    patterns = patterns_of(request)
    done = bool(text) and restore_titles([text], patterns.active, author(request))
    said = f"“{text[:80]}” is in the draft what it is in force." if done else "There was nothing to take back."
    messages.success(request, said)
    return HttpResponseRedirect(came_from(request.POST.get("next", "")))


def author(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
