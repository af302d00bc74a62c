"""A writer: `writers NUMBER SEED FOLDER`. It changes facts in every way there is, until it is told to end.

Three of them share the accounts. Each value has one writer, who so knows what
the last acknowledged edit of it was: the columns of a company have one, what
hangs on it another, the names that many share a third.
"""

import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from threading import Event

from django.contrib.auth.models import User
from django.core.signals import got_request_exception
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone

from crm.models import (
    Activity,
    Attribute,
    Company,
    CompanyTerm,
    Contact,
    Deal,
    Employer,
    FactSource,
    Investment,
    Investor,
    JobTitle,
    Override,
    Term,
    TitlePersona,
)

from .forms import Desk, Refused
from .journal import WRITERS, Journal, Value

FEWEST = 15
PAUSE_SECONDS = 0.02
AWAY_SECONDS = 0.3
STAGES = ("seed", "series_a", "series_b")
CITIES = ("Berlin", "Oslo", None)
# Errors after which nothing was stored for certain: a constraint, a deadlock, a wait that was too long.
UNDONE = ("23", "40", "55", "57014")


class Gone(Exception):
    """Somebody else has deleted what was to be changed."""


@dataclass
class Edit:
    """What will be stored, by key, and the call that stores it; what is new gets its key while it is stored."""

    values: dict[str, Value]
    store: Callable[[], None]


class Writer:
    """One of the writers, its share of everything, and what it has done so far."""

    def __init__(self, number: int, seed: int, folder: Path, ended: Event) -> None:
        self.number = number
        self.rng = Random(f"{seed} {number}")
        self.desk = Desk()
        self.author = User.objects.get(username="chaos")
        self.journal = Journal(folder / f"writer{number}.journal")
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.faults: list[str] = []
        self.ended = ended
        self.companies: list[int] = []
        self.everyone: list[int] = []
        self.neighbours: list[int] = []
        self.last: list[int] = []
        self.contacts: list[int] = []

        self.acts: dict[str, Callable[[], Edit | None]] = {
            "form save": self.save_form,
            "update": self.update,
            "bulk_update": self.bulk_update,
            "raw SQL": self.raw,
            "several in one transaction": self.transaction,
            "bulk_create companies": self.create_companies,
            "cascade delete": self.delete_company,
            "contact moved": self.move_contact,
            "bulk_create contacts": self.create_contacts,
            "attribute": self.set_attribute,
            "date of a value": self.observe,
            "override": self.override,
            "investment": self.invest,
            "deal": self.deal,
            "activity": self.call,
            "tag": self.tag,
            "shared name": self.rename,
        }

    def look(self) -> None:
        """Know which companies and contacts there are."""
        self.everyone = list(Company.objects.order_by("pk").values_list("pk", flat=True))
        self.companies = [pk for pk in self.everyone if pk % WRITERS == self.number]
        self.neighbours = [pk for pk in self.everyone if (pk + 1) % WRITERS == self.number]
        contacts = Contact.objects.order_by("pk").values_list("pk", flat=True)
        self.contacts = [pk for pk in contacts if pk % WRITERS == self.number]

    def run(self) -> None:
        """Edit until told to end."""
        while not self.ended.is_set():
            if self.done.total() % 40 == 0 and not self.can_look():
                continue
            name = self.rng.choice(list(self.acts))
            edit = self.acts[name]()
            if edit is not None:
                self.store(name, edit)
            time.sleep(self.rng.random() * PAUSE_SECONDS)

    def can_look(self) -> bool:
        """Whether the database let us look around."""
        try:
            self.look()
        except (DatabaseError, InterfaceError):
            self.wait()
            return False
        return True

    def store(self, name: str, edit: Edit) -> None:
        """The edit is made and in the journal, or refused, or nobody knows."""
        try:
            edit.store()
        except Gone:
            self.refused["gone"] += 1
        except Refused as refusal:
            if refusal.fault:
                self.faults.append(f"{name}: {refusal}")
            self.refused[str(refusal)] += 1
            self.journal.maybe(edit.values)
        except (DatabaseError, InterfaceError) as error:
            state = getattr(error.__cause__, "sqlstate", None) or ""
            self.refused[f"{type(error).__name__} {state}".strip()] += 1
            if not state.startswith(UNDONE):
                self.journal.maybe(edit.values)
                self.wait()
        else:
            self.done[name] += 1
            self.journal.acknowledged(edit.values)

    def wait(self) -> None:
        """The database may be away: try again later, on a new connection."""
        connection.close()
        time.sleep(AWAY_SECONDS)

    # Columns of a company

    def some(self, number: int) -> list[int]:
        """So many companies in the order of their ids; often those edited last, which may be in a drain's hands now."""
        again = [pk for pk in self.last if pk in self.companies]
        if not again or self.rng.random() < 0.4:
            again = self.rng.sample(self.companies, min(number, len(self.companies)))
        self.last = again[:number]
        return sorted(self.last)

    def size(self) -> int:
        return self.rng.randint(1, 60)

    def save_form(self) -> Edit:
        [company] = self.some(1)
        employees, city = self.size(), self.rng.choice(CITIES)
        values: dict[str, Value] = {"employees": employees, "city": city, "stage": None, "founded": None}
        values = {f"company {company} {column}": value for column, value in values.items()}
        return Edit(values, lambda: self.desk.save(company, employees=str(employees), city=city or ""))

    def update(self) -> Edit:
        ids, size = self.some(5), self.size()
        return Edit(
            {f"company {pk} employees": size for pk in ids},
            lambda: self.touch(Company.objects.filter(pk__in=ids).update(employees_low=size, employees_high=size)),
        )

    def bulk_update(self) -> Edit:
        rows = [Company(pk=pk, funding_stage=self.rng.choice(STAGES)) for pk in self.some(5)]
        return Edit(
            {f"company {row.pk} stage": row.funding_stage for row in rows},
            lambda: self.touch(Company.objects.bulk_update(rows, ["funding_stage"])),
        )

    def raw(self) -> Edit:
        ids, year = self.some(3), self.rng.randint(1990, 2024)

        def store() -> None:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE crm_company SET founded = %s WHERE id = ANY (%s)", [year, ids])

        return Edit({f"company {pk} founded": year for pk in ids}, store)

    def transaction(self) -> Edit:
        """Two companies in two statements, with a pause before the end."""
        ids, size, pause = self.some(2), self.size(), self.rng.random() / 10

        def store() -> None:
            with transaction.atomic():
                for pk in ids:
                    Company.objects.filter(pk=pk).update(employees_low=size, employees_high=size)
                    time.sleep(pause / 2)

        return Edit({f"company {pk} employees": size for pk in ids}, store)

    def create_companies(self) -> Edit:
        sizes = [self.size() for _ in range(3)]
        values: dict[str, Value] = {}

        def store() -> None:
            rows = [
                Company(name=f"New company {size}", employees_low=size, employees_high=size, city="Berlin")
                for size in sizes
            ]
            for row in Company.objects.bulk_create(rows):
                values[f"company {row.pk} made"] = True

        return Edit(values, store)

    def delete_company(self) -> Edit | None:
        if len(self.companies) < FEWEST:
            return None
        pk = self.rng.choice(self.companies)
        self.companies.remove(pk)
        return Edit({f"company {pk} deleted": True}, lambda: self.touch(Company.objects.filter(pk=pk).delete()[0]))

    def touch(self, rows: int) -> None:
        """Raises Gone when a call has found no row to change."""
        if not rows:
            raise Gone

    # What hangs on a company: another writer's than its columns

    def related(self) -> int:
        return self.rng.choice(self.neighbours)

    def move_contact(self) -> Edit | None:
        if not self.contacts:
            return None
        contact, company = self.rng.choice(self.contacts), self.rng.choice(self.everyone)
        return Edit(
            {f"contact {contact} company": company},
            lambda: self.touch(Contact.objects.filter(pk=contact).update(company=company)),
        )

    def create_contacts(self) -> Edit:
        company, title = self.related(), self.rng.choice(self.titles())
        values: dict[str, Value] = {}

        def store() -> None:
            rows = [Contact(name="New person", company_id=company, title_id=title, followers=5) for _ in range(2)]
            values.update({f"contact {row.pk} made": company for row in Contact.objects.bulk_create(rows)})

        return Edit(values, store)

    def titles(self) -> range:
        return range(1, 11)

    def set_attribute(self) -> Edit:
        company, seats = self.related(), self.rng.choice((0, 3, 10, 30, 60))
        return Edit(
            {f"attribute {company} seats": seats},
            lambda: keep(Attribute, company, low=seats, high=seats),
        )

    def observe(self) -> Edit:
        company = self.related()
        day = date.today() - timedelta(days=self.rng.choice((0, 10, 29, 31, 90)))  # noqa: DTZ011
        return Edit(
            {f"source {company} seats": day.isoformat()},
            lambda: keep(FactSource, company, source="chaos", observed_on=day),
        )

    def override(self) -> Edit:
        company, segment = self.related(), self.rng.choice(("growth", "early", ""))

        def store() -> None:
            with transaction.atomic():
                Override.objects.filter(company=company, ended_at=None).update(ended_at=timezone.now())
                if segment:
                    Override.objects.create(
                        company_id=company, segment=segment, reason="Chaos", author=self.author, expires_on="2999-01-01"
                    )

        return Edit({f"override {company}": segment or None}, store)

    def invest(self) -> Edit:
        company, investor, wanted = self.related(), self.rng.randint(1, 12), self.rng.random() < 0.6

        def store() -> None:
            if wanted:
                Investment.objects.get_or_create(company_id=company, investor_id=investor)
            else:
                Investment.objects.filter(company=company, investor=investor).delete()

        return Edit({f"investment {company} {investor}": wanted}, store)

    def deal(self) -> Edit:
        company, closing = self.related(), self.rng.random() < 0.5
        values: dict[str, Value] = {}

        def store() -> None:
            with transaction.atomic():
                day = timezone.localdate()
                if closing:
                    deals = Deal.objects.filter(company=company, closed_on=None)
                    values.update({f"deal {pk} {company}": True for pk in deals.values_list("pk", flat=True)})
                    deals.update(stage="lost", closed_on=day)
                else:
                    row = Deal.objects.create(company_id=company, name="Chaos", opened_on=day)
                    values[f"deal {row.pk} {company}"] = False

        return Edit(values, store)

    def call(self) -> Edit:
        company, days = self.related(), self.rng.choice((0, 29, 31, 90))
        values: dict[str, Value] = {}

        def store() -> None:
            moment = timezone.now() - timedelta(days=days)
            row = Activity.objects.create(company_id=company, kind="call", summary="Chaos", happened_at=moment)
            values[f"activity {row.pk} {company}"] = True

        return Edit(values, store)

    def tag(self) -> Edit:
        company, term, wanted = self.related(), self.rng.randint(1, 6), self.rng.random() < 0.5

        def store() -> None:
            if wanted:
                CompanyTerm.objects.get_or_create(company_id=company, term_id=term)
            else:
                CompanyTerm.objects.filter(company=company, term=term).delete()

        return Edit({f"term {company} {term}": wanted}, store)

    # What many companies share: a kind of it to each writer

    def rename(self) -> Edit:
        return (self.rename_investor, self.rename_term, self.match_title)[self.number]()

    def rename_investor(self) -> Edit:
        """In or out of the list of leading investors."""
        pk = self.rng.randint(1, 12)
        name = self.rng.choice((f"Sequoia Capital {pk}", f"Quiet Money {pk - 1}"))
        return Edit({f"investor {pk} name": name}, lambda: self.touch(Investor.objects.filter(pk=pk).update(name=name)))

    def rename_term(self) -> Edit:
        """A tag in or out of those asked for, or an employer that becomes a giant, or a company of ours."""
        kind = self.rng.randint(0, 2)
        if kind == 0:
            name = self.rng.choice(("Infra", "Tag 0"))
            return Edit({"term 1 name": name}, lambda: self.touch(Term.objects.filter(pk=1).update(name=name)))
        pk = self.rng.randint(1, 8)
        if kind == 1:
            name = self.rng.choice((f"Grand Works {pk}", f"Plain Works {pk - 1}"))
            return Edit(
                {f"employer {pk} name": name}, lambda: self.touch(Employer.objects.filter(pk=pk).update(name=name))
            )
        company = self.rng.choice(self.everyone)
        return Edit(
            {f"employer {pk} company": company},
            lambda: self.touch(Employer.objects.filter(pk=pk).update(company=company)),
        )

    def match_title(self) -> Edit:
        """A title stands for another persona, or for none for certain, or is called otherwise."""
        kind, pk = self.rng.randint(0, 2), self.rng.choice(self.titles())
        if kind == 0:
            persona = self.rng.choice(("sam", "pam"))
            return Edit(
                {f"title {pk} persona": persona},
                lambda: self.touch(TitlePersona.objects.filter(title=pk, place=0).update(persona=persona)),
            )
        if kind == 1:
            result = self.rng.choice(("match", "ambiguous"))
            return Edit(
                {f"title {pk} result": result},
                lambda: self.touch(JobTitle.objects.filter(pk=pk).update(result=result)),
            )
        text = self.rng.choice(("Head of Chaos", "Title 0"))
        return Edit({"title 1 text": text}, lambda: self.touch(JobTitle.objects.filter(pk=1).update(text=text)))


def keep(model: type[Attribute] | type[FactSource], company: int, **values: object) -> None:
    """What is said of the seats of a company is this."""
    model._default_manager.update_or_create(company_id=company, fact="seats", defaults=values)


def main(arguments: Sequence[str]) -> int:
    """Edits until SIGTERM, then says what was done and what was refused, as JSON."""
    number, seed, folder = arguments
    ended = Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    writer = Writer(int(number), int(seed), Path(folder), ended)
    got_request_exception.connect(writer.desk.remember)
    writer.run()
    print(json.dumps({"done": writer.done, "refused": writer.refused, "faults": writer.faults}), flush=True)
    return 0
