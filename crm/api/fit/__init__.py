"""How well one account or person fits, why, and what to ask next."""

from .views import CompanyFit, CompanyQuestions, ContactFitView, ContactQuestions

__all__ = ["CompanyFit", "CompanyQuestions", "ContactFitView", "ContactQuestions"]
