"""The list of contacts."""

from .listing import ContactListing

__all__ = ["ContactListing"]
