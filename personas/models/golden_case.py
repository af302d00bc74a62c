"""Golden cases: accounts whose segment the rules must give."""

from django.db import models


class GoldenCase(models.Model):
    """Facts, and the segment that every published ruleset must give them."""

    name = models.CharField(max_length=300, unique=True)
    facts = models.JSONField(default=dict)
    segment = models.CharField(max_length=80, help_text="The key of a segment, none, or undecided.")
    at = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name
