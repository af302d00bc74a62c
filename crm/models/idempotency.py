"""Calls of the API that were made with an Idempotency-Key, and what they answered."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class IdempotentCall(models.Model):
    """A call that was done: made again with the same key, it is answered from here and does nothing.

    Written in the transaction of what the call did. A call that was refused leaves none.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="Of the method, the address and the body.")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["at"], name="idempotent_call_at")]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotent_call_once")]

    def __str__(self) -> str:
        return self.key
