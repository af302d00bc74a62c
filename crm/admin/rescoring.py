"""Scoring at once what was just edited."""

from crm.rescoring import rescore_after_commit, rescore_now

__all__ = ["rescore_after_commit", "rescore_now"]
