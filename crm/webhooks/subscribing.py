"""Subscriptions: what they may ask for, their secrets, and when they are told nothing."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from crm.models import Outbox, WebhookDelivery, WebhookSecret, WebhookSubscription
from crm.models.webhook import EVENTS

from . import filters
from .addresses import Network, Refused, check_url, read_networks, resolve
from .order import settled
from .signing import new_salt, present_mark, secret_of
from .telling import may_hear

logger = logging.getLogger(__name__)

State = WebhookSubscription.State

SWITCHED_OFF = "The webhook was switched off before it arrived."
LOOK_UP_SECONDS = 3.0
MOST_SECRETS = 2


class AlreadyMade(ValueError):
    """The form has made its secret before; none is shown twice."""


class SwitchedOff(ValueError):
    """Nothing is sent for this subscription; switch it on first."""


def allowed_networks() -> tuple[Network, ...]:
    """The networks inside that may be told, as whoever runs this has set."""
    return read_networks(settings.WEBHOOK_NETWORKS)


# What it asks for


def check(subscription: WebhookSubscription) -> None:
    """Returns where the subscription can be saved; raises ValidationError with what is wrong, by field.

    The host of the address is not looked up here: `refuse_address` does that.
    """
    said: dict[str, list[str]] = {}
    try:
        check_url(subscription.url, plain=settings.WEBHOOK_PLAIN_HTTP)
    except Refused as error:
        said["url"] = [str(error)]
    wrong = wrong_events(subscription)
    if wrong:
        said["events"] = [wrong]
    try:
        subscription.filters = filters.check(subscription.filters)
    except filters.WrongFilter as error:
        said["filters"] = [f"{error.place}: {error}" if error.place else str(error)]
    if said:
        raise ValidationError(said)


def refuse_address(url: str) -> None:
    """Returns where something may be sent there, as far as is known now; raises Refused.

    Looks the host up, which takes a while: not in a transaction. One that cannot
    be looked up now is no fault: it may be there when something is sent, and is
    judged again then.
    """
    place = check_url(url, plain=settings.WEBHOOK_PLAIN_HTTP)
    try:
        resolve(place.host, place.port, seconds=LOOK_UP_SECONDS, allowed=allowed_networks())
    except OSError as error:
        logger.info("address of a webhook not looked up error=%s", type(error).__name__)


def wrong_events(subscription: WebhookSubscription) -> str:
    """What is wrong with the events that it asks for; empty when nothing."""
    events = subscription.events
    if not isinstance(events, list) or not events:
        return f"Ask for at least one of {', '.join(EVENTS)}."
    unknown = [str(each)[:50] for each in events if each not in EVENTS] if all_text(events) else ["what is no text"]
    if unknown:
        return f"There is no event {unknown[0]!r}; there are {', '.join(EVENTS)}."
    if len(set(events)) < len(events):
        return "Name each event once."
    for each in events:
        if not may_hear(subscription.owner, each):
            kind = EVENTS[each]
            return f"{each} takes the permission {kind.permission} and, for an integration, the scope {kind.scope}."
    return ""


def all_text(values: list[object]) -> bool:
    return all(isinstance(each, str) for each in values)


# Its secrets


def new_secret(
    subscription: WebhookSubscription, *, at: datetime, overlap: timedelta | None = None, token: UUID | None = None
) -> str:
    """The text of a new secret, which is shown this once. What held until now ends `overlap` later, or at once.

    Messages are signed with both meanwhile. Raises AlreadyMade when `token` has made one.
    """
    salt, made_with = new_salt(), present_mark()
    try:
        with transaction.atomic():
            ends = at + (overlap or timedelta())
            kept = list(holding(subscription, at).values_list("pk", flat=True)[: MOST_SECRETS - 1])
            holding(subscription, at).filter(Q(ends_at=None) | Q(ends_at__gt=ends)).update(ends_at=ends)
            holding(subscription, at).exclude(pk__in=kept).update(ends_at=at)
            WebhookSecret.objects.create(subscription=subscription, salt=salt, made_with=made_with, token=token)
    except IntegrityError:
        if token is not None and WebhookSecret.objects.filter(token=token).exists():
            raise AlreadyMade from None
        raise
    secret = secret_of(salt, made_with)
    assert secret is not None  # noqa: S101 - it was made with the key in use
    return secret


def holding(subscription: WebhookSubscription, at: datetime) -> QuerySet[WebhookSecret]:
    """The secrets that messages are signed with at this moment, the newest first."""
    return WebhookSecret.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), subscription=subscription)


def secrets_of(subscription: WebhookSubscription, at: datetime) -> list[str]:
    """The texts of these; empty when the SECRET_KEY that they were made with is gone."""
    found = (secret_of(each.salt, each.made_with) for each in holding(subscription, at))
    return [each for each in found if each is not None]


# Whether it is told anything


def begin(subscription: WebhookSubscription, at: datetime) -> None:
    """It hears of what is committed from now on; to be saved in the same transaction.

    Of what was committed a moment before it may hear as well: what was under
    way then is told in any case.
    """
    subscription.listens_since, subscription.listens_after = at, settled(Outbox)


def switch_on(subscription: WebhookSubscription, *, at: datetime) -> bool:
    """Whether it did not send until now; it does, and one that was disabled hears of what happens from now on."""
    return switch(subscription, State.ACTIVE, "", at)


def pause(subscription: WebhookSubscription, reason: str, *, at: datetime, failed: bool = False) -> bool:
    """Whether it was told something until now; what happens waits until it is switched on.

    Where it `failed` somebody has to be told: `failing_since` stays until it is switched on.
    """
    return switch(subscription, State.PAUSED, reason, at, failed=failed)


def disable(subscription: WebhookSubscription, reason: str, *, at: datetime, failed: bool = False) -> bool:
    """Whether it was not disabled yet; nothing is kept for it, and what waits is given up: it can be sent again."""
    return switch(subscription, State.DISABLED, reason, at, failed=failed)


def switch(subscription: WebhookSubscription, state: str, reason: str, at: datetime, *, failed: bool = False) -> bool:
    with transaction.atomic():
        row = WebhookSubscription.objects.select_for_update(of=("self",), no_key=True).get(pk=subscription.pk)
        if row.state == state:
            return False
        if row.state == State.DISABLED:
            begin(row, at)
        row.state, row.reason = state, reason[:300]
        row.failing_since = (row.failing_since or at) if failed else None
        row.failures, row.held_until = 0, None
        row.save()
        if state == State.DISABLED:
            row.deliveries.waiting().update(
                state=WebhookDelivery.State.FAILED, finished_at=at, next_try_at=None, error=SWITCHED_OFF
            )
    for name in ("state", "reason", "listens_since", "listens_after", "failures", "failing_since", "held_until"):
        setattr(subscription, name, getattr(row, name))
    logger.info("webhook switched webhook=%d state=%s", row.pk, state)
    return True


def remove(subscription: WebhookSubscription) -> None:
    """It is gone, with everything that was or is to be sent. What is being told now is told first."""
    with transaction.atomic():
        # First the subscription, then what goes to it: so does everybody.
        WebhookSubscription.objects.select_for_update(of=("self",)).filter(pk=subscription.pk).first()
        subscription.delete()


# Sending again


def send_again(deliveries: QuerySet[WebhookDelivery], *, at: datetime) -> int:
    """How many of these will be tried again, with the ids that they had; those that wait already are left alone.

    Raises SwitchedOff where one belongs to a subscription that is disabled.
    """
    finished = deliveries.exclude(state=WebhookDelivery.State.PENDING).filter(event__isnull=False).order_by()
    with transaction.atomic():
        hooks = WebhookSubscription.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
        states = hooks.filter(pk__in=finished.values("subscription")).values_list("state", flat=True)
        if State.DISABLED in list(states):
            raise SwitchedOff("The webhook is disabled. Switch it on first.")
        return finished.update(
            state=WebhookDelivery.State.PENDING,
            tries=0,
            replays=F("replays") + 1,
            next_try_at=at,
            leased_until=None,
            finished_at=None,
            error="",
        )
