"""Fit changes: how the results of accounts moved, and why."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Company, FitChange
from crm.scoring.causes import Because, causes
from crm.webhooks.payloads import side
from personas.api.paging import BY_ID, Order
from personas.api.sparse import Sparse, asks

from .asking import Id, Keys, OneOf
from .resources import AccountResource

WHY = ("because", "said")
NONE = "none"


def differs(column: str) -> Q:
    """Whether a column is another after the change than before, unknown being a value as well."""
    before, after = f"{column}_before", f"{column}_after"
    both = Q(**{f"{before}__isnull": False, f"{after}__isnull": False})
    one = Q(**{f"{before}__isnull": True, f"{after}__isnull": False})
    other = Q(**{f"{before}__isnull": False, f"{after}__isnull": True})
    return one | other | (both & ~Q(**{before: F(after)}))


SEGMENT = differs("segment") | differs("status")
KINDS = {"segment": SEGMENT, "band": ~SEGMENT & differs("band"), "fit": ~SEGMENT & ~differs("band")}
"""What moved most, in the words of the events that tell of it: the segment, else the band, else points or rules."""


class Side(serializers.Serializer[Any]):
    """A result as it was before, or is after: the same object that webhooks send."""

    segment = serializers.CharField(allow_null=True, help_text="The key of the segment; provisional while undecided.")
    status = serializers.ChoiceField(choices=["settled", "undecided", "none"])
    points = serializers.FloatField(allow_null=True, help_text="Null while they are not certain.")
    low = serializers.FloatField(allow_null=True, help_text="Points that are certain.")
    high = serializers.FloatField(allow_null=True, help_text="Points that are possible.")
    band = serializers.CharField(allow_null=True)
    ruleset = serializers.IntegerField(help_text="The number of the rules.")


class MovedFact(serializers.Serializer[Any]):
    """A fact that moved, in words."""

    fact = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name of the domain, not that of a field
    before = serializers.CharField()
    after = serializers.CharField()


class FitChangeSerializer(Sparse, serializers.ModelSerializer[FitChange]):
    """A result that changed: what it was, what it is, and why."""

    company = serializers.IntegerField(source="company_id", read_only=True)
    kind = serializers.SerializerMethodField(help_text="What moved most: segment, band, or fit for all else.")
    cause = serializers.ChoiceField(choices=FitChange.Cause.choices, read_only=True)
    before = serializers.SerializerMethodField(help_text="Null for the first result of an account.")
    after = serializers.SerializerMethodField()
    because = serializers.SerializerMethodField(help_text="The facts that moved, where that can still be read.")
    said = serializers.SerializerMethodField(help_text="Why, in short sentences; at least one.")

    class Meta:
        model = FitChange
        fields = ["id", "company", "at", "kind", "cause", "before", "after", "because", "said"]

    @extend_schema_field(serializers.ChoiceField(choices=list(KINDS)))
    def get_kind(self, change: FitChange) -> str:
        if change.segment_before != change.segment_after or change.status_before != change.status_after:
            return "segment"
        return "band" if change.band_before != change.band_after else "fit"

    @extend_schema_field(Side(allow_null=True))
    def get_before(self, change: FitChange) -> Any:
        return None if change.status_before is None else side(change, "before")

    @extend_schema_field(Side)
    def get_after(self, change: FitChange) -> Any:
        return side(change, "after")

    @extend_schema_field(MovedFact(many=True))
    def get_because(self, change: FitChange) -> list[dict[str, str]]:
        return [
            {"fact": each.fact, "label": each.label, "before": each.before, "after": each.after}
            for each in self.why(change).facts
        ]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_said(self, change: FitChange) -> list[str]:
        return list(self.why(change).said)

    def why(self, change: FitChange) -> Because:
        found: Because = self.context["why"][change.pk]
        return found


class FitChangeFilter(filters.FilterSet):
    """Fit changes of a company or a span of time, by what moved and why."""

    company = Id(field_name="company")
    since = filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte", help_text="At this moment or later.")
    before = filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt", help_text="Before this moment.")
    cause = OneOf(choices=FitChange.Cause.choices)
    kind = OneOf(choices=[(kind, kind) for kind in KINDS], method="of_kind")
    segment_before = Keys(method="from_segment", help_text="Keys of segments, by comma; none for no segment.")
    segment_after = Keys(method="to_segment", help_text="Keys of segments, by comma; none for no segment.")

    class Meta:
        model = FitChange
        fields: Sequence[str] = []

    def of_kind(self, changes: QuerySet[FitChange], name: str, kinds: list[str]) -> QuerySet[FitChange]:
        wanted = Q(pk__in=[])
        for kind in kinds:
            wanted |= KINDS[kind]
        return changes.filter(wanted)

    def from_segment(self, changes: QuerySet[FitChange], name: str, keys: list[str]) -> QuerySet[FitChange]:
        nowhere = Q(segment_before=None, status_before__isnull=False) if NONE in keys else Q(pk__in=[])
        return changes.filter(Q(segment_before__in=keys) | nowhere)

    def to_segment(self, changes: QuerySet[FitChange], name: str, keys: list[str]) -> QuerySet[FitChange]:
        nowhere = Q(segment_after=None) if NONE in keys else Q(pk__in=[])
        return changes.filter(Q(segment_after__in=keys) | nowhere)


class FitChangeOfOneFilter(FitChangeFilter):
    """The same of one company, which the address names."""

    company = None  # type: ignore[assignment]  # so it is no filter


class FitChangeResource(AccountResource):
    """Fit changes with what made them."""

    model = FitChange
    resource = "scores"
    serializer_class = FitChangeSerializer

    def reasons(self, changes: Sequence[FitChange], *, needed: bool = True) -> dict[str, Any]:
        """The context in which a serializer knows why."""
        return {**self.get_serializer_context(), "why": causes(changes) if needed else {}}


class FitChanges(FitChangeResource):
    """How results moved, the oldest first, so that a reader goes on where they stopped; `-id` has the newest first."""

    filterset_class = FitChangeFilter
    orderings = {"id": BY_ID, "at": Order(("at", "pk"))}

    def get(self, request: Request) -> Response:
        return self.listed()

    def listed(self) -> Response:
        """One page of fit changes, each with why; one more query for the rules of all."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        context = self.reasons(page, needed=asks(self.request, *WHY))
        return self.get_paginated_response(FitChangeSerializer(page, many=True, context=context).data)


class CompanyFitChanges(FitChanges):
    """How the results of one account moved."""

    filterset_class = FitChangeOfOneFilter

    def get_queryset(self) -> QuerySet[FitChange]:
        found: QuerySet[FitChange] = super().get_queryset()
        # The schema asks without an account.
        return found.filter(company=self.kwargs.get("company"))

    def get(self, request: Request, company: int) -> Response:  # type: ignore[override]
        if not Company.objects.visible_to(request.user).filter(pk=company).order_by().exists():
            raise Http404
        return self.listed()


class FitChangeDetail(FitChangeResource):
    """One fit change."""

    def get(self, request: Request, pk: int) -> Response:
        return self.read()

    def told(self, row: FitChange) -> dict[str, Any]:
        return dict(FitChangeSerializer(row, context=self.reasons([row])).data)
