"""Names and amounts on the pages where accounts are worked."""

from collections.abc import Mapping
from decimal import Decimal

from django import template
from django.contrib.auth.models import User

register = template.Library()


@register.filter
def of(values: Mapping[str, str], key: str) -> str:
    """What `values` has under `key`; empty where it has nothing."""
    return values.get(key, "")


@register.filter
def whole(number: Decimal) -> str:
    """An amount of money without its cents, with commas between thousands."""
    return f"{number:,.0f}"


@register.filter
def called(user: User | None, otherwise: str = "nobody") -> str:
    """What somebody is called; `otherwise` where there is nobody."""
    return (user.get_full_name() or user.get_username()) if user else otherwise
