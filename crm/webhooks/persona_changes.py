"""Changes of personas on their way to the outbox: of titles for everybody who has them, then of single contacts."""

from django.db.models import Exists, OuterRef, Subquery

from crm.models import Contact, Outbox, PersonaChange, TitlePersona

BATCH = 500

CONTACT, MATCHING = "contact", "matching"


def tell_of_personas(limit: int = BATCH) -> int:
    """The next changes are in the outbox; returns how many were looked at. In the transaction of the caller.

    A title goes first: it stood for something else when people with it were
    told last. Somebody who has a change of their own is told of that alone.
    """
    title = PersonaChange.objects.filter(title__isnull=False).order_by("pk").first()
    return tell_of_title(title, limit) if title else tell_of_contacts(limit)


def tell_of_title(change: PersonaChange, limit: int) -> int:
    """Some more people with this title are in the outbox; with the last of them the change is done with."""
    own = PersonaChange.objects.filter(contact=OuterRef("pk"))
    people = Contact.objects.filter(~Exists(own), title=change.title, persona=None, pk__gt=change.done_to)
    found = list(people.order_by("pk").values_list("pk", "company_id")[:limit])
    Outbox.objects.bulk_create(
        event_of(contact, company, MATCHING, change.before, change.after, change) for contact, company in found
    )
    if len(found) < limit:
        change.delete()
    else:
        PersonaChange.objects.filter(pk=change.pk).update(done_to=found[-1][0])
    return len(found) + 1


def tell_of_contacts(limit: int) -> int:
    """The next contacts that changed themselves are in the outbox, where their personas are others than before."""
    waiting = PersonaChange.objects.filter(title__isnull=False, title=OuterRef("contact_title"))
    changes = PersonaChange.objects.annotate(
        contact_title=Subquery(Contact.objects.filter(pk=OuterRef("contact")).values("title")[:1])
    )
    rows = list(
        changes.filter(~Exists(waiting), contact__isnull=False)
        .order_by("pk")
        .select_for_update(skip_locked=True, of=("self",))[:limit]
    )
    people = {
        pk: (company, persona, title)
        for pk, company, persona, title in Contact.objects.filter(pk__in=[row.contact for row in rows])
        .order_by()
        .values_list("pk", "company_id", "persona", "title_id")
    }
    of_titles = personas_of({title for _, _, title in people.values() if title})
    events = []
    for row in rows:
        if row.contact not in people:
            continue
        company, persona, title = people[row.contact]
        after = persona or of_titles.get(title or 0, "")
        if after != row.before:
            events.append(event_of(row.contact, company, CONTACT, row.before, after, row))
    Outbox.objects.bulk_create(events)
    PersonaChange.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def personas_of(titles: set[int]) -> dict[int, str]:
    """What these titles stand for, by comma."""
    found: dict[int, list[str]] = {}
    rows = TitlePersona.objects.filter(title__in=titles).order_by("title", "place", "pk")
    for title, persona in rows.values_list("title", "persona"):
        found.setdefault(title, []).append(persona)
    return {title: ",".join(personas) for title, personas in found.items()}


def event_of(contact: int, company: int | None, cause: str, before: str, after: str, change: PersonaChange) -> Outbox:
    return Outbox(
        event=Outbox.Event.PERSONA,
        company_id=company,
        contact=contact,
        cause=cause,
        before=before,
        after=after,
        at=change.since,
    )
