"""Which company a row is about.

A row is about the company that

1. has its external id in the same system; else
2. has its domain and its name; else
3. is the only one of its name in its country (or with no known country), and has
   no other domain and no other id in the same system. A row without a country is
   about the only company of its name anywhere; else
4. has its domain and is called otherwise, for companies change their names. Not
   when the same system has another id for that company, or an earlier row of the
   same file was about it: then the row is about a company of its own, such as a
   subsidiary, and cannot have the domain.

Where `domain_first` is said, as programs are understood, 4 goes before 3: whoever
names a domain means its company, also where another has the name.

Else it is about a new company. A row that has only a name, which several
companies have, is refused: taking one of them or making another would both be
guesses, and making another would be one more each time the file is imported.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from crm.models import (
    Attribute,
    Company,
    CompanyDomain,
    CompanyTerm,
    ContactExternalId,
    ExternalId,
    FactSource,
    Investment,
)
from crm.names import owns

from .among import Among
from .columns import Value, value_of
from .numerals import Refused
from .rows import ExternalKey, Record
from .sources import Sources


@dataclass
class Origin:
    """Where the value of a fact comes from: a FactSource without the weight of a model."""

    source: str
    on: date | None
    stated: str | None
    by_person: bool = False


@dataclass(eq=False)
class Account:
    """A company as it stands, or will stand once this chunk is written."""

    company: Company
    created: bool = False
    domains: set[str] = field(default_factory=set)
    ids: set[ExternalKey] = field(default_factory=set)
    origins: Sources[Origin] = field(default_factory=Sources)
    investors: dict[int, str] = field(default_factory=dict)
    terms: dict[int, str] = field(default_factory=dict)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    seen: bool = False

    lost_domain: bool = False
    new_ids: list[ExternalKey] = field(default_factory=list)
    new_investors: list[int] = field(default_factory=list)
    new_terms: list[int] = field(default_factory=list)
    gone_investors: set[int] = field(default_factory=set)
    gone_terms: set[int] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    changed_attributes: set[str] = field(default_factory=set)

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return bool(
            self.created
            or self.lost_domain
            or self.columns
            or self.new_ids
            or self.origins
            or self.new_investors
            or self.new_terms
            or self.gone_investors
            or self.gone_terms
            or self.changed_attributes
        )

    @property
    def country(self) -> Value | None:
        """Its country's code."""
        return value_of(self.company, "country")

    def by_person(self, fact: str) -> bool:
        """Whether a person entered the present value of a fact."""
        origin = self.origins.get(fact)
        return origin is not None and origin.by_person

    def has_domain(self, domain: str) -> bool:
        """Whether a domain is one of its own."""
        return self.company.domain == domain or domain in self.domains

    def has_any_domain(self) -> bool:
        """Whether it has a domain at all."""
        return self.company.domain is not None or bool(self.domains)

    def is_called_in(self, external_id: ExternalKey) -> bool:
        """Whether the system of this id has an id for it."""
        return any(system == external_id[0] for system, _ in self.ids)


@dataclass
class Accounts:
    """The companies that the rows of one chunk may be about; with `domain_first` a domain goes before any name."""

    domain_first: bool = False

    keys: set[int] = field(default_factory=set)
    by_id: dict[ExternalKey, Account] = field(default_factory=dict)
    by_domain: dict[str, Account] = field(default_factory=dict)
    by_name: dict[str, list[Account]] = field(default_factory=lambda: defaultdict(list))

    def find(self, record: Record) -> Account | None:
        """The company that a row is about; None for a new one. Raises Refused when the row fits several."""
        if record.external_id and (known := self.by_id.get(record.external_id)):
            return known
        holder = self.by_domain.get(record.domain) if record.domain else None
        if holder and (not record.name or record.called(holder.company.name)):
            return holder
        if holder and self.domain_first and not self.another(holder, record):
            return holder
        if not record.name:
            raise Refused("has no name that can be read, and its id and domain are not known")
        named = self.of_name(record)
        if len(named) == 1:
            return named[0]
        if holder and not self.another(holder, record):
            return holder
        if named and not record.external_id and not record.domain:
            raise Refused(f"{len(named)} companies are called {record.name!r}: give a domain, an id or the country")
        return None

    def of_name(self, record: Record) -> list[Account]:
        """The companies of a row's name, in its country or with none, that nothing else speaks against."""
        found = [account for account in self.by_name.get(record.name_key, ()) if self.may_be(record, account)]
        if not record.country:
            return found
        here = [account for account in found if account.country == record.country]
        return here or [account for account in found if account.country is None]

    def another(self, holder: Account, record: Record) -> bool:
        """Whether one who holds the row's domain and is called otherwise is another company.

        It is when the same system has another id for it, or an earlier row of
        the same file was about it.
        """
        return holder.seen or bool(record.external_id and holder.is_called_in(record.external_id))

    def may_be(self, record: Record, account: Account) -> bool:
        """Whether nothing but the name speaks of a row and a company as two."""
        if record.domain and account.has_any_domain() and not account.has_domain(record.domain):
            return False
        return not (record.external_id and account.is_called_in(record.external_id))

    def holder(self, record: Record, account: Account | None) -> Account | None:
        """The other company that has the row's domain."""
        holder = self.by_domain.get(record.domain) if record.domain else None
        return None if holder is account else holder

    def yields(self, record: Record, account: Account | None, holder: Account) -> bool:
        """Whether the row's company takes its domain from the holder: it is called like the domain, the holder is not.

        In a list where a daughter company stands before its parent with the same
        domain, the parent has it in the end. What a person entered stays, and a
        company that has a domain takes no other.
        """
        domain, name = record.domain or "", record.name or ""
        if holder.company.domain != domain or holder.by_person("domain"):
            return False
        if account and (account.company.domain or account.by_person("domain")):
            return False
        return owns(name, domain) and not owns(holder.company.name, domain)

    def add(self, account: Account) -> None:
        """Afterwards rows can be found to be about this company."""
        for value in account.ids:
            self.by_id[value] = account
        for domain in (account.company.domain, *account.domains):
            if domain:
                self.by_domain[domain] = account
        same_name = self.by_name[account.company.name_key]
        if account not in same_name:
            same_name.append(account)


def load(accounts: Accounts, records: Sequence[Record], *, lock: bool, more: Collection[int] = ()) -> Sequence[Account]:
    """The companies that these rows may be about and `accounts` had not, locked in ascending id; it then has them.

    `more` are ids of others to have.
    """
    loaded = loaded_accounts(keys_of(records).union(more) - accounts.keys, lock=lock)
    for account in loaded:
        accounts.keys.add(account.company.pk)
        accounts.add(account)
    return loaded


def keys_of(records: Sequence[Record]) -> set[int]:
    """The ids of the companies that these rows may be about."""
    found = identified({record.external_id for record in records if record.external_id})
    domains = {record.domain for record in records if record.domain}
    names = {record.name_key for record in records if record.name and record.external_id not in found}
    keys = set(found.values())
    keys.update(Company.objects.filter(Among("domain", domains)).values_list("pk", flat=True))
    keys.update(CompanyDomain.objects.filter(Among("domain", domains)).values_list("company_id", flat=True))
    keys.update(Company.objects.filter(Among("name_key", names)).values_list("pk", flat=True))
    return keys


def identified(
    ids: Iterable[ExternalKey], model: type[ExternalId | ContactExternalId] = ExternalId, whose: str = "company_id"
) -> dict[ExternalKey, int]:
    """Which companies, or what else `model` has ids of, have these ids in other systems."""
    values: dict[str, list[str]] = defaultdict(list)
    for system, value in ids:
        values[system].append(value)
    return {
        (system, value): key
        for system, some in values.items()
        for value, key in model._default_manager.filter(Among("value", some), system=system).values_list("value", whose)
    }


def loaded_accounts(keys: Collection[int], *, lock: bool) -> Sequence[Account]:
    """The companies with these keys and all that an import compares, in ascending key."""
    if not keys:
        return []
    companies = Company.objects.filter(Among("pk", keys)).order_by("pk")
    if lock and connection.features.has_select_for_update:
        companies = companies.select_for_update()
    by_key = {company.pk: Account(company) for company in companies}
    for key, domain in CompanyDomain.objects.filter(Among("company_id", keys)).values_list("company_id", "domain"):
        by_key[key].domains.add(domain)
    for key, system, value in ExternalId.objects.filter(Among("company_id", keys)).values_list(
        "company_id", "system", "value"
    ):
        by_key[key].ids.add((system, value))
    origins = FactSource.objects.filter(Among("company_id", keys))
    for key, fact, source, on, person in origins.values_list(
        "company_id", "fact", "source", "observed_on", "person_id"
    ):
        by_key[key].origins.load(fact, Origin(source, on, None, person is not None))
    for key, investor in Investment.objects.filter(Among("company_id", keys)).values_list("company_id", "investor_id"):
        by_key[key].investors[investor] = "investors"
    terms = CompanyTerm.objects.filter(Among("company_id", keys)).values_list(
        "company_id", "term_id", "term__vocabulary"
    )
    for key, term, vocabulary in terms:
        by_key[key].terms[term] = vocabulary
    return list(by_key.values())


def load_attributes(accounts: Collection[Account]) -> None:
    """These companies, which are stored, have the values of their custom facts at hand."""
    by_key = {account.company.pk: account for account in accounts}
    for row in Attribute.objects.filter(Among("company_id", by_key)):
        by_key[row.company_id].attributes[row.fact] = row
