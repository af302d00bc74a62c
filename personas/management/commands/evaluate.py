"""Facts in, results out, no database."""

import sys
from argparse import ArgumentParser
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

from django.core.management.base import BaseCommand, CommandError

from personas.rules.document import Document, parse
from personas.rules.errors import RuleError
from personas.rules.evaluate import Evaluator
from personas.rules.facts import InvalidValue, read_date
from personas.rules.parts import SUBJECTS, Subject
from personas.rules.scoring import Scorer


class Command(BaseCommand):
    """Reads a rule document and JSON Lines of facts; writes one result a line, in order."""

    help = "Score facts by a rule document. No database is read or written."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rules", help="the rule document, YAML or JSON")
        parser.add_argument("facts", nargs="?", default="-", help="JSON Lines of facts; - or nothing: standard input")
        parser.add_argument(
            "--subject",
            choices=SUBJECTS,
            default="company",
            help="whom the facts are of: a company, or a contact (the person's and the company's together)",
        )
        parser.add_argument("--at", default="", help="the day of evaluation, such as 2026-01-31; today unless given")

    def handle(self, *, rules: str, facts: str, at: str, subject: Subject, **options: object) -> None:
        try:
            document = read_document(rules)
        except RuleError as error:
            for fault in error.faults:
                self.stderr.write(str(fault))
            sys.exit(2)
        if subject == "contact":
            document = document.for_contacts()
        scorer = Scorer(document, evaluation_day(at))
        evaluator = Evaluator(scorer, warn=lambda text: self.stderr.write(text), subject=subject)
        try:
            source: BinaryIO = sys.stdin.buffer if facts == "-" else Path(facts).open("rb")  # noqa: SIM115
        except OSError as error:
            raise CommandError(f"{facts}: {error.strerror}", returncode=2) from None
        with source:
            for line in evaluator.lines(source):
                self.stdout.write(line)
                self.stdout.flush()
        if evaluator.failed:
            sys.exit(1)


def read_document(path: str) -> Document:
    """The document in the file `path`; exit status 2 when it cannot be opened, RuleError when it is wrong."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", returncode=2) from None
    except UnicodeDecodeError as error:
        raise CommandError(f"{path}: is not UTF-8 text (byte {error.start})", returncode=2) from None
    return parse(text)


def evaluation_day(at: str) -> date:
    """The day `at`, or today in UTC; exit status 2 when it is no day."""
    if not at:
        return datetime.now(UTC).date()
    try:
        return read_date(at)
    except InvalidValue as error:
        raise CommandError(f"--at: {at!r} {error}", returncode=2) from None
