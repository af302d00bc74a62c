"""The page of one company."""

from .page import CompanyPage

__all__ = ["CompanyPage"]
