"""`manage.py import_companies FILE`: companies from a CSV file."""

import os
import time
from argparse import ArgumentTypeError
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils.timezone import localdate
from tqdm import tqdm

from crm.imports.announcing import announced
from crm.imports.companies import RESEARCHED, Counts, Import, OnError, Plan, Stopped
from crm.imports.encodings import NotATable
from crm.imports.headers import BadMapping, ColumnMap, known_header, map_columns, same
from crm.imports.reading import DELIMITERS, BadLine, Row, Table, open_table
from crm.imports.rejected import RejectedFile
from crm.imports.rows import NUMBERS, Reading, Refusal, RowReader, comma_in
from crm.models import ExchangeRate
from crm.tasks import wake

SAMPLE = 1000
SHOWN = 10
COULD_NOT_RUN = 2
SOME_REFUSED = 1
INTERRUPTED = 130


def assignment(text: str) -> tuple[str, str]:
    """The two sides of "Header=fact"."""
    title, sign, fact = text.rpartition("=")
    if not sign or not title.strip() or not fact.strip():
        raise ArgumentTypeError(f'{text!r} is not of the form "Header=fact"')
    return title, fact


def delimiter(text: str) -> str:
    """One character, given itself or by name."""
    mark = DELIMITERS.get(text, "\t" if text == "\\t" else text)
    if len(mark) != 1:
        raise ArgumentTypeError(f"{text!r} is none of {', '.join(DELIMITERS)} and no single character")
    return mark


def past_day(text: str) -> date:
    """A day like 2026-01-31, not in the future."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date like 2026-01-31") from None
    if day > localdate():
        raise ArgumentTypeError(f"{text} is in the future")
    return day


class Command(BaseCommand):
    help = "Add and update companies from a CSV file (also packed with gzip). Importing a file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument(
            "--map", action="append", default=[], type=assignment, metavar="HEADER=FACT", dest="chosen",
            help='what a column holds, such as "Umsatz=annual_revenue" or "Sales=revenue*1000"; may be repeated',
        )  # fmt: skip
        parser.add_argument("--ignore", action="append", default=[], metavar="HEADER", help="a column to leave")
        parser.add_argument("--source", help="where the facts come from (the name of the file)")
        parser.add_argument("--system", default="import", help="whose ids the file holds (import)")
        parser.add_argument("--observed-on", type=past_day, help="the day of facts that have no date of their own")
        parser.add_argument("--currency", default="USD", help="of amounts that name none (USD)")
        parser.add_argument(
            "--decimal", choices=["point", "comma"], help="what sets off fractions, when not told apart"
        )
        parser.add_argument("--encoding", help="such as utf-8, cp1252, mac_roman or utf-16, when not told apart")
        parser.add_argument("--delimiter", type=delimiter, help="comma, semicolon, tab, pipe or another character")
        parser.add_argument(
            "--complete", action="append", default=[], choices=sorted(RESEARCHED),
            help="the file lists all of them: what it does not list, a company has not",
        )  # fmt: skip
        parser.add_argument(
            "--on-error", choices=[str(choice) for choice in OnError], default=str(OnError.KEEP),
            help="keep the rest of a row with a bad cell (default), skip such a row, or stop",
        )  # fmt: skip
        parser.add_argument("--rejected", type=Path, help="where to write what was refused (FILE.rejected.csv)")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        rejected: Path = options["rejected"] or path.with_name(f"{path.name}.rejected.csv")
        if rejected.resolve() == path.resolve():
            raise CommandError("--rejected names the file itself", returncode=COULD_NOT_RUN)
        if not (rejected.parent.is_dir() and os.access(rejected.parent, os.W_OK)):
            message = f"cannot write {rejected}: name another place for refused cells with --rejected"
            raise CommandError(message, returncode=COULD_NOT_RUN)
        try:
            self.run_import(path, rejected, options)
        except Stopped as error:
            raise CommandError(f"stopped, as told: {error}", returncode=SOME_REFUSED) from error
        except (NotATable, BadMapping) as error:
            raise CommandError(f"{path}: {error}", returncode=COULD_NOT_RUN) from error
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror}", returncode=COULD_NOT_RUN) from error
        except DatabaseError as error:
            message = f"the database refuses: {str(error).strip()}. Is it up to date (manage.py migrate)?"
            raise CommandError(message, returncode=COULD_NOT_RUN) from error
        except KeyboardInterrupt:
            message = "interrupted; what was counted is in. Import the file again to go on"
            raise CommandError(message, returncode=INTERRUPTED) from None

    def run_import(self, path: Path, rejected: Path, options: dict[str, Any]) -> None:
        """Afterwards the file is imported, or would be. Raises CommandError when cells were refused."""
        chosen = dict(options["chosen"])
        table = open_table(
            path,
            known=lambda title: known_header(title) or same(title, chosen) is not None,
            encoding=options["encoding"],
            delimiter=options["delimiter"],
        )
        columns = map_columns(table.header, chosen=chosen, ignored=options["ignore"])
        self.check_complete(options["complete"], columns)
        rows = table.rows()
        start = list(islice(rows, SAMPLE))
        sample = [row for row in start if isinstance(row, Row)]
        comma = options["decimal"] == "comma" if options["decimal"] else comma_in(sample, columns, table.delimiter)
        self.tell_reading(table, columns, comma=comma, currency=options["currency"])
        reading = Reading(
            comma=comma,
            rates={"USD": Decimal(1)} | dict(ExchangeRate.objects.values_list("currency", "usd")),
            currency=options["currency"].upper(),
            observed_on=options["observed_on"],
            today=localdate(),
            system=options["system"],
        )
        plan = Plan(
            source=options["source"] or path.name,
            on_error=OnError(options["on_error"]),
            complete=tuple(options["complete"]),
            today=localdate(),
            dry=options["dry_run"],
        )
        began = time.monotonic()
        total = Counts()
        shown: list[Refusal] = []
        with ExitStack() as open_until_done:
            file = open_until_done.enter_context(RejectedFile(rejected, table.header))
            announcement = None if plan.dry else open_until_done.enter_context(announced(path.name))

            def reject(refusal: Refusal, cells: Sequence[str]) -> None:
                if len(shown) < SHOWN:
                    shown.append(refusal)
                if not plan.dry:
                    file.add(refusal, cells)

            run = Import(RowReader(columns, reading, sample), plan, reject)
            try:
                for counts in run.run(self.watched(table, chain(start, rows))):
                    total += counts
                    if announcement:
                        announcement.beat(total.rows)
            finally:
                self.tell_result(total, shown, table, time.monotonic() - began, dry=plan.dry)
        if total.rejected or total.cells:
            where = "" if plan.dry else f"; see {rejected}"
            raise CommandError(
                f"{total.rejected} rows and {total.cells} cells were refused{where}", returncode=SOME_REFUSED
            )

    def watched(self, table: Table, rows: Iterator[Row | BadLine]) -> Iterator[Row | BadLine]:
        """The rows, with a bar on a terminal that shows how far the file is read."""
        size = table.path.stat().st_size
        with tqdm(total=size, unit="B", unit_scale=True, disable=None, leave=False) as bar:
            for row in rows:
                yield row
                if not bar.disable:
                    bar.update(table.position() - bar.n)

    def check_complete(self, complete: list[str], columns: ColumnMap) -> None:
        """Returns only when every set said to be complete is in the file."""
        for fact in complete:
            if fact not in columns.columns:
                raise BadMapping(f"--complete {fact}: no column of the file holds {fact}")

    def tell_reading(self, table: Table, columns: ColumnMap, *, comma: bool, currency: str) -> None:
        """Afterwards the reader knows how the file is read, and can object."""
        names = {mark: name for name, mark in DELIMITERS.items()}
        mark = names.get(table.delimiter, repr(table.delimiter))
        self.stdout.write(f"{table.path.name}: {table.encoding}, {mark}, header on line {table.header_line}")
        if columns.about:
            self.stdout.write(f"A list of something else ({', '.join(columns.about)}): only its companies are taken.")
        self.stdout.write("Taken:")
        for fact, column in columns.columns.items():
            self.stdout.write(f"  {column.title} -> {fact}{self.said(column.fact, columns, currency)}")
        if any(fact in columns.columns for fact in NUMBERS):
            self.stdout.write(f"  fractions after a {'comma' if comma else 'point'}")
        if columns.left:
            self.stdout.write("Left:")
        for reason in dict.fromkeys(reason for _, reason in columns.left):
            titles = [title for title, other in columns.left if other == reason]
            self.stdout.write(f"  {reason}: {', '.join(titles)}")

    def said(self, fact: str, columns: ColumnMap, currency: str) -> str:
        """What the reading of a column takes for granted."""
        header = columns.columns[fact].header
        parts = []
        if fact == "monthly_revenue":
            months = header.months or 12
            parts.append("as a month's" if months == 1 else f"of {months} months, divided by {months}")
        if fact in ("monthly_revenue", "funding_total"):
            parts.append(f"in {header.currency or currency} where a cell names no currency")
            if header.scale != 1:
                parts.append(f"times {header.scale:f}")
        if fact in columns.observed:
            parts.append("with its date")
        return f" ({', '.join(parts)})" if parts else ""

    def tell_result(self, total: Counts, shown: list[Refusal], table: Table, seconds: float, *, dry: bool) -> None:
        """Afterwards the reader knows what has happened."""
        for refusal in shown:
            self.stderr.write(str(refusal).encode(errors="backslashreplace").decode())
        refused = total.rejected + total.cells
        if refused > len(shown):
            self.stderr.write(f"and {refused - len(shown)} more")
        if table.footer:
            lines = f"{table.footer[0]} to {table.footer[-1]}" if len(table.footer) > 1 else str(table.footer[0])
            self.stdout.write(f"Below the table and not read: line {lines}")
        would = "Would be: " if dry else ""
        self.stdout.write(
            f"{would}rows {total.rows}, created {total.created}, updated {total.updated}, unchanged {total.unchanged}, "
            f"rejected {total.rejected}, empty {total.empty}, {total.rows / max(seconds, 0.001):.0f} rows a second"
        )
        self.stdout.write(
            f"{would}cells refused {total.cells}, left for what was known better {total.kept}, "
            f"addresses that are nobody's own {total.left}"
        )
        if (total.created or total.updated) and not dry:
            wake()
            self.stdout.write("What has changed is scored by the worker; without one: python manage.py rescore")
