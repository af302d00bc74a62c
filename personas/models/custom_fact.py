"""Facts beyond the built-in ones."""

from django.db import models


class CustomFact(models.Model):
    """A fact that this organisation added, or a built-in one with another label or a freshness limit."""

    key = models.SlugField(max_length=63, unique=True)
    label = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)
    unit = models.CharField(max_length=60, blank=True)
    choices = models.JSONField(default=list, blank=True)
    ordered = models.BooleanField(default=False)
    minimum = models.DecimalField(max_digits=30, decimal_places=6, null=True, blank=True)
    maximum = models.DecimalField(max_digits=30, decimal_places=6, null=True, blank=True)
    fresh_for_days = models.PositiveIntegerField(null=True, blank=True, help_text="Older values count as unknown.")
    explanation = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.label
