"""Contacts over the API: the people, where they work, and who they are to us."""

from .views import ContactDetail, Contacts

__all__ = ["ContactDetail", "Contacts"]
