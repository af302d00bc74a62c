"""Published rules."""

from functools import lru_cache
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from personas.rules.document import Document, parse


class RulesetQuerySet(models.QuerySet["Ruleset"]):
    def active(self) -> Self:
        """The one that scoring reads; none before the first publication."""
        return self.filter(active=True)


class Ruleset(models.Model):
    """One published document. It never changes; a later one takes its place, or an older one is published again."""

    number = models.PositiveIntegerField(unique=True)
    text = models.TextField(help_text="The whole rule document as JSON.")
    content_hash = models.CharField(max_length=64)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)
    published_at = models.DateTimeField()
    active = models.BooleanField(default=False)

    objects = RulesetQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        permissions = [("publish_ruleset", "Can publish rules")]
        constraints = [
            models.UniqueConstraint(fields=["active"], condition=Q(active=True), name="ruleset_one_active"),
            models.CheckConstraint(condition=Q(number__gte=1), name="ruleset_number_from_1"),
        ]

    def __str__(self) -> str:
        return f"Ruleset {self.number}"

    def document(self) -> Document:
        """The parsed document; parsed once a process."""
        return parsed(self.content_hash, self.text)


@lru_cache(maxsize=16)
def parsed(content_hash: str, text: str) -> Document:
    """The document that `text` describes."""
    return parse(text)
