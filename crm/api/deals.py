"""Deals: sales in the making, and how they ended."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.deals import NoCurrency, closing_day, currency_of, stage_since, wrong_with_amount, wrong_with_closing
from crm.history import keep_before
from crm.models import Company, Deal, IntegrationKey
from crm.rescoring import rescore_after_commit
from personas.api.paging import BY_ID, Order
from personas.api.sparse import Sparse
from personas.api.strict import Strict
from personas.api.versions import answer, require_match

from .asking import Id, OneOf, YesNo
from .idempotency import once
from .links import CompanyLink, NumberField, PersonLink
from .resources import AccountResource, require_editable

MOST_WORDS = 6
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
    owner = Id(field_name="owner", help_text="The id of a user.")
    has_owner = YesNo(field_name="owner", lookup_expr="isnull", exclude=True)
    stage = OneOf(choices=Deal.Stage.choices)
    open = YesNo(method="in_the_making", help_text="Whether it is neither won nor lost.")
    currency = filters.CharFilter(field_name="currency", lookup_expr="iexact")
    amount_min = filters.NumberFilter(field_name="amount", lookup_expr="gte")
    amount_max = filters.NumberFilter(field_name="amount", lookup_expr="lte")
    opened_since = filters.DateFilter(field_name="opened_on", lookup_expr="gte")
    opened_until = filters.DateFilter(field_name="opened_on", lookup_expr="lte")
    closed_since = filters.DateFilter(field_name="closed_on", lookup_expr="gte")
    closed_until = filters.DateFilter(field_name="closed_on", lookup_expr="lte")
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


class DealResource(AccountResource):
    """What the list of deals and a single one share."""

    model = Deal
    resource = "deals"
    serializer_class = DealSerializer

    def told(self, pk: int) -> dict[str, Any]:
        """The whole deal as the caller is told of it."""
        return dict(self.get_serializer(Deal.objects.get(pk=pk)).data)

    def store(self, serializer: Any, **more: Any) -> Deal:
        """The deal is saved with its history, and the accounts it is or was of are scored again."""
        before: Deal | None = serializer.instance
        companies = [before.company_id] if before else []
        company: Company | None = serializer.validated_data.get("company")
        if company is not None and company.pk not in companies:
            require_editable(Company, company.pk, self.request.user)
        said = serializer.validated_data
        if before is None or said.get("stage", before.stage) != before.stage:
            more["stage_since"] = stage_since(Deal(closed_on=said["closed_on"]), today=timezone.now().date())
        if before is not None:
            keep_before([before])
        saved: Deal = serializer.save(**more)
        rescore_after_commit([*companies, saved.company_id])
        return saved


class Deals(DealResource):
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
        for word in text.split()[:MOST_WORDS]:
            deals = deals.filter(Q(name__icontains=word) | Q(company__name__icontains=word))
        return deals

    def get(self, request: Request) -> Response:
        return self.listed()

    @once
    def post(self, request: Request) -> Response:
        """Stores a deal; without an owner it is the caller's own, and of a program's whose the account is."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        more: dict[str, Any] = {}
        if "owner" not in said:
            owner: User | None = said["company"].owner
            more["owner"] = owner if isinstance(request.auth, IntegrationKey) else request.user
        pk = self.store(serializer, **more).pk
        made = answer(request, self.told(pk), status=201)
        made["Location"] = reverse("api_deal", args=[pk])
        return made


class DealDetail(DealResource):
    """One deal."""

    def get(self, request: Request, pk: int) -> Response:
        return answer(request, dict(self.get_serializer(self.get_object()).data))

    @once
    def patch(self, request: Request, pk: int) -> Response:
        """Changes what is named; into another stage it goes with what that stage needs."""
        row = self.locked()
        require_match(request, self.told(pk))
        serializer = self.get_serializer(row, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        self.store(serializer)
        return answer(request, self.told(pk))

    @once
    def delete(self, request: Request, pk: int) -> Response:
        row = self.locked()
        require_match(request, self.told(pk))
        keep_before([row])
        row.delete()
        rescore_after_commit([row.company_id])
        return Response(status=204)
