"""The page of one contact."""

from .page import ContactPage

__all__ = ["ContactPage"]
