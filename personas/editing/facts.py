"""Custom facts of the draft: adding, changing, moving, removing."""

from collections.abc import Mapping
from decimal import Decimal

from django.contrib.auth.models import User

from personas.models import CustomFact
from personas.rules.errors import Fault
from personas.rules.facts import BUILT_IN, Fact
from personas.rules.reading import DocumentReader

from .criteria import move
from .publication import read_draft
from .reading import refuse, require, too_long
from .revisions import ChangedMeanwhile, edit
from .uses import refuse_where_used, uses_of_fact

FACTS = (CustomFact,)


def read_fact(key: str, raw: Mapping[str, object], row: CustomFact | None) -> Fact:
    """The fact that `raw` describes as in a document; raises RuleError."""
    reader = DocumentReader()
    fact = reader.custom_fact(key, raw)
    place = f"facts.{key}"
    faults = [
        Fault(each.path.removeprefix(place).lstrip(".") or "key", each.message, each.hint) for each in reader.faults
    ]
    faults += too_long(raw, label=200, unit=60)
    others = CustomFact.objects.exclude(pk=row.pk) if row else CustomFact.objects.all()
    if "\0" not in key and others.filter(key=key).exists():
        faults.append(Fault("key", f"the key {key!r} stands twice"))
    if fact.choices and len(set(fact.choices)) < 2:
        faults.append(Fault("choices", "has one choice only", "one a line"))
    refuse(faults)
    return fact


def save_fact(
    row: CustomFact | None, key: str, raw: Mapping[str, object], author: User | None, *, base: str = ""
) -> CustomFact:
    """The fact, a new one where `row` is None, now says what `raw` says. A key once given stays.

    Raises RuleError, also where what it says now would make something in the draft wrong, and ChangedMeanwhile
    when it is not as in `base`.
    """
    fact = read_fact(row.key if row else key, raw, row)
    with edit(f"{'Changed' if row else 'Added'} the fact {fact.label}", author, over=FACTS):
        before = {str(each) for each in read_draft().faults}
        now = CustomFact(position=CustomFact.objects.count())
        if row is not None:
            found = CustomFact.objects.filter(pk=row.pk).first()
            if found is None:
                raise ChangedMeanwhile
            require(base, found)
            now = found
        now.key, now.label, now.kind, now.unit = fact.key, fact.label, fact.kind, fact.unit
        known = BUILT_IN.get(fact.key)
        now.choices = [] if known and known.choices == fact.choices else list(fact.choices)
        now.ordered = fact.ordered and not (known and known.ordered)
        now.minimum, now.maximum = (
            None if known and getattr(known, end) == value else value if value is None else Decimal(value)
            for end, value in (("minimum", fact.minimum), ("maximum", fact.maximum))
        )
        now.fresh_for_days, now.explanation = fact.fresh_for_days, fact.explanation
        now.save()
        refuse([Fault("", f"the draft would be wrong: {each}") for each in read_draft().faults
                if str(each) not in before])  # fmt: skip
    return now


def move_fact(row: CustomFact, by: int, author: User | None) -> None:
    """The fact changes places with its neighbour."""
    with edit(f"Moved the fact {row.label} {'down' if by > 0 else 'up'}", author, over=FACTS):
        move(list(CustomFact.objects.all()), row, by)


def remove_fact(row: CustomFact, author: User | None) -> None:
    """The fact is no longer in the draft; raises RuleError while something uses it.

    A built-in fact goes back to the label and the limits that it comes with.
    """
    with edit(f"Removed the fact {row.label}", author, over=FACTS):
        if row.key not in BUILT_IN:
            refuse_where_used("The fact", uses_of_fact(row.key))
        CustomFact.objects.filter(pk=row.pk).delete()
