"""Print the receipt of one company."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.models import Company
from crm.names import NotADomain, registrable_domain
from crm.scoring.explain import ProfileReceipt, ReceiptFact, ReceiptLine, explain
from personas.publishing import NoRuleset
from personas.rules.results import points_number


class Command(BaseCommand):
    """Says how a company scores, line by line, and what is worth asking."""

    help = "Why a company scores as it does: every line with fact, source, age, answer and points."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", help="the company's domain, or its id")

    def handle(self, *, domain: str, **options: object) -> None:
        company = find(domain)
        try:
            receipt = explain(company, at=timezone.now())
        except NoRuleset as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(f"{company.name} ({company.domain or f'id {company.pk}'})")
        self.stdout.write(f"  {receipt.segment_text}")
        self.stdout.write(f"  by ruleset {receipt.ruleset.number}, {receipt.at:%Y-%m-%d %H:%M} UTC")
        for profile in receipt.profiles:
            self.profile(profile)
        self.stdout.write("")
        self.stdout.write(
            "Worth asking" if receipt.questions else "Nothing left to ask: no answer would change a result."
        )
        for question in receipt.questions:
            self.stdout.write(f"  {question.label}: {question.why}")

    def profile(self, profile: ProfileReceipt) -> None:
        result = profile.result
        band = f", band {result.band}" if result.band else ""
        points = "" if result.low is None else " points"
        self.stdout.write("")
        self.stdout.write(
            f"{profile.name}: {result.verdict.word}, {profile.points_text}{points}{band} ({result.status})"
        )
        for group in profile.groups:
            total = (
                ""
                if group.low is None
                else f": {group.low}"
                if group.low == group.high
                else f": {group.low} to {group.high}"
            )
            self.stdout.write(f"  {group.title}{total}")
            if group.note:
                self.stdout.write(f"    {group.note}")
            for line in group.lines:
                self.line(line)
        if result.reason:
            self.stdout.write(f"  Ruled out: {result.reason}")

    def line(self, line: ReceiptLine) -> None:
        worth = ""
        if line.kind in ("points", "bonus"):
            given = "?" if line.points is None else points_text(line.points)
            worth = f"{given:>5} of {points_text(line.worth)}"
        self.stdout.write(f"    {line.answer.word:5}{worth:12} {line.label} | {'; '.join(map(fact_text, line.facts))}")
        if line.change:
            self.stdout.write(f"                      {line.change}")


def find(domain: str) -> Company:
    """The company with this domain or id; exit status 2 when there is none."""
    if domain.isdigit():
        found = Company.objects.filter(pk=int(domain)).first()
    else:
        try:
            wanted = registrable_domain(domain)
        except NotADomain as error:
            raise CommandError(str(error), returncode=2) from None
        found = Company.objects.filter(domain=wanted).first()
        found = found or Company.objects.filter(further_domains__domain=wanted).first()
    if found is None:
        raise CommandError(f"no company has the domain or id {domain!r}", returncode=2)
    return found


def fact_text(fact: ReceiptFact) -> str:
    """A fact with value, source and age in one phrase."""
    notes = [
        each for each in (fact.source, fact.age, "stale, counts as unknown" if fact.stale else "", fact.invalid) if each
    ]
    return f"{fact.label}: {fact.value}" + (f" ({', '.join(notes)})" if notes else "")


def points_text(points: object) -> str:
    return str(points if isinstance(points, int) else points_number(int(float(str(points)) * 100)))
