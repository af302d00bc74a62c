"""Job titles by what came of them, those of most contacts first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_POST, require_safe

from crm.admin.active import ruleset_of
from crm.admin.overview.blocks import Block
from crm.models import Contact, JobTitle, Survey
from crm.scoring import surveys
from crm.tasks import wake_after_commit
from personas.editing.titles import LONGEST, Waiting
from personas.rules.words import words
from personas.titles import TitleMatcher

from .pages import Patterns, for_titles, may_count, may_draft, patterns_of, show
from .words import Said, said, said_of

Titles = QuerySet[JobTitle]

ON_A_PAGE = 50
MOST_SEARCHED = 100
"""No search is longer."""


@dataclass(frozen=True)
class Tab:
    """One queue: what it holds, and what to do with it."""

    key: str
    name: str
    about: str
    results: tuple[str, ...]


TABS = (
    Tab("unmatched", "Unmatched", "No pattern fits these. Say who they are, or that they are nobody's.",
        (JobTitle.Result.NONE.value,)),
    Tab("ambiguous", "Ambiguous", "These fit several personas, so rules leave them open until somebody decides for a "
        "contact. Where a title always means one persona, say which.", (JobTitle.Result.AMBIGUOUS.value,)),
    Tab("excluded", "Excluded", "A pattern or a word rules these out.", (JobTitle.Result.EXCLUDED.value,)),
    Tab("matched", "Matched", "Each of these stands for one persona.", (JobTitle.Result.MATCH.value,)),
    Tab("all", "All", "Every job title there is, those without words and those not matched yet too.", ()),
)  # fmt: skip
BY_KEY = {each.key: each for each in TABS}


@dataclass(frozen=True)
class Row:
    """A title for the page; `draft` is what the draft makes of it, where that is something else."""

    title: JobTitle
    said: Said
    draft: Said | None
    waiting: Sequence[Waiting]
    contacts: int | None
    people: str
    doors: tuple[tuple[str, str], ...]
    editable: bool


class Queue(Sequence[JobTitle]):
    """Titles in order: those whose contacts were counted, most first, then the others by id.

    In two parts, because the databases do not agree where unknown numbers stand in an index.
    """

    def __init__(self, rows: Titles, counted: int, total: int) -> None:
        self.rows, self.counted, self.total = rows, counted, total

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, part: Any) -> Any:
        known = self.rows.filter(contact_count__isnull=False).order_by("-contact_count", "pk")
        rest = self.rows.filter(contact_count=None).order_by("pk")
        start, stop = part.start, min(part.stop, self.total)
        found = list(known[start : min(stop, self.counted)]) if start < self.counted else []
        if stop > self.counted:
            found += rest[max(start - self.counted, 0) : stop - self.counted]
        return found


def narrowed(search: str) -> Titles:
    """The titles that hold every word of `search`, in any order."""
    rows = JobTitle.objects.order_by()
    for word in search.split():
        rows = rows.filter(text__icontains=word)
    return rows


def numbers(rows: Titles) -> dict[str, tuple[int, int]]:
    """For each tab how many titles it has, and of how many the contacts were counted."""
    found = {
        result or "": (counted, total)
        for result, counted, total in rows.values_list("result").annotate(Count("contact_count"), Count("pk"))
    }
    return {
        tab.key: tuple(map(sum, zip((0, 0), *(found.get(each, (0, 0)) for each in tab.results or found), strict=True)))  # type: ignore[misc]
        for tab in TABS
    }


@for_titles
@require_safe
def queue_page(request: HttpRequest) -> HttpResponse:
    """One queue, a page of it."""
    tab = BY_KEY.get(request.GET.get("tab", ""), TABS[0])
    search = " ".join(request.GET.get("q", "").replace("\0", "").split())[:MOST_SEARCHED]
    rows = narrowed(search)
    counts = numbers(rows)
    if tab.results:
        rows = rows.filter(result__in=tab.results) if len(tab.results) > 1 else rows.filter(result=tab.results[0])
    counted, total = counts[tab.key]
    patterns = patterns_of(request)
    pages = Paginator(Queue(rows.prefetch_related("personas"), counted, total), ON_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    found: list[JobTitle] = list(page.object_list)
    context = {
        "ruleset": ruleset_of(request),
        "tab": tab,
        "tabs": [(each, counts[each.key][1], address(tab=each.key, q=search)) for each in TABS],
        "search": search,
        "page": page,
        "before": address(tab=tab.key, q=search, page=page.previous_page_number()) if page.has_previous() else "",
        "after": address(tab=tab.key, q=search, page=page.next_page_number()) if page.has_next() else "",
        "here": address(tab=tab.key, q=search, page=page.number if page.number > 1 else ""),
        "rows": list(rows_of(request, found, patterns)),
        "uncounted": total - counted,
        "count": last_count() if may_count(request) else None,
        "personas": [(each.key, each.name or each.key) for each in patterns.draft],
        "waits": len(patterns.waiting),
        "nothing": not any(total for _, total in counts.values()),
    }
    return show(request, "queue.html", "Job titles", context)


def last_count() -> Block:
    """The count of the contacts of all titles."""
    subject = Survey.Subject.TITLES.value
    survey = Survey.objects.filter(subject=subject).defer("progress").first()
    return Block(subject, survey or Survey(subject=subject), timezone.now(), 0)


@for_titles
@require_POST
def count_again(request: HttpRequest) -> HttpResponse:
    """The contacts of all titles are counted as soon as a worker has time; the answer leads back."""
    if not may_count(request):
        raise PermissionDenied
    surveys.ask([Survey.Subject.TITLES.value], at=timezone.now())
    wake_after_commit()
    return HttpResponseRedirect(came_from(request.POST.get("next", "")))


def came_from(address: str) -> str:
    """The page to go back to: one of ours, else the queue."""
    mine = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith(reverse("titles"))
    return address if mine else reverse("titles")


def address(**query: str | int) -> str:
    """The queue, narrowed; empty values narrow nothing."""
    said = urlencode({name: value for name, value in query.items() if value})
    return f"{reverse('titles')}?{said}" if said else reverse("titles")


def rows_of(request: HttpRequest, titles: Sequence[JobTitle], patterns: Patterns) -> Iterator[Row]:
    """The titles with whom they stand for, why, and what the draft makes of them."""
    drafting = may_draft(request)
    by_draft = patterns.by_draft if drafting and patterns.differ else None
    people = None if may_count(request) else people_seen(request, titles)
    contacts = reverse("admin:crm_contact_changelist")
    for title in titles:
        there = said_of(title, patterns.names)
        yield Row(
            title,
            there,
            drafted(title, there, by_draft, patterns),
            patterns.waiting.get(words(title.text), ()) if drafting else (),
            title.contact_count if people is None else people.get(title.pk, 0),
            f"{contacts}?title__id__exact={title.pk}",
            tuple(doors(title, there, patterns)) if drafting else (),
            len(title.text) <= LONGEST and bool(words(title.text)),
        )


def drafted(title: JobTitle, there: Said, by_draft: TitleMatcher | None, patterns: Patterns) -> Said | None:
    """What the draft makes of the title, where that is something else."""
    if by_draft is None:
        return None
    found = said(by_draft.match(title.text).data(), patterns.names)
    return found if found.says != there.says else None


def doors(title: JobTitle, there: Said, patterns: Patterns) -> Iterator[tuple[str, str]]:
    """What one click says of the title: the words on the door, and where it leads."""
    keys = [each.key for each in patterns.draft]
    several = [key for key in there.personas if key in keys] if there.result == "ambiguous" else []
    for key in several:
        yield f"Only {patterns.names[key]}", door(title, how="only", persona=key)
    if not several:
        for key in keys:
            if key not in there.personas:
                yield f"Is {patterns.names[key]}", door(title, how="is", persona=key)
    for key in there.personas:
        if key in keys and len(several) != 2:
            yield f"Is not {patterns.names[key]}", door(title, how="not", persona=key)
    yield "Is nobody’s", door(title, how="nobody")


def door(title: JobTitle, **query: str) -> str:
    return f"{reverse('titles_say')}?{urlencode([('title', str(title.pk)), *query.items()])}"


def people_seen(request: HttpRequest, titles: Sequence[JobTitle]) -> Mapping[int, int]:
    """How many contacts with each title this person sees, by id."""
    seen = Contact.objects.visible_to(request.user).filter(title__in=[each.pk for each in titles])
    return dict(seen.order_by().values_list("title").annotate(Count("pk")))
