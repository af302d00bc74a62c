"""Companies made and changed in one go: what is known of them, what others call them, and who works them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, Q, QuerySet
from simple_history.utils import bulk_create_with_history

from crm.history import keep_before
from crm.imports.columns import is_column
from crm.imports.numerals import Refused
from crm.models import Company, CompanyDomain, ExternalId, FactSource
from crm.names import NotADomain, registrable_domain
from crm.stating import RESEARCHED, Names, Statement, Statements, sign, taken_domains
from personas.rules.facts import Fact, InvalidValue

TAKEN = "This cannot be taken: another company has it."
STATUS = "status"
FACT_OF_STATUS = "is_public"


class Wrong(Exception):
    """What was said of a company cannot be: each fault by the path to it."""

    def __init__(self, faults: Mapping[str, Any]) -> None:
        super().__init__(dict(faults))
        self.faults = dict(faults)


class AtOdds(Exception):
    """Somebody saved another record at the same moment that this one goes against."""


@dataclass(frozen=True)
class Origin:
    """Where a fact comes from, and of which day it is."""

    source: str
    on: date


@dataclass(frozen=True)
class Said:
    """What somebody says of one company; what is not in here stays as it is.

    `columns` are no facts; `status` is among them and stands for the fact that
    it answers. `sources` names the origin of single facts, `origin` that of all
    others. Of `domains` and `external_ids`, None leaves them, else they are all.
    """

    by: User
    origin: Origin
    person: int | None
    columns: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[Fact, Statement] = field(default_factory=dict)
    sources: Mapping[str, Origin] = field(default_factory=dict)
    domains: Sequence[str] | None = None
    external_ids: Sequence[tuple[str, str]] | None = None


def save_account(company: Company, said: Said) -> None:
    """The company is as somebody said, with sources and history: a new one, or one whose row is locked.

    Raises Wrong with everything that cannot be, and AtOdds.
    """
    try:
        with transaction.atomic():
            Saving(company, said).save()
    except IntegrityError as error:
        raise AtOdds from error


class Saving:
    """One company on its way to what was said of it."""

    def __init__(self, company: Company, said: Said) -> None:
        self.company = company
        self.said = said
        self.statements = Statements(company, said.by, said.origin.on)
        self.wrong: dict[str, Any] = {}
        self.changed: set[str] = set()

    def save(self) -> None:
        known = self.stored_sources()
        self.put_columns()
        beside = {fact: value for fact, value in self.said.facts.items() if not is_column(fact.key)}
        self.put({fact: value for fact, value in self.said.facts.items() if fact not in beside})
        if self.wrong:
            raise Wrong(self.wrong)
        if self.company._state.adding:
            self.create(beside)
        self.put(beside)
        self.put_domains()
        self.put_external_ids()
        if self.wrong:
            raise Wrong(self.wrong)
        self.statements.beside |= self.sign(known)
        self.statements.finish()

    def create(self, beside: Mapping[Fact, Statement]) -> None:
        """The company is stored, with all of its own columns at once."""
        for fact, value in beside.items():
            if (
                fact.key in RESEARCHED
                and isinstance(value, Names)
                and self.statements.put_complete(fact.key, value.complete)
            ):
                self.changed.add(fact.key)
        self.statements.columns.clear()
        self.statements.save(self.company)

    def put_columns(self) -> None:
        for name, value in self.said.columns.items():
            if getattr(self.company, name) == value:
                continue
            setattr(self.company, name, value)
            self.statements.columns.add(name)
            if name == STATUS:
                self.changed.add(FACT_OF_STATUS)

    def put(self, facts: Mapping[Fact, Statement]) -> None:
        for fact, value in facts.items():
            with self.noting(path_of(fact)):
                if self.statements.put(fact, value):
                    self.changed.add(fact.key)

    @contextmanager
    def noting(self, path: str) -> Iterator[None]:
        """What cannot be is kept with the path to it, and the rest goes on."""
        try:
            yield
        except ValidationError as error:
            self.fault(path, " ".join(error.messages))
        except (InvalidValue, Refused, NotADomain) as error:
            self.fault(path, f"{str(error)[:1].upper()}{str(error)[1:]}.")

    def fault(self, path: str, text: str) -> None:
        outer, _, inner = path.partition("/")
        if inner:
            self.wrong.setdefault(outer, {}).setdefault(inner, []).append(text)
        else:
            self.wrong.setdefault(outer, []).append(text)

    # What others call it

    def put_domains(self) -> None:
        if self.said.domains is None:
            return
        wanted: set[str] = set()
        for text in self.said.domains:
            with self.noting("domains"):
                wanted.add(registrable_domain(text) or "")
        wanted -= {"", self.company.domain}
        has = set(self.company.further_domains.values_list("domain", flat=True))
        new = wanted - has
        if taken_domains(new, self.company):
            self.fault("domains", TAKEN)
        elif has != wanted:
            self.drop(self.company.further_domains.filter(domain__in=has - wanted))
            self.add(CompanyDomain, (CompanyDomain(company=self.company, domain=each) for each in sorted(new)))
            self.statements.beside = True

    def put_external_ids(self) -> None:
        if self.said.external_ids is None:
            return
        rows = {(row.system, row.value): row.pk for row in self.company.external_ids.all()}
        new = [each for each in dict.fromkeys(self.said.external_ids) if each not in rows]
        taken = Q(pk__in=[])
        for system, value in new:
            taken |= Q(system=system, value=value)
        if ExternalId.objects.filter(taken).exists():
            self.fault("external_ids", TAKEN)
            return
        gone = [pk for each, pk in rows.items() if each not in set(self.said.external_ids)]
        if new or gone:
            self.drop(self.company.external_ids.filter(pk__in=gone))
            self.add(ExternalId, (ExternalId(company=self.company, system=name, value=value) for name, value in new))
            self.statements.beside = True

    def drop(self, rows: QuerySet[Any]) -> None:
        """These rows are gone; the history says who removed them, and what they were."""
        found = list(rows)
        keep_before(found)
        for row in found:
            row._history_user = self.said.by
            row.delete()

    def add(self, model: type[Model], rows: Iterable[Model]) -> None:
        """These rows are stored, with their history."""
        bulk_create_with_history(list(rows), model, default_user=self.said.by)

    # Where it comes from

    def stored_sources(self) -> Mapping[str, tuple[str, date | None]]:
        if self.company._state.adding:
            return {}
        rows = FactSource.objects.filter(company=self.company).order_by()
        return {fact: (source, on) for fact, source, on in rows.values_list("fact", "source", "observed_on")}

    def sign(self, known: Mapping[str, tuple[str, date | None]]) -> bool:
        """Whether a source is now another: what was changed, or said to come from elsewhere, has its own.

        What is unknown has none.
        """
        values: dict[str, object] = {fact.key: value for fact, value in self.said.facts.items()}
        if STATUS in self.said.columns:
            values[FACT_OF_STATUS] = self.said.columns[STATUS]
        unknown = [key for key, value in values.items() if value is None]
        gone = [key for key in unknown if key in known]
        if gone:
            FactSource.objects.filter(company=self.company, fact__in=gone).delete()
        by_origin: dict[Origin, list[str]] = {}
        for key in values.keys() - set(unknown):
            origin = self.said.sources.get(key)
            anew = origin is not None and known.get(key) != (origin.source, origin.on)
            if anew or key in self.changed:
                by_origin.setdefault(origin or self.said.origin, []).append(key)
        for origin, keys in by_origin.items():
            sign(self.company, keys, source=origin.source, person=self.said.person, on=origin.on)
        return bool(gone or by_origin)


def path_of(fact: Fact) -> str:
    """Where the fact stands among what is said of a company."""
    return f"custom/{fact.key}" if fact.custom else fact.key
