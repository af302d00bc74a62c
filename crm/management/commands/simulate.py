"""What a document, or the draft, would do to every account."""

import json
import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from crm.models import Company
from crm.scoring.simulate import simulate
from crm.scoring.simulation_report import as_text, companies_in, report
from personas.management.commands.evaluate import read_document
from personas.publishing import draft
from personas.rules.document import Document
from personas.rules.errors import RuleError


class Command(BaseCommand):
    """Tries a document on every account, here and now; no result is written."""

    help = "Show what publishing a document would do to every account, without doing it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rules", nargs="?", help="a .yaml or .json file; - for standard input")
        parser.add_argument("--draft", action="store_true", help="the draft in the admin instead of a file")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object, for programs")
        parser.add_argument("--batch", type=int, default=0, help="accounts looked at in one snapshot")

    def handle(
        self, *, rules: str | None, draft: bool, as_json: bool = False, batch: int = 0, **options: object
    ) -> None:
        if bool(rules) == draft:
            raise CommandError("name a file, or say --draft", returncode=2)
        document = self.document(rules)
        with tqdm(total=Company.objects.count(), unit=" accounts", disable=not sys.stderr.isatty()) as bar:
            walk = simulate(document, at=timezone.now(), progress=bar.update, batch=batch)
        found = report(walk)
        if as_json:
            self.stdout.write(json.dumps(found | {"ids": walk.tally.ids}))
            return
        names = dict(Company.objects.filter(pk__in=companies_in(found)).values_list("pk", "name"))
        for line in as_text(found, names):
            self.stdout.write(line)

    def document(self, rules: str | None) -> Document:
        """The document to try; its faults end the command."""
        if rules:
            return read_document(rules)
        try:
            return draft()
        except RuleError as error:
            raise CommandError(str(error), returncode=2) from None
