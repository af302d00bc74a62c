"""One page of contacts: which come in which order, without reading the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from unfold.views import ChangeList

from crm.activities import last_done
from crm.admin.active import ruleset_of
from crm.admin.company_list.narrowing import document_of
from crm.admin.standing import UNSCORED, Points, Standing, points_of, standing
from crm.admin.working.people import Someone, someone
from crm.models import Contact, ContactFit
from crm.models.visibility import sees_all
from crm.scoring.waiting import is_scored, state_of
from personas.models import Ruleset
from personas.rules.document import Document

BY_NAME = ("name", "pk")
PLACES = ("company__fit__place", "company__fit__company_id", "place", "contact_id")
"""The best account first, and in it the best contact: from the index of accounts into that of their contacts."""

NARROWED_PLACES = ("company__fit__place", "company__fit__company_id", "fit__place", "pk")
"""The same from a contact, by the same tables that narrow the list, so that what it asks is asked on the way."""


class ContactChangeList(ChangeList):
    """One page of contacts, each with what a row shows.

    The ids of the page come first; the rows are read for those ids alone.
    """

    result_list: Any
    direction: int

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        """By name, which an index has; whether points go before that is in `direction`: 1, -1, or 0 for no."""
        asked = super().get_ordering(request, queryset)
        first = str(asked[0]) if asked else ""
        down = first.startswith("-")
        by_name = first.lstrip("-") == "name"
        self.direction = 0 if by_name or not document_of(request).contact_profiles else -1 if down else 1
        return [f"-{each}" for each in BY_NAME] if by_name and down else list(BY_NAME)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        page = self.result_list.query
        if self.direction:
            ids = self.by_points(request, page.low_mark, page.high_mark or self.result_count)
        else:
            ids = list(self.result_list.values_list("pk", flat=True))
        self.result_list = page_of(request, ids)

    def by_points(self, request: HttpRequest, start: int, stop: int) -> list[int]:
        """The ids at these places of the list."""
        whole = sees_all(request.user) and not self.query and not self.get_filters_params()
        return best_first(None if whole else self.queryset, start, stop, down=self.direction < 0)


def best_first(people: QuerySet[Any] | None, start: int, stop: int, *, down: bool = False) -> list[int]:
    """The ids of the contacts at these places, the best of the best account first; None: of all.

    Those without points come last, by name, whichever way the others go.
    """
    # To say that the account has a fit, which every account has, lets the index of accounts lead.
    if people is None:
        scored: QuerySet[Any] = ContactFit.objects.filter(company__fit__isnull=False)
        rest: QuerySet[Any] = Contact.objects.filter(fit=None)
        ends = PLACES
    else:
        scored, rest = people.filter(company__fit__isnull=False, fit__isnull=False), people.filter(fit=None)
        ends = NARROWED_PLACES
    scored = scored.order_by(*(f"-{each}" if down else each for each in ends))
    ids = list(scored.values_list("pk", flat=True)[start:stop])
    missing = stop - start - len(ids)
    if missing:
        before = start + len(ids) if ids else scored.order_by()[:start].count()
        first = max(0, start - before)
        ids += rest.order_by(*BY_NAME).values_list("pk", flat=True)[first : first + missing]
    return ids


@dataclass(frozen=True)
class Row:
    """What a row of the list shows beside the contact itself.

    `points` is None where there is no number, and `instead` says why. `fresh`
    is empty while the points are what facts, rules and clock say.
    """

    someone: Someone
    points: Points | None
    instead: str
    band: str
    account: Standing
    fresh: str


def page_of(request: HttpRequest, ids: Sequence[int]) -> list[Contact]:
    """These contacts in this order, each with its `row`, in a fixed number of queries."""
    ruleset, at = ruleset_of(request), timezone.now()
    rows = with_last_activity(Contact.objects.filter(pk__in=ids).order_by(), at)
    rows = (
        rows.select_related("company__fit", "title", "fit").defer("company__notes").prefetch_related("title__personas")
    )
    found = {contact.pk: contact for contact in rows}
    contacts = [found[pk] for pk in ids if pk in found]
    for contact in contacts:
        shown: Any = contact
        shown.row = row_of(contact, document_of(request), ruleset, at)
    return contacts


def row_of(contact: Contact, document: Document, ruleset: Ruleset | None, at: datetime) -> Row:
    """What the row of one contact shows; the contact comes with company, fits and title."""
    who = someone(contact, document)
    points, instead, band = points_in(contact, document)
    fit = contact.company.fit if contact.company else None
    fresh, said = state_of(fit, ruleset, at) if fit and ruleset and is_scored(fit) else ("", "")
    return Row(
        someone=who,
        points=points,
        instead=instead,
        band=band,
        account=standing_of(contact, document),
        fresh=said if fresh in ("waiting", "failed") else "",
    )


def points_in(contact: Contact, document: Document) -> tuple[Points | None, str, str]:
    """The points with their band; or None, and why there are none."""
    fit = getattr(contact, "fit", None)
    if contact.company_id is None:
        return None, "no company, so no points", ""
    if not document.contact_profiles:
        return None, "no rules for people", ""
    if fit is None:
        return None, "not scored yet", ""
    if fit.profile is None or fit.status == "disqualified":
        return None, "ruled out", ""
    if fit.low is None:
        return None, "not enough data", ""
    profile = next((each for each in document.contact_profiles if each.key == fit.profile), None)
    return points_of(fit.low, fit.high, profile), "", fit.band or ""


def standing_of(contact: Contact, document: Document) -> Standing:
    """The segment of the account as a badge."""
    fit = contact.company.fit if contact.company else None
    if fit is None or not is_scored(fit):
        return UNSCORED
    return standing(
        document,
        status=fit.segment_status,
        segment=fit.segment,
        possible=fit.possible.split(",") if fit.possible else (),
        effective=fit.effective_segment,
        effective_status=fit.effective_status,
    )


def with_last_activity(contacts: QuerySet[Contact], at: datetime) -> QuerySet[Contact]:
    """Contacts with the kind and moment of what was last done with them; what is still to be done does not count."""
    done = last_done("contact", at)
    return contacts.annotate(
        last_kind=Subquery(done.values("kind")[:1]), last_at=Subquery(done.values("happened_at")[:1])
    )
