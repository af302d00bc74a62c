"""Job titles read into personas, seniority and kind of work. No models, no queries, no Django."""

from .function import FUNCTIONS
from .matching import Evidence, Exclusion, Match, Result, TitleMatcher
from .moving import Answer, Move, Moves, changes, probe_of, touches

__all__ = [
    "FUNCTIONS",
    "VERSION",
    "Answer",
    "Evidence",
    "Exclusion",
    "Match",
    "Move",
    "Moves",
    "Result",
    "TitleMatcher",
    "changes",
    "probe_of",
    "touches",
]

VERSION = 1
"""Raised with every change of how titles are read, so that stored readings are made anew (1 to 9999)."""
