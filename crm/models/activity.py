"""What we did with an account."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from .company import Company
from .contact import Contact
from .visibility import AccountRowQuerySet, Person, edited, seen, sees_all


class ActivityQuerySet(AccountRowQuerySet["Activity"]):
    """Activities, and what is still to do of them."""

    def touches(self) -> Self:
        """Only what was done with the account; a task is what is still to be done."""
        return self.exclude(kind=Activity.Kind.TASK)

    def to_do(self) -> Self:
        """Only tasks that are not done, the first due first; those without a day come last."""
        return self.filter(kind=Activity.Kind.TASK, done_at=None).order_by(F("due_on").asc(nulls_last=True), "pk")

    def to_be_done_by(self, user: Person) -> Self:
        """Only tasks that this person may check off: of accounts that they edit, and their own where they see one."""
        tasks = self.filter(kind=Activity.Kind.TASK)
        if sees_all(user):
            return tasks
        return tasks.filter(edited(user, "company__") | (seen(user, "company__") & Q(assignee=user.pk)))


class Activity(models.Model):
    """A note, call, e-mail, meeting or task about a company.

    `token` is what the form it came from was built with: sent twice, it is one row.
    """

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
    token = models.UUIDField(null=True, unique=True, editable=False)

    objects = ActivityQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["token"])

    class Meta:
        ordering = ["-happened_at", "-pk"]
        verbose_name_plural = "activities"
        indexes = [
            models.Index(fields=["company", "-happened_at"], name="activity_of_company"),
            models.Index(fields=["assignee", "due_on"], name="activity_to_do", condition=Q(kind="task", done_at=None)),
        ]

    def __str__(self) -> str:
        return self.summary
