"""Contacts."""

from django.contrib import admin

from crm.models import Contact

from .contact_list import ContactListing
from .contact_page import ContactPage


@admin.register(Contact)
class ContactAdmin(ContactListing, ContactPage):
    """People: the list of them, and the page of each."""
