"""The doors to companies: the list, and one of them."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.accounts import AtOdds, Wrong, remove_account, save_account
from crm.api.idempotency import once
from crm.api.problems import Conflict
from crm.api.resources import AccountResource
from crm.choices import own_teams
from crm.deletion import reaches_too_far
from crm.models import Activity, Company, IntegrationKey
from crm.models.visibility import sees_all
from crm.narrowing.search import search_companies
from crm.rescoring import rescore_after_commit
from crm.stating import BY_HAND
from personas.api.paging import Order
from personas.api.sparse import asks
from personas.api.versions import answer, require_match
from personas.models import Ruleset
from personas.rules.facts import Fact

from .filters import CompanyFilter
from .serializer import WORKED_OUT, CompanySerializer, said_by

AT_ODDS = "Another record that this one goes against was saved at the same moment. Try again."
TOO_FAR = "Deleting this would reach records that you may not see or change."


class CompanyResource(AccountResource):
    """What the list and the single company share."""

    model = Company
    resource = "companies"
    serializer_class = CompanySerializer

    def rows(self) -> QuerySet[Company]:
        found = Company.objects.select_related("fit")
        request = self.request
        beside = (
            ("domains", "further_domains"),
            ("external_ids", "external_ids"),
            ("investors", "investments__investor"),
            ("sources", "fact_sources"),
        )
        found = found.prefetch_related(*(path for name, path in beside if asks(request, name)))
        if asks(request, "accelerators", "tags", "technologies", "custom"):
            found = found.prefetch_related("terms__term")
        if asks(request, "custom") and self.custom():
            found = found.prefetch_related("attributes")
        return with_last_activity(found) if asks(request, "last_activity_at") else found

    def custom(self) -> dict[str, Fact]:
        """The custom facts of the active rules."""
        if not hasattr(self, "_custom"):
            ruleset = Ruleset.objects.active().first() if asks(self.request, "custom") else None
            facts = ruleset.document().vocabulary.values() if ruleset else ()
            self._custom = {fact.key: fact for fact in facts if fact.custom and fact.subject == "company"}
        return self._custom

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "custom": self.custom()}

    def search(self, found: QuerySet[Company], text: str) -> QuerySet[Company]:
        return search_companies(found, text, people=may_read_people(self.request))

    def save(self, company: Company, serializer: Any) -> None:
        """The company is as the valid body says, and scored once that is stored."""
        by: Any = self.request.user
        is_key = isinstance(self.request.auth, IntegrationKey)
        said = said_by(
            serializer.validated_data,
            by=by,
            person=None if is_key else by.pk,
            source=by.get_username() if is_key else BY_HAND,
            today=timezone.now().date(),
        )
        try:
            save_account(company, said)
        except Wrong as error:
            raise ValidationError(error.faults) from error
        except AtOdds as error:
            raise Conflict(AT_ODDS) from error
        rescore_after_commit([company.pk])

    def told(self, pk: int, status: int = 200) -> Response:
        """The company as it is now."""
        company = self.rows().get(pk=pk)
        return answer(self.request, self.get_serializer(company).data, WORKED_OUT, status)


class Companies(CompanyResource):
    """The companies that the caller sees, the best fit first."""

    filterset_class = CompanyFilter
    tells_of_scores = True
    orderings = {
        "best": Order(("fit__place", "fit__company_id")),
        "name": Order(("name", "pk")),
        "updated_at": Order(("updated_at", "pk")),
        "id": Order(("pk",)),
    }

    def get(self, request: Request) -> Response:
        return self.listed()

    @once
    def post(self, request: Request) -> Response:
        """A new company; in the hands of whoever makes it, where they do not work on all accounts."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        company = Company(**in_whose_hands(request))
        self.save(company, serializer)
        response = self.told(company.pk, 201)
        response["Location"] = reverse("api_company", args=[company.pk], request=request)
        return response


class CompanyDetail(CompanyResource):
    """One company."""

    def get(self, request: Request, pk: int) -> Response:
        return answer(request, self.get_serializer(self.get_object()).data, WORKED_OUT)

    @once
    def patch(self, request: Request, pk: int) -> Response:
        """The company with what was said of it; what was not is as it was."""
        company = self.locked()
        require_match(request, self.get_serializer(company).data, WORKED_OUT)
        serializer = self.get_serializer(company, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        self.save(company, serializer)
        return self.told(pk)

    @once
    def delete(self, request: Request, pk: int) -> Response:
        """The company is gone, with its people and all that was done with it."""
        company = self.locked()
        require_match(request, self.get_serializer(company).data, WORKED_OUT)
        user: Any = request.user
        if not sees_all(user) and reaches_too_far([company], user):
            raise PermissionDenied(TOO_FAR)
        remove_account(company, by=user)
        return Response(status=204)


def with_last_activity(companies: QuerySet[Company]) -> QuerySet[Company]:
    """Companies with the moment of what was last done with them; what is still to be done does not count."""
    done = (
        Activity.objects.filter(company=OuterRef("pk"), happened_at__lte=timezone.now())
        .exclude(Q(kind=Activity.Kind.TASK) & Q(done_at=None))
        .order_by("-happened_at", "-pk")
    )
    return companies.annotate(last_activity_at=Subquery(done.values("happened_at")[:1]))


def in_whose_hands(request: Request) -> dict[str, Any]:
    """Who works a new account, unless the body says so: as in the admin, whoever makes it and does not see all."""
    user: Any = request.user
    if sees_all(user):
        return {}
    if isinstance(request.auth, IntegrationKey):
        return {"team": request.auth.integration.team}
    teams = list(own_teams(user)[:2])
    return {"owner": user, "team": teams[0] if len(teams) == 1 else None}


def may_read_people(request: Request) -> bool:
    """Whether the caller may know who works where."""
    user = request.user
    if isinstance(request.auth, IntegrationKey) and "contacts:read" not in request.auth.integration.scopes:
        return False
    return isinstance(user, User) and (user.has_perm("crm.view_contact") or user.has_perm("crm.change_contact"))
