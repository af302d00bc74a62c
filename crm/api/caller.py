"""Who one is to the API, and what one may do."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.models import IntegrationKey
from crm.models.visibility import sees_all

from .throttling import limit_of


class Caller(APIView):
    """Tells a caller who they are: the first call of whoever sets an integration up."""

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
