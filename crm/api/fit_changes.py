"""Fit changes: how the results of accounts moved, and why."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Company, FitChange
from crm.models.fit import FitChangeQuerySet
from crm.scoring.causes import Because, causes
from crm.webhooks.order import settled
from crm.webhooks.payloads import side
from personas.api.paging import BY_ID, ByKeyset, Order, Place, orderings_of, place_asked, usual_of
from personas.api.sparse import Sparse, asks

from .asking import Id, Keys, OneOf
from .resources import AccountResource

WHY = ("because", "said")
NONE = "none"


class Side(serializers.Serializer[Any]):
    """A result as it was before, or is after: the same object that webhooks send."""

    segment = serializers.CharField(allow_null=True, help_text="The key of the segment; provisional while undecided.")
    status = serializers.ChoiceField(choices=["settled", "undecided", "none"])
    effective_segment = serializers.CharField(
        allow_null=True, help_text="The segment that counts: the one set by hand, else the one that is settled."
    )
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
    kind = serializers.ChoiceField(
        choices=FitChange.Kind.choices,
        read_only=True,
        help_text="What moved most: segment (or the one that counts), band, or fit for all else.",
    )
    cause = serializers.ChoiceField(choices=FitChange.Cause.choices, read_only=True)
    before = serializers.SerializerMethodField(help_text="Null for the first result of an account.")
    after = serializers.SerializerMethodField()
    because = serializers.SerializerMethodField(help_text="The facts that moved, where that can still be read.")
    said = serializers.SerializerMethodField(help_text="Why, in short sentences; at least one.")

    class Meta:
        model = FitChange
        fields = ["id", "company", "at", "kind", "cause", "before", "after", "because", "said"]

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
    kind = OneOf(choices=FitChange.Kind.choices, method="of_kind")
    segment_before = Keys(method="from_segment", help_text="Keys of segments, by comma; none for no segment.")
    segment_after = Keys(method="to_segment", help_text="Keys of segments, by comma; none for no segment.")

    class Meta:
        model = FitChange
        fields: Sequence[str] = []

    def of_kind(self, changes: FitChangeQuerySet, name: str, kinds: list[str]) -> FitChangeQuerySet:
        return changes.of_kind(*kinds)

    def from_segment(self, changes: FitChangeQuerySet, name: str, keys: list[str]) -> FitChangeQuerySet:
        return changes.standing("before", keys, none=NONE in keys)

    def to_segment(self, changes: FitChangeQuerySet, name: str, keys: list[str]) -> FitChangeQuerySet:
        return changes.standing("after", keys, none=NONE in keys)


class FitChangeOfOneFilter(FitChangeFilter):
    """The same of one company, which the address names."""

    company = None  # type: ignore[assignment]  # so it is no filter


class Feed(ByKeyset):
    """Pages with an address to read on at later: in the order of `id` no row is passed by, whenever it is committed."""

    resume: Place | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        place = place_asked(request, orderings_of(view), usual_of(view))
        if place.order != "id":
            return super().paginate_queryset(queryset, request, view)
        end = settled(FitChange)
        page = super().paginate_queryset(queryset.filter(pk__lte=end), request, view)
        # Up to the end nothing that this list holds was left out; a page that is empty moves it on, too.
        seen = place.values[0] - 1 if place.back else max([end, *place.values])
        self.resume = self.next or Place(place.order, (seen,))
        return page

    def get_paginated_response(self, data: Any) -> Response:
        said = super().get_paginated_response(data).data
        return Response(
            {"next": said["next"], "previous": said["previous"], "resume": self.link(self.resume)}
            | {"results": said["results"]}
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = super().get_paginated_response_schema(schema)
        resume = {
            "type": "string",
            "format": "uri",
            "nullable": True,
            "description": "Where to read on later, on the last page as well; null unless sorted by id.",
        }
        return said | {
            "required": [*said["required"], "resume"],
            "properties": said["properties"] | {"resume": resume},
        }


class FitChangeResource(AccountResource):
    """Fit changes with what made them."""

    model = FitChange
    resource = "scores"
    serializer_class = FitChangeSerializer

    def reasons(self, changes: Sequence[FitChange], *, needed: bool = True) -> dict[str, Any]:
        """The context in which a serializer knows why."""
        return {**self.get_serializer_context(), "why": causes(changes) if needed else {}}


class FitChanges(FitChangeResource):
    """How results moved, the oldest first; `resume` of the last page is where to read on later.

    Sorted by `id` no change is passed by: one that is still being written comes later. `-id` has the newest first.
    """

    filterset_class = FitChangeFilter
    pagination_class = Feed
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
