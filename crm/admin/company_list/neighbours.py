"""The accounts before and after one in the list that somebody came from."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from crm.models import Company


@dataclass(frozen=True)
class Neighbours:
    """Ids and names of the account before and the account after; None at the ends of the list."""

    before: tuple[int, str] | None = None
    after: tuple[int, str] | None = None


def neighbours(companies: QuerySet[Company], order: list[str], company: int, *, seen: QuerySet[Company]) -> Neighbours:
    """The neighbours of a company among `companies`, which are sorted by the two columns of `order`.

    The company itself need no longer be among them: what counts is where it would stand. One that is not among
    `seen` has none, for they would tell where it stands.
    """
    first, last = (each.lstrip("-") for each in order)
    place: Any = seen.filter(pk=company).order_by().values_list(first, last).first()
    if place is None or place[0] is None:
        return Neighbours()
    others = companies.exclude(pk=company)
    backwards = order[0].startswith("-")
    return Neighbours(
        before=nearest(others, first, last, place, up=backwards),
        after=nearest(others, first, last, place, up=not backwards),
    )


def nearest(
    companies: QuerySet[Company], first: str, last: str, place: tuple[Any, Any], *, up: bool
) -> tuple[int, str] | None:
    """The next company beyond `place` in one direction, found by the index of both columns."""
    beyond, sign = ("gt", "") if up else ("lt", "-")
    there = Q(**{f"{first}__{beyond}": place[0]}) | Q(**{f"{last}__{beyond}": place[1]})
    found = companies.filter(there, **{f"{first}__{beyond}e": place[0]}).order_by(f"{sign}{first}", f"{sign}{last}")
    return found.values_list("pk", "name").first()
