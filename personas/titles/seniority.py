"""Which level a title names."""

from collections.abc import Sequence
from typing import Final

from . import vocabulary as v
from .vocabulary import listed

# Managers of these are not managers of people.
MANAGED_THINGS: Final = listed(
    "product project program account accounts brand community content campaign socialmedia growth marketing "
    "partner office category market success customer relationship release property event events portfolio seo "
    "delivery productline sales channel territory digital case risk policy marketer"
)
CHIEFS: Final = listed("ceo coo cto cfo cio ciso president chairman chairwoman chairperson proprietor")
RANKED: Final = frozenset().union(v.SENIORITY, CHIEFS, v.NOT_YET, ["founder"])


def seniority_of(texts: Sequence[str]) -> str | None:
    """The highest level that the words of a title name, or None; what follows "of" or "at" is not the person's."""
    if RANKED.isdisjoint(texts):
        return None
    best, name = -1, None
    manager = things = stopped = False
    for text in texts:
        if stopped and text not in v.SEPARATORS:
            continue
        stopped = text in v.STOPS
        told = v.SENIORITY.get(text)
        if told is not None:
            if text == "manager":
                manager = True
            elif told[0] > best and told[1]:
                best, name = told
        elif text == "founder":
            return v.FOUNDER_SENIORITY
        elif text in CHIEFS:
            best, name = v.SENIORITY["chief"]
        elif text in MANAGED_THINGS:
            things = True
        elif text in v.NOT_YET:
            best, name = max((best, name or ""), v.SENIORITY["intern"])
    if manager and not things and best < v.SENIORITY["manager"][0]:
        return v.SENIORITY["manager"][1]
    return name
