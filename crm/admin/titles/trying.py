"""Trying titles: paste some, and see whom they stand for, by which words, and how many contacts have them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from crm.admin.active import ruleset_of
from crm.models import JobTitle

from .pages import Patterns, for_titles, may_count, may_draft, patterns_of, show
from .words import Said, said

MOST = 1_000
LONGEST = 300
"""Characters of a title; what lies beyond is not read, as in the CRM itself."""
MANY = 500


@dataclass(frozen=True)
class Tried:
    """A typed title; `draft` is what the draft makes of it, where that is something else.

    `contacts` have a title of the same words, whatever its case; None: this person may not know.
    """

    text: str
    said: Said
    draft: Said | None
    contacts: int | None


@for_titles
def try_page(request: HttpRequest) -> HttpResponse:
    """The page, or with `part=results` only what came of the titles. It changes nothing."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    typed = request.POST.get("titles", "") if request.method == "POST" else request.GET.get("titles", "")
    texts = [" ".join(line.replace("\0", " ").split())[:LONGEST] for line in typed.splitlines() if line.strip()]
    patterns = patterns_of(request)
    results = list(tried(request, texts[:MOST], patterns))
    context = {
        "ruleset": ruleset_of(request),
        "typed": typed,
        "results": results,
        "left": max(len(texts) - MOST, 0),
        "most": MOST,
        "differing": sum(each.draft is not None for each in results),
        "compared": may_draft(request) and patterns.differ,
        "sums": sums(results),
        "here": request.path,
    }
    template = "tried.html" if request.POST.get("part") == "results" else "try.html"
    return show(request, template, "Try job titles", context)


def tried(request: HttpRequest, texts: Sequence[str], patterns: Patterns) -> Iterator[Tried]:
    """What comes of each title, in order."""
    counts = contacts_of(texts) if may_count(request) else None
    by_draft = patterns.by_draft if may_draft(request) and patterns.differ else None
    for text in texts:
        there = said(patterns.by_active.match(text).data(), patterns.names)
        draft = said(by_draft.match(text).data(), patterns.names) if by_draft else None
        differs = draft is not None and draft.says != there.says
        yield Tried(text, there, draft if differs else None, None if counts is None else counts.get(text.lower(), 0))


def contacts_of(texts: Sequence[str]) -> Mapping[str, int]:
    """How many contacts have a title, as of the last count, by the title in small letters."""
    asked = sorted(set(texts))
    out: dict[str, int] = {}
    for start in range(0, len(asked), MANY):
        some = asked[start : start + MANY]
        # SQLite knows the small letters of English only, so what was typed is looked for as well.
        alike = Q(small__in=sorted({text.lower() for text in some})) | Q(text__in=some)
        rows = JobTitle.objects.annotate(small=Lower("text")).filter(alike).order_by()
        for text, contacts in rows.values_list("text", "contact_count"):
            out[text.lower()] = out.get(text.lower(), 0) + (contacts or 0)
    return out


def sums(results: Sequence[Tried]) -> list[tuple[str, str, int]]:
    """What came of all titles: an icon, a word and how many."""
    out: dict[tuple[str, str], int] = {}
    for each in results:
        key = (each.said.icon, each.said.how)
        out[key] = out.get(key, 0) + 1
    return [(icon, word, number) for (icon, word), number in sorted(out.items(), key=lambda pair: -pair[1])]
