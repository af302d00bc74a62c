"""What the whole population looks like, counted in the background."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.expressions import Value
from django.db.models.functions import Now

DEAD_AFTER = timedelta(seconds=60)


class SurveyQuerySet(models.QuerySet["Survey"]):
    def left_alone(self) -> Self:
        """Only those whose worker has not been heard of for DEAD_AFTER."""
        return self.exclude(claim="").filter(Q(beat_at=None) | Q(beat_at__lt=Now() - DEAD_AFTER))


class Survey(models.Model):
    """Figures over all accounts; the next count of a subject writes over the last.

    `found` is what was found as of `as_of`, the moment that count began, by
    `ruleset`; it stays until the next count has ended. `asked_at` is when
    somebody asked for another. `progress` is what that one has counted so far,
    so that another worker can go on; `claim` is the worker's turn, and
    `beat_at` when it last said that it lives. `mark` is what the accounts were
    like then: as long as it is the same, counting again would find the same.
    """

    class Subject(models.TextChoices):
        WORKLIST = "worklist", "What would settle most accounts"
        BANDS = "bands", "Points by segment"
        COVERAGE = "coverage", "What is known of each fact, and how old it is"
        PERSONAS = "personas", "Who is there in the accounts of each segment"
        MOVERS = "movers", "What moved, and why"
        TITLES = "titles", "How many contacts have each job title"

    subject = models.CharField(max_length=10, choices=Subject, primary_key=True)
    ruleset = models.PositiveIntegerField(default=0)
    as_of = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    found = models.JSONField(null=True, blank=True)
    mark = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    looked = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    progress = models.JSONField(null=True, blank=True)
    claim = models.CharField(max_length=32, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        ordering = ["subject"]
        constraints = [
            # All that are being counted share this value, so there is one at most.
            models.UniqueConstraint(Value(1), condition=~Q(claim=""), name="survey_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return self.get_subject_display()

    @property
    def is_begun(self) -> bool:
        """Whether a count has begun and not ended."""
        return self.started_at is not None

    @property
    def is_unfinished(self) -> bool:
        """Whether a count is waiting or going on."""
        return self.asked_at is not None or self.is_begun

    @property
    def percent(self) -> int:
        """How much of the count that has begun is done, from 0 to 99."""
        return min(99, 100 * self.looked // max(self.total, 1))
