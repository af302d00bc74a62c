"""One subject of the dashboard: what was found, as of when, and whether it is being counted again."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.models import Survey
from crm.scoring.reasons import clock, span
from crm.scoring.survey_spans import Found


@dataclass(frozen=True)
class Block:
    """A survey for the page; `found` is None until it was counted once, and `shown` what the page says of it."""

    subject: str
    survey: Survey
    at: datetime
    ruleset: int
    shown: dict[str, Any] = field(default_factory=dict)

    @property
    def found(self) -> Found | None:
        found: Found | None = self.survey.found
        return found

    @property
    def as_of(self) -> str:
        """The moment that the figures tell of, and how long ago that was."""
        moment = self.survey.as_of
        if moment is None:
            return ""
        return f"{clock(moment, self.at)}, {span((self.at - moment).total_seconds())} ago"

    @property
    def older_rules(self) -> int:
        """The ruleset it was counted by, where that is not the active one; else 0."""
        return self.survey.ruleset if self.found is not None and self.survey.ruleset != self.ruleset else 0

    @property
    def unfinished(self) -> bool:
        return self.survey.is_unfinished


# Counts of job titles stand on the pages of titles.
SUBJECTS = [each for each in Survey.Subject.values if each != Survey.Subject.TITLES]


def surveys() -> dict[str, Survey]:
    """Every survey of the dashboard by subject, those that were never counted too."""
    kept = {each.subject: each for each in Survey.objects.filter(subject__in=SUBJECTS).defer("progress")}
    return {each: kept.get(each) or Survey(subject=each) for each in SUBJECTS}
