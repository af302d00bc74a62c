"""What-if: posted facts against rules, with nothing stored."""

from .view import Evaluation

__all__ = ["Evaluation"]
