"""The form of a company: ranges in one field each, and everything else as it is."""

from decimal import Decimal
from typing import ClassVar

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from crm.admin.ranges import RangeField, RangesForm
from crm.admin.remembering import Remembering
from crm.models import Company

MOST_COUNT = Decimal(2**63 - 1)
MOST_MONEY = Decimal("9999999999999999.99")


class CompanyForm(RangesForm, Remembering):
    """A company; an empty field is unknown, never zero."""

    ranges = ("employees", "consumer_users", "monthly_revenue_usd", "funding_total_usd")

    employees = RangeField(most=MOST_COUNT, help_text="42, 11-50, 10,000+ or <20. Empty: unknown.")
    consumer_users = RangeField(most=MOST_COUNT, help_text="People who use the product: 1.5m or 10,000+.")
    monthly_revenue_usd = RangeField(
        places=2,
        most=MOST_MONEY,
        label="Monthly revenue",
        help_text="US dollars a month: 250k, 100,000-250,000 or <100k.",
    )
    funding_total_usd = RangeField(
        places=2,
        most=MOST_MONEY,
        label="Funding raised",
        help_text="US dollars in all: 12m. 0 means none, empty unknown.",
    )

    class Meta:
        model = Company
        fields: ClassVar[list[str]] = []
        widgets: ClassVar[dict[str, forms.Widget]] = {"notes": UnfoldAdminTextareaWidget({"rows": 4})}
