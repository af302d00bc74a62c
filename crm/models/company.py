"""Companies: the accounts."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django_countries.fields import CountryField
from simple_history.models import HistoricalRecords

from personas.rules.facts import FUNDING_STAGES, PROJECT_STAGES

from .fields import DomainField, KnownTextField, NameKeyField
from .visibility import AccountQuerySet, AccountRowQuerySet

TEXT_FACTS = (
    "country",
    "city",
    "industry",
    "company_type",
    "funding_stage",
    "project_stage",
    "status",
    "lifecycle_stage",
)
RANGES = ("employees", "consumer_users", "monthly_revenue_usd", "funding_total_usd")


def choices(*keys: str) -> list[tuple[str, str]]:
    """Keys with readable names."""
    return [(key, key.replace("_", " ").capitalize()) for key in keys]


class Company(models.Model):
    """An account, and what we know about it. NULL is unknown, in every column that is a fact.

    Numbers are kept as a lowest and a highest value: equal when exact, one of
    them NULL when only the other end is known, both NULL when unknown.
    """

    class Status(models.TextChoices):
        OPERATING = "operating", "Operating, not listed"
        PUBLIC = "public", "Listed on an exchange"
        ACQUIRED = "acquired", "Acquired"
        CLOSED = "closed", "Closed"

    class Stage(models.TextChoices):
        LEAD = "lead", "Lead"
        QUALIFIED = "qualified", "Qualified"
        OPPORTUNITY = "opportunity", "Opportunity"
        CUSTOMER = "customer", "Customer"
        LOST = "lost", "Lost"

    name = models.CharField(max_length=300)
    name_key = NameKeyField()
    domain = DomainField(null=True, blank=True, help_text="The domain it registered, such as example.com.")
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="subsidiaries")
    country = CountryField(null=True, blank=True)
    city = KnownTextField()
    industry = KnownTextField()
    employees_low = models.PositiveBigIntegerField(null=True, blank=True)
    employees_high = models.PositiveBigIntegerField(null=True, blank=True)
    consumer_users_low = models.PositiveBigIntegerField(null=True, blank=True)
    consumer_users_high = models.PositiveBigIntegerField(null=True, blank=True)
    monthly_revenue_usd_low = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    monthly_revenue_usd_high = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    funding_total_usd_low = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    funding_total_usd_high = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    funding_stage = KnownTextField(max_length=20, choices=choices(*FUNDING_STAGES))
    status = KnownTextField(max_length=10, choices=Status)
    founded = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Year.")
    company_type = KnownTextField(max_length=60)
    project_stage = KnownTextField(max_length=20, choices=choices(*PROJECT_STAGES))
    lifecycle_stage = KnownTextField(max_length=20, choices=Stage)
    funding_researched_on = models.DateField(
        null=True, blank=True, help_text="Since when its investors and accelerators are known to be complete."
    )
    people_researched_on = models.DateField(
        null=True, blank=True, help_text="Since when its people are known to be complete."
    )
    tags_researched_on = models.DateField(
        null=True, blank=True, help_text="Since when its tags and technologies are known to be complete."
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="companies", db_index=False
    )
    team = models.ForeignKey(Group, models.SET_NULL, null=True, blank=True, related_name="companies")
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AccountQuerySet["Company"].as_manager()
    history = HistoricalRecords(excluded_fields=["name_key", "updated_at"])

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "companies"
        permissions = [
            ("see_all_companies", "Can see and edit the companies of every team"),
            ("edit_team_companies", "Can edit the companies of their own teams, whoever owns them"),
            ("import_companies", "Can import companies and people"),
        ]
        indexes = [
            models.Index(fields=["name_key", "country"], name="company_name_country"),
            models.Index(fields=["name", "id"], name="company_by_name"),
            models.Index(fields=["updated_at", "id"], name="company_by_change"),
            # Also finds what nobody owns.
            models.Index(fields=["owner", "team"], name="company_owner_team"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["domain"], name="company_domain_once"),
            models.CheckConstraint(
                condition=Q(domain=Lower("domain"), domain__contains=".") & ~Q(domain__contains="/"),
                name="company_domain_is_registrable",
                violation_error_message="Write the bare domain in lower case, such as example.com.",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="company_has_a_name"),
            models.CheckConstraint(
                condition=Q(founded=None) | Q(founded__gte=1000, founded__lte=2100), name="company_founded_in_a_year"
            ),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("pk")), name="company_is_not_its_own_parent"),
            *(
                models.CheckConstraint(
                    condition=Q(**{fact: None}) | ~Q(**{fact: ""}), name=f"company_{fact}_known_or_null"
                )
                for fact in TEXT_FACTS
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{fact}_low": None})
                    | Q(**{f"{fact}_high": None})
                    | Q(**{f"{fact}_low__lte": F(f"{fact}_high")}),
                    name=f"company_{fact}_low_to_high",
                    violation_error_message="The lowest value lies above the highest.",
                )
                for fact in RANGES
            ),
            *(
                models.CheckConstraint(
                    condition=(Q(**{f"{fact}_low": None}) | Q(**{f"{fact}_low__gte": 0}))
                    & (Q(**{f"{fact}_high": None}) | Q(**{f"{fact}_high__gte": 0})),
                    name=f"company_{fact}_from_0",
                )
                for fact in ("monthly_revenue_usd", "funding_total_usd")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CompanyDomain(models.Model):
    """A further domain of a company; a domain belongs to one company only."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="further_domains")
    domain = DomainField(unique=True)

    objects = AccountRowQuerySet["CompanyDomain"].as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(domain=Lower("domain"), domain__contains=".") & ~Q(domain__contains="/"),
                name="further_domain_is_registrable",
            )
        ]

    def __str__(self) -> str:
        return str(self.domain)


class ExternalId(models.Model):
    """What another system calls a company."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="external_ids")
    system = models.CharField(max_length=60)
    value = models.CharField(max_length=200)

    objects = AccountRowQuerySet["ExternalId"].as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "value"], name="external_id_once_a_system")]

    def __str__(self) -> str:
        return f"{self.system}:{self.value}"
