"""The list of companies."""

from .listing import CompanyListing

__all__ = ["CompanyListing"]
