"""Where a company keeps the value of each fact that a file can hold."""

from collections.abc import Mapping
from decimal import Decimal

from django_countries.fields import Country

from crm.models import Company

Ends = tuple[int | Decimal | None, int | Decimal | None]
Value = str | int | Ends

ENDS: Mapping[str, str] = {
    "employees": "employees",
    "consumer_users": "consumer_users",
    "monthly_revenue": "monthly_revenue_usd",
    "funding_total": "funding_total_usd",
}
SINGLE: Mapping[str, str] = {
    "domain": "domain",
    "country": "country",
    "city": "city",
    "industry": "industry",
    "company_type": "company_type",
    "funding_stage": "funding_stage",
    "project_stage": "project_stage",
    "lifecycle_stage": "lifecycle_stage",
    "is_public": "status",
    "founded": "founded",
}
SETS = ("investors", "accelerators", "tags", "technologies")


def is_column(fact: str) -> bool:
    """Whether the company keeps the fact in columns of its own."""
    return fact in ENDS or fact in SINGLE


def value_of(company: Company, fact: str) -> Value | None:
    """The present value of a fact; None when unknown."""
    if stem := ENDS.get(fact):
        low, high = getattr(company, f"{stem}_low"), getattr(company, f"{stem}_high")
        return None if low is None and high is None else (low, high)
    value = getattr(company, SINGLE[fact])
    return (value.code or None) if isinstance(value, Country) else value


def put(company: Company, fact: str, value: Value | None) -> tuple[str, ...]:
    """The columns that were set, so that the company has this value; None: it is unknown."""
    if stem := ENDS.get(fact):
        ends = value if isinstance(value, tuple) else (None, None)
        low, high = f"{stem}_low", f"{stem}_high"
        setattr(company, low, ends[0])
        setattr(company, high, ends[1])
        return low, high
    setattr(company, SINGLE[fact], value)
    return (SINGLE[fact],)
