"""What a rep does with one account: who is there, what happened, and writing down what was done."""

from typing import Any

from django.http import HttpRequest

from crm.models import Company
from personas.models import Ruleset

from .people import buying_group
from .region import region

__all__ = ["context"]


def context(request: HttpRequest, company: Company, ruleset: Ruleset | None) -> dict[str, Any]:
    """What the templates crm/working/log.html, people.html and timeline.html show of the account, under `working`."""
    return {"working": region(request, company, ruleset) | {"people": buying_group(request, company, ruleset)}}
