"""Deals: sales in the making, and how they ended."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from crm.deals import NoCurrency, closing_day, currency_of, stage_since, wrong_with_amount, wrong_with_closing
from crm.models import Deal, IntegrationKey
from crm.narrowing.search import with_every_word
from personas.api.paging import BY_ID, Order
from personas.api.sparse import Sparse
from personas.api.strict import Strict

from .asking import Id, OneOf, Somebody, YesNo
from .links import CompanyLink, PersonLink
from .resources import Record, Records, WrittenOnAccounts
from .values import NumberField

CHECKED = ("stage", "amount", "currency", "opened_on", "closed_on", "outcome_reason")


class DealSerializer(Sparse, Strict, serializers.ModelSerializer[Deal]):
    """A sale in the making, or its outcome."""

    company = CompanyLink()
    amount = NumberField(
        max_digits=18, decimal_places=2, min_value=0, required=False, allow_null=True, help_text="In `currency`."
    )
    currency = serializers.CharField(
        required=False, allow_null=True, max_length=10, help_text="Three letters, such as USD."
    )
    opened_on = serializers.DateField(required=False, help_text="Today, unless said otherwise.")
    closed_on = serializers.DateField(
        required=False,
        allow_null=True,
        help_text="Of a deal that is won or lost: today, unless said otherwise. No other has one.",
    )
    outcome_reason = serializers.CharField(
        required=False, allow_null=True, max_length=300, help_text="Why it was won or lost; a lost one must say it."
    )
    owner = PersonLink(required=False, allow_null=True, help_text="The user whose deal it is.")
    stage_since = serializers.DateField(read_only=True, allow_null=True, help_text="Since when it is in its stage.")

    class Meta:
        model = Deal
        fields = [
            "id",
            "company",
            "name",
            "stage",
            "amount",
            "currency",
            "opened_on",
            "closed_on",
            "outcome_reason",
            "owner",
            "stage_since",
        ]

    def validate_currency(self, text: str | None) -> str | None:
        try:
            return currency_of(text)
        except NoCurrency as error:
            raise serializers.ValidationError(str(error)) from None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        today = timezone.now().date()
        deal: Deal | None = self.instance if isinstance(self.instance, Deal) else None
        if deal is None:
            attrs = {"stage": Deal.Stage.DISCOVERY, "opened_on": today} | attrs
        stage = attrs.get("stage", deal and deal.stage)
        if stage not in Deal.CLOSED and attrs.get("closed_on") is not None:
            raise serializers.ValidationError({"closed_on": ["Only a deal that is won or lost has a closing day."]})
        if deal is not None and stage != deal.stage:
            # A deal that comes into another stage begins there: what was said of an earlier outcome has gone.
            attrs = {"closed_on": None, "outcome_reason": None} | attrs
        said = {name: attrs.get(name, getattr(deal, name, None)) for name in CHECKED}
        attrs["closed_on"] = said["closed_on"] = closing_day(said, today=today)
        wrong = {name: [text] for name, text in wrong_with_amount(said)}
        if stage in Deal.CLOSED:
            wrong |= {name: [text] for name, text in wrong_with_closing(said, today=today)}
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


class DealFilter(filters.FilterSet):
    """Deals of an account or an owner, by stage, amount and days."""

    company = Id(field_name="company")
    owner = Somebody(field_name="owner", help_text="The id of a user, me, or nobody.")
    stage = OneOf(choices=Deal.Stage.choices)
    open = YesNo(method="in_the_making", help_text="Whether it is neither won nor lost.")
    currency = filters.CharFilter(field_name="currency", lookup_expr="iexact")
    amount_min = filters.NumberFilter(field_name="amount", lookup_expr="gte")
    amount_max = filters.NumberFilter(field_name="amount", lookup_expr="lte")
    opened_since = filters.DateFilter(field_name="opened_on", lookup_expr="gte")
    opened_before = filters.DateFilter(field_name="opened_on", lookup_expr="lt")
    closed_since = filters.DateFilter(field_name="closed_on", lookup_expr="gte")
    closed_before = filters.DateFilter(field_name="closed_on", lookup_expr="lt")
    changed_since = filters.IsoDateTimeFilter(
        method="changed", help_text="Made or changed since; of deals without a history, opened since."
    )

    class Meta:
        model = Deal
        fields: Sequence[str] = []

    def in_the_making(self, deals: QuerySet[Deal], name: str, wanted: bool) -> QuerySet[Deal]:
        closed = Q(stage__in=Deal.CLOSED)
        return deals.filter(~closed if wanted else closed)

    def changed(self, deals: QuerySet[Deal], name: str, since: Any) -> QuerySet[Deal]:
        records = Deal.history.filter(history_date__gte=since).values("id")
        return deals.filter(Q(pk__in=records) | Q(opened_on__gte=since.date()))


class DealResource(WrittenOnAccounts):
    """What the list of deals and a single one share."""

    model = Deal
    resource = "deals"
    address = "api_deal"
    serializer_class = DealSerializer

    def beside(self, serializer: Any) -> dict[str, Any]:
        """Since when it is in its stage; a new one without an owner is the caller's.

        A program owns none: it is whose the account is.
        """
        before: Deal | None = serializer.instance
        said = serializer.validated_data
        more: dict[str, Any] = {}
        if before is None or said.get("stage", before.stage) != before.stage:
            more["stage_since"] = stage_since(Deal(closed_on=said["closed_on"]), today=timezone.now().date())
        if before is None and "owner" not in said:
            is_key = isinstance(self.request.auth, IntegrationKey)
            more["owner"] = said["company"].owner if is_key else self.request.user
        return more


@extend_schema_view(
    post=extend_schema(
        description="Stores a deal; without an owner it is the caller's own, and of a program's whose the account is."
    )
)
class Deals(Records, DealResource):
    """What may be sold to accounts, and what was."""

    filterset_class = DealFilter
    orderings = {
        "id": BY_ID,
        "opened_on": Order(("opened_on", "pk")),
        "closed_on": Order(("closed_on", "pk"), nullable=True),
        "amount": Order(("amount", "pk"), nullable=True),
    }

    def search(self, deals: QuerySet[Deal], text: str) -> QuerySet[Deal]:
        """Those with every word in their name or that of the company."""
        return with_every_word(deals, text, "name", "company__name")


@extend_schema_view(
    patch=extend_schema(description="Changes what is named; into another stage it goes with what that stage needs.")
)
class DealDetail(Record, DealResource):
    """One deal."""
