"""The admin: who we know, and how well they fit."""

from . import (
    activity,
    company,
    contact,
    deal,
    employer,
    exchange_rate,
    investor,
    job_title,
    term,
    user,
)

__all__ = [
    "activity",
    "company",
    "contact",
    "deal",
    "employer",
    "exchange_rate",
    "investor",
    "job_title",
    "term",
    "user",
]
