"""People at companies, and where else they work or worked."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from .company import Company
from .fields import KnownTextField, NameKeyField
from .job_title import JobTitle
from .visibility import PersonQuerySet, PersonRowQuerySet


class Contact(models.Model):
    """A person we know, at a company or not."""

    class Consent(models.TextChoices):
        GIVEN = "given", "Given"
        REFUSED = "refused", "Refused"

    company = models.ForeignKey(Company, models.CASCADE, null=True, blank=True, related_name="contacts")
    name = models.CharField(max_length=300)
    email = models.EmailField(null=True, blank=True)
    title = models.ForeignKey(JobTitle, models.SET_NULL, null=True, blank=True, related_name="contacts")
    linkedin_url = models.URLField(null=True, blank=True)
    city = KnownTextField()
    followers = models.PositiveBigIntegerField(null=True, blank=True, help_text="The greatest social following.")
    is_founder = models.BooleanField(null=True, blank=True)
    consent = KnownTextField(max_length=10, choices=Consent)
    persona = KnownTextField(max_length=80, help_text="Decided by a person, for this contact only.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="contacts")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PersonQuerySet["Contact"].as_manager()
    history = HistoricalRecords(excluded_fields=["updated_at"])

    class Meta:
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["name", "id"], name="contact_name")]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="contact_email_once"),
            models.CheckConstraint(condition=Q(email=None) | ~Q(email=""), name="contact_email_known_or_null"),
            models.CheckConstraint(condition=~Q(name=""), name="contact_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Employer(models.Model):
    """Where someone works or worked, by name; a company of ours where we know it."""

    name = models.CharField(max_length=300, unique=True)
    name_key = NameKeyField()
    company = models.ForeignKey(Company, models.SET_NULL, null=True, blank=True, related_name="as_employer")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Employment(models.Model):
    """A contact's former employer, or the day job beside a project."""

    class Kind(models.TextChoices):
        PREVIOUS = "previous", "Worked there before"
        DAY_JOB = "day_job", "Day job"

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="employments", db_index=False)
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="employments")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PREVIOUS)
    title = KnownTextField(max_length=300)
    ended_on = models.DateField(null=True, blank=True)

    objects = PersonRowQuerySet["Employment"].as_manager()
    history = HistoricalRecords()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "employer", "kind"], name="employment_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.employer}"
