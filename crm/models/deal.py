"""Deals: what may be sold to an account."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from .company import Company
from .fields import KnownTextField
from .visibility import AccountRowQuerySet


class Deal(models.Model):
    """A sale in the making, or its outcome.

    `stage_since` is the day it came into its stage; NULL where nobody moved it since it was stored.
    """

    class Stage(models.TextChoices):
        DISCOVERY = "discovery", "Discovery"
        EVALUATION = "evaluation", "Evaluation"
        PROPOSAL = "proposal", "Proposal"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    CLOSED = (Stage.WON, Stage.LOST)

    company = models.ForeignKey(Company, models.CASCADE, related_name="deals")
    name = models.CharField(max_length=300)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.DISCOVERY)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    currency = KnownTextField(max_length=3, help_text="Three letters, such as USD.")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    outcome_reason = KnownTextField(max_length=300)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="deals")
    stage_since = models.DateField(null=True, blank=True, editable=False)

    objects = AccountRowQuerySet["Deal"].as_manager()
    history = HistoricalRecords(excluded_fields=["stage_since"])

    class Meta:
        ordering = ["-opened_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=0, currency__isnull=False),
                name="deal_amount_has_a_currency",
                violation_error_message="An amount is at least 0 and has a currency, such as USD.",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["won", "lost"], closed_on__isnull=False)
                | (~Q(stage__in=["won", "lost"]) & Q(closed_on=None)),
                name="deal_closed_when_won_or_lost",
                violation_error_message="A deal that is won or lost has a closing date, and no other has one.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_closed(self) -> bool:
        return self.stage in self.CLOSED
