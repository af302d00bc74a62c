"""Job titles: each distinct one once, with the personas it stands for."""

from django.db import models
from django.db.models import Q


class JobTitle(models.Model):
    """A distinct job title and what it was matched to; `result` NULL is not matched yet."""

    class Result(models.TextChoices):
        MATCH = "match", "One persona"
        AMBIGUOUS = "ambiguous", "Several personas"
        NONE = "none", "No persona"
        EXCLUDED = "excluded", "Excluded"
        UNKNOWN = "unknown", "No words"

    text = models.CharField(max_length=300, unique=True)
    result = models.CharField(max_length=10, choices=Result, null=True, blank=True)
    seniority = models.CharField(max_length=20, null=True, blank=True)
    function = models.CharField(max_length=20, null=True, blank=True)

    class Meta:
        ordering = ["text"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="job_title_has_words")]

    def __str__(self) -> str:
        return self.text


class TitlePersona(models.Model):
    """A persona that a title may stand for; place 0 is the likeliest. A certain one stands alone."""

    title = models.ForeignKey(JobTitle, models.CASCADE, related_name="personas", db_index=False)
    persona = models.CharField(max_length=80, help_text="Key of the persona in the active ruleset.")
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["title", "persona"], name="title_persona_once")]

    def __str__(self) -> str:
        return self.persona
