"""Print the best accounts with their reasons."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from crm.ranking import ranked
from personas.publishing import NoRuleset, active_ruleset


class Command(BaseCommand):
    """Prints the accounts to talk to first: segment, points with their interval, and why."""

    help = "The best accounts first, each with its reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=15, help="how many accounts")

    def handle(self, *, limit: int, **options: object) -> None:
        try:
            ruleset = active_ruleset()
        except NoRuleset as error:
            raise CommandError(str(error), returncode=2) from None
        rows = ranked(ruleset, limit)
        if not rows:
            self.stdout.write("No company yet. Import some: python manage.py import_companies FILE")
            return
        self.stdout.write(f"{'':3} {'Company':28} {'Segment':24} {'Points':>10}  Why")
        for place, row in enumerate(rows, 1):
            self.stdout.write(f"{place:3} {row.name[:28]:28} {row.segment[:24]:24} {row.points:>10}  {row.why}")
