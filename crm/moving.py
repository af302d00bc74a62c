"""Moving somebody from one company to another, and taking a wrong move back.

Callers have both companies scored afterwards; the database marks them.
"""

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from crm.history import keep_before
from crm.job_titles import titles_for
from crm.models import Company, Contact, ContactMove, Employer, Employment, JobTitle
from crm.origins import Origin, sign, word_of

logger = logging.getLogger(__name__)

REASON = "moved"
"""What the history says of the change that a move makes, so that it can be taken back."""
BACK = "move taken back"

DECIDED = ("persona", "roles")
LEFT, JOINED = ContactMove.Direction.LEFT, ContactMove.Direction.JOINED


class MovedMeanwhile(Exception):
    """Somebody else has moved the contact since the caller looked."""


@dataclass(frozen=True)
class Moved:
    """What was done: "moved", "taken back" or "nothing", and the companies whose facts it changed."""

    what: str
    companies: tuple[int, ...] = ()


@dataclass(frozen=True)
class LastMove:
    """The move that brought somebody to where they are, with its rows; a company is None where it is none of ours."""

    rows: tuple[ContactMove, ...]
    source: int | None
    target: int | None

    @property
    def day(self) -> date:
        return self.rows[0].happened_on


def move(
    contact: Contact,
    to: Company | None,
    *,
    was: int | None,
    on: date,
    title: str | None,
    by: User | None,
    keep: bool = False,
    origin: Origin | None = None,
) -> Moved:
    """The contact works at `to` since `on`; None is a company that is none of ours, or that nobody knows.

    What they were stays: an employment at the company they left, a row of the
    move on both companies, activities and deals where they are. What a person
    decided on their persona and roles is taken back with another title, unless
    `keep`; whether they are a champion is open again. Moved back to where they
    came from on the day of the last move, that move was a slip and is taken back.

    `was` is the company that the caller saw them at; `origin` is where it is
    known from, if not from the user `by`. Done twice it does nothing
    more; raises MovedMeanwhile where they are somewhere else by now.
    """
    origin = origin or word_of(by, on)
    with transaction.atomic():
        row = locked(contact)
        target = to.pk if to else None
        if row.company_id == target:
            return Moved("nothing")
        if row.company_id != was:
            raise MovedMeanwhile
        text = row.title.text if row.title else None
        last = last_move(row)
        if last is not None and last.source == target and last.day == on:
            return undo(row, last, by=by, title=None if title == text else title, origin=origin)
        source = row.company
        if source is not None:
            remember_employment(row, source, on, by)
        note(row, source, to, on, by)
        values: dict[str, Any] = {"company": to, "is_champion": None}
        if title != text:
            values["title"] = titled(title)
            values |= {} if keep else dict.fromkeys(DECIDED)
        change_contact(row, values, by=by, reason=REASON, origin=origin)
    logger.info("contact moved contact=%d from=%s to=%s", row.pk, was, target)
    return Moved("moved", companies(was, target))


def take_back(contact: Contact, *, by: User | None) -> Moved:
    """The last move of the contact never happened: they are where they were, as what they were."""
    with transaction.atomic():
        row = locked(contact)
        last = last_move(row)
        if last is None:
            return Moved("nothing")
        return undo(row, last, by=by, title=None, origin=word_of(by, timezone.now().date()))


def correct_company(contact: Contact, to: Company | None, *, was: int | None, by: User | None) -> Moved:
    """The contact is at `to` and was never where the record had them: no move, no employment."""
    with transaction.atomic():
        row = locked(contact)
        target = to.pk if to else None
        if row.company_id == target:
            return Moved("nothing")
        if row.company_id != was:
            raise MovedMeanwhile
        origin = word_of(by, timezone.now().date())
        change_contact(row, {"company": to}, by=by, reason="", origin=origin)
    return Moved("moved", companies(was, target))


def last_move(contact: Contact) -> LastMove | None:
    """The move that brought the contact to where they are; None where none did."""
    row = contact.moves.order_by("-pk").first()
    if row is None:
        return None
    ends = (row.company_id, row.other_id)
    source, target = ends if row.direction == LEFT else ends[::-1]
    if target != contact.company_id:
        return None
    opposite = JOINED if row.direction == LEFT else LEFT
    paired = Q(company=row.other_id, other=row.company_id, direction=opposite, happened_on=row.happened_on)
    pair = contact.moves.filter(paired, pk__lt=row.pk).order_by("-pk").first() if row.other_id else None
    return LastMove((row, pair) if pair else (row,), source, target)


# The parts of a move


def locked(contact: Contact) -> Contact:
    """The contact as it is stored, held until the end of the transaction."""
    return Contact.objects.select_for_update(of=("self",)).select_related("title", "company").get(pk=contact.pk)


def companies(*ids: int | None) -> tuple[int, ...]:
    return tuple(sorted({pk for pk in ids if pk is not None}))


def titled(text: str | None) -> JobTitle | None:
    return titles_for([text])[text] if text else None


def change(row: Any, values: dict[str, Any], *, by: User | None, reason: str) -> None:
    """The row has these values; its history has who gave them and what it was before."""
    keep_before([row])
    for name, value in values.items():
        setattr(row, name, value)
    row._history_user, row._change_reason = by, reason
    row.save()


def change_contact(row: Contact, values: dict[str, Any], *, by: User | None, reason: str, origin: Origin) -> None:
    """The contact has these values; what of them is new comes from `origin`."""
    new = [name for name, value in values.items() if getattr(row, name) != value]
    change(row, values, by=by, reason=reason)
    sign(row, new, origin)


def note(contact: Contact, source: Company | None, target: Company | None, on: date, by: User | None) -> None:
    """The move stands on each company of ours that it concerns."""
    both: dict[str, Any] = {
        "contact": contact,
        "title": contact.title.text if contact.title else None,
        "was_champion": contact.is_champion,
        "happened_on": on,
        "author": by,
    }
    rows = [ContactMove(company=source, other=target, direction=LEFT, **both)] if source else []
    rows += [ContactMove(company=target, other=source, direction=JOINED, **both)] if target else []
    ContactMove.objects.bulk_create(rows)


def remember_employment(contact: Contact, company: Company, on: date, by: User | None) -> None:
    """The company is among the contact's former employers, with the title they had and the day they left."""
    employer = employer_for(company)
    values = {"title": contact.title.text if contact.title else None, "ended_on": on}
    found = contact.employments.filter(employer=employer, kind=Employment.Kind.PREVIOUS).first()
    if found is not None:
        change(found, values, by=by, reason=REASON)
        return
    row: Any = Employment(contact=contact, employer=employer, kind=Employment.Kind.PREVIOUS, **values)
    row._history_user, row._change_reason = by, REASON
    row.save()


def employer_for(company: Company) -> Employer:
    """The employer that this company is; it is made, or tied to the company, where it was not."""
    known = Employer.objects.filter(company=company).order_by("pk")
    found = known.filter(name=company.name).first() or known.first()
    if found is not None:
        return found
    row, _ = Employer.objects.get_or_create(name=company.name, defaults={"company": company})
    if row.company_id is None:
        # Nobody tied it to another company, so the name is this one's.
        Employer.objects.filter(pk=row.pk, company=None).update(company=company)
        return row
    if row.company_id == company.pk:
        return row
    name = f"{company.name[:280]} ({company.domain or company.pk})"[:300]
    row, _ = Employer.objects.get_or_create(name=name, defaults={"company": company})
    return row


def undo(row: Contact, last: LastMove, *, by: User | None, title: str | None, origin: Origin) -> Moved:
    """The contact is as before the move, but for what somebody changed since; `title` where another is known."""
    moved: Any = records(Contact, id=row.pk).first()
    before = moved.prev_record if moved else None
    values: dict[str, Any] = {
        "company": Company.objects.filter(pk=last.source).first() if last.source else None,
        "is_champion": last.rows[0].was_champion if row.is_champion is None else row.is_champion,
    }
    for name in DECIDED:
        if before is not None and getattr(row, name) == getattr(moved, name):
            values[name] = getattr(before, name)
    if title is None and (moved is None or row.title_id == moved.title_id):
        values["title"] = titled(last.rows[0].title)
    elif title is not None:
        values["title"] = titled(title)
    forget_employment(row, last.source, by)
    ContactMove.objects.filter(pk__in=[each.pk for each in last.rows]).delete()
    change_contact(row, values, by=by, reason=BACK, origin=origin)
    logger.info("contact moved back contact=%d to=%s from=%s", row.pk, last.source, last.target)
    return Moved("taken back", companies(last.source, last.target))


def forget_employment(contact: Contact, company: int | None, by: User | None) -> None:
    """The employment that the move made is gone; one that was there before is as it was."""
    of_company = contact.employments.filter(employer__company=company, kind=Employment.Kind.PREVIOUS)
    for found in of_company if company else ():
        record: Any = records(Employment, id=found.pk).first()
        if record is None:
            continue
        if record.history_type == "+":
            gone: Any = found
            gone._history_user, gone._change_reason = by, BACK
            gone.delete()
        elif record.prev_record is not None:
            before = record.prev_record
            change(found, {"title": before.title, "ended_on": before.ended_on}, by=by, reason=BACK)


def records(model: Any, **where: object) -> Any:
    """What the history has of moves of this row, the latest first."""
    found = model.history.filter(history_change_reason=REASON, **where)
    return found.order_by("-history_date", "-history_id")
