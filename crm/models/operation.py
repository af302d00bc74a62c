"""How scoring is going: who works, what is being rolled out, what is in the way."""

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from .company import Company
from .fit import FitChange
from .visibility import AccountRowQuerySet


class Lane(models.Model):
    """One share of the accounts: who drained it last, and how much was ever done there.

    `visited_at` is when a worker last looked after it; `rate` is in accounts a
    second while there was something to do, None before that.
    """

    number = models.PositiveSmallIntegerField(primary_key=True)
    visited_at = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=200, null=True, blank=True)
    seen = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    rate = models.FloatField(null=True, blank=True)
    error = models.CharField(max_length=300, null=True, blank=True)
    error_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"Lane {self.number}"


class Rollout(models.Model):
    """A published ruleset on its way to every account. Made when the drain, or a person who pauses it, first meets it.

    While it is paused, accounts whose facts change are still scored by the new rules; the others wait. `effect` is
    what it changed, counted once it has ended (crm.scoring.effects).
    """

    ruleset = models.PositiveIntegerField(primary_key=True)
    started_at = models.DateTimeField()
    accounts = models.PositiveIntegerField(help_text="How many were to be scored when it began.")
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    effect = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-ruleset"]

    def __str__(self) -> str:
        return f"Ruleset {self.ruleset}"


class Audit(models.Model):
    """What the audit of one day found: fresh results worked out again, and those that were wrong."""

    day = models.DateField(primary_key=True)
    runs = models.PositiveIntegerField(default=0)
    looked = models.PositiveBigIntegerField(default=0)
    wrong = models.PositiveBigIntegerField(default=0)
    orphans = models.PositiveBigIntegerField(default=0, help_text="Companies that had no fit.")
    last_at = models.DateTimeField(null=True, blank=True)
    last_wrong_at = models.DateTimeField(null=True, blank=True)
    last_wrong = models.CharField(max_length=300, null=True, blank=True, help_text="Ids of companies, by comma.")

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.wrong} of {self.looked} wrong"


class BrokerOutage(models.Model):
    """A time in which doorbells could not be sent; `ended_at` None while it lasts."""

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    errors = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            # All that have not ended share this value, so there is one at most.
            models.UniqueConstraint(
                models.expressions.Value(1), condition=Q(ended_at=None), name="broker_outage_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"since {self.began_at}: {self.reason}"


class ImportRun(models.Model):
    """One import of a file; `beat_at` is when it last said that it lives, `finished_at` None until it has ended."""

    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    name = models.CharField(max_length=200, help_text="What is imported.")
    rows = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["beat_at"], name="import_running", condition=Q(finished_at=None))]

    def __str__(self) -> str:
        return self.name


class Outbox(models.Model):
    """Something that happened, to be told to whoever asked: written with it, in one transaction.

    A change of an account's result names its FitChange. A deal holds what it was
    and is (`before`, `after`: its columns as JSON), a contact the personas by
    comma, a ruleset its number.
    """

    class Event(models.TextChoices):
        SEGMENT = "company.segment_changed", "Segment changed"
        BAND = "company.band_changed", "Band changed"
        FIT = "company.fit_changed", "Fit changed"
        PERSONA = "contact.persona_changed", "Persona changed"
        RULESET = "ruleset.published", "Ruleset published"
        DEAL = "deal.changed", "Deal changed"

    OF_KINDS: ClassVar[Mapping[str, str]] = {
        FitChange.Kind.SEGMENT.value: Event.SEGMENT.value,
        FitChange.Kind.BAND.value: Event.BAND.value,
        FitChange.Kind.FIT.value: Event.FIT.value,
    }
    """The event that a change of each kind is, what matters most first."""

    event = models.CharField(max_length=40, choices=Event)
    company = models.ForeignKey(
        Company, models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False, db_constraint=False
    )
    change = models.ForeignKey(
        FitChange, models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False, db_constraint=False
    )
    contact = models.BigIntegerField(null=True, blank=True)
    deal = models.BigIntegerField(null=True, blank=True)
    ruleset = models.PositiveIntegerField(null=True, blank=True)
    cause = models.CharField(max_length=10, null=True, blank=True)
    before = models.TextField(null=True, blank=True)
    after = models.TextField(null=True, blank=True)
    at = models.DateTimeField()

    objects = AccountRowQuerySet["Outbox"].as_manager()

    class Meta:
        verbose_name_plural = "outbox"
        indexes = [models.Index(fields=["at"], name="outbox_at")]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"


class Ripple(models.Model):
    """A change of something that accounts point to: whoever reads it by then is still to be marked.

    On PostgreSQL two transactions may each change one end of a fact, and neither
    sees the other. So one end is followed to its accounts only when it is committed.
    """

    source = models.CharField(max_length=63, help_text="The table.")
    key = models.BigIntegerField(help_text="What accounts point to it by.")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.source} {self.key}"


class NameRevision(models.Model):
    """How often names in one table have changed, so that a worker knows when what it remembers of them is old."""

    table_name = models.CharField(max_length=63, primary_key=True)
    revision = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.table_name} {self.revision}"
