"""What every resource of accounts has: what is hidden is not there, and what is not yours to change is refused."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import QuerySet
from django.http import Http404
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from .freshness import lately, with_freshness

if TYPE_CHECKING:
    Base = GenericAPIView[Any]
else:
    Base = GenericAPIView

NOT_YOURS = "You see this, and may not change it: somebody else works this account."


class AccountResource(Base):
    """Records that go with accounts.

    A subclass names `model`, `resource`, `serializer_class` and, for a list, `orderings`. With `tells_of_scores`
    the headers of a list say how old the scores in it are.

    `rows()` are the records with all that an answer reads; lists ask it for the rows of one page.
    """

    model: type[Any]
    resource: str
    tells_of_scores = False

    def rows(self) -> QuerySet[Any]:
        """The records, each with what its answer is made of."""
        found: QuerySet[Any] = self.model.objects.all()
        return found

    def get_queryset(self) -> QuerySet[Any]:
        """What this caller sees."""
        found: QuerySet[Any] = self.model.objects.visible_to(self.request.user)
        return found

    def rows_of(self, ids: Sequence[Any]) -> QuerySet[Any]:
        """The rows of one page."""
        return self.rows().filter(pk__in=ids).order_by()

    def get_object(self) -> Any:
        """The record of the address, for reading."""
        seen = self.filter_queryset(self.get_queryset())
        found = self.rows().filter(pk__in=seen.filter(pk=self.kwargs["pk"]).order_by().values("pk")).first()
        if found is None:
            raise Http404
        return found

    def locked(self) -> Any:
        """The record of the address, held until the end of the transaction, for somebody who may edit it."""
        pk = self.kwargs["pk"]
        if not self.filter_queryset(self.get_queryset()).filter(pk=pk).order_by().exists():
            raise Http404
        require_editable(self.model, pk, self.request.user)
        held = self.model.objects.select_for_update(of=("self",)).filter(pk=pk).order_by().values_list("pk", flat=True)
        if not list(held):
            raise Http404
        return self.rows().get(pk=pk)

    def listed(self) -> Response:
        """One page of what the address asks for."""
        # Read before the scores are, so that it never says too much.
        fresh = lately() if self.tells_of_scores else None
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        response = self.get_paginated_response(self.get_serializer(page, many=True).data)
        return with_freshness(response, fresh) if fresh else response


def require_editable(model: type[models.Model], pk: Any, user: Any) -> None:
    """Raises PermissionDenied for a record that the caller sees, and may not change."""
    manager: Any = model._default_manager
    if not manager.editable_by(user).filter(pk=pk).order_by().exists():
        raise PermissionDenied(NOT_YOURS)
