"""Owned look-up lists."""

from django.db import models


class NamedList(models.Model):
    """A list that the organisation owns, such as its leading investors."""

    class Match(models.TextChoices):
        NAME = "name", "by name"
        DOMAIN = "domain", "by domain"

    key = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    match = models.CharField(max_length=6, choices=Match, default=Match.NAME)
    contains_from = models.PositiveIntegerField(
        null=True, blank=True, help_text="Entries of so many letters also match inside a longer name."
    )
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title


class ListEntry(models.Model):
    """One name on a list, with its other spellings."""

    named_list = models.ForeignKey(NamedList, models.CASCADE, related_name="entries")
    name = models.CharField(max_length=300)
    aliases = models.JSONField(default=list, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name_plural = "list entries"
        constraints = [models.UniqueConstraint(fields=["named_list", "name"], name="list_entry_once")]

    def __str__(self) -> str:
        return self.name
