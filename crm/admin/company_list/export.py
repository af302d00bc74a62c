"""Accounts as a table for other programs: what the list says of each, and the summary of its receipt."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.http import HttpRequest

from crm.admin.active import ruleset_of
from crm.models import Company
from personas.rules.results import points_number

from .bulk import chunks
from .changelist import page_of

COLUMNS = (
    "id", "name", "domain", "country", "segment", "status", "stance", "points_low", "points_high", "headline", "band",
    "possible_segments", "why", "ask_first", "settled_by_any_answer_to", "could_be_settled_by", "missing_personas",
    "owner", "stage", "last_activity", "last_activity_at", "scoring", "ruleset",
)  # fmt: skip


def rows_of(request: HttpRequest, ids: Sequence[int]) -> Iterator[tuple[object, ...]]:
    """The values of each company, in the order of COLUMNS; a few hundred are read at a time."""
    for batch in chunks(ids):
        for company in page_of(request, batch):
            yield row_of(request, company)


def row_of(request: HttpRequest, company: Company) -> tuple[object, ...]:
    line, people, fit = company.fit_line, company.people, company.fit  # type: ignore[attr-defined]
    owner = company.owner
    last: datetime | None = company.last_at  # type: ignore[attr-defined]
    ruleset = ruleset_of(request)
    return (
        company.pk,
        company.name,
        company.domain,
        company.country.code if company.country else "",
        fit.effective_segment or "",
        line.standing.word,
        line.standing.stance,
        points_number(fit.low),
        points_number(fit.high),
        fit.headline or "",
        fit.band or "",
        fit.possible or "",
        line.why,
        line.ask.label if line.ask else "",
        fit.settled_by_any or "",
        fit.settled_by_some or "",
        people.text,
        (owner.get_full_name() or owner.get_username()) if owner else "",
        company.lifecycle_stage or "",
        company.last_kind or "",  # type: ignore[attr-defined]
        f"{last:%Y-%m-%dT%H:%M:%SZ}" if last else "",
        line.fresh_text,
        fit.scored_ruleset if ruleset and fit.scored_ruleset else "",
    )
