"""Lists of the draft: adding, changing and removing lists and their entries."""

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import User

from personas.models import ListEntry, NamedList
from personas.rules import document as rules
from personas.rules.errors import Fault
from personas.rules.matching import ListMatcher
from personas.rules.reading import DocumentReader

from .names import LONGEST_LINE, wrong_with
from .reading import refuse, too_long, version
from .revisions import ChangedMeanwhile, edit
from .uses import refuse_where_used, uses_of_list

LISTS = (NamedList, ListEntry)


def as_list(row: NamedList) -> rules.NamedList:
    """The list as the rule language knows it."""
    entries = tuple(rules.Entry(each.name, tuple(each.aliases)) for each in row.entries.all())
    return rules.NamedList(row.key, row.title, row.match, row.contains_from, entries)


def list_version(row: NamedList) -> str:
    """A word that changes whenever the list or its entries do."""
    return version(row, *row.entries.all())


def save_list(row: NamedList | None, raw: Mapping[str, object], author: User | None, *, base: str = "") -> NamedList:
    """The head of a list, a new one where `row` is None, now says what `raw` says. A key once given stays.

    Raises RuleError, and ChangedMeanwhile when the head is not as in `base`.
    """
    reader = DocumentReader()
    key = row.key if row else str(raw.get("key", ""))
    read = reader.named_list(key, {name: value for name, value in raw.items() if name != "key"})
    faults = [Fault(fault.path.removeprefix(f"lists.{key}").lstrip(".") or "key", fault.message, fault.hint)
              for fault in reader.faults]  # fmt: skip
    faults += too_long(raw, title=200)
    if not raw.get("title"):
        faults.append(Fault("title", "is missing", "what people call the list"))
    if row is None and "\0" not in key and NamedList.objects.filter(key=key).exists():
        faults.append(Fault("key", f"the key {key!r} stands twice"))
    others = NamedList.objects.exclude(pk=row.pk) if row else NamedList.objects.all()
    if len(read.title) <= 200 and others.filter(title__iexact=read.title).exists():
        faults.append(Fault("title", "is the name of another list"))
    if read.contains_from is not None and read.match == "domain":
        faults.append(Fault("contains_from", "goes with names, not with domains", "leave it empty"))
    if row and read.match == "domain" and row.match != "domain":
        stray = [each.name for each in row.entries.all() if wrong_with(each.name, by_domain=True)]
        if stray:
            faults.append(Fault("match", f"{len(stray):,} entries are no domains, such as {stray[0]}"))
    refuse(faults)
    with edit(f"{'Changed' if row else 'Added'} the list {read.title}", author, over=LISTS):
        now = NamedList(position=NamedList.objects.count())
        if row is not None:
            found = NamedList.objects.filter(pk=row.pk).first()
            if found is None or (base and base != version(found)):
                raise ChangedMeanwhile
            now = found
        now.key, now.title, now.match, now.contains_from = key, read.title, read.match, read.contains_from
        now.save()
    return now


def remove_list(row: NamedList, author: User | None) -> None:
    """The list is no longer in the draft; raises RuleError while a criterion uses it."""
    with edit(f"Removed the list {row.title}", author, over=LISTS):
        refuse_where_used("The list", uses_of_list(row.key))
        NamedList.objects.filter(pk=row.pk).delete()


def read_entry(named: NamedList, name: str, aliases: Sequence[str], row: ListEntry | None) -> rules.Entry:
    """The entry as it was typed; raises RuleError with what is wrong with the name or its aliases."""
    matcher = ListMatcher(as_list(named))
    faults: list[Fault] = []
    if not name:
        faults.append(Fault("name", "is missing"))
    elif said := wrong_with(name, by_domain=matcher.domains):
        faults.append(Fault("name", said))
    faults += [Fault("aliases", said) for each in aliases if (said := wrong_with(each, by_domain=matcher.domains))]
    refuse(faults)
    others = {
        matcher.key(each): entry.name
        for entry in named.entries.all()
        if row is None or entry.pk != row.pk
        for each in (entry.name, *entry.aliases)
    }
    held = others.get(matcher.key(name))
    if held is not None:
        faults.append(Fault("name", "is on the list already" + ("" if held == name else f", as “{held}”")))
    spelt: dict[str, str] = {}
    for alias in aliases:
        held = others.get(matcher.key(alias))
        if held is not None:
            faults.append(Fault("aliases", f"“{alias}” stands for “{held}” already"))
        if matcher.key(alias) != matcher.key(name):
            spelt.setdefault(matcher.key(alias), alias)
    if sum(map(len, spelt.values())) > 20 * LONGEST_LINE:
        faults.append(Fault("aliases", "are too many"))
    refuse(faults)
    return rules.Entry(name, tuple(spelt.values()))


def save_entry(
    named: NamedList, row: ListEntry | None, name: str, aliases: Sequence[str], author: User | None, *, base: str = ""
) -> ListEntry:
    """The entry, a new one where `row` is None, has this name and these other spellings.

    Raises RuleError, and ChangedMeanwhile when it is not as in `base`.
    """
    entry = read_entry(named, name, aliases, row)
    with edit(f"{'Changed' if row else 'Added'} “{name}” on the list {named.title}", author, over=LISTS):
        last = named.entries.order_by("-position").values_list("position", flat=True).first()
        now = ListEntry(named_list=named, position=0 if last is None else last + 1)
        if row is not None:
            found = ListEntry.objects.filter(pk=row.pk).first()
            if found is None or (base and base != version(found)):
                raise ChangedMeanwhile
            now = found
        now.name, now.aliases = entry.name, list(entry.aliases)
        now.save()
    return now


def remove_entry(row: ListEntry, author: User | None) -> None:
    """The name is no longer on the list in the draft."""
    with edit(f"Removed “{row.name}” from the list {row.named_list.title}", author, over=LISTS):
        ListEntry.objects.filter(pk=row.pk).delete()


def save_entries(
    named: NamedList, entries: Sequence[rules.Entry], author: User | None, *, base: str, said: str
) -> None:
    """The list has these entries and no others; those that stay keep their ids.

    Raises ChangedMeanwhile when it is not as in `base`.
    """
    with edit(said, author, over=LISTS):
        now = NamedList.objects.filter(pk=named.pk).first()
        if now is None or list_version(now) != base:
            raise ChangedMeanwhile
        matcher = ListMatcher(as_list(now))
        ids = {matcher.key(each.name): each.pk for each in now.entries.all()}
        now.entries.all().delete()
        ListEntry.objects.bulk_create(
            ListEntry(
                pk=ids.get(matcher.key(each.name)),
                named_list=now,
                name=each.name,
                aliases=list(each.aliases),
                position=place,
            )
            for place, each in enumerate(entries)
        )
