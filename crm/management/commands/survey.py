"""Count all accounts for the dashboard, here and now."""

import json
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.models import Survey
from crm.scoring.reasons import clock
from crm.scoring.surveys import SUBJECTS, active, count_now


class Command(BaseCommand):
    """Counts what workers count in the background, and says what it found."""

    help = "Count every account for the dashboard, here and now, and print what was found."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("subject", nargs="*", choices=[[], *SUBJECTS], help="one or more; all where none is named")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object, for programs")

    def handle(self, *, subject: list[str], as_json: bool, **options: object) -> None:
        ruleset = active()
        if ruleset is None:
            raise CommandError("no rules were published yet; load some: python manage.py load_preset")
        at = timezone.now()
        found = {each: count_now(each, ruleset, at=at) for each in subject or SUBJECTS}
        if as_json:
            self.stdout.write(json.dumps(found))
            return
        for each, figures in found.items():
            self.stdout.write(f"{Survey.Subject(each).label} (as of {clock(at, at)}, {str(ruleset).lower()})")
            for line in SUBJECTS[each].text(figures, ruleset.document()):
                self.stdout.write(f"  {line}")
