"""Where facts come from that a person typed in."""

from collections.abc import Iterable
from datetime import date

from crm.models import Company
from crm.stating import BY_HAND, sign

# The fact behind each field of the company form that states one.
FACT_OF_FIELD = {
    "employees": "employees",
    "consumer_users": "consumer_users",
    "monthly_revenue_usd": "monthly_revenue",
    "funding_total_usd": "funding_total",
    "funding_stage": "funding_stage",
    "status": "is_public",
    "founded": "founded",
    "company_type": "company_type",
    "project_stage": "project_stage",
    "country": "country",
    "city": "city",
    "industry": "industry",
    "domain": "domain",
    "lifecycle_stage": "lifecycle_stage",
}


def note_edit(company: Company, facts: Iterable[str], person: int | None, on: date) -> None:
    """These facts of the company were stated on that day by the user with the id `person`."""
    sign(company, facts, source=BY_HAND, person=person, on=on)
