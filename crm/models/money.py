"""Exchange rates, for amounts stated in another currency."""

from django.db import models
from django.db.models import Q


class ExchangeRate(models.Model):
    """What one unit of a currency was worth in US dollars on a day."""

    currency = models.CharField(max_length=3, unique=True, help_text="Three capital letters, such as EUR.")
    usd = models.DecimalField("US dollars for one", max_digits=18, decimal_places=8)
    as_of = models.DateField()

    class Meta:
        ordering = ["currency"]
        constraints = [models.CheckConstraint(condition=Q(usd__gt=0), name="exchange_rate_above_0")]

    def __str__(self) -> str:
        return f"1 {self.currency} = {self.usd} USD"
