"""The admin: who we look for. It shows what the active ruleset says, and to whoever may draft, the draft."""

from . import custom_fact, named_list, persona, profile, ruleset

__all__ = ["custom_fact", "named_list", "persona", "profile", "ruleset"]
