"""Companies over the API: the accounts, what is known of them, and how well they fit."""

from .views import Companies, CompanyDetail

__all__ = ["Companies", "CompanyDetail"]
