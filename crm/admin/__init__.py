"""The admin: who we know, and how well they fit."""

from . import (
    activity,
    audit,
    broker_outage,
    company,
    contact,
    deal,
    employer,
    exchange_rate,
    investor,
    job_title,
    lane,
    rollout,
    simulation,
    term,
    user,
)

__all__ = [
    "activity",
    "audit",
    "broker_outage",
    "company",
    "contact",
    "deal",
    "employer",
    "exchange_rate",
    "investor",
    "job_title",
    "lane",
    "rollout",
    "simulation",
    "term",
    "user",
]
