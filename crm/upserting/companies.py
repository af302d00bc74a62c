"""Rows to companies: found or made, changed where a row knows better, and answered one by one."""

from collections.abc import Iterable, Sequence

from crm.imports import writing
from crm.imports.among import Among
from crm.imports.applying import Applying, Kept
from crm.imports.columns import SETS
from crm.imports.matching import Account, Accounts, identified, load, load_attributes
from crm.imports.numerals import Refused
from crm.imports.writing import Names
from crm.models import Company, CompanyDomain
from crm.models.visibility import sees_all

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
    RowRefused,
    of_another,
)
from .reading import Statement, StatementReader
from .turns import settled, take_turns

NO_RENAME = "the company goes by another name; change it at its own address"


def upsert_companies(rows: Sequence[object], call: Call) -> Done:
    """What became of each of these rows of JSON, and the companies to score.

    All is written, or nothing where it raises. A row that is refused stops no other. Called in a transaction, whose end
    decides; raises OperationalError where somebody is in the way for long.
    """
    reader = StatementReader(call)
    said = [reader.read(number, row) for number, row in enumerate(rows)]
    return settled(said, lambda part: Settling(part, call).done())


class Settling:
    """The rows of one call and the companies that they are about, which are locked."""

    def __init__(self, said: Sequence[Statement], call: Call) -> None:
        self.said = said
        self.call = call
        self.names = Names(dry=False, by=call.by)
        self.applying = Applying(self.names, source=call.source, today=call.today, undated=call.today)
        self.accounts = Accounts(domain_first=True)
        self.by_key: dict[int, Account] = {}
        self.hidden: set[int] = set()
        self.readonly: set[int] = set()
        self.touched: dict[int, Account] = {}
        self.answers: list[tuple[Answer, Account | None]] = []

    def done(self) -> Done:
        good = [each for each in self.said if not each.faults]
        take_turns(self.keys_of_new(good))
        self.ensure_names(good)
        self.look(good)
        for each in self.said:
            self.settle(each)
        writing.write(self.touched.values(), by=self.call.by)
        done = Done()
        for answer, account in self.answers:
            if account is not None:
                answer.id = account.company.pk
            done.answers.append(answer)
        done.companies = {account.company.pk for account in self.touched.values() if account.changed}
        return done

    def keys_of_new(self, good: Sequence[Statement]) -> Iterable[str]:
        """By what the companies could be found that these rows may make: all that is not known yet."""
        records = [each.record for each in good if each.id is None]
        ids = {record.external_id for record in records if record.external_id}
        known_ids = identified(ids)
        domains = {record.domain for record in records if record.domain}
        known = set(Company.objects.filter(Among("domain", domains)).values_list("domain", flat=True))
        known.update(CompanyDomain.objects.filter(Among("domain", domains)).values_list("domain", flat=True))
        # A row whose company is known adds its other keys, which another call may be adding too.
        for record in records:
            if record.external_id and record.external_id not in known_ids:
                yield f"id {record.external_id[0]} {record.external_id[1]}"
            if record.domain and record.domain not in known:
                yield f"domain {record.domain}"
            if record.name and record.external_id not in known_ids and record.domain not in known:
                yield f"name {record.name_key}"

    def ensure_names(self, good: Sequence[Statement]) -> None:
        """Every name of a set has its row; in one order for all calls, so that none waits for another in a circle."""
        wanted: dict[str, list[str]] = {}
        for each in good:
            for fact, seen in each.record.sets.items():
                wanted.setdefault(fact, []).extend(seen.value)
        for fact in sorted(wanted):
            self.names.ensure(fact, wanted[fact])

    def look(self, good: Sequence[Statement]) -> None:
        """The companies that the rows may be about are at hand and locked, with what the caller may see of them."""
        records = [each.record for each in good]
        keys = {each.id for each in good if each.id is not None}
        loaded = {account.company.pk: account for account in load(self.accounts, records, lock=True, more=keys)}
        self.by_key = loaded
        if any(record.attributes or set(record.sets) - set(SETS) or record.cleared for record in records):
            load_attributes(loaded.values())
        user = self.call.by
        if sees_all(user):
            return
        there = Company.objects.filter(Among("pk", loaded)).order_by()
        visible = set(there.visible_to(user).values_list("pk", flat=True))
        self.hidden = set(loaded) - visible
        self.readonly = visible - set(there.editable_by(user).values_list("pk", flat=True))
        for named in self.accounts.by_name.values():
            named[:] = [each for each in named if each.company.pk not in self.hidden]

    # One row

    def settle(self, said: Statement) -> None:
        """Afterwards the company that the row is about has what it says, or the row is refused."""
        answer = Answer(said.record.line)
        account = None
        if said.faults:
            answer.refuse(*said.faults)
        else:
            try:
                account = self.account_of(said)
                self.check_domain(said, account)
                account = self.put(said, account, answer)
            except RowRefused as refused:
                answer.refuse(refused.fault)
                account = None
        self.answers.append((answer, account))

    def account_of(self, said: Statement) -> Account | None:
        """The company that a row is about; None for a new one."""
        record = said.record
        if said.id is not None:
            account = self.by_key.get(said.id)
            if account is None or said.id in self.hidden:
                raise RowRefused("/id", NOT_OPEN)
            other = self.accounts.by_id.get(record.external_id) if record.external_id else None
            if other is not None and other is not account:
                raise RowRefused("/external_id", self.whose(other, "is the id of"))
        else:
            try:
                account = self.accounts.find(record)
            except Refused as error:
                raise RowRefused("/name", str(error)) from None
        if account is None:
            return None
        if account.company.pk in self.hidden:
            by_id = record.external_id is not None and self.accounts.by_id.get(record.external_id) is account
            raise RowRefused("/external_id" if by_id else "/domain", CANNOT_BE_TAKEN)
        if account.company.pk in self.readonly:
            raise RowRefused("", NOT_YOURS)
        return account

    def check_domain(self, said: Statement, account: Account | None) -> None:
        holder = self.accounts.holder(said.record, account)
        if holder is not None:
            raise RowRefused("/domain", self.whose(holder, "is the domain of"))

    def whose(self, other: Account, what: str) -> str:
        pk = other.company.pk
        return of_another(self.call, "companies", what, name=other.company.name, pk=pk, hidden=pk in self.hidden)

    def put(self, said: Statement, account: Account | None, answer: Answer) -> Account:
        record = said.record
        created = account is None
        if account is None:
            hands = {"owner_id": self.call.owner, "team_id": self.call.team}
            account = Account(Company(name=record.name or "", name_key=record.name_key, **hands), created=True)
        kept: list[Kept] = []
        # The domain that it was found by is nothing new.
        known = record.domain is not None and account.has_domain(record.domain)
        facts = {fact: seen for fact, seen in record.facts.items() if not (known and fact == "domain")}
        changed = self.applying.apply(account, record, facts, kept)
        if not created and record.name and not record.called(account.company.name):
            kept.append(Kept("name", NO_RENAME))
        answer.result = CREATED if created else UPDATED if changed else UNCHANGED
        answer.kept.extend({"fact": each.fact, "detail": each.why} for each in kept)
        self.accounts.add(account)
        self.touched[id(account)] = account
        return account
