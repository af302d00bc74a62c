"""Writing what rows have changed of contacts, in as few statements as there are tables."""

from collections.abc import Collection, Sequence
from operator import itemgetter

from django.contrib.auth.models import User
from django.utils import timezone

from crm.history import keep_before_of, note
from crm.imports.among import Among
from crm.imports.bulk import insert, new_keys, update
from crm.models import Contact, ContactExternalId, ContactSource
from crm.origins import Origin

from .matching import Known

COLUMNS = [field.attname for field in Contact._meta.concrete_fields]
FEW_WORDS = 100
"""Up to so many sources and facts are written each by a statement of its own, which is cheaper than row by row."""
SOURCE = ("contact_id", "fact", "source", "observed_on")


def write(people: Collection[Known], by: User) -> set[int]:
    """The companies to score: everything of these contacts is stored, with its history, and is taken for stored."""
    changed = [each for each in people if each.changed]
    created = [each for each in changed if each.created]
    edited = sorted((each for each in changed if each.columns and not each.created), key=lambda each: each.contact.pk)
    store(edited, by)
    # After the edits, which may have left an address to somebody new.
    create([each.contact for each in created])
    note(Contact, [each.contact.pk for each in created], "+", by)
    write_ids(changed, by)
    write_sources(changed)
    for each in changed:
        each.written()
    return {each.contact.company_id for each in created + edited if each.contact.company_id}


def store(edited: Sequence[Known], by: User) -> None:
    """The changed columns of these contacts, in ascending id, are stored."""
    if not edited:
        return
    ids = [each.contact.pk for each in edited]
    keep_before_of(Contact, ids)
    now = timezone.now()
    for each in edited:
        each.contact.updated_at = now
    names = [*sorted(set().union(*(each.columns for each in edited))), "updated_at"]
    rows = (each.contact.__dict__ for each in edited)
    update(Contact, ["id"], names, ([row["id"], *(row[name] for name in names)] for row in rows))
    note(Contact, ids, "~", by)


def create(contacts: Sequence[Contact]) -> None:
    """These contacts are stored and have their keys, in the order given; they go in by address."""
    if not contacts:
        return
    now = timezone.now()
    for contact, key in zip(contacts, new_keys(Contact, len(contacts)), strict=True):
        contact.pk = key
        contact.created_at = contact.updated_at = now
        contact._state.adding = False
    rows = (each.__dict__ for each in sorted(contacts, key=lambda each: (each.email or "").lower()))
    insert(Contact, COLUMNS, ([row[name] for name in COLUMNS] for row in rows))


def write_ids(changed: Sequence[Known], by: User) -> None:
    """What other systems call these contacts is stored; it is a change of the contact."""
    new = sorted((*value, each.contact.pk) for each in changed for value in each.new_ids)
    if not new:
        return
    keys = new_keys(ContactExternalId, len(new))
    insert(
        ContactExternalId,
        ("id", "system", "value", "contact_id"),
        ((key, *row) for key, row in zip(keys, new, strict=True)),
    )
    note(ContactExternalId, keys, "+", by)
    beside = {each.contact.pk for each in changed if each.new_ids and not each.columns and not each.created}
    if beside:
        Contact.objects.filter(Among("pk", beside)).update(updated_at=timezone.now())


def write_sources(changed: Sequence[Known]) -> None:
    """It is stored where what is known of these contacts comes from."""
    insert(
        ContactSource,
        SOURCE,
        (
            (each.contact.pk, fact, origin.source, origin.on)
            for each in changed
            for fact, origin in each.origins.to_insert()
        ),
    )
    update_sources(changed)
    gone: dict[str, list[int]] = {}
    for each in changed:
        for fact in each.origins.gone:
            gone.setdefault(fact, []).append(each.contact.pk)
    for fact, keys in gone.items():
        ContactSource.objects.filter(Among("contact_id", keys), fact=fact).delete()


def update_sources(changed: Sequence[Known]) -> None:
    """The sources that were there before are as these contacts have them now: one statement for each word and facts."""
    by_word: dict[tuple[str, Origin], list[int]] = {}
    for each in changed:
        for fact, origin in each.origins.to_update():
            by_word.setdefault((fact, origin), []).append(each.contact.pk)
    if len(by_word) > FEW_WORDS:
        rows = ((pk, fact, word.source, word.on) for (fact, word), keys in by_word.items() for pk in keys)
        update(ContactSource, ("contact_id", "fact"), ("source", "observed_on"), sorted(rows, key=itemgetter(0, 1)))
        return
    together: dict[tuple[Origin, tuple[int, ...]], list[str]] = {}
    for (fact, word), keys in by_word.items():
        together.setdefault((word, tuple(keys)), []).append(fact)
    for (word, ids), facts in together.items():
        rows_there = ContactSource.objects.filter(Among("contact_id", ids), fact__in=facts)
        rows_there.update(source=word.source, observed_on=word.on)
