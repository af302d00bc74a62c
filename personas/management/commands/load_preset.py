"""Publish the preset."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from personas.editing.text import take_over
from personas.models import Ruleset
from personas.presets import preset_text
from personas.publishing import publish
from personas.rules.document import parse
from personas.rules.errors import RuleError


class Command(BaseCommand):
    """Publishes the preset where no rules were published yet; with --replace also over other rules."""

    help = "Publish the preset: segments, lists and personas to start from."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--replace", action="store_true", help="also when other rules are active")

    def handle(self, *, replace: bool, **options: object) -> None:
        document = parse(preset_text())
        active = Ruleset.objects.active().first()
        if active and active.content_hash == document.content_hash():
            self.stdout.write(f"The preset is active already, as {str(active).lower()}.")
            return
        if active and not replace:
            raise CommandError(
                f"{str(active).lower()} is active and says something else; it stays. "
                "To put the preset in its place: python manage.py load_preset --replace",
                returncode=1,
            )
        try:
            with transaction.atomic():
                dropped = take_over(document, "Loaded the preset", None)
                ruleset = publish(document, note="The preset")
        except RuleError as error:
            raise CommandError(str(error), returncode=2) from None
        for place in dropped:
            self.stderr.write(f"warning: {place} was off in the draft and is no longer; Undo brings it back")
        self.stdout.write(f"{ruleset} is active: {', '.join(profile.name for profile in document.profiles)}.")
