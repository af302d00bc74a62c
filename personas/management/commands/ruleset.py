"""Move the rules between database and file."""

import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from personas.editing.publication import roll_back
from personas.editing.text import take_over
from personas.models import Ruleset
from personas.publishing import NoRuleset, active_ruleset, publish
from personas.rules.document import Document, to_json, to_yaml
from personas.rules.errors import RuleError
from personas.rules.golden import failing
from personas.rules.lint import warnings
from personas.rules.text import difference

from .evaluate import read_document


class Command(BaseCommand):
    """Export, import, compare and check rule documents."""

    help = "Export, import, diff or check the rules."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(dest="action", required=True)
        export = parts.add_parser("export", help="write the active rules")
        export.add_argument("file", nargs="?", default="-", help="a .yaml or .json file; - or nothing: standard output")
        export.add_argument("--number", type=int, help="another ruleset than the active one")
        take = parts.add_parser("import", help="show what a file changes, then publish it")
        take.add_argument("file")
        take.add_argument("--dry-run", action="store_true", help="only show what would change")
        take.add_argument("--note", default="", help="why, for the history")
        diff = parts.add_parser("diff", help="show what a file would change")
        diff.add_argument("file")
        check = parts.add_parser("check", help="check a file: faults, warnings, golden cases")
        check.add_argument("file")
        parts.add_parser("rollback", help="publish the ruleset before the active one again")

    def handle(self, *, action: str, **options: object) -> None:
        try:
            match action:
                case "export":
                    self.export(str(options["file"]), cast(int | None, options["number"]))
                case "import":
                    self.take(str(options["file"]), str(options["note"]), dry_run=bool(options["dry_run"]))
                case "diff":
                    self.show_difference(read_document(str(options["file"])))
                case "check":
                    self.check_file(read_document(str(options["file"])))
                case _:
                    self.stdout.write(f"{roll_back(seen=active_ruleset().number, note='', author=None)} is active.")
        except (NoRuleset, RuleError) as error:
            raise CommandError(str(error), returncode=2) from None

    def export(self, path: str, number: int | None) -> None:
        """The rules as text, in the file or on standard output."""
        ruleset = Ruleset.objects.filter(number=number).first() if number else active_ruleset()
        if ruleset is None:
            raise CommandError(f"--number: there is no ruleset {number}", returncode=2)
        document = ruleset.document()
        text = to_json(document) if path.endswith(".json") else to_yaml(document)
        if path == "-":
            self.stdout.write(text, ending="")
            return
        try:
            Path(path).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}", returncode=2) from None
        self.stdout.write(f"{ruleset} written to {path}.")

    def take(self, path: str, note: str, *, dry_run: bool) -> None:
        document = read_document(path)
        changed = self.show_difference(document)
        self.show_warnings(document)
        if dry_run:
            self.stdout.write("Dry run: nothing was published.")
            return
        name = Path(path).name
        ruleset = None
        with transaction.atomic():
            dropped = take_over(document, f"Imported {name}", None)
            if changed or not Ruleset.objects.active().exists():
                ruleset = publish(document, note=note or f"Imported from {name}")
        for place in dropped:
            self.stderr.write(f"warning: {place} was off in the draft and is no longer; Undo brings it back")
        if ruleset is None:
            return
        self.stdout.write(f"{ruleset} is active. Every account is scored again in the background,")
        self.stdout.write("or at once with: python manage.py rescore")

    def show_difference(self, document: Document) -> bool:
        """Print what `document` changes in the active rules; whether it changes anything."""
        try:
            active = active_ruleset().document()
        except NoRuleset:
            active = Document()
        changes = difference(active, document)
        for line in changes:
            self.stdout.write(line)
        if not changes and active.content_hash() == document.content_hash():
            self.stdout.write("No difference to the active rules.")
            return False
        return True

    def show_warnings(self, document: Document) -> None:
        for fault in warnings(document, datetime.now(UTC).date()):
            self.stderr.write(f"warning: {fault}")

    def check_file(self, document: Document) -> None:
        self.show_warnings(document)
        broken = failing(document)
        for each in broken:
            self.stderr.write(f"cases: {each.name!r} must give {each.expected} and gives {each.found} ({each.reason})")
        held = len(document.cases) - len(broken)
        self.stdout.write(
            f"{len(document.profiles)} profiles, {len(document.personas)} personas, "
            f"{held} of {len(document.cases)} golden cases hold."
        )
        if broken:
            sys.exit(1)
