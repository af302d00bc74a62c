"""Companies: the accounts."""

from django.contrib import admin

from crm.models import Company

from .company_list import CompanyListing
from .company_page import CompanyPage


@admin.register(Company)
class CompanyAdmin(CompanyListing, CompanyPage):
    """Accounts, the best first; each with its fit card."""
