"""Investors: who invests, and in how many of the companies that the caller sees."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from crm.imports.among import Among
from crm.models import Company, Investment, Investor
from crm.models.visibility import seen, sees_all
from crm.narrowing.search import with_every_word
from personas.api.paging import BY_ID, Order
from personas.api.parameters import WrongParameter, nearest
from personas.api.sparse import Sparse
from personas.api.strict import Strict
from personas.publishing import active_document
from personas.rules.matching import ListMatcher

from .problems import Conflict
from .resources import EditableResource, Record, Records

NOT_ONLY_YOURS = "Companies that you may not change have this investor."


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
        lists = {each.key: each for each in active_document().lists}
        if key not in lists:
            raise WrongParameter({"list": [f"The active rules have no such list.{nearest(key, lists)}"]})
        matcher = ListMatcher(lists[key])
        rows = Investor.objects.order_by()
        if not matcher.domains and not matcher.inner:
            # Only a name that holds another one has to be looked for among all.
            rows = rows.filter(Among("name_key", {key[:300] for key in matcher.keys}))
        named = rows.values_list("pk", "name").iterator()
        return investors.filter(pk__in=[pk for pk, name in named if matcher.matches(name)])


class InvestorResource(EditableResource):
    """What the list of investors and a single one share."""

    model = Investor
    resource = "investors"
    address = "api_investor"
    serializer_class = InvestorSerializer
    worked_out = ("companies",)

    def get_queryset(self) -> QuerySet[Investor]:
        return Investor.objects.all()

    def rows(self) -> QuerySet[Investor]:
        """Investors with the number of companies that the caller sees."""
        if not self.asks("companies"):
            return Investor.objects.all()
        theirs = seen(self.request.user, "investments__company__") or None
        return Investor.objects.annotate(companies=Count("investments", filter=theirs))

    def locked(self) -> Investor:
        held = Investor.objects.select_for_update().filter(pk=self.kwargs["pk"]).order_by()
        if not held.values_list("pk", flat=True):
            raise Http404
        return self.rows().get(pk=self.kwargs["pk"])

    def store(self, serializer: Any) -> Investor:
        """The investor with this name; accounts whose facts another name changes are scored again."""
        before: Investor | None = serializer.instance
        if before is not None and serializer.validated_data.get("name", before.name) == before.name:
            return before
        if before is not None:
            self.require_editable_companies(before)
        try:
            with transaction.atomic():
                saved: Investor = serializer.save()
        except IntegrityError:
            raise Conflict("Another investor took this name at the same moment.") from None
        return saved

    def require_editable_companies(self, row: Investor) -> None:
        """Raises PermissionDenied where another name changes what is known of companies that are not the caller's."""
        user = self.request.user
        if sees_all(user):
            return
        editable = Company.objects.editable_by(user).order_by().values("pk")
        if Investment.objects.filter(investor=row).exclude(company__in=editable).exists():
            raise PermissionDenied(NOT_ONLY_YOURS)

    def remove(self, row: Investor) -> None:
        # Whether the caller sees the companies or not: an investor of somebody else's is in use as well.
        if Investment.objects.filter(investor=row).exists():
            raise Conflict("Companies still have this investor. Take it off them first.")
        row.delete()


class Investors(Records, InvestorResource):
    """Investors, by id or by name. They go with no account: everybody sees all of them."""

    filterset_class = InvestorFilter
    orderings = {"id": BY_ID, "name": Order(("name",))}

    def search(self, investors: QuerySet[Investor], text: str) -> QuerySet[Investor]:
        """Those with every word in their name."""
        return with_every_word(investors, text, "name")


@extend_schema_view(
    patch=extend_schema(description="Renames the investor; accounts whose facts this changes are scored again."),
    delete=extend_schema(description="Removes an investor who is in no company."),
)
class InvestorDetail(Record, InvestorResource):
    """One investor."""
