"""Webhooks: who is told what, where, and signed with which secret."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.asking import OneOf
from crm.api.idempotency import once
from crm.api.resources import EditableResource, Record, Records
from crm.history import keep_before
from crm.models import WebhookSubscription
from crm.models.webhook import EVENTS
from crm.narrowing.search import with_every_word
from crm.webhooks.addresses import LONGEST_URL, Refused
from crm.webhooks.filters import FILTERS
from crm.webhooks.subscribing import begin, check, disable, new_secret, pause, refuse_address, remove, switch_on
from personas.api.paging import BY_ID, Order
from personas.api.sparse import Sparse
from personas.api.strict import Strict

State = WebhookSubscription.State
SWITCHED = "Through the API."
MOST_OVERLAP_HOURS = 168


class ShownOnce(Response):
    """An answer with a secret that is shown this once: what is kept of the answer, for a replay, says null."""

    def __init__(self, data: Mapping[str, Any], secret: str, **more: Any) -> None:
        super().__init__(dict(data) | {"secret": None}, **more)
        self.secret = secret
        self["Cache-Control"] = "no-store"

    @property
    def rendered_content(self) -> Any:
        kept, self.data = self.data, self.data | {"secret": self.secret}
        try:
            return super().rendered_content
        finally:
            self.data = kept


class WebhookSerializer(Sparse, Strict, serializers.ModelSerializer[WebhookSubscription]):
    """An address that is told of events."""

    name = serializers.CharField(max_length=100)
    owner = serializers.IntegerField(
        source="owner_id", read_only=True, help_text="The user who made it; it is told of what they may see."
    )
    url = serializers.CharField(max_length=LONGEST_URL, help_text="Begins with https://, and is a public address.")
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=list(EVENTS)), help_text="What it is told of; at least one."
    )
    filters = serializers.JSONField(
        required=False,
        help_text="; ".join(f"{name}: {each.says}" for name, each in FILTERS.items()),
    )
    state = serializers.ChoiceField(
        choices=State.choices,
        required=False,
        help_text="paused: what happens waits; disabled: it is not kept, and what waited is given up.",
    )

    class Meta:
        model = WebhookSubscription
        fields = [
            "id",
            "name",
            "owner",
            "url",
            "events",
            "filters",
            "state",
            "reason",
            "failing_since",
            "arrived_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["id", "reason", "failing_since", "arrived_at", "created_at", "updated_at"]


class NewWebhookSerializer(WebhookSerializer):
    """A subscription with its secret."""

    secret = serializers.CharField(
        read_only=True,
        allow_null=True,
        help_text="What messages are signed with; shown this once, and null when the call is replayed.",
    )

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


class RotationSerializer(Strict, serializers.Serializer[Any]):
    """For how long messages are signed with the secret until now as well."""

    overlap_hours = serializers.IntegerField(default=24, min_value=0, max_value=MOST_OVERLAP_HOURS)


class SecretSerializer(serializers.Serializer[Any]):
    """A new secret."""

    secret = serializers.CharField(allow_null=True, help_text="Shown this once; null when the call is replayed.")


class WebhookFilter(filters.FilterSet):
    """Webhooks by state."""

    state = OneOf(choices=State.choices)

    class Meta:
        model = WebhookSubscription
        fields: Sequence[str] = []


class WebhookResource(EditableResource):
    """What the list of webhooks and a single one share."""

    model = WebhookSubscription
    resource = "webhooks"
    address = "api_webhook"
    serializer_class: Any = WebhookSerializer
    worked_out = ("state", "reason", "failing_since", "arrived_at")
    address_fault = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The host of a new address is looked up before any transaction begins."""
        super().initial(request, *args, **kwargs)
        url = request.data.get("url") if isinstance(request.data, Mapping) else None
        if isinstance(url, str) and len(url) <= LONGEST_URL:
            try:
                refuse_address(url)
            except Refused as error:
                self.address_fault = str(error)

    def store(self, serializer: Any) -> WebhookSubscription:
        """The subscription has these values, and is switched on or off where that was asked for."""
        if self.address_fault:
            raise ValidationError({"url": [self.address_fault]})
        now = timezone.now()
        user: Any = self.request.user
        row: WebhookSubscription | None = serializer.instance
        if row is None:
            row = WebhookSubscription(owner=user, created_by=user)
            begin(row, now)
        keep_before([row])
        said = serializer.validated_data
        for name, value in said.items():
            if name != "state":
                setattr(row, name, value)
        check(row)
        row.validate_constraints()
        row.save()
        match said.get("state"):
            case State.ACTIVE:
                switch_on(row, at=now)
            case State.PAUSED:
                pause(row, SWITCHED, at=now)
            case State.DISABLED:
                disable(row, SWITCHED, at=now)
        return row

    def remove(self, row: WebhookSubscription) -> None:
        keep_before([row])
        remove(row)


class Webhooks(Records, WebhookResource):
    """Who is told what happened: one's own webhooks."""

    filterset_class = WebhookFilter
    orderings = {"id": BY_ID, "name": Order(("name", "pk"))}

    def search(self, rows: QuerySet[WebhookSubscription], text: str) -> QuerySet[WebhookSubscription]:
        """Those with every word in their name or address."""
        return with_every_word(rows, text, "name", "url")

    @extend_schema(responses={201: NewWebhookSerializer})
    @once
    def post(self, request: Request) -> Response:
        """Makes a webhook, which is the caller's own; the answer has its secret, this once."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        row = self.rows().get(pk=self.store(serializer).pk)
        plain = self.answered(row, status=201)
        made = ShownOnce(plain.data, new_secret(row, at=timezone.now()), status=201, headers={"ETag": plain["ETag"]})
        made["Location"] = self.where(row.pk)
        return made


@extend_schema_view(
    patch=extend_schema(description="Changes what is named."),
    delete=extend_schema(description="Removes it with everything that was or is to be sent."),
)
class WebhookDetail(Record, WebhookResource):
    """One webhook."""


class WebhookSecretView(WebhookResource):
    """The secret that messages of one webhook are signed with."""

    serializer_class = RotationSerializer

    @extend_schema(request=RotationSerializer, responses={201: SecretSerializer})
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Makes a new secret; for some hours messages are signed with the one until now as well."""
        row = self.locked()
        serializer = RotationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        overlap = timedelta(hours=serializer.validated_data["overlap_hours"])
        return ShownOnce({}, new_secret(row, at=timezone.now(), overlap=overlap), status=201)
