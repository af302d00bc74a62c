"""Profiles, their components and criteria: the draft that publishing turns into a ruleset."""

from django.db import models
from django.db.models import Q


class Profile(models.Model):
    """A kind of company: a segment when it has a rank, else a scorecard. With subject "contact" a kind of person."""

    class Subject(models.TextChoices):
        COMPANY = "company", "Companies"
        CONTACT = "contact", "People"

    class Stance(models.TextChoices):
        FOCUS = "focus", "Focus"
        DEVELOP = "develop", "Develop"
        MAINTAIN = "maintain", "Maintain"

    class Missing(models.TextChoices):
        OPEN = "open", "leaves it open"
        YES = "yes", "counts as yes"
        NO = "no", "counts as no"

    key = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    subject = models.CharField(
        max_length=10,
        choices=Subject,
        default=Subject.COMPANY,
        db_default=Subject.COMPANY,
        help_text="Who gets points.",
    )
    stance = models.CharField(
        max_length=10, choices=Stance, null=True, blank=True, help_text="What sales does with it."
    )
    rank = models.PositiveIntegerField(
        null=True, blank=True, unique=True, help_text="Order in which segments are looked at. Empty: a scorecard."
    )
    missing = models.CharField(
        max_length=4, choices=Missing, default=Missing.OPEN, help_text="What an unknown fact does."
    )
    enough_data = models.JSONField(null=True, blank=True)
    bands = models.JSONField(default=list, blank=True)
    maximum = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    summary = models.TextField(blank=True, help_text="Why this kind of company matters.")
    action = models.TextField(blank=True, help_text="What sales does with such an account.")
    examples = models.JSONField(default=list, blank=True)
    wanted_personas = models.JSONField(default=list, blank=True, db_default=[])
    wanted_roles = models.JSONField(default=list, blank=True, db_default=[])
    position = models.PositiveIntegerField(default=0)

    class Meta:
        # Those of companies come first, as in a document.
        ordering = ["subject", "position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def of_people(self) -> bool:
        """Whether people get its points, and not companies."""
        return self.subject == self.Subject.CONTACT

    @property
    def standing(self) -> str:
        """What it is for, in a few words."""
        if self.of_people:
            return "Points for people"
        return "Scorecard, never a segment" if self.rank is None else f"Segment, rank {self.rank}"


class Component(models.Model):
    """A group of rows of one profile, and how their points become one number."""

    class Combine(models.TextChoices):
        SUM = "sum", "adds them up"
        MAX = "max", "takes the best"
        FIRST = "first", "takes the first that holds"

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="components")
    key = models.SlugField(max_length=80)
    label = models.CharField(max_length=300)
    combine = models.CharField(max_length=5, choices=Combine, default=Combine.SUM)
    gate = models.JSONField(null=True, blank=True)
    cap = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    floor = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    otherwise = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["profile", "key"], name="component_key_once_a_profile")]

    def __str__(self) -> str:
        return self.label


class Criterion(models.Model):
    """One thing we look for in a company, and what finding it is worth."""

    class Kind(models.TextChoices):
        MUST = "must", "Must"
        POINTS = "points", "Points"
        BONUS = "bonus", "Bonus"
        DISQUALIFY = "disqualify", "Disqualifies"
        FLAG = "flag", "Flag"

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="criteria")
    component = models.ForeignKey(Component, models.CASCADE, null=True, blank=True, related_name="rows")
    kind = models.CharField(max_length=10, choices=Kind)
    key = models.SlugField(max_length=80)
    label = models.CharField(max_length=300)
    condition = models.JSONField()
    points = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, help_text="Given when it holds; below 0 counts against."
    )
    reason = models.CharField(max_length=300, blank=True)
    rationale = models.TextField(blank=True)
    enabled = models.BooleanField(
        default=True, db_default=True, help_text="Off: it stays in the draft and is not published."
    )
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "kind", "key"], condition=Q(component=None), name="criterion_key_once_a_kind"
            ),
            models.UniqueConstraint(
                fields=["component", "key"], condition=Q(component__isnull=False), name="criterion_key_once_a_component"
            ),
            models.CheckConstraint(
                condition=Q(kind="points", component__isnull=False) | (~Q(kind="points") & Q(component=None)),
                name="criterion_with_points_in_a_component",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["points", "bonus"], points__isnull=False)
                | (~Q(kind__in=["points", "bonus"]) & Q(points=None)),
                name="criterion_points_where_they_count",
            ),
        ]

    def __str__(self) -> str:
        return self.label
