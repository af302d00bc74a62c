"""What a row says of its company, put to the company: newer goes before older, and a person before all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from crm.models import Attribute

from .columns import SETS, Value, is_column, put, value_of
from .matching import Account, Origin
from .rows import Names, Record, Seen, Stored
from .writing import ATTRIBUTE_COLUMNS
from .writing import Names as Rows

COMPLETE_SINCE: Mapping[str, str] = {
    "investors": "funding_researched_on",
    "accelerators": "funding_researched_on",
    "tags": "tags_researched_on",
    "technologies": "tags_researched_on",
}
"""Since when a set is known to be complete; two sets are researched together."""
NOT_LISTED = "false"
"""How a row states that a company is on no exchange, when that is all it states of its status."""

BY_PERSON = "a person stated it"
OLDER = "the value that is kept was observed later"
EARLIER_ROW = "an earlier row of the same file gave it"

Said = Seen[Value] | Seen[Names] | Seen[Stored]


@dataclass(frozen=True)
class Kept:
    """A fact of which the row's value was not taken, and why."""

    fact: str
    why: str


class Applying:
    """Puts rows to companies in memory; nothing is written.

    `complete` are the sets of which every row lists all members. With
    `undated` a value without a day is of that day when it replaces another.
    """

    def __init__(
        self, names: Rows, *, source: str, today: date, complete: tuple[str, ...] = (), undated: date | None = None
    ) -> None:
        self.names = names
        self.source = source
        self.today = today
        self.complete = complete
        self.undated = undated

    def apply(
        self,
        account: Account,
        record: Record,
        facts: Mapping[str, Seen[Value]],
        kept: list[Kept],
        *,
        again: bool = False,
    ) -> bool:
        """Whether the row had anything new for its company, which it then has; `kept` has what was not taken."""
        new = False
        if record.external_id and record.external_id not in account.ids:
            account.ids.add(record.external_id)
            account.new_ids.append(record.external_id)
            new = True
        for fact, value in facts.items():
            new |= self.apply_value(account, fact, value, kept, again=again)
        for fact, names in record.sets.items():
            new |= self.apply_names(account, fact, names, kept)
        for fact, stored in record.attributes.items():
            new |= self.apply_attribute(account, fact, stored, kept)
        for fact in self.complete:
            on = record.sets[fact].on if fact in record.sets else None
            new |= self.mark_complete(account, fact, on)
        for fact in record.cleared:
            new |= self.clear(account, fact, record.cleared_on, kept)
        return new

    # One value

    def apply_value(
        self, account: Account, fact: str, seen: Seen[Value], kept: list[Kept], *, again: bool = False
    ) -> bool:
        """Whether the company's value of a fact, or where it comes from, is now another.

        A value stays when a person entered it, when it was observed later, or
        when an earlier row of the same file, not observed earlier, gave it.
        """
        origin = account.origins.get(fact)
        present = value_of(account.company, fact)
        same = present == seen.value or (fact == "domain" and account.has_domain(str(seen.value)))
        unlisted = fact == "is_public" and seen.stated == NOT_LISTED and present in ("acquired", "closed")
        if same or unlisted:
            return self.confirm(account, fact, seen)
        why = BY_PERSON if account.by_person(fact) else ""
        if not why and present is not None:
            why = OLDER if older(seen, origin) else EARLIER_ROW if again and not newer(seen, origin) else ""
        if why:
            kept.append(Kept(fact, why))
            return False
        account.columns.update(put(account.company, fact, seen.value))
        self.put_source(account, fact, seen)
        return True

    # Sets

    def apply_names(self, account: Account, fact: str, seen: Seen[Names], kept: list[Kept]) -> bool:
        """Whether the company's members of a set are now others; none is taken away but by a complete list."""
        origin = account.origins.get(fact)
        keys = dict.fromkeys(self.names.key(fact, name) for name in seen.value)
        present, added, gone = (
            (account.investors, account.new_investors, account.gone_investors)
            if fact == "investors"
            else (account.terms, account.new_terms, account.gone_terms)
        )
        missing = [key for key in keys if key not in present]
        extra = [key for key, of in present.items() if of == fact and key not in keys] if seen.complete else []
        if not missing and not extra:
            new = self.confirm(account, fact, seen)
            return (seen.complete and self.mark_complete(account, fact, seen.on)) or new
        if account.by_person(fact):
            kept.append(Kept(fact, BY_PERSON))
            return False
        since = self.complete_since(account, fact)
        if missing and since and seen.on and seen.on < since:
            # A list that is known to be all of a later day would no longer be, if it had what was seen before.
            kept.append(Kept(fact, OLDER))
            return False
        if extra and older(seen, origin):
            kept.append(Kept(fact, OLDER))
            extra = []
            if not missing:
                return False
        elif seen.complete:
            self.mark_complete(account, fact, seen.on)
        for key in missing:
            present[key] = fact
            if key in gone:
                gone.discard(key)
            else:
                added.append(key)
        for key in extra:
            del present[key]
            if key in added:
                added.remove(key)
            else:
                gone.add(key)
        undated_counts = self.undated is not None and not older(seen, origin)
        if origin is None or origin.on is None or newer(seen, origin) or undated_counts:
            self.put_source(account, fact, seen)
        return True

    def complete_since(self, account: Account, fact: str) -> date | None:
        """The day of which the company's set is known to be complete; None where it is not, or nobody said when."""
        column = COMPLETE_SINCE.get(fact)
        if column is not None:
            since: date | None = getattr(account.company, column)
            return since
        row, origin = account.attributes.get(fact), account.origins.get(fact)
        return origin.on if row is not None and row.complete and origin is not None else None

    def mark_complete(self, account: Account, fact: str, on: date | None) -> bool:
        """Whether the company's set is now known to be complete, or known for a later day."""
        column = COMPLETE_SINCE.get(fact)
        if column is None:
            return self.put_columns(account, fact, {"complete": True})
        present: date | None = getattr(account.company, column)
        if present and (on is None or on <= present):
            return False
        setattr(account.company, column, on or self.today)
        account.columns.add(column)
        return True

    # Custom facts

    def apply_attribute(self, account: Account, fact: str, seen: Seen[Stored], kept: list[Kept]) -> bool:
        """Whether the company's value of a custom fact, or where it comes from, is now another."""
        origin = account.origins.get(fact)
        row = account.attributes.get(fact)
        if row is not None and all(getattr(row, name) == value for name, value in seen.value.items()):
            return self.confirm(account, fact, seen)
        known = row is not None and any(getattr(row, name) is not None for name in seen.value)
        if account.by_person(fact) or (known and older(seen, origin)):
            kept.append(Kept(fact, BY_PERSON if account.by_person(fact) else OLDER))
            return False
        self.put_columns(account, fact, seen.value)
        self.put_source(account, fact, seen)
        return True

    def put_columns(self, account: Account, fact: str, values: Stored) -> bool:
        """Whether the row of a custom fact, which is made where it was missing, is now another."""
        row = account.attributes.get(fact)
        if row is None:
            row = account.attributes[fact] = Attribute(company=account.company, fact=fact)
        elif all(getattr(row, name) == value for name, value in values.items()):
            return False
        for name, value in values.items():
            setattr(row, name, value)
        account.changed_attributes.add(fact)
        return True

    # Unknown again

    def clear(self, account: Account, fact: str, on: date | None, kept: list[Kept]) -> bool:
        """Whether a fact that was known is now unknown; what a person stated or was observed after `on` stays."""
        if account.by_person(fact):
            kept.append(Kept(fact, BY_PERSON))
            return False
        origin = account.origins.get(fact)
        known = (origin.on if origin else None, self.complete_since(account, fact))
        if on is not None and any(day is not None and on < day for day in known):
            kept.append(Kept(fact, OLDER))
            return False
        new = account.origins.drop(fact)
        if is_column(fact):
            if value_of(account.company, fact) is None:
                return new
            account.columns.update(put(account.company, fact, None))
            return True
        if fact not in SETS and fact in account.attributes:
            new |= self.put_columns(account, fact, dict.fromkeys(ATTRIBUTE_COLUMNS))
        return self.forget_members(account, fact) or new

    def forget_members(self, account: Account, fact: str) -> bool:
        """Whether the company had a member of the set, of which it then has none, and which is then not complete."""
        present, added, gone = (
            (account.investors, account.new_investors, account.gone_investors)
            if fact == "investors"
            else (account.terms, account.new_terms, account.gone_terms)
        )
        mine = [key for key, of in present.items() if of == fact]
        for key in mine:
            del present[key]
            if key in added:
                added.remove(key)
            else:
                gone.add(key)
        column = COMPLETE_SINCE.get(fact)
        if column and getattr(account.company, column) is not None:
            setattr(account.company, column, None)
            account.columns.add(column)
            return True
        return bool(mine)

    # Sources

    def confirm(self, account: Account, fact: str, seen: Said) -> bool:
        """Whether a value that was known before is now known from a source, or for a later day."""
        origin = account.origins.get(fact)
        if origin and (account.by_person(fact) or not newer(seen, origin)):
            return False
        self.put_source(account, fact, seen)
        return True

    def put_source(self, account: Account, fact: str, seen: Said) -> None:
        """Afterwards the fact's source is this row's."""
        source = (seen.source or self.source)[:200]
        account.origins.put(fact, Origin(source, seen.on or self.undated, seen.stated or None))


def newer(seen: Said, origin: Origin | None) -> bool:
    """Whether a row's word on a fact is known to be of a later day than the present one."""
    return seen.on is not None and (origin is None or origin.on is None or seen.on > origin.on)


def older(seen: Said, origin: Origin | None) -> bool:
    """Whether a row's word on a fact is known to be of an earlier day than the present one."""
    return seen.on is not None and origin is not None and origin.on is not None and seen.on < origin.on
