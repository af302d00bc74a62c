"""Programs that use the API: who they are, what they may do, and the keys they sign in with."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models

RESOURCES = (
    "companies",
    "contacts",
    "investors",
    "activities",
    "deals",
    "scores",
    "rules",
    "webhooks",
)
WORKED_OUT = ("scores",)
SCOPES = tuple(
    f"{resource}:{action}"
    for resource in RESOURCES
    for action in (("read",) if resource in WORKED_OUT else ("read", "write"))
)
"""What a key may be allowed: to read or to write one resource. Writing does not include reading."""


class Integration(models.Model):
    """A program that reads and writes through the API.

    It acts as `user`, a user of its own that nobody can sign in as, so that
    every change is in the history under its name. Without a `team` it sees
    every account; with one, what a member of that team sees.
    """

    name = models.CharField(max_length=100, unique=True)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="integration", editable=False)
    team = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: it sees every account."
    )
    scopes = models.JSONField(default=list, blank=True)
    networks = models.JSONField(
        default=list, blank=True, help_text="Addresses it may call from, like 203.0.113.0/24. Empty: from anywhere."
    )
    per_minute = models.PositiveIntegerField("calls a minute", default=600)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="integration_has_a_name"),
            models.CheckConstraint(condition=models.Q(per_minute__gte=1), name="integration_may_call"),
        ]

    def __str__(self) -> str:
        return self.name


class IntegrationKey(models.Model):
    """One key of an integration, of which only a hash is kept. A new one may be in use before the old one ends.

    `token` is what the form that asked for it was built with: sent twice, it is one key.
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=8, unique=True, editable=False)
    hashed = models.CharField(max_length=150, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_from = models.GenericIPAddressField(null=True, blank=True)
    token = models.UUIDField(null=True, unique=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = "key"

    def __str__(self) -> str:
        return f"{self.prefix}…"

    def holds(self, at: datetime) -> bool:
        """Whether it may be used at this moment."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)
