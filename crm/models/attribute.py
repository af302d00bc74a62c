"""Facts that have no column: typed attributes, terms, and where every fact comes from."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from .company import Company
from .fields import NameKeyField
from .visibility import AccountRowQuerySet


class Attribute(models.Model):
    """The value of a custom fact of one company; for a set, that it is known, and whether it is complete.

    Numbers have a lowest and a highest value, as on the company.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="attributes", db_index=False)
    fact = models.CharField(max_length=63)
    low = models.DecimalField(max_digits=30, decimal_places=6, null=True, blank=True)
    high = models.DecimalField(max_digits=30, decimal_places=6, null=True, blank=True)
    day = models.DateField(null=True, blank=True)
    boolean = models.BooleanField(null=True, blank=True)
    text = models.CharField(max_length=1000, null=True, blank=True)
    complete = models.BooleanField(null=True, blank=True)

    objects = AccountRowQuerySet["Attribute"].as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "fact"], name="attribute_once_a_company"),
            models.CheckConstraint(
                condition=Q(low=None) | Q(high=None) | Q(low__lte=F("high")), name="attribute_low_to_high"
            ),
            models.CheckConstraint(condition=Q(text=None) | ~Q(text=""), name="attribute_text_known_or_null"),
        ]

    def __str__(self) -> str:
        return self.fact


class Term(models.Model):
    """A word of one vocabulary: a tag, a technology, an accelerator, a member of a custom set."""

    vocabulary = models.CharField(max_length=63)
    name = models.CharField(max_length=300)
    name_key = NameKeyField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vocabulary", "name"], name="term_once_a_vocabulary")]

    def __str__(self) -> str:
        return self.name


class CompanyTerm(models.Model):
    """A company has a term."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="terms", db_index=False)
    term = models.ForeignKey(Term, models.CASCADE, related_name="companies")

    objects = AccountRowQuerySet["CompanyTerm"].as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "term"], name="company_term_once")]

    def __str__(self) -> str:
        return str(self.term)


class FactSource(models.Model):
    """Where the present value of one fact of a company comes from, and since when it holds."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="fact_sources", db_index=False)
    fact = models.CharField(max_length=63)
    source = models.CharField(max_length=200)
    observed_on = models.DateField(null=True, blank=True)
    stated = models.CharField(max_length=300, null=True, blank=True, help_text="The value as the source put it.")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = AccountRowQuerySet["FactSource"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "fact"], name="fact_source_once_a_fact")]

    def __str__(self) -> str:
        return f"{self.fact}: {self.source}"
