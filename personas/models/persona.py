"""Personas: whom we build for and sell to."""

from django.db import models


class Persona(models.Model):
    """Someone we build for, described so that sales knows what to say and what to avoid."""

    class Tier(models.TextChoices):
        PRIMARY = "primary", "Primary"
        USABLE_BY = "usable_by", "Usable by"
        EXPERIMENT = "experiment", "Experiment"
        OTHER = "other", "Other"

    key = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    aliases = models.JSONField(default=list, blank=True)
    tier = models.CharField(max_length=10, choices=Tier, default=Tier.OTHER)
    buying_roles = models.JSONField(default=list, blank=True)
    story = models.TextField(blank=True)
    pain_tolerance = models.TextField(blank=True)
    technical_level = models.TextField(blank=True)
    found_at = models.JSONField(default=list, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Statement(models.Model):
    """Something a persona would say."""

    class Kind(models.TextChoices):
        GOAL = "goal", "Goal"
        CHALLENGE = "challenge", "Challenge"
        DEAL_BREAKER = "deal_breaker", "Deal-breaker"
        DEAL_MAKER = "deal_maker", "Deal-maker"

    persona = models.ForeignKey(Persona, models.CASCADE, related_name="statements")
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.TextField()
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class TitlePattern(models.Model):
    """A job title that gives a persona away, or with `exclude` one that rules it out."""

    persona = models.ForeignKey(Persona, models.CASCADE, related_name="title_patterns")
    text = models.CharField(max_length=200)
    exclude = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["persona", "text", "exclude"], name="title_pattern_once")]

    def __str__(self) -> str:
        return self.text
