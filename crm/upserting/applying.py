"""What a row says of its contact, put to the contact: newer goes before older, and a person before all."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from crm.imports.applying import BY_PERSON, OLDER, Kept
from crm.models import Company
from crm.moving import MovedMeanwhile, move
from crm.origins import COLUMNS, Origin

from .answers import AT_ODDS, Call, RowRefused
from .matching import Known
from .people import Person

NO_RENAME = "the contact goes by another name; change it at its own address"
OF_THEIR_COMPANY = ("title", "is_champion")
"""What is true of somebody at a company: word of it from before a move is about the company that they left."""


class Applying:
    """Puts rows to contacts in memory; only moves are written at once."""

    def __init__(self, call: Call, titles: Mapping[str, Any]) -> None:
        self.call = call
        self.titles = titles

    def apply(self, said: Person, known: Known, kept: list[Kept]) -> bool:
        """Whether the row had anything new for its contact, which it then has; `kept` has what was not taken."""
        new = False
        if said.external_id and said.external_id not in known.ids:
            known.ids.add(said.external_id)
            known.new_ids.append(said.external_id)
            new = True
        new |= self.apply_email(said, known)
        if said.name:
            new |= self.apply_name(said, known, kept)
        for fact in said.cleared:
            if fact != "email" and fact not in said.values:
                new |= self.clear(said, known, fact, kept)
        for fact, value in said.values.items():
            new |= self.apply_value(said, known, fact, value, kept)
        return new

    def apply_email(self, said: Person, known: Known) -> bool:
        """Whether the contact has another address now; one that differs in capitals only is none."""
        present = known.contact.email
        wanted = said.email or (None if "email" in said.cleared else present)
        if (wanted or "").lower() == (present or "").lower():
            return False
        known.contact.email = wanted
        known.columns.add("email")
        return True

    def apply_name(self, said: Person, known: Known, kept: list[Kept]) -> bool:
        if said.name == known.contact.name:
            return self.confirm(said, known, "name")
        kept.append(Kept("name", NO_RENAME))
        return False

    def apply_value(self, said: Person, known: Known, fact: str, value: Any, kept: list[Kept]) -> bool:
        """Whether the contact's value of a fact, or where it comes from, is now another."""
        column = COLUMNS[fact]
        wanted = self.titles[value].pk if fact == "title" else value
        present = getattr(known.contact, column)
        if present == wanted:
            return self.confirm(said, known, fact)
        why = self.why_kept(said, known, fact)
        if why:
            kept.append(Kept(fact, why))
            return False
        setattr(known.contact, column, wanted)
        known.columns.add(column)
        self.put_source(said, known, fact)
        return True

    def clear(self, said: Person, known: Known, fact: str, kept: list[Kept]) -> bool:
        """Whether a fact that was known is now unknown."""
        column = COLUMNS[fact]
        if getattr(known.contact, column) is None:
            return False
        why = self.why_kept(said, known, fact)
        if why:
            kept.append(Kept(fact, why))
            return False
        setattr(known.contact, column, None)
        known.columns.add(column)
        known.origins.drop(fact)
        return True

    def why_kept(self, said: Person, known: Known, fact: str) -> str:
        """Why the present value stays; empty where it does not."""
        if known.by_person(fact):
            return BY_PERSON
        return OLDER if is_before(said, self.known_since(known, fact)) else ""

    def known_since(self, known: Known, fact: str) -> date | None:
        """The day of which the present value is, as far as that is known."""
        origin = known.origins.get(fact)
        own = origin.on if origin else None
        if fact not in OF_THEIR_COMPANY and fact != "company":
            return own
        return max((day for day in (own, known.moved_on) if day), default=None)

    # Sources

    def confirm(self, said: Person, known: Known, fact: str) -> bool:
        """Whether a value that was known before is now known from a source, or for a later day."""
        origin = known.origins.get(fact)
        if is_before(said, self.known_since(known, fact)):
            return False
        if origin is not None and (
            origin.person is not None or said.on is None or (origin.on is not None and said.on <= origin.on)
        ):
            return False
        self.put_source(said, known, fact)
        return True

    def put_source(self, said: Person, known: Known, fact: str) -> None:
        """Afterwards the fact's source is this row's."""
        origin = self.origin_of(said)
        if known.origins.get(fact) == origin:
            return
        known.origins.put(fact, origin)

    def origin_of(self, said: Person) -> Origin:
        return Origin((said.source or self.call.source)[:200], said.on or self.call.today)

    # Where they work

    def place(self, said: Person, known: Known, company: Company, kept: list[Kept]) -> bool:
        """Whether somebody at no other company is at this one now, or it is known from elsewhere that they are."""
        if known.contact.company_id == company.pk:
            return self.confirm(said, known, "company")
        if self.is_older(said, known, kept):
            return False
        known.contact.company = company
        known.columns.add("company_id")
        self.put_source(said, known, "company")
        return True

    def is_older(self, said: Person, known: Known, kept: list[Kept]) -> bool:
        """Whether what the row says of the company is of before what is known, and is kept out for it."""
        older = is_before(said, self.known_since(known, "company"))
        if older:
            kept.append(Kept("company", OLDER))
        return older

    def move(self, said: Person, known: Known, company: Company) -> tuple[int, ...]:
        """The companies that change: the contact has moved there, as what the row says. All else of them is stored."""
        contact = known.contact
        title = said.values.get("title")
        if title is None and "title" not in said.cleared:
            title = contact.title.text if contact.title else None
        try:
            done = move(
                contact,
                company,
                was=contact.company_id,
                on=said.on or self.call.today,
                title=title,
                by=self.call.by,
                origin=self.origin_of(said),
            )
        except MovedMeanwhile:
            raise RowRefused("/company", AT_ODDS) from None
        return done.companies


def is_before(said: Person, day: date | None) -> bool:
    """Whether a row is known to be of an earlier day."""
    return said.on is not None and day is not None and said.on < day
