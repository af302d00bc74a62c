"""Which contact a row is about: the one with its id, else external id, else e-mail address, else name at its company.

A name alone is not taken for somebody whom the same system has under another id.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Max
from django.db.models.functions import Lower

from crm.imports.among import Among
from crm.imports.matching import identified
from crm.imports.rows import ExternalKey
from crm.imports.sources import Sources
from crm.models import Company, Contact, ContactExternalId, ContactMove, ContactSource
from crm.origins import Origin

from .answers import NOT_OPEN, Call, RowRefused, of_another
from .people import Person


@dataclass(eq=False)
class Known:
    """A contact as it stands, or will stand once this is written; `moved_on` is the day of the last move."""

    contact: Contact
    created: bool = False
    hidden: bool = False
    readonly: bool = False
    moved_on: date | None = None
    ids: set[ExternalKey] = field(default_factory=set)
    origins: Sources[Origin] = field(default_factory=Sources)

    columns: set[str] = field(default_factory=set)
    new_ids: list[ExternalKey] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.created or self.columns or self.new_ids or self.origins)

    def by_person(self, fact: str) -> bool:
        """Whether a person entered the present value of a fact."""
        origin = self.origins.get(fact)
        return origin is not None and origin.person is not None

    def is_called_in(self, external_id: ExternalKey) -> bool:
        """Whether the system of this id has an id for them."""
        return any(system == external_id[0] for system, _ in self.ids)

    def written(self) -> None:
        """Afterwards all of it is taken for stored."""
        self.created = False
        self.columns.clear()
        self.new_ids.clear()
        self.origins.written()


class People:
    """The contacts that the rows of a call may be about."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.by_key: dict[int, Known] = {}
        self.by_external_id: dict[ExternalKey, Known] = {}
        self.by_email: dict[str, Known] = {}
        self.by_name: dict[tuple[int | None, str], list[Known]] = defaultdict(list)

    def load(self, rows: Sequence[Person], companies: dict[int, int | None]) -> None:
        """The contacts that these rows may be about are at hand and locked; `companies` by the line of the row."""
        ids = keys_of(rows, companies)
        there = Contact.objects.filter(Among("pk", ids)).order_by("pk")
        held = list(there.select_related("title").select_for_update(of=("self",)))
        visible = set(there.visible_to(self.call.by).order_by().values_list("pk", flat=True))
        editable = set(there.editable_by(self.call.by).order_by().values_list("pk", flat=True))
        found = [Known(each, hidden=each.pk not in visible, readonly=each.pk not in editable) for each in held]
        read_beside(found)
        for known in found:
            self.add(known)

    def add(self, known: Known) -> None:
        """Afterwards rows can be found to be about this contact."""
        contact = known.contact
        if contact.pk is not None:
            self.by_key[contact.pk] = known
        for each in known.ids:
            self.by_external_id[each] = known
        if contact.email:
            self.by_email[contact.email.lower()] = known
        if not known.hidden:
            same = self.by_name[contact.company_id, contact.name]
            if known not in same:
                same.append(known)

    def find(self, said: Person, company: Company | None) -> Known | None:
        """The contact that a row is about; None for a new one. Raises RowRefused."""
        named = self.by_external_id.get(said.external_id) if said.external_id else None
        addressed = self.by_email.get(said.email.lower()) if said.email else None
        known = named or addressed
        if said.id is not None:
            known = self.by_key.get(said.id)
            if known is None or known.hidden:
                raise RowRefused("/id", NOT_OPEN)
        if named is not None and (named is not known or named.hidden):
            raise RowRefused("/external_id", self.whose(named, "is the id of"))
        if addressed is not None and (addressed is not known or addressed.hidden):
            raise RowRefused("/email", self.whose(addressed, "is the address of"))
        if known is not None or said.email:
            return known
        if not said.name:
            raise RowRefused("", "says of nobody: give an id, an external_id that is known, an email, or a name")
        return self.of_name(said, company)

    def of_name(self, said: Person, company: Company | None) -> Known | None:
        """The only one of a row's name at its company, whom nothing else speaks against."""
        at = company.pk if company else None
        found = [
            each
            for each in self.by_name.get((at, said.name or ""), ())
            # They may have moved since.
            if each.contact.company_id == at and not (said.external_id and each.is_called_in(said.external_id))
        ]
        if len(found) > 1:
            raise RowRefused("/name", f"{len(found)} contacts there go by this name: give an id or an email")
        return found[0] if found else None

    def whose(self, other: Known, what: str) -> str:
        """Why a key of another contact cannot be taken; that contact is named to whoever sees them."""
        pk = other.contact.pk
        return of_another(self.call, "contacts", what, name=other.contact.name, pk=pk, hidden=other.hidden)


def keys_of(rows: Sequence[Person], companies: dict[int, int | None]) -> set[int]:
    """The ids of the contacts that these rows may be about."""
    found = {each.id for each in rows if each.id}
    ids = {each.external_id for each in rows if each.external_id}
    found.update(identified(ids, ContactExternalId, "contact_id").values())
    emails = {each.email.lower() for each in rows if each.email}
    people = Contact.objects.order_by()
    found.update(people.alias(address=Lower("email")).filter(Among("address", emails)).values_list("pk", flat=True))
    named = [each for each in rows if each.name and not each.email and not each.id]
    names = {each.name for each in named if each.name and each.line in companies}
    there = {company for each in named if (company := companies.get(each.line))}
    if there:
        here = people.filter(Among("company_id", there)).filter(Among("name", names))
        found.update(here.values_list("pk", flat=True))
    if alone := {each.name for each in named if each.name and companies.get(each.line, 0) is None}:
        found.update(people.filter(Among("name", alone), company=None).values_list("pk", flat=True))
    return found


def read_beside(people: Collection[Known]) -> None:
    """These contacts, which are stored, have their external ids, sources and last move at hand."""
    by_key = {known.contact.pk: known for known in people}
    for known in people:
        known.ids.clear()
        known.origins.clear()
        known.moved_on = None
    mine = Among("contact_id", by_key)
    for key, system, value in ContactExternalId.objects.filter(mine).values_list("contact_id", "system", "value"):
        by_key[key].ids.add((system, value))
    sources = ContactSource.objects.filter(mine).order_by()
    for key, fact, source, on, person in sources.values_list(
        "contact_id", "fact", "source", "observed_on", "person_id"
    ):
        by_key[key].origins.load(fact, Origin(source, on, person))
    moves = ContactMove.objects.filter(mine).order_by()
    for key, day in moves.values_list("contact_id").annotate(last=Max("happened_on")):
        by_key[key].moved_on = day
