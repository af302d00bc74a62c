"""The doors to companies: the list, and one of them."""

from typing import Any

from django.db.models import QuerySet, Subquery
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from crm.accounts import save_account
from crm.activities import last_done
from crm.api.permissions import has_scope
from crm.api.problems import refusing
from crm.api.resources import EditableResource, Record, Records
from crm.choices import only_team
from crm.deletion import reaches_too_far
from crm.history import remove
from crm.models import Company, IntegrationKey
from crm.models.visibility import sees_all
from crm.narrowing.search import search_companies
from crm.rescoring import rescore_after_commit
from crm.stating import BY_HAND
from personas.api.paging import BY_ID, Order
from personas.publishing import active_document
from personas.rules.facts import Fact

from .filters import CompanyFilter
from .serializer import WORKED_OUT, CompanySerializer, said_by

TOO_FAR = "Deleting this would reach records that you may not see or change."


class CompanyResource(EditableResource):
    """What the list and the single company share."""

    model = Company
    resource = "companies"
    address = "api_company"
    serializer_class = CompanySerializer
    worked_out = WORKED_OUT

    def rows(self) -> QuerySet[Company]:
        beside = (
            ("domains", "further_domains"),
            ("external_ids", "external_ids"),
            ("investors", "investments__investor"),
            ("sources", "fact_sources"),
        )
        found: Any = Company.objects.select_related("fit")
        found = found.prefetch_related(*(path for name, path in beside if self.asks(name)))
        if self.asks("accelerators", "tags", "technologies", "custom"):
            found = found.prefetch_related("terms__term")
        if self.asks("custom") and self.custom():
            found = found.prefetch_related("attributes")
        if self.asks("last_activity_at"):
            done = last_done("company", timezone.now())
            found = found.annotate(last_activity_at=Subquery(done.values("happened_at")[:1]))
        return found  # type: ignore[no-any-return]

    def custom(self) -> dict[str, Fact]:
        """The custom facts of the active rules."""
        if not hasattr(self, "_custom"):
            facts = active_document().vocabulary.values() if self.asks("custom") else ()
            self._custom = {fact.key: fact for fact in facts if fact.custom and fact.subject == "company"}
        return self._custom

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "custom": self.custom()}

    def store(self, serializer: Any) -> Company:
        """The company is as the valid body says, and scored once that is stored."""
        company: Company = serializer.instance or Company(**in_whose_hands(self.request))
        by: Any = self.request.user
        is_key = isinstance(self.request.auth, IntegrationKey)
        said = said_by(
            serializer.validated_data,
            by=by,
            person=None if is_key else by.pk,
            source=by.get_username() if is_key else BY_HAND,
            today=timezone.now().date(),
        )
        with refusing():
            save_account(company, said)
        rescore_after_commit([company.pk])
        return company

    def remove(self, row: Company) -> None:
        user: Any = self.request.user
        if not sees_all(user) and reaches_too_far([row], user):
            raise PermissionDenied(TOO_FAR)
        remove(row, by=user)


@extend_schema_view(
    post=extend_schema(
        description="A new company; in the hands of whoever makes it, where they do not work on all accounts."
    )
)
class Companies(Records, CompanyResource):
    """The companies that the caller sees, the best fit first."""

    filterset_class = CompanyFilter
    tells_of_scores = True
    orderings = {
        "best": Order(("fit__place", "fit__company_id")),
        "name": Order(("name", "pk")),
        "updated_at": Order(("updated_at", "pk")),
        "id": BY_ID,
    }

    def search(self, found: QuerySet[Company], text: str) -> QuerySet[Company]:
        return search_companies(found, text, people=may_read_people(self.request))


@extend_schema_view(
    patch=extend_schema(description="The company with what was said of it; what was not is as it was."),
    delete=extend_schema(description="The company is gone, with its people and all that was done with it."),
)
class CompanyDetail(Record, CompanyResource):
    """One company."""


def in_whose_hands(request: Request) -> dict[str, Any]:
    """Who works a new account, unless the body says so: as in the admin, whoever makes it and does not see all."""
    user: Any = request.user
    if sees_all(user):
        return {}
    if isinstance(request.auth, IntegrationKey):
        return {"team": request.auth.integration.team}
    return {"owner": user, "team": only_team(user)}


def may_read_people(request: Request) -> bool:
    """Whether the caller may know who works where."""
    user: Any = request.user
    may = user.has_perm("crm.view_contact") or user.has_perm("crm.change_contact")
    return has_scope(request, "contacts:read") and may
