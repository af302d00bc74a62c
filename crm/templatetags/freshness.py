"""The banner on top of the pages that show scores."""

from typing import Any

from django import template
from django.http import HttpRequest

from crm.admin.freshness import banner_of, shows_scores

register = template.Library()


@register.inclusion_tag("crm/freshness/region.html", takes_context=True)
def freshness_banner(context: template.RequestContext) -> dict[str, Any]:
    """How old the scores on this page are; nothing on pages that show none."""
    request = context.get("request")
    if not isinstance(request, HttpRequest) or not shows_scores(request):
        return {"banner": None}
    return {"banner": banner_of(request)}
