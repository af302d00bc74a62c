"""Writing what a chunk of rows has changed, in as few statements as there are tables."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS, models
from django.utils import timezone

from crm.history import keep_before_of, note
from crm.models import Attribute, Company, CompanyTerm, ExternalId, FactSource, Investment, Investor, Term
from personas.rules.words import fold, name_key

from .among import Among
from .bulk import insert, new_keys, update
from .matching import Account

SOURCE = ("company_id", "fact", "source", "observed_on", "stated")
ATTRIBUTE_COLUMNS = ("low", "high", "day", "boolean", "text", "complete")
ATTRIBUTE_KEYED = ("id", *ATTRIBUTE_COLUMNS)
ATTRIBUTE = ("id", "company_id", "fact", *ATTRIBUTE_COLUMNS)
OWN_COLUMNS = [field.attname for field in Company._meta.concrete_fields]


class Names:
    """Investors and terms by name, each looked up or made once in a run."""

    def __init__(self, *, dry: bool, by: User | None = None) -> None:
        """A dry run makes none: it numbers new names below 0. With `by` new investors are in the history under it."""
        self.dry = dry
        self.by = by
        self.known: dict[tuple[str, str], int] = {}

    def forget(self) -> None:
        """Afterwards nothing is taken for known that a rollback has undone."""
        self.known.clear()

    def ensure(self, fact: str, names: Iterable[str]) -> None:
        """Afterwards `key` knows all these names of the fact's vocabulary."""
        new: dict[str, str] = {}
        for name in dict.fromkeys(names):
            if (fact, key := spelling(fact, name)) not in self.known:
                new.setdefault(key, name)
        if not new:
            return
        self.look_up(fact, new)
        missing = [new[key] for key in sorted(new) if (fact, key) not in self.known]
        if self.dry:
            for name in missing:
                self.known[fact, spelling(fact, name)] = -len(self.known) - 1
        elif missing:
            if fact == "investors":
                self.make_investors(missing)
            else:
                Term.objects.bulk_create([Term(vocabulary=fact, name=name) for name in missing], ignore_conflicts=True)
            self.look_up(fact, new)

    def make_investors(self, names: Sequence[str]) -> None:
        """Afterwards there are investors of these names; those that nobody else made meanwhile have a history."""
        ids = new_keys(Investor, len(names))
        rows = [Investor(pk=pk, name=name) for pk, name in zip(ids, names, strict=True)]
        Investor.objects.bulk_create(rows, ignore_conflicts=True)
        if self.by:
            note(Investor, ids, "+", self.by)

    def look_up(self, fact: str, names: dict[str, str]) -> None:
        """Afterwards those of these names that are in the database are known; of several spellings the oldest."""
        keys = {name_key(name)[:300] for name in names.values()}
        rows: models.QuerySet[Investor] | models.QuerySet[Term] = (
            Investor.objects.filter(Among("name_key", keys))
            if fact == "investors"
            else Term.objects.filter(Among("name_key", keys), vocabulary=fact)
        )
        for key, name in rows.order_by("pk").values_list("pk", "name"):
            self.known.setdefault((fact, spelling(fact, name)), key)

    def key(self, fact: str, name: str) -> int:
        """The key of an investor or a term."""
        return self.known[fact, spelling(fact, name)]


def spelling(fact: str, name: str) -> str:
    """What two spellings share: for investors the name without its legal form, for words all but case."""
    return name_key(name)[:300] if fact == "investors" else fold(name)


def write(accounts: Iterable[Account], *, by: User | None = None) -> None:
    """Afterwards the database has what these companies have new or changed; unchanged ones cause no statement.

    The companies are locked since they were loaded, so that nobody else has
    given them the same investor or id meanwhile. With `by` all of it is in the
    history under that name; a file leaves none there.
    """
    changed = [account for account in accounts if account.changed]
    if not changed:
        return
    edited = sorted(account.company.pk for account in changed if account.columns and not account.created)
    if by:
        keep_before_of(Company, edited)
    free_domains(sorted(account.company.pk for account in changed if account.lost_domain and not account.created))
    created = [account for account in changed if account.created]
    create([account.company for account in created])
    changed.sort(key=lambda account: account.company.pk)
    store([account for account in changed if account.columns and not account.created])
    if by:
        note(Company, [account.company.pk for account in created], "+", by)
        note(Company, edited, "~", by)
    keyed = [(account.company.pk, account) for account in changed]
    write_external_ids(keyed, by)
    write_sources(keyed)
    write_links(Investment, "investor_id", keyed, "investors", by)
    write_links(CompanyTerm, "term_id", keyed, "terms", by)
    write_attributes(keyed, by)


Keyed = Sequence[tuple[int, Account]]


def write_external_ids(keyed: Keyed, by: User | None) -> None:
    """Afterwards these companies have the ids in other systems that were new for them; in one order for all callers."""
    new = sorted((*value, key) for key, account in keyed for value in account.new_ids)
    if not new:
        return
    ids = new_keys(ExternalId, len(new))
    insert(ExternalId, ("id", "system", "value", "company_id"), ((pk, *row) for pk, row in zip(ids, new, strict=True)))
    if by:
        note(ExternalId, ids, "+", by)


def write_sources(keyed: Keyed) -> None:
    """Afterwards it is stored where the facts of these companies come from."""
    insert(
        FactSource,
        SOURCE,
        (
            (key, fact, origin.source, origin.on, origin.stated)
            for key, account in keyed
            for fact, origin in account.origins.to_insert()
        ),
    )
    update(
        FactSource,
        ("company_id", "fact"),
        ("source", "observed_on", "stated"),
        (
            (key, fact, origin.source, origin.on, origin.stated)
            for key, account in keyed
            for fact, origin in account.origins.to_update()
        ),
    )
    gone: dict[str, list[int]] = {}
    for key, account in keyed:
        for fact in account.origins.gone:
            gone.setdefault(fact, []).append(key)
    for fact, keys in gone.items():
        FactSource.objects.filter(Among("company_id", keys), fact=fact).delete()


def write_links(model: type[models.Model], member: str, keyed: Keyed, what: str, by: User | None) -> None:
    """Afterwards these companies have the investors, or the terms, that they have now."""
    manager: Any = model._default_manager
    gone = [(key, link) for key, account in keyed for link in getattr(account, f"gone_{what}")]
    if gone:
        wanted = set(gone)
        there = manager.filter(Among("company_id", {key for key, _ in gone})).values_list("pk", "company_id", member)
        rows = sorted(pk for pk, company, link in there if (company, link) in wanted)
        if by:
            keep_before_of(model, rows)
            note(model, rows, "-", by)
            # Otherwise each row would be loaded, to tell the history once more.
            manager.filter(Among("pk", rows))._raw_delete(DEFAULT_DB_ALIAS)
        else:
            manager.filter(Among("pk", rows)).delete()
    new = [(key, link) for key, account in keyed for link in getattr(account, f"new_{what}")]
    if not new:
        return
    if by is None:
        insert(model, ("company_id", member), new)
        return
    ids = new_keys(model, len(new))
    insert(model, ("id", "company_id", member), ((pk, *link) for pk, link in zip(ids, new, strict=True)))
    note(model, ids, "+", by)


def write_attributes(keyed: Keyed, by: User | None) -> None:
    """Afterwards the custom facts of these companies are stored."""
    rows = [account.attributes[fact] for _, account in keyed for fact in sorted(account.changed_attributes)]
    new = [row for row in rows if row._state.adding]
    known = [row for row in rows if not row._state.adding]
    if by:
        keep_before_of(Attribute, [row.pk for row in known])
    update(Attribute, ["id"], ATTRIBUTE_COLUMNS, ([getattr(row, name) for name in ATTRIBUTE_KEYED] for row in known))
    if new:
        for row, pk in zip(new, new_keys(Attribute, len(new)), strict=True):
            row.pk, row.company_id = pk, row.company.pk
        insert(Attribute, ATTRIBUTE, ([getattr(row, name) for name in ATTRIBUTE] for row in new))
    if by:
        note(Attribute, [row.pk for row in known], "~", by)
        note(Attribute, [row.pk for row in new], "+", by)


def create(companies: Sequence[Company]) -> None:
    """Afterwards these companies are stored and have their keys, in the order given.

    They go in by domain, so that two who add the same ones wait for each other and never in a circle.
    """
    if not companies:
        return
    now = timezone.now()
    for company, key in zip(companies, new_keys(Company, len(companies)), strict=True):
        company.pk = key
        company.created_at = company.updated_at = now
    values = (company.__dict__ for company in sorted(companies, key=lambda each: each.domain or ""))
    insert(Company, OWN_COLUMNS, ([value[name] for name in OWN_COLUMNS] for value in values))


def store(changed: Sequence[Account]) -> None:
    """Afterwards the changed columns of these companies, in ascending id, are stored.

    One statement for all: an UPDATE with a CASE for each row and column costs a hundred times as much.
    """
    if not changed:
        return
    now = timezone.now()
    columns = sorted(set().union(*(account.columns for account in changed)))
    for account in changed:
        account.company.updated_at = now
    values = (account.company.__dict__ for account in changed)
    names = [*columns, "updated_at"]
    update(Company, ["id"], names, ([row["id"], *(row[name] for name in names)] for row in values))


def free_domains(losers: Sequence[int]) -> None:
    """Afterwards others can have the domains of these companies."""
    if losers:
        Company.objects.filter(pk__in=losers).update(domain=None, updated_at=timezone.now())
        FactSource.objects.filter(company__in=losers, fact="domain").delete()
