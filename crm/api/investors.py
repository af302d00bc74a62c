"""Investors: who invests, and in how many of the companies that the caller sees."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.http import Http404
from django.urls import reverse
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Investment, Investor
from crm.models.visibility import seen
from crm.tasks import wake_after_commit
from personas.api.paging import BY_ID, Order
from personas.api.parameters import WrongParameter, nearest
from personas.api.sparse import Sparse, asks
from personas.api.strict import Strict
from personas.api.versions import answer, require_match
from personas.models import Ruleset
from personas.rules.matching import ListMatcher

from .idempotency import once
from .problems import Conflict
from .resources import AccountResource

MOST_WORDS = 6
COUNTED = ("companies",)
"""What nobody edits."""


class InvestorSerializer(Sparse, Strict, serializers.ModelSerializer[Investor]):
    """Someone who invests in companies."""

    companies = serializers.IntegerField(read_only=True, help_text="In how many companies that you see.")

    class Meta:
        model = Investor
        fields = ["id", "name", "companies"]


class InvestorFilter(filters.FilterSet):
    """Investors of a company, and those on a list of the active rules."""

    list = filters.CharFilter(method="on_list", help_text="The key of a list of the active rules, by its names.")

    class Meta:
        model = Investor
        fields: Sequence[str] = []

    def on_list(self, investors: QuerySet[Investor], name: str, key: str) -> QuerySet[Investor]:
        """Those whose name is on the list with this key."""
        active = Ruleset.objects.active().first()
        lists = {each.key: each for each in active.document().lists} if active else {}
        if key not in lists:
            raise WrongParameter({"list": [f"The active rules have no such list.{nearest(key, lists)}"]})
        matcher = ListMatcher(lists[key])
        rows = Investor.objects.order_by().values_list("pk", "name")
        return investors.filter(pk__in=[pk for pk, name in rows.iterator() if matcher.matches(name)])


def counted(user: Any) -> QuerySet[Investor]:
    """Investors with the number of companies that this person sees."""
    return Investor.objects.annotate(
        companies=Count("investments", filter=seen(user, "investments__company__") or None)
    )


def told(pk: int, user: Any) -> dict[str, Any]:
    """The whole investor as this person is told of them; raises Http404."""
    row = counted(user).filter(pk=pk).first()
    if row is None:
        raise Http404
    return dict(InvestorSerializer(row).data)


def store(serializer: Any) -> Investor:
    """The investor is saved; raises Conflict where another took the name at the same moment."""
    try:
        with transaction.atomic():
            saved: Investor = serializer.save()
    except IntegrityError:
        raise Conflict("Another investor took this name at the same moment.") from None
    return saved


class Investors(AccountResource):
    """Investors, by id or by name. They go with no account: everybody sees all of them."""

    model = Investor
    resource = "investors"
    serializer_class = InvestorSerializer
    filterset_class = InvestorFilter
    orderings = {"id": BY_ID, "name": Order(("name",))}

    def get_queryset(self) -> QuerySet[Investor]:
        return Investor.objects.all()

    def rows(self) -> QuerySet[Investor]:
        return counted(self.request.user) if asks(self.request, *COUNTED) else Investor.objects.all()

    def search(self, investors: QuerySet[Investor], text: str) -> QuerySet[Investor]:
        """Those with every word in their name."""
        for word in text.split()[:MOST_WORDS]:
            investors = investors.filter(name__icontains=word)
        return investors

    def get(self, request: Request) -> Response:
        return self.listed()

    @once
    def post(self, request: Request) -> Response:
        serializer = InvestorSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        pk = store(serializer).pk
        made = answer(request, told(pk, request.user), COUNTED, status=201)
        made["Location"] = reverse("api_investor", args=[pk])
        return made


class InvestorDetail(AccountResource):
    """One investor."""

    model = Investor
    resource = "investors"
    serializer_class = InvestorSerializer

    def get_queryset(self) -> QuerySet[Investor]:
        return Investor.objects.all()

    def get(self, request: Request, pk: int) -> Response:
        self.filter_queryset(self.get_queryset())
        return answer(request, told(pk, request.user), COUNTED)

    @once
    def patch(self, request: Request, pk: int) -> Response:
        """Renames the investor; accounts whose facts this changes are scored again."""
        row = self.held(request, pk)
        serializer = InvestorSerializer(row, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        if serializer.validated_data.get("name", row.name) != row.name:
            store(serializer)
            wake_after_commit()
        return answer(request, told(pk, request.user), COUNTED)

    @once
    def delete(self, request: Request, pk: int) -> Response:
        """Removes an investor who is in no company."""
        row = self.held(request, pk)
        # Whether the caller sees the companies or not: an investor of somebody else's is in use as well.
        if Investment.objects.filter(investor=row).exists():
            raise Conflict("Companies still have this investor. Take it off them first.")
        row.delete()
        return Response(status=204)

    def held(self, request: Request, pk: int) -> Investor:
        """The investor, locked and as the caller has seen it."""
        row = Investor.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            raise Http404
        require_match(request, told(pk, request.user), COUNTED)
        return row
