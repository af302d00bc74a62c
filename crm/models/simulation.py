"""What drafts of the rules would do, worked out in the background."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

DEAD_AFTER = timedelta(seconds=60)


class SimulationQuerySet(models.QuerySet["Simulation"]):
    def unfinished(self) -> Self:
        """Only those that are waiting or running."""
        return self.filter(state__in=(Simulation.State.WAITING, Simulation.State.RUNNING))

    def to_take(self) -> Self:
        """Only those that a worker may take on now, one that is running before those that wait.

        One that is running is free between two turns, and when whoever has it has not been heard of for DEAD_AFTER.
        """
        return (
            self.unfinished()
            .filter(Q(beat_at=None) | Q(beat_at__lt=Now() - DEAD_AFTER))
            .order_by(F("started_at").asc(nulls_last=True), "pk")
        )


class Simulation(models.Model):
    """One draft tried on every account; nothing of it is stored with the accounts.

    `base` is the ruleset it is compared with, 0 before the first publication.
    `progress` is what was counted so far, so that another worker can go on;
    `claim` is the worker's turn, and `beat_at` when it last said that it
    lives, None between two turns. `result` is what was found, `accounts` some
    of the ids behind each number of it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    document = models.TextField(help_text="The whole rule document as JSON.")
    content_hash = models.CharField(max_length=64)
    base = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    looked = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    claim = models.CharField(max_length=32, blank=True)
    error = models.CharField(max_length=500, blank=True)
    progress = models.JSONField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    accounts = models.JSONField(null=True, blank=True)

    objects = SimulationQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            # All that are running share this value, so there is one at most.
            models.UniqueConstraint(
                models.expressions.Value(1), condition=Q(state="running"), name="simulation_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"Simulation {self.pk}"

    @property
    def percent(self) -> int:
        """How much is done, from 0 to 100."""
        return 100 if self.state == self.State.DONE else min(99, 100 * self.looked // max(self.total, 1))

    @property
    def is_unfinished(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)

    def as_of(self) -> datetime:
        """The moment of which the result tells: facts that changed later are not in it."""
        return self.started_at or self.asked_at
