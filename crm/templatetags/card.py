"""What the fit card looks up line by line."""

from typing import Any

from django import template

register = template.Library()


@register.simple_tag
def said_on(opinions: Any, profile: str = "", line: str = "") -> Any:
    """What people think of this line; of the segment as a whole without one. Nothing where opinions are not shown."""
    return opinions.on(profile, line) if opinions else None
