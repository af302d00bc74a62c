"""What is known of each fact, and how old it is."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from crm.admin.active import ruleset_of
from crm.models import Company, Fit
from crm.scoring.classify import Span
from crm.scoring.drain import scorer_for, snapshot
from crm.scoring.survey_coverage import KINDS, accounts_behind, is_worked_out
from crm.scoring.survey_spans import Found, end_of_span, share
from crm.scoring.temporary import use_memory
from personas.models import Ruleset
from personas.rules.document import Document
from personas.rules.facts import Fact

from .frame import companies, for_who_sees_all, names_of, show
from .worklist import rows_of


@dataclass(frozen=True)
class FactRow:
    """One fact: how many accounts have it exactly, in part, or not; of those that have it, how old it is."""

    label: str
    read: bool
    worked_out: bool
    accounts: int
    exact: int
    part: int
    missing: int
    invalid: int
    stale: int
    ages: tuple[tuple[str, int, int, str], ...]
    link: str
    links: Mapping[str, str]

    @property
    def known(self) -> int:
        return share(self.exact + self.part, self.accounts)

    @property
    def exact_share(self) -> float:
        return round(100 * self.exact / self.accounts, 1) if self.accounts else 0

    @property
    def part_share(self) -> float:
        return round(100 * self.part / self.accounts, 1) if self.accounts else 0

    @property
    def spoken(self) -> str:
        """The bar for those who do not see it."""
        return f"{self.exact:,} exact, {self.part:,} in part, {self.missing:,} not known of {self.accounts:,} accounts"


AGES = {"recent": "up to 90 days", "year": "up to a year", "older": "older", "undated": "no date"}
SAID = {
    "known": "known", "exact": "known exactly", "part": "known in part", "missing": "not known",
    "invalid": "impossible value", "stale": "too old to count", "recent": "known, 90 days old or newer",
    "year": "known, up to a year old", "older": "known, older than a year", "undated": "known, without a date",
}  # fmt: skip
SHOWN = 200
SECONDS = 2.0
"""As long somebody waits for a list at most."""


def coverage_groups(ruleset: Ruleset, found: Found, at: datetime) -> Iterator[dict[str, Any]]:
    """All accounts, then those that are or could be in each segment: the facts that rules read first."""
    document = ruleset.document()
    names = names_of(document)
    read = scorer_for(ruleset, at.date()).cuts
    for group in found["groups"]:
        segment = group["segment"]
        rows = [
            fact_row(document, key, row, key in read, group["accounts"], segment)
            for key, row in group["facts"].items()
            if key in document.vocabulary
        ]
        rows.sort(key=lambda row: (not row.read, row.worked_out, row.known, row.label))
        yield {
            "name": f"In or possibly in {names.get(segment, segment)}" if segment else "All accounts",
            "accounts": group["accounts"],
            "link": companies(possible=segment) if segment else companies(),
            "rows": rows,
        }


def fact_row(document: Document, key: str, row: Found, is_read: bool, accounts: int, segment: str) -> FactRow:
    fact = document.vocabulary[key]
    known = row["exact"] + row["part"]
    return FactRow(
        fact.label,
        is_read,
        is_worked_out(fact),
        accounts,
        row["exact"],
        row["part"],
        accounts - known,
        row["invalid"],
        row["stale"],
        tuple(
            (name, number, share(number, known), behind(key, kind, segment))
            for (kind, name), number in zip(AGES.items(), row["ages"], strict=True)
        ),
        companies(missing=key, possible=segment) if is_read else behind(key, "missing", segment),
        {kind: behind(key, kind, segment) for kind in KINDS},
    )


# The accounts behind one number


def behind(fact: str, kind: str, segment: str) -> str:
    """Where the accounts behind one number are listed."""
    query = {"fact": fact, "known": kind} | ({"segment": segment} if segment else {})
    return f"{reverse('overview_known')}?{urlencode(query)}"


@for_who_sees_all
def known_page(request: HttpRequest) -> HttpResponse:
    """Accounts of which a fact is known so well, or since so long; looked up while the page is asked for."""
    ruleset = ruleset_of(request)
    fact, kind, segment = (request.GET.get(name, "") for name in ("fact", "known", "segment"))
    if ruleset is None:
        raise Http404("Nothing was counted yet.")
    document = ruleset.document()
    names = names_of(document)
    if fact not in document.vocabulary or kind not in SAID or (segment and segment not in names):
        raise Http404("There is no such number.")
    now = timezone.now()
    ids, looked_up_to = found_behind(document.vocabulary[fact], kind, segment, now)
    fits = Fit.objects.visible_to(request.user).filter(pk__in=ids).select_related("company__owner").order_by("company")
    return show(
        request,
        "known.html",
        f"{document.vocabulary[fact].label}: {SAID[kind]}",
        {
            "fact": document.vocabulary[fact],
            "place": names.get(segment, ""),
            "rows": list(rows_of(fits, fact, ruleset)),
            "most": SHOWN if len(ids) == SHOWN else 0,
            "looked": None if looked_up_to is None else Company.objects.filter(pk__lte=looked_up_to).count(),
            "read": fact in scorer_for(ruleset, now.date()).cuts,
        },
    )


def found_behind(fact: Fact, kind: str, segment: str, at: datetime) -> tuple[list[int], int | None]:
    """The first accounts behind a number, in the order of their ids; and up to which id, where time was short."""
    ids: list[int] = []
    last, began = 0, time.monotonic()
    while len(ids) < SHOWN and (top := end_of_span(last)) > last:
        if time.monotonic() - began > SECONDS:
            return ids, last
        with snapshot():
            use_memory()
            ids += accounts_behind(fact, kind, segment, Span(last, top), at, SHOWN - len(ids))
        last = top
    return ids, None
