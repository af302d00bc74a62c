"""Job titles read into personas, seniority and kind of work. No models, no queries, no Django."""

from .function import FUNCTIONS
from .matching import Evidence, Exclusion, Match, Result, TitleMatcher

__all__ = ["FUNCTIONS", "VERSION", "Evidence", "Exclusion", "Match", "Result", "TitleMatcher"]

VERSION = 1
"""Raised with every change of how titles are read, so that stored readings are made anew (1 to 9999)."""
