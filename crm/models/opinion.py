"""What people think of results."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from .company import Company
from .visibility import AccountRowQuerySet


class Opinion(models.Model):
    """Whether somebody agrees with a line of an account's receipt, kept for those who make the rules.

    `profile` and `line` say which line; both are empty for the segment as a
    whole. `answer` is what the result said then, by `ruleset`. Somebody has one
    opinion at a time on a line; RevOps settles it with a word on what was done.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="opinions", db_index=False)
    ruleset = models.PositiveIntegerField()
    profile = models.CharField(max_length=80, blank=True)
    line = models.CharField(max_length=200, blank=True, help_text="Kind and key of the criterion, such as must:size.")
    answer = models.CharField(max_length=80, help_text="What the result said: yes, no or open; the segment or none.")
    agrees = models.BooleanField()
    reason = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    settlement = models.TextField(blank=True, help_text="What was done about it.")

    objects = AccountRowQuerySet["Opinion"].as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["profile", "line"], name="opinion_of_line", condition=Q(settled_at=None))]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "profile", "line", "author"],
                condition=Q(settled_at=None),
                name="opinion_one_at_a_time",
            ),
            models.CheckConstraint(condition=Q(agrees=True) | ~Q(reason=""), name="opinion_against_has_a_reason"),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None) | Q(settled_at__isnull=False),
                name="opinion_settled_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{'agrees' if self.agrees else 'disagrees'} with {self.line or 'the segment'}"
