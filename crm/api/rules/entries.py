"""Entries of the lists of the draft: they count once the draft is published."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.api.idempotency import once
from personas.api.narrowing import require_known
from personas.api.paging import BY_ID, Order
from personas.api.sparse import Sparse
from personas.api.strict import Strict
from personas.api.versions import Changed, answer, require_match
from personas.editing.lists import remove_entry, save_entry
from personas.editing.revisions import ChangedMeanwhile, wait_for_others
from personas.models import ListEntry, NamedList
from personas.rules.errors import RuleError

from .which import MAY_DRAFT, require_draft

MOST_ALIASES = 200


class DraftEntrySerializer(Sparse, Strict, serializers.ModelSerializer[ListEntry]):
    """One name on a list of the draft, with its other spellings."""

    aliases = serializers.ListField(
        child=serializers.CharField(max_length=300), required=False, max_length=MOST_ALIASES
    )

    class Meta:
        model = ListEntry
        fields = ["id", "name", "aliases"]


class EntryResource(GenericAPIView[Any]):
    """What the entries of a list share. The list is known by its key."""

    model = NamedList
    resource = "rules"
    needs = {"POST": MAY_DRAFT, "PATCH": MAY_DRAFT, "DELETE": MAY_DRAFT}
    serializer_class = DraftEntrySerializer

    def get_queryset(self) -> QuerySet[ListEntry]:
        if getattr(self, "swagger_fake_view", False):
            return ListEntry.objects.none()
        require_draft(self.request.user)
        return ListEntry.objects.filter(named_list=self.named())

    def named(self) -> NamedList:
        """The list of the address, as the draft has it; raises Http404."""
        found = NamedList.objects.filter(key=self.kwargs["key"]).first()
        if found is None:
            raise Http404
        return found

    def entry(self) -> ListEntry:
        """The entry of the address; raises Http404."""
        row: ListEntry | None = self.get_queryset().select_related("named_list").filter(pk=self.kwargs["pk"]).first()
        if row is None:
            raise Http404
        return row

    def told(self, row: ListEntry) -> dict[str, Any]:
        return dict(DraftEntrySerializer(row).data)

    def store(self, request: Request, named: NamedList, row: ListEntry | None) -> ListEntry:
        """The entry as the body has it, in the draft; raises ValidationError with what is wrong with it."""
        form = DraftEntrySerializer(row, data=request.data, partial=row is not None)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        name = " ".join(said.get("name", row.name if row else "").split())
        aliases = [" ".join(each.split()) for each in said.get("aliases", row.aliases if row else [])]
        by = request.user if isinstance(request.user, User) else None
        try:
            return save_entry(named, row, name, [each for each in aliases if each], by)
        except RuleError as error:
            wrong: dict[str, list[str]] = {}
            for fault in error.faults:
                wrong.setdefault(fault.path, []).append(fault.message)
            raise ValidationError(wrong) from None
        except ChangedMeanwhile:
            raise Changed from None


class Entries(EntryResource):
    """The names on a list of the draft."""

    orderings = {"id": BY_ID, "name": Order(("name", "pk"))}

    def search(self, entries: QuerySet[ListEntry], text: str) -> QuerySet[ListEntry]:
        """Those with these words in their name."""
        return entries.filter(name__icontains=text)

    def get(self, request: Request, key: str) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(DraftEntrySerializer(page, many=True, context={"request": request}).data)

    @once
    def post(self, request: Request, key: str) -> Response:
        """Adds a name to the list in the draft; Undo in the admin takes it back."""
        wait_for_others()
        row = self.store(request, self.named(), None)
        made = answer(request, self.told(row), status=201)
        made["Location"] = reverse("api_list_entry", args=[key, row.pk], request=request)
        return made


class EntryDetail(EntryResource):
    """One name on a list of the draft."""

    def get(self, request: Request, key: str, pk: int) -> Response:
        require_known(request, self)
        return answer(request, self.told(self.entry()))

    @once
    def patch(self, request: Request, key: str, pk: int) -> Response:
        wait_for_others()
        row = self.entry()
        require_match(request, self.told(row))
        return answer(request, self.told(self.store(request, row.named_list, row)))

    @once
    def delete(self, request: Request, key: str, pk: int) -> Response:
        wait_for_others()
        row = self.entry()
        require_match(request, self.told(row))
        remove_entry(row, request.user if isinstance(request.user, User) else None)
        return Response(status=204)
