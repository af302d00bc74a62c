"""Say what is wrong with this installation, and what to do about it."""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from crm.doctor import Finding, Level, examine


class Command(BaseCommand):
    """Findings in a table or as JSON; it works without the database, too."""

    help = """Look at everything that scoring depends on, and say what to do about each fault.

Exit status: 0 when there is no fault (warnings may be there), 1 when there is one."""
    # What the checks find, it says itself.
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> Any:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **options)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="the findings as JSON")

    def handle(self, *, json: bool, **options: object) -> None:
        findings = list(examine())
        faults = sum(each.level is Level.FAULT for each in findings)
        warnings = sum(each.level is Level.WARNING for each in findings)
        if json:
            self.say_json(findings, faults)
        else:
            self.say_table(findings)
            self.stdout.write(f"\n{counted(faults, 'fault')}, {counted(warnings, 'warning')}.")
        if faults:
            raise SystemExit(1)

    def say_json(self, findings: list[Finding], faults: int) -> None:
        status = Level.FAULT if faults else Level.OK
        self.stdout.write(json.dumps({"status": status, "findings": [asdict(each) for each in findings]}, indent=2))

    def say_table(self, findings: list[Finding]) -> None:
        styles = {Level.OK: self.style.SUCCESS, Level.WARNING: self.style.WARNING, Level.FAULT: self.style.ERROR}
        width = max(len(each.check) for each in findings)
        for each in findings:
            self.stdout.write(f"{styles[each.level](f'{each.level:8}')} {each.check:{width}}  {each.found}")
            if each.remedy:
                self.stdout.write(f"{'':8} {'':{width}}  → {each.remedy}")


def counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
