"""Contacts made and changed in one go: who they are, where they work and worked, and what was decided of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from crm import moving
from crm.accounts import AtOdds, Wrong
from crm.history import keep_before
from crm.job_titles import titles_for
from crm.models import Company, Contact, Employer, Employment

DECIDED = ("persona", "roles")


@dataclass(frozen=True)
class Job:
    """Where somebody works or worked beside their company."""

    kind: str
    employer: str
    title: str | None = None
    ended_on: date | None = None


@dataclass(frozen=True)
class Said:
    """What somebody says of one contact; what is not in here stays as it is.

    With `moves` the contact is at `company` since `on`; `correction` says that
    they never were where the record has them. With `titled`, `title` is what
    they are. `jobs` None leaves the other employers, else they are all.
    """

    by: User
    on: date
    columns: Mapping[str, Any] = field(default_factory=dict)
    moves: bool = False
    company: Company | None = None
    correction: bool = False
    titled: bool = False
    title: str | None = None
    jobs: Sequence[Job] | None = None


def save_contact(contact: Contact, said: Said) -> set[int]:
    """The contact is as somebody said, with history: a new one, or one whose row is locked.

    Another company is a move, which leaves an employment behind. Returns the
    companies whose score it may change. Raises Wrong and AtOdds.
    """
    if said.columns.get("email") and is_taken(said.columns["email"], contact):
        raise Wrong({"email": ["This cannot be taken: another contact has it."]})
    try:
        with transaction.atomic():
            reached = {contact.company_id}
            reached |= make(contact, said) if contact._state.adding else change(contact, said)
    except IntegrityError as error:
        raise AtOdds from error
    return {pk for pk in reached if pk is not None}


def make(contact: Contact, said: Said) -> set[int | None]:
    """The contact is stored."""
    put(contact, dict(said.columns))
    contact.company = said.company
    contact.title = titled(said.title)
    store(contact, said.by)
    put_jobs(contact, said)
    return {contact.company_id}


def change(contact: Contact, said: Said) -> set[int | None]:
    """The contact has moved, where they did, and is otherwise as was said."""
    reached: set[int | None] = set()
    target = said.company.pk if said.company else None
    if said.moves and target != contact.company_id:
        reached |= set(move(contact, said).companies)
        contact.refresh_from_db()
    values = dict(said.columns)
    if said.titled:
        row = titled(said.title)
        values["title_id"] = row.pk if row else None
    keep_before([contact])
    if put(contact, values):
        store(contact, said.by)
    put_jobs(contact, said)
    return reached | {contact.company_id}


def move(contact: Contact, said: Said) -> moving.Moved:
    if said.correction:
        return moving.correct_company(contact, said.company, was=contact.company_id, by=said.by)
    title = said.title if said.titled else contact.title.text if contact.title else None
    keep = any(name in said.columns for name in DECIDED)
    return moving.move(
        contact, said.company, was=contact.company_id, on=said.on, title=title, by=said.by, keep=keep
    )  # fmt: skip


def put(contact: Contact, values: Mapping[str, Any]) -> bool:
    """Whether the contact has another of these values now."""
    differing = {name: value for name, value in values.items() if getattr(contact, name) != value}
    for name, value in differing.items():
        setattr(contact, name, value)
    return bool(differing)


def store(row: Any, by: User) -> None:
    row._history_user = by
    row.save()


def titled(text: str | None) -> Any:
    return titles_for([text])[text] if text else None


def is_taken(email: str, contact: Contact) -> bool:
    """Whether another contact has this address."""
    return Contact.objects.filter(email__iexact=email).exclude(pk=contact.pk or 0).exists()


def put_jobs(contact: Contact, said: Said) -> None:
    """The other employers of the contact are those that were said."""
    if said.jobs is None:
        return
    rows = {(row.kind, row.employer.name): row for row in contact.employments.select_related("employer")}
    wanted = {(job.kind, job.employer): job for job in said.jobs}
    for key, row in rows.items():
        if key not in wanted:
            remove(row, said.by)
    for key, job in wanted.items():
        row = rows.get(key) or Employment(contact=contact, employer=employer(job.employer), kind=job.kind)
        if row._state.adding or (row.title, row.ended_on) != (job.title, job.ended_on):
            keep_before([row])
            row.title, row.ended_on = job.title, job.ended_on
            store(row, said.by)


def employer(name: str) -> Employer:
    found, _ = Employer.objects.get_or_create(name=name)
    return found


def remove(row: Any, by: User) -> None:
    """The row is gone, and the history says who removed it."""
    keep_before([row])
    row._history_user = by
    row.delete()
