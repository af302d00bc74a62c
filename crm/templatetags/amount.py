"""Whole numbers as people read them."""

from django import template

register = template.Library()


@register.filter
def amount(number: int) -> str:
    """`number` with commas between thousands."""
    return f"{number:,}"
