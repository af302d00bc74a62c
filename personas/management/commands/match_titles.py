"""Job titles in, personas out, no database."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from django.core.management.base import BaseCommand, CommandError

from personas.rules.errors import RuleError
from personas.titles import TitleMatcher

from .evaluate import read_document

LINE_ENDS = b"\r\n"


class Command(BaseCommand):
    """Reads a rule document and job titles, one a line; writes one match a line, in order."""

    help = "Match job titles to the personas of a rule document. No database is read or written."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rules", help="the rule document, YAML or JSON")
        parser.add_argument("titles", nargs="?", default="-", help="a title a line; - or nothing: standard input")

    def handle(self, *, rules: str, titles: str, **options: object) -> None:
        try:
            matcher = TitleMatcher(read_document(rules).personas)
        except RuleError as error:
            for fault in error.faults:
                self.stderr.write(str(fault))
            sys.exit(2)
        try:
            source: BinaryIO = sys.stdin.buffer if titles == "-" else Path(titles).open("rb")  # noqa: SIM115
        except OSError as error:
            raise CommandError(f"{titles}: {error.strerror}", returncode=2) from None
        failed = 0
        with source:
            for line, right in matched(matcher, source):
                failed += not right
                self.stdout.write(line)
        self.stdout.flush()
        if failed:
            sys.exit(1)


def matched(matcher: TitleMatcher, lines: Iterable[bytes]) -> Iterator[tuple[str, bool]]:
    """One JSON object for each line, an empty line too, and whether the line could be read."""
    for line in lines:
        try:
            title = line.rstrip(LINE_ENDS).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            yield json.dumps({"title": None, "error": f"is not UTF-8 text (byte {error.start})"}), False
            continue
        yield json.dumps(matcher.match(title).data()), True
