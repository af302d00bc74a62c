"""What is allowed in a document and yet looks like a mistake: warnings for whoever publishes it."""

from .warnings import warnings

__all__ = ["warnings"]
