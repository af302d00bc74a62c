"""Who is told what happened, what they are to be told, and how that went."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, Q
from simple_history.models import HistoricalRecords

from .company import Company
from .integration import Integration
from .operation import Outbox
from .visibility import Person, sees_all

TEST = "webhook.test"
"""The type of what the test button sends; nobody asks for it."""


@dataclass(frozen=True)
class EventKind:
    """A type of event: what it is called, and what its reader may do: a permission, and for a key a scope."""

    name: str
    permission: str
    scope: str


EVENTS = {
    Outbox.Event.SEGMENT.value: EventKind("Segment changed", "crm.view_company", "scores:read"),
    Outbox.Event.BAND.value: EventKind("Band changed", "crm.view_company", "scores:read"),
    Outbox.Event.FIT.value: EventKind("Fit changed", "crm.view_company", "scores:read"),
    Outbox.Event.PERSONA.value: EventKind("Persona of a contact changed", "crm.view_contact", "contacts:read"),
    Outbox.Event.RULESET.value: EventKind("Ruleset published", "personas.view_ruleset", "rules:read"),
    Outbox.Event.DEAL.value: EventKind("Deal changed", "crm.view_deal", "deals:read"),
}


class WebhookSubscriptionQuerySet(models.QuerySet["WebhookSubscription"]):
    def visible_to(self, user: Person) -> Self:
        """One's own; those of everybody for a person who sees every account, never for an integration."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        own = Q(owner=user.pk)
        return self.filter(own | ~Exists(Integration.objects.filter(user=user.pk)) if sees_all(user) else own)

    def editable_by(self, user: Person) -> Self:
        """The same."""
        return self.visible_to(user)

    def listening(self) -> Self:
        """Those for which what happens is kept: all but those that are switched off."""
        return self.exclude(state=WebhookSubscription.State.DISABLED)

    def in_trouble(self) -> Self:
        """Those that the program itself has switched off: somebody must look after them."""
        return self.exclude(state=WebhookSubscription.State.ACTIVE).filter(failing_since__isnull=False)

    def any_for(self, event: str) -> bool:
        """Whether anybody is to be told of this event."""
        return any(event in events for events in self.listening().order_by().values_list("events", flat=True))


class WebhookSubscription(models.Model):
    """An address that is told of events, as far as its owner may see what they are about.

    While it is paused, what happens is kept and told later; once it is disabled,
    nothing is. `listens_since` is the moment of which on events are told, and
    `listens_after` the id in the outbox above which those are found.
    `failing_since` is since when nothing arrived, with `failures` tries in a
    row, and nothing is sent before `held_until`.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        DISABLED = "disabled", "Disabled"

    name = models.CharField(max_length=100)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="webhooks",
        help_text="A person or an integration; it is told only of what they may see.",
    )
    url = models.CharField("address", max_length=2_000, help_text="Begins with https://.")
    events = models.JSONField(default=list)
    filters = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it does not send.")
    listens_since = models.DateTimeField(editable=False)
    listens_after = models.BigIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    failures = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    held_until = models.DateTimeField(null=True, blank=True, editable=False)
    arrived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = WebhookSubscriptionQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["updated_at", "listens_after", "failures", "failing_since", "held_until", "arrived_at"]
    )

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = "webhook"
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="webhook_has_a_name"),
            models.CheckConstraint(condition=~Q(url=""), name="webhook_has_an_address"),
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="webhook_name_once",
                violation_error_message="The owner has a webhook of this name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookSecret(models.Model):
    """What a secret is made from, together with the SECRET_KEY: the database alone gives nobody the secret.

    `made_with` tells which SECRET_KEY that was. Two hold while a new one takes
    the place of an old one, which ends at `ends_at`.
    """

    subscription = models.ForeignKey(WebhookSubscription, models.CASCADE, related_name="secrets")
    salt = models.CharField(max_length=64, editable=False)
    made_with = models.CharField(max_length=16, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    token = models.UUIDField(null=True, unique=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"Secret of {self.subscription_id}"

    def holds(self, at: datetime) -> bool:
        """Whether messages are signed with it at this moment."""
        return self.ends_at is None or at < self.ends_at


def new_message() -> str:
    """The id of a message, which stays the same however often it is sent."""
    return f"msg_{uuid4().hex}"


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def visible_to(self, user: Person) -> Self:
        """Those of subscriptions that this person sees."""
        return self.filter(subscription__in=WebhookSubscription.objects.visible_to(user))

    def editable_by(self, user: Person) -> Self:
        """The same."""
        return self.visible_to(user)

    def waiting(self) -> Self:
        """Those that are still to arrive."""
        return self.filter(state=WebhookDelivery.State.PENDING)

    def dead(self) -> Self:
        """Those that were given up."""
        return self.filter(state=WebhookDelivery.State.FAILED)


class WebhookDelivery(models.Model):
    """One event on its way to one subscription.

    `event` is the id that it had in the outbox. Deliveries of one `account` to
    one subscription go one after the other: a company by its id, a contact
    without a company by its id below zero; 0 waits for nothing. Whoever sends it
    has it until `leased_until`.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        SUCCEEDED = "succeeded", "Arrived"
        FAILED = "failed", "Given up"

    subscription = models.ForeignKey(WebhookSubscription, models.CASCADE, related_name="deliveries", db_index=False)
    event = models.BigIntegerField(null=True, blank=True)
    message = models.CharField(max_length=40, unique=True, default=new_message, editable=False)
    type = models.CharField(max_length=40)
    account = models.BigIntegerField(default=0)
    company = models.ForeignKey(
        Company, models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False, db_constraint=False
    )
    contact = models.BigIntegerField(null=True, blank=True, help_text="Id of the contact that it tells of.")
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    created_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    replays = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=400, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["subscription", "event"], name="webhook_delivery_once"),
            models.CheckConstraint(
                condition=~Q(state="pending") | Q(next_try_at__isnull=False), name="webhook_delivery_is_tried"
            ),
        ]
        indexes = [
            models.Index(
                fields=["subscription", "next_try_at"], name="webhook_delivery_due", condition=Q(state="pending")
            ),
            models.Index(
                fields=["subscription", "account", "event"],
                name="webhook_delivery_in_order",
                condition=Q(state="pending"),
            ),
            models.Index(fields=["subscription", "state", "-id"], name="webhook_delivery_log"),
            models.Index(fields=["created_at"], name="webhook_delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class WebhookTry(models.Model):
    """One try to send a delivery: the status or the reason why there was none, how long it took, what was said."""

    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="log")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    error = models.CharField(max_length=400, blank=True)
    said = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "webhook tries"

    def __str__(self) -> str:
        return f"{self.status or self.error}"


class PersonaChange(models.Model):
    """The personas of a contact, or of everybody with a title, changed; it is told once it is committed.

    A row of a contact is made by a database trigger and holds what its personas
    were at the first change nobody was told of. A row of a title holds what the
    title stood for, before and after it was matched again; people up to the id
    `done_to` have been told. Personas by comma, the likeliest first. Rows are
    only made while somebody asks for the event.
    """

    contact = models.BigIntegerField(null=True, blank=True, unique=True)
    title = models.BigIntegerField(null=True, blank=True, db_index=True)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    done_to = models.BigIntegerField(default=0)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(contact__isnull=False, title=None) | Q(contact=None, title__isnull=False),
                name="persona_change_of_a_contact_or_a_title",
            )
        ]

    def __str__(self) -> str:
        return f"contact {self.contact}" if self.contact else f"title {self.title}"
