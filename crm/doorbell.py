"""A middleware that calls the workers after each request that may have changed something."""

from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from crm.tasks import wake

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SERVER_ERROR = 500

Answer = Callable[[HttpRequest], HttpResponse]
LaterAnswer = Callable[[HttpRequest], Awaitable[HttpResponse]]


@sync_and_async_middleware
def doorbell(get_response: Answer | LaterAnswer) -> Answer | LaterAnswer:
    """Rings after each request with an unsafe method that was answered.

    Database triggers mark what changed, so a bell only has to say "look now",
    and one place can say it for every page and every address of the API: no
    view can forget it, and none has to know of it. The view's transactions are
    over by then. What is saved elsewhere, as by a command, beat finds within
    seconds.
    """
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponse:
            response = await cast(LaterAnswer, get_response)(request)
            ring_after(request, response)
            return response

        return answer_later

    def answer(request: HttpRequest) -> HttpResponse:
        response = cast(Answer, get_response)(request)
        ring_after(request, response)
        return response

    return answer


def ring_after(request: HttpRequest, response: HttpResponse) -> None:
    if request.method in SAFE_METHODS or response.status_code >= SERVER_ERROR:
        return
    if not request.path.startswith("/healthz/"):
        wake()
