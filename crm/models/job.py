"""Rows too many for one call, taken part by part in the background."""

from typing import Self

from django.conf import settings
from django.db import models


class BulkJobQuerySet(models.QuerySet["BulkJob"]):
    def unfinished(self) -> Self:
        """Only those that are waiting or running."""
        return self.filter(state__in=(BulkJob.State.WAITING, BulkJob.State.RUNNING))


class BulkJob(models.Model):
    """Companies or contacts that somebody stated in bulk; `source` and `observed_on` are of rows without their own.

    Its parts are written one by one, each in one transaction with the answers
    to its rows and the numbers here: whoever is killed has done nothing, and
    another goes on from there.
    """

    class Kind(models.TextChoices):
        COMPANIES = "companies", "Companies"
        CONTACTS = "contacts", "Contacts"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=10, choices=Kind)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.ForeignKey(
        "crm.IntegrationKey",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The key that it was asked for with; empty where a person did.",
    )
    asked_at = models.DateTimeField()
    source = models.CharField(max_length=200)
    observed_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0, help_text="Rows that were looked at.")
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects = BulkJobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["id"], name="bulk_job_open", condition=models.Q(state__in=["waiting", "running"])),
            models.Index(fields=["asked_by", "-id"], name="bulk_job_of_caller"),
        ]

    def __str__(self) -> str:
        return f"Job {self.pk}"


class BulkPart(models.Model):
    """Some rows of a job as they came, and the answers to them; both as lines of JSON, packed.

    `tries` is how often somebody began with it.
    """

    job = models.ForeignKey(BulkJob, models.CASCADE, related_name="parts", db_index=False)
    first = models.PositiveIntegerField(help_text="The number of its first row, from 0.")
    content = models.BinaryField()
    answers = models.BinaryField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["first"]
        constraints = [models.UniqueConstraint(fields=["job", "first"], name="bulk_part_once")]

    def __str__(self) -> str:
        return f"Rows from {self.first} of job {self.job_id}"
