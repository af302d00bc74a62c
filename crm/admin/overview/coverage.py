"""What is known of each fact, and how old it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.scoring.drain import scorer_for
from crm.scoring.survey_coverage import is_worked_out
from crm.scoring.survey_spans import Found, share
from personas.models import Ruleset
from personas.rules.document import Document

from .frame import companies, names_of


@dataclass(frozen=True)
class FactRow:
    """One fact: how many accounts have it exactly, in part, or not; of those that have it, how old it is."""

    label: str
    read: bool
    worked_out: bool
    accounts: int
    exact: int
    part: int
    missing: int
    invalid: int
    stale: int
    ages: tuple[tuple[str, int, int], ...]
    link: str

    @property
    def known(self) -> int:
        return share(self.exact + self.part, self.accounts)

    @property
    def exact_share(self) -> float:
        return round(100 * self.exact / self.accounts, 1) if self.accounts else 0

    @property
    def part_share(self) -> float:
        return round(100 * self.part / self.accounts, 1) if self.accounts else 0

    @property
    def spoken(self) -> str:
        """The bar for those who do not see it."""
        return f"{self.exact:,} exact, {self.part:,} in part, {self.missing:,} not known of {self.accounts:,} accounts"


AGES = ("up to 90 days", "up to a year", "older", "no date")


def coverage_groups(ruleset: Ruleset, found: Found, at: datetime) -> Iterator[dict[str, Any]]:
    """All accounts, then those that are or could be in each segment: the facts that rules read first."""
    document = ruleset.document()
    names = names_of(document)
    read = scorer_for(ruleset, at.date()).cuts
    for group in found["groups"]:
        segment = group["segment"]
        rows = [
            fact_row(document, key, row, key in read, group["accounts"], segment)
            for key, row in group["facts"].items()
            if key in document.vocabulary
        ]
        rows.sort(key=lambda row: (not row.read, row.worked_out, row.known, row.label))
        yield {
            "name": f"In or possibly in {names.get(segment, segment)}" if segment else "All accounts",
            "accounts": group["accounts"],
            "link": companies(possible=segment) if segment else companies(),
            "rows": rows,
        }


def fact_row(document: Document, key: str, row: Found, is_read: bool, accounts: int, segment: str) -> FactRow:
    fact = document.vocabulary[key]
    known = row["exact"] + row["part"]
    return FactRow(
        fact.label,
        is_read,
        is_worked_out(fact),
        accounts,
        row["exact"],
        row["part"],
        accounts - known,
        row["invalid"],
        row["stale"],
        tuple((name, number, share(number, known)) for name, number in zip(AGES, row["ages"], strict=True)),
        companies(missing=key, possible=segment) if is_read else "",
    )
