"""Deliveries on their way: taken a few at a time, sent outside of any transaction, and written down.

Whoever takes a delivery has it for LEASE; dies it meanwhile, somebody else
sends it then, with the same id. A try counts from the moment it is taken.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from crm.models import WebhookDelivery, WebhookSubscription, WebhookTry
from crm.models.webhook import TEST, new_message

from . import payloads
from .faults import FAULTS, on_its_own, where
from .retrying import DELAYS, hold, next_try
from .sending import SECONDS, NotDelivered, Reply, post, trusted
from .signing import signed_headers
from .subscribing import allowed_networks, disable, pause, secrets_of
from .telling import anything_to_tell, fan_out, may_hear, seen_by, some

logger = logging.getLogger(__name__)

THREADS = 16
AT_ONCE = 4
"""How many deliveries are on their way to one receiver; one while its last try failed."""
LEASE = timedelta(seconds=60)
GLANCE_SECONDS = 0.2
MOST_TRIES = len(DELAYS) + 1

GONE = "The receiver answered 410 Gone: it wants no more."
UNSIGNED = "Its secret was made with a SECRET_KEY that is gone. Make a new secret, then switch it on."
NOT_SEEN = "Its owner may not see this any more."
NO_REPLY = "The worker that sent it ended before there was a reply."
UNFORESEEN = "It could not be sent. The log of the worker says more."

State = WebhookDelivery.State


@dataclass(frozen=True)
class Parcel:
    """What is needed to send a delivery once, without the database."""

    delivery: int
    subscription: int
    url: str
    secrets: Sequence[str]
    message: str
    body: str


@dataclass(frozen=True)
class Outcome:
    """What became of one try: a reply, or the reason why there is none."""

    parcel: Parcel
    reply: Reply | None
    error: str
    milliseconds: int


@dataclass
class Delivered:
    """How many tries arrived, and how many did not."""

    arrived: int = 0
    failed: int = 0


def any_to_send(at: datetime) -> bool:
    """Whether there is something to tell, or to send, that nobody has taken yet."""
    return anything_to_tell() or ready(at).exists()


def deliver(until: Callable[[], bool]) -> Delivered:
    """Everything that happened is on its way, and what is due was tried once more, or `until` says that time is over.

    What is on its way then is waited for: SECONDS at most. A receiver that is
    slow keeps a few threads busy and nobody else waiting.
    """
    done = Delivered()
    trusted()  # made here, because every thread that waited for it would make its own
    on_its_way: dict[Future[Outcome], Parcel] = {}
    with ThreadPoolExecutor(THREADS, thread_name_prefix="webhook") as pool:
        while True:
            told = 0
            if not until():
                told = fan_out(timezone.now())
                for parcel in take(THREADS - len(on_its_way), timezone.now()):
                    on_its_way[pool.submit(send, parcel)] = parcel
            if not on_its_way and not told:
                return done
            finished, _ = wait(on_its_way, timeout=0 if told else GLANCE_SECONDS, return_when=FIRST_COMPLETED)
            for each in finished:
                del on_its_way[each]
                outcome = each.result()
                with on_its_own("delivery", outcome.parcel.delivery):
                    note(outcome, timezone.now())
                arrived = outcome.reply is not None and outcome.reply.arrived
                done.arrived += arrived
                done.failed += not arrived


# Taking


def due(at: datetime) -> QuerySet[WebhookDelivery]:
    """What may be sent now: its time has come, nobody has it, and of its account nothing goes before it or is sent."""
    before = WebhookDelivery.objects.waiting().filter(
        Q(event__lt=OuterRef("event")) | Q(leased_until__gt=at),
        subscription=OuterRef("subscription"),
        account=OuterRef("account"),
    )
    return (
        WebhookDelivery.objects.waiting()
        .filter(Q(leased_until=None) | Q(leased_until__lte=at), next_try_at__lte=at)
        .filter(Q(account=0) | ~Exists(before))
    )


def ready(at: datetime) -> QuerySet[WebhookSubscription]:
    """The subscriptions that something can be sent to now."""
    own = due(at).filter(subscription=OuterRef("pk"))
    now = Q(held_until=None) | Q(held_until__lte=at)
    return WebhookSubscription.objects.filter(
        # A person looks how a test goes: however the receiver did before, it is asked.
        (now & Exists(own)) | Exists(own.filter(type=TEST)),
        state=WebhookSubscription.State.ACTIVE,
    ).order_by()


def take(room: int, at: datetime) -> list[Parcel]:
    """Up to `room` deliveries, ours until LEASE is over; a few of each receiver, whoever comes first by chance."""
    if room <= 0:
        return []
    ids = list(ready(at).values_list("pk", flat=True))
    random.shuffle(ids)
    taken: list[Parcel] = []
    for pk in ids:
        if len(taken) < room:
            with on_its_own("webhook", pk):
                taken += take_of(pk, room - len(taken), at)
    return taken


def take_of(pk: int, room: int, at: datetime) -> list[Parcel]:
    """Up to `room` deliveries of one subscription, fewer where some are on their way."""
    with transaction.atomic():
        rows = WebhookSubscription.objects.filter(pk=pk, state=WebhookSubscription.State.ACTIVE)
        held = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
        subscription = held.select_related("owner__integration").first()
        if subscription is None:
            return []
        secrets = secrets_of(subscription, at)
        if not secrets:
            pause(subscription, UNSIGNED, at=at, failed=True)
            return []
        busy = subscription.deliveries.waiting().filter(leased_until__gt=at).count()
        own = due(at).filter(subscription=pk).order_by("next_try_at", "pk")
        found = list(own.filter(type=TEST)[:room])
        room = min(room, (1 if subscription.failures else AT_ONCE) - busy) - len(found)
        if room > 0 and (subscription.held_until is None or subscription.held_until <= at):
            found += own.exclude(type=TEST)[:room]
        found = worn_out(withheld(subscription, found, at), at)
        WebhookDelivery.objects.filter(pk__in=[each.pk for each in found]).update(
            leased_until=at + LEASE, tries=F("tries") + 1
        )
    return [Parcel(each.pk, pk, subscription.url, secrets, each.message, each.body) for each in found]


def withheld(
    subscription: WebhookSubscription, found: Sequence[WebhookDelivery], at: datetime
) -> list[WebhookDelivery]:
    """Those of these that the owner may still see and hear of; the others are given up."""
    if not found:
        return []
    seen = seen_by(subscription.owner, some(each.company_id for each in found), some(each.contact for each in found))
    owner = subscription.owner
    kept = [
        each
        for each in found
        if seen.holds(each.company_id, each.contact) and (each.type == TEST or may_hear(owner, each.type))
    ]
    give_up([each.pk for each in found if each not in kept], NOT_SEEN, at)
    return kept


def worn_out(found: Sequence[WebhookDelivery], at: datetime) -> list[WebhookDelivery]:
    """Those of these with tries left; of the others no worker lived to see the end of the last one."""
    kept = [each for each in found if each.tries < MOST_TRIES]
    give_up([each.pk for each in found if each.tries >= MOST_TRIES], NO_REPLY, at)
    return kept


def give_up(ids: Sequence[int], error: str, at: datetime) -> None:
    if ids:
        WebhookDelivery.objects.filter(pk__in=ids).update(
            state=State.FAILED, finished_at=at, next_try_at=None, leased_until=None, error=error
        )


# Sending


def send(parcel: Parcel) -> Outcome:
    """What became of one try, whatever went wrong. Knows no database, and so runs in any thread."""
    started = time.monotonic()
    reply, error = None, ""
    try:
        body = parcel.body.encode()
        headers = {
            "content-type": "application/json",
            "user-agent": "icp-crm-webhooks",
            **signed_headers(parcel.secrets, message=parcel.message, at=timezone.now(), body=body),
        }
        reply = post(
            parcel.url,
            body,
            headers,
            seconds=SECONDS,
            allowed=allowed_networks(),
            plain=settings.WEBHOOK_PLAIN_HTTP,
        )
    except NotDelivered as problem:
        error = str(problem)
    except FAULTS as fault:
        logger.error(
            "webhook not sent webhook=%d delivery=%d error=%s at=%s",
            *(parcel.subscription, parcel.delivery, type(fault).__name__, where(fault)),
        )
        error = UNFORESEEN
    if reply is not None and not reply.arrived:
        error = f"The receiver answered {reply.status}."
        if 300 <= reply.status < 400:
            error += " Redirects are not followed: give the address itself."
    # A text that a server says may hold what a column may not.
    error = error.replace("\x00", "\ufffd")[:400]
    return Outcome(parcel, reply, error, int(1000 * (time.monotonic() - started)))


# Writing down


def note(outcome: Outcome, at: datetime) -> None:
    """The try is in the log, and the delivery has arrived, waits for the next try, or is given up."""
    arrived = outcome.reply is not None and outcome.reply.arrived
    with transaction.atomic():
        # First the subscription, then what goes to it: so does everybody.
        WebhookSubscription.objects.select_for_update(no_key=True).filter(pk=outcome.parcel.subscription).first()
        rows = WebhookDelivery.objects.select_for_update(of=("self",), no_key=True)
        delivery = rows.filter(pk=outcome.parcel.delivery).first()
        if delivery is None:
            return
        log(delivery, outcome, at)
        if delivery.state == State.PENDING:
            settle(delivery, outcome, arrived, at)
        rate(outcome, arrived, at)
    logger.info(
        "webhook tried webhook=%d delivery=%d status=%s milliseconds=%d",
        *(outcome.parcel.subscription, delivery.pk, delivery.status, outcome.milliseconds),
    )


def log(delivery: WebhookDelivery, outcome: Outcome, at: datetime) -> WebhookTry:
    return WebhookTry.objects.create(
        delivery=delivery,
        at=at,
        status=outcome.reply.status if outcome.reply else None,
        milliseconds=outcome.milliseconds,
        error=outcome.error,
        said=outcome.reply.said if outcome.reply else "",
    )


def settle(delivery: WebhookDelivery, outcome: Outcome, arrived: bool, at: datetime) -> None:
    delivery.status = outcome.reply.status if outcome.reply else None
    delivery.error, delivery.leased_until = outcome.error, None
    # A dice that others can foresee does no harm.
    again = not arrived and delivery.type != TEST
    delivery.next_try_at = next_try(delivery.tries, at, random.random) if again else None
    if arrived:
        delivery.state = State.SUCCEEDED
    elif delivery.next_try_at is None:
        delivery.state = State.FAILED
    delivery.finished_at = at if delivery.state != State.PENDING else None
    delivery.save(update_fields=["status", "error", "leased_until", "next_try_at", "state", "finished_at"])


def rate(outcome: Outcome, arrived: bool, at: datetime) -> None:
    """The subscription knows how its receiver does: one that is gone, or failed for days, is told nothing more."""
    rows = WebhookSubscription.objects.filter(pk=outcome.parcel.subscription)
    if arrived:
        rows.update(failures=0, failing_since=None, held_until=None, arrived_at=at)
        return
    rows.update(failures=F("failures") + 1, failing_since=Coalesce("failing_since", at))
    subscription = rows.get()
    if outcome.reply is not None and outcome.reply.is_gone:
        disable(subscription, GONE, at=at, failed=True)
        return
    limit = timedelta(days=settings.WEBHOOK_FAILING_DAYS)
    if subscription.failing_since is not None and at - subscription.failing_since >= limit:
        reason = f"Nothing has arrived for {settings.WEBHOOK_FAILING_DAYS} days. The last error: {outcome.error}"
        disable(subscription, reason, at=at, failed=True)
        return
    pause_for = hold(subscription.failures)
    if pause_for is not None:
        rows.update(held_until=at + pause_for)


# The test button


def queue_test(subscription: WebhookSubscription, at: datetime) -> WebhookDelivery:
    """A test message on its way; it is tried once."""
    return WebhookDelivery.objects.create(
        subscription=subscription,
        type=TEST,
        body=payloads.message(TEST, at, payloads.of_test()),
        created_at=at,
        next_try_at=at,
    )


def send_test(subscription: WebhookSubscription, at: datetime) -> WebhookTry:
    """What became of a test message, sent now whatever the state of the subscription. It is not tried again.

    Takes as long as the receiver does. Raises ValueError when there is no
    secret to sign it with.
    """
    secrets = secrets_of(subscription, at)
    if not secrets:
        raise ValueError(UNSIGNED)
    body = payloads.message(TEST, at, payloads.of_test())
    message = new_message()
    outcome = send(Parcel(0, subscription.pk, subscription.url, secrets, message, body))
    arrived = outcome.reply is not None and outcome.reply.arrived
    with transaction.atomic():
        delivery = WebhookDelivery.objects.create(
            subscription=subscription,
            message=message,
            type=TEST,
            body=body,
            state=State.SUCCEEDED if arrived else State.FAILED,
            created_at=at,
            tries=1,
            finished_at=timezone.now(),
            status=outcome.reply.status if outcome.reply else None,
            error=outcome.error,
        )
        return log(delivery, outcome, timezone.now())
