"""What we did with an account."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from simple_history.models import HistoricalRecords

from .company import Company
from .contact import Contact
from .visibility import AccountRowQuerySet


class Activity(models.Model):
    """A note, call, e-mail, meeting or task about a company."""

    class Kind(models.TextChoices):
        NOTE = "note", "Note"
        CALL = "call", "Call"
        EMAIL = "email", "E-mail"
        MEETING = "meeting", "Meeting"
        TASK = "task", "Task"

    company = models.ForeignKey(Company, models.CASCADE, related_name="activities", db_index=False)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="activities")
    kind = models.CharField(max_length=10, choices=Kind)
    summary = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    happened_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField(null=True, blank=True, help_text="For a task.")
    done_at = models.DateTimeField(null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="tasks",
        db_index=False,
        help_text="Who is to do a task.",
    )

    objects = AccountRowQuerySet["Activity"].as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-happened_at", "-pk"]
        verbose_name_plural = "activities"
        indexes = [
            models.Index(fields=["company", "-happened_at"], name="activity_of_company"),
            models.Index(
                fields=["assignee", "due_on"], name="activity_to_do", condition=models.Q(kind="task", done_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.summary
