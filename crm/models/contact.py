"""People at companies, and where else they work or worked."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from .company import Company
from .fields import KnownTextField, NameKeyField, PointsField
from .job_title import JobTitle
from .visibility import AccountRowQuerySet, PersonQuerySet, PersonRowQuerySet


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
    roles = KnownTextField(
        max_length=60, help_text="Buying roles, by comma, or none; decided by a person, for this contact only."
    )
    is_champion = models.BooleanField("Champion", null=True, blank=True, help_text="Speaks for us in the company.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="contacts")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PersonQuerySet["Contact"].as_manager()
    history = HistoricalRecords(excluded_fields=["updated_at"])

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["name", "id"], name="contact_name"),
            models.Index(fields=["updated_at", "id"], name="contact_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="contact_email_once"),
            models.CheckConstraint(condition=Q(email=None) | ~Q(email=""), name="contact_email_known_or_null"),
            models.CheckConstraint(condition=~Q(name=""), name="contact_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ContactExternalId(models.Model):
    """What another system calls a contact."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="external_ids")
    system = models.CharField(max_length=60)
    value = models.CharField(max_length=200)

    objects = PersonRowQuerySet["ContactExternalId"].as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "external id"
        constraints = [models.UniqueConstraint(fields=["system", "value"], name="contact_external_id_once_a_system")]

    def __str__(self) -> str:
        return f"{self.system}:{self.value}"


class ContactSource(models.Model):
    """Where the present value of one fact of a contact comes from, and since when it holds."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="sources", db_index=False)
    fact = models.CharField(max_length=63)
    source = models.CharField(max_length=200)
    observed_on = models.DateField(null=True, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    objects = PersonRowQuerySet["ContactSource"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["person"], name="contact_source_by_person", condition=Q(person__isnull=False)),
        ]
        constraints = [models.UniqueConstraint(fields=["contact", "fact"], name="contact_source_once_a_fact")]

    def __str__(self) -> str:
        return f"{self.fact}: {self.source}"


class Employer(models.Model):
    """Where someone works or worked, by name; a company of ours where we know it."""

    name = models.CharField(max_length=300, unique=True)
    name_key = NameKeyField()
    company = models.ForeignKey(Company, models.SET_NULL, null=True, blank=True, related_name="as_employer")

    history = HistoricalRecords()

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


class ContactMove(models.Model):
    """One side of a contact's move from one company to another: what `company` saw of it.

    A move between two companies of ours is two rows, one for each. What the
    contact was to the company that they left stands on both.
    """

    class Direction(models.TextChoices):
        LEFT = "left", "Left"
        JOINED = "joined", "Joined"

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="moves", db_index=False)
    company = models.ForeignKey(Company, models.CASCADE, related_name="moves")
    other = models.ForeignKey(Company, models.SET_NULL, null=True, blank=True, related_name="+")
    direction = models.CharField(max_length=6, choices=Direction)
    title = KnownTextField(max_length=300, help_text="The job title that they left.")
    was_champion = models.BooleanField(null=True, blank=True)
    happened_on = models.DateField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccountRowQuerySet["ContactMove"].as_manager()

    class Meta:
        ordering = ["-happened_on", "-pk"]
        indexes = [models.Index(fields=["contact", "-happened_on"], name="contact_move_of_contact")]

    def __str__(self) -> str:
        return f"{self.contact} {self.get_direction_display().lower()} {self.company}"


class ContactFit(models.Model):
    """The points of one contact by the profiles of people, worked out together with their company's fit.

    As fresh as the fit of `company`, which is marked by every change of the
    contact. `profile` is the first profile of people that does not rule the
    contact out, and the numbers are its own; hundredths. `cells` are those of
    ruleset `ruleset`. `place` orders the contacts of a company, the best first.
    """

    contact = models.OneToOneField(Contact, models.CASCADE, primary_key=True, related_name="fit")
    company = models.ForeignKey(Company, models.CASCADE, related_name="contact_fits", db_index=False)
    ruleset = models.PositiveIntegerField()
    cells = models.TextField()
    profile = models.CharField(max_length=80, null=True, blank=True)
    status = models.CharField(max_length=20)
    verdict = models.CharField(max_length=5, null=True, blank=True)
    points = PointsField(null=True, blank=True)
    low = PointsField(null=True, blank=True)
    high = PointsField(null=True, blank=True)
    band = models.CharField(max_length=80, null=True, blank=True)
    place = models.BigIntegerField()
    review_at = models.DateTimeField(null=True, blank=True)

    objects = AccountRowQuerySet["ContactFit"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["company", "place"], name="contact_fit_best_first"),
            models.Index(fields=["place", "contact"], name="contact_fit_by_place"),
            models.Index(fields=["review_at"], name="contact_fit_review", condition=Q(review_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(low=None) | Q(low__lte=F("high")), name="contact_fit_low_to_high")
        ]

    def __str__(self) -> str:
        return f"{self.contact}: {self.points if self.points is not None else 'open'}"
