"""What was sent to webhooks, how that went, and what is sent again."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.api.asking import OneOf
from crm.api.idempotency import once
from crm.api.problems import Conflict
from crm.api.resources import AccountResource
from crm.models import WebhookDelivery, WebhookSubscription, WebhookTry
from crm.models.webhook import EVENTS
from crm.webhooks.delivering import queue_test
from crm.webhooks.subscribing import SwitchedOff, send_again
from personas.api.paging import BY_ID
from personas.api.sparse import Sparse
from personas.api.strict import Strict

from .subscriptions import WebhookResource

State = WebhookSubscription.State


class TrySerializer(serializers.ModelSerializer[WebhookTry]):
    """One try to send: the status, or why there was none."""

    class Meta:
        model = WebhookTry
        fields = ["at", "status", "milliseconds", "error", "said"]


class DeliverySerializer(Sparse, serializers.ModelSerializer[WebhookDelivery]):
    """One event on its way to one webhook."""

    webhook = serializers.IntegerField(source="subscription_id", read_only=True)
    company = serializers.IntegerField(source="company_id", read_only=True, allow_null=True)
    state = serializers.ChoiceField(choices=WebhookDelivery.State.choices, read_only=True)
    message = serializers.CharField(read_only=True, help_text="The webhook-id, the same at every try.")
    type = serializers.CharField(read_only=True)

    class Meta:
        model = WebhookDelivery
        fields = [
            "id",
            "webhook",
            "message",
            "type",
            "company",
            "state",
            "created_at",
            "tries",
            "replays",
            "next_try_at",
            "finished_at",
            "status",
            "error",
        ]
        read_only_fields = fields


class DeliveryDetailSerializer(DeliverySerializer):
    """The same with what was sent, and every try."""

    body = serializers.CharField(read_only=True, help_text="What is sent, byte for byte.")
    log = serializers.SerializerMethodField(help_text="The tries, the newest first; 100 at most.")

    class Meta(DeliverySerializer.Meta):
        fields = [*DeliverySerializer.Meta.fields, "body", "log"]
        read_only_fields = fields

    @extend_schema_field(TrySerializer(many=True))
    def get_log(self, delivery: WebhookDelivery) -> Any:
        return TrySerializer(list(delivery.log.all())[:100], many=True).data


class DeliveryFilter(filters.FilterSet):
    """Deliveries by state, type and time."""

    state = OneOf(choices=WebhookDelivery.State.choices, help_text="failed: those that were given up.")
    type = OneOf(choices=[(each, each) for each in EVENTS])
    since = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    before = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = WebhookDelivery
        fields: Sequence[str] = []


class ReplaySerializer(Strict, serializers.Serializer[Any]):
    """Which of those that were given up are sent again; all, unless said otherwise."""

    since = serializers.DateTimeField(required=False, help_text="Made at this moment or later.")
    before = serializers.DateTimeField(required=False, help_text="Made before this moment.")


class ReplayedSerializer(serializers.Serializer[Any]):
    """How many will be tried again."""

    replayed = serializers.IntegerField()


class DeliveryResource(AccountResource):
    """What was sent to webhooks, or is to be."""

    model = WebhookDelivery
    resource = "webhooks"
    serializer_class: Any = DeliverySerializer


class Deliveries(DeliveryResource):
    """What was sent to one webhook, or is to be."""

    filterset_class = DeliveryFilter
    orderings = {"id": BY_ID}

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(subscription=self.kwargs.get("webhook", 0))

    def get(self, request: Request, webhook: int) -> Response:
        if not WebhookSubscription.objects.visible_to(request.user).filter(pk=webhook).exists():
            raise Http404
        return self.listed()


class DeliveryDetail(DeliveryResource):
    """One delivery, with every try."""

    serializer_class = DeliveryDetailSerializer

    def rows(self) -> QuerySet[Any]:
        return WebhookDelivery.objects.prefetch_related(Prefetch("log", WebhookTry.objects.order_by("-pk")))

    def get(self, request: Request, pk: int) -> Response:
        return self.read()


class WebhookTest(WebhookResource):
    """A test of one webhook."""

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Sends a message of the type webhook.test, within seconds and once; its delivery says what became of it."""
        row = self.locked()
        if row.state != State.ACTIVE:
            raise Conflict("The webhook does not send. Switch it on first.")
        delivery = queue_test(row, timezone.now())
        sent = Response(DeliverySerializer(delivery).data, status=202)
        sent["Location"] = reverse("api_webhook_delivery", args=[delivery.pk], request=request)
        return sent


class Replay(WebhookResource):
    """Sending again what was given up."""

    serializer_class = ReplaySerializer

    @extend_schema(request=ReplaySerializer, responses={200: ReplayedSerializer})
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Has the deliveries that were given up tried again, with the ids that they had."""
        row = self.locked()
        serializer = ReplaySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        found = row.deliveries.dead()
        if "since" in said:
            found = found.filter(created_at__gte=said["since"])
        if "before" in said:
            found = found.filter(created_at__lt=said["before"])
        return replayed(found)


class ReplayOne(WebhookResource):
    """Sending one delivery again."""

    @extend_schema(request=None, responses={200: ReplayedSerializer})
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Has one delivery tried again, arrived or not, with the id that it had."""
        seen = WebhookDelivery.objects.visible_to(request.user)
        found = get_object_or_404(seen, pk=pk)
        return replayed(WebhookDelivery.objects.filter(pk=found.pk))


def replayed(deliveries: QuerySet[WebhookDelivery]) -> Response:
    try:
        count = send_again(deliveries, at=timezone.now())
    except SwitchedOff as error:
        raise Conflict(str(error)) from None
    return Response({"replayed": count})
