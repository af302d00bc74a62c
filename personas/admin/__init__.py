"""The admin: who we look for. Everything here is for reading; it shows what the active ruleset says."""

from . import named_list, persona, profile, ruleset

__all__ = ["named_list", "persona", "profile", "ruleset"]
