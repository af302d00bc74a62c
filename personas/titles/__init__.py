"""Job titles read into personas, seniority and kind of work. No models, no queries, no Django."""

from .function import FUNCTIONS
from .matching import Evidence, Exclusion, Match, Result, TitleMatcher

__all__ = ["FUNCTIONS", "Evidence", "Exclusion", "Match", "Result", "TitleMatcher"]
