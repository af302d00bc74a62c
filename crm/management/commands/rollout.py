"""Where the published rules are on their way to every account; hold them back or let them go."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.models import Rollout
from crm.scoring import rollout
from crm.tasks import wake
from personas.publishing import NoRuleset, active_ruleset


class Command(BaseCommand):
    """Shows, pauses and resumes the rollout of the active ruleset."""

    help = "How far the active rules have come, account by account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "action",
            nargs="?",
            choices=["status", "pause", "resume"],
            default="status",
            help="pause: only accounts whose facts change are scored by the new rules, the others wait",
        )

    def handle(self, *, action: str, **options: object) -> None:
        try:
            number = active_ruleset().number
        except NoRuleset as error:
            raise CommandError(str(error), returncode=2) from None
        if action == "pause":
            rollout.pause(timezone.now())
        if action == "resume":
            rollout.resume()
            wake()
        self.stdout.write(self.said(number, rollout.current()))

    def said(self, number: int, found: Rollout | None) -> str:
        """The state of the rollout in one line."""
        left = rollout.remaining(number)
        if not left:
            return f"Ruleset {number}: every account shows it."
        accounts = f"{left:,} {'account' if left == 1 else 'accounts'} to go"
        if found is None:
            return f"Ruleset {number}: {accounts}; not begun. A worker begins: python manage.py scoring_worker"
        accounts = f"{found.accounts - min(left, found.accounts):,} of {found.accounts:,} done, {accounts}"
        if found.paused_at:
            return f"Ruleset {number}: {accounts}; held back since {found.paused_at:%Y-%m-%d %H:%M} UTC."
        return f"Ruleset {number}: {accounts}; begun {found.started_at:%Y-%m-%d %H:%M} UTC."
