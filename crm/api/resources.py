"""What every resource of accounts has: what is hidden is not there, and what is not yours to change is refused."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import QuerySet
from django.http import Http404
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.history import keep_before
from crm.models import Company
from crm.rescoring import rescore_after_commit
from personas.api.narrowing import is_of_one, require_known
from personas.api.sparse import asks
from personas.api.versions import IF_MATCH, answer, require_match

from .freshness import lately, with_freshness
from .idempotency import once

if TYPE_CHECKING:
    Base = GenericAPIView[Any]
else:
    Base = GenericAPIView

NOT_YOURS = "You see this, and may not change it: somebody else works this account."


class AccountResource(Base):
    """Records that go with accounts, to be read.

    A subclass names `model`, `resource`, `serializer_class` and, for a list, `orderings`. With `tells_of_scores`
    the headers of a list say how old the scores in it are. `worked_out` are the fields that nobody edits, and that
    may change meanwhile.
    """

    model: type[Any]
    resource: str
    tells_of_scores = False
    worked_out: Collection[str] = ()

    def rows(self) -> QuerySet[Any]:
        """The records, each with what its answer is made of; lists ask for those of one page."""
        found: QuerySet[Any] = self.model.objects.all()
        return found

    def asks(self, *names: str) -> bool:
        """Whether what these fields take must be read: a single record is read whole, because its version is."""
        is_list = self.request.method in SAFE_METHODS and not is_of_one(self)
        return not is_list or asks(self.request, *names)

    def get_queryset(self) -> QuerySet[Any]:
        """What this caller sees."""
        found: QuerySet[Any] = self.model.objects.visible_to(self.request.user)
        return found

    def rows_of(self, ids: Sequence[Any]) -> QuerySet[Any]:
        """The rows of one page."""
        return self.rows().filter(pk__in=ids).order_by()

    def get_object(self) -> Any:
        """The record of the address, for reading; raises Http404."""
        require_known(self.request, self)
        found = (
            self.rows().filter(pk__in=self.get_queryset().filter(pk=self.kwargs["pk"]).order_by().values("pk")).first()
        )
        if found is None:
            raise Http404
        return found

    def told(self, row: Any) -> dict[str, Any]:
        """The whole record as the caller is told of it."""
        return dict(self.get_serializer(row).data)

    # Answers

    def listed(self) -> Response:
        """One page of what the address asks for."""
        # Read before the scores are, so that it never says too much.
        fresh = lately() if self.tells_of_scores else None
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        response = self.get_paginated_response(self.get_serializer(page, many=True).data)
        return with_freshness(response, fresh) if fresh else response

    def read(self) -> Response:
        """The record of the address with its version."""
        return self.answered(self.get_object())

    def answered(self, row: Any, status: int = 200) -> Response:
        return answer(self.request, self.told(row), self.worked_out, status)


class EditableResource(AccountResource, ABC):
    """Records that go with accounts, to be read, added, changed and removed.

    A subclass names as `address` that of one record, and says how one is stored and removed.
    """

    address: str

    @abstractmethod
    def store(self, serializer: Any) -> models.Model:
        """The record as a valid body says, stored: a new one, or the one that the serializer has."""

    @abstractmethod
    def remove(self, row: Any) -> None:
        """The record is gone, with what that takes."""

    def locked(self) -> Any:
        """The record of the address, held until the end of the transaction, for somebody who may edit it.

        Raises Http404 and PermissionDenied.
        """
        pk = self.kwargs["pk"]
        seen = self.get_queryset().filter(pk=pk).order_by()
        # Nobody waits for a row that they do not see.
        if not seen.exists():
            raise Http404
        held = self.model.objects.select_for_update(of=("self",)).filter(pk=pk).order_by().values_list("pk", flat=True)
        # Asked again, because it may have come into other hands while this waited.
        if not list(held) or not seen.all().exists():
            raise Http404
        require_editable(self.model, pk, self.request.user)
        return self.rows().get(pk=pk)

    def require_match(self, row: Any) -> None:
        """Raises Changed where the caller has seen another version; to work it out takes queries, so only if asked."""
        if IF_MATCH in self.request.headers:
            require_match(self.request, self.told(row), self.worked_out)

    def where(self, pk: Any) -> str:
        """The address of one record."""
        return reverse(self.address, args=[pk], request=self.request)

    # Answers

    def created(self) -> Response:
        """The record that the body says, once it is stored."""
        serializer = self.get_serializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        pk = self.store(serializer).pk
        response = self.answered(self.rows().get(pk=pk), status=201)
        response["Location"] = self.where(pk)
        return response

    def changed(self, row: Any = None) -> Response:
        """The record of the address, or `row`, once it is as the body says; what the body leaves out is as it was."""
        row = row or self.locked()
        self.require_match(row)
        serializer = self.get_serializer(row, data=self.request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        self.store(serializer)
        return self.answered(self.rows().get(pk=row.pk))

    def removed(self) -> Response:
        """Nothing, once the record of the address is gone."""
        row = self.locked()
        self.require_match(row)
        self.remove(row)
        return Response(status=204)


class Records(EditableResource):
    """The doors to all records: the list, and adding one."""

    def get(self, request: Request) -> Response:
        return self.listed()

    @once
    def post(self, request: Request) -> Response:
        return self.created()


class Record(EditableResource):
    """The doors to one record: reading, changing and removing it."""

    def get(self, request: Request, pk: int) -> Response:
        return self.read()

    @once
    def patch(self, request: Request, pk: int) -> Response:
        return self.changed()

    @once
    def delete(self, request: Request, pk: int) -> Response:
        return self.removed()


class WrittenOnAccounts(EditableResource):
    """Records that are each written down on one account, which is scored again whenever they change."""

    def beside(self, serializer: Any) -> dict[str, Any]:
        """What is stored beside what the body says."""
        return {}

    def store(self, serializer: Any) -> models.Model:
        before = serializer.instance
        company: Company | None = serializer.validated_data.get("company")
        if company is not None and (before is None or company.pk != before.company_id):
            require_editable(Company, company.pk, self.request.user)
        of: list[int] = [before.company_id] if before is not None else []
        more = self.beside(serializer)
        if before is not None:
            keep_before([before])
        saved: Any = serializer.save(**more)
        rescore_after_commit([*of, saved.company_id])
        return saved  # type: ignore[no-any-return]

    def remove(self, row: Any) -> None:
        keep_before([row])
        row.delete()
        rescore_after_commit([row.company_id])


def require_editable(model: type[models.Model], pk: Any, user: Any) -> None:
    """Raises PermissionDenied for a record that the caller sees, and may not change."""
    manager: Any = model._default_manager
    if not manager.editable_by(user).filter(pk=pk).order_by().exists():
        raise PermissionDenied(NOT_YOURS)
