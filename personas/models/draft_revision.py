"""Edits of the draft, so that they can be undone."""

from typing import Self

from django.conf import settings
from django.db import models


class DraftRevisionQuerySet(models.QuerySet["DraftRevision"]):
    def done(self) -> Self:
        """Those whose effect is in the draft, the last first."""
        return self.filter(undone_at=None)

    def undone(self) -> Self:
        """Those that were taken back."""
        return self.exclude(undone_at=None)


class DraftRevision(models.Model):
    """One edit of the draft: what was done, by whom, when, and the rows as they were before it.

    `before` is None once the edit lies too far back to be undone; `after` is set while it is undone.
    `left` is the hash of the rows as the edit left them, which tells whether something else changed them since.
    """

    said = models.CharField(max_length=300)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    left = models.CharField(max_length=64)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = DraftRevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.said
