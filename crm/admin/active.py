"""The active ruleset of one request."""

from weakref import WeakKeyDictionary

from django.http import HttpRequest

from personas.models import Ruleset
from personas.publishing import NoRuleset, active_ruleset

found: WeakKeyDictionary[HttpRequest, Ruleset | None] = WeakKeyDictionary()


def ruleset_of(request: HttpRequest) -> Ruleset | None:
    """The active ruleset, read once a request; None before the first publication."""
    if request not in found:
        try:
            found[request] = active_ruleset()
        except NoRuleset:
            found[request] = None
    return found[request]
