"""The rules: personas, profiles and lists as they are in force, every ruleset, and the lists of the draft."""

from .entries import Entries, EntryDetail
from .reading import ListDetail, Lists, PersonaDetail, Personas, ProfileDetail, Profiles
from .rulesets import Activate, RulesetChanges, RulesetDetail, Rulesets, RulesetText

__all__ = [
    "Activate",
    "Entries",
    "EntryDetail",
    "ListDetail",
    "Lists",
    "PersonaDetail",
    "Personas",
    "ProfileDetail",
    "Profiles",
    "RulesetChanges",
    "RulesetDetail",
    "RulesetText",
    "Rulesets",
]
