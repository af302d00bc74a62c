"""Whom to write to first in an account: the contact with the best points there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest

from crm.models import Contact, ContactFit
from personas.models import Ruleset

from .navigation import may_view
from .standing import Points, points_of
from .working.people import Someone, someone


@dataclass(frozen=True)
class First:
    """The contact to write to first, who they are, and their points."""

    contact: Contact
    someone: Someone
    points: Points


def write_first(request: HttpRequest, companies: Sequence[int], ruleset: Ruleset | None) -> Mapping[int, First]:
    """The best contact of each of these companies by its id, in two queries; none where nobody there has points.

    As stored: the account's own freshness says how old that is.
    """
    document = ruleset.document() if ruleset else None
    if document is None or not document.contact_profiles or not companies or not may_view(request, "crm.contact"):
        return {}
    able = ContactFit.objects.filter(profile__isnull=False, low__isnull=False).exclude(status="disqualified")
    best = able.filter(company=OuterRef("company")).order_by("place", "pk").values("pk")[:1]
    rows = (
        able.visible_to(request.user)
        .filter(company__in=companies, pk=Subquery(best))
        .select_related("contact__title")
        .prefetch_related("contact__title__personas")
    )
    profiles = {each.key: each for each in document.contact_profiles}
    return {
        row.company_id: First(
            row.contact, someone(row.contact, document), points_of(row.low, row.high, profiles.get(row.profile or ""))
        )
        for row in rows
    }
