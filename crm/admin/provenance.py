"""Where facts come from that a person typed in."""

from collections.abc import Iterable
from datetime import date

from crm.models import Company, FactSource

SOURCE = "entered by hand"

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
    FactSource.objects.bulk_create(
        [
            FactSource(company=company, fact=fact, source=SOURCE, observed_on=on, person_id=person)
            for fact in sorted(set(facts))
        ],
        update_conflicts=True,
        unique_fields=["company", "fact"],
        update_fields=["source", "observed_on", "stated", "person"],
    )
