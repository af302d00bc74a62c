"""The doors to contacts: the list, and one of them."""

from typing import Any

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.accounts import AtOdds, Wrong
from crm.api.companies.views import AT_ODDS
from crm.api.idempotency import once
from crm.api.problems import Conflict
from crm.api.resources import AccountResource
from crm.models import Activity, Company, Contact, IntegrationKey
from crm.models.visibility import sees_all
from crm.narrowing.search import search_contacts
from crm.people import remove, save_contact
from crm.rescoring import rescore_after_commit
from personas.api.paging import Order
from personas.api.sparse import asks
from personas.api.versions import answer, require_match
from personas.models import Ruleset
from personas.rules.document import Document

from .filters import ContactFilter
from .serializer import WORKED_OUT, ContactSerializer, said_by


class ContactResource(AccountResource):
    """What the list and the single contact share."""

    model = Contact
    resource = "contacts"
    serializer_class = ContactSerializer

    def rows(self) -> QuerySet[Contact]:
        request = self.request
        found = Contact.objects.select_related("title")
        if asks(request, "fit"):
            found = found.select_related("fit__company__fit").defer("fit__company__notes")
        if asks(request, "matched", "buying_roles"):
            found = found.prefetch_related("title__personas")
        if asks(request, "employments"):
            seen = Company.objects.visible_to(request.user).order_by().only("pk")
            found = found.prefetch_related("employments__employer", Prefetch("employments__employer__company", seen))
        return with_last_activity(found) if asks(request, "last_activity_at") else found

    def document(self) -> Document:
        """The active rules; empty ones before the first publication."""
        if not hasattr(self, "_document"):
            reads = self.request.method not in ("GET", "HEAD") or asks(self.request, "matched", "buying_roles")
            active = Ruleset.objects.active().first() if reads else None
            self._document = active.document() if active else Document()
        return self._document

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "document": self.document()}

    def search(self, found: QuerySet[Contact], text: str) -> QuerySet[Contact]:
        return search_contacts(found, text)

    def save(self, contact: Contact, serializer: Any) -> None:
        """The contact is as the valid body says, and the accounts that it concerns are scored once that is stored."""
        said = said_by(serializer.validated_data, by=self.request.user, today=timezone.now().date())
        try:
            reached = save_contact(contact, said)
        except Wrong as error:
            raise ValidationError(error.faults) from error
        except AtOdds as error:
            raise Conflict(AT_ODDS) from error
        rescore_after_commit(reached)

    def told(self, pk: int, status: int = 200) -> Response:
        """The contact as it is now."""
        return answer(self.request, self.get_serializer(self.rows().get(pk=pk)).data, WORKED_OUT, status)


class Contacts(ContactResource):
    """The people that the caller sees."""

    filterset_class = ContactFilter
    tells_of_scores = True
    orderings = {
        "name": Order(("name", "pk")),
        "best": Order(("fit__place", "fit__contact_id"), nullable=True),
        "updated_at": Order(("updated_at", "pk")),
        "id": Order(("pk",)),
    }

    def get(self, request: Request) -> Response:
        return self.listed()

    @once
    def post(self, request: Request) -> Response:
        """A new contact."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        contact = Contact(**in_whose_hands(request))
        self.save(contact, serializer)
        response = self.told(contact.pk, 201)
        response["Location"] = reverse("api_contact", args=[contact.pk], request=request)
        return response


class ContactDetail(ContactResource):
    """One contact."""

    def get(self, request: Request, pk: int) -> Response:
        return answer(request, self.get_serializer(self.get_object()).data, WORKED_OUT)

    @once
    def patch(self, request: Request, pk: int) -> Response:
        """The contact with what was said of it; what was not is as it was."""
        contact = self.locked()
        require_match(request, self.get_serializer(contact).data, WORKED_OUT)
        serializer = self.get_serializer(contact, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        self.save(contact, serializer)
        return self.told(pk)

    @once
    def delete(self, request: Request, pk: int) -> Response:
        """The contact is gone."""
        contact = self.locked()
        require_match(request, self.get_serializer(contact).data, WORKED_OUT)
        company = contact.company_id
        remove(contact, request.user)  # type: ignore[arg-type]
        rescore_after_commit([company])
        return Response(status=204)


def with_last_activity(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    """Contacts with the moment of what was last done with them; what is still to be done does not count."""
    done = (
        Activity.objects.filter(contact=OuterRef("pk"), happened_at__lte=timezone.now())
        .exclude(Q(kind=Activity.Kind.TASK) & Q(done_at=None))
        .order_by("-happened_at", "-pk")
    )
    return contacts.annotate(last_activity_at=Subquery(done.values("happened_at")[:1]))


def in_whose_hands(request: Request) -> dict[str, Any]:
    """Who works a new contact, unless the body says so: as in the admin, whoever makes it and does not see all."""
    if sees_all(request.user) or isinstance(request.auth, IntegrationKey):
        return {}
    return {"owner": request.user}
