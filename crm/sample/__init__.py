"""Invented companies and people for the demo: the same seed gives the same data."""

from datetime import date
from random import Random

from .maker import make
from .rows import Sample, SampleActivity, SampleCompany, SampleDeal, SamplePerson
from .staff import STAFF, SampleUser, owners, team_of


def sample(seed: int = 7, companies: int = 300, people: int = 900, *, today: date) -> Sample:
    """Sample data that is as old, counted from `today`, as a living CRM would hold.

    The kinds of company keep their shares whatever the number. Founders come
    first among the people, so fewer people than small companies leave some
    companies less certain than they are meant to be.
    """
    return make(Random(seed), today, companies, people)  # noqa: S311 - nothing secret here


__all__ = [
    "STAFF",
    "Sample",
    "SampleActivity",
    "SampleCompany",
    "SampleDeal",
    "SamplePerson",
    "SampleUser",
    "owners",
    "sample",
    "team_of",
]
