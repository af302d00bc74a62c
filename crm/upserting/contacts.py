"""Rows to contacts: found or made, changed, moved from company to company, and answered one by one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models.functions import Lower
from django.utils import timezone

from crm.history import keep_before_of, note
from crm.imports.among import Among
from crm.imports.bulk import insert, new_keys, update
from crm.imports.matching import identified
from crm.job_titles import titles_for
from crm.models import Company, CompanyDomain, Contact
from crm.moving import move

from .answers import (
    CANNOT_BE_TAKEN,
    CREATED,
    NOT_OPEN,
    NOT_YOURS,
    UNCHANGED,
    UPDATED,
    Answer,
    Call,
    Done,
)
from .companies import RowRefused
from .people import Employer, Person, PersonReader
from .turns import settled, take_turns

NO_SUCH_COMPANY = "no company that you see has it; state the company first"
NO_RENAME = "the contact goes by another name; change it at its own address"
COLUMNS = [field.attname for field in Contact._meta.concrete_fields]


def upsert_contacts(rows: Sequence[object], call: Call) -> Done:
    """What became of each of these rows of JSON, and the companies to score.

    All is written, or nothing where it raises. A row that is refused stops no
    other. Called in a transaction, whose end decides.
    """
    reader = PersonReader(call)
    said = [reader.read(number, row) for number, row in enumerate(rows)]
    return settled(said, lambda part: Settling(part, call).done())


@dataclass(frozen=True)
class Step:
    """A move to a company: since when, and the job title there."""

    company: Company
    on: date
    title: str | None


@dataclass(eq=False)
class Known:
    """A contact as it stands, or will stand; `moves` where rows say that they work elsewhere now."""

    contact: Contact
    created: bool = False
    hidden: bool = False
    readonly: bool = False
    columns: set[str] = field(default_factory=set)
    moves: list[Step] = field(default_factory=list)

    @property
    def company(self) -> int | None:
        """Where they work once everything is done."""
        return self.moves[-1].company.pk if self.moves else self.contact.company_id


class Settling:
    """The rows of one call, the contacts that they are about, which are locked, and the companies that they name."""

    def __init__(self, said: Sequence[Person], call: Call) -> None:
        self.said = said
        self.call = call
        self.by_key: dict[int, Known] = {}
        self.by_email: dict[str, Known] = {}
        self.by_name: dict[tuple[int | None, str], list[Known]] = defaultdict(list)
        self.companies: dict[Employer, Company] = {}
        self.editable: set[int] = set()
        self.titles: dict[str, Any] = {}
        self.touched: dict[int, Known] = {}
        self.answers: list[tuple[Answer, Known | None]] = []
        self.to_score: set[int] = set()

    def done(self) -> Done:
        good = [each for each in self.said if not each.faults]
        take_turns(keys_of(good))
        self.titles = dict(titles_for(each.values["title"] for each in good if "title" in each.values))
        self.look_for_companies(good)
        self.look_for_contacts(good)
        for each in self.said:
            self.settle(each)
        self.write()
        done = Done()
        for answer, known in self.answers:
            if known is not None:
                answer.id = known.contact.pk
            done.answers.append(answer)
        done.companies = self.to_score
        return done

    # What is there

    def look_for_companies(self, good: Sequence[Person]) -> None:
        """The companies that the rows name and the caller sees, and which of them they may edit."""
        wanted = {each.employer for each in good if each.employer}
        domains = {each.domain for each in wanted if each.domain}
        by_domain = dict(CompanyDomain.objects.filter(Among("domain", domains)).values_list("domain", "company_id"))
        own = Company.objects.filter(Among("domain", domains)).values_list("domain", "pk")
        by_domain |= {domain: pk for domain, pk in own if domain}
        by_id = identified({each.external_id for each in wanted if each.external_id})
        keys = {
            each: each.id or by_domain.get(each.domain or "") or by_id.get(each.external_id or ("", ""))
            for each in wanted
        }
        ids = {key for key in keys.values() if key}
        there = Company.objects.filter(Among("pk", ids)).order_by("pk")
        visible = there.visible_to(self.call.by).in_bulk()
        self.companies = {each: visible[key] for each, key in keys.items() if key in visible}
        self.editable = set(there.editable_by(self.call.by).values_list("pk", flat=True))

    def look_for_contacts(self, good: Sequence[Person]) -> None:
        """The contacts that the rows may be about are at hand and locked, with what the caller may do to them."""
        emails = {each.email.lower() for each in good if each.email}
        named = {
            (company.pk, each.name)
            for each in good
            if each.name and not each.email and each.employer and (company := self.companies.get(each.employer))
        }
        ids = {each.id for each in good if each.id}
        ids.update(
            Contact.objects.alias(address=Lower("email"))
            .filter(Among("address", emails))
            .order_by()
            .values_list("pk", flat=True)
        )
        if named:
            people = Contact.objects.filter(Among("company_id", {company for company, _ in named})).order_by()
            ids.update(people.filter(Among("name", {name for _, name in named})).values_list("pk", flat=True))
        if any(each.name and not each.email and not each.employer and not each.id for each in good):
            alone = {each.name for each in good if each.name and not each.email and not each.employer}
            ids.update(
                Contact.objects.filter(Among("name", alone), company=None).order_by().values_list("pk", flat=True)
            )
        rows = Contact.objects.filter(Among("pk", ids)).order_by("pk")
        visible = set(rows.visible_to(self.call.by).order_by().values_list("pk", flat=True))
        editable = set(rows.editable_by(self.call.by).order_by().values_list("pk", flat=True))
        for contact in rows.select_for_update(of=("self",)):
            self.add(Known(contact, hidden=contact.pk not in visible, readonly=contact.pk not in editable))

    def add(self, known: Known) -> None:
        """Afterwards rows can be found to be about this contact."""
        if known.contact.pk is not None:
            self.by_key[known.contact.pk] = known
        if known.contact.email:
            self.by_email[known.contact.email.lower()] = known
        if not known.hidden:
            same = self.by_name[known.company, known.contact.name]
            if known not in same:
                same.append(known)

    # One row

    def settle(self, said: Person) -> None:
        """Afterwards the contact that the row is about has what it says, or the row is refused."""
        answer = Answer(said.line)
        known = None
        if said.faults:
            answer.refuse(*said.faults)
        else:
            try:
                known = self.put(said, answer)
            except RowRefused as refused:
                answer.refuse(refused.fault)
        self.answers.append((answer, known))

    def company_of(self, said: Person) -> Company | None:
        """The company that a row names."""
        if said.employer is None:
            return None
        company = self.companies.get(said.employer)
        if company is None:
            raise RowRefused("/company", NOT_OPEN if said.employer.id else NO_SUCH_COMPANY)
        return company

    def find(self, said: Person, company: Company | None) -> Known | None:
        """The contact that a row is about; None for a new one."""
        other = self.by_email.get(said.email.lower()) if said.email else None
        if said.id is not None:
            known = self.by_key.get(said.id)
            if known is None or known.hidden:
                raise RowRefused("/id", NOT_OPEN)
            if other is not None and other is not known:
                shown = f"is the address of {name_of(other)}"
                raise RowRefused("/email", CANNOT_BE_TAKEN if other.hidden else shown)
            return known
        if other is not None:
            if other.hidden:
                raise RowRefused("/email", CANNOT_BE_TAKEN)
            return other
        if said.email:
            return None
        if not said.name:
            raise RowRefused("", "says of nobody: give an id, an email, or a name")
        named = self.by_name.get((company.pk if company else None, said.name), [])
        if len(named) > 1:
            raise RowRefused("/name", f"{len(named)} contacts there go by this name: give an id or an email")
        return named[0] if named else None

    def put(self, said: Person, answer: Answer) -> Known:
        company = self.company_of(said)
        known = self.find(said, company)
        if known is None:
            if not said.name:
                raise RowRefused("/name", "is needed for a contact that is not known yet")
            self.check_company(company)
            known = Known(Contact(name=said.name, email=said.email, company=company), created=True)
            answer.result = CREATED
        elif known.readonly:
            raise RowRefused("", NOT_YOURS)
        else:
            if company is not None and known.company != company.pk:
                self.check_company(company)
            if said.name and said.name != known.contact.name:
                answer.kept.append({"fact": "name", "detail": NO_RENAME})
        changed = self.apply(said, known, company)
        if answer.result != CREATED:
            answer.result = UPDATED if changed else UNCHANGED
        self.add(known)
        self.touched[id(known)] = known
        return known

    def check_company(self, company: Company | None) -> None:
        if company is not None and company.pk not in self.editable:
            raise RowRefused("/company", NOT_YOURS)

    def apply(self, said: Person, known: Known, company: Company | None) -> bool:
        """Whether the contact is now another."""
        contact = known.contact
        wanted: dict[str, Any] = dict.fromkeys(said.cleared)
        wanted |= said.values
        if "title" in wanted:
            row = self.titles[wanted.pop("title")] if said.values.get("title") else wanted.pop("title")
            wanted["title_id"] = row.pk if row else None
        if said.email:
            wanted["email"] = said.email
        changed = False
        moved = company is not None and not known.created and known.company not in (None, company.pk)
        if company is not None and not known.created and known.company is None:
            contact.company = company
            known.columns.add("company_id")
            changed = True
        elif company is not None and moved:
            # The job title goes with the move, which keeps the one that they leave.
            title = said.values.get("title") if "title_id" in wanted else text_of_title(contact)
            wanted.pop("title_id", None)
            known.moves.append(Step(company, said.on or self.call.today, title))
            changed = True
        for column, value in wanted.items():
            if column == "email" and value and contact.email and contact.email.lower() == value.lower():
                continue
            # A move leaves some fields open, which are then stated anew.
            if moved or getattr(contact, column) != value:
                if column == "email" and contact.email:
                    # The next row that names this address is about somebody else.
                    self.by_email.pop(contact.email.lower(), None)
                setattr(contact, column, value)
                known.columns.add(column)
                changed = True
        return changed

    # Writing

    def write(self) -> None:
        """Everything is stored, with its history."""
        by = self.call.by
        for each in self.touched.values():
            self.move(each)
        created = [each for each in self.touched.values() if each.created]
        edited = sorted(
            (each for each in self.touched.values() if each.columns and not each.created),
            key=lambda each: each.contact.pk,
        )
        ids = [each.contact.pk for each in edited]
        keep_before_of(Contact, ids)
        if edited:
            now = timezone.now()
            for each in edited:
                each.contact.updated_at = now
            names = [*sorted(set().union(*(each.columns for each in edited))), "updated_at"]
            rows = (each.contact.__dict__ for each in edited)
            update(Contact, ["id"], names, ([row["id"], *(row[name] for name in names)] for row in rows))
        # After the edits, which may have left an address to somebody new.
        self.create([each.contact for each in created])
        note(Contact, [each.contact.pk for each in created], "+", by)
        note(Contact, ids, "~", by)
        for each in created + edited:
            if each.contact.company_id:
                self.to_score.add(each.contact.company_id)

    def create(self, contacts: Sequence[Contact]) -> None:
        """These contacts are stored and have their keys, in the order given; they go in by address."""
        if not contacts:
            return
        now = timezone.now()
        for contact, key in zip(contacts, new_keys(Contact, len(contacts)), strict=True):
            contact.pk = key
            contact.created_at = contact.updated_at = now
        rows = (each.__dict__ for each in sorted(contacts, key=lambda each: (each.email or "").lower()))
        insert(Contact, COLUMNS, ([row[name] for name in COLUMNS] for row in rows))

    def move(self, known: Known) -> None:
        """The contact has moved as the rows said, one company after the other; what else they say is still to come."""
        if not known.moves:
            return
        was = known.contact.company_id
        for step in known.moves:
            done = move(known.contact, step.company, was=was, on=step.on, title=step.title, by=self.call.by)
            self.to_score.update(done.companies)
            was = step.company.pk
        stated = {column: getattr(known.contact, column) for column in known.columns}
        known.contact = Contact.objects.get(pk=known.contact.pk)
        for column, value in stated.items():
            setattr(known.contact, column, value)


def name_of(known: Known) -> str:
    """Whom a refusal names: one that an earlier row of the call makes has no id yet."""
    return "another row" if known.created else f"contact {known.contact.pk}"


def text_of_title(contact: Contact) -> str | None:
    """The job title as it is stored."""
    return contact.title.text if contact.title else None


def keys_of(good: Sequence[Person]) -> Iterable[str]:
    """By what the contacts could be found that these rows may make."""
    for each in good:
        if each.email:
            yield f"email {each.email.lower()}"
        elif each.name:
            yield f"person {each.name}"
