"""What the whole population looks like, counted in the background."""

from django.db import models


class Survey(models.Model):
    """Figures over all accounts, as of `finished_at`; the row of each subject is written over by the next count.

    `asked_at` is when somebody or the clock last asked for a new one: it is
    waiting while that lies after `started_at`, and is being counted while
    `beat_at` says that a worker lives.
    """

    class Subject(models.TextChoices):
        COVERAGE = "coverage", "What is known of each fact, and how old it is"
        MOVERS = "movers", "What moved, and why"
        PERSONAS = "personas", "Who is there in the accounts of each segment"

    subject = models.CharField(max_length=10, choices=Subject, primary_key=True)
    ruleset = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    found = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["subject"]

    def __str__(self) -> str:
        return self.get_subject_display()
