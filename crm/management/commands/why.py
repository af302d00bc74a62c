"""Print the receipt of one company or contact."""

from argparse import ArgumentParser
from collections.abc import Sequence

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.models import Company, Contact
from crm.names import NotADomain, registrable_domain
from crm.scoring.explain import AskFirst, ProfileReceipt, ReceiptFact, ReceiptLine, explain, explain_contact
from personas.publishing import NoRuleset
from personas.rules.results import points_number


class Command(BaseCommand):
    """Says how a company or a contact scores, line by line, and what is worth asking."""

    help = "Why a company or a contact scores as it does: every line with fact, source, age, answer and points."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", help="the company's domain, or its id; a contact's e-mail address")

    def handle(self, *, domain: str, **options: object) -> None:
        try:
            if "@" in domain:
                self.contact(find_contact(domain))
            else:
                self.company(find(domain))
        except NoRuleset as error:
            raise CommandError(str(error), returncode=2) from None

    def company(self, company: Company) -> None:
        receipt = explain(company, at=timezone.now())
        self.stdout.write(f"{company.name} ({company.domain or f'id {company.pk}'})")
        self.stdout.write(f"  {receipt.segment_text}")
        self.stdout.write(f"  by ruleset {receipt.ruleset.number}, {receipt.at:%Y-%m-%d %H:%M} UTC")
        self.lines(receipt.profiles, receipt.questions)

    def contact(self, contact: Contact) -> None:
        receipt = explain_contact(contact, at=timezone.now())
        if receipt is None:
            why = (
                "is at no company" if contact.company is None else "has no points: the rules have no profiles of people"
            )
            raise CommandError(f"this contact {why}", returncode=2)
        self.stdout.write(f"{contact.name} ({contact.email}), at {contact.company}")
        own = receipt.own
        points = f"{own.name}: {own.points_text}" if own else "Ruled out by every profile of people"
        self.stdout.write(f"  {points}{'' if receipt.is_fresh else '; what is stored is behind'}")
        self.stdout.write(f"  by ruleset {receipt.ruleset.number}, {receipt.at:%Y-%m-%d %H:%M} UTC")
        self.lines(receipt.profiles, receipt.questions)

    def lines(self, profiles: Sequence[ProfileReceipt], questions: Sequence[AskFirst]) -> None:
        for profile in profiles:
            self.profile(profile)
        self.stdout.write("")
        self.stdout.write("Worth asking" if questions else "Nothing left to ask: no answer would change a result.")
        for question in questions:
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


def find_contact(email: str) -> Contact:
    """The contact with this e-mail address; exit status 2 when there is none."""
    found = Contact.objects.select_related("company").filter(email__iexact=email).first()
    if found is None:
        raise CommandError(f"no contact has the e-mail address {email!r}", returncode=2)
    return found


def fact_text(fact: ReceiptFact) -> str:
    """A fact with value, source and age in one phrase."""
    notes = [
        each for each in (fact.source, fact.age, "stale, counts as unknown" if fact.stale else "", fact.invalid) if each
    ]
    return f"{fact.label}: {fact.value}" + (f" ({', '.join(notes)})" if notes else "")


def points_text(points: object) -> str:
    return str(points if isinstance(points, int) else points_number(int(float(str(points)) * 100)))
