"""Job titles: each distinct one once, with the personas it stands for."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class JobTitle(models.Model):
    """A distinct job title and what it was matched to; `result` NULL is not matched yet.

    `reading` is what `personas.titles` said of it, with the evidence;
    `matched_with` names the patterns and the version of the matcher that said so.
    `contact_count` is as of the last count, and NULL before the first.
    """

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
    reading = models.JSONField(null=True, blank=True, editable=False)
    matched_with = models.CharField(max_length=16, null=True, blank=True, editable=False)
    contact_count = models.PositiveIntegerField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["text"]
        indexes = [
            models.Index(fields=["matched_with"], name="job_title_matched_with"),
            models.Index(fields=["result", "-contact_count", "id"], name="job_title_queue"),
            models.Index(fields=["-contact_count", "id"], name="job_title_busiest"),
            models.Index(Lower("text"), name="job_title_small_letters"),
        ]
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
