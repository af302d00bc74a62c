"""Rules in plain words, always made from the rules and never stored."""

from .difference import difference
from .pages import profile_text
from .sentences import deny, sentence, would_change
from .values import value_text

__all__ = ["deny", "difference", "profile_text", "sentence", "value_text", "would_change"]
