"""Writing what a chunk of rows has changed, in as few statements as there are tables."""

from collections.abc import Iterable, Sequence

from django.db import models
from django.utils import timezone

from crm.models import Company, CompanyTerm, ExternalId, FactSource, Investment, Investor, Term
from personas.rules.words import fold, name_key

from .bulk import insert, new_keys
from .matching import Account

SOURCE = ("company_id", "fact", "source", "observed_on", "stated")
OWN_COLUMNS = [field.attname for field in Company._meta.concrete_fields]


class Names:
    """Investors and terms by name, each looked up or made once in a run."""

    def __init__(self, *, dry: bool) -> None:
        """A dry run makes none: it numbers new names below 0."""
        self.dry = dry
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
                Investor.objects.bulk_create([Investor(name=name) for name in missing], ignore_conflicts=True)
            else:
                Term.objects.bulk_create([Term(vocabulary=fact, name=name) for name in missing], ignore_conflicts=True)
            self.look_up(fact, new)

    def look_up(self, fact: str, names: dict[str, str]) -> None:
        """Afterwards those of these names that are in the database are known; of several spellings the oldest."""
        keys = {name_key(name)[:300] for name in names.values()}
        rows: models.QuerySet[Investor] | models.QuerySet[Term] = (
            Investor.objects.filter(name_key__in=keys)
            if fact == "investors"
            else Term.objects.filter(vocabulary=fact, name_key__in=keys)
        )
        for key, name in rows.order_by("pk").values_list("pk", "name"):
            self.known.setdefault((fact, spelling(fact, name)), key)

    def key(self, fact: str, name: str) -> int:
        """The key of an investor or a term."""
        return self.known[fact, spelling(fact, name)]


def spelling(fact: str, name: str) -> str:
    """What two spellings share: for investors the name without its legal form, for words all but case."""
    return name_key(name)[:300] if fact == "investors" else fold(name)


def write(accounts: Iterable[Account], system: str) -> None:
    """Afterwards the database has what these companies have new or changed; unchanged ones cause no statement.

    The companies are locked since they were loaded, so that nobody else has
    given them the same investor or id meanwhile.
    """
    changed = [account for account in accounts if account.changed]
    if not changed:
        return
    free_domains(sorted(account.company.pk for account in changed if account.lost_domain and not account.created))
    create([account.company for account in changed if account.created])
    changed.sort(key=lambda account: account.company.pk)
    update([account for account in changed if account.columns and not account.created])
    keyed = [(account.company.pk, account) for account in changed]
    insert(
        ExternalId,
        ("company_id", "system", "value"),
        ((key, system, value) for key, account in keyed for value in account.new_ids),
    )
    insert(
        FactSource,
        SOURCE,
        (
            (key, fact, origin.source, origin.on, origin.stated)
            for key, account in keyed
            for fact, origin in account.origins.items()
            if fact in account.new_origins
        ),
    )
    FactSource.objects.bulk_create(
        [
            FactSource(company_id=key, fact=fact, source=origin.source, observed_on=origin.on, stated=origin.stated)
            for key, account in keyed
            for fact, origin in account.origins.items()
            if fact in account.changed_origins
        ],
        update_conflicts=True,
        unique_fields=["company", "fact"],
        update_fields=["source", "observed_on", "stated"],
    )
    links = ((key, investor) for key, account in keyed for investor in account.new_investors)
    insert(Investment, ("company_id", "investor_id"), links)
    insert(
        CompanyTerm, ("company_id", "term_id"), ((key, term) for key, account in keyed for term in account.new_terms)
    )


def create(companies: Sequence[Company]) -> None:
    """Afterwards these companies are stored and have their keys, in the order given."""
    if not companies:
        return
    now = timezone.now()
    for company, key in zip(companies, new_keys(Company, len(companies)), strict=True):
        company.pk = key
        company.created_at = company.updated_at = now
    values = (company.__dict__ for company in companies)
    insert(Company, OWN_COLUMNS, ([value[name] for name in OWN_COLUMNS] for value in values))


def update(changed: Sequence[Account]) -> None:
    """Afterwards the changed columns of these companies, in ascending id, are stored.

    One upsert that always meets its row: an UPDATE with a CASE for each row and
    column costs ten times as much.
    """
    if changed:
        Company.objects.bulk_create(
            [account.company for account in changed],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*sorted(set().union(*(account.columns for account in changed))), "updated_at"],
        )


def free_domains(losers: Sequence[int]) -> None:
    """Afterwards others can have the domains of these companies."""
    if losers:
        Company.objects.filter(pk__in=losers).update(domain=None, updated_at=timezone.now())
        FactSource.objects.filter(company__in=losers, fact="domain").delete()
