"""What to look up next: which fact, for which accounts."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from crm.admin.active import ruleset_of
from crm.admin.spreadsheet import as_csv
from crm.models import Fit, Survey
from crm.models.visibility import Person
from crm.narrowing.companies import with_member
from crm.scoring.drain import scorer_for
from crm.scoring.known import Stated, known_facts_of
from crm.scoring.survey_coverage import is_worked_out
from crm.scoring.survey_spans import UNDECIDED, Found, keys_of
from personas.models import Ruleset
from personas.rules.document import Document
from personas.rules.text import value_text

from .blocks import Block
from .frame import companies, for_who_sees_all, names_of, show

SHOWN = 50
MOST_EXPORTED = 10_000
CHUNK = 500
COLUMNS = (
    "company_id", "name", "domain", "country", "could_be", "owner", "fact", "an_answer", "value_now", "source", "as_of",
)  # fmt: skip


def worklist_shown(document: Document, found: Found) -> dict[str, Any]:
    """The plan and the facts in words, with links."""
    names = names_of(document)
    vocabulary = document.vocabulary
    first = next((profile.key for profile in document.ranked()), "")
    most = max((row["any"] + row["some"] for row in found["facts"]), default=1)
    return {
        "first": names.get(first, first),
        "plan": [
            step | {"label": vocabulary[step["fact"]].label, "link": page_of(step["fact"])}
            for step in found["plan"]
            if step["fact"] in vocabulary
        ],
        "rows": [
            {
                "label": vocabulary[row["fact"]].label,
                "worked_out": is_worked_out(vocabulary[row["fact"]]),
                "any": row["any"],
                "some": row["some"],
                "any_share": round(100 * row["any"] / most, 1),
                "some_share": round(100 * row["some"] / most, 1),
                "first": dict(row["best"]).get(first, 0),
                "any_link": companies(settle=f"{row['fact']}:any"),
                "some_link": companies(settle=f"{row['fact']}:some"),
                "best": [
                    (names.get(key, key), number, companies(settle=row["fact"], best=key))
                    for key, number in row["best"]
                ],
                "list": companies(settle=row["fact"]),
                "list_first": companies(settle=row["fact"], possible=first),
                "page": page_of(row["fact"]),
            }
            for row in found["facts"]
            if row["fact"] in vocabulary
        ],
        "undecided_link": companies(status=UNDECIDED),
        **{f"{how}_link": companies(settle=f"*:{how}") for how in ("any", "some", "several")},
    }


def page_of(fact: str) -> str:
    return reverse("overview_fact", args=[fact])


@for_who_sees_all
def worklist_page(request: HttpRequest) -> HttpResponse:
    """What to look up next, fact by fact."""
    ruleset = ruleset_of(request)
    survey = Survey.objects.filter(subject=Survey.Subject.WORKLIST).first()
    block = Block("worklist", survey or Survey(subject="worklist"), timezone.now(), ruleset.number if ruleset else 0)
    if ruleset and block.found is not None:
        block.shown.update(worklist_shown(ruleset.document(), block.found))
    return show(
        request, "worklist_page.html", "Research worklist", {"ruleset": ruleset, "worklist": block, "whole": True}
    )


# One fact


def settled_by(fact: str, user: Person) -> QuerySet[Fit]:
    """The undecided accounts whose segment an answer about this fact settles, the best first."""
    return (
        Fit.objects.visible_to(user)
        .filter(
            with_member("settled_by_any", fact) | with_member("settled_by_some", fact), effective_status="undecided"
        )
        .select_related("company__owner")
        .order_by("place", "company")
    )


def rows_of(fits: Iterable[Fit], fact: str, ruleset: Ruleset) -> Iterator[dict[str, Any]]:
    """These accounts with what is known of the fact now."""
    document = ruleset.document()
    scorer = scorer_for(ruleset, timezone.now().date())
    names = names_of(document)
    listed = list(fits)
    known = known_facts_of([fit.pk for fit in listed], scorer, only=fact)
    for fit in listed:
        stated: Stated | None = known[fit.pk].get(fact)
        owner = fit.company.owner
        yield {
            "company": fit.company,
            "could_be": [names.get(key, key) for key in keys_of(fit.possible)],
            "owner": (owner.get_full_name() or owner.get_username()) if owner else "",
            "settles": fact in keys_of(fit.settled_by_any),
            "value": said(stated),
            "source": stated.source if stated else "",
            "as_of": stated.as_of if stated else None,
        }


def said(stated: Stated | None) -> str:
    """The value that is stored now, in words."""
    if stated is None:
        return "unknown"
    if stated.invalid:
        return f"impossible: {stated.invalid}"
    return f"{value_text(stated.fact, stated.shown)}{', too old to count' if stated.stale else ''}"


def found_ruleset(request: HttpRequest, fact: str) -> Ruleset:
    """The active rules; raises Http404 where they have no such fact."""
    ruleset = ruleset_of(request)
    if ruleset is None or fact not in ruleset.document().vocabulary:
        raise Http404("The active rules have no such fact.")
    return ruleset


@for_who_sees_all
def fact_page(request: HttpRequest, fact: str) -> HttpResponse:
    """The accounts for which looking up this fact may settle the segment."""
    ruleset = found_ruleset(request, fact)
    found = settled_by(fact, request.user)
    counted = found.order_by()[: MOST_EXPORTED + 1].count()
    return show(
        request,
        "fact.html",
        f"Look up: {ruleset.document().vocabulary[fact].label}",
        {
            "fact": ruleset.document().vocabulary[fact],
            "worked_out": is_worked_out(ruleset.document().vocabulary[fact]),
            "rows": list(rows_of(found[:SHOWN], fact, ruleset)),
            "accounts": min(counted, MOST_EXPORTED),
            "more": counted > MOST_EXPORTED,
            "list": companies(settle=fact),
            "export": reverse("overview_export", args=[fact]),
        },
    )


@for_who_sees_all
def export(request: HttpRequest, fact: str) -> HttpResponseBase:
    """The same accounts as CSV, at most MOST_EXPORTED of them."""
    ruleset = found_ruleset(request, fact)
    return as_csv(f"look-up-{fact}", COLUMNS, exported(request.user, fact, ruleset))


def exported(user: Person, fact: str, ruleset: Ruleset) -> Iterator[tuple[object, ...]]:
    """The values of each account, in the order of COLUMNS; some hundred are read at a time."""
    ids = list(settled_by(fact, user).values_list("pk", flat=True)[:MOST_EXPORTED])
    label = ruleset.document().vocabulary[fact].label
    for start in range(0, len(ids), CHUNK):
        fits = Fit.objects.visible_to(user).filter(pk__in=ids[start : start + CHUNK]).select_related("company__owner")
        for row in rows_of(fits.order_by("place", "company"), fact, ruleset):
            company = row["company"]
            country = company.country.code if company.country else ""
            yield (
                company.pk, company.name, company.domain, country, "; ".join(row["could_be"]), row["owner"], label,
                "settles the segment" if row["settles"] else "may settle the segment",
                row["value"], row["source"], row["as_of"],
            )  # fmt: skip
