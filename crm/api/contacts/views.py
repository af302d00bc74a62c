"""The doors to contacts: the list, and one of them."""

from typing import Any

from django.db.models import Prefetch, QuerySet, Subquery
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from crm.activities import last_done
from crm.api.problems import refusing
from crm.api.resources import EditableResource, Record, Records
from crm.history import remove
from crm.models import Company, Contact, IntegrationKey
from crm.models.visibility import sees_all
from crm.narrowing.search import search_contacts
from crm.people import save_contact
from crm.rescoring import rescore_after_commit
from personas.api.paging import BY_ID, Order
from personas.publishing import active_document
from personas.rules.document import Document

from .filters import ContactFilter
from .serializer import WORKED_OUT, ContactSerializer, said_by


class ContactResource(EditableResource):
    """What the list and the single contact share."""

    model = Contact
    resource = "contacts"
    address = "api_contact"
    serializer_class = ContactSerializer
    worked_out = WORKED_OUT

    def rows(self) -> QuerySet[Contact]:
        found: Any = Contact.objects.select_related("title")
        if self.asks("fit"):
            found = found.select_related("fit__company__fit").defer("fit__company__notes")
        if self.asks("matched", "buying_roles"):
            found = found.prefetch_related("title__personas")
        if self.asks("employments"):
            seen = Company.objects.visible_to(self.request.user).order_by().only("pk")
            found = found.prefetch_related("employments__employer", Prefetch("employments__employer__company", seen))
        found = found.prefetch_related(*(name for name in ("external_ids", "sources") if self.asks(name)))
        if self.asks("last_activity_at"):
            done = last_done("contact", timezone.now())
            found = found.annotate(last_activity_at=Subquery(done.values("happened_at")[:1]))
        return found  # type: ignore[no-any-return]

    def document(self) -> Document:
        """The active rules; empty ones before the first publication."""
        if not hasattr(self, "_document"):
            self._document = active_document() if self.asks("matched", "buying_roles") else Document()
        return self._document

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "document": self.document()}

    def store(self, serializer: Any) -> Contact:
        """The contact is as the valid body says, and the accounts that it concerns are scored once that is stored."""
        contact: Contact = serializer.instance or Contact(**in_whose_hands(self.request))
        said = said_by(serializer.validated_data, by=self.request.user, today=timezone.now().date())
        with refusing():
            reached = save_contact(contact, said)
        rescore_after_commit(reached)
        return contact

    def remove(self, row: Contact) -> None:
        company = row.company_id
        remove(row, by=self.request.user)  # type: ignore[arg-type]
        rescore_after_commit([company])


@extend_schema_view(post=extend_schema(description="A new contact."))
class Contacts(Records, ContactResource):
    """The people that the caller sees."""

    filterset_class = ContactFilter
    tells_of_scores = True
    orderings = {
        "name": Order(("name", "pk")),
        "best": Order(("fit__place", "fit__contact_id"), nullable=True),
        "updated_at": Order(("updated_at", "pk")),
        "id": BY_ID,
    }

    def search(self, found: QuerySet[Contact], text: str) -> QuerySet[Contact]:
        return search_contacts(found, text)


@extend_schema_view(
    patch=extend_schema(description="The contact with what was said of it; what was not is as it was."),
    delete=extend_schema(description="The contact is gone."),
)
class ContactDetail(Record, ContactResource):
    """One contact."""


def in_whose_hands(request: Request) -> dict[str, Any]:
    """Who works a new contact, unless the body says so: as in the admin, whoever makes it and does not see all."""
    if sees_all(request.user) or isinstance(request.auth, IntegrationKey):
        return {}
    return {"owner": request.user}
