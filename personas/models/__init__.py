"""The draft of the rules as rows, and the published rulesets."""

from .custom_fact import CustomFact
from .draft_revision import DraftRevision
from .golden_case import GoldenCase
from .named_list import ListEntry, NamedList
from .persona import Persona, Statement, TitlePattern
from .profile import Component, Criterion, Profile
from .ruleset import Ruleset

__all__ = [
    "Component",
    "Criterion",
    "CustomFact",
    "DraftRevision",
    "GoldenCase",
    "ListEntry",
    "NamedList",
    "Persona",
    "Profile",
    "Ruleset",
    "Statement",
    "TitlePattern",
]
