"""Contacts as a table for other programs."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.http import HttpRequest

from crm.admin.company_list.bulk import chunks
from crm.models import Contact
from personas.rules.results import points_number

from .changelist import Row, page_of

COLUMNS = (
    "id", "name", "title", "persona", "persona_is", "buying_roles", "perhaps_roles", "founder", "champion", "email",
    "consent", "company_id", "company", "segment", "segment_status", "points_low", "points_high", "profile", "band",
    "points_are", "last_activity", "last_activity_at", "scoring", "ruleset",
)  # fmt: skip


def rows_of(request: HttpRequest, ids: Sequence[int]) -> Iterator[tuple[object, ...]]:
    """The values of each contact, in the order of COLUMNS; a few hundred are read at a time."""
    for batch in chunks(ids):
        for contact in page_of(request, batch):
            yield values_of(contact)


def values_of(contact: Contact) -> tuple[object, ...]:
    row: Row = contact.row  # type: ignore[attr-defined]
    last: datetime | None = contact.last_at  # type: ignore[attr-defined]
    fit = getattr(contact, "fit", None)
    points = row.points
    return (
        contact.pk,
        contact.name,
        contact.title.text if contact.title else "",
        " or ".join(talk.key for talk in row.someone.talks),
        row.someone.how,
        ",".join(row.someone.roles),
        ",".join(row.someone.perhaps),
        word(contact.is_founder),
        word(contact.is_champion),
        contact.email or "",
        contact.consent or "unknown",
        contact.company_id or "",
        contact.company.name if contact.company else "",
        (contact.company.fit.effective_segment or "") if contact.company else "",
        row.account.word if contact.company else "",
        points_number(points.low) if points else "",
        points_number(points.high) if points else "",
        (fit.profile or "") if fit else "",
        row.band,
        row.instead or ("certain" if points and points.exact else "an interval"),
        contact.last_kind or "",  # type: ignore[attr-defined]
        f"{last:%Y-%m-%dT%H:%M:%SZ}" if last else "",
        row.fresh or ("Up to date" if fit else ""),
        fit.ruleset if fit else "",
    )


def word(answer: bool | None) -> str:
    return "unknown" if answer is None else "yes" if answer else "no"
