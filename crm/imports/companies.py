"""Rows to companies: what is new is added, what is newer is changed, what says nothing changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import islice

from django.db import IntegrityError, OperationalError, connection, transaction

from crm.models import Company

from . import writing
from .applying import COMPLETE_SINCE, Applying, Kept
from .columns import SETS
from .matching import Account, Accounts, load
from .numerals import Refused
from .reading import BadLine, Row
from .rows import Record, Refusal, RowReader
from .writing import Names

CHUNK = {"sqlite": 200, "postgresql": 2000}
ATTEMPTS = 3
RESEARCHED = {fact: COMPLETE_SINCE[fact] for fact in ("investors", "tags")}


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
        self.applying = Applying(self.names, source=plan.source, today=plan.today, complete=plan.complete)
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
                        writing.write(chunk.accounts.values())
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
        for account in load(accounts, good, lock=not self.plan.dry):
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
        kept: list[Kept] = []
        changed = self.applying.apply(account, record, facts, kept, again=account.seen)
        chunk.counts.kept += len(kept)
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
        holder.origins.drop("domain")
        chunk.accounts[id(holder)] = holder
        note = Refusal(
            record.line, seen.column, f"{seen.value} is now of {record.name!r} and no longer of {holder.company.name!r}"
        )
        chunk.rejects.append((note, record.cells))
        chunk.counts.cells += 1


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
