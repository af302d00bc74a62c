"""Rows to companies: what is new is added, what is newer is changed, what says nothing changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import islice

from django.db import IntegrityError, OperationalError, connection, transaction

from crm.models import Company

from . import writing
from .columns import SETS, Value, put, value_of
from .matching import Account, Accounts, Origin, load
from .numerals import Refused
from .reading import BadLine, Row
from .rows import Record, Refusal, RowReader, Seen
from .writing import Names

CHUNK = {"sqlite": 200, "postgresql": 2000}
ATTEMPTS = 3
RESEARCHED = {"investors": "funding_researched_on", "tags": "tags_researched_on"}


class OnError(StrEnum):
    """What happens to a row with a cell that cannot be taken."""

    KEEP = "keep"
    SKIP = "skip"
    STOP = "stop"


class Stopped(Exception):
    """A cell was refused in a run that was to stop there; nothing of its chunk is written."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))


@dataclass
class Counts:
    """How a run went, in rows; `cells` refused in rows that were kept, `kept` cells that did not replace a value."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    empty: int = 0
    cells: int = 0
    kept: int = 0
    left: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass(frozen=True)
class Plan:
    """How a run is to go."""

    source: str
    system: str = "import"
    on_error: OnError = OnError.KEEP
    complete: tuple[str, ...] = ()
    today: date = date.max
    dry: bool = False


Reject = Callable[[Refusal, Sequence[str]], None]


@dataclass
class Chunk:
    """What the rows of one transaction come to."""

    counts: Counts = field(default_factory=Counts)
    rejects: list[tuple[Refusal, Sequence[str]]] = field(default_factory=list)
    accounts: dict[int, Account] = field(default_factory=dict)


class Import:
    """One run over the rows of one file."""

    def __init__(self, reader: RowReader, plan: Plan, reject: Reject) -> None:
        self.reader = reader
        self.plan = plan
        self.reject = reject
        self.names = Names(dry=plan.dry)
        self.seen = Keys()
        self.remembered = Accounts()

    def run(self, rows: Iterable[Row | BadLine]) -> Iterator[Counts]:
        """The counts of each chunk once it is written. Raises Stopped, with the chunk undone, when told to stop."""
        rows = iter(rows)
        while taken := list(islice(rows, CHUNK[connection.vendor])):
            chunk = self.chunk(taken)
            for refusal, cells in chunk.rejects:
                self.reject(refusal, cells)
            yield chunk.counts

    def chunk(self, rows: Sequence[Row | BadLine]) -> Chunk:
        """What these rows come to, written in one transaction; tried again when another session was in the way."""
        records: list[Record | BadLine] = [row if isinstance(row, BadLine) else self.reader.read(row) for row in rows]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if self.plan.dry:
                    chunk = self.settled(records)
                else:
                    with transaction.atomic():
                        chunk = self.settled(records)
                        writing.write(chunk.accounts.values(), self.plan.system)
            except (IntegrityError, OperationalError):
                self.names.forget()
                if attempt == ATTEMPTS:
                    raise
            else:
                break
        if not self.plan.dry:
            for account in chunk.accounts.values():
                self.seen.add(account.company.pk)
        return chunk

    def settled(self, records: Sequence[Record | BadLine]) -> Chunk:
        """The companies as these rows leave them, with nothing written yet but names."""
        chunk = Chunk()
        good = [record for record in records if isinstance(record, Record)]
        for fact in SETS:
            self.names.ensure(
                fact, (name for record in good if fact in record.sets for name in record.sets[fact].value)
            )
        accounts = self.remembered if self.plan.dry else Accounts()
        for account in load(accounts, good, self.plan.system, lock=not self.plan.dry):
            account.seen = account.company.pk in self.seen
        for record in records:
            chunk.counts.rows += 1
            if isinstance(record, BadLine):
                self.refuse(chunk, [Refusal(record.line, "", record.reason)], record.cells)
            elif record.empty:
                chunk.counts.empty += 1
            else:
                self.settle(chunk, accounts, record)
        return chunk

    def refuse(self, chunk: Chunk, refusals: Sequence[Refusal], cells: Sequence[str]) -> None:
        """Afterwards the row is counted as rejected."""
        if self.plan.on_error is OnError.STOP:
            raise Stopped(refusals[0])
        chunk.counts.rejected += 1
        chunk.rejects.extend((refusal, cells) for refusal in refusals)

    def settle(self, chunk: Chunk, accounts: Accounts, record: Record) -> None:
        """Afterwards the company that the row is about has what it says."""
        refused = list(record.refused)
        try:
            account = accounts.find(record)
        except Refused as error:
            refused += [] if record.name_refused else [Refusal(record.line, "", str(error))]
            self.refuse(chunk, refused, record.cells)
            return
        facts = record.facts
        holder = accounts.holder(record, account)
        if holder and not accounts.yields(record, account, holder):
            reason = f"{record.domain} is the domain of {holder.company.name!r}"
            refused.append(Refusal(record.line, facts["domain"].column, reason))
            facts = {fact: seen for fact, seen in facts.items() if fact != "domain"}
            holder = None
        if refused and self.plan.on_error is not OnError.KEEP:
            self.refuse(chunk, refused, record.cells)
            return
        chunk.rejects.extend((refusal, record.cells) for refusal in refused)
        chunk.counts.cells += len(refused)
        chunk.counts.left += record.left
        if holder:
            self.take_domain(chunk, holder, record)
        created = account is None
        if account is None:
            account = Account(Company(name=record.name or "", name_key=record.name_key), created=True)
        changed = self.apply(chunk, account, record, facts)
        chunk.counts.created += created
        chunk.counts.updated += changed and not created
        chunk.counts.unchanged += not changed and not created
        account.seen = True
        accounts.add(account)
        chunk.accounts[id(account)] = account

    def take_domain(self, chunk: Chunk, holder: Account, record: Record) -> None:
        """Afterwards the holder is without the domain that another company is called after, and that is reported."""
        seen = record.facts["domain"]
        holder.company.domain = None
        holder.lost_domain = True
        holder.origins.pop("domain", None)
        holder.new_origins.discard("domain")
        holder.changed_origins.discard("domain")
        chunk.accounts[id(holder)] = holder
        note = Refusal(
            record.line, seen.column, f"{seen.value} is now of {record.name!r} and no longer of {holder.company.name!r}"
        )
        chunk.rejects.append((note, record.cells))
        chunk.counts.cells += 1

    def apply(self, chunk: Chunk, account: Account, record: Record, facts: Mapping[str, Seen[Value]]) -> bool:
        """Whether the row had anything new for its company, which it then has."""
        again = account.seen
        new = False
        if record.external_id and record.external_id not in account.ids:
            account.ids.add(record.external_id)
            account.new_ids.append(record.external_id)
            new = True
        for fact, seen in facts.items():
            new |= self.apply_value(chunk, account, fact, seen, again=again)
        for fact, names in record.sets.items():
            new |= self.apply_names(chunk, account, fact, names)
        for fact in self.plan.complete:
            new |= self.apply_complete(account, fact, record)
        return new

    def apply_value(self, chunk: Chunk, account: Account, fact: str, seen: Seen[Value], *, again: bool) -> bool:
        """Whether the company's value of a fact, or where it comes from, is now another.

        A value stays when a person entered it, when it was observed later, or
        when an earlier row of the same file, not observed earlier, gave it.
        """
        origin = account.origins.get(fact)
        present = value_of(account.company, fact)
        if present == seen.value or (fact == "domain" and account.has_domain(str(seen.value))):
            return self.confirm(account, fact, seen)
        if account.by_person(fact) or (
            present is not None and (older(seen, origin) or (again and not newer(seen, origin)))
        ):
            chunk.counts.kept += 1
            return False
        account.columns.update(put(account.company, fact, seen.value))
        self.put_source(account, fact, seen)
        return True

    def apply_names(self, chunk: Chunk, account: Account, fact: str, seen: Seen[tuple[str, ...]]) -> bool:
        """Whether the company now has members of a set that it had not; none is taken away."""
        origin = account.origins.get(fact)
        keys = dict.fromkeys(self.names.key(fact, name) for name in seen.value)
        present, added = (
            (account.investors, account.new_investors) if fact == "investors" else (account.terms, account.new_terms)
        )
        missing = [key for key in keys if key not in present]
        if not missing:
            return self.confirm(account, fact, seen)
        if account.by_person(fact):
            chunk.counts.kept += 1
            return False
        present.update(missing)
        added.extend(missing)
        if origin is None or origin.on is None or newer(seen, origin):
            self.put_source(account, fact, seen)
        return True

    def apply_complete(self, account: Account, fact: str, record: Record) -> bool:
        """Whether the company's set is now known to be complete, or known for a later day; an empty cell means none."""
        column = RESEARCHED[fact]
        day = record.sets[fact].on if fact in record.sets else None
        present: date | None = getattr(account.company, column)
        if present and (day is None or day <= present):
            return False
        setattr(account.company, column, day or self.plan.today)
        account.columns.add(column)
        return True

    def confirm(self, account: Account, fact: str, seen: Seen[Value] | Seen[tuple[str, ...]]) -> bool:
        """Whether a value that was known before is now known from a source, or for a later day."""
        origin = account.origins.get(fact)
        if origin and (account.by_person(fact) or not newer(seen, origin)):
            return False
        self.put_source(account, fact, seen)
        return True

    def put_source(self, account: Account, fact: str, seen: Seen[Value] | Seen[tuple[str, ...]]) -> None:
        """Afterwards the fact's source is this file."""
        if fact not in account.origins:
            account.new_origins.add(fact)
        elif fact not in account.new_origins:
            account.changed_origins.add(fact)
        account.origins[fact] = Origin(self.plan.source[:200], seen.on, seen.stated or None)


def newer(seen: Seen[Value] | Seen[tuple[str, ...]], origin: Origin | None) -> bool:
    """Whether a row's word on a fact is known to be of a later day than the present one."""
    return seen.on is not None and (origin is None or origin.on is None or seen.on > origin.on)


def older(seen: Seen[Value], origin: Origin | None) -> bool:
    """Whether a row's word on a fact is known to be of an earlier day than the present one."""
    return seen.on is not None and origin is not None and origin.on is not None and seen.on < origin.on


class Keys:
    """A set of primary keys, one bit each: a run over millions of rows must know which companies it has met."""

    def __init__(self) -> None:
        self.bits = bytearray()

    def add(self, key: int) -> None:
        """Afterwards the key is in the set."""
        if key >> 3 >= len(self.bits):
            self.bits.extend(bytes((key >> 3) + 1024 - len(self.bits)))
        self.bits[key >> 3] |= 1 << (key & 7)

    def __contains__(self, key: int) -> bool:
        return key >> 3 < len(self.bits) and bool(self.bits[key >> 3] & 1 << (key & 7))
