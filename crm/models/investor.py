"""Investors and what they put money into."""

from django.db import models
from simple_history.models import HistoricalRecords

from .company import Company
from .fields import NameKeyField
from .visibility import AccountRowQuerySet


class Investor(models.Model):
    """Someone who invests in companies."""

    name = models.CharField(max_length=300, unique=True)
    name_key = NameKeyField()

    history = HistoricalRecords(excluded_fields=["name_key"])

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["name_key"], name="investor_name_key")]

    def __str__(self) -> str:
        return self.name


class Investment(models.Model):
    """An investor holds, or held, a part of a company."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="investments", db_index=False)
    investor = models.ForeignKey(Investor, models.CASCADE, related_name="investments")

    objects = AccountRowQuerySet["Investment"].as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "investor"], name="investment_once")]

    def __str__(self) -> str:
        return str(self.investor)
