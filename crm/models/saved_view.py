"""Lists that somebody narrowed and sorted, and wants to open again."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from .visibility import Person


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: Person) -> Self:
        """Only this person's own and those that are shared."""
        return self.filter(Q(owner=user.pk) | Q(shared=True))

    def editable_by(self, user: Person) -> Self:
        """Only this person's own."""
        return self.filter(owner=user.pk)


class SavedView(models.Model):
    """A list with its search, filters and order, by name. It shows everybody what they may see, and no more."""

    page = models.CharField(max_length=40, help_text="The list: the name of its model.")
    name = models.CharField(max_length=80)
    query = models.TextField(blank=True, help_text="What follows the question mark in the address.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    shared = models.BooleanField(default=False, help_text="Everybody may open it.")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_view_once_a_name"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
