"""From the outbox to the subscriptions: each event becomes a delivery for whoever asked and may see it."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction

from crm.models import Company, Contact, FitChange, Outbox, PersonaChange, WebhookDelivery, WebhookSubscription
from crm.models.webhook import EVENTS

from . import payloads
from .filters import COMPANY_EVENTS, Told, wants
from .persona_changes import tell_of_personas

logger = logging.getLogger(__name__)

BATCH = 200
TURN_LOCK = 4_715

PERSONA, DEAL, RULESET = (each.value for each in (Outbox.Event.PERSONA, Outbox.Event.DEAL, Outbox.Event.RULESET))


def anything_to_tell() -> bool:
    """Whether something happened that somebody may have asked for."""
    return WebhookSubscription.objects.listening().exists() and (
        Outbox.objects.exists() or PersonaChange.objects.exists()
    )


def fan_out(at: datetime, limit: int = BATCH) -> int:
    """The next events of the outbox are deliveries, in one transaction; returns how many there were.

    One at a time does this, so that deliveries of an account are made in the
    order of its events. What nobody wants leaves the outbox too; while nobody
    listens at all, it is left to whoever cleans up.
    """
    if not anything_to_tell():
        return 0
    with transaction.atomic():
        if not my_turn():
            return 0
        moved = tell_of_personas(limit)
        rows = list(Outbox.objects.order_by("pk")[:limit])
        subscriptions = held()
        batch = Batch(rows)
        made = [delivery for each in subscriptions for delivery in deliveries(each, batch, at)]
        WebhookDelivery.objects.bulk_create(made, ignore_conflicts=True)
        Outbox.objects.filter(pk__in=[row.pk for row in rows]).delete()
    if made:
        logger.info("events told events=%d deliveries=%d", len(rows), len(made))
    return len(rows) + moved


def held() -> list[WebhookSubscription]:
    """Those that listen, each as it is until the end of this transaction: none goes while it is being told.

    In the order of their ids; whoever holds several does so.
    """
    rows = WebhookSubscription.objects.listening().select_for_update(of=("self",), no_key=True)
    return list(rows.select_related("owner__integration").order_by("pk"))


def my_turn() -> bool:
    """Whether nobody else fans out until the end of this transaction. SQLite has one writer anyway."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [TURN_LOCK])
        return bool(cursor.fetchone()[0])


class Batch:
    """Some events with what they are about, read at once."""

    def __init__(self, rows: Sequence[Outbox]) -> None:
        self.rows = rows
        self.changes = FitChange.objects.in_bulk(some(row.change_id for row in rows))
        found = Company.objects.filter(pk__in=some(row.company_id for row in rows)).order_by()
        self.companies: Mapping[int, Mapping[str, Any]] = {
            each["pk"]: each for each in found.values("pk", "name", "domain", "owner", "fit__effective_segment")
        }

        self.left = {row.pk: left for row in rows if (left := left_by(row)) is not None}

    def seen_by(self, owner: User) -> "Seen":
        """Which of these accounts and contacts the owner may see."""
        return seen_by(owner, {*self.companies, *self.left.values()}, some(row.contact for row in self.rows))


@dataclass(frozen=True)
class Seen:
    """Accounts and contacts that somebody may see, by id."""

    companies: frozenset[int]
    contacts: frozenset[int]

    def holds(self, company: int | None, contact: int | None) -> bool:
        """Whether what is about this account, or this contact, may be told."""
        if contact is not None:
            return contact in self.contacts
        return company is None or company in self.companies


def left_by(row: Outbox) -> int | None:
    """The account that a deal was moved away from, by id; None where it was not moved."""
    before = payloads.deal(row.before) if row.event == DEAL else None
    company: Any = before and before["company"]
    return company if company != row.company_id else None


def seen_by(owner: User, companies: Iterable[int], contacts: Iterable[int]) -> Seen:
    """Which of these the owner may see now."""
    companies, contacts = list(companies), list(contacts)
    return Seen(
        frozenset(
            Company.objects.visible_to(owner).filter(pk__in=companies).order_by().values_list("pk", flat=True)
            if companies
            else ()
        ),
        frozenset(
            Contact.objects.visible_to(owner).filter(pk__in=contacts).order_by().values_list("pk", flat=True)
            if contacts
            else ()
        ),
    )


def some(ids: Iterable[int | None]) -> list[int]:
    return sorted({each for each in ids if each is not None})


def may_hear(owner: User, event: str) -> bool:
    """Whether the owner's role allows to read what the event tells; an integration needs the scope, too."""
    kind = EVENTS[event]
    integration = getattr(owner, "integration", None)
    if integration is not None and kind.scope not in integration.scopes:
        return False
    return owner.is_active and owner.has_perm(kind.permission)


def deliveries(subscription: WebhookSubscription, batch: Batch, at: datetime) -> Iterable[WebhookDelivery]:
    """What this subscription is told of these events."""
    owner: User = subscription.owner
    wished = [event for event in subscription.events if event in EVENTS and may_hear(owner, event)]
    asked = [
        (row, kind)
        for row in batch.rows
        if row.pk > subscription.listens_after and (kind := kind_of(row, batch.changes, wished)) is not None
    ]
    if not asked:
        return
    seen = batch.seen_by(owner)
    for row, kind in asked:
        company = batch.companies.get(row.company_id or 0)
        if not seen.holds(row.company_id, row.contact):
            continue
        change = batch.changes.get(row.change_id or 0)
        hidden = batch.left[row.pk] if row.pk in batch.left and batch.left[row.pk] not in seen.companies else None
        if not wants(subscription.filters, told_of(kind, row, change, company)):
            continue
        yield WebhookDelivery(
            subscription=subscription,
            event=row.pk,
            type=kind,
            account=row.company_id or -(row.contact or 0),
            company_id=row.company_id,
            contact=row.contact,
            body=payloads.message(kind, row.at, data_of(row, change, company, hidden)),
            created_at=at,
            next_try_at=at,
        )


def kind_of(row: Outbox, changes: Mapping[int, FitChange], wished: Sequence[str]) -> str | None:
    """As which event somebody with these wishes is told of it; None for not at all.

    A change of an account's result is told once: as the first of segment, band
    and fit that it is and that they wish for.
    """
    if row.event not in COMPANY_EVENTS:
        return row.event if row.event in wished else None
    change = changes.get(row.change_id or 0)
    if change is None:
        return None
    return next((event for kind, event in Outbox.OF_KINDS.items() if event in wished and change.is_a(kind)), None)


def told_of(kind: str, row: Outbox, change: FitChange | None, company: Mapping[str, Any] | None) -> Told:
    """What filters look at."""
    about: dict[str, Any] = {}
    if company:
        about |= {"segment": company["fit__effective_segment"], "owner": company["owner"]}
    if change:
        about |= {
            "segment_before": change.stood("before"),
            "segment_after": change.stood("after"),
            "settled": change.status_after == "settled" or change.effective_after is not None,
            "band_after": change.band_after,
        }
    if kind == PERSONA:
        about["personas"] = (*payloads.personas(row.before), *payloads.personas(row.after))
    if kind == DEAL:
        about["stage_after"] = (payloads.deal(row.after) or {}).get("stage")
    return Told(event=kind, **about)


def data_of(
    row: Outbox, change: FitChange | None, company: Mapping[str, Any] | None, hidden: int | None
) -> dict[str, object]:
    """What is said of an event; of an account that is `hidden` from whoever is told, nothing."""
    if row.event == RULESET:
        return payloads.of_ruleset(row)
    if row.event == PERSONA:
        return payloads.of_contact(row, company)
    assert company is not None  # noqa: S101 - who sees the account has read it
    return payloads.of_fit(change, company) if change else payloads.of_deal(row, company, hidden)
