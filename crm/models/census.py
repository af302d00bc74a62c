"""For how many of all accounts conditions of a draft hold, fail and are open, counted in the background."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

DEAD_AFTER = timedelta(seconds=60)


class CensusQuerySet(models.QuerySet["Census"]):
    def unfinished(self) -> Self:
        """Only those that are waiting or running."""
        return self.filter(state__in=(Census.State.WAITING, Census.State.RUNNING))

    def to_take(self) -> Self:
        """Only those that a worker may take on now: nobody has been heard of on them for DEAD_AFTER."""
        return (
            self.unfinished()
            .filter(Q(beat_at=None) | Q(beat_at__lt=Now() - DEAD_AFTER))
            .order_by(F("started_at").asc(nulls_last=True), "asked_at", "pk")
        )


class Census(models.Model):
    """Some conditions put to every account.

    `document` holds the conditions with the words that they use, and `content_hash` names them. `answers` has a
    triple of accounts (hold, fail, open) for each, of the accounts up to the id `last`. `beat_at` is when a worker
    last said that it is at it, None between two turns.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    content_hash = models.CharField(max_length=64, unique=True)
    document = models.TextField(help_text="A rule document as JSON.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    last = models.BigIntegerField(default=0)
    looked = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    answers = models.JSONField(default=list, blank=True)

    objects = CensusQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name_plural = "censuses"
        default_permissions = ()

    def __str__(self) -> str:
        return f"Census {self.pk}"

    @property
    def percent(self) -> int:
        """How much is done, from 0 to 100."""
        return 100 if self.state == self.State.DONE else min(99, 100 * self.looked // max(self.total, 1))

    def as_of(self) -> datetime:
        """The moment of which it tells: facts that changed later may not be in it."""
        return self.started_at or self.asked_at
