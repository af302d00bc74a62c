"""How often a caller may call."""

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from crm.models import IntegrationKey

from .authentication import address_of
from .counting import counts, until_next_minute

if TYPE_CHECKING:
    from rest_framework.views import APIView


class CallsAMinute(BaseThrottle):
    """Refuses a caller who called more often than they may in the last 60 seconds, as two minutes show it."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        return counts.add(caller_of(request)) <= limit_of(request)

    def wait(self) -> float:
        return until_next_minute()


def caller_of(request: Request) -> str:
    """Who is counted: an integration over all its keys, a person, or an address."""
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{address_of(request)}"


def limit_of(request: Request) -> int:
    """How many calls a minute this caller may make."""
    if isinstance(request.auth, IntegrationKey):
        return request.auth.integration.per_minute
    return int(settings.API_CALLS_A_MINUTE)
