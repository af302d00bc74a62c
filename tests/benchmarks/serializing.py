"""The way that bulk upsert is measured beside: one DRF serializer for each row."""

from datetime import date
from typing import Any

from django.db import transaction
from rest_framework import serializers

from crm.models import Company, CompanyTerm, ExternalId, FactSource, Investment, Investor, Term

FACTS = ("employees", "monthly_revenue", "country", "city", "founded", "domain", "investors", "tags")


class CompanySerializer(serializers.ModelSerializer[Company]):
    """The columns of a company that the rows fill."""

    class Meta:
        model = Company
        fields = [
            "name",
            "domain",
            "country",
            "city",
            "founded",
            "employees_low",
            "employees_high",
            "monthly_revenue_usd_low",
            "monthly_revenue_usd_high",
        ]


class Each:
    """Stores one row after the other."""

    def upsert(self, row: dict[str, Any]) -> None:
        """The company of the row is as the row says, in one transaction."""
        with transaction.atomic():
            found = ExternalId.objects.filter(**row["external_id"]).select_related("company").first()
            known = found.company if found else Company.objects.filter(domain=row["domain"]).first()
            data = {name: row[name] for name in ("name", "domain", "country", "city", "founded")}
            data |= {f"employees_{end}": row["employees"] for end in ("low", "high")}
            data |= {f"monthly_revenue_usd_{end}": row["monthly_revenue"] for end in ("low", "high")}
            serializer = CompanySerializer(known, data=data)
            serializer.is_valid(raise_exception=True)
            company = serializer.save()
            ExternalId.objects.get_or_create(**row["external_id"], defaults={"company": company})
            for name in row["investors"]:
                investor, _ = Investor.objects.get_or_create(name=name)
                Investment.objects.get_or_create(company=company, investor=investor)
            for name in row["tags"]:
                term, _ = Term.objects.get_or_create(vocabulary="tags", name=name)
                CompanyTerm.objects.get_or_create(company=company, term=term)
            FactSource.objects.bulk_create(
                [FactSource(company=company, fact=fact, source="api", observed_on=date(2026, 1, 1)) for fact in FACTS],
                update_conflicts=True,
                unique_fields=["company", "fact"],
                update_fields=["source", "observed_on"],
            )
