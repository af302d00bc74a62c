"""Who looked at which account when."""

from django.conf import settings
from django.db import models

from .company import Company
from .visibility import AccountRowQuerySet


class Look(models.Model):
    """When somebody last opened the page of an account; what changed since is news to them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="looks", db_index=False)
    company = models.ForeignKey(Company, models.CASCADE, related_name="looks")
    at = models.DateTimeField()

    objects = AccountRowQuerySet["Look"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="look_once_a_person")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
