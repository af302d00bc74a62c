"""One fact of one account, as somebody states it: the value, who said so, and of which day it is."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django_countries import countries
from simple_history.utils import bulk_create_with_history

from crm.facts import SOURCES
from crm.history import keep_before
from crm.imports.applying import COMPLETE_SINCE
from crm.imports.columns import ENDS, SETS, SINGLE, is_column, put, value_of
from crm.imports.numerals import Refused
from crm.imports.values import clean
from crm.imports.writing import Names as Rows
from crm.imports.writing import spelling
from crm.models import Attribute, Company, CompanyDomain, CompanyTerm, FactSource, Investment
from crm.origins import BY_HAND as BY_HAND
from personas.rules.facts import NUMBERS, Fact, InvalidValue, Kind, Number, Span, read

NAME_LENGTH = 300

RESEARCHED = COMPLETE_SINCE
"""Since when a set is known to be complete; two sets are researched together."""


@dataclass(frozen=True)
class Names:
    """What is said of a set: names in it, names not in it, and whether the names then known are all.

    `complete` None leaves that as it is.
    """

    there: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    complete: bool | None = None


Statement = Number | Span | date | bool | str | Names | None


def can_be_stated(fact: Fact) -> bool:
    """Whether the fact is one that people state; others come from contacts, deals and activities."""
    return is_column(fact.key) or fact.key in SETS or fact.key not in SOURCES


def choices_of(fact: Fact) -> Sequence[tuple[str, str]]:
    """The values that a choice has; none where any word is one."""
    if fact.key == "country":
        return [(code, str(name)) for code, name in countries]
    field: Any = Company._meta.get_field(SINGLE[fact.key]) if fact.key in SINGLE else None
    if field is not None and field.choices:
        return list(field.choices)
    return [(key, key.replace("_", " ").capitalize()) for key in fact.choices]


def state(company: int, fact: Fact, value: Statement, *, by: User | None, source: str = BY_HAND, on: date) -> bool:
    """Whether the fact of the company with this id is now another; it has the value, its source and its history.

    None makes it unknown again. Raises InvalidValue for what the fact cannot
    be, and Company.DoesNotExist. Two people who state different facts lose
    neither: only the columns of this one are written, under a lock of the row.
    """
    if not can_be_stated(fact):
        raise InvalidValue(f"is worked out from other records: {fact.label} cannot be entered")
    try:
        with transaction.atomic():
            account = Company.objects.select_for_update(of=("self",)).get(pk=company)
            statements = Statements(account, by, on)
            changed = statements.put(fact, value)
            statements.finish()
            if value is None:
                FactSource.objects.filter(company=account, fact=fact.key).delete()
            else:
                sign(account, [fact.key], source=source or BY_HAND, person=by.pk if by else None, on=on)
    except ValidationError as error:
        raise InvalidValue(" ".join(error.messages)) from error
    except Refused as error:
        raise InvalidValue(str(error)) from error
    except IntegrityError as error:
        raise InvalidValue("goes against another record that was saved at the same moment; try again") from error
    return changed


def sign(company: Company, facts: Iterable[str], *, source: str, person: int | None, on: date | None) -> None:
    """These facts of the company come from `source`, are of that day, and were entered by the user with that id."""
    FactSource.objects.bulk_create(
        [
            FactSource(company=company, fact=fact, source=source[:200], observed_on=on, person_id=person)
            for fact in sorted(set(facts))
        ],
        update_conflicts=True,
        unique_fields=["company", "fact"],
        update_fields=["source", "observed_on", "stated", "person"],
    )


class Statements:
    """What somebody states of one company, whose row is locked, or is still to be made.

    Its own columns are stored by `finish`, all at once; sets and custom facts
    at once, so that a company that is new is stored before.
    """

    def __init__(self, company: Company, by: User | None, on: date) -> None:
        self.company = company
        self.by = by
        self.on = on
        self.columns: set[str] = set()
        self.beside = False

    def put(self, fact: Fact, value: Statement) -> bool:
        """Whether the fact is now another."""
        changed = self.put_value(fact, value)
        self.beside |= changed
        return changed

    def put_value(self, fact: Fact, value: Statement) -> bool:
        if fact.kind is Kind.SET:
            if value is not None and not isinstance(value, Names):
                raise InvalidValue("is not a list of names")
            return self.put_names(fact, value)
        if isinstance(value, str):
            value = clean(value, limit=1000) or None
        if isinstance(value, Names):
            raise InvalidValue("is a list of names")
        read(fact, value)
        if is_column(fact.key):
            return self.put_columns(fact.key, value)
        return self.put_attribute(fact, value)

    # Columns of the company

    def put_columns(self, fact: str, value: Statement) -> bool:
        before = value_of(self.company, fact)
        if fact in ENDS:
            ends = span_of(value)
            columns = put(self.company, fact, (self.cell(f"{ENDS[fact]}_low", ends.low),
                                               self.cell(f"{ENDS[fact]}_high", ends.high)))  # fmt: skip
        else:
            if isinstance(value, Span):
                raise InvalidValue("is a range, where one value is kept")
            columns = (SINGLE[fact],)
            setattr(self.company, columns[0], self.cell(columns[0], self.word(fact, value)))
        if value_of(self.company, fact) == before:
            return False
        if fact == "domain" and self.company.domain and taken_domains({self.company.domain}, self.company):
            raise InvalidValue("is the domain of another company")
        self.columns.update(columns)
        return True

    def finish(self) -> None:
        """The company is stored as it was stated, and was changed now where anything of it was."""
        if self.columns:
            keep_before([self.company])
            self.save(self.company, [*sorted(self.columns), "updated_at"])
            self.columns.clear()
        elif self.beside:
            Company.objects.filter(pk=self.company.pk).update(updated_at=timezone.now())
        self.beside = False

    def word(self, fact: str, value: Statement) -> object:
        """The value as its column keeps it."""
        if fact == "is_public" and value is not None:
            if value:
                return Company.Status.PUBLIC
            # One that was bought or closed is not listed either.
            kept = self.company.status
            return Company.Status.OPERATING if kept in (None, Company.Status.PUBLIC) else kept
        if fact == "country" and isinstance(value, str):
            return value.upper()
        # Choices are kept by their key; every other word as it is spelled.
        return value

    def cell(self, column: str, value: object) -> Any:
        field: Any = Company._meta.get_field(column)
        return None if value is None else field.clean(value, self.company)

    # Custom facts

    def put_attribute(self, fact: Fact, value: Statement) -> bool:
        if fact.kind in NUMBERS:
            ends = span_of(value)
            return self.attribute(fact.key, low=ends.low, high=ends.high)
        if fact.kind is Kind.DATE:
            return self.attribute(fact.key, day=value)
        if fact.kind is Kind.BOOLEAN:
            return self.attribute(fact.key, boolean=value)
        return self.attribute(fact.key, text=value)

    def attribute(self, fact: str, **values: object) -> bool:
        row = Attribute.objects.filter(company=self.company, fact=fact).first()
        if row is None:
            if not any(value is not None for value in values.values()):
                return False
            row = Attribute(company=self.company, fact=fact)
        elif all(getattr(row, name) == value for name, value in values.items()):
            return False
        for name, value in values.items():
            field: Any = Attribute._meta.get_field(name)
            setattr(row, name, None if value is None else field.clean(value, row))
        keep_before([row])
        self.save(row)
        return True

    # Sets

    def put_names(self, fact: Fact, said: Names | None) -> bool:
        """Whether the set is now another; None: it has no member that is known, and is not complete."""
        there = tuple(clean(name, limit=NAME_LENGTH) for name in said.there) if said else ()
        there = tuple(name for name in there if name)
        rows: Any = self.investments() if fact.key == "investors" else self.terms(fact.key)
        keys = {spelling(fact.key, name) for name in there}
        without = None if said is None else {spelling(fact.key, name) for name in said.gone} - keys
        gone = [row for row in rows if without is None or spelling(fact.key, str(row)) in without]
        known = {row.member for row in rows}
        changed = bool(gone)
        keep_before(gone)
        for row in gone:
            self.sign(row)
            row.delete()
        new = [key for key in self.keys(fact.key, there) if key not in known]
        if new:
            model, member = (Investment, "investor_id") if fact.key == "investors" else (CompanyTerm, "term_id")
            made = [model(company=self.company, **{member: key}) for key in new]
            bulk_create_with_history(made, model, default_user=self.by)
            changed = True
        return self.put_complete(fact.key, False if said is None else said.complete) or changed

    def investments(self) -> list[Investment]:
        rows = self.company.investments.select_related("investor").annotate(member=models.F("investor_id"))
        return list(rows.order_by("pk"))

    def terms(self, vocabulary: str) -> list[CompanyTerm]:
        rows = self.company.terms.filter(term__vocabulary=vocabulary).select_related("term")
        return list(rows.annotate(member=models.F("term_id")).order_by("pk"))

    def keys(self, fact: str, names: tuple[str, ...]) -> list[int]:
        """The keys of these names, each once; what nobody has named before is made."""
        rows = Rows(dry=False, by=self.by)
        rows.ensure(fact, names)
        return list(dict.fromkeys(rows.key(fact, name) for name in names))

    def put_complete(self, fact: str, complete: bool | None) -> bool:
        """Whether it is now otherwise known than before that the names are all."""
        if complete is None:
            return False
        if fact not in RESEARCHED:
            return self.attribute(fact, complete=complete or None)
        column = RESEARCHED[fact]
        present: date | None = getattr(self.company, column)
        if not complete and present is None:
            return False
        if complete and present is not None and self.on <= present:
            return False
        setattr(self.company, column, self.on if complete else None)
        self.columns.add(column)
        return True

    # History

    def sign(self, row: models.Model) -> None:
        """The history of the row will say who did it."""
        if self.by is not None:
            row._history_user = self.by  # type: ignore[attr-defined]

    def save(self, row: models.Model, columns: list[str] | None = None) -> None:
        self.sign(row)
        row.save(update_fields=columns)


def taken_domains(domains: Collection[str], company: Company) -> bool:
    """Whether another company has one of these domains."""
    if not domains:
        return False
    own = company.pk or 0
    further = CompanyDomain.objects.filter(domain__in=domains).exclude(company=own)
    return Company.objects.filter(domain__in=domains).exclude(pk=own).exists() or further.exists()


def span_of(value: Statement) -> Span:
    """A number, a span or nothing, as two ends."""
    if isinstance(value, Span):
        return value
    number = value if isinstance(value, int | Decimal) else None
    return Span(number, number)
