"""The messages that webhooks send, for the description of the API."""

from typing import Any

from drf_spectacular.plumbing import process_webhooks
from drf_spectacular.utils import OpenApiResponse, OpenApiWebhook, extend_schema, inline_serializer
from rest_framework import serializers

from crm.api.fit_changes import Side
from crm.models import Deal, FitChange, Outbox

Shape = type[serializers.Serializer[Any]]


class EventCompany(serializers.Serializer[Any]):
    """The account that a message is about."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    domain = serializers.CharField(allow_null=True)


class EventId(serializers.Serializer[Any]):
    """What to ask for."""

    id = serializers.IntegerField()


class EventLinks(serializers.DictField):
    """Addresses to read on at, by what is there."""

    child = serializers.CharField()


class FitEvent(serializers.Serializer[Any]):
    """A result that changed; `before` is null for the first."""

    company = EventCompany()
    change = EventId()
    before = Side(allow_null=True)
    after = Side()
    cause = serializers.ChoiceField(choices=FitChange.Cause.choices)
    links = EventLinks()


class EventPersonas(serializers.Serializer[Any]):
    """Whom a contact stands for, likeliest first."""

    personas = serializers.ListField(child=serializers.CharField())


class PersonaEvent(serializers.Serializer[Any]):
    """A contact whose personas changed: by its title or a decision, or because titles read otherwise by the rules."""

    contact = EventId()
    company = EventCompany(allow_null=True)
    before = EventPersonas()
    after = EventPersonas()
    cause = serializers.ChoiceField(choices=["contact", "matching"])
    links = EventLinks()


class EventDeal(serializers.ModelSerializer[Deal]):
    """A deal as it was before, or is after."""

    amount = serializers.FloatField(allow_null=True)
    owner = serializers.IntegerField(allow_null=True)
    company = serializers.IntegerField()

    class Meta:
        model = Deal
        fields = ("name", "stage", "amount", "currency", "opened_on", "closed_on", "outcome_reason", "owner", "company")


class DealEvent(serializers.Serializer[Any]):
    """A deal that was made (`before` is null), changed or deleted (`after` is null)."""

    deal = EventId()
    company = EventCompany()
    before = EventDeal(allow_null=True)
    after = EventDeal(allow_null=True)
    cause = serializers.ChoiceField(choices=["created", "updated", "deleted"])
    links = EventLinks()


class EventRuleset(serializers.Serializer[Any]):
    """A ruleset, by its number."""

    number = serializers.IntegerField()


class RulesetEvent(serializers.Serializer[Any]):
    """Rules that are in force from now on."""

    ruleset = EventRuleset()
    before = EventRuleset(allow_null=True)
    after = EventRuleset()
    cause = serializers.ChoiceField(choices=["published"])
    links = EventLinks()


DATA: dict[str, Shape] = {
    Outbox.Event.SEGMENT.value: FitEvent,
    Outbox.Event.BAND.value: FitEvent,
    Outbox.Event.FIT.value: FitEvent,
    Outbox.Event.PERSONA.value: PersonaEvent,
    Outbox.Event.RULESET.value: RulesetEvent,
    Outbox.Event.DEAL.value: DealEvent,
}
SIGNED = "Signed as Standard Webhooks has it, with the headers webhook-id, webhook-timestamp and webhook-signature."


def described(event: str, data: Shape) -> OpenApiWebhook:
    """The message of one event."""
    name = "".join(part.capitalize() for part in event.replace(".", "_").split("_"))
    body = inline_serializer(
        f"{name}Message",
        {"type": serializers.ChoiceField(choices=[event]), "timestamp": serializers.DateTimeField(), "data": data()},
    )
    return OpenApiWebhook(
        event,
        extend_schema(
            operation_id=event,
            summary=str(Outbox.Event(event).label),
            description=f"{data.__doc__}\n\n{SIGNED}",
            tags=["webhooks"],
            request=body,
            responses={
                "2XX": OpenApiResponse(description="It has arrived."),
                "410": OpenApiResponse(description="Send no more: the webhook is switched off."),
            },
        ),
    )


def with_events(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The description with the messages, and with the shapes that they are made of."""
    found = [described(event, data) for event, data in DATA.items()]
    result["webhooks"] = process_webhooks(found, generator.registry)
    result["components"] = generator.registry.build({})
    return result
