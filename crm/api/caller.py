"""Who one is to the API, and what one may do."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.models import IntegrationKey
from crm.models.visibility import sees_all

from .throttling import limit_of


class KeyUsed(serializers.Serializer[Any]):
    """The key of this call."""

    prefix = serializers.CharField(help_text="How it begins; the admin lists keys by it.")
    expires_at = serializers.DateTimeField(allow_null=True)


class CallerShape(serializers.Serializer[Any]):
    """Who calls."""

    name = serializers.CharField()
    kind = serializers.ChoiceField(("integration", "person"))
    scopes = serializers.ListField(child=serializers.CharField(), allow_null=True, help_text="null: a person has none.")
    key = KeyUsed(allow_null=True)
    sees_every_account = serializers.BooleanField()
    calls_a_minute = serializers.IntegerField()


class Caller(APIView):
    """Tells a caller who they are: the first call of whoever sets an integration up."""

    @extend_schema(operation_id="me", tags=["me"], responses=CallerShape)
    def get(self, request: Request) -> Response:
        key = request.auth if isinstance(request.auth, IntegrationKey) else None
        return Response(
            {
                "name": key.integration.name if key else request.user.get_username(),
                "kind": "integration" if key else "person",
                "scopes": sorted(key.integration.scopes) if key else None,
                "key": {"prefix": key.prefix, "expires_at": key.expires_at} if key else None,
                "sees_every_account": sees_all(request.user),
                "calls_a_minute": limit_of(request),
            }
        )
