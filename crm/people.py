"""Contacts made and changed in one go: who they are, where they work and worked, and what was decided of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from crm import moving
from crm.accounts import AtOdds, Wrong
from crm.history import keep_before, remove
from crm.models import Company, Contact, ContactExternalId, ContactSource, Employer, Employment
from crm.origins import COLUMNS, FACTS, Origin, sign

DECIDED = ("persona", "roles")
TAKEN = "This cannot be taken: another contact has it."


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
    they are. `jobs` None leaves the other employers, else they are all, and so
    do `external_ids`. `sources` names the origin of single facts, `origin` that
    of all others.
    """

    by: User
    on: date
    origin: Origin
    columns: Mapping[str, Any] = field(default_factory=dict)
    moves: bool = False
    company: Company | None = None
    correction: bool = False
    titled: bool = False
    title: str | None = None
    jobs: Sequence[Job] | None = None
    external_ids: Sequence[tuple[str, str]] | None = None
    sources: Mapping[str, Origin] = field(default_factory=dict)

    @property
    def facts(self) -> set[str]:
        """The facts that it speaks of."""
        found = {name for name in self.columns if name in FACTS}
        return found | {name for name, said in (("company", self.moves), ("title", self.titled)) if said}


def save_contact(contact: Contact, said: Said) -> set[int]:
    """The contact is as somebody said, with history: a new one, or one whose row is locked.

    Another company is a move, which leaves an employment behind. Returns the
    companies whose score it may change. Raises Wrong and AtOdds.
    """
    if said.columns.get("email") and is_taken(said.columns["email"], contact):
        raise Wrong({"email": [TAKEN]})
    if said.external_ids is not None and are_taken(said.external_ids, contact):
        raise Wrong({"external_ids": [TAKEN]})
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
    contact.title = moving.titled(said.title)
    store(contact, said.by)
    put_jobs(contact, said)
    put_external_ids(contact, said)
    put_sources(contact, said, {}, {fact for fact in said.facts if value_of(contact, fact) is not None})
    return {contact.company_id}


def change(contact: Contact, said: Said) -> set[int | None]:
    """The contact has moved, where they did, and is otherwise as was said."""
    reached: set[int | None] = set()
    known = stored_sources(contact)
    target = said.company.pk if said.company else None
    if said.moves and target != contact.company_id:
        reached |= set(move(contact, said).companies)
        contact.refresh_from_db()
    values = dict(said.columns)
    if said.titled:
        row = moving.titled(said.title)
        values["title_id"] = row.pk if row else None
    before = {fact: value_of(contact, fact) for fact in said.facts}
    keep_before([contact])
    edited = put(contact, values)
    if edited:
        store(contact, said.by)
    beside = put_jobs(contact, said)
    beside |= put_external_ids(contact, said)
    # What came of a move has its source already.
    beside |= put_sources(contact, said, known, {fact for fact in before if value_of(contact, fact) != before[fact]})
    if beside and not edited:
        Contact.objects.filter(pk=contact.pk).update(updated_at=timezone.now())
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


def value_of(contact: Contact, fact: str) -> object:
    return getattr(contact, COLUMNS[fact])


def is_taken(email: str, contact: Contact) -> bool:
    """Whether another contact has this address."""
    return Contact.objects.with_email(email).exclude(pk=contact.pk or 0).exists()


def are_taken(ids: Sequence[tuple[str, str]], contact: Contact) -> bool:
    """Whether another contact has one of these ids in other systems."""
    any_of = Q(pk__in=[])
    for system, value in ids:
        any_of |= Q(system=system, value=value)
    return ContactExternalId.objects.filter(any_of).exclude(contact=contact.pk or 0).exists()


def put_jobs(contact: Contact, said: Said) -> bool:
    """Whether the other employers of the contact, which are now those that were said, were others."""
    if said.jobs is None:
        return False
    rows = {(row.kind, row.employer.name): row for row in contact.employments.select_related("employer")}
    wanted = {(job.kind, job.employer): job for job in said.jobs}
    changed = False
    for key, row in rows.items():
        if key not in wanted:
            remove(row, by=said.by)
            changed = True
    for key, job in wanted.items():
        row = rows.get(key) or Employment(contact=contact, employer=employer(job.employer), kind=job.kind)
        if row._state.adding or (row.title, row.ended_on) != (job.title, job.ended_on):
            keep_before([row])
            row.title, row.ended_on = job.title, job.ended_on
            store(row, said.by)
            changed = True
    return changed


def put_external_ids(contact: Contact, said: Said) -> bool:
    """Whether what other systems call the contact, which is now what was said, was something else."""
    if said.external_ids is None:
        return False
    rows = {(row.system, row.value): row for row in contact.external_ids.all()}
    wanted = dict.fromkeys(said.external_ids)
    for key, row in rows.items():
        if key not in wanted:
            remove(row, by=said.by)
    for system, value in wanted:
        if (system, value) not in rows:
            store(ContactExternalId(contact=contact, system=system, value=value), said.by)
    return rows.keys() != wanted.keys()


def stored_sources(contact: Contact) -> Mapping[str, tuple[str, date | None]]:
    rows = ContactSource.objects.filter(contact=contact).order_by()
    return {fact: (source, on) for fact, source, on in rows.values_list("fact", "source", "observed_on")}


def put_sources(
    contact: Contact, said: Said, known: Mapping[str, tuple[str, date | None]], changed: Collection[str]
) -> bool:
    """Whether a source is now another: what is `changed`, or said to come from elsewhere, has its own.

    What is unknown has none.
    """
    by_origin: dict[Origin, set[str]] = {}
    for fact in said.facts:
        origin = said.sources.get(fact)
        anew = origin is not None and known.get(fact) != (origin.source, origin.on)
        gone = fact in known and value_of(contact, fact) is None
        if anew or gone or fact in changed:
            by_origin.setdefault(origin or said.origin, set()).add(fact)
    for origin, facts in by_origin.items():
        sign(contact, facts, origin)
    return bool(by_origin)


def employer(name: str) -> Employer:
    found, _ = Employer.objects.get_or_create(name=name)
    return found
